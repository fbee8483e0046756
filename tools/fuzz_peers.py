"""More of what fuzzing calls in this process: what clients and WebSockets read of their peers.

As in ``fuzz_targets``, a target is a function of bytes, and what it raises is a find.
"""

from __future__ import annotations

import asyncio
import re
import socket
import warnings
import zlib
from collections.abc import Callable
from contextlib import suppress
from http.cookiejar import CookieJar
from random import Random
from typing import Any

from tornado.http1connection import HTTP1ConnectionParameters
from tornado.http1connection._reader import ResponseReader
from tornado.httpclient import HTTPClientError, HTTPRequest, HTTPResponse, ProxyError
from tornado.httpclient._connect import open_tunnel
from tornado.httpclient._cookies import keep_cookies, with_cookies
from tornado.httpclient._decode import decoder_for
from tornado.httpclient._proxy import Proxy
from tornado.httpclient._redirects import follow
from tornado.httpclient._request import _RequestProxy
from tornado.httpclient._socks import open_socks
from tornado.httpclient._urls import parse_url
from tornado.httputil import HTTPHeaders, HTTPInputError, HTTPMessageDelegate
from tornado.iostream import IOStream
from tornado.websocket._closing import may_be_sent
from tornado.websocket._deflate import Deflate
from tornado.websocket._errors import PeerError
from tornado.websocket._events import Close, Piece, Ping, Pong
from tornado.websocket._extensions import Agreement, accept_offer, parse_extensions, read_answer
from tornado.websocket._protocol import Machine

LARGEST = 20_000
MOST = 100_000  # of what is decoded
_visible = re.compile(r"[!-~]+").fullmatch


def _ways(data: bytes) -> list[list[bytes]]:
    """``data`` whole, cut in two, and, if it is short, byte by byte."""
    cut = Random(zlib.crc32(data)).randrange(len(data) + 1)
    ways = [[data], [part for part in (data[:cut], data[cut:]) if part]]
    if len(data) < 2000:
        ways.append([data[i : i + 1] for i in range(len(data))])
    return ways


# -- WebSockets


def _socket_events(machine: Machine, pieces: list[bytes], shortcut: bool = False) -> list[Any]:
    """What a machine makes of the bytes: its events, perhaps a refusal as the last of them."""
    events: list[Any] = []
    parts: list[Any] = []
    try:
        for piece in pieces:
            if shortcut and (message := machine.short_message(piece)) is not None:
                events.append(message)
                continue
            machine.feed(piece)
            while (event := machine.next_event()) is not None:
                if isinstance(event, Piece):
                    parts.append(event.data)
                    if event.last:
                        whole = ("" if isinstance(event.data, str) else b"").join(parts)
                        events.append(whole)
                        parts.clear()
                else:
                    events.append(event)
    except PeerError as error:
        events.append(error.code)
        closing = machine.fail(error)
        events.append(("fail", closing[:1]))
    return events


def _agreed(choice: int, client: bool) -> Deflate | None:
    if not choice & 4:
        return None
    takeover = not choice & 8
    bits = 9 if choice & 16 else 15
    return Deflate(Agreement(takeover, takeover, bits, bits), {}, client)


def websocket(data: bytes) -> None:
    """A choice of role, compression and limit, then what the other side sends.

    However it is cut, whole or in pieces, by the shortcut or not, it says the same.
    """
    choice, limit = ((*data[:2], 0, 0))[:2]
    client, limit = bool(choice & 1), limit * 50
    told = []
    for in_pieces in (False, True):
        for way in _ways(data[2:]):
            for shortcut in (False, True):
                machine = Machine(client, limit, _agreed(choice, client), in_pieces)
                told.append(_socket_events(machine, way, shortcut))
    for event in told[0]:
        if isinstance(event, int):
            assert event in (1002, 1007, 1009)
        elif isinstance(event, str):
            assert len(event.encode()) <= limit
        elif isinstance(event, bytes):
            assert len(event) <= limit
        elif isinstance(event, Ping | Pong):
            assert len(event.data) <= 125
        elif isinstance(event, Close) and event.code is not None:
            assert may_be_sent(event.code)
    assert all(events == told[0] for events in told), told


def extensions(data: bytes) -> None:
    """Sec-WebSocket-Extensions: an answer to an offer is one that the other side understands."""
    text = data.decode("latin-1")
    with suppress(ValueError):
        parse_extensions(text)
    with suppress(ValueError):
        read_answer(text, {})
    agreed = accept_offer(text, {})
    if agreed is not None:
        agreement, answer = agreed
        assert _visible(answer.replace(" ", ""))
        read = read_answer(answer, {})
        assert read == agreement


# -- HTTP clients


class _Response(HTTPMessageDelegate):
    def __init__(self) -> None:
        self.told: list[Any] = []
        self.body = b""

    def headers_received(self, start_line: Any, headers: HTTPHeaders) -> None:
        self.told.append((start_line, list(headers.get_all())))

    def data_received(self, chunk: bytes) -> None:
        self.body += chunk


def response(data: bytes) -> None:
    """A response to GET or HEAD, by its first byte: the same however it is cut."""
    method = "HEAD" if data[:1] == b"H" else "GET"
    params = HTTP1ConnectionParameters(max_header_size=2000, max_body_size=3000, chunk_size=100)
    told = []
    for way in _ways(data[1:]):
        delegate = _Response()
        reader = ResponseReader(delegate, method, params)
        rest = b""
        try:
            for piece in way:
                assert reader.feed(piece) is None
            reader.end()
            rest = reader.rest
        except HTTPInputError:
            delegate.body = b""
            told.append(["refused", delegate.told])
        else:
            told.append([reader.done, reader.persistent, delegate.told, delegate.body, rest])
        assert len(delegate.told) <= 1
        assert len(delegate.body) <= 3000
        assert not (method == "HEAD" and delegate.body)
        for _, headers in delegate.told:
            for name, value in headers:
                assert not set("\r\n\0") & set(name + value)
    assert all(one == told[0] for one in told), told


def _answered(data: bytes, location: str | None = None) -> tuple[_RequestProxy, HTTPResponse]:
    request = HTTPRequest(
        "https://user:hunter2@example.com/a?b#c",
        headers=HTTPHeaders({"Cookie": "secret=1", "Authorization": "secret", "X": "y"}),
        auth_username="user",
        auth_password="secret",
    )
    asked = _RequestProxy(request, HTTPRequest._DEFAULTS)
    headers = HTTPHeaders._from_fields({"Location" if location else "Set-Cookie": _text(data)})
    return asked, HTTPResponse(request, 302, headers=headers)


def _text(data: bytes) -> str:
    """As much as the field of a response can hold."""
    return re.sub(r"[\x00-\x08\x0a-\x1f\x7f]", "", data.decode("latin-1")).strip(" \t") or "/"


def redirect(data: bytes) -> None:
    """A Location: only http and https, and no secrets to another origin."""
    asked, answer = _answered(data, "Location")
    try:
        following = follow(asked, answer)
    except HTTPClientError:
        return
    assert following is not None
    url = parse_url(following.url)
    assert url.scheme in ("http", "https")
    assert _visible(url.netloc + url.target)
    if url.origin != ("https", "example.com", 443):
        assert not {"Cookie", "Authorization", "Host"} & set(following._headers or ())
        assert following.auth_username is None
        assert "hunter2" not in following.url or b"hunter2" in data


def urls(data: bytes) -> None:
    """A URL that is taken says the same when it is written out and read again."""
    for text in (data.decode("latin-1"), data.decode(errors="replace")):
        for prefix in ("", "http://"):
            try:
                url = parse_url(prefix + text)
            except ValueError:
                continue
            assert _visible(url.text)
            assert _visible(url.netloc + url.target)
            assert url.target[0] in "/?"
            again = parse_url(url.text)
            assert again == url._replace(text=again.text), (again, url)
            assert parse_url(url.public).origin == url._replace(host=url.host.split("%")[0]).origin
            assert "@" not in url.netloc


def set_cookie(data: bytes) -> None:
    """A cookie that a server sets goes back to that server alone, in one line."""
    asked, answer = _answered(data)
    asked._headers = HTTPHeaders()
    jar = CookieJar()
    with warnings.catch_warnings(action="error"):
        keep_cookies(jar, asked, answer)
    sent = with_cookies(jar, asked)._headers
    assert sent is not None
    cookie = sent.get("Cookie", "")
    assert not set("\r\n\0") & set(cookie)
    for place in ("https://example.org/", "https://com/", "https://xexample.com/"):
        other = asked.changed(url=place, _headers=HTTPHeaders())
        assert with_cookies(jar, other) is other


def coded(data: bytes) -> None:
    """A body in a coding, named by the first byte: the same however it is cut, and bounded."""
    coding = ("gzip", "deflate", "br", "zstd")[(data[0] if data else 0) % 4]
    results: list[bytes | None] = []
    for way in _ways(data[1 : 1 + LARGEST]):
        decoder = decoder_for(coding)
        if decoder is None:
            return
        out = b""
        try:
            for piece in way:
                out += decoder.feed(piece, 1000)
                while decoder.pending and len(out) < MOST:
                    made = decoder.feed(b"", 1000)
                    assert len(made) <= 1000
                    out += made
                if len(out) >= MOST:
                    return
            out += decoder.finish()
        except HTTPClientError:
            results.append(None)
        else:
            results.append(out)
    assert all(result == results[0] for result in results), results


# -- Proxies


def proxy(data: bytes) -> None:
    """What a proxy answers, SOCKS or HTTP by the first byte: a tunnel, or a ProxyError.

    The bytes after its answer belong to the tunnel and stay in the stream.
    """
    asyncio.run(_through(data))


async def _through(data: bytes) -> None:
    ours, theirs = socket.socketpair()
    stream = IOStream(ours)
    theirs.setblocking(False)
    theirs.sendall(data[1:LARGEST])
    theirs.shutdown(socket.SHUT_WR)
    with theirs:
        try:
            if data[:1] == b"S":
                await open_socks(
                    stream, Proxy("socks5", "127.0.0.1", 1080, "a", "b"), "example.com", 443
                )
            else:
                await open_tunnel(stream, Proxy("http", "127.0.0.1", 8080), "example.com", 443)
        except ProxyError:
            pass
        else:
            rest = await stream.read_until_close()
            assert data[1:LARGEST].endswith(rest)
        finally:
            stream.close()


PEERS: dict[str, Callable[[bytes], None]] = {
    target.__name__: target
    for target in (*(websocket, extensions, response, redirect, urls, set_cookie, coded, proxy),)
}
