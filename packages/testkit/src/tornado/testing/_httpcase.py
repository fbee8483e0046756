"""AsyncHTTPTestCase and AsyncHTTPSTestCase: a server of one's own for each test."""

from __future__ import annotations

from typing import Any

from tornado.httpclient import AsyncHTTPClient, HTTPResponse
from tornado.testing._asynccase import AsyncTestCase
from tornado.testing._httpparts import HTTPParts, certificate_files
from tornado.testing._timeout import get_async_test_timeout


class AsyncHTTPTestCase(HTTPParts, AsyncTestCase):
    """An `AsyncTestCase` with a server for the application under test, and a client.

    A subclass says in `get_app` what is tested::

        class HelloTest(AsyncHTTPTestCase):
            def get_app(self):
                return Application([("/", Hello)])

            def test_hello(self):
                response = self.fetch("/")
                self.assertEqual(response.code, 200)
                self.assertEqual(response.body, b"Hello")

    The server listens on a free port of 127.0.0.1, in the process and the loop of the test. In
    tests that wait themselves (`gen_test`), ``await self.http_client.fetch(self.get_url("/"))``.
    """

    def setUp(self) -> None:
        """Starts ``http_server`` for `get_app`, and makes ``http_client``."""
        super().setUp()
        self._open_http()

    def tearDown(self) -> None:
        """Closes all connections, the server and the client."""
        if not self.io_loop.asyncio_loop.is_closed():
            self.io_loop.run_sync(self._close_http, timeout=get_async_test_timeout())
        super().tearDown()

    def fetch(self, path: str, raise_error: bool = False, **kwargs: Any) -> HTTPResponse:
        """The response to one request, for which the loop is run.

        ``path`` is a path on the server, or a whole address. The keyword arguments are those of
        `HTTPRequest`: ``method``, ``headers``, ``body`` and so on. With ``raise_error=True`` a
        response with an error status is raised as `HTTPError`. Errors of the connection are always
        raised; `TimeoutError` after the seconds of `get_async_test_timeout`.
        """

        def ask() -> Any:
            return self.http_client.fetch(
                self._http_address(path), raise_error=raise_error, **kwargs
            )

        response: HTTPResponse = self.io_loop.run_sync(ask, timeout=get_async_test_timeout())
        return response


class AsyncHTTPSTestCase(AsyncHTTPTestCase):
    """An `AsyncHTTPTestCase` over TLS, with a certificate that the client is told not to check."""

    def get_http_client(self) -> AsyncHTTPClient:
        """A client of the test's own, with ``validate_cert=False`` by default."""
        return AsyncHTTPClient(force_instance=True, defaults={"validate_cert": False})

    def get_httpserver_options(self) -> dict[str, Any]:
        """``ssl_options`` as `get_ssl_options` says."""
        return {"ssl_options": self.get_ssl_options()}

    def get_ssl_options(self) -> Any:
        """A dictionary of ``certfile`` and ``keyfile``, or an `ssl.SSLContext`."""
        return self.default_ssl_options()

    @staticmethod
    def default_ssl_options() -> dict[str, Any]:
        """Files of a certificate for localhost, 127.0.0.1 and ::1, which signs itself."""
        return dict(certificate_files())

    def get_protocol(self) -> str:
        """``https``."""
        return "https"
