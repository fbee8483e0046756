"""MessageReader: a message that is read while it arrives."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable

from tornado.websocket._errors import WebSocketClosedError

#: Bytes, or characters, that may wait for the reader before receiving pauses.
AHEAD = 1 << 16


class MessageReader:
    """One message, in pieces: ``async for piece in reader``.

    Pieces are ``str`` of a text message and ``bytes`` of a binary one (``binary`` tells), as large
    as they happen to arrive; what frames they came in is not shown. Receiving pauses while pieces
    wait, so that a message may be larger than memory. What nobody reads is dropped when the
    awaitable of ``on_message`` is done.

    Raises WebSocketClosedError if the connection ends in the middle of the message.
    """

    __slots__ = (
        "_complete",
        "_dropped",
        "_failed",
        "_more",
        "_pieces",
        "_waiting",
        "binary",
        "unread",
    )

    def __init__(self, binary: bool, more: Callable[[], None]) -> None:
        self.binary = binary
        self.unread = 0
        self._pieces: deque[str | bytes] = deque()
        self._more = more
        self._complete = self._failed = self._dropped = False
        self._waiting: asyncio.Future[None] | None = None

    def __aiter__(self) -> MessageReader:
        return self

    async def __anext__(self) -> str | bytes:
        while not self._pieces:
            if self._complete:
                raise StopAsyncIteration
            if self._failed:
                raise WebSocketClosedError("the connection ended in the middle of a message")
            if self._waiting is not None:
                raise RuntimeError("two tasks read the same message")
            self._waiting = asyncio.get_running_loop().create_future()
            try:
                await self._waiting
            finally:
                self._waiting = None
        piece = self._pieces.popleft()
        full = self.unread > AHEAD
        self.unread -= len(piece)
        if full and self.unread <= AHEAD:
            self._more()
        return piece

    async def read(self) -> str | bytes:
        """All that is left of the message."""
        pieces = [piece async for piece in self]
        return b"".join(pieces) if self.binary else "".join(pieces)  # type: ignore[arg-type]  # of one kind

    # -- what the connection does

    def feed(self, piece: str | bytes, last: bool) -> bool:
        """A piece has come. False: enough for now."""
        if piece and not self._dropped:
            self._pieces.append(piece)
            self.unread += len(piece)
        self._complete = last
        self._wake()
        return last or self.unread <= AHEAD

    def fail(self) -> None:
        """No more will come."""
        self._failed = True
        self._wake()

    def drop(self) -> None:
        """Nobody reads any more."""
        self._dropped = True
        self._pieces.clear()
        full, self.unread = self.unread > AHEAD, 0
        if full:
            self._more()

    def _wake(self) -> None:
        if self._waiting is not None and not self._waiting.done():
            self._waiting.set_result(None)
