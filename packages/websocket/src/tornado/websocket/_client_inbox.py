"""Messages that wait for a program to read them.

Laws:
1. Order is kept, and a message goes to one reader.
2. What waits is bounded: past ``MESSAGES`` or ``SIZE``, ``put`` gives a gate, and the connection
   reads nothing more until half of it has been taken. Where the program has closed the connection
   and does not read any more, the rest is dropped instead; what is read has no gaps.
3. After the end, what waits can still be read; then every reader gets None, however often.
"""

from __future__ import annotations

import asyncio
from collections import deque

from tornado.websocket._reader import MessageReader

MESSAGES = 32
SIZE = 1 << 20  # of bytes, or characters

Message = str | bytes | MessageReader


class Inbox:
    """Between one connection and those who read from it."""

    __slots__ = ("_dropped", "_ended", "_gate", "_left", "_loop", "_messages", "_readers", "_size")

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self._loop = loop
        self._messages: deque[Message] = deque()
        self._readers: deque[asyncio.Future[Message | None]] = deque()
        self._size = 0
        self._gate: asyncio.Future[None] | None = None
        self._left = False  # the program has closed, and not read since
        self._dropped = False  # and messages that came then are gone
        self._ended = False

    def put(self, message: Message) -> asyncio.Future[None] | None:
        """A message has come. The gate, if nothing more is to be read until it is done."""
        readers = self._readers
        while readers:
            reader = readers.popleft()
            if not reader.done():  # not cancelled
                reader.set_result(message)
                self._left = False
                return None
        if self._left and (len(self._messages) >= MESSAGES or self._size >= SIZE):
            self._dropped = True
        if self._dropped:
            return None
        self._messages.append(message)
        self._size += _size(message)
        if self._left or (len(self._messages) < MESSAGES and self._size < SIZE):
            return None
        self._gate = self._loop.create_future()
        return self._gate

    def take(self) -> Message | None:
        """The next message that is there, or None."""
        self._left = False
        if not self._messages:
            return None
        message = self._messages.popleft()
        self._size -= _size(message)
        if self._gate is not None and len(self._messages) * 2 < MESSAGES and self._size * 2 < SIZE:
            self._open_gate()
        return message

    def get(self) -> asyncio.Future[Message | None]:
        """The next message, or None after the last."""
        reader: asyncio.Future[Message | None] = self._loop.create_future()
        message = self.take()
        if message is not None or self._ended:
            reader.set_result(message)
        else:
            self._readers.append(reader)
        return reader

    def flood(self) -> None:
        """The program has closed the connection: receiving goes on, for the other side's answer to
        it, and unless the program reads, too, what does not fit is dropped."""
        self._left = True
        self._open_gate()

    def end(self) -> None:
        """No more messages will come."""
        self._ended = True
        while self._readers:
            reader = self._readers.popleft()
            if not reader.done():
                reader.set_result(None)

    def _open_gate(self) -> None:
        gate, self._gate = self._gate, None
        if gate is not None and not gate.done():
            gate.set_result(None)


def _size(message: Message) -> int:
    return 0 if isinstance(message, MessageReader) else len(message)
