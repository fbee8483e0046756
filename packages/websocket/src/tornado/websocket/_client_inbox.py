"""Messages that wait for a program to read them.

Laws:
1. Order is kept, and a message goes to one reader.
2. What waits is bounded: past ``MESSAGES`` or ``SIZE``, ``put`` gives a gate, and the connection
   reads nothing more until half of it has been taken.
3. After the end, what waits can still be read; then every reader gets None, however often.
"""

from __future__ import annotations

import asyncio
from collections import deque

from tornado.websocket._reader import MessageReader

MESSAGES = 32
SIZE = 1 << 20  # of bytes, or characters

Message = str | bytes  # or a MessageReader, for those who have asked for it


class Inbox:
    """Between one connection and those who read from it."""

    __slots__ = ("_ended", "_flooded", "_gate", "_loop", "_messages", "_readers", "_size")

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self._loop = loop
        self._messages: deque[Message] = deque()
        self._readers: deque[asyncio.Future[Message | None]] = deque()
        self._size = 0
        self._gate: asyncio.Future[None] | None = None
        self._flooded = False
        self._ended = False

    def put(self, message: Message) -> asyncio.Future[None] | None:
        """A message has come. The gate, if nothing more is to be read until it is done."""
        readers = self._readers
        while readers:
            reader = readers.popleft()
            if not reader.done():  # not cancelled
                reader.set_result(message)
                return None
        if self._flooded:
            return None
        self._messages.append(message)
        self._size += _size(message)
        if len(self._messages) < MESSAGES and self._size < SIZE:
            return None
        self._gate = self._loop.create_future()
        return self._gate

    def take(self) -> Message | None:
        """The next message that is there, or None."""
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
        """The program reads no more: receiving goes on, to the end, and what comes is dropped."""
        self._flooded = True
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


def _size(message: Message | MessageReader) -> int:
    return 0 if isinstance(message, MessageReader) else len(message)
