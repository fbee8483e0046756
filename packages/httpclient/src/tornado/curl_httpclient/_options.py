"""The options of libcurl for a request: a list of values, made without a handle.

Laws:
1. Everything about a transfer is said here; nothing is left to the environment, to ``.netrc`` or to
   a default that differs from one libcurl to the next.
2. libcurl makes one exchange. Redirects, cookies and decoding are what both clients share, and are
   switched off in libcurl.
3. Only http and https are spoken, whatever the libcurl could speak besides.
"""

from __future__ import annotations

import os
import ssl
from typing import Any

from tornado.curl_httpclient._libcurl import (
    AUTHORITIES,
    HAS_HTTP2,
    SUPPRESS_CONNECT_HEADERS,
    TELLS_PROXY_USERS_APART,
    pycurl,
)
from tornado.escape import utf8
from tornado.httpclient._decode import ACCEPTED
from tornado.httpclient._interface import local_ip
from tornado.httpclient._request import _RequestProxy
from tornado.httpclient._route import Route, TLSKey
from tornado.httpclient._urls import URL
from tornado.httputil import HTTPHeaders
from tornado.util import version

Options = list[tuple[int, Any]]

USER_AGENT = f"Tornado/{version} {pycurl.version.partition(' ')[0]}"
NO_LIMIT = 2**31 - 1
"""Milliseconds: libcurl takes 0 for its own limit of five minutes."""
_HTTP = pycurl.PROTO_HTTP | pycurl.PROTO_HTTPS
_WITH_BODY = frozenset(["POST", "PUT", "PATCH"])
_AUTH = {None: pycurl.HTTPAUTH_BASIC, "basic": pycurl.HTTPAUTH_BASIC,
         "digest": pycurl.HTTPAUTH_DIGEST}  # fmt: skip


def options(request: _RequestProxy, url: URL, route: Route) -> Options:
    """What to set for ``request``, but for the callbacks. Raises ValueError for what this client
    cannot do."""
    headers = HTTPHeaders(request._headers or {})
    made: Options = [
        (pycurl.URL, url.public),
        (pycurl.PATH_AS_IS, 1),
        (pycurl.NOSIGNAL, 1),
        (pycurl.PROTOCOLS, _HTTP),
        (pycurl.FOLLOWLOCATION, 0),
        (pycurl.BUFFERSIZE, 1 << 16),
        (pycurl.CONNECTTIMEOUT_MS, _milliseconds(request.connect_timeout)),
        *_connection(route),
        *_method(request, headers),
        *_credentials(request, url),
    ]
    if route.tls is not None:
        made += _tls(route.tls)
        if HAS_HTTP2:
            made.append((pycurl.HTTP_VERSION, pycurl.CURL_HTTP_VERSION_2TLS))
    else:
        made.append((pycurl.HTTP_VERSION, pycurl.CURL_HTTP_VERSION_1_1))
    if request.user_agent:
        headers["User-Agent"] = request.user_agent
    elif "User-Agent" not in headers:
        headers["User-Agent"] = USER_AGENT
    if request.decompress_response and "Accept-Encoding" not in headers:
        headers["Accept-Encoding"] = ACCEPTED
    made.append((pycurl.HTTPHEADER, _lines(request, headers)))
    return made


def _milliseconds(seconds: float | None) -> int:
    return min(max(1, int(seconds * 1000)), NO_LIMIT) if seconds else NO_LIMIT


def _connection(route: Route) -> Options:
    made: Options = []
    proxy = route.proxy
    if proxy is None:
        made.append((pycurl.PROXY, ""))  # or the environment would be asked
    else:
        made += [
            (pycurl.PROXY, str(proxy)),
            (pycurl.NOPROXY, ""),
            (SUPPRESS_CONNECT_HEADERS, 1),
        ]
        if proxy.username is not None:
            made += [
                (pycurl.PROXYUSERNAME, utf8(proxy.username)),
                (pycurl.PROXYPASSWORD, utf8(proxy.password or "")),
                (pycurl.PROXYAUTH, _AUTH[proxy.auth_mode]),
            ]
            if not TELLS_PROXY_USERS_APART:
                made += [(pycurl.FRESH_CONNECT, 1), (pycurl.FORBID_REUSE, 1)]
        if route.proxy_tls is not None:
            made += _proxy_tls(route.proxy_tls)
    if route.local_address is not None:
        made.append((pycurl.INTERFACE, local_ip(route.local_address)))
    if route.family:
        made.append((pycurl.IPRESOLVE, pycurl.IPRESOLVE_V4))
    if route.unix_socket is not None:
        if route.unix_socket.startswith("\0"):
            raise ValueError(
                "unix_socket: pycurl takes paths, tornado.simple_httpclient abstract names too"
            )
        made.append((pycurl.UNIX_SOCKET_PATH, os.fsencode(route.unix_socket)))
    return made


def _tls(key: TLSKey) -> Options:
    if key.options is not None:
        key = _of_options(key.options)
    made: Options = [
        (pycurl.SSL_VERIFYPEER, 1 if key.validate_cert else 0),
        (pycurl.SSL_VERIFYHOST, 2 if key.validate_cert else 0),
        *(AUTHORITIES if key.ca_certs is None else [(pycurl.CAINFO, os.fsencode(key.ca_certs))]),
    ]
    if key.client_cert is not None:
        made.append((pycurl.SSLCERT, os.fsencode(key.client_cert)))
        made.append((pycurl.SSLKEY, os.fsencode(key.client_key or key.client_cert)))
    return made


def _of_options(given: ssl.SSLContext | tuple[tuple[str, Any], ...]) -> TLSKey:
    """The four settings of libcurl that the dict ``ssl_options`` can name as well."""
    if isinstance(given, ssl.SSLContext):
        raise ValueError(
            "ssl_options is an ssl.SSLContext, which libcurl cannot use: give validate_cert, "
            "ca_certs, client_cert and client_key, or use tornado.simple_httpclient"
        )
    named = dict(given)
    verify = named.pop("cert_reqs", None)
    key = TLSKey(
        verify != ssl.CERT_NONE,
        named.pop("ca_certs", None),
        named.pop("certfile", None),
        named.pop("keyfile", None),
    )
    if named:
        raise ValueError(
            f"ssl_options: libcurl has nothing for {', '.join(map(repr, named))}; "
            "tornado.simple_httpclient has"
        )
    return key


def _proxy_tls(key: TLSKey) -> Options:
    authorities = dict(AUTHORITIES)
    return [
        (pycurl.PROXY_SSL_VERIFYPEER, 1 if key.validate_cert else 0),
        (pycurl.PROXY_SSL_VERIFYHOST, 2 if key.validate_cert else 0),
        *(
            (option, os.fsencode(path))
            for option, path in (
                (pycurl.PROXY_CAINFO, key.ca_certs or authorities.get(pycurl.CAINFO)),
                (pycurl.PROXY_CAPATH, None if key.ca_certs else authorities.get(pycurl.CAPATH)),
            )
            if path is not None
        ),
    ]


def _method(request: _RequestProxy, headers: HTTPHeaders) -> Options:
    method, body = request.method, request._body
    if body is None and request.body_producer is None and method not in _WITH_BODY:
        if method == "GET":
            return [(pycurl.HTTPGET, 1)]
        if method == "HEAD":
            return [(pycurl.NOBODY, 1)]
        return [(pycurl.HTTPGET, 1), (pycurl.CUSTOMREQUEST, method)]
    if method == "HEAD":
        raise ValueError(
            "libcurl does not send HEAD with a body: leave it out, or use tornado.simple_httpclient"
        )
    made: Options
    if request.body_producer is None:
        made = [(pycurl.POSTFIELDS, body or b"")]
        usual = "POST"
        headers.pop("Content-Length", None)  # libcurl counts again
    else:
        length = headers.pop("Content-Length", None)
        made = [(pycurl.UPLOAD, 1)]
        if length is not None:
            made.append((pycurl.INFILESIZE_LARGE, int(length)))
        usual = "PUT"
    if method != usual:
        made.append((pycurl.CUSTOMREQUEST, method))
    if method == "POST" and (body is not None or request.body_producer is not None):
        headers.setdefault("Content-Type", "application/x-www-form-urlencoded")
    return made


def _credentials(request: _RequestProxy, url: URL) -> Options:
    username, password = request.auth_username, request.auth_password
    if username is None:
        username, password = url.username, url.password
    if username is None:
        return []
    return [
        (pycurl.USERNAME, utf8(username)),
        (pycurl.PASSWORD, utf8(password or "")),
        (pycurl.HTTPAUTH, _AUTH[request.auth_mode]),
    ]


def _lines(request: _RequestProxy, headers: HTTPHeaders) -> list[bytes]:
    """The fields in libcurl's way: ``name;`` for one without a value, ``name:`` for none at all."""
    lines = [f"{name}: {value}" if value else f"{name};" for name, value in headers.get_all()]
    if request.expect_100_continue:
        if request._body is not None or request.body_producer is not None:
            lines.append("Expect: 100-continue")
    elif "Expect" not in headers:
        lines.append("Expect:")
    if "Content-Type" not in headers:
        lines.append("Content-Type:")
    return [line.encode("latin-1") for line in lines]  # the characters were checked
