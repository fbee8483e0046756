"""The PROXY protocol, versions 1 and 2: who is at the other end, said before anything else.

https://www.haproxy.org/download/2.9/doc/proxy-protocol.txt, sections 2.1 and 2.2. Pure: bytes in,
meaning out. ``wanted`` tells how many bytes belong to the header for sure, so that a reader can
take those and leave what follows (a TLS handshake, say) to somebody else.
"""

from __future__ import annotations

import re
import socket
import struct
from typing import NamedTuple

SIGNATURE = b"\r\n\r\n\x00\r\nQUIT\n"
FIXED = 16  # bytes of version 2 before the addresses
LONGEST_LINE = 107  # of version 1, line end included
PP2_TYPE_SSL = 0x20
PP2_CLIENT_SSL = 0x01

_line = re.compile(
    rb"PROXY (?:UNKNOWN(?: [ -~]*)?"
    rb"|(TCP4|TCP6) ([0-9A-Fa-f:.]+) ([0-9A-Fa-f:.]+) ([0-9]{1,5}) ([0-9]{1,5}))"
).fullmatch


class ProxyProtocolError(Exception):
    """A connection that does not begin with a PROXY header as it should."""


class ProxiedAddress(NamedTuple):
    """The client as a PROXY header names it. ``tls``: it speaks TLS to the proxy."""

    host: str
    port: int
    tls: bool = False


def wanted(data: bytes) -> int:
    """How many of the bytes ``data`` at the beginning of a connection belong to its PROXY header.

    Raises ProxyProtocolError if it does not begin with one.
    """
    if data[: len(SIGNATURE)] == SIGNATURE[: len(data)]:
        if len(data) < FIXED:
            return len(data)
        return min(len(data), FIXED + int.from_bytes(data[14:16], "big"))
    if data[:6] == b"PROXY "[: len(data)]:
        end = data.find(b"\r\n", 0, LONGEST_LINE)
        if end >= 0:
            return end + 2
        if len(data) >= LONGEST_LINE or b"\n" in data:
            raise ProxyProtocolError("the line of its PROXY header does not end")
        return len(data)
    raise ProxyProtocolError(f"it begins with {data[:20]!r} and no PROXY header")


def parse(data: bytes) -> tuple[bool, ProxiedAddress | None]:
    """(whether the header is complete, the client it names).

    ``data`` is the header's beginning, as ``wanted`` cuts it. The client is None if the proxy
    speaks for itself (LOCAL: a health check), or cannot tell (UNKNOWN, a Unix socket). Raises
    ProxyProtocolError.
    """
    if data.startswith(SIGNATURE[:1]):
        if len(data) < FIXED or len(data) < FIXED + int.from_bytes(data[14:16], "big"):
            return False, None
        return True, _binary(data)
    if not data.endswith(b"\r\n"):
        return False, None
    return True, _text(data[:-2])


def _text(line: bytes) -> ProxiedAddress | None:
    found = _line(line)
    if found is None:
        raise ProxyProtocolError(f"malformed PROXY line {line!r}")
    kind = found[1]
    if kind is None:
        return None
    family = socket.AF_INET if kind == b"TCP4" else socket.AF_INET6
    try:
        source, _ = (
            socket.inet_ntop(family, socket.inet_pton(family, found[at].decode())) for at in (2, 3)
        )
    except OSError:
        raise ProxyProtocolError(f"an address that is no {kind.decode()} in {line!r}") from None
    ports = (int(found[4]), int(found[5]))
    if max(ports) > 65535:
        raise ProxyProtocolError(f"a port beyond 65535 in {line!r}")
    return ProxiedAddress(source, ports[0])


def _binary(data: bytes) -> ProxiedAddress | None:
    version, command = data[12] >> 4, data[12] & 15
    if version != 2 or command > 1:
        raise ProxyProtocolError(f"PROXY header of version {version} with command {command}")
    if command == 0:  # LOCAL: the rest is to be ignored
        return None
    kind = data[13]
    if kind == 0x11:
        family, size = socket.AF_INET, 4
    elif kind == 0x21:
        family, size = socket.AF_INET6, 16
    elif kind in (0x00, 0x31, 0x32):
        return None
    else:
        raise ProxyProtocolError(f"PROXY header for a connection of kind {kind:#04x}")
    addresses = 2 * size + 4
    block = data[FIXED:]
    if len(block) < addresses:
        raise ProxyProtocolError(f"PROXY header with {len(block)} bytes of addresses")
    (port,) = struct.unpack_from("!H", block, 2 * size)
    return ProxiedAddress(
        socket.inet_ntop(family, block[:size]), port, _speaks_tls(block[addresses:])
    )


def _speaks_tls(extensions: bytes) -> bool:
    position = 0
    while position < len(extensions):
        if position + 3 > len(extensions):
            raise ProxyProtocolError("PROXY header whose last extension is cut")
        kind, length = struct.unpack_from("!BH", extensions, position)
        position += 3
        if position + length > len(extensions):
            raise ProxyProtocolError("PROXY header whose last extension is cut")
        if kind == PP2_TYPE_SSL and length >= 5:
            return bool(extensions[position] & PP2_CLIENT_SSL)
        position += length
    return False
