"""Waiters: the futures of those who wait in line, in the order of their coming.

Laws:
1. A waiter leaves the line in the moment in which its future is done: served, timed out or
   cancelled. What nobody waits for is never handed out.
2. Coming, leaving from anywhere in the line, and serving the first are each one step.
"""

from __future__ import annotations

import asyncio
from collections import OrderedDict
from typing import Any

from tornado.gen._yielding import new_future
from tornado.ioloop import IOLoop
from tornado.ioloop._ioloop import Deadline
from tornado.util import TimeoutError

Timeout = Deadline | None


class Waiters:
    """A line of futures."""

    __slots__ = ("_line",)

    def __init__(self) -> None:
        self._line: OrderedDict[asyncio.Future[Any], Any] = OrderedDict()

    def __len__(self) -> int:
        return len(self._line)

    def wait(
        self, timeout: Timeout = None, payload: Any = None, on_timeout: Any = TimeoutError
    ) -> asyncio.Future[Any]:
        """A new future at the end of the line.

        When ``timeout`` (a `datetime.timedelta`, or a point of time as of `IOLoop.time`) is
        reached, it raises `TimeoutError`, or has the result ``on_timeout`` if that is given.
        ``payload`` comes back from `pop`.
        """
        future = new_future()
        self._line[future] = payload
        if timeout is None:
            future.add_done_callback(self._leave)
            return future

        def expired() -> None:
            if future.done():
                return
            self._line.pop(future, None)
            if on_timeout is TimeoutError:
                future.set_exception(TimeoutError("the timeout is over; nothing was changed"))
            else:
                future.set_result(on_timeout)

        timer = IOLoop.current().add_timeout(timeout, expired)

        def done(future: asyncio.Future[Any]) -> None:
            timer.cancel()
            self._leave(future)

        future.add_done_callback(done)
        return future

    def _leave(self, future: asyncio.Future[Any]) -> None:
        self._line.pop(future, None)

    def pop(self) -> tuple[asyncio.Future[Any], Any] | None:
        """Take the first that still waits out of the line, with its payload; None if nobody does.

        A future that was cancelled a moment ago, and has not left yet, is passed over.
        """
        while self._line:
            future, payload = self._line.popitem(last=False)
            if not future.done():
                return future, payload
        return None

    def waiting(self) -> bool:
        """Whether there is one whom `pop` would find."""
        while self._line:
            first = next(iter(self._line))
            if not first.done():
                return True
            del self._line[first]
        return False
