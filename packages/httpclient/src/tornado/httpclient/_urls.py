"""The URL of a request, read once and strictly.

Laws:
1. What is ambiguous is refused, never repaired: a space, a control character, a backslash in the
   authority. Two readers of one URL must never see two servers.
2. The only translation is into ASCII: names of hosts by IDNA, everything else percent-encoded as
   UTF-8. Printable ASCII stays as it was written.
"""

from __future__ import annotations

import ipaddress
import re
from functools import lru_cache
from typing import NamedTuple
from urllib.parse import quote, unquote, urljoin

_PARTS = re.compile(
    r"([A-Za-z][A-Za-z0-9+.-]*)://([^/?#]*)([^?#]*)(\?[^#]*)?(#.*)?"
).fullmatch  # RFC 3986 appendix B
_NEVER = re.compile(r"[\x00-\x20\x7f-\xa0\u2028\u2029]").search
_HOST = re.compile(r"[A-Za-z0-9_~-]{1,63}(\.[A-Za-z0-9_~-]{1,63})*\.?").fullmatch  # RFC 1035
_PORTS = {"http": 80, "https": 443, "ws": 80, "wss": 443}
_LONGEST_HOST = 253
_ASCII = "".join(map(chr, range(0x21, 0x7F)))


class URL(NamedTuple):
    """An absolute URL with a host.

    ``text`` is all of it, in ASCII. ``host`` is in small letters, an IPv6 address without brackets;
    ``netloc`` is what the Host field says; ``target`` what the request line says.
    """

    text: str
    scheme: str
    host: str
    port: int
    netloc: str
    target: str
    username: str | None
    password: str | None
    fragment: str

    @property
    def origin(self) -> tuple[str, str, int]:
        """What credentials belong to (RFC 6454)."""
        return self.scheme, self.host, self.port

    @property
    def public(self) -> str:
        """The URL without credentials and fragment: fit for a proxy's request line and for logs."""
        return f"{self.scheme}://{self.netloc}{self.target}"


@lru_cache(maxsize=1024)
def parse_url(url: str) -> URL:
    """Reads a URL of ``http``, ``https``, ``ws`` or ``wss``. Raises ValueError with the reason.

    >>> parse_url("http://user:secret@EXAMPLE.com:8000?a#b").netloc
    'example.com:8000'
    """
    if not isinstance(url, str):
        raise ValueError(f"a URL is a str, got {type(url).__name__}")
    found = _NEVER(url)
    if found is not None:
        raise ValueError(
            f"character {found.group()!r} at position {found.start()} is not allowed in a URL: "
            f"write %{ord(found.group()):02X}"
        )
    matched = _PARTS(url)
    if matched is None or matched[1].lower() not in _PORTS:
        raise ValueError(f"a URL starts with http:// or https://, got {shown(url)!r}")
    scheme, authority = matched[1].lower(), matched[2]
    if "\\" in authority:
        raise ValueError(f"a backslash is not allowed before the path, in {shown(url)!r}")
    userinfo, at, place = authority.rpartition("@")
    username, _, password = userinfo.partition(":")
    host, port = _place(place, scheme, url)
    # A zone means something on this machine only (RFC 6874 section 3).
    netloc = f"[{host.partition('%')[0]}]" if ":" in host else host
    if port != _PORTS[scheme]:
        netloc = f"{netloc}:{port}"
    path, query, fragment = (_ascii(part or "") for part in matched.group(3, 4, 5))
    text = url
    if not url.isascii():
        text = f"{scheme}://{_ascii(userinfo)}{at}{netloc}{path}{query}{fragment}"
    return URL(
        text,
        scheme,
        host,
        port,
        netloc,
        (path or "/") + query,
        unquote(username) if at else None,
        unquote(password) if at else None,
        fragment[1:],
    )


def _place(place: str, scheme: str, url: str) -> tuple[str, int]:
    if place.startswith("["):
        literal, bracket, rest = place[1:].partition("]")
        host = _ipv6(literal) if bracket else ""
        if not host or rest[:1] not in ("", ":"):
            raise ValueError(f"there is no IPv6 address in the brackets of {shown(url)!r}")
        port = rest[1:]
    else:
        name, _, port = place.partition(":")
        host = _name(name, url)
    if not port:
        return host, _PORTS[scheme]
    if not (port.isascii() and port.isdigit() and len(port) < 6 and 0 < int(port) < 65536):
        told = f"not {port!r}, in {shown(url)!r}"
        if "@" in url.partition(place)[2]:  # then this may be the beginning of a password
            told = "and / ? # @ in a user name or password are written %2F %3F %23 %40"
        raise ValueError(f"a port is a number from 1 to 65535, {told}")
    return host, int(port)


def _ipv6(literal: str) -> str:
    address, percent, zone = literal.partition("%25")  # RFC 6874 section 2
    try:
        found = str(ipaddress.IPv6Address("" if "%" in address else address))
    except ValueError:
        return ""
    if not percent:
        return found
    return f"{found}%{zone}" if _HOST(zone) else ""


def _name(name: str, url: str) -> str:
    if not name:
        raise ValueError(f"there is no host in the URL {shown(url)!r}")
    host = name
    if len(name) <= _LONGEST_HOST and not name.isascii():
        try:
            host = name.encode("idna").decode("ascii")
        except UnicodeError as error:
            raise ValueError(f"the host {name!r} cannot be written in ASCII: {error}") from None
    if len(host) > _LONGEST_HOST or not _HOST(host):
        raise ValueError(f"{name[:80]!r} is not the name of a host, in {shown(url)!r}")
    return host.lower()


def _ascii(part: str) -> str:
    return part if part.isascii() else quote(part, safe=_ASCII)


def shown(url: str) -> str:
    """For a message: without credentials, and not longer than a line."""
    return re.sub(r"(?<=//)[^/?#]*@", "", url)[:80]


def resolve(base: str, location: str) -> str:
    """The target of a Location field, for the URL that answered with it (RFC 3986 section 5).

    A fragment is inherited where the target has none (RFC 9110 section 10.2.2). Raises ValueError
    where the result is no URL of http or https; spaces, which servers send, are escaped.
    """
    location = location.strip(" \t").replace(" ", "%20")
    target = urljoin(base, location)
    fragment = parse_url(base).fragment
    if fragment and "#" not in target:
        target = f"{target}#{fragment}"
    parsed = parse_url(target)
    if parsed.scheme not in ("http", "https"):
        raise ValueError(f"{parsed.scheme}:// is not http:// or https://")
    return parsed.text
