"""The client's half of the opening handshake (RFC 6455 section 4.1), without I/O.

Laws:
1. What cannot be asked for is refused before there is a connection: ValueError.
2. The server's answer is held to all six points of section 4.1; what it says wrong ends the
   connection: WebSocketHandshakeError.
"""

from __future__ import annotations

import base64
import os
from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple

from tornado.escape import utf8
from tornado.httpclient import HTTPRequest
from tornado.httpclient._request import _RequestProxy
from tornado.httpclient._urls import URL, parse_url
from tornado.httpclient._validate import check_settings, own_headers
from tornado.httputil import HTTPHeaders
from tornado.httputil._headers import is_token
from tornado.util import version
from tornado.websocket._connection import WebSocketProtocol13
from tornado.websocket._errors import WebSocketHandshakeError
from tornado.websocket._extensions import Agreement, check_options, make_offer, read_answer

USER_AGENT = f"Tornado/{version}"

# What the handshake says itself, whatever a program puts there.
_OWN = (
    "Upgrade",
    "Connection",
    "Sec-WebSocket-Key",
    "Sec-WebSocket-Version",
    "Sec-WebSocket-Accept",
    "Sec-WebSocket-Extensions",
    "Content-Length",
    "Transfer-Encoding",
)


class Agreed(NamedTuple):
    """What both sides have settled on."""

    subprotocol: str | None
    compression: Agreement | None


class Handshake:
    """One opening handshake: ``url`` and ``headers`` are what to ask with, ``check`` reads the
    answer.

    ``request``: an HTTPRequest with defaults filled in; ``subprotocols``: those that the program
    speaks, the best first; ``compression``: options of permessage-deflate, None for none.
    """

    def __init__(
        self,
        request: _RequestProxy,
        subprotocols: Iterable[str] | None,
        compression: Mapping[str, Any] | None,
    ) -> None:
        _check_request(request)
        self.url = checked_url(request.url)
        self.key = base64.b64encode(os.urandom(16)).decode()
        self._compression = compression
        headers = own_headers(request.headers)
        for name in _OWN:
            headers.pop(name, None)
        headers["Upgrade"] = "websocket"
        headers["Connection"] = "Upgrade"
        headers["Sec-WebSocket-Key"] = self.key
        headers["Sec-WebSocket-Version"] = "13"
        if subprotocols is not None:
            headers.pop("Sec-WebSocket-Protocol", None)
            if names := checked_subprotocols(subprotocols):
                headers["Sec-WebSocket-Protocol"] = ", ".join(names)
        if compression is not None:
            check_options(compression)
            headers["Sec-WebSocket-Extensions"] = make_offer(compression)
        headers.setdefault("Host", self.url.netloc)
        headers.setdefault("User-Agent", request.user_agent or USER_AGENT)
        if (credentials := _credentials(request, self.url)) is not None:
            headers["Authorization"] = credentials
        self.headers = headers

    def check(self, code: int, headers: HTTPHeaders) -> Agreed:
        """Reads the server's answer. Raises WebSocketHandshakeError."""
        if code != 101:
            raise WebSocketHandshakeError(
                f"the answer is an ordinary one, status {code}: there is no WebSocket at "
                f"{self.url.public}"
            )
        if headers.get("Upgrade", "").strip().lower() != "websocket":
            raise _wrong("Upgrade is not websocket", headers, "Upgrade")
        if "upgrade" not in _items(headers.get("Connection", "").lower()):
            raise _wrong("Connection does not say Upgrade", headers, "Connection")
        accept = headers.get("Sec-WebSocket-Accept", "").strip()
        if accept != WebSocketProtocol13.compute_accept_value(self.key):
            raise _wrong(
                "Sec-WebSocket-Accept is not made of our key", headers, "Sec-WebSocket-Accept"
            )
        return Agreed(self._subprotocol(headers), self._agreement(headers))

    def _subprotocol(self, headers: HTTPHeaders) -> str | None:
        chosen = headers.get_list("Sec-WebSocket-Protocol")
        if not chosen:
            return None
        offered = _items(self.headers.get("Sec-WebSocket-Protocol", ""))
        if len(chosen) > 1 or chosen[0].strip() not in offered:
            shown = ", ".join(offered) or "none"
            raise _wrong(
                f"the subprotocol was not offered ({shown})", headers, "Sec-WebSocket-Protocol"
            )
        return chosen[0].strip()

    def _agreement(self, headers: HTTPHeaders) -> Agreement | None:
        answer = headers.get("Sec-WebSocket-Extensions", "").strip()
        if not answer:
            return None
        if self._compression is None:
            raise _wrong("no extension was offered", headers, "Sec-WebSocket-Extensions")
        try:
            return read_answer(answer, self._compression)
        except ValueError as error:
            raise WebSocketHandshakeError(str(error)) from None


def checked_url(url: str) -> URL:
    """The parts of a URL of ``ws`` or ``wss``. Raises ValueError with the reason."""
    parsed = parse_url(url)
    if parsed.scheme not in ("ws", "wss"):
        raise ValueError(
            f"the URL of a WebSocket starts with ws:// or wss://, got {parsed.scheme}://: "
            f"write {'wss' if parsed.scheme == 'https' else 'ws'}://{parsed.netloc}{parsed.target}"
        )
    if "#" in url:
        raise ValueError(  # RFC 6455 section 3
            f"the URL of a WebSocket has no fragment, got #{parsed.fragment:.40}: write %23 for "
            "a number sign"
        )
    return parsed


def checked_subprotocols(names: Iterable[str]) -> list[str]:
    """The names as a list. Raises ValueError for one that is no token, or is there twice."""
    if isinstance(names, str):
        raise ValueError(f"subprotocols are a list of names, got the str {names!r}")
    found = list(names)
    for name in found:
        if not (isinstance(name, str) and is_token(name)):
            raise ValueError(f"the name of a subprotocol is a token, got {name!r:.80}")
    if len(set(found)) < len(found):
        raise ValueError(f"each subprotocol is named once, got {found}")
    return found


def _check_request(request: _RequestProxy) -> None:
    check_settings(request)
    if request.method != "GET":
        raise ValueError(f"the handshake of a WebSocket is a GET, not {request.method}")
    if request._body is not None or request.body_producer is not None:
        raise ValueError("the handshake of a WebSocket has no body")
    if request.auth_mode not in (None, "basic"):
        raise ValueError(
            f"auth_mode {request.auth_mode!r} is not for WebSockets: 'basic' is, and for any "
            "other write the Authorization header yourself"
        )


def _credentials(request: _RequestProxy, url: URL) -> str | None:
    username, password = url.username, url.password
    if request.auth_username is not None:
        username, password = request.auth_username, request.auth_password
    if username is None:
        return None
    pair = utf8(username) + b":" + utf8(password or "")
    return "Basic " + base64.b64encode(pair).decode()  # RFC 7617


def _items(header: str) -> list[str]:
    return [item.strip() for item in header.split(",") if item.strip()]


def _wrong(what: str, headers: HTTPHeaders, name: str) -> WebSocketHandshakeError:
    shown = headers.get(name)
    got = "it is missing" if shown is None else f"got {shown[:200]!r}"
    return WebSocketHandshakeError(f"the server's handshake is wrong: {what}, {got}")


def with_defaults(request: HTTPRequest) -> _RequestProxy:
    """A view of the program's request, which is not touched."""
    return _RequestProxy(request, HTTPRequest._DEFAULTS)
