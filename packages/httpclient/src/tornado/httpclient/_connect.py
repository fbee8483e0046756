"""A tunnel through an HTTP proxy: CONNECT, RFC 9110 section 9.3.6.

Laws:
1. What follows the head of a 2xx belongs to the tunnel and stays in the stream: such a response has
   no content, whatever its Content-Length or Transfer-Encoding say.
2. Any other status ends the attempt; the content that comes with it is not read.
3. The proxy's answer is limited: HEAD_LIMIT bytes for a head, INTERIM_LIMIT interim responses.
"""

from __future__ import annotations

import re

from tornado.httpclient._errors import ProxyError
from tornado.httpclient._proxy import Proxy
from tornado.httputil import (
    HTTPHeaders,
    HTTPInputError,
    ResponseStartLine,
    parse_response_start_line,
)
from tornado.iostream import IOStream, StreamClosedError, UnsatisfiableReadError

HEAD_LIMIT = 1 << 16
INTERIM_LIMIT = 10
# RFC 9112 section 2.2: a recipient may take a single line feed for the end of a line.
_END_OF_HEAD = re.compile(rb"\r?\n\r?\n")


def authority(host: str, port: int) -> str:
    """``host:port``, with brackets around an IPv6 address (RFC 9110 section 7.2)."""
    return f"[{host}]:{port}" if ":" in host else f"{host}:{port}"


def connect_request(proxy: Proxy, host: str, port: int) -> bytes:
    """The bytes that ask ``proxy`` for a tunnel.

    Raises ValueError for credentials that cannot be sent so.
    """
    target = authority(host, port)
    lines = [f"CONNECT {target} HTTP/1.1", f"Host: {target}"]
    authorization = proxy.authorization
    if authorization is not None:
        lines.append(f"Proxy-Authorization: {authorization}")
    return "\r\n".join([*lines, "", ""]).encode("ascii")


async def open_tunnel(stream: IOStream, proxy: Proxy, host: str, port: int) -> None:
    """Ask the proxy at the other end of ``stream`` for a tunnel to ``host``.

    After it the stream speaks with the server. Raises ProxyError when the proxy refuses, with its
    status and reason, or is not understood.
    """
    try:
        await stream.write(connect_request(proxy, host, port))
        for _ in range(INTERIM_LIMIT + 1):
            status, headers = await _head(stream, proxy)
            if status.code >= 200 or status.code == 101:
                break
        else:
            raise ProxyError(f"the proxy {proxy} sent more than {INTERIM_LIMIT} interim responses")
    except StreamClosedError as error:
        if isinstance(error.real_error, UnsatisfiableReadError):
            told = f"the answer of the proxy {proxy} to CONNECT is longer than {HEAD_LIMIT} bytes"
        else:
            told = f"the proxy {proxy} closed the connection instead of an answer to CONNECT"
            if error.real_error is not None:
                told += f" ({error.real_error})"
        raise ProxyError(told) from error
    if not 200 <= status.code < 300:
        raise ProxyError(
            _refusal(proxy, authority(host, port), status, headers), status.code, status.reason
        )


async def _head(stream: IOStream, proxy: Proxy) -> tuple[ResponseStartLine, HTTPHeaders]:
    head = await stream.read_until_regex(_END_OF_HEAD, max_bytes=HEAD_LIMIT)
    line, _, fields = head.decode("latin-1").partition("\n")
    try:
        return parse_response_start_line(line.removesuffix("\r")), HTTPHeaders.parse(fields)
    except HTTPInputError as error:
        raise ProxyError(f"the proxy {proxy} does not speak HTTP: {error}") from error


def _refusal(proxy: Proxy, target: str, status: ResponseStartLine, headers: HTTPHeaders) -> str:
    told = f"{status.code} {status.reason}".rstrip()
    if status.code != 407:
        return f"the proxy {proxy} gives no tunnel to {target}: {told}"
    wanted = ", ".join(headers.get_list("Proxy-Authenticate")) or "nothing it names"
    if proxy.username is None:
        return (
            f"the proxy {proxy} wants credentials ({told}; it accepts {wanted}): "
            "give proxy_username and proxy_password"
        )
    return (
        f"the proxy {proxy} does not accept the credentials of {proxy.username!r} "
        f"({told}; it accepts {wanted})"
    )
