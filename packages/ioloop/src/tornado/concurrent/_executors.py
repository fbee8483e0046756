"""Executors: methods that run on one, and one that runs nothing elsewhere."""

from __future__ import annotations

import functools
import inspect
from collections.abc import Callable
from concurrent import futures
from typing import Any, TypeVar

from tornado.concurrent._futures import AnyFuture, Future, chain_future

T = TypeVar("T")


def new_future() -> Future[Any]:
    """A future of the running loop, or of the one that this thread would start."""
    from tornado.ioloop import IOLoop  # it stands on this module

    return IOLoop.current().asyncio_loop.create_future()


class DummyExecutor(futures.Executor):
    """Runs what is submitted at once, in the calling thread.

    For tests, and as a default where real threads are optional. `submit` returns a `Future` that is
    done.
    """

    # An asyncio future, as its callers yield it; the base class promises the other kind.
    def submit(  # type: ignore[override]  # see the line above
        self, fn: Callable[..., T], /, *args: Any, **kwargs: Any
    ) -> Future[T]:
        future = new_future()
        try:
            future.set_result(fn(*args, **kwargs))
            return future
        except Exception as error:
            future.set_exception(error)
            return future
        finally:
            del future  # the traceback of the exception in it holds this frame

    def shutdown(self, wait: bool = True, cancel_futures: bool = False) -> None:
        """There is nothing to shut down."""


dummy_executor = DummyExecutor()


def run_on_executor(*args: Any, **kwargs: Any) -> Any:
    """Decorates a method that blocks: calling it runs it on an executor and returns a `Future`.

    The executor is the attribute ``executor`` of the object, or the one that is named::

        class Reader:
            def __init__(self):
                self.pool = ThreadPoolExecutor(4)

            @run_on_executor(executor="pool")
            def read(self, path):
                return open(path).read()

        text = await Reader().read("README.md")

    Cancelling the future does not stop the function. ``callback=`` in the call, as of 2012, is
    called with the result. ``io_loop=``, the name of an attribute with an `IOLoop`, is accepted and
    not needed: the future is of the loop in which the method was called.
    """

    def decorate(fn: Callable[..., T]) -> Callable[..., Future[T]]:
        @functools.wraps(fn)
        def wrapper(self: Any, *args: Any, **kwargs: Any) -> Future[T]:
            callback = kwargs.pop("callback", None) if takes_callback else None
            result: Future[T] = new_future()
            pending: AnyFuture[T] = getattr(self, executor).submit(fn, self, *args, **kwargs)
            chain_future(pending, result)
            if callback is not None:
                from tornado.ioloop import IOLoop  # it stands on this module

                IOLoop.current().add_future(result, lambda done: callback(done.result()))
            return result

        takes_callback = not takes_keyword(fn, "callback")
        return wrapper

    executor: str = kwargs.pop("executor", "executor")
    kwargs.pop("io_loop", None)
    if kwargs or len(args) > 1 or (args and not callable(args[0])):
        raise TypeError(
            "run_on_executor() decorates one method, or takes executor='name of an attribute'; "
            f"got {args!r} and {kwargs!r}"
        )
    return decorate(args[0]) if args else decorate


def takes_keyword(fn: Callable[..., Any], name: str) -> bool:
    """Whether ``fn(name=...)`` hands that argument to the function; yes if it cannot be known."""
    code = getattr(fn, "__code__", None)
    if code is None or code.co_flags & inspect.CO_VARKEYWORDS:
        return True
    return name in code.co_varnames[: code.co_argcount + code.co_kwonlyargcount]
