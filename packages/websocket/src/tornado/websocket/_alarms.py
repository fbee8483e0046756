"""Deadlines of many connections with few timers.

Everybody who waits equally long falls due in the order in which he began to wait: so there is a
queue for each duration and one timer of the loop for the head of each queue. Ten thousand
connections that ping every 20 seconds share one timer.

The clock is the loop's: ``time()`` and ``call_at()`` are all that is asked of it, so that a test
may put one of its own in the place.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable
from typing import Any, Protocol

from tornado.ioloop import IOLoop


class Clock(Protocol):
    """What tells the time; every asyncio loop does."""

    def time(self) -> float: ...

    def call_at(self, when: float, callback: Callable[..., Any], *args: Any) -> Any: ...


class Alarm:
    """A call that is due some time, unless it is canceled."""

    __slots__ = ("_callback", "_due")

    def __init__(self, due: float, callback: Callable[[], Any]) -> None:
        self._due = due
        self._callback: Callable[[], Any] | None = callback

    def cancel(self) -> None:
        self._callback = None

    def ring(self) -> None:
        callback, self._callback = self._callback, None
        if callback is not None:
            callback()


class Alarms:
    """The alarms of one loop: ``Alarms.of(io_loop)``. ``done`` is a future that is done, shared by
    everybody who has to return one."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._waiting: dict[float, deque[Alarm]] = {}
        self.loop: asyncio.AbstractEventLoop
        self.done: asyncio.Future[None]

    @classmethod
    def of(cls, io_loop: IOLoop) -> Alarms:
        alarms: Alarms | None = vars(io_loop).get("_websocket_alarms")
        if alarms is None:
            alarms = vars(io_loop)["_websocket_alarms"] = cls(io_loop.asyncio_loop)
            alarms.loop = io_loop.asyncio_loop
            alarms.done = io_loop.asyncio_loop.create_future()
            alarms.done.set_result(None)
        return alarms

    def time(self) -> float:
        return self._clock.time()

    def soon(self, callback: Callable[[], Any]) -> None:
        """Have ``callback()`` called in the next turn of the loop."""
        self.loop.call_soon(callback)

    def after(self, seconds: float, callback: Callable[[], Any]) -> Alarm:
        """Have ``callback()`` called in ``seconds``."""
        alarm = Alarm(self._clock.time() + seconds, callback)
        queue = self._waiting.get(seconds)
        if queue is None:
            queue = self._waiting[seconds] = deque([alarm])
            self._clock.call_at(alarm._due, self._ring, seconds)
        else:
            queue.append(alarm)
        return alarm

    def _ring(self, seconds: float) -> None:
        queue = self._waiting[seconds]
        now = self._clock.time()
        try:
            while queue and (queue[0]._callback is None or queue[0]._due <= now):
                queue.popleft().ring()
        finally:
            if queue:
                self._clock.call_at(queue[0]._due, self._ring, seconds)
            else:
                del self._waiting[seconds]
