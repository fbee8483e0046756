"""sleep and with_timeout."""

from __future__ import annotations

import logging
from collections.abc import Callable
from typing import Any

from tornado.concurrent import Future, future_set_result_unless_cancelled
from tornado.gen._multi import QuietExceptions
from tornado.gen._yielding import current_asyncio_loop, new_future, to_loop_future
from tornado.ioloop import IOLoop
from tornado.ioloop._ioloop import Deadline
from tornado.util import TimeoutError

app_log = logging.getLogger("tornado.application")


def sleep(duration: float) -> Future[None]:
    """A future that is done after ``duration`` seconds."""
    loop = current_asyncio_loop()
    future: Future[None] = loop.create_future()
    timer = loop.call_later(duration, future_set_result_unless_cancelled, future, None)
    # One that is cancelled must not keep the timer, and by it itself, until the time is over.
    future.add_done_callback(lambda future: timer.cancel())
    return future


def with_timeout(
    timeout: Deadline,
    future: Any,
    quiet_exceptions: QuietExceptions = (),
    *,
    message: str | None = None,
    io_loop: IOLoop | None = None,
) -> Future[Any]:
    """The result of ``future`` (any yieldable), or `TimeoutError` when ``timeout`` is reached.

    ``timeout`` is a `datetime.timedelta` from now, or a point of time as of `IOLoop.time`.
    ``message`` is the text of the error. What was waited for is not cancelled and goes on; if it
    fails later, that is logged to ``tornado.application``, except the ``quiet_exceptions``.
    """
    if isinstance(quiet_exceptions, IOLoop):
        quiet_exceptions = ()  # where the loop stood in the arguments until 2018
    source = to_loop_future(future)
    result = new_future()
    if source.done():
        _copy(source, result)
        return result

    def expired() -> None:
        if not result.done():
            result.set_exception(TimeoutError("Timeout" if message is None else message))

    timer = (io_loop or IOLoop.current()).add_timeout(timeout, expired)
    source.add_done_callback(_copier(result, quiet_exceptions))
    result.add_done_callback(lambda result: timer.cancel())
    return result


def _copier(result: Future[Any], quiet: QuietExceptions) -> Callable[[Any], None]:
    def copy(source: Any) -> None:
        if not result.done():
            _copy(source, result)
        elif not source.cancelled():
            error = source.exception()
            if error is not None and not isinstance(error, quiet):
                app_log.error("An error came after with_timeout() had given up", exc_info=error)

    return copy


def _copy(source: Any, result: Future[Any]) -> None:
    if source.cancelled():
        result.cancel()
        return
    error = source.exception()
    if error is None:
        result.set_result(source.result())
    else:
        result.set_exception(error)
