"""A tunnel through a SOCKS proxy: version 5, RFC 1928, with the passwords of RFC 1929.

The messages are functions from values to bytes; :func:`open_socks` exchanges them on a stream.
"""

from __future__ import annotations

import ipaddress
import struct
from enum import IntEnum

from tornado.httpclient._errors import ProxyError
from tornado.httpclient._proxy import Proxy
from tornado.iostream import IOStream, StreamClosedError

VERSION = 5
AUTHENTICATION_VERSION = 1
CONNECT = 1


class Method(IntEnum):
    """Of authentication, RFC 1928 section 3."""

    NONE = 0
    PASSWORD = 2
    NO_ACCEPTABLE = 0xFF


class AddressType(IntEnum):
    """RFC 1928 section 5."""

    IPV4 = 1
    DOMAIN = 3
    IPV6 = 4


REPLIES = {
    1: "general failure of the proxy",
    2: "its rules do not allow the connection",
    3: "network unreachable",
    4: "host unreachable",
    5: "connection refused",
    6: "TTL expired",
    7: "it does not know the command",
    8: "it does not know this type of address",
}
"""RFC 1928 section 6."""


def greeting(proxy: Proxy) -> bytes:
    """The methods we have: version, number, one byte each."""
    methods = [Method.NONE] if proxy.username is None else [Method.NONE, Method.PASSWORD]
    return bytes([VERSION, len(methods), *methods])


def credentials(proxy: Proxy) -> bytes:
    """The request of RFC 1929 section 2. Raises ValueError for what does not fit in it."""
    name = (proxy.username or "").encode()
    password = (proxy.password or "").encode()
    if len(name) > 255 or len(password) > 255:
        raise ValueError("a SOCKS proxy takes a username and a password of 255 bytes at most")
    return bytes([AUTHENTICATION_VERSION, len(name)]) + name + bytes([len(password)]) + password


def connect_request(host: str, port: int) -> bytes:
    """The request for a tunnel to ``host``, an address or a name the proxy is to look up."""
    try:
        address = ipaddress.ip_address(host.partition("%")[0])
    except ValueError:
        name = host.encode("ascii")  # and not longer than 253, or it would not be in a Route
        target = bytes([AddressType.DOMAIN, len(name)]) + name
    else:
        kind = AddressType.IPV4 if address.version == 4 else AddressType.IPV6
        target = bytes([kind]) + address.packed
    return bytes([VERSION, CONNECT, 0]) + target + struct.pack("!H", port)


async def open_socks(stream: IOStream, proxy: Proxy, host: str, port: int) -> None:
    """Ask the proxy at the other end of ``stream`` for a tunnel to ``host``.

    After it the stream speaks with the server. Raises ProxyError when the proxy refuses, with the
    number and meaning of its reply, or is not understood.
    """
    try:
        await _introduce(stream, proxy)
        await stream.write(connect_request(host, port))
        version, reply, _reserved, kind = await stream.read_bytes(4)
        _check_version(proxy, version)
        if reply:
            reason = REPLIES.get(reply, "a reply without a meaning")
            raise ProxyError(
                f"the proxy {proxy} gives no tunnel to {host} port {port}: {reason} ({reply})",
                reply,
                reason,
            )
        # The address it connects from, which says how long the reply is.
        if kind == AddressType.DOMAIN:
            (size,) = await stream.read_bytes(1)
        elif kind == AddressType.IPV4:
            size = 4
        elif kind == AddressType.IPV6:
            size = 16
        else:
            raise ProxyError(f"the proxy {proxy} answered with an unknown type of address, {kind}")
        await stream.read_bytes(size + 2)
    except StreamClosedError as error:
        told = f"the proxy {proxy} closed the connection before the tunnel was open"
        if error.real_error is not None:
            told += f" ({error.real_error})"
        raise ProxyError(told) from error


async def _introduce(stream: IOStream, proxy: Proxy) -> None:
    """Agree on a method of authentication, and pass it."""
    await stream.write(greeting(proxy))
    version, method = await stream.read_bytes(2)
    _check_version(proxy, version)
    if method == Method.NONE:
        return
    if method == Method.PASSWORD and proxy.username is not None:
        await stream.write(credentials(proxy))
        _version, status = await stream.read_bytes(2)
        if status:
            raise ProxyError(
                f"the proxy {proxy} does not accept the credentials of {proxy.username!r}",
                status,
                "authentication failed",
            )
        return
    if method != Method.NO_ACCEPTABLE:
        raise ProxyError(f"the proxy {proxy} chose a method it was not offered, {method}")
    if proxy.username is None:
        told = "wants credentials: give proxy_username and proxy_password"
    else:
        told = "accepts neither a connection without credentials nor a username and password"
    raise ProxyError(f"the proxy {proxy} {told}", method, "no acceptable methods")


def _check_version(proxy: Proxy, version: int) -> None:
    if version != VERSION:
        raise ProxyError(
            f"the proxy {proxy} does not speak SOCKS 5: its answer begins with {version:#04x}"
        )
