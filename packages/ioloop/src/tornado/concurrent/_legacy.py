"""Futures as programs of 2012 to 2017 knew them."""

from __future__ import annotations

import asyncio
import functools
from collections.abc import Callable
from typing import Any, TypeVar

from tornado.concurrent._executors import new_future
from tornado.concurrent._futures import (
    ExcInfo,
    Future,
    future_set_exc_info,
    future_set_result_unless_cancelled,
)
from tornado.stack_context import ExceptionStackContext, wrap
from tornado.util import ArgReplacer

T = TypeVar("T")


class ReturnValueIgnoredError(Exception):
    """A function that answers through its callback returned a value as well."""


class TracebackFuture(asyncio.Future[T]):
    """A `Future` with the methods that futures had when Python 2 lost tracebacks."""

    def __init__(self) -> None:
        from tornado.ioloop import IOLoop  # it stands on this module

        super().__init__(loop=IOLoop.current().asyncio_loop)

    def result(self, timeout: float | None = None) -> T:
        """The result. ``timeout`` is accepted and not used: a loop must not wait here."""
        return super().result()

    def exc_info(self) -> ExcInfo | None:
        """What ``sys.exc_info()`` was for the exception, None if there is none."""
        error = self.exception()
        return None if error is None else (type(error), error, error.__traceback__)

    def set_exc_info(self, exc_info: ExcInfo) -> None:
        """Set the exception that ``sys.exc_info()`` gave."""
        future_set_exc_info(self, exc_info)


def return_future(f: Callable[..., Any]) -> Callable[..., Future[Any]]:
    """Decorates a function that answers by ``callback=``, so that it returns a `Future` too.

    The future gets what the function hands to its callback: nothing is None, one argument is the
    result. An exception of the function, or of the callbacks that it schedules, goes into the
    future. A caller can pass ``callback=`` of its own, which is then called with the result on the
    next turn of the loop. The function must return None.
    """
    replacer = ArgReplacer(f, "callback")

    @functools.wraps(f)
    def wrapper(*args: Any, **kwargs: Any) -> Future[Any]:
        future = new_future()

        def answer(value: Any = None) -> None:
            if not future.done():
                future_set_result_unless_cancelled(future, value)

        def fail(*exc_info: Any) -> bool:
            if future.done():
                return False
            future_set_exc_info(future, exc_info)
            return True

        callback, arguments, keywords = replacer.replace(answer, args, kwargs)
        with ExceptionStackContext(fail):
            if f(*arguments, **keywords) is not None:
                raise ReturnValueIgnoredError(
                    f"{f.__qualname__}() answers by its callback and must return None"
                )
        if callback is not None:
            _call_with_result(future, wrap(callback))
        return future

    return wrapper


def _call_with_result(future: Future[Any], callback: Callable[..., Any]) -> None:
    from tornado.ioloop import IOLoop  # it stands on this module

    def call(done: Any) -> None:
        value = done.result()
        if value is None:
            callback()
        else:
            callback(value)

    IOLoop.current().add_future(future, call)
