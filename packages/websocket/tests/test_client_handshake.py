"""The client's opening handshake: what is refused before it is sent, and which answers are.

Section numbers are of RFC 6455.
"""

import asyncio
import base64
import re
import socket

import pytest

from tornado.httpclient import (
    HTTPClientError,
    HTTPRequest,
    HTTPStreamClosedError,
    HTTPTimeoutError,
)
from tornado.httputil import HTTPHeaders
from tornado.web import RequestHandler
from tornado.websocket import (
    WebSocketError,
    WebSocketHandler,
    WebSocketHandshakeError,
    WebSocketProtocol13,
    websocket_connect,
)
from tornado.websocket._client_handshake import Handshake, with_defaults


def handshake(url="ws://example.com/chat", subprotocols=None, compression=None, **settings):
    return Handshake(with_defaults(HTTPRequest(url, **settings)), subprotocols, compression)


def answer(asked, **fields):
    headers = HTTPHeaders(
        {
            "Upgrade": "websocket",
            "Connection": "Upgrade",
            "Sec-WebSocket-Accept": WebSocketProtocol13.compute_accept_value(asked.key),
        }
    )
    for name, value in fields.items():
        name = name.replace("_", "-")
        if value is None:
            del headers[name]
        else:
            headers[name] = value
    return headers


# -- what is asked


def test_the_request_is_that_of_section_1_3():
    asked = handshake("ws://server.example.com:8080/chat?x=1", ["chat", "superchat"])
    assert asked.url.target == "/chat?x=1"
    key = asked.headers.pop("Sec-WebSocket-Key")
    assert len(base64.b64decode(key, validate=True)) == 16
    assert asked.headers.pop("User-Agent").startswith("Tornado/")
    assert dict(asked.headers) == {
        "Host": "server.example.com:8080",
        "Upgrade": "websocket",
        "Connection": "Upgrade",
        "Sec-Websocket-Protocol": "chat, superchat",
        "Sec-Websocket-Version": "13",
    }


def test_each_handshake_has_a_key_of_its_own():
    """Section 4.1: the nonce is selected randomly for each connection."""
    assert len({handshake().key for _ in range(100)}) == 100


def test_headers_of_the_handshake_are_not_the_programs_to_set():
    asked = handshake(
        headers={
            "upgrade": "h2c",
            "Connection": "close",
            "Sec-WebSocket-Key": "mine",
            "Sec-WebSocket-Version": "8",
            "Sec-WebSocket-Extensions": "bbf-usp-protocol",
            "Content-Length": "5",
            "Host": "front.example",
            "Origin": "https://example.com",
        }
    )
    assert asked.headers["Sec-WebSocket-Key"] == asked.key != "mine"
    assert (asked.headers["Upgrade"], asked.headers["Connection"]) == ("websocket", "Upgrade")
    assert asked.headers["Sec-WebSocket-Version"] == "13"
    assert "Sec-WebSocket-Extensions" not in asked.headers
    assert "Content-Length" not in asked.headers
    assert asked.headers["Host"] == "front.example"
    assert asked.headers["Origin"] == "https://example.com"


@pytest.mark.parametrize(
    ("url", "reason"),
    [
        ("http://example.com/", "starts with ws:// or wss://.*write ws://example.com/"),
        ("https://example.com/a", "write wss://example.com/a"),
        ("ftp://example.com/", "a URL starts with"),
        ("example.com", "a URL starts with"),
        ("ws:///path", "there is no host"),
        ("ws://example.com/#part", "no fragment"),  # section 3
        ("ws://example.com/#", "no fragment"),
        ("ws://example.com:99999/", "port"),
        ("ws://example.com/a b", "not allowed in a URL"),
        ("ws://example.com/\r\nX: y", "not allowed in a URL"),
    ],
)
async def test_a_url_that_is_none_is_refused_before_anything_is_sent(url, reason):
    with pytest.raises(ValueError, match=reason):
        await websocket_connect(url)


@pytest.mark.parametrize(
    ("settings", "reason"),
    [
        ({"method": "POST", "body": ""}, "is a GET, not POST"),
        ({"body": b"x"}, "has no body"),
        ({"headers": {"X": "a\r\nEvil: b"}}, "X"),
        ({"headers": {"X y": "a"}}, "X y"),
        ({"auth_username": "a", "auth_mode": "digest"}, "digest"),
        ({"user_agent": "a\r\nEvil: b"}, "User-Agent"),
        ({"connect_timeout": "soon"}, "connect_timeout is a number of seconds"),
        ({"request_timeout": -1}, "request_timeout is a number of seconds"),
        ({"proxy": "socks5://x", "unix_socket": "/y"}, "not both"),
    ],
)
async def test_a_request_that_is_no_handshake_is_refused(settings, reason):
    with pytest.raises(ValueError, match=reason):
        await websocket_connect(HTTPRequest("ws://example.com/", **settings))


@pytest.mark.parametrize(
    "names", ["chat", ["a b"], ["a,b"], [""], [1], ["twice", "twice"], ["a\r\nX: y"]]
)
async def test_subprotocols_that_are_no_list_of_tokens_are_refused(names):
    with pytest.raises(ValueError, match="subprotocol"):
        await websocket_connect("ws://example.com/", subprotocols=names)


async def test_compression_options_that_mean_nothing_are_refused():
    with pytest.raises(ValueError, match="levle"):
        await websocket_connect("ws://example.com/", compression_options={"levle": 1})


async def test_a_request_has_its_timeouts_itself():
    with pytest.raises(ValueError, match="connect_timeout goes into the HTTPRequest"):
        await websocket_connect(HTTPRequest("ws://example.com/"), connect_timeout=1)


# -- what is answered, section 4.1


def test_a_right_answer():
    asked = handshake(subprotocols=["a", "b"], compression={})
    agreed = asked.check(
        101,
        answer(
            asked,
            Upgrade="WebSocket",
            Connection="keep-alive, upgrade",
            Sec_WebSocket_Protocol="b",
            Sec_WebSocket_Extensions="permessage-deflate; server_no_context_takeover",
        ),
    )
    assert agreed.subprotocol == "b"
    assert agreed.compression is not None
    assert not agreed.compression.server_takeover


def test_the_accept_value_of_section_1_3():
    asked = handshake()
    asked.key = "dGhlIHNhbXBsZSBub25jZQ=="
    right = answer(asked, Sec_WebSocket_Accept="s3pPLMBiTxaQ9kYGzzhZRbK+xOo=")
    assert asked.check(101, right) == (None, None)


@pytest.mark.parametrize(
    ("fields", "reason"),
    [
        ({"Upgrade": None}, "Upgrade is not websocket, it is missing"),
        ({"Upgrade": "h2c"}, "Upgrade is not websocket, got 'h2c'"),
        ({"Connection": None}, "Connection does not say Upgrade, it is missing"),
        ({"Connection": "keep-alive"}, "Connection does not say Upgrade"),
        ({"Connection": "not-an-upgrade"}, "Connection does not say Upgrade"),
        ({"Sec_WebSocket_Accept": None}, "not made of our key, it is missing"),
        ({"Sec_WebSocket_Accept": "s3pPLMBiTxaQ9kYGzzhZRbK+xOo="}, "not made of our key"),
        ({"Sec_WebSocket_Protocol": "c"}, r"the subprotocol was not offered \(a, b\), got 'c'"),
        ({"Sec_WebSocket_Protocol": "a, b"}, "was not offered"),
        ({"Sec_WebSocket_Protocol": "A"}, "was not offered"),
        ({"Sec_WebSocket_Extensions": "x-foo"}, "extensions that were not offered"),
        ({"Sec_WebSocket_Extensions": "permessage-deflate, x-foo"}, "not offered"),
        ({"Sec_WebSocket_Extensions": "permessage-deflate; x=1"}, "answer about compression"),
        ({"Sec_WebSocket_Extensions": "permessage-deflate; ="}, "malformed|too early"),
    ],
)
def test_each_of_the_six_points_is_checked(fields, reason):
    asked = handshake(subprotocols=["a", "b"], compression={})
    with pytest.raises(WebSocketHandshakeError, match=reason):
        asked.check(101, answer(asked, **fields))


def test_an_extension_that_nobody_offered_is_refused():
    asked = handshake()
    with pytest.raises(WebSocketHandshakeError, match="no extension was offered"):
        asked.check(101, answer(asked, Sec_WebSocket_Extensions="permessage-deflate"))
    with pytest.raises(WebSocketHandshakeError, match=r"not offered \(none\)"):
        asked.check(101, answer(asked, Sec_WebSocket_Protocol="chat"))


def test_two_answers_about_the_subprotocol_are_one_too_many():
    asked = handshake(subprotocols=["a", "b"])
    headers = answer(asked)
    headers.add("Sec-WebSocket-Protocol", "a")
    headers.add("Sec-WebSocket-Protocol", "b")
    with pytest.raises(WebSocketHandshakeError, match="not offered"):
        asked.check(101, headers)


# -- over real sockets


class Shut(WebSocketHandler):
    def prepare(self):
        self.set_status(403)
        self.set_header("X-Why", "closed on sundays")
        self.finish("no entry")


class Elsewhere(RequestHandler):
    def get(self):
        self.redirect("ws://127.0.0.1:1/")


class Page(RequestHandler):
    def get(self):
        self.write("a page")


@pytest.fixture
def server(serve):
    return lambda: serve([("/shut", Shut), ("/elsewhere", Elsewhere), ("/page", Page)])


async def test_a_refusal_is_an_error_with_its_response(server):
    with pytest.raises(HTTPClientError) as caught:
        await websocket_connect(f"ws://127.0.0.1:{server()}/shut")
    response = caught.value.response
    assert caught.value.code == response.code == 403
    assert response.headers["X-Why"] == "closed on sundays"
    assert response.body == b"no entry"


async def test_redirects_are_told_and_not_followed(server):
    with pytest.raises(HTTPClientError) as caught:
        await websocket_connect(f"ws://127.0.0.1:{server()}/elsewhere")
    assert caught.value.code == 302
    assert caught.value.response.headers["Location"] == "ws://127.0.0.1:1/"


async def test_an_ordinary_answer_is_no_handshake(server):
    with pytest.raises(WebSocketError, match="an ordinary one, status 200") as caught:
        await websocket_connect(f"ws://127.0.0.1:{server()}/page")
    assert caught.value.response.body == b"a page"


@pytest.fixture
def playing():
    """``await playing(answer)``: the port of a server that answers every request with ``answer``,
    bytes or a function of the request, and the connections that it has had. None: silence."""

    async def start(answer):
        writers = []

        async def part(reader, writer):
            writers.append(writer)
            head = await reader.readuntil(b"\r\n\r\n")
            if answer is None:
                await reader.read()
            else:
                writer.write(answer(head) if callable(answer) else answer)
            writer.close()

        server = await asyncio.start_server(part, "127.0.0.1", 0)

        def stop(_):
            server.close()
            for writer in writers:
                writer.transport.abort()

        asyncio.current_task().add_done_callback(stop)
        return server.sockets[0].getsockname()[1], writers

    return start


async def test_a_wrong_101_is_an_error_and_the_connection_is_closed(playing):
    port, writers = await playing(
        b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
        b"Sec-WebSocket-Accept: AAAAAAAAAAAAAAAAAAAAAAAAAAA=\r\n\r\n\x81\x02hi"
    )
    with pytest.raises(WebSocketHandshakeError, match="not made of our key") as caught:
        await websocket_connect(f"ws://127.0.0.1:{port}/")
    assert caught.value.response.code == 101
    assert len(writers) == 1


@pytest.mark.parametrize("answer", [b"", b"SSH-2.0-OpenSSH_9.2\r\n\r\n", b"HTTP/1.1 101"])
async def test_an_answer_that_is_no_http_is_told(playing, answer):
    port, _ = await playing(answer)
    with pytest.raises(HTTPStreamClosedError, match="before it answered the handshake"):
        await websocket_connect(f"ws://127.0.0.1:{port}/")


async def test_a_refusal_whose_body_never_ends_keeps_its_status(playing):
    port, _ = await playing(
        b"HTTP/1.1 503 Busy\r\nContent-Length: 3000000\r\n\r\n" + b"x" * 2_000_000
    )
    with pytest.raises(HTTPClientError) as caught:
        await websocket_connect(f"ws://127.0.0.1:{port}/")
    assert caught.value.code == 503
    assert len(caught.value.response.body) <= 1 << 20


async def test_silence_ends_with_the_time_limit(playing):
    port, writers = await playing(None)
    with pytest.raises(HTTPTimeoutError, match=r"no WebSocket with 127\.0\.0\.1 within 0\.1 s"):
        await websocket_connect(f"ws://127.0.0.1:{port}/", connect_timeout=0.1)
    with pytest.raises(HTTPTimeoutError):
        await websocket_connect(HTTPRequest(f"ws://127.0.0.1:{port}/", request_timeout=0.1))
    assert len(writers) == 2


async def test_who_no_longer_waits_leaves_no_connection_behind(playing):
    port, writers = await playing(None)
    connecting = websocket_connect(f"ws://127.0.0.1:{port}/")
    while not writers:
        await asyncio.sleep(0.01)
    connecting.cancel()
    await writers[0].wait_closed()
    with pytest.raises(asyncio.CancelledError):
        await connecting


def accepting(head):
    key = re.search(r"(?im)^sec-websocket-key: (.*)\r$", head.decode())[1]
    accept = WebSocketProtocol13.compute_accept_value(key).encode()
    return (
        b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
        b"Sec-WebSocket-Accept: " + accept + b"\r\n\r\n"
    )


async def test_an_answer_that_comes_just_when_nobody_waits_any_more():
    loop = asyncio.get_running_loop()
    with socket.create_server(("127.0.0.1", 0)) as listening:
        listening.setblocking(False)
        connecting = websocket_connect(f"ws://127.0.0.1:{listening.getsockname()[1]}/")
        server, _ = await loop.sock_accept(listening)
    with server:
        head = b""
        while not head.endswith(b"\r\n\r\n"):
            head += await loop.sock_recv(server, 65536)
        server.send(accepting(head))
        connecting.cancel()
        assert await loop.sock_recv(server, 1) == b""


async def test_messages_in_the_packet_of_the_handshake_are_not_lost(playing):
    """A server may send as soon as its handshake is out, section 4.2.2."""

    def greet(head):
        return accepting(head) + b"\x81\x03one\x81\x03two\x88\x02\x03\xe8"

    port, _ = await playing(greet)
    async with websocket_connect(f"ws://127.0.0.1:{port}/") as connection:
        assert [message async for message in connection] == ["one", "two"]
    assert connection.close_code == 1000
