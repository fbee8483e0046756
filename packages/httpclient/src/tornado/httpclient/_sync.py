"""HTTPClient: the same fetches for programs without a loop."""

from __future__ import annotations

import asyncio
from functools import partial
from typing import Any, Self

from tornado.httpclient._client import AsyncHTTPClient
from tornado.httpclient._request import HTTPRequest
from tornado.httpclient._response import HTTPResponse
from tornado.ioloop import IOLoop


class HTTPClient:
    """An HTTP client that blocks until the response is there.

    ::

        with HTTPClient() as client:
            print(client.fetch("http://example.com/").body)

    It has a loop of its own, which runs during ``fetch`` only: other loops of the thread and of
    others do not notice. Use it from one thread at a time, and not where a loop is running: there,
    `AsyncHTTPClient` does not stop everything else.

    ``async_client_class`` is a subclass of AsyncHTTPClient to use instead of the configured one;
    the other arguments are given to it. Connections are kept between fetches.
    """

    _closed = True

    def __init__(self, async_client_class: Any = None, **kwargs: Any) -> None:
        _refuse_running_loop()
        if async_client_class is None or isinstance(async_client_class, int):
            # The first argument was once max_simultaneous_connections.
            async_client_class = AsyncHTTPClient
        self._io_loop = IOLoop(make_current=False)
        self._closed = False

        async def make() -> Any:
            return async_client_class(**kwargs)

        try:
            self._async_client: AsyncHTTPClient = self._io_loop.run_sync(make)
        except BaseException:
            self._closed = True
            self._io_loop.close()
            raise

    def fetch(self, request: str | HTTPRequest, **kwargs: Any) -> HTTPResponse:
        """Fetches a URL or an HTTPRequest, as `AsyncHTTPClient.fetch` does.

        Raises what that raises, and RuntimeError where a loop is running.
        """
        if self._closed:
            raise RuntimeError("fetch() was called on a client that is closed")
        _refuse_running_loop()
        found: HTTPResponse = self._io_loop.run_sync(
            partial(self._async_client.fetch, request, **kwargs)
        )
        return found

    def close(self) -> None:
        """Closes the client and its loop. May be called twice."""
        if self._closed:
            return
        self._closed = True
        self._async_client.close()
        self._io_loop.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exc_info: object) -> None:
        self.close()

    def __del__(self) -> None:
        self.close()


def _refuse_running_loop() -> None:
    if asyncio._get_running_loop() is not None:
        raise RuntimeError(
            "HTTPClient blocks, and a loop is running in this thread: "
            "await AsyncHTTPClient().fetch(...) instead"
        )
