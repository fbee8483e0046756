"""CurlError, and from libcurl's codes to the errors that both clients raise.

Law: an error of this client is a CurlError with libcurl's code, and where the other client has a
class for what happened it is of that class too.
"""

from __future__ import annotations

import errno as system
import os
import re
from typing import NamedTuple

from tornado.curl_httpclient._libcurl import pycurl
from tornado.httpclient._errors import (
    BadCertificate,
    ConnectionRefused,
    HTTPClientError,
    HTTPConnectError,
    HTTPProtocolError,
    HTTPStreamClosedError,
    HTTPTimeoutError,
    Phase,
    ProxyError,
    TLSFailed,
    UnknownHost,
)
from tornado.httpclient._socks import REPLIES
from tornado.httputil import responses


class CurlError(HTTPClientError):
    """No answer; ``code`` is 599. ``errno`` is libcurl's code: one of the ``E_`` of pycurl."""

    errno: int | None

    def __init__(self, errno: int, message: str) -> None:
        HTTPClientError.__init__(self, 599, message)
        self.args = (errno, message)
        self.errno = errno


class CurlTimeoutError(CurlError, HTTPTimeoutError):
    """A time limit has passed; ``phase`` says which one."""

    def __init__(self, errno: int, message: str, phase: Phase = Phase.TOTAL) -> None:
        super().__init__(errno, message)
        self.args = (errno, message, phase)
        self.phase = phase


class CurlConnectError(CurlError, HTTPConnectError):
    """No connection."""


class CurlUnknownHost(CurlError, UnknownHost):
    """No address for a name."""


class CurlRefused(CurlError, ConnectionRefused):
    """Nobody listens there."""


class CurlTLSFailed(CurlError, TLSFailed):
    """No agreement on TLS."""


class CurlBadCertificate(CurlError, BadCertificate):
    """A certificate that does not hold."""


class CurlProxyError(CurlError, ProxyError):
    """The proxy did not open the way."""

    def __init__(
        self, errno: int, message: str, status: int | None = None, reason: str | None = None
    ) -> None:
        super().__init__(errno, message)
        self.args = (errno, message, status, reason)
        self.status = status
        self.reason = reason


class CurlStreamClosedError(CurlError, HTTPStreamClosedError):
    """The connection ended too early."""


class CurlProtocolError(CurlError, HTTPProtocolError):
    """What came is not HTTP."""


class Circumstances(NamedTuple):
    """What else there is to know of an exchange that failed.

    ``host`` is the server, ``proxy`` the URL of the proxy or None, ``os_errno`` the system's
    number or 0, ``connect_status`` the proxy's answer to CONNECT or 0, ``proxy_verified`` whether
    the certificate of the proxy held, ``tunneled`` whether there is a tunnel or no need for one,
    ``connected`` and ``secured`` whether those phases ended.
    """

    host: str
    proxy: str | None
    os_errno: int
    connect_status: int
    proxy_verified: bool
    tunneled: bool
    connected: bool
    secured: bool
    connect_timeout: float | None


_TLS = {
    pycurl.E_SSL_CONNECT_ERROR,
    pycurl.E_SSL_CERTPROBLEM,
    pycurl.E_SSL_CIPHER,
    pycurl.E_SSL_CACERT_BADFILE,
    pycurl.E_SSL_ENGINE_INITFAILED,
    pycurl.E_SSL_ISSUER_ERROR,
    pycurl.E_SSL_CRL_BADFILE,
}
#: The connection has ended.
CLOSED = {
    pycurl.E_GOT_NOTHING,
    pycurl.E_PARTIAL_FILE,
    pycurl.E_RECV_ERROR,
    pycurl.E_SEND_ERROR,
    pycurl.E_SEND_FAIL_REWIND,
}
_NOT_HTTP = {
    pycurl.E_UNSUPPORTED_PROTOCOL,  # HTTP/0.9
    pycurl.E_FTP_WEIRD_SERVER_REPLY,
    pycurl.E_HTTP2,
    92,  # of a stream in HTTP/2; pycurl has no names for these
    100,  # a head that is too large
}
E_PROXY = 97
_REPLY = re.compile(r"cannot complete SOCKS5 connection.* \((\d+)\)$").search


def error_of(errno: int, message: str, seen: Circumstances) -> CurlError:
    """The error for libcurl's code and message."""
    host = seen.host
    message = message or "libcurl does not say why"
    if seen.proxy is not None and (
        errno in (E_PROXY, pycurl.E_COULDNT_RESOLVE_PROXY)
        or seen.connect_status >= 300
        or not seen.proxy_verified
        or not (seen.tunneled or errno == pycurl.E_OPERATION_TIMEDOUT)
        or (not seen.connected and errno == pycurl.E_COULDNT_CONNECT)
    ):
        return _of_the_proxy(errno, message, seen)
    if errno == pycurl.E_OPERATION_TIMEDOUT:
        return _late(message, seen)
    told = f"no connection to {host}: {message}"
    if errno == pycurl.E_COULDNT_RESOLVE_HOST:
        return CurlUnknownHost(errno, told)
    if errno == pycurl.E_COULDNT_CONNECT:
        if seen.os_errno:
            told = f"no connection to {host}: {os.strerror(seen.os_errno)}"
        refused = seen.os_errno == system.ECONNREFUSED
        return (CurlRefused if refused else CurlConnectError)(errno, told)
    if errno == pycurl.E_INTERFACE_FAILED:
        return CurlConnectError(errno, told)
    if errno == pycurl.E_PEER_FAILED_VERIFICATION:
        return CurlBadCertificate(errno, told)
    if errno in _TLS:
        return CurlTLSFailed(errno, told)
    if errno in CLOSED:
        return CurlStreamClosedError(errno, f"{host} ended the connection: {message}")
    if errno in _NOT_HTTP:
        return CurlProtocolError(errno, f"response from {host}: {message}")
    return CurlError(errno, f"{host}: {message}")


def _late(message: str, seen: Circumstances) -> CurlTimeoutError:
    """Of libcurl's own limits only that of the connection is set, but a program can set more."""
    connected = seen.connected and seen.tunneled
    if connected and seen.secured:
        return CurlTimeoutError(pycurl.E_OPERATION_TIMEDOUT, f"{seen.host}: {message}")
    phase = Phase.TLS if connected else Phase.CONNECT
    missing = f"no TLS with {seen.host}" if connected else f"no connection to {seen.host}"
    if seen.connect_timeout:
        message = f"within {seen.connect_timeout:g} s (connect_timeout)"
    return CurlTimeoutError(pycurl.E_OPERATION_TIMEDOUT, f"{missing} {message}", phase)


def _of_the_proxy(errno: int, message: str, seen: Circumstances) -> CurlProxyError:
    status = seen.connect_status
    if status < 300:
        if errno == E_PROXY:
            told = f"the proxy {seen.proxy} gives no tunnel to {seen.host}: {message}"
            reply = _REPLY(message)
            if reply is None:
                return CurlProxyError(errno, told)
            meaning = REPLIES.get(int(reply[1]), "a reply without a meaning")
            return CurlProxyError(errno, f"{told}: {meaning}", int(reply[1]), meaning)
        return CurlProxyError(errno, f"no connection to the proxy {seen.proxy}: {message}")
    reason = responses.get(status, "Unknown")
    told = f"the proxy {seen.proxy} gives no tunnel to {seen.host}: {status} {reason}"
    if status == 407:
        told += "; it wants other credentials: see proxy_username and proxy_password"
    return CurlProxyError(errno, told, status, reason)
