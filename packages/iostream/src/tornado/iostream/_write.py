"""What is to be sent and has not left.

Laws:
1. A large piece is never copied: the queue holds the caller's bytes, or a view of his bytearray or
   memoryview, until the kernel has taken them. Small pieces are gathered into one.
2. A file range waits in the same queue, so that order is the order of the calls.
3. The queue knows nothing of sockets. Whoever sends looks at ``head()`` and says by ``advance``
   how much of it has left.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable
from typing import Any

Bytes = bytes | bytearray | memoryview

# Pieces up to this size are copied into one another; larger ones are kept as they are.
_GATHER_BELOW = 2048
# A gathered piece does not grow past this.
_GATHERED_MOST = 65536


def as_bytes(data: Any) -> bytes | memoryview:
    """``data`` as something whose ``len()`` is its number of bytes.

    A str is taken as UTF-8. Raises TypeError for what holds no bytes.
    """
    if type(data) is bytes:
        return data
    if isinstance(data, str):
        return data.encode()
    try:
        view = memoryview(data)
    except TypeError:
        raise TypeError(
            f"a stream sends bytes, bytearray, memoryview or str, not {type(data).__name__}"
        ) from None
    if view.nbytes == 0:
        return b""
    if not view.contiguous:
        return view.tobytes()
    return view if view.format == "B" and view.ndim == 1 else view.cast("B")


class FileRange:
    """A part of a regular file that waits to be sent."""

    __slots__ = ("copied", "descriptor", "file", "left", "offset", "sent")

    def __init__(self, file: Any, offset: int, count: int) -> None:
        self.file = file  # held so that the descriptor stays open until the range has left
        self.descriptor: int = file.fileno()
        self.offset = offset
        self.left = count
        self.sent = 0
        self.copied = False  # the kernel cannot send it by itself: read and write


class _Waiter:
    """Somebody who wants to know when everything up to a position has left."""

    __slots__ = ("callback", "future", "position", "range")

    def __init__(
        self,
        position: int,
        future: asyncio.Future[Any],
        callback: Callable[[], Any] | None,
        part: FileRange | None,
    ) -> None:
        self.position = position
        self.future = future
        self.callback = callback
        self.range = part


class WriteQueue:
    """Pieces of bytes and of files in the order in which they will leave."""

    __slots__ = ("_gathering", "_pieces", "_skip", "_waiters", "done", "drained", "size")

    def __init__(self, done: int = 0) -> None:
        self._pieces: deque[bytes | bytearray | memoryview | FileRange] = deque()
        self._skip = 0  # how much of the first piece has left
        self._gathering = False  # the last piece is a bytearray of our own
        self._waiters: deque[_Waiter] = deque()
        self.size = 0  # bytes waiting, those of file ranges included
        self.done = done  # bytes that have passed through here
        self.drained: list[Callable[[], Any]] = []

    def __len__(self) -> int:
        return self.size

    def append(self, data: Bytes | str) -> None:
        """Add bytes at the end."""
        piece = as_bytes(data)
        size = len(piece)
        if size > _GATHER_BELOW:
            self._pieces.append(piece)
            self._gathering = False
        elif size:
            last = self._pieces[-1] if self._gathering else None
            if type(last) is bytearray and len(last) < _GATHERED_MOST:
                last += piece
            else:
                self._pieces.append(bytearray(piece))
                self._gathering = True
        self.size += size

    def append_range(self, part: FileRange) -> None:
        """Add a part of a file at the end."""
        if part.left:
            self._pieces.append(part)
            self._gathering = False
            self.size += part.left

    def head(self) -> memoryview | FileRange:
        """What is to leave next. Release the view before the queue is touched again."""
        first = self._pieces[0]
        if isinstance(first, FileRange):
            return first
        view = memoryview(first)
        return view[self._skip :] if self._skip else view

    def advance(self, count: int) -> None:
        """``count`` bytes of the head have left."""
        self.size -= count
        self.done += count
        first = self._pieces[0]
        if isinstance(first, FileRange):
            first.offset += count
            first.left -= count
            first.sent += count
            if not first.left:
                self._drop_first()
            return
        self._skip += count
        if self._skip == len(first):
            self._drop_first()

    def cut_range(self) -> None:
        """The file at the head has ended early: forget what was expected of it."""
        first = self._pieces[0]
        assert isinstance(first, FileRange)
        self.size -= first.left
        self.done += first.left
        first.left = 0
        self._drop_first()

    def _drop_first(self) -> None:
        self._pieces.popleft()
        self._skip = 0
        if not self._pieces:
            self._gathering = False

    def wait(
        self,
        future: asyncio.Future[Any],
        callback: Callable[[], Any] | None = None,
        part: FileRange | None = None,
    ) -> None:
        """Have ``future`` resolved when everything that is here now has left."""
        self._waiters.append(_Waiter(self.done + self.size, future, callback, part))

    def settle(self) -> list[Callable[[], Any]]:
        """Resolve the Futures of what has left; the callbacks that are due."""
        due = []
        waiters = self._waiters
        while waiters and waiters[0].position <= self.done:
            waiter = waiters.popleft()
            if not waiter.future.done():
                waiter.future.set_result(None if waiter.range is None else waiter.range.sent)
            if waiter.callback is not None:
                due.append(waiter.callback)
        return due

    def abandon(self) -> list[asyncio.Future[Any]]:
        """Forget everything; the Futures that will not be resolved."""
        futures = [waiter.future for waiter in self._waiters]
        self._waiters.clear()
        self._pieces.clear()
        self.size = self._skip = 0
        self._gathering = False
        return futures
