"""Dialer: from a Route to a stream on which HTTP can begin.

Laws:
1. However dialing ends, by an error, a time limit or cancellation, no stream is left open.
2. Every time limit says which phase it has cut: looking up, connecting and the words with a proxy
   are ``Phase.CONNECT``, handshakes are ``Phase.TLS``.
3. What fails is an HTTPClientError: on the way to the server HTTPConnectError, which is an error of
   the system's kind too, and on the way to the proxy ProxyError.
4. TLS to a proxy never shows the client certificate that is meant for the server.
"""

from __future__ import annotations

import socket
from collections.abc import Callable

from tornado.httpclient._connect import authority, open_tunnel
from tornado.httpclient._contexts import Contexts, server_name
from tornado.httpclient._errors import HTTPClientError, HTTPConnectError, Phase, ProxyError
from tornado.httpclient._interface import local_ip
from tornado.httpclient._limits import Deadline
from tornado.httpclient._proxy import Proxy
from tornado.httpclient._relay import carried_by
from tornado.httpclient._route import Route, TLSKey
from tornado.httpclient._socks import open_socks
from tornado.iostream import IOStream, SSLIOStream, StreamClosedError
from tornado.netutil import Resolver
from tornado.tcpclient import TCPClient

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
        self.contexts = Contexts()

    def close(self) -> None:
        """Give up the resolver and the TLS contexts. Connections go on."""
        self.contexts.clear()
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

        ``connect_timeout`` covers everything, in seconds (None or 0: no limit), ``tls_timeout``
        each TLS handshake. ``mark(phase)`` is called when a phase is over.

        Raises HTTPTimeoutError with its phase, HTTPConnectError, ProxyError, and ValueError or
        OSError, before it connects, for settings that cannot be used and files that cannot be read.
        """
        for key in (route.proxy_tls, route.tls):
            if key is not None:
                self.contexts.get(key)
        dialing = _Dialing(self, route, Deadline(connect_timeout, "connect_timeout"), tls_timeout)
        try:
            if route.proxy is None:
                await dialing.connect(max_buffer_size)
            else:
                await dialing.connect_by_proxy(route.proxy, max_buffer_size)
            if mark is not None:
                mark(Phase.CONNECT)
            if route.tls is not None:
                await dialing.secure(route.tls, route.host)
                if mark is not None:
                    mark(Phase.TLS)
        except (HTTPClientError, ValueError):
            dialing.close()
            raise
        except OSError as error:
            dialing.close()
            cause = _cause(error)
            raise HTTPConnectError.of(cause, dialing.server) from cause
        except BaseException:
            dialing.close()
            raise
        assert dialing.stream is not None
        return dialing.stream


class _Dialing:
    """One call: the stream as far as it has come."""

    __slots__ = ("_deadline", "_dialer", "_route", "_tls_timeout", "server", "stream")

    def __init__(
        self, dialer: Dialer, route: Route, deadline: Deadline, tls_timeout: float | None
    ) -> None:
        self._dialer = dialer
        self._route = route
        self._deadline = deadline
        self._tls_timeout = tls_timeout
        self.server = route.unix_socket or authority(route.host, route.port)
        self.stream: IOStream | None = None

    def close(self) -> None:
        if self.stream is not None:
            self.stream.close()

    async def connect(self, max_buffer_size: int | None) -> None:
        """Straight to the server."""
        route = self._route
        async with self._deadline.over(Phase.CONNECT, f"no connection to {self.server}"):
            if route.unix_socket is None:
                await self._reach(route.host, route.port, max_buffer_size)
            else:
                await self._reach_locally(route.unix_socket, max_buffer_size)

    async def connect_by_proxy(self, proxy: Proxy, max_buffer_size: int | None) -> None:
        """To the proxy, and where it does not take requests itself, through it."""
        try:
            async with self._deadline.over(Phase.CONNECT, f"no connection to the proxy {proxy}"):
                await self._reach(proxy.host, proxy.port, max_buffer_size)
            if proxy.scheme == "https":
                await self.secure(self._route.proxy_tls or TLSKey(), proxy.host)
        except OSError as error:
            if isinstance(error, HTTPClientError):
                raise
            cause = _cause(error)
            what = cause.strerror or str(cause)
            raise ProxyError(f"no connection to the proxy {proxy}: {what}") from cause
        if not self._route.absolute_form:
            missing = f"no tunnel by the proxy {proxy} to {self.server}"
            async with self._deadline.over(Phase.CONNECT, missing):
                await self._pass(proxy)

    async def secure(self, key: TLSKey, host: str) -> None:
        """The handshake, on what there is."""
        stream = self.stream
        assert stream is not None
        if isinstance(stream, SSLIOStream):
            stream = self.stream = carried_by(stream, stream.max_buffer_size)
        deadline = self._deadline.or_sooner(Deadline(self._tls_timeout, "tls_timeout"))
        async with deadline.over(Phase.TLS, f"no TLS with {host}"):
            handshake = stream.start_tls(
                False,
                ssl_options=self._dialer.contexts.get(key),
                server_hostname=server_name(host),
            )
            try:
                self.stream = await handshake
            except BaseException:
                if handshake.done() and not handshake.cancelled() and not handshake.exception():
                    self.stream = handshake.result()  # it was over just when we were canceled
                raise
            finally:
                del handshake  # its error has a traceback, which holds this frame

    async def _reach(self, host: str, port: int, max_buffer_size: int | None) -> None:
        local = self._route.local_address
        self.stream = await self._dialer.tcp_client.connect(
            host,
            port,
            af=self._route.family,
            max_buffer_size=max_buffer_size,
            source_ip=None if local is None else local_ip(local),
        )
        self.stream.set_nodelay(True)

    async def _reach_locally(self, path: str, max_buffer_size: int | None) -> None:
        if not hasattr(socket, "AF_UNIX"):
            raise ValueError("unix_socket=: this system has no such sockets")
        self.stream = IOStream(
            socket.socket(socket.AF_UNIX, socket.SOCK_STREAM), max_buffer_size=max_buffer_size
        )
        await self.stream.connect(path)

    async def _pass(self, proxy: Proxy) -> None:
        route, stream = self._route, self.stream
        assert stream is not None
        host = route.host
        if proxy.is_http:
            await open_tunnel(stream, proxy, host, route.port)
        else:
            if proxy.scheme == "socks5":
                resolver = self._dialer.tcp_client.resolver
                addresses = await resolver.resolve(host, route.port, route.family)
                if not addresses:
                    raise OSError("the resolver gave no address")
                host = addresses[0][1][0]
            await open_socks(stream, proxy, host, route.port)
        if route.tls is not None and stream._inbox:  # in TLS the first word is ours
            raise ProxyError(f"the proxy {proxy} sent words of its own through the tunnel")


def _cause(error: OSError) -> OSError:
    """What the system said, without the stream around it."""
    if isinstance(error, StreamClosedError) and isinstance(error.real_error, OSError):
        return error.real_error
    return error
