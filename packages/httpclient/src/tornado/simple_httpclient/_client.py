"""SimpleAsyncHTTPClient: the client that needs nothing but this package."""

from __future__ import annotations

import os
import weakref
from collections.abc import Callable, Mapping
from http.cookiejar import CookieJar
from typing import Any

from tornado.http1connection import HTTP1ConnectionParameters
from tornado.httpclient._client import AsyncHTTPClient
from tornado.httpclient._dial import Dialer
from tornado.httpclient._journey import Done, Journey
from tornado.httpclient._request import _RequestProxy
from tornado.httpclient._response import HTTPResponse
from tornado.httpclient._turns import Turns
from tornado.ioloop import IOLoop
from tornado.netutil import OverrideResolver, Resolver
from tornado.simple_httpclient._exchange import Exchange
from tornado.simple_httpclient._idle import Idle
from tornado.simple_httpclient._pool import Pool, forget
from tornado.tcpclient import TCPClient

DEFAULT_MAX_BUFFER_SIZE = 104857600
DEFAULT_IDLE_TIMEOUT = 30.0


class SimpleAsyncHTTPClient(AsyncHTTPClient):
    """HTTP/1.1 on this project's own streams, with connections that are kept and used again.

    Arguments of the constructor, beside those of :class:`AsyncHTTPClient`:

    :arg max_clients: how many requests may be under way at once; more wait for their turn. Each
        hop of a redirect is one. Default 10.
    :arg hostname_mapping: a dict of hosts, or of ``(host, port)``, to what is connected to instead;
        see :class:`tornado.netutil.OverrideResolver`.
    :arg max_buffer_size: the most bytes a connection holds unread. Default 100 MiB.
    :arg resolver: a :class:`tornado.netutil.Resolver` of the caller's, who also closes it.
    :arg defaults: a dict of settings for requests that do not make them.
    :arg max_header_size: of a response, in bytes. Default 64 KiB.
    :arg max_body_size: of a response as it came and as it is decoded, in bytes; a request may set
        its own. Default: ``max_buffer_size``.
    :arg max_clients_per_host: the same limit for one host and port. Default: none.
    :arg keep_alive: False for a connection for each request, closed after it.
    :arg max_idle: how many connections are kept for later. Default: ``max_clients``.
    :arg idle_timeout: seconds after which a connection that nobody used is closed. Default 30: less
        than what servers wait, who then do not close it just when a request is on its way.
    :arg cookie_jar: see :class:`AsyncHTTPClient`.

    A connection is used again only by requests that agree with it in scheme, host, port, TLS
    settings, client certificate, proxy and credentials there, local address, family and socket.
    """

    tcp_client: TCPClient
    resolver: Resolver
    _pool: Pool

    def initialize(  # type: ignore[override]  # each implementation has arguments of its own
        self,
        max_clients: int = 10,
        hostname_mapping: Mapping[Any, Any] | None = None,
        max_buffer_size: int = DEFAULT_MAX_BUFFER_SIZE,
        resolver: Resolver | None = None,
        defaults: dict[str, Any] | None = None,
        max_header_size: int | None = None,
        max_body_size: int | None = None,
        *,
        max_clients_per_host: int | None = None,
        keep_alive: bool = True,
        max_idle: int | None = None,
        idle_timeout: float = DEFAULT_IDLE_TIMEOUT,
        cookie_jar: CookieJar | None = None,
        io_loop: IOLoop | None = None,
    ) -> None:
        super().initialize(defaults=defaults, cookie_jar=cookie_jar)
        if io_loop is not None:
            self.io_loop = io_loop
        if max_idle is None:
            max_idle = max_clients
        for name, value in (("idle_timeout", idle_timeout), ("max_idle", max_idle)):
            if value < 0:
                raise ValueError(f"{name} must not be negative, got {value!r}")
        self._own_resolver = resolver is None
        self.resolver = Resolver() if resolver is None else resolver
        if hostname_mapping is not None:
            self.resolver = OverrideResolver(self.resolver, hostname_mapping)
        self.tcp_client = TCPClient(self.resolver)
        self._pool = Pool(
            self.io_loop.asyncio_loop,
            Dialer(tcp_client=self.tcp_client),
            HTTP1ConnectionParameters(
                max_header_size=max_header_size,
                max_body_size=max_buffer_size if max_body_size is None else max_body_size,
            ),
            Turns(max_clients, max_clients_per_host),
            Idle(max_idle, idle_timeout),
            keep_alive and max_idle > 0,
            max_buffer_size,
        )
        weakref.finalize(self, forget, weakref.ref(self._pool), self._pool.sockets, os.getpid())

    @property
    def max_clients(self) -> int:
        """How many requests may be under way at once; it can be changed."""
        return self._pool.turns.most

    @max_clients.setter
    def max_clients(self, value: int) -> None:
        self._pool.allow(value)

    def close(self) -> None:
        """Closes all connections; fetches under way and those in the queue fail."""
        if self._closed:
            return
        super().close()
        self._pool.close()
        if self._own_resolver:
            self.resolver.close()
        self.tcp_client.close()

    def fetch_impl(
        self, request: _RequestProxy, callback: Callable[[HTTPResponse], None]
    ) -> Journey:
        """Sends ``request``; ``callback`` gets the final response. The result has ``cancel()``."""
        journey = Journey(
            request, self._step, callback, self._pool.loop, self.cookie_jar, self._waiting
        )
        journey.start()
        return journey

    def _step(self, request: _RequestProxy, done: Done) -> Exchange:
        exchange = Exchange(self._pool, request, done)
        exchange.start()
        return exchange
