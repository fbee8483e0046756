"""The opening handshake of a server (RFC 6455 section 4.2), and what stands around it."""

import pytest

from tornado.web import HTTPError, RequestHandler
from tornado.websocket import WebSocketHandler, WebSocketProtocol13


class Echo(WebSocketHandler):
    def on_message(self, message):
        self.write_message(message, isinstance(message, bytes))


async def answer(serve, dial, request, handler=Echo, **settings):
    peer = await dial(serve([("/.*", handler)], **settings))
    peer.send(request)
    return *(await peer.answer()), peer


def test_the_accept_value_of_the_rfc():
    """1.3: the concatenation, hashed."""
    accept = WebSocketProtocol13.compute_accept_value
    assert accept("dGhlIHNhbXBsZSBub25jZQ==") == "s3pPLMBiTxaQ9kYGzzhZRbK+xOo="
    assert accept(b"dGhlIHNhbXBsZSBub25jZQ==") == "s3pPLMBiTxaQ9kYGzzhZRbK+xOo="


async def test_the_answer(serve, dial, handshake):
    peer = await dial(serve([("/", Echo)]))
    peer.send(handshake())
    assert await peer.head() == 101
    assert peer.headers["upgrade"] == "websocket"
    assert peer.headers["connection"] == "Upgrade"
    assert peer.headers["sec-websocket-accept"] == "s3pPLMBiTxaQ9kYGzzhZRbK+xOo="
    for absent in ("content-type", "content-length", "transfer-encoding", "etag"):
        assert absent not in peer.headers
    assert "sec-websocket-protocol" not in peer.headers
    assert "sec-websocket-extensions" not in peer.headers


@pytest.mark.parametrize(
    "fields",
    [
        {"upgrade": "WebSocket"},  # 4.2.1: case-insensitive
        {"connection": "keep-alive, Upgrade"},  # as Firefox sends it
        {"connection": "upgrade"},
    ],
)
async def test_right_ways_to_say_it(serve, dial, handshake, fields):
    peer = await dial(serve([("/", Echo)]))
    peer.send(handshake(**fields))
    assert await peer.head() == 101


@pytest.mark.parametrize(
    ("fields", "status", "word"),
    [
        ({"upgrade": None}, 400, "Upgrade: websocket"),
        ({"upgrade": "h2c"}, 400, "Upgrade: websocket"),
        ({"connection": None}, 400, "Connection: Upgrade"),
        ({"connection": "keep-alive"}, 400, "Connection: Upgrade"),
        ({"sec_websocket_key": None}, 400, "Sec-WebSocket-Key"),
        ({"sec_websocket_key": "c2hvcnQ="}, 400, "16 bytes"),
        ({"sec_websocket_key": "dGhlIHNhbXBsZSBub25jZQ=!"}, 400, "base64"),
        ({"sec_websocket_version": None}, 426, "version 13"),
        ({"sec_websocket_version": "8"}, 426, "version 13"),
        ({"sec_websocket_version": "13, 8"}, 426, "version 13"),
    ],
)
async def test_wrong_requests_are_told_why(serve, dial, handshake, fields, status, word):
    got, body, peer = await answer(serve, dial, handshake(**fields))
    assert got == status
    assert word in body
    if status == 426:  # 4.4: the server MUST name the versions that it speaks
        assert peer.headers["sec-websocket-version"] == "13"
        assert peer.headers["upgrade"] == "websocket"


async def test_a_browser_that_just_looks(serve, dial):
    status, body, _ = await answer(serve, dial, b"GET / HTTP/1.1\r\nHost: a\r\n\r\n")
    assert status == 400
    assert "WebSocket" in body


async def test_http_1_0_opens_no_websocket(serve, dial, handshake):
    request = handshake().replace(b"HTTP/1.1", b"HTTP/1.0")
    assert (await answer(serve, dial, request))[0] == 400


async def test_other_methods_are_not_allowed(serve, dial, handshake):
    """4.1: the method of the request MUST be GET."""
    request = handshake().replace(b"GET", b"POST")
    status, _, peer = await answer(serve, dial, request)
    assert status == 405
    assert peer.headers["allow"] == "GET"


# -- origins (4.2.2 and 10.2)


@pytest.mark.parametrize(
    ("origin", "good"),
    [
        ("http://example.com", True),
        ("https://EXAMPLE.com", True),
        ("http://example.com:8080", False),
        ("http://evil.com", False),
        ("http://example.com.evil.com", False),
        ("http://evil.com/example.com", False),
        ("http://example.com@evil.com", False),
        ("null", False),
        ("", False),
        ("http://[", False),
    ],
)
async def test_pages_of_other_origins_are_refused(serve, dial, handshake, origin, good):
    peer = await dial(serve([("/", Echo)]))
    peer.send(handshake(origin=origin))
    assert await peer.head() == (101 if good else 403)


async def test_the_old_name_of_the_origin_counts(serve, dial, handshake):
    request = handshake(sec_websocket_origin="http://evil.com")
    assert (await answer(serve, dial, request))[0] == 403


async def test_trusted_origins_are_welcome(serve, connect):
    port = serve([("/", Echo)], trusted_origins=["https://friend.com"])
    await connect(port, origin="https://friend.com")


async def test_check_origin_decides(serve, connect):
    class Open(Echo):
        def check_origin(self, origin):
            return origin.endswith(".org")

    await connect(serve([("/", Open)]), origin="https://some.org")


# -- subprotocols (4.2.2)


class Chosen(Echo):
    def select_subprotocol(self, subprotocols):
        self.offered = subprotocols
        return subprotocols[-1] if subprotocols else None

    def open(self):
        self.write_message({"offered": self.offered, "chosen": self.selected_subprotocol})


async def test_a_subprotocol_is_chosen_and_said(serve, connect):
    peer = await connect(serve([("/", Chosen)]), sec_websocket_protocol="chat.v1, chat.v2 ,")
    assert peer.headers["sec-websocket-protocol"] == "chat.v2"
    assert (await peer.receive())[1] == b'{"offered": ["chat.v1", "chat.v2"], "chosen": "chat.v2"}'


async def test_no_subprotocol_is_offered(serve, connect):
    peer = await connect(serve([("/", Chosen)]))
    assert "sec-websocket-protocol" not in peer.headers
    assert (await peer.receive())[1] == b'{"offered": [], "chosen": null}'


async def test_an_empty_choice_is_none(serve, connect):
    class Old(Echo):
        def select_subprotocol(self, subprotocols):
            return next(iter(subprotocols), "")  # of programs that got [""] for no offer

    peer = await connect(serve([("/", Old)]))
    assert "sec-websocket-protocol" not in peer.headers


async def test_a_subprotocol_that_was_not_offered(serve, dial, handshake, expect_log):
    class Wrong(Echo):
        def select_subprotocol(self, subprotocols):
            return "other"

    peer = await dial(serve([("/", Wrong)]))
    with expect_log("tornado.application", "was not offered"):
        peer.send(handshake(sec_websocket_protocol="chat"))
        assert await peer.head() == 500


# -- what goes out with the handshake


async def test_headers_and_cookies_set_before_go_out_with_it(serve, connect):
    class Polite(Echo):
        def set_default_headers(self):
            self.set_header("X-Default", "yes")

        def prepare(self):
            self.set_header("X-Prepared", "too")
            self.set_cookie("seen", "1")

        def open(self):
            self.write_message(self.get_cookie("name", "nobody"))

    peer = await connect(serve([("/", Polite)]), cookie="name=me")
    assert peer.headers["x-default"] == "yes"
    assert peer.headers["x-prepared"] == "too"
    assert peer.cookies == ["seen=1; Path=/"]
    assert (await peer.receive())[1] == b"me"


async def test_transforms_leave_the_handshake_alone(serve, connect):
    peer = await connect(serve([("/", Echo)], compress_response=True), accept_encoding="gzip")
    assert "content-encoding" not in peer.headers
    peer.text("hello")
    assert await peer.receive() == (0x81, b"hello")


# -- what may come in place of a WebSocket


async def test_prepare_may_answer(serve, dial, handshake):
    class Guarded(Echo):
        async def prepare(self):
            if self.get_argument("way") == "redirect":
                self.redirect("/login")
            else:
                raise HTTPError(401)

    peer = await dial(serve([("/", Guarded), ("/login", RequestHandler)]))
    peer.send(handshake("/?way=redirect"))
    assert (await peer.answer())[0] == 302
    assert peer.headers["location"] == "/login"
    peer.send(handshake("/?way=error"))  # on the same connection, which still speaks HTTP
    assert (await peer.answer())[0] == 401


async def test_an_error_in_the_program_is_a_500(serve, dial, handshake, expect_log):
    class Broken(Echo):
        def check_origin(self, origin):
            raise ZeroDivisionError

    with expect_log("tornado.application", "ZeroDivisionError"):
        request = handshake(origin="http://example.com")
        assert (await answer(serve, dial, request, Broken))[0] == 500


async def test_get_may_be_wrapped_by_a_program(serve, connect, dial, handshake):
    opened = []

    class Authenticated(Echo):
        async def get(self, *args, **kwargs):
            if self.get_query_argument("token", "") != "good":
                self.set_status(403)
                self.finish("no")
                return
            await super().get(*args, **kwargs)

        def open(self, room, *, user=None):
            opened.append((room, user))

    port = serve([(r"/(\w+)", Authenticated)])
    await connect(port, "/lobby?token=good")
    assert opened == [("lobby", None)]
    peer = await dial(port)
    peer.send(handshake("/lobby"))
    assert await peer.answer() == (403, "no")


async def test_named_groups_of_the_route(serve, connect):
    opened = []

    class Room(Echo):
        def open(self, room):
            opened.append((room, self.open_args, self.open_kwargs))

    await connect(serve([(r"/(?P<room>\w+)", Room)]), "/lobby")
    assert opened == [("lobby", (), {"room": "lobby"})]


async def test_the_handshake_is_in_the_access_log(serve, connect):
    logged = []

    class Seen(Echo):
        def on_finish(self):
            logged.append("finish")

        def open(self):
            logged.append("open")

    await connect(serve([("/", Seen)], log_function=lambda h: logged.append(h.get_status())))
    assert logged == [101, "finish", "open"]


async def test_compression_is_agreed_on(serve, connect):
    class Compressed(Echo):
        def get_compression_options(self):
            return {"compression_level": 9, "server_no_context_takeover": True}

    port = serve([("/c", Compressed), ("/p", Echo)])
    offer = "permessage-deflate; client_max_window_bits"
    peer = await connect(port, "/c", sec_websocket_extensions=offer)
    assert peer.headers["sec-websocket-extensions"] == (
        "permessage-deflate; server_no_context_takeover"
    )
    peer.text("hello " * 50)
    first, payload = await peer.receive()
    assert first == 0xC1
    assert len(payload) < 30
    peer = await connect(port, "/c")  # a client that does not offer it
    peer.text("hello")
    assert await peer.receive() == (0x81, b"hello")
    peer = await connect(port, "/p", sec_websocket_extensions=offer)
    assert "sec-websocket-extensions" not in peer.headers


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"level": 9}, "level.* mean nothing"),
        ({"compression_level": 10}, "compression_level is a number from -1 to 9, got 10"),
        ({"mem_level": 0}, "mem_level is a number from 1 to 9, got 0"),
        ({"server_max_window_bits": "9"}, "server_max_window_bits is a number from 8 to 15"),
    ],
)
async def test_wrong_compression_options(serve, dial, handshake, expect_log, options, message):
    class Wrong(Echo):
        def get_compression_options(self):
            return options

    with expect_log("tornado.application", message):
        assert (await answer(serve, dial, handshake(), Wrong))[0] == 500


async def test_bytes_sent_with_the_handshake_are_not_lost(serve, dial, handshake, frame):
    peer = await dial(serve([("/", Echo)]))
    peer.send(handshake() + frame(0x81, b"early") + frame(0x82, b"bird"))
    assert await peer.head() == 101
    assert await peer.receive() == (0x81, b"early")
    assert await peer.receive() == (0x82, b"bird")
