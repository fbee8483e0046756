"""Which proxies are believed, about what, and how far back.

Laws:
1. Nothing that a client can write itself is believed: reading begins at the end that the nearest
   proxy has written, and goes on only as long as the one who wrote an entry is trusted.
2. What is believed is named. A header that is not named in the policy is never looked at.
3. A connection from elsewhere is served as if there were no policy.
"""

from __future__ import annotations

import socket
from collections.abc import Iterable
from dataclasses import dataclass, field
from ipaddress import IPv4Network, IPv6Network, ip_network
from typing import Any

from tornado.http1connection._parser import _valid_host
from tornado.httpserver._context import HTTPRequestContext
from tornado.httpserver._forwarded import Address, parse_forwarded, parse_node, to_address
from tornado.httpserver._proxy_protocol import ProxiedAddress
from tornado.httputil import HTTPHeaders, HTTPInputError
from tornado.iostream import IOStream

PRIVATE = ("127.0.0.0/8", "::1/128", "unix")
FORWARDED = "forwarded"


@dataclass(frozen=True)
class ProxyPolicy:
    """What to believe of the proxies in front: ``HTTPServer(app, proxy=ProxyPolicy(...))``.

    * ``header``: who the client is: ``"X-Forwarded-For"``, ``"X-Real-Ip"``, ``"Forwarded"``
      (RFC 7239) or any other that holds addresses; None if only the PROXY protocol tells.
    * ``scheme_header``: ``http`` or ``https``. ``host_header``: the host the client asked for,
      which then takes the place of ``Host``. None: not looked at. Name only what the proxy sets or
      removes itself; others pass through from the client. ``Forwarded`` brings its own ``proto``
      and ``host``, and these two are then left alone.
    * ``hops``: how many proxies the request comes through at most. None: as many as are in
      ``networks``.
    * ``networks``: where proxies are: networks (``"10.0.0.0/8"``), addresses, and ``"unix"`` for
      connections over a Unix socket. This machine by default.
    * ``proxy_protocol``: every connection from ``networks`` begins with a PROXY header, version 1
      or 2 (HAProxy's ``send-proxy``, load balancers of clouds), before TLS if there is TLS. One
      without it, or with a malformed one, is closed.

    The client's address is found from right to left: the peer of the connection, if it is trusted,
    is believed about the last entry of ``header``; if that is a trusted address too, it is believed
    about the entry before; at most ``hops`` times. Scheme and host come from the same hop. An entry
    that is no address (``unknown``) ends the search. A malformed ``Forwarded`` from a trusted proxy
    is refused with 400.

    Raises ValueError for networks that are none, TypeError for arguments of the wrong kind.
    """

    header: str | None = "X-Forwarded-For"
    hops: int | None = 1
    networks: Iterable[str] = PRIVATE
    scheme_header: str | None = "X-Forwarded-Proto"
    host_header: str | None = None
    proxy_protocol: bool = False
    _nets: tuple[IPv4Network | IPv6Network, ...] = field(default=(), init=False, repr=False)
    _unix: bool = field(default=False, init=False, repr=False)

    def __post_init__(self) -> None:
        for name in ("header", "scheme_header", "host_header"):
            value = getattr(self, name)
            if value is not None and not (isinstance(value, str) and value):
                raise TypeError(f"{name} is the name of a header or None, got {value!r}")
        if self.hops is not None and (not isinstance(self.hops, int) or self.hops < 1):
            raise ValueError(f"hops is a number from 1, or None for no limit, got {self.hops!r}")
        if self.header is None and not self.proxy_protocol:
            raise ValueError("a ProxyPolicy needs a header, or proxy_protocol=True, or both")
        if isinstance(self.networks, (str, bytes)):
            raise TypeError(f"networks is a list, got {self.networks!r}: write [{self.networks!r}]")
        listed = tuple(self.networks)
        if not listed:
            raise ValueError("networks is empty: no proxy would be believed")
        nets = []
        for text in listed:
            if text == "unix":
                continue
            try:
                nets.append(ip_network(text))
            except ValueError as error:
                raise ValueError(
                    f"networks holds {text!r}: {error}. Networks look like '10.0.0.0/8', "
                    "'2001:db8::/32' or '192.0.2.7'; 'unix' stands for Unix sockets"
                ) from None
        set_once = object.__setattr__
        set_once(self, "networks", listed)
        set_once(self, "_nets", tuple(nets))
        set_once(self, "_unix", "unix" in listed)

    def trusts(self, address: str | Address | None) -> bool:
        """Whether a proxy at ``address`` is believed. None: the other end of a Unix socket."""
        if address is None:
            return self._unix
        found = to_address(address) if isinstance(address, str) else address
        return found is not None and any(found in net for net in self._nets)

    def trusts_peer(self, connection: socket.socket, address: Any) -> bool:
        """The same of the other end of an accepted connection."""
        if connection.family in (socket.AF_INET, socket.AF_INET6):
            return bool(address) and self.trusts(address[0])
        return self._unix


class PolicyContext(HTTPRequestContext):
    """Where the requests of one connection come from, according to a policy."""

    __slots__ = ("_policy",)

    def __init__(
        self, stream: IOStream, address: Any, protocol: str | None, policy: ProxyPolicy
    ) -> None:
        super().__init__(stream, address, protocol)
        self._policy = policy
        if isinstance(address, ProxiedAddress):
            self.remote_ip = self._orig_remote_ip = address.host
            if address.tls and not protocol:
                self.protocol = self._orig_protocol = "https"
            self.trusted = policy.trusts(address.host)
        else:
            self.trusted = policy.trusts_peer(stream.socket, address)

    def for_request(self) -> PolicyContext:
        own = super().for_request()
        assert isinstance(own, PolicyContext)
        own._policy = self._policy
        return own

    def apply_proxy_headers(self, headers: HTTPHeaders) -> None:
        """Takes address, scheme and host from what trusted proxies say. Raises HTTPInputError for
        a Forwarded header that is malformed."""
        self.remote_ip = self._orig_remote_ip
        self.protocol = self._orig_protocol
        policy = self._policy
        if not self.trusted or policy.header is None:
            return
        value = headers.get(policy.header)
        if value is None:
            nodes: list[str] = []
            elements: list[dict[str, str]] = []
        elif policy.header.lower() == FORWARDED:
            elements = parse_forwarded(value)
            nodes = [element.get("for", "") for element in elements]
        else:
            elements = []
            nodes = [node.strip(" \t") for node in value.split(",")]
        steps = self._walk(nodes)
        if policy.header.lower() == FORWARDED:
            said = elements[-steps] if steps else {}
            self._say(headers, said.get("proto"), said.get("host"))
        else:
            self._say(
                headers,
                _entry(headers, policy.scheme_header, steps),
                _entry(headers, policy.host_header, steps),
            )

    def _walk(self, nodes: list[str]) -> int:
        """Goes back from hop to hop and sets ``remote_ip``. How many entries were believed."""
        policy = self._policy
        bare = policy.header is None or policy.header.lower() != FORWARDED
        limit = len(nodes) if policy.hops is None else min(policy.hops, len(nodes))
        for step in range(1, limit + 1):
            address = parse_node(nodes[-step], bare_ipv6=bare)
            if address is None:
                return step  # the proxy is believed, and does not say who it was
            self.remote_ip = str(address)
            if not policy.trusts(address):
                return step
        return limit

    def _say(self, headers: HTTPHeaders, scheme: str | None, host: str | None) -> None:
        if scheme is not None and scheme.lower() in ("http", "https"):
            self.protocol = scheme.lower()
        if host:
            if not _valid_host(host):
                raise HTTPInputError(f"a proxy gives a malformed host: {host[:80]!r}")
            headers["Host"] = host


def _entry(headers: HTTPHeaders, name: str | None, steps: int) -> str | None:
    """The entry of a list that the same hop has written as the last believed address. One value
    alone is of the nearest proxy."""
    value = None if name is None else headers.get(name)
    if value is None:
        return None
    entries = value.split(",")
    entry: str = entries[-min(max(steps, 1), len(entries))].strip(" \t")
    return entry
