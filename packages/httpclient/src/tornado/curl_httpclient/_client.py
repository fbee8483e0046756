"""CurlAsyncHTTPClient: the client on libcurl."""

from __future__ import annotations

import logging
from collections.abc import Callable
from http.cookiejar import CookieJar
from typing import Any

from tornado.curl_httpclient._engine import Engine
from tornado.curl_httpclient._exchange import Exchange
from tornado.httpclient._client import AsyncHTTPClient
from tornado.httpclient._journey import Done, Journey
from tornado.httpclient._request import _RequestProxy
from tornado.httpclient._response import HTTPResponse
from tornado.ioloop import IOLoop

app_log = logging.getLogger("tornado.application")

DEFAULT_MAX_BODY_SIZE = 104857600


class CurlAsyncHTTPClient(AsyncHTTPClient):
    """HTTP by libcurl: HTTP/2 over TLS where the libcurl has it, digest authentication, and
    whatever ``prepare_curl_callback`` asks for. ::

        AsyncHTTPClient.configure("tornado.curl_httpclient.CurlAsyncHTTPClient")

    Arguments of the constructor, beside those of :class:`AsyncHTTPClient`:

    :arg max_clients: how many requests may be under way at once; more wait for their turn. Each
        hop of a redirect is one. Default 10.
    :arg defaults: a dict of settings for requests that do not make them.
    :arg max_body_size: of a response as it came and as it is decoded, in bytes; a request may set
        its own. Default 100 MiB.
    :arg cookie_jar: see :class:`AsyncHTTPClient`.

    Connections are kept and used again by libcurl. Errors are :class:`CurlError` with libcurl's
    code, and of the classes of ``tornado.httpclient`` too.
    """

    max_body_size: int
    _engine: Engine

    def initialize(  # type: ignore[override]  # each implementation has arguments of its own
        self,
        max_clients: int = 10,
        defaults: dict[str, Any] | None = None,
        max_body_size: int = DEFAULT_MAX_BODY_SIZE,
        *,
        cookie_jar: CookieJar | None = None,
        io_loop: IOLoop | None = None,
    ) -> None:
        super().initialize(defaults=defaults, cookie_jar=cookie_jar)
        if io_loop is not None:
            self.io_loop = io_loop
        self.max_body_size = max_body_size
        self._engine = Engine(
            self.io_loop.asyncio_loop,
            self.io_loop.selector_loop,
            max_clients,
            max_body_size,
            self.handle_callback_exception,
        )

    @property
    def max_clients(self) -> int:
        """How many requests may be under way at once; it can be changed."""
        return self._engine.turns.most

    @max_clients.setter
    def max_clients(self, value: int) -> None:
        self._engine.allow(value)

    def close(self) -> None:
        """Closes all connections; fetches under way and those in the queue fail."""
        if not self._closed:
            super().close()
            self._engine.close()

    def fetch_impl(
        self, request: _RequestProxy, callback: Callable[[HTTPResponse], None]
    ) -> Journey:
        """Sends ``request``; ``callback`` gets the final response. The result has ``cancel()``."""
        journey = Journey(
            request, self._step, callback, self._engine.loop, self.cookie_jar, self._waiting
        )
        journey.start()
        return journey

    def _step(self, request: _RequestProxy, done: Done) -> Exchange:
        exchange = Exchange(self._engine, request, done)
        exchange.start()
        return exchange

    def handle_callback_exception(self, callback: Any) -> None:
        """Is called with what was to take a response and has raised, while the exception is being
        handled. Override it for other places than the log."""
        app_log.error("Exception in callback %r", callback, exc_info=True)
