"""What a pending read is waiting for.

Laws:
1. One small class per kind of read; each knows how to take its result out of a ReadBuffer, and
   nothing of sockets, loops or callbacks.
2. ``take`` is called after every arrival of bytes: it gives the result, or NOT_YET, or raises
   UnsatisfiableReadError when no further byte could help.
3. ``last_take`` is called when no byte will come any more.
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import Callable
from enum import Enum
from typing import Any, Final

from tornado.iostream._buffer import ReadBuffer
from tornado.iostream._errors import UnsatisfiableReadError


class Wait(Enum):
    """The answer of a read that needs more bytes."""

    NOT_YET = "not yet"


NOT_YET: Final = Wait.NOT_YET


class PendingRead:
    """A read that somebody has asked for: its Future, and the callbacks of the older style."""

    __slots__ = ("callback", "future", "streaming")

    future: asyncio.Future[Any]

    def __init__(
        self,
        callback: Callable[[Any], Any] | None = None,
        streaming: Callable[[bytes], Any] | None = None,
    ) -> None:
        self.callback = callback
        self.streaming = streaming

    def take(self, buffer: ReadBuffer) -> Any:
        raise NotImplementedError

    def last_take(self, buffer: ReadBuffer) -> Any:
        """The result when the stream has ended in an orderly way; NOT_YET: there is none."""
        return NOT_YET

    def streamed(self, buffer: ReadBuffer) -> bytes:
        """What can be given to the streaming callback now (nothing for most reads)."""
        return b""


class ReadUntil(PendingRead):
    """Up to and including a delimiter."""

    __slots__ = ("_delimiter", "_max_bytes", "_scanned")

    def __init__(
        self, delimiter: bytes, max_bytes: int | None, callback: Callable[[bytes], Any] | None
    ) -> None:
        super().__init__(callback)
        self._delimiter = delimiter
        self._max_bytes = max_bytes
        self._scanned = 0

    def __str__(self) -> str:
        return f"read_until({self._delimiter!r})"

    def take(self, buffer: ReadBuffer) -> bytes | Wait:
        delimiter = self._delimiter
        found = buffer.find(delimiter, self._scanned)
        if found < 0:
            size = len(buffer)
            if self._max_bytes is not None and size >= self._max_bytes:
                raise UnsatisfiableReadError(
                    f"delimiter {delimiter!r} not found within {self._max_bytes} bytes"
                )
            # The delimiter may have begun in what is here: look at its length again, less one.
            self._scanned = max(0, size - len(delimiter) + 1)
            return NOT_YET
        end = found + len(delimiter)
        if self._max_bytes is not None and end > self._max_bytes:
            raise UnsatisfiableReadError(
                f"delimiter {delimiter!r} not found within {self._max_bytes} bytes"
            )
        return buffer.take(end)


class ReadUntilRegex(PendingRead):
    """Up to the end of the first match of a regular expression."""

    __slots__ = ("_max_bytes", "_pattern")

    def __init__(
        self,
        pattern: re.Pattern[bytes],
        max_bytes: int | None,
        callback: Callable[[bytes], Any] | None,
    ) -> None:
        super().__init__(callback)
        self._pattern = pattern
        self._max_bytes = max_bytes

    def __str__(self) -> str:
        return f"read_until_regex({self._pattern.pattern!r})"

    def take(self, buffer: ReadBuffer) -> bytes | Wait:
        end = buffer.search(self._pattern)
        limit = self._max_bytes
        if limit is not None and (end > limit if end is not None else len(buffer) >= limit):
            raise UnsatisfiableReadError(
                f"pattern {self._pattern.pattern!r} not matched within {limit} bytes"
            )
        return NOT_YET if end is None else buffer.take(end)


class ReadBytes(PendingRead):
    """A number of bytes, or with ``partial`` up to that number and at least one."""

    __slots__ = ("_asked", "_left", "_partial")

    def __init__(
        self,
        count: int,
        partial: bool,
        callback: Callable[[bytes], Any] | None,
        streaming: Callable[[bytes], Any] | None,
    ) -> None:
        super().__init__(callback, streaming)
        self._asked = self._left = count
        self._partial = partial

    def __str__(self) -> str:
        return f"read_bytes({self._asked}{', partial=True' if self._partial else ''})"

    def streamed(self, buffer: ReadBuffer) -> bytes:
        data = buffer.take(self._left)
        self._left -= len(data)
        return data

    def take(self, buffer: ReadBuffer) -> bytes | Wait:
        if self.streaming is not None:
            done = not self._left or (self._partial and self._left < self._asked)
            return b"" if done else NOT_YET
        if len(buffer) >= self._left or (self._partial and buffer):
            return buffer.take(self._left)
        return NOT_YET


class ReadInto(PendingRead):
    """Into memory of the caller, full or with ``partial`` at least one byte."""

    __slots__ = ("_filled", "_partial", "_target")

    def __init__(
        self, target: memoryview, partial: bool, callback: Callable[[int], Any] | None
    ) -> None:
        super().__init__(callback)
        self._target = target
        self._filled = 0
        self._partial = partial

    def __str__(self) -> str:
        return f"read_into(a buffer of {len(self._target)} bytes)"

    def room(self) -> memoryview:
        """The part of the target that is still to be filled."""
        return self._target[self._filled :]

    def received(self, count: int) -> None:
        """``count`` bytes were written into :meth:`room` directly."""
        self._filled += count

    def take(self, buffer: ReadBuffer) -> int | Wait:
        if buffer:
            self._filled += buffer.take_into(self.room())
        if self._filled == len(self._target) or (self._partial and self._filled):
            return self._filled
        return NOT_YET


class ReadUntilClose(PendingRead):
    """Everything until the other side has closed."""

    __slots__ = ()

    def __str__(self) -> str:
        return "read_until_close()"

    def streamed(self, buffer: ReadBuffer) -> bytes:
        return buffer.take(len(buffer))

    def take(self, buffer: ReadBuffer) -> Wait:
        return NOT_YET

    def last_take(self, buffer: ReadBuffer) -> bytes:
        return b"" if self.streaming is not None else buffer.take(len(buffer))
