"""The output of a template that runs asynchronously, on its way out in chunks."""

from __future__ import annotations

import math

CHUNK_SIZE = 16384
"""Characters."""


class Chunks:
    """Collects text; says when there is a chunk of ``size`` characters, and gives it."""

    __slots__ = ("_begun_at", "_length", "_parts", "_size")

    def __init__(self, size: float) -> None:
        self._parts: list[str] = []
        self._length = 0
        self._size = size
        self._begun_at = size if size == math.inf else 1

    def append(self, text: str) -> None:
        self._parts.append(text)
        self._length += len(text)

    def full(self) -> bool:
        return self._length >= self._size

    def begun(self) -> bool:
        """Whether there is anything to give before a wait; never if the whole is wanted at once."""
        return self._length >= self._begun_at

    def take(self) -> str:
        """All that there is, which is gone from here then."""
        text = "".join(self._parts)
        self._parts.clear()
        self._length = 0
        return text
