"""Where the requests of one connection come from.

With ``xheaders`` a trusted proxy says so for each request; every request starts from what the
socket says, so that nothing is left over from the one before.
"""

from __future__ import annotations

import socket
from collections.abc import Awaitable, Collection
from typing import Any

from tornado.httputil import HTTPHeaders, HTTPMessageDelegate
from tornado.iostream import IOStream, SSLIOStream
from tornado.netutil import is_valid_ip


class HTTPRequestContext:
    """``remote_ip`` and ``protocol`` as the request has them, ``address`` as the socket has it."""

    __slots__ = (
        "_orig_protocol",
        "_orig_remote_ip",
        "address",
        "address_family",
        "protocol",
        "remote_ip",
        "trusted",
        "trusted_downstream",
    )

    def __init__(
        self,
        stream: IOStream,
        address: Any,
        protocol: str | None,
        trusted_downstream: Collection[str] = (),
    ) -> None:
        self.address = address
        self.address_family = getattr(stream.socket, "family", None)
        if self.address_family in (socket.AF_INET, socket.AF_INET6) and address:
            self.remote_ip = address[0]
        else:
            self.remote_ip = "0.0.0.0"  # a Unix socket has no address that a program could use
        if protocol:
            self.protocol = protocol
        else:
            self.protocol = "https" if isinstance(stream, SSLIOStream) else "http"
        self._orig_remote_ip = self.remote_ip
        self._orig_protocol = self.protocol
        self.trusted_downstream = trusted_downstream
        self.trusted = False  # whether the other end is a proxy that is believed

    def for_request(self) -> HTTPRequestContext:
        """One like this, for what a proxy says of one request: others of the connection may come
        from other clients, and a handler may ask after the next one has begun."""
        own = object.__new__(type(self))
        own.address = self.address
        own.address_family = self.address_family
        own.protocol = own._orig_protocol = self._orig_protocol
        own.remote_ip = own._orig_remote_ip = self._orig_remote_ip
        own.trusted = self.trusted
        own.trusted_downstream = self.trusted_downstream
        return own

    def apply_proxy_headers(self, headers: HTTPHeaders) -> None:
        """Takes address and scheme from X-Real-Ip, X-Forwarded-For, X-Scheme, X-Forwarded-Proto."""
        self.remote_ip = self._orig_remote_ip
        self.protocol = self._orig_protocol
        address = headers.get("X-Real-Ip")
        if address is None:
            forwarded = headers.get("X-Forwarded-For")
            if forwarded is not None:
                address = self._nearest_untrusted(forwarded)
        if address is not None and is_valid_ip(address.strip()):
            self.remote_ip = address.strip()
        scheme = headers.get("X-Scheme") or headers.get("X-Forwarded-Proto")
        if scheme:
            # The last one is what the proxy nearest to us has added.
            scheme = scheme.rpartition(",")[2].strip().lower()
            if scheme in ("http", "https"):
                self.protocol = scheme

    def _nearest_untrusted(self, forwarded: str) -> str:
        hops = [hop.strip() for hop in forwarded.split(",")]
        for hop in reversed(hops):
            if hop not in self.trusted_downstream:
                return hop
        return hops[0]

    def __str__(self) -> str:
        if self.address_family in (socket.AF_INET, socket.AF_INET6):
            return str(self.remote_ip)
        if isinstance(self.address, bytes):
            return self.address.decode("utf-8", "backslashreplace")
        return str(self.address)


class ProxiedDelegate(HTTPMessageDelegate):
    """Reads the proxy's headers before the real delegate sees the request."""

    __slots__ = ("_context", "_delegate")

    def __init__(self, delegate: HTTPMessageDelegate, request_conn: Any) -> None:
        self._delegate = delegate
        self._context = request_conn.context
        if hasattr(request_conn, "_context"):
            self._context = request_conn._context = self._context.for_request()

    def headers_received(self, start_line: Any, headers: HTTPHeaders) -> Awaitable[None] | None:
        self._context.apply_proxy_headers(headers)
        return self._delegate.headers_received(start_line, headers)

    def data_received(self, chunk: bytes) -> Awaitable[None] | None:
        return self._delegate.data_received(chunk)

    def finish(self) -> None:
        self._delegate.finish()

    def on_connection_close(self) -> None:
        self._delegate.on_connection_close()
