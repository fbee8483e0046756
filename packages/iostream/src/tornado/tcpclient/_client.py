"""TCPClient: from a host name to a connected stream."""

from __future__ import annotations

import asyncio
import builtins
import datetime
import socket
import ssl
from typing import Any

from tornado.ioloop import IOLoop
from tornado.iostream import IOStream
from tornado.netutil import Resolver, is_valid_ip
from tornado.tcpclient._race import race
from tornado.util import TimeoutError


class TCPClient:
    """Makes connections. ::

        async def greet():
            stream = await TCPClient().connect("localhost", 8888)
            await stream.write(b"hello\\n")

    ``resolver`` looks names up; by default a :class:`tornado.netutil.Resolver`, which
    :meth:`close` closes. A resolver of yours stays open.
    """

    def __init__(self, resolver: Resolver | None = None, *, io_loop: IOLoop | None = None) -> None:
        self._owns_resolver = resolver is None
        self.resolver: Resolver = Resolver() if resolver is None else resolver
        self._io_loop = io_loop

    def close(self) -> None:
        """Close the resolver, if it is not yours. Connections go on."""
        if self._owns_resolver:
            self.resolver.close()

    async def connect(
        self,
        host: str,
        port: int,
        af: socket.AddressFamily = socket.AF_UNSPEC,
        ssl_options: dict[str, Any] | ssl.SSLContext | None = None,
        max_buffer_size: int | None = None,
        source_ip: str | None = None,
        source_port: int | None = None,
        timeout: float | datetime.timedelta | None = None,
    ) -> IOStream:
        """Connect to ``host`` (a name or an IP address) and give the stream.

        When the host has several addresses the quickest one to answer is taken (RFC 8305).
        ``af`` limits them to ``socket.AF_INET`` or ``AF_INET6``. With ``ssl_options`` (an
        ``ssl.SSLContext`` or a dict) the handshake is made too, ``host`` being the name of the
        certificate, and the stream is an :class:`tornado.iostream.SSLIOStream`. ``source_ip`` and
        ``source_port`` are the local end. ``timeout``, in seconds or a timedelta, covers all of
        it.

        Raises ``socket.gaierror`` for an unknown host, :class:`tornado.util.TimeoutError`, and
        :class:`tornado.iostream.StreamClosedError` with the cause as its ``real_error`` when no
        address can be reached or TLS fails.
        """
        if isinstance(timeout, datetime.timedelta):
            timeout = timeout.total_seconds()
        elif timeout is not None and not isinstance(timeout, (int, float)):
            raise TypeError(f"timeout must be seconds or a timedelta, not {timeout!r}")
        if source_ip is not None and not is_valid_ip(source_ip):
            raise ValueError(f"source_ip must be an IP address of this machine, not {source_ip!r}")
        if source_ip is not None and af == socket.AF_UNSPEC:
            af = socket.AF_INET6 if ":" in source_ip else socket.AF_INET
        limit = asyncio.timeout(timeout)
        try:
            async with limit:
                addresses = await self.resolver.resolve(host, port, af)
                stream = await race(
                    list(addresses),
                    lambda family, address: self._attempt(
                        family, address, max_buffer_size, source_ip, source_port
                    ),
                )
                if ssl_options is None:
                    return stream
                return await self._secure(stream, ssl_options, host)
        except builtins.TimeoutError:
            if not limit.expired():
                raise  # the system's: a name server or a host that does not answer
            raise TimeoutError(f"no connection to {host} port {port} within {timeout} s") from None

    def _attempt(
        self,
        family: int,
        address: Any,
        max_buffer_size: int | None,
        source_ip: str | None,
        source_port: int | None,
    ) -> tuple[IOStream, asyncio.Future[Any]]:
        sock = socket.socket(family, socket.SOCK_STREAM)
        try:
            if source_ip is not None or source_port is not None:
                any_address = "::" if family == socket.AF_INET6 else "0.0.0.0"
                sock.bind((source_ip or any_address, source_port or 0))
            stream = IOStream(sock, max_buffer_size=max_buffer_size, io_loop=self._io_loop)
        except BaseException:
            sock.close()
            raise
        return stream, stream.connect(address)

    async def _secure(
        self, stream: IOStream, ssl_options: dict[str, Any] | ssl.SSLContext, host: str
    ) -> IOStream:
        try:
            handshake = stream.start_tls(False, ssl_options=ssl_options, server_hostname=host)
        except BaseException:
            stream.close()
            raise
        try:
            return await handshake
        except BaseException:
            if handshake.done() and not handshake.cancelled() and not handshake.exception():
                handshake.result().close()  # it was over just when we were canceled
            raise
        finally:
            del handshake  # its error has a traceback, which holds this frame
