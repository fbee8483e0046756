"""coroutine and engine: generators that wait by ``yield``.

Law: a generator that does not yield, or ends before anything has to be waited for, costs its future
and a copied context, nothing else.
"""

from __future__ import annotations

import asyncio
import functools
from collections.abc import Callable, Generator
from contextvars import copy_context
from types import CoroutineType, GeneratorType
from typing import Any, ParamSpec, TypeVar, overload

from tornado.concurrent import Future, ReturnValueIgnoredError
from tornado.concurrent._executors import takes_keyword
from tornado.gen._errors import Return
from tornado.gen._runner import Runner, fail, without_this_frame
from tornado.gen._yielding import new_future
from tornado.ioloop import IOLoop
from tornado.stack_context import wrap

P = ParamSpec("P")
T = TypeVar("T")


@overload
def coroutine(
    func: Callable[P, Generator[Any, Any, T]], replace_callback: bool = True
) -> Callable[P, Future[T]]: ...


@overload
def coroutine(func: Callable[P, T], replace_callback: bool = True) -> Callable[P, Future[T]]: ...


def coroutine(
    func: Callable[..., Any], replace_callback: bool = True
) -> Callable[..., Future[Any]]:
    """Decorates a generator function: each ``yield`` waits for a future; the call returns one.

    ::

        @gen.coroutine
        def fetch(url):
            response = yield http_client.fetch(url)
            return response.body          # raise gen.Return(...) where Python 2 is still read

    It runs at once up to its first ``yield`` that has to wait. What can be yielded, see
    `convert_yielded`. An exception goes into the future, and is seen when that is awaited.

    A function that would not accept ``callback=`` can still be called with it, and it is called
    with the result; ``replace_callback=False`` makes that a `TypeError`, as of any other argument.
    """
    return _make(func, replace_callback and not takes_keyword(func, "callback"))


def _make(func: Callable[..., Any], takes_callback: bool) -> Callable[..., Future[Any]]:
    @functools.wraps(func)
    def wrapper(*args: Any, **kwargs: Any) -> Future[Any]:
        if takes_callback and "callback" in kwargs:
            return _call_back(kwargs.pop("callback"), wrapper(*args, **kwargs))
        future = new_future()
        run = copy_context().run
        result: Any = None
        try:
            result = run(func, *args, **kwargs)
            if isinstance(result, GeneratorType):
                Runner(run, result, future, run(next, result))
            elif isinstance(result, CoroutineType):
                return asyncio.ensure_future(result, loop=future.get_loop())
            else:
                future.set_result(result)
            return future
        except (StopIteration, Return) as end:
            future.set_result(end.value)
            return future
        except (Exception, asyncio.CancelledError) as error:
            fail(future, without_this_frame(error))
            return future
        finally:
            # The frames of a traceback lead to their callers, also to this one.
            del future, result

    wrapper.__tornado_coroutine__ = True  # type: ignore[attr-defined]  # what the next function reads
    return wrapper


def is_coroutine_function(func: Any) -> bool:
    """Whether ``func`` was decorated with `coroutine` (not whether it is an ``async def``)."""
    return getattr(func, "__tornado_coroutine__", False)


def _call_back(callback: Callable[[Any], Any] | None, future: Future[Any]) -> Future[Any]:
    if callback is not None:
        wrapped = wrap(callback)
        IOLoop.current().add_future(future, lambda done: wrapped(done.result()))
    return future


def engine(func: Callable[..., Any]) -> Callable[..., None]:
    """Decorates a generator function that answers by callbacks, as programs of 2011 and 2012 do.

    The call returns None. An exception that nobody caught is raised to the caller if the generator
    has not waited yet, and later goes to the `ExceptionStackContext` around it or to the log. The
    function must not return a value. New code uses `coroutine` or ``async def``.
    """
    start = _make(func, takes_callback=False)

    def ended(future: Future[Any]) -> None:
        try:
            value = future.result()
        finally:
            del future  # the traceback of its exception holds this frame
        if value is not None:
            raise ReturnValueIgnoredError(
                f"{func.__qualname__}() is a gen.engine and must return None; it returned {value!r}"
            )

    @functools.wraps(func)
    def wrapper(*args: Any, **kwargs: Any) -> None:
        future = start(*args, **kwargs)
        try:
            if future.done():
                ended(future)
            else:
                IOLoop.current().add_future(future, ended)
        finally:
            del future  # as above

    return wrapper
