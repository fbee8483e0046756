"""Futures, and the small functions that treat asyncio's and concurrent.futures' alike.

Laws:
1. `Future` is `asyncio.Future` itself: it belongs to one loop and is not thread-safe.
2. A result that arrives for a cancelled future is dropped; an exception that does is logged,
   because nobody else will see it.
3. A future of another thread or loop reaches its loop through ``call_soon_threadsafe``.
"""

from __future__ import annotations

import asyncio
import concurrent.futures
import logging
from collections.abc import Callable
from types import TracebackType
from typing import Any, TypeAlias, TypeGuard, TypeVar

T = TypeVar("T")

Future = asyncio.Future
FUTURES = (concurrent.futures.Future, Future)

AnyFuture: TypeAlias = "asyncio.Future[T] | concurrent.futures.Future[T]"
ExcInfo = tuple[type[BaseException] | None, BaseException | None, TracebackType | None]

app_log = logging.getLogger("tornado.application")


def is_future(x: Any) -> TypeGuard[AnyFuture[Any]]:
    """Whether ``x`` is an `asyncio.Future` or a `concurrent.futures.Future`."""
    return isinstance(x, FUTURES)


def future_set_result_unless_cancelled(future: AnyFuture[T], value: T) -> None:
    """Set the result, or drop it if the future was cancelled in the meantime.

    Raises `asyncio.InvalidStateError` if the future has a result or an exception already.
    """
    if not future.cancelled():
        future.set_result(value)


def future_set_exception_unless_cancelled(future: AnyFuture[Any], exc: BaseException) -> None:
    """Set the exception, or log it to ``tornado.application`` if the future was cancelled."""
    if not future.cancelled():
        future.set_exception(exc)
    else:
        app_log.error("An error came too late for a cancelled Future", exc_info=exc)


def future_set_exc_info(future: AnyFuture[Any], exc_info: ExcInfo) -> None:
    """Set the exception that ``sys.exc_info()`` gave, or log it if the future was cancelled.

    Raises `ValueError` if there is no exception in ``exc_info``.
    """
    if exc_info[1] is None:
        raise ValueError("future_set_exc_info() got (None, None, None): there is no exception")
    future_set_exception_unless_cancelled(future, exc_info[1])


def future_add_done_callback(
    future: AnyFuture[T], callback: Callable[[AnyFuture[T]], object]
) -> None:
    """Call ``callback(future)`` when the future is done: at once, if it is done already.

    The ``add_done_callback`` of asyncio waits for the next turn of the loop in that case.
    """
    if future.done():
        callback(future)
    else:
        future.add_done_callback(callback)


def copy_outcome(source: AnyFuture[T], target: AnyFuture[T]) -> None:
    """Give ``target`` what ``source`` has, unless it has something of its own."""
    if target.done():
        return
    if source.cancelled():
        target.cancel()
        return
    error = source.exception()
    if error is not None:
        target.set_exception(error)
    else:
        target.set_result(source.result())


def chain_future(a: AnyFuture[T], b: AnyFuture[T]) -> None:
    """When ``a`` is done, give its result, exception or cancellation to ``b``.

    Nothing happens if ``b`` is done by then. Cancelling ``b`` does not cancel ``a``. The two may be
    of different kinds, threads and loops.
    """
    home = b.get_loop() if isinstance(b, asyncio.Future) else None
    if home is None or (isinstance(a, asyncio.Future) and a.get_loop() is home):
        future_add_done_callback(a, lambda done: copy_outcome(done, b))
        return

    def travel(done: AnyFuture[T]) -> None:
        try:
            home.call_soon_threadsafe(copy_outcome, done, b)
        except RuntimeError:
            if not home.is_closed():
                raise

    a.add_done_callback(travel)
