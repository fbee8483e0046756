"""``Forwarded`` (RFC 7239) and the addresses of its relatives. No I/O, no trust.

Laws:
1. Strict: what does not follow the grammar is refused as a whole. A quote that a client leaves open
   must not swallow what the proxy has added behind it.
2. One pass from left to right; no input makes an expression try twice.
"""

from __future__ import annotations

import re
from ipaddress import IPv4Address, IPv6Address, ip_address

from tornado.httputil import HTTPInputError

Address = IPv4Address | IPv6Address

_token = r"[!#$%&'*+\-.^_`|~0-9A-Za-z]++"
_pair = re.compile(
    rf'({_token})=(?:({_token})|"((?:[\t !#-\[\]-~\x80-\xff]|\\[\t -~\x80-\xff])*+)")'
).match
_between = re.compile(r"[ \t]*+([,;]|\Z)[ \t]*+").match
_escaped = re.compile(r"\\(.)", re.DOTALL).sub
_digits = re.compile(r"[0-9]{1,5}").fullmatch


def parse_forwarded(value: str) -> list[dict[str, str]]:
    """``[{"for": "192.0.2.43"}, {"for": "[2001:db8::1]", "proto": "https"}]``: an element a hop,
    the farthest first, names in lower case.

    Raises HTTPInputError for what RFC 7239 section 4 does not allow, a name twice in an element
    among it. Empty list members are passed over (RFC 9110 section 5.6.1.2).
    """
    elements: list[dict[str, str]] = []
    element: dict[str, str] = {}
    position = 0
    while True:
        pair = _pair(value, position)
        if pair is not None:
            position = pair.end()
            name = pair[1].lower()
            if name in element:
                raise HTTPInputError(f"Forwarded header with two {name[:40]!r} in one element")
            element[name] = _escaped(r"\1", pair[3]) if pair[2] is None else pair[2]
        mark = _between(value, position)
        if mark is None:
            raise HTTPInputError(
                f"malformed Forwarded header at {value[position : position + 40]!r}"
            )
        position = mark.end()
        if mark[1] != ";":
            if element:
                elements.append(element)
            if not mark[1]:
                return elements
            element = {}


def parse_node(text: str, *, bare_ipv6: bool = True) -> Address | None:
    """The address of ``192.0.2.1``, ``192.0.2.1:80``, ``[2001:db8::1]``, ``[2001:db8::1]:80`` and,
    if ``bare_ipv6``, ``2001:db8::1``. None for anything else: ``unknown``, a name, ``_hidden``.

    An IPv4 address in the clothes of IPv6 (``::ffff:192.0.2.1``) comes out as IPv4.
    """
    if text.startswith("["):
        host, bracket, port = text[1:].partition("]")
        if not bracket or ":" not in host or (port and not _is_port(port)):
            return None
    elif text.count(":") == 1:
        host, _, port = text.partition(":")
        if not _is_port(":" + port):
            return None
    else:
        host = text
        if ":" in host and not bare_ipv6:
            return None
    return to_address(host)


def _is_port(text: str) -> bool:
    return text[0] == ":" and _digits(text[1:]) is not None and int(text[1:]) <= 65535


def to_address(text: str) -> Address | None:
    """An IP address as text, or None if it is none."""
    if len(text) > 64 or not text.isascii():
        return None
    try:
        address = ip_address(text)
    except ValueError:
        return None
    mapped = getattr(address, "ipv4_mapped", None)
    return address if mapped is None else mapped
