"""Watch: learns of exceptions that a loop has nobody to raise to.

Laws:
1. They are logged, as without a watch: by `IOLoop.handle_callback_exception`, or by the exception
   handler of the asyncio loop.
2. What an `ExpectLog` claims is expected. So the watch reports only what reached a handler of the
   logger behind all its filters; where the level of the logger drops errors nobody can have
   expected them, and they are reported, too.
"""

from __future__ import annotations

import asyncio
import logging
import sys
from collections.abc import Callable
from types import TracebackType
from typing import Any, NamedTuple

from tornado.ioloop import IOLoop

__unittest = True  # see _bounded


class Failure(NamedTuple):
    """An exception and its traceback, which others may take off it while it waits here."""

    error: BaseException
    traceback: TracebackType | None

    @classmethod
    def of(cls, error: BaseException) -> Failure:
        return cls(error, error.__traceback__)

    def throw(self) -> None:
        __tracebackhide__ = True  # of pytest
        raise self.error.with_traceback(self.traceback)


class Watch:
    """Calls ``report(failure)`` for exceptions in callbacks of ``io_loop``, until `release`.

    These are callbacks of the IOLoop, of its streams, and of the asyncio loop below. With
    ``forgotten`` they are also those of tasks and futures that were dropped without anybody having
    looked at them; that is noticed whenever the garbage is collected.
    """

    def __init__(
        self, io_loop: IOLoop, report: Callable[[Failure], None], forgotten: bool = False
    ) -> None:
        self._io_loop = io_loop
        self._report = report
        self._forgotten = forgotten
        self._had = vars(io_loop).get("handle_callback_exception")
        self._handle = io_loop.handle_callback_exception
        vars(io_loop)["handle_callback_exception"] = self._callback_failed
        self._asyncio = io_loop.asyncio_loop
        self._asyncio_handler = self._asyncio.get_exception_handler()
        self._asyncio.set_exception_handler(self._asyncio_failed)

    def release(self) -> None:
        if self._had is None:
            del vars(self._io_loop)["handle_callback_exception"]
        else:
            vars(self._io_loop)["handle_callback_exception"] = self._had
        self._asyncio.set_exception_handler(self._asyncio_handler)

    def _callback_failed(self, callback: Callable[..., Any] | None) -> None:
        error = sys.exc_info()[1]
        with _Tap("tornado.application") as tap:
            self._handle(callback)
        if error is not None and tap.unexpected:
            self._report(Failure.of(error))

    def _asyncio_failed(self, loop: asyncio.AbstractEventLoop, context: dict[str, Any]) -> None:
        with _Tap("asyncio") as tap:
            if self._asyncio_handler is not None:
                self._asyncio_handler(loop, context)
            else:
                loop.default_exception_handler(context)
        error = context.get("exception")
        of_callback = "handle" in context
        if error is not None and tap.unexpected and (of_callback or self._forgotten):
            self._report(Failure.of(error))


class _Tap(logging.Handler):
    """Sees what a logger passes on to its handlers."""

    def __init__(self, name: str) -> None:
        super().__init__()
        self._logger = logging.getLogger(name)
        #: Whether something came, or could not.
        self.unexpected = not self._logger.isEnabledFor(logging.ERROR)

    def __enter__(self) -> _Tap:
        self._logger.addHandler(self)
        return self

    def __exit__(self, *error: object) -> None:
        self._logger.removeHandler(self)
        self.close()

    def emit(self, record: logging.LogRecord) -> None:
        self.unexpected = True
