"""HTTPServer: accepts connections and lets a delegate answer what comes on them."""

from __future__ import annotations

import asyncio
import logging
import signal
import socket
from collections.abc import Awaitable, Callable, Iterable
from typing import Any

from tornado.http1connection import HTTP1ConnectionParameters, HTTP1ServerConnection
from tornado.httpserver._context import HTTPRequestContext, ProxiedDelegate
from tornado.httpserver._preface import Preface
from tornado.httpserver._proxy import PolicyContext, ProxyPolicy
from tornado.httpserver._signals import DRAIN_SECONDS, USUAL_SIGNALS, serve_until_signal
from tornado.httputil import (
    HTTPConnection,
    HTTPHeaders,
    HTTPMessageDelegate,
    HTTPServerConnectionDelegate,
    HTTPServerRequest,
)
from tornado.ioloop import IOLoop
from tornado.iostream import IOStream
from tornado.routing._routers import CallableDelegate
from tornado.tcpserver import TCPServer
from tornado.util import Configurable

gen_log = logging.getLogger("tornado.general")


class HTTPServer(TCPServer, Configurable, HTTPServerConnectionDelegate):
    """A non-blocking HTTP/1.1 server.

    ``HTTPServer(app).listen(8888)`` serves ``app``: an Application, any other
    HTTPServerConnectionDelegate, or a callable of one HTTPServerRequest.

    * ``no_keep_alive``: one request a connection
    * ``xheaders``: believe ``X-Forwarded-For``/``X-Real-Ip`` and ``X-Forwarded-Proto``/``X-Scheme``
      (only behind a proxy that sets them); ``trusted_downstream``: addresses of further proxies to
      skip in ``X-Forwarded-For``
    * ``proxy``: a ProxyPolicy, which says all this more exactly; in place of ``xheaders``
    * ``ssl_options``: an ``ssl.SSLContext``, or a dict of its ingredients
    * ``protocol``: what ``request.protocol`` says, if the server cannot know (``"https"`` behind a
      TLS proxy)
    * ``decompress_request``: undo gzip on request bodies
    * ``half_close``: answer clients that have shut their sending side, see
      HTTP1ConnectionParameters
    * limits, see HTTP1ConnectionParameters: ``chunk_size``, ``max_header_size``,
      ``max_header_count``, ``header_timeout``, ``idle_connection_timeout``, ``max_body_size``,
      ``body_timeout``, ``write_timeout``; ``max_buffer_size`` for unwritten and unread data of one
      connection; ``max_connections`` (more wait to be accepted; no limit by default)

    Sizes are bytes, times seconds.
    """

    conn_params: HTTP1ConnectionParameters
    proxy: ProxyPolicy | None = None

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        # What Configurable makes is set up by initialize.
        pass

    def initialize(
        self,
        request_callback: HTTPServerConnectionDelegate | Callable[[HTTPServerRequest], Any],
        no_keep_alive: bool = False,
        xheaders: Any = False,
        ssl_options: Any = None,
        protocol: Any = None,
        decompress_request: bool = False,
        chunk_size: int | None = None,
        max_header_size: int | None = None,
        idle_connection_timeout: float | None = None,
        body_timeout: float | None = None,
        max_body_size: int | None = None,
        max_buffer_size: int | None = None,
        trusted_downstream: Iterable[str] | None = None,
        *,
        header_timeout: float | None = None,
        max_header_count: int | None = None,
        write_timeout: float | None = None,
        max_connections: int | None = None,
        proxy: ProxyPolicy | None = None,
        half_close: bool = False,
        io_loop: IOLoop | None = None,
    ) -> None:
        if not isinstance(request_callback, HTTPServerConnectionDelegate) and not callable(
            request_callback
        ):
            raise TypeError(
                "HTTPServer serves an Application, an HTTPServerConnectionDelegate or a callable "
                f"of one request, got {request_callback!r}"
            )
        if xheaders is None or isinstance(xheaders, IOLoop):
            # Until 2018 the loop was in third place, and what is here from there on came after it.
            io_loop = io_loop or xheaders
            xheaders = False
            if isinstance(ssl_options, bool):
                xheaders, ssl_options = ssl_options, None
                if protocol is not None and not isinstance(protocol, str):
                    ssl_options, protocol = protocol, None
        if proxy is not None:
            if not isinstance(proxy, ProxyPolicy):
                raise TypeError(f"proxy is a ProxyPolicy, got {proxy!r}")
            if xheaders or trusted_downstream:
                raise ValueError("a ProxyPolicy takes the place of xheaders and trusted_downstream")
            self.proxy = proxy
        self.request_callback = request_callback
        self.xheaders = xheaders
        self.protocol = protocol
        self.conn_params = HTTP1ConnectionParameters(
            no_keep_alive=no_keep_alive,
            chunk_size=chunk_size,
            max_header_size=max_header_size,
            header_timeout=header_timeout,
            max_body_size=max_body_size,
            body_timeout=body_timeout,
            decompress=decompress_request,
            max_header_count=max_header_count,
            idle_timeout=idle_connection_timeout,
            write_timeout=write_timeout,
            half_close=half_close,
        )
        TCPServer.__init__(
            self,
            ssl_options=ssl_options,
            max_buffer_size=max_buffer_size,
            read_chunk_size=self.conn_params.chunk_size,
            max_connections=max_connections,
            io_loop=io_loop,
        )
        self._connections: set[HTTP1ServerConnection] = set()
        self.trusted_downstream = frozenset(trusted_downstream or ())
        self._prefaces: set[Preface] = set()  # PROXY headers that are waited for
        self._all_closed: asyncio.Event | None = None

    @classmethod
    def configurable_base(cls) -> type[Configurable]:
        return HTTPServer

    @classmethod
    def configurable_default(cls) -> type[Configurable]:
        return HTTPServer

    @property
    def no_keep_alive(self) -> bool:
        """Whether each connection serves one request only. Can be set at any time."""
        return self.conn_params.no_keep_alive

    @no_keep_alive.setter
    def no_keep_alive(self, value: bool) -> None:
        self.conn_params.no_keep_alive = value

    # -- connections

    def handle_stream(self, stream: IOStream, address: Any) -> Awaitable[None] | None:
        stream.set_nodelay(True)
        if self.proxy is None:
            context = HTTPRequestContext(stream, address, self.protocol, self.trusted_downstream)
            context.trusted = self.xheaders
        else:
            context = PolicyContext(stream, address, self.protocol, self.proxy)
        connection = HTTP1ServerConnection(stream, self.conn_params, context)
        self._connections.add(connection)
        connection.start_serving(self, *self._starters())
        return None

    def _handle_connection(self, connection: socket.socket, address: Any) -> None:
        proxy = self.proxy
        if proxy is None or not proxy.proxy_protocol or not proxy.trusts_peer(connection, address):
            super()._handle_connection(connection, address)
            return
        accept = super()._handle_connection
        self._prefaces.add(
            Preface(
                connection,
                address,
                self.conn_params.header_timeout,
                lambda client: accept(connection, client or address),
                self._prefaces.discard,
            )
        )

    def _starters(
        self,
    ) -> tuple[
        Callable[..., HTTPMessageDelegate],
        Callable[..., tuple[HTTPMessageDelegate, HTTPHeaders] | None] | None,
    ]:
        """What a connection calls for each request (see ``start_serving``): the application itself
        where this server has nothing to add, and its shortcut if it has one."""
        callback = self.request_callback
        if (
            not self._believes_headers()
            and isinstance(callback, HTTPServerConnectionDelegate)
            and type(self).start_request is HTTPServer.start_request
        ):
            shortcut = getattr(callback, "_shortcut", None)
            return callback.start_request, shortcut and shortcut()
        return self.start_request, None

    def start_request(
        self, server_conn: object, request_conn: HTTPConnection
    ) -> HTTPMessageDelegate:
        callback = self.request_callback
        delegate: HTTPMessageDelegate
        if isinstance(callback, HTTPServerConnectionDelegate):
            delegate = callback.start_request(server_conn, request_conn)
        else:
            delegate = CallableDelegate(callback, request_conn)
        if self._believes_headers():
            delegate = ProxiedDelegate(delegate, request_conn)
        return delegate

    def _believes_headers(self) -> bool:
        return self.xheaders or (self.proxy is not None and self.proxy.header is not None)

    def on_close(self, server_conn: object) -> None:
        assert isinstance(server_conn, HTTP1ServerConnection)
        self._connections.discard(server_conn)
        if self._all_closed is not None and not self._connections:
            self._all_closed.set()
        if isinstance(self.request_callback, HTTPServerConnectionDelegate):
            self.request_callback.on_close(server_conn)

    # -- the end

    def stop(self) -> None:
        super().stop()
        for preface in list(self._prefaces):
            preface.close()

    async def close_all_connections(self) -> None:
        """Closes every connection at once, those in the middle of a request too."""
        while self._connections:
            await next(iter(self._connections)).close()

    async def drain(self, timeout: float | None = None) -> None:
        """Ends the server gracefully.

        Stops accepting and closes idle connections; requests under way are answered, with
        ``Connection: close``; what has taken a connection over, as WebSockets do, is told to end.
        Returns when the last connection has ended. What is left after ``timeout`` seconds (None: no
        limit) is cut.
        """
        self.stop()
        self._all_closed = asyncio.Event()
        for connection in list(self._connections):
            connection.drain()
        if not self._connections:
            return
        try:
            await asyncio.wait_for(self._all_closed.wait(), timeout)
        except TimeoutError:
            gen_log.info("Drain: %d connections cut after %s s", len(self._connections), timeout)
            await self.close_all_connections()

    async def serve_until_signal(
        self,
        *others: HTTPServer,
        timeout: float | None = DRAIN_SECONDS,
        signals: Iterable[signal.Signals] = USUAL_SIGNALS,
    ) -> signal.Signals:
        """Waits for SIGTERM or SIGINT, then drains this server, and ``others`` with it.

        ``timeout`` is that of ``drain``; a second SIGINT cuts it short. Returns the signal. Has to
        run in the main thread, where signals arrive::

            async def main():
                server = application.listen(8888)
                await server.serve_until_signal()

            asyncio.run(main())
        """
        return await serve_until_signal([self, *others], timeout, signals)
