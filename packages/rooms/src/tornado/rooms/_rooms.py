"""All rooms of an application: one Rooms object, made once, given to the handlers as a setting."""

from __future__ import annotations

import secrets
import time
from collections.abc import Callable, Iterator
from functools import cached_property
from typing import Any
from weakref import WeakValueDictionary

from tornado.rooms._bus import Bus, LocalBus
from tornado.rooms._errors import RoomsClosedError
from tornado.rooms._log import Limits
from tornado.rooms._messages import checked_name
from tornado.rooms._room import Room

NAME_LIMIT = 200
FEW = 1024


class Rooms:
    """The rooms of an application: ``rooms["lobby"]`` is one, and is made when it is first asked
    for.

    Without ``server`` rooms live in this process. With the URL of a Redis, such as
    ``"redis://localhost:6379/0"``, or a client of ``redis.asyncio`` (which stays yours to close),
    all processes that use the same Redis and ``prefix`` have the same rooms; it takes
    ``pip install tornado-rooms[redis]``.

    Everything is bounded:

    - ``history``: who comes to a room is told so many messages that were said before
    - ``backlog``: and so many may be told later to members who are slow, come back with ``since``,
      or are in a process that has lost Redis for a while. What was said before that is forgotten
    - ``size``: characters that a room remembers in a process, as JSON
    - ``seconds``: nothing older is remembered; nor is a room where nothing was said for so long
    - ``linger``: seconds until somebody who is no longer there counts as having left
    - ``max_message``: characters of a message as JSON
    - ``queue``: messages that wait in this process while Redis is away
    - ``patience``: seconds that ``room.history()`` waits for Redis

    A Rooms object belongs to one event loop.
    """

    def __init__(
        self,
        server: Any = None,
        *,
        history: int = 200,
        backlog: int = 1000,
        size: int = 8 * 1024 * 1024,
        seconds: float = 24 * 3600,
        linger: float = 10.0,
        max_message: int = 64 * 1024,
        queue: int = 1000,
        patience: float = 10.0,
        prefix: str = "rooms:",
        clock: Callable[[], float] = time.time,
    ) -> None:
        if history < 1:
            raise ValueError(f"history is a number of messages, 1 or more, got {history!r}")
        self._limits = Limits(history, max(history, backlog), size, seconds)
        self.linger = linger
        self.max_message = max_message
        self.queue = queue
        self.patience = patience
        self._clock = clock
        self._closed = False
        self._named: WeakValueDictionary[str, Room] = WeakValueDictionary()
        self._kept: dict[str, Room] = {}
        self._sweep_at = FEW
        self._bus: Bus
        if server is None:
            self._bus = LocalBus(clock)
        else:
            from tornado.rooms._redis import RedisBus

            self._bus = RedisBus(self, server, prefix)

    def __getitem__(self, name: str) -> Room:
        """The room of that name. Raises ValueError for a name that is empty or too long."""
        room = self._named.get(name)
        if room is None:
            room = Room(self, checked_name(name, "room", NAME_LIMIT))
            self._named[name] = room
        return room

    def __iter__(self) -> Iterator[Room]:
        """The rooms that have members here."""
        return iter([room for room in self._kept.values() if room.size])

    async def close(self) -> None:
        """The end: polls are answered, event streams and WebSockets closed, messages that wait for
        Redis are sent if it takes them within a few seconds. Call it before
        ``HTTPServer.drain``."""
        if self._closed:
            return
        self._closed = True
        for room in list(self._named.values()):
            room._dismiss_all()
        await self._bus.close()

    @cached_property
    def _origin(self) -> str:
        """The name of this process among those that share the rooms, made when it is first needed:
        after a fork, each child has its own."""
        return secrets.token_hex(8)

    def _check_open(self) -> None:
        if self._closed:
            raise RoomsClosedError("these rooms are closed")

    def _keep(self, room: Room) -> None:
        """``room`` has members or messages, so it must not vanish."""
        self._kept[room.name] = room
        if len(self._kept) > self._sweep_at:
            for each in list(self._kept.values()):
                each._log.forget()
                if not (each.size or len(each._log) or each is room):
                    self._let_go(each)
            self._sweep_at = max(FEW, 2 * len(self._kept))

    def _let_go(self, room: Room) -> None:
        self._kept.pop(room.name, None)
