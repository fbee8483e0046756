"""gen_test: a test method that waits."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any, overload

from tornado.testing._bounded import run_bounded
from tornado.testing._timeout import get_async_test_timeout

__unittest = True  # see _bounded

Method = Callable[..., Any]


@overload
def gen_test(*, timeout: float | None = None) -> Callable[[Method], Callable[..., None]]: ...


@overload
def gen_test(func: Method, timeout: float | None = None) -> Callable[..., None]: ...


def gen_test(
    func: Method | None = None, timeout: float | None = None
) -> Callable[..., None] | Callable[[Method], Callable[..., None]]:
    """Decorates a method of an `AsyncTestCase`, so that it runs on the ``io_loop`` of the test::

        class MyTest(AsyncHTTPTestCase):
            @gen_test
            async def test_hello(self):
                response = await self.http_client.fetch(self.get_url("/"))
                self.assertEqual(response.body, b"Hello")

            @gen_test(timeout=20)
            def test_of_2013(self):
                response = yield self.http_client.fetch(self.get_url("/"))

    ``async def`` and generators both do. After ``timeout`` seconds, by default those of
    `get_async_test_timeout`, the test ends with a `TimeoutError` that names the line it waits at.
    """
    if func is None:
        return functools.partial(_decorate, timeout=timeout)
    return _decorate(func, timeout)


def _decorate(func: Method, timeout: float | None) -> Callable[..., None]:
    @functools.wraps(func)
    def run(self: Any, *args: Any, **kwargs: Any) -> Any:
        __tracebackhide__ = True
        io_loop = getattr(self, "io_loop", None)
        if io_loop is None:
            raise TypeError(
                f"{func.__qualname__} is decorated with gen_test and {type(self).__name__} has no "
                "io_loop: gen_test is for an AsyncTestCase, whose setUp() must have been called"
            )
        seconds = get_async_test_timeout() if timeout is None else timeout
        return run_bounded(io_loop, functools.partial(func, self, *args, **kwargs), seconds)

    return run
