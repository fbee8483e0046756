"""Messages that cannot leave yet, because the socket is full or a message in pieces is under way.

They wait here as they are, neither framed nor compressed, so that one of them can still be dropped
or replaced: what was compressed with a context cannot be taken back.
"""

from __future__ import annotations

import asyncio
from collections import OrderedDict
from typing import Any

from tornado.websocket._errors import WebSocketClosedError


class Outbox:
    """A queue in which a later message may take the place of an earlier one with the same key."""

    __slots__ = ("_entries", "_serial", "_waiters", "size")

    def __init__(self) -> None:
        self._entries: OrderedDict[Any, tuple[Any, int]] = OrderedDict()
        self._serial = 0
        self._waiters: list[asyncio.Future[None]] = []
        self.size = 0  # bytes that wait here

    def __len__(self) -> int:
        return len(self._entries)

    def put(self, item: Any, size: int, key: Any = None) -> None:
        """Add ``item`` at the end; with a ``key``, in place of an earlier one of that key."""
        if key is None:
            self._serial += 1
            self._entries[self._serial] = (item, size)
        else:
            named = (key,)  # a tuple: never equal to a serial number
            if named in self._entries:
                self.size -= self._entries.pop(named)[1]
            self._entries[named] = (item, size)
        self.size += size

    def take(self) -> Any:
        """The item that has waited longest."""
        _key, (item, size) = self._entries.popitem(last=False)
        self.size -= size
        return item

    def drop_down_to(self, limit: int) -> int:
        """Drop the oldest until ``limit`` bytes are left, but never the last one. How many."""
        dropped = 0
        for key, (_item, size) in list(self._entries.items()):
            if self.size <= limit or len(self._entries) == 1:
                break
            if size:  # what has none is somebody's turn, not a message
                del self._entries[key]
                self.size -= size
                dropped += 1
        return dropped

    def emptied(self, loop: asyncio.AbstractEventLoop) -> asyncio.Future[None]:
        """A future that is done when all has left."""
        waiter: asyncio.Future[None] = loop.create_future()
        self._waiters.append(waiter)
        return waiter

    def settle(self) -> None:
        """All has left."""
        for waiter in self._waiters:
            if not waiter.done():
                waiter.set_result(None)
        self._waiters.clear()

    def abandon(self) -> None:
        """Nothing leaves any more. Nobody has to look at the futures that fail."""
        turns = [item for item, _size in self._entries.values() if isinstance(item, asyncio.Future)]
        self._entries.clear()
        self.size = 0
        for waiter in self._waiters + turns:
            deny(waiter)
        self._waiters.clear()


def deny(waiter: asyncio.Future[None]) -> None:
    """What ``waiter`` waits for will not be."""
    if not waiter.done():
        waiter.set_exception(WebSocketClosedError())
        waiter.exception()
