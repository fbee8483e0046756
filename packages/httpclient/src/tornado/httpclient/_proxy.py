"""Which proxy a request goes through: a value, read from arguments, a URL or the environment.

Laws:
1. A proxy is used because the program asked for it. The variables of the environment count only
   where they are asked for, by :meth:`Proxy.from_environment`.
2. ``HTTP_PROXY`` in capitals is never read: under CGI it is the client's ``Proxy`` header.
3. The password is not in the ``repr``.
"""

from __future__ import annotations

import base64
import ipaddress
import os
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from urllib.parse import unquote, urlsplit

HTTP_SCHEMES = frozenset({"http", "https"})
SOCKS_SCHEMES = frozenset({"socks5", "socks5h"})
_PORTS = {"http": 8080, "https": 443, "socks5": 1080, "socks5h": 1080}
# Of a server's URL, by the proxy variable that is meant for it.
_VARIABLES = {
    "http": "http_proxy",
    "ws": "http_proxy",
    "https": "https_proxy",
    "wss": "https_proxy",
}
_UNUSABLE = re.compile(r"[\x00-\x20\x7f]")


@dataclass(frozen=True, slots=True)
class Proxy:
    """A proxy and our credentials there.

    ``scheme`` is ``http`` or ``https`` for an HTTP proxy (RFC 9110 section 9.3.6; with ``https``
    the way to the proxy itself is TLS), ``socks5`` for SOCKS version 5 (RFC 1928) with host names
    looked up here, ``socks5h`` for names looked up by the proxy. ``auth_mode`` is ``basic``, or
    ``digest`` where the client can do that. Raises ValueError for what cannot be a proxy.
    """

    scheme: str
    host: str
    port: int
    username: str | None = None
    password: str | None = field(default=None, repr=False)
    auth_mode: str | None = None

    def __post_init__(self) -> None:
        if self.scheme not in _PORTS:
            raise ValueError(
                f"the scheme of a proxy is one of {', '.join(_PORTS)}, not {self.scheme!r}"
            )
        if not self.host or _UNUSABLE.search(self.host):
            raise ValueError(f"a proxy needs the name or address of its host, not {self.host!r}")
        if not isinstance(self.port, int) or not 0 < self.port < 65536:
            raise ValueError(f"the port of a proxy is 1 to 65535, not {self.port!r}")
        if self.auth_mode not in (None, "basic", "digest"):
            raise ValueError(
                f"the authentication at a proxy is 'basic' or 'digest', not {self.auth_mode!r}"
            )

    def __str__(self) -> str:
        host = f"[{self.host}]" if ":" in self.host else self.host
        return f"{self.scheme}://{host}:{self.port}"

    @classmethod
    def parse(cls, url: str, auth_mode: str | None = None) -> Proxy:
        """The proxy of a URL such as ``socks5://user:secret@proxy.example:1080``.

        Without a scheme it is an HTTP proxy; without a port the usual one of the scheme (8080 for
        http, 443 for https, 1080 for SOCKS). Credentials are percent-decoded.
        """
        parts = urlsplit(url if "://" in url else "http://" + url)
        scheme = parts.scheme.lower()
        if scheme not in _PORTS:
            raise ValueError(f"the scheme of a proxy is one of {', '.join(_PORTS)}, not {scheme!r}")
        try:
            port = parts.port
        except ValueError:
            raise ValueError(f"the port of the proxy {_bare(url)!r} is not a number") from None
        if parts.path not in ("", "/") or parts.query or parts.fragment:
            raise ValueError(f"a proxy has a host and a port and no path: {_bare(url)!r}")
        return cls(
            scheme,
            parts.hostname or "",
            _PORTS[scheme] if port is None else port,
            None if parts.username is None else unquote(parts.username),
            None if parts.password is None else unquote(parts.password),
            auth_mode,
        )

    @classmethod
    def from_environment(cls, url: str, environ: Mapping[str, str] | None = None) -> Proxy | None:
        """The proxy that the environment names for a request of ``url``, or None.

        Read are ``http_proxy`` (in small letters only) or ``https_proxy``, then ``all_proxy``;
        hosts in ``no_proxy`` go without.
        """
        environ = os.environ if environ is None else environ
        target = urlsplit(url)
        host = target.hostname or ""
        if excluded(host, target.port, _variable(environ, "no_proxy")):
            return None
        name = _VARIABLES.get(target.scheme.lower(), "all_proxy")
        value = _variable(environ, name) or _variable(environ, "all_proxy")
        return cls.parse(value) if value else None

    @property
    def is_http(self) -> bool:
        """Whether it speaks HTTP, and not SOCKS."""
        return self.scheme in HTTP_SCHEMES

    @property
    def authorization(self) -> str | None:
        """The value of Proxy-Authorization for our credentials (RFC 7617), or None.

        Raises ValueError where another way is asked for.
        """
        if self.username is None:
            return None
        if self.auth_mode == "digest":
            raise ValueError(
                "this client knows basic authentication at a proxy, not 'digest'; "
                "tornado.curl_httpclient knows both"
            )
        pair = f"{self.username}:{self.password or ''}".encode()
        return "Basic " + base64.b64encode(pair).decode("ascii")


def _bare(url: str) -> str:
    """The URL without its credentials, fit for a message."""
    return re.sub(r"^([a-z0-9]+://)?.*@", r"\1", url, flags=re.IGNORECASE | re.DOTALL)


def _variable(environ: Mapping[str, str], name: str) -> str:
    value = environ.get(name, "")
    if not value and name != "http_proxy":
        value = environ.get(name.upper(), "")
    return value.strip()


def excluded(host: str, port: int | None, no_proxy: str) -> bool:
    """Whether ``host`` is in the list ``no_proxy``.

    Its entries are separated by commas or spaces: ``*`` for every host, a name for itself and
    everything below it (with or without a dot before it), an IP address or a network such as
    ``10.0.0.0/8``; ``name:port`` limits an entry to a port.
    """
    host = host.lower().rstrip(".")
    try:
        address = ipaddress.ip_address(host)
    except ValueError:
        address = None
    return any(
        _matches(entry, host, address, port) for entry in re.split(r"[,\s]+", no_proxy) if entry
    )


def _matches(
    entry: str,
    host: str,
    address: ipaddress.IPv4Address | ipaddress.IPv6Address | None,
    port: int | None,
) -> bool:
    if entry == "*":
        return True
    if address is not None:
        try:
            return address in ipaddress.ip_network(entry.strip("[]"), strict=False)
        except ValueError:
            pass  # a name, or an address with a port
    name, colon, wanted = entry.lower().rpartition(":")
    if colon and wanted.isdigit() and (":" not in name or name.endswith("]")):
        if port is None or int(wanted) != port:
            return False
        entry = name.strip("[]")
    name = entry.lower().strip(".").removeprefix("*.")
    return bool(name) and (host == name or (address is None and host.endswith("." + name)))
