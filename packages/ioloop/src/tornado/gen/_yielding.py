"""What can be yielded: futures, awaitables, lists and dicts of them, None and `moment`."""

from __future__ import annotations

import asyncio
import inspect
from collections.abc import Callable, Generator
from concurrent.futures import Future as ThreadFuture
from functools import singledispatch
from typing import Any

from tornado.concurrent import Future, chain_future
from tornado.gen._errors import BadYieldError
from tornado.ioloop import IOLoop
from tornado.ioloop._current import running_loop


def current_asyncio_loop() -> asyncio.AbstractEventLoop:
    """The running loop, or the one that this thread would start."""
    return running_loop() or IOLoop.current().asyncio_loop


def new_future() -> Future[Any]:
    return (running_loop() or IOLoop.current().asyncio_loop).create_future()


class Moment:
    """The type of `moment`: a future that is done, and still takes one turn of the loop."""

    def done(self) -> bool:
        return True

    def cancelled(self) -> bool:
        return False

    def result(self) -> None:
        return None

    def exception(self) -> None:
        return None

    def add_done_callback(self, callback: Callable[[Any], object]) -> None:
        current_asyncio_loop().call_soon(callback, self)

    def __await__(self) -> Generator[None, None, None]:
        yield

    def __repr__(self) -> str:
        return "tornado.gen.moment"


#: ``yield gen.moment`` lets everything else that is ready run before the coroutine goes on. In an
#: ``async def``, ``await asyncio.sleep(0)`` does so.
moment = Moment()


@singledispatch
def convert_yielded(yielded: Any) -> Future[Any]:
    """A future for something that a coroutine yielded.

    Futures come back as they are; coroutines and other awaitables are scheduled; lists and dicts
    are waited for together (`multi`); None is `moment`. Anything else raises `BadYieldError`.

    ``convert_yielded.register(SomeType, function)`` teaches it further types.
    """
    if inspect.isawaitable(yielded):
        return asyncio.ensure_future(yielded, loop=current_asyncio_loop())
    raise BadYieldError(
        "a coroutine can yield futures, awaitables, lists and dicts of them, or None; "
        f"got {yielded!r}"
    )


# A future of a thread is passed on like one of the loop: whoever waits must look at its kind.
@convert_yielded.register(asyncio.Future)
@convert_yielded.register(ThreadFuture)
@convert_yielded.register(Moment)
def _as_it_is(yielded: Any) -> Any:
    return yielded


@convert_yielded.register(type(None))
def _none(yielded: None) -> Any:
    return moment


@convert_yielded.register(list)
@convert_yielded.register(dict)
def _several(yielded: Any) -> Future[Any]:
    from tornado.gen._multi import multi  # it stands on this module

    return multi(yielded)


def to_loop_future(yielded: Any) -> Any:
    """Like `convert_yielded`, and a future of a thread becomes one of the loop."""
    future: Any = convert_yielded(yielded)
    if isinstance(future, ThreadFuture):
        local = new_future()
        chain_future(future, local)
        return local
    return future


def maybe_future(x: Any) -> Future[Any]:
    """``x`` if it is a future, else a future that is done and has the result ``x``."""
    if isinstance(x, asyncio.Future | ThreadFuture):
        return x  # type: ignore[return-value]  # of either kind, as everywhere in this module
    future = new_future()
    future.set_result(x)
    return future
