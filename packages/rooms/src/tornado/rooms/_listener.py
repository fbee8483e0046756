"""The program itself as a member of a room: ``async for message in room.listen()``."""

from __future__ import annotations

import asyncio
from asyncio import Future
from collections import deque
from types import TracebackType
from typing import TYPE_CHECKING, Any

from tornado.rooms._members import Member
from tornado.rooms._messages import Message, News

if TYPE_CHECKING:
    from tornado.rooms._room import Room


class Listener(Member):
    """An iterator over the messages of a room, that ends when the rooms are closed.

    It is a member from the moment it is made. One that is not asked for messages for long misses
    those that the room has forgotten meanwhile, and none that it remembers.
    """

    def __init__(self, room: Room, since: str | None) -> None:
        self.room = room
        self._messages: deque[Message] = deque()
        self._over = False
        self._taken: Future[None] | None = None
        self._comes: Future[None] | None = None
        room.join(self, since)

    def deliver(self, news: News) -> Future[Any] | None:
        self._messages.extend(news.messages)
        self._wake()
        if not self._messages:
            return None
        self._taken = asyncio.get_running_loop().create_future()
        return self._taken

    def dismiss(self, reason: str) -> None:
        self._over = True
        self._wake()

    def __aiter__(self) -> Listener:
        return self

    async def __anext__(self) -> Message:
        while not self._messages:
            if self._taken is not None and not self._taken.done():
                self._taken.set_result(None)
            if self._over:
                raise StopAsyncIteration
            if self._comes is not None and not self._comes.done():
                raise RuntimeError("two tasks iterate over the same listener: each needs its own")
            self._comes = asyncio.get_running_loop().create_future()
            await self._comes
        return self._messages.popleft()

    async def aclose(self) -> None:
        """Leaves the room; an iteration that waits ends."""
        self.room.leave(self)
        self.dismiss("left")

    async def __aenter__(self) -> Listener:
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        await self.aclose()

    def _wake(self) -> None:
        if self._comes is not None and not self._comes.done():
            self._comes.set_result(None)
