"""PeriodicCallback: the same function, again and again.

Laws:
1. The calls are due at start + n * period on the monotonic clock. A call that comes late does not
   move the next one, and calls that were missed are left out: they do not pile up.
2. A call never begins while the awaitable of the one before is not done.
"""

from __future__ import annotations

import asyncio
import datetime
import logging
import math
import random
from collections.abc import Callable
from typing import Any

from tornado.ioloop._ioloop import IOLoop

app_log = logging.getLogger("tornado.application")


class PeriodicCallback:
    """Calls ``callback()`` every ``callback_time`` milliseconds (or `datetime.timedelta`).

    An awaitable that it returns is awaited before the next call. ``jitter=0.1`` makes each pause up
    to 5 % shorter or longer, so that many processes do not all call in the same moment. An
    exception is logged to ``tornado.application`` and does not end the series.

    `start` binds it to the current loop; ``io_loop`` names another.
    """

    def __init__(
        self,
        callback: Callable[[], Any],
        callback_time: float | datetime.timedelta,
        jitter: float | IOLoop = 0,
        *,
        io_loop: IOLoop | None = None,
    ) -> None:
        if isinstance(jitter, IOLoop):
            io_loop, jitter = jitter, 0  # where the loop stood in the arguments until 2018
        self.callback = callback
        if isinstance(callback_time, datetime.timedelta):
            callback_time = callback_time / datetime.timedelta(milliseconds=1)
        if callback_time <= 0:
            raise ValueError(
                f"the period of PeriodicCallback is a positive number of milliseconds, "
                f"got {callback_time}"
            )
        self.callback_time = callback_time
        self.jitter = jitter
        self.io_loop = io_loop
        self._given_loop = io_loop
        self._due = 0.0
        self._handle: asyncio.TimerHandle | None = None
        self._series: object | None = None

    def start(self) -> None:
        """Begin; the first call comes one period from now. No effect while it is running."""
        if self._series is not None:
            return
        self.io_loop = self._given_loop or IOLoop.current()
        self._series = object()
        self._due = self.io_loop.asyncio_loop.time()
        self._schedule()

    def stop(self) -> None:
        """End. A call whose awaitable is not done goes on, but none follows it."""
        self._series = None
        if self._handle is not None:
            self._handle.cancel()
            self._handle = None

    def is_running(self) -> bool:
        """Whether it was started and not stopped."""
        return self._series is not None

    def _schedule(self) -> None:
        assert self.io_loop is not None
        loop = self.io_loop.asyncio_loop
        period = self.callback_time / 1000
        if self.jitter:
            period *= 1 + self.jitter * (random.random() - 0.5)
        missed = math.floor(max(0.0, loop.time() - self._due) / period)
        self._due += (missed + 1) * period
        self._handle = loop.call_at(self._due, self._call)

    def _call(self) -> None:
        series = self._series
        if series is None:
            return
        try:
            result = self.callback()
            if result is not None:
                from tornado.gen import BadYieldError, convert_yielded  # it stands on ioloop

                try:
                    future = convert_yielded(result)
                except BadYieldError:
                    pass  # a value that nobody wants
                else:
                    assert self.io_loop is not None
                    self.io_loop._background.add(future)
                    self.io_loop.add_future(future, lambda done: self._finished(series, done))
                    return
        except Exception as error:
            self._log(error)
        self._next(series)

    def _finished(self, series: object, future: Any) -> None:
        assert self.io_loop is not None
        self.io_loop._background.discard(future)
        error = None if future.cancelled() else future.exception()
        if error is not None:
            self._log(error)
        self._next(series)

    def _next(self, series: object) -> None:
        if self._series is series:
            self._schedule()

    def _log(self, error: BaseException) -> None:
        app_log.error("Exception in PeriodicCallback %r", self.callback, exc_info=error)
