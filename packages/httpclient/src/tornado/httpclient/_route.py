"""Where a request goes, and by which way: the key of a pool of connections.

Laws:
1. Two requests with equal routes may use one connection; everything that decides about a
   connection is in the key: the server, TLS settings and client certificate, the proxy with the
   credentials used there, the local address, the family of addresses, the local socket.
2. What is of one request only (headers, credentials for the server) is not in it.
3. A Route is made for each request, so it is a tuple, which is the quickest thing to make and hash.
"""

from __future__ import annotations

import socket
import ssl
from typing import Any, NamedTuple

from tornado.httpclient._proxy import Proxy
from tornado.httpclient._urls import parse_url

_SECURE = frozenset({"https", "wss"})


class TLSKey(NamedTuple):
    """The TLS settings of a connection.

    ``options`` is an ``ssl.SSLContext``, which counts by identity and is kept alive by the key, or
    the items of a dict of options (see :func:`tornado.netutil.ssl_options_to_context`). Where it
    is given the other fields do not count.
    """

    validate_cert: bool = True
    ca_certs: str | None = None
    client_cert: str | None = None
    client_key: str | None = None
    options: ssl.SSLContext | tuple[tuple[str, Any], ...] | None = None


class Route(NamedTuple):
    """The way to a server. ``scheme`` is that of the URL: ``http``, ``https``, ``ws`` or ``wss``.

    ``local_address`` is an IP address of this machine or the name of a network interface,
    ``family`` is ``socket.AF_UNSPEC`` or the only family of addresses to use, and ``unix_socket``
    the path of a local socket to connect to instead of ``host``.
    ``proxy_tls`` are the settings of TLS with a proxy of scheme ``https``: the authorities of the
    request and whether to verify, never its client certificate and its ``ssl_options``.
    """

    scheme: str
    host: str
    port: int
    tls: TLSKey | None = None
    proxy: Proxy | None = None
    local_address: str | None = None
    family: socket.AddressFamily = socket.AF_UNSPEC
    unix_socket: str | None = None
    proxy_tls: TLSKey | None = None

    @classmethod
    def of(cls, request: Any) -> Route:
        """The route of an :class:`HTTPRequest`.

        Raises ValueError for a URL that names no server, and for arguments that contradict each
        other.
        """
        url = parse_url(request.url)
        unix_socket = request.unix_socket
        proxy = _proxy_of(request)
        if unix_socket is not None and proxy is not None:
            raise ValueError("a request goes through unix_socket or through a proxy, not both")
        return cls(
            url.scheme,
            url.host,
            url.port,
            _tls_of(request) if url.scheme in _SECURE else None,
            proxy,
            request.network_interface or None,
            # None is the default, and means that IPv6 is allowed.
            socket.AF_INET if request.allow_ipv6 is False else socket.AF_UNSPEC,
            unix_socket,
            TLSKey(request.validate_cert is not False, request.ca_certs)
            if proxy is not None and proxy.scheme == "https"
            else None,
        )

    @property
    def absolute_form(self) -> bool:
        """Whether a request line has the whole URL (RFC 9112 section 3.2.2).

        So it is for ``http`` through an HTTP proxy, which gets the request itself; everything else
        passes an HTTP proxy in a tunnel.
        """
        return self.scheme == "http" and self.proxy is not None and self.proxy.is_http


_USUAL_TLS = TLSKey()


def _tls_of(request: Any) -> TLSKey:
    options = request.ssl_options
    if options is not None:
        if isinstance(options, dict):
            options = tuple(sorted((key, _frozen(value)) for key, value in options.items()))
        return TLSKey(options=options)
    validate = request.validate_cert is not False
    if validate and request.ca_certs is None and request.client_cert is None:
        return _USUAL_TLS
    return TLSKey(validate, request.ca_certs, request.client_cert, request.client_key)


def _frozen(value: Any) -> Any:
    return tuple(value) if isinstance(value, list) else value


def _proxy_of(request: Any) -> Proxy | None:
    given = request.proxy
    if isinstance(given, Proxy):
        return given
    mode = request.proxy_auth_mode
    if given is not None:
        if given == "environment":
            return Proxy.from_environment(request.url)
        return Proxy.parse(given, mode)
    host = request.proxy_host
    if not host:
        return None
    port = request.proxy_port
    if not port:
        raise ValueError(f"proxy_host={host!r} needs a proxy_port")
    scheme = "http"
    if "://" in host:  # as libcurl understands it
        scheme, _, host = host.partition("://")
    username = request.proxy_username
    return Proxy(scheme, host.strip("[]"), port, username, request.proxy_password, mode)
