"""Where sessions are kept on the server: the interface, and the store in memory.

A store keeps texts by key, each until a time. It knows nothing of cookies or of what is in a text.
The keys it gets are digests: who can read a store cannot become its users.
"""

from __future__ import annotations

import time
from abc import ABC, abstractmethod
from collections.abc import Awaitable, Callable


class Store(ABC):
    """The interface. Each method may be a plain one or ``async def``.

    With plain methods ``handler.session`` needs no ``await``; they must not block. ``expires`` is
    in seconds since 1970; from then on the store must not give the text, and may drop it.
    """

    @abstractmethod
    def load(self, key: str) -> str | Awaitable[str | None] | None:
        """The text of ``key``, None if there is none or its time is over."""

    @abstractmethod
    def create(self, key: str, text: str, expires: float) -> Awaitable[None] | None:
        """Keep ``text`` as ``key``, which is new."""

    @abstractmethod
    def update(self, key: str, text: str, expires: float) -> bool | Awaitable[bool]:
        """Replace the text of ``key``, but only if it is there still; say whether it was.

        It has to be one step: a session that another request has just destroyed must not return.
        """

    @abstractmethod
    def delete(self, key: str) -> Awaitable[None] | None:
        """Forget ``key``, which may not be there."""


class MemoryStore(Store):
    """Keeps sessions in the memory of this process: for tests, and programs of one process.

    They are lost when it ends. Those whose time is over are dropped as new ones come.
    """

    _FEW = 1024

    def __init__(self, *, clock: Callable[[], float] = time.time) -> None:
        self._clock = clock
        self._kept: dict[str, tuple[str, float]] = {}
        self._sweep_at = self._FEW

    def __len__(self) -> int:
        return len(self._kept)

    def load(self, key: str) -> str | None:
        text, expires = self._kept.get(key, (None, 0.0))
        return text if expires > self._clock() else None

    def create(self, key: str, text: str, expires: float) -> None:
        self._kept[key] = text, expires
        if len(self._kept) >= self._sweep_at:
            now = self._clock()
            self._kept = {k: kept for k, kept in self._kept.items() if kept[1] > now}
            self._sweep_at = max(self._FEW, 2 * len(self._kept))

    def update(self, key: str, text: str, expires: float) -> bool:
        if self.load(key) is None:
            return False
        self._kept[key] = text, expires
        return True

    def delete(self, key: str) -> None:
        self._kept.pop(key, None)
