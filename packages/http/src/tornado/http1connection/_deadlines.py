"""One clock for all connections of a loop: a tick a second, instead of a timer for every read.

A connection notes the tick at which its present state began, which costs one attribute; once a
second everybody is asked whether that was too long ago. Deadlines are therefore met to within a
second, which is what deadlines of many seconds need. The clock runs only while somebody is on it.
"""

from __future__ import annotations

import asyncio
from typing import Protocol

from tornado.ioloop import IOLoop

TICK = 1.0


class Timed(Protocol):
    def on_tick(self, now: int) -> None:
        """``now`` counts seconds."""


class Clock:
    """The clock of one loop: ``Clock.of(io_loop)``. ``now`` counts ticks; ``done`` is a future
    that is done, shared by everybody who has to return one."""

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self.now = 0
        self.loop = loop
        self.members: set[Timed] = set()
        self._timer: asyncio.TimerHandle | None = None
        self.done: asyncio.Future[None] = loop.create_future()
        self.done.set_result(None)

    @classmethod
    def of(cls, io_loop: IOLoop) -> Clock:
        # Kept on the loop itself, since the clock refers to the loop: they go together.
        clock: Clock | None = vars(io_loop).get("_http_clock")
        if clock is None:
            clock = vars(io_loop)["_http_clock"] = cls(io_loop.asyncio_loop)
        return clock

    def join(self, member: Timed) -> None:
        self.members.add(member)
        if self._timer is None:
            self._timer = self.loop.call_later(TICK, self._tick)

    def leave(self, member: Timed) -> None:
        self.members.discard(member)
        if not self.members and self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def _tick(self) -> None:
        self.now += 1
        self._timer = self.loop.call_later(TICK, self._tick)
        for member in list(self.members):
            member.on_tick(self.now)
