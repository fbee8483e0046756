"""A request on its way out: its head, and how its body is framed (RFC 9112 sections 3 and 6).

Laws:
1. What the program put among the headers is sent as it is; the rest is added where it is missing.
2. A request with a body announces its length; only a body_producer without a Content-Length, or a
   program that asks for it, makes chunks.
"""

from __future__ import annotations

from base64 import b64encode
from typing import TYPE_CHECKING, NamedTuple

from tornado.http1connection._framing import OutgoingBody
from tornado.http1connection._serialize import head_bytes
from tornado.httpclient._decode import ACCEPTED
from tornado.httpclient._urls import URL
from tornado.httputil import HTTPHeaders, encode_username_password
from tornado.util import version

if TYPE_CHECKING:
    from tornado.httpclient._request import _RequestProxy
    from tornado.httpclient._route import Route

USER_AGENT = f"Tornado/{version}"
_WITH_BODY = frozenset(["POST", "PUT", "PATCH"])


class Outgoing(NamedTuple):
    """A request ready to be sent.

    ``body`` frames what a body_producer writes, and is None without one; ``whole`` is the framed
    body otherwise. ``closing``: the request announces the end of the connection.
    """

    head: bytes
    whole: bytes
    body: OutgoingBody | None
    closing: bool


def outgoing(
    request: _RequestProxy, url: URL, route: Route, keep_alive: bool, expects: bool
) -> Outgoing:
    """Serializes a request. Raises ValueError and HTTPOutputError for one that cannot be sent."""
    method = request.method
    given = request._headers
    fields: dict[str, str | list[str]] = {}
    if given is None or "Host" not in given:
        fields["Host"] = url.netloc
    if given is not None:
        fields.update(HTTPHeaders._copy_fields(given))  # type: ignore[arg-type]  # checked by fetch
    if not keep_alive:
        fields["Connection"] = "close"
    username, password = request.auth_username, request.auth_password
    if username is None and url.username is not None:
        username, password = url.username, url.password
    if username is not None:
        check_mode(request.auth_mode)
        pair = encode_username_password(username, password or "")
        fields["Authorization"] = "Basic " + b64encode(pair).decode("ascii")
    if request.user_agent:
        fields["User-Agent"] = request.user_agent
    elif "User-Agent" not in fields:
        fields["User-Agent"] = USER_AGENT
    if request.decompress_response and "Accept-Encoding" not in fields:
        fields["Accept-Encoding"] = ACCEPTED
    target = url.target
    if route.absolute_form:
        target = url.public
        assert route.proxy is not None
        authorization = route.proxy.authorization
        if authorization is not None:
            fields["Proxy-Authorization"] = authorization
    body = request._body
    whole, framing = b"", None
    if body is None and request.body_producer is None:
        if method in _WITH_BODY or "Content-Length" in fields or "Transfer-Encoding" in fields:
            whole = _framed(fields, b"")
    else:
        if expects:
            fields["Expect"] = "100-continue"  # RFC 9110 section 10.1.1
        if method == "POST":
            fields.setdefault("Content-Type", "application/x-www-form-urlencoded")
        if body is not None:
            whole = _framed(fields, body)
        else:
            framing = _framing(fields, None)
    closing = not keep_alive
    if not closing and "Connection" in fields:
        closing = "close" in str(fields["Connection"]).lower()
    head = head_bytes(f"{method} {target} HTTP/1.1", HTTPHeaders._from_fields(fields))
    return Outgoing(head, whole, framing, closing)


def check_mode(mode: str | None) -> None:
    """Raises ValueError for a way to authenticate that is not known here."""
    if mode not in (None, "basic"):
        raise ValueError(
            f"this client knows basic authentication, not {mode!r}; "
            "tornado.curl_httpclient knows both"
        )


def _framing(fields: dict[str, str | list[str]], length: int | None) -> OutgoingBody:
    given = fields.get("Content-Length")
    if given is not None:
        return OutgoingBody(int(str(given)))
    coding = fields.get("Transfer-Encoding")
    if coding is None and length is not None:
        fields["Content-Length"] = str(length)
        return OutgoingBody(length)
    if coding is None:
        fields["Transfer-Encoding"] = "chunked"
    elif str(coding).lower() != "chunked":
        raise ValueError(f"the only Transfer-Encoding here is 'chunked', not {coding!r}")
    return OutgoingBody(None)


def _framed(fields: dict[str, str | list[str]], body: bytes) -> bytes:
    framing = _framing(fields, len(body))
    return framing.framed(body) + framing.end()
