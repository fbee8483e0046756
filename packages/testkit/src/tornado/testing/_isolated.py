"""IsolatedAsyncHTTPTestCase: a server for the asynchronous test cases of the standard library."""

from __future__ import annotations

import unittest
from typing import Any

from tornado.httpclient import HTTPResponse
from tornado.ioloop import IOLoop
from tornado.testing._httpparts import HTTPParts
from tornado.testing._watch import Failure, Watch


class IsolatedAsyncHTTPTestCase(HTTPParts, unittest.IsolatedAsyncioTestCase):
    """A `unittest.IsolatedAsyncioTestCase` with a server and a client: ``async def`` throughout.

    ::

        class HelloTest(IsolatedAsyncHTTPTestCase):
            def get_app(self):
                return Application([("/", Hello)])

            async def test_hello(self):
                response = await self.fetch("/")
                self.assertEqual(response.body, b"Hello")

    `asyncSetUp`, `asyncTearDown`, test methods and asynchronous cleanups run in one task of the
    test's loop, and see each other's context variables. The other methods are those of
    `AsyncHTTPTestCase`; ``get_protocol`` and ``get_httpserver_options`` make it one for TLS.
    """

    async def asyncSetUp(self) -> None:
        """Starts ``http_server`` for `get_app`, and makes ``http_client``."""
        await super().asyncSetUp()
        failures: list[Failure] = []
        watch = Watch(IOLoop.current(), failures.append)

        def judge() -> None:
            watch.release()
            if failures:
                failures[0].throw()

        self.addCleanup(judge)
        self.addAsyncCleanup(self._close_http)
        self._open_http()

    async def fetch(self, path: str, raise_error: bool = False, **kwargs: Any) -> HTTPResponse:
        """The response to one request; see `AsyncHTTPTestCase.fetch`."""
        response: HTTPResponse = await self.http_client.fetch(
            self._http_address(path), raise_error=raise_error, **kwargs
        )
        return response
