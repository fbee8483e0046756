"""The server's side of the opening handshake (RFC 6455 section 4.2): is this request one, and is it
a right one?"""

from __future__ import annotations

import base64
import binascii
from urllib.parse import urlsplit

from tornado.httputil import HTTPHeaders, HTTPServerRequest

VERSION = "13"


class Refusal(Exception):
    """The request opens no WebSocket: the status and the sentence to answer with."""

    def __init__(self, status: int, text: str) -> None:
        super().__init__(text)
        self.status = status


def check_request(request: HTTPServerRequest) -> None:
    """Raises Refusal if ``request`` does not ask for a WebSocket as RFC 6455 wants it."""
    headers = request.headers
    if request.version == "HTTP/1.0":
        raise Refusal(400, "A WebSocket is opened by an HTTP/1.1 request.")
    if "websocket" not in _tokens(headers.get("Upgrade", "")):
        raise Refusal(
            400, 'This address is for WebSockets: the request needs "Upgrade: websocket".'
        )
    if "upgrade" not in _tokens(headers.get("Connection", "")):
        raise Refusal(400, 'The request needs "Connection: Upgrade" to open a WebSocket.')
    if not _is_key(headers.get("Sec-WebSocket-Key", "")):
        raise Refusal(400, "Sec-WebSocket-Key must be 16 bytes in base64.")
    if headers.get("Sec-WebSocket-Version", "").strip() != VERSION:
        raise Refusal(426, f"Only version {VERSION} of the WebSocket protocol is spoken here.")


def origin_of(headers: HTTPHeaders) -> str | None:
    """The page that opens the WebSocket, if a browser says so."""
    for name in ("Origin", "Sec-WebSocket-Origin"):
        if name in headers:
            return headers[name]
    return None


def is_of_host(origin: str, host: str) -> bool:
    """Whether ``origin`` is a page of ``host``, port and all."""
    try:
        there = urlsplit(origin).netloc
    except ValueError:
        return False
    return bool(there) and there.lower() == host.lower()


def offered_subprotocols(headers: HTTPHeaders) -> list[str]:
    """What Sec-WebSocket-Protocol names, in the client's order."""
    return [
        name.strip()
        for name in headers.get("Sec-WebSocket-Protocol", "").split(",")
        if name.strip()
    ]


def _tokens(value: str) -> list[str]:
    return [token.strip().lower() for token in value.split(",")]


def _is_key(key: str) -> bool:
    try:
        return len(base64.b64decode(key.strip(), validate=True)) == 16
    except (binascii.Error, ValueError):
        return False
