"""Dialer: from a Route to a stream on which HTTP can begin.

Laws:
1. However dialing ends, by an error, a time limit or cancellation, no stream is left open.
2. Every time limit says which phase it has cut: looking up, connecting and the words with a proxy
   are ``Phase.CONNECT``, handshakes are ``Phase.TLS``.
3. A failure is told by what caused it: ``socket.gaierror``, ``ConnectionRefusedError``,
   ``ssl.SSLCertVerificationError``; a stream that just ended is HTTPStreamClosedError.
"""

from __future__ import annotations

import socket
from collections.abc import Callable

from tornado.httpclient._contexts import Contexts, server_name
from tornado.httpclient._errors import HTTPStreamClosedError, Phase
from tornado.httpclient._interface import local_ip
from tornado.httpclient._limits import Deadline
from tornado.httpclient._route import Route, TLSKey
from tornado.iostream import IOStream, StreamClosedError
from tornado.netutil import Resolver
from tornado.tcpclient import TCPClient
from tornado.util import TimeoutError as ConnectTimeout

Mark = Callable[[Phase], object]


class Dialer:
    """Makes connections for the clients of this package.

    ``tcp_client`` connects, by default a :class:`tornado.tcpclient.TCPClient` of its own with
    ``resolver``; :meth:`close` closes only what is the dialer's own.
    """

    def __init__(
        self, resolver: Resolver | None = None, *, tcp_client: TCPClient | None = None
    ) -> None:
        self._owns_client = tcp_client is None
        self.tcp_client = TCPClient(resolver) if tcp_client is None else tcp_client
        self._contexts = Contexts()

    def close(self) -> None:
        """Give up the resolver and the TLS contexts. Connections go on."""
        self._contexts.clear()
        if self._owns_client:
            self.tcp_client.close()

    async def dial(
        self,
        route: Route,
        *,
        connect_timeout: float | None,
        tls_timeout: float | None = None,
        max_buffer_size: int | None = None,
        mark: Mark | None = None,
    ) -> IOStream:
        """A new connection by ``route``, with TLS and tunnels made.

        ``connect_timeout`` covers everything, in seconds (None or 0: no limit); with
        ``tls_timeout`` each TLS handshake has that limit of its own instead. ``mark(phase)`` is
        called when a phase is over. Raises HTTPTimeoutError, ProxyError, HTTPStreamClosedError,
        OSError, and ValueError for settings that cannot be used.
        """
        deadline = Deadline(connect_timeout)
        try:
            async with deadline.over(Phase.CONNECT, f"connecting to {_shown(route)}"):
                stream = await self._connect(route, max_buffer_size)
            try:
                if mark is not None:
                    mark(Phase.CONNECT)
                if route.tls is not None:
                    stream = await self._secure(
                        stream,
                        route.tls,
                        route.host,
                        Deadline(tls_timeout) if tls_timeout else deadline,
                    )
                    if mark is not None:
                        mark(Phase.TLS)
                stream.set_nodelay(True)
            except BaseException:
                stream.close()
                raise
        except StreamClosedError as error:
            if error.real_error is not None:
                raise error.real_error from None
            raise HTTPStreamClosedError(
                f"the connection to {_shown(route)} was closed before a request could be sent"
            ) from None
        return stream

    async def _connect(self, route: Route, max_buffer_size: int | None) -> IOStream:
        if route.unix_socket is not None:
            return await _connect_locally(route.unix_socket, max_buffer_size)
        return await self._reach(route, route.host, route.port, max_buffer_size)

    async def _reach(
        self, route: Route, host: str, port: int, max_buffer_size: int | None
    ) -> IOStream:
        local = route.local_address
        try:
            return await self.tcp_client.connect(
                host,
                port,
                af=route.family,
                max_buffer_size=max_buffer_size,
                source_ip=None if local is None else local_ip(local),
            )
        except ConnectTimeout as error:
            raise OSError(str(error)) from error  # of a client of the program's own

    async def _secure(
        self, stream: IOStream, key: TLSKey, host: str, deadline: Deadline
    ) -> IOStream:
        async with deadline.over(Phase.TLS, f"the TLS handshake with {host}"):
            return await stream.start_tls(
                False, ssl_options=self._contexts.get(key), server_hostname=server_name(host)
            )


async def _connect_locally(path: str, max_buffer_size: int | None) -> IOStream:
    """A connection to a local socket; a NUL at the front of ``path`` means an abstract name."""
    sock = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    try:
        stream = IOStream(sock, max_buffer_size=max_buffer_size)
    except BaseException:
        sock.close()
        raise
    try:
        await stream.connect(path)
    except BaseException:
        stream.close()
        raise
    return stream


def _shown(route: Route) -> str:
    if route.unix_socket is not None:
        return f"the socket {route.unix_socket}"
    host = f"[{route.host}]" if ":" in route.host else route.host
    return f"{host} port {route.port}"
