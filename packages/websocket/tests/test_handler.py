"""WebSocketHandler on real sockets: the order of its methods, and the ends that it may meet."""

import asyncio
import dataclasses
import json

import pytest

from tornado.websocket import (
    PreparedMessage,
    WebSocketClosedError,
    WebSocketHandler,
    WebSocketProtocol13,
)


class Recorder(WebSocketHandler):
    """Notes what happens to it in ``log``, a list of the route."""

    def initialize(self, log, **more):
        self.log = log
        self.__dict__.update(more)

    def open(self, *args):
        self.log.append("open")

    def on_message(self, message):
        self.log.append(message)
        if message == "fail":
            raise ZeroDivisionError
        if message == "close":
            self.close(4001, "as you wish")

    def on_ping(self, data):
        self.log.append(("ping", data))

    def on_pong(self, data):
        self.log.append(("pong", data))

    def on_close(self):
        self.log.append(("closed", self.close_code, self.close_reason))


@pytest.fixture
def log():
    return []


async def open_one(serve, connect, log, kind=Recorder, **more):
    return await connect(serve([("/", kind, {"log": log, **more})]))


# -- messages


async def test_messages_of_every_kind(serve, connect):
    class Sender(WebSocketHandler):
        def on_message(self, message):
            self.write_message("text")
            self.write_message(b"bytes that are text")
            self.write_message(b"\xff\x00", binary=True)
            self.write_message("text as binary", True)
            self.write_message(bytearray(b"array"), binary=True)
            self.write_message(memoryview(b"view"), binary=True)
            self.write_message({"a": [1, None, "ü"]})
            self.write_message(PreparedMessage("prepared"))
            self.write_message(PreparedMessage(b"\xfe", binary=True))
            self.write_message(PreparedMessage({"b": 2}))

    peer = await connect(serve([("/", Sender)]))
    peer.text("go")
    received = [await peer.receive() for _ in range(10)]
    assert received[:6] == [
        (0x81, b"text"),
        (0x81, b"bytes that are text"),
        (0x82, b"\xff\x00"),
        (0x82, b"text as binary"),
        (0x82, b"array"),
        (0x82, b"view"),
    ]
    assert received[6][0] == 0x81
    assert json.loads(received[6][1]) == {"a": [1, None, "ü"]}
    assert received[7:] == [(0x81, b"prepared"), (0x82, b"\xfe"), (0x81, b'{"b": 2}')]


@pytest.mark.parametrize(
    ("message", "kind", "word"),
    [
        ([1, 2], TypeError, "wrap a list in a dict"),
        (None, TypeError, "str, bytes or dict"),
        (3, TypeError, "str, bytes or dict"),
        (b"\xff", ValueError, "binary=True"),
    ],
)
async def test_messages_of_no_kind(serve, connect, message, kind, word):
    class Sender(WebSocketHandler):
        def open(self):
            with pytest.raises(kind, match=word):
                self.write_message(message)
            self.write_message("still open")

    peer = await connect(serve([("/", Sender)]))
    assert await peer.receive() == (0x81, b"still open")


async def test_large_messages_both_ways(serve, connect):
    class Echo(WebSocketHandler):
        def on_message(self, message):
            return self.write_message(message)

    peer = await connect(serve([("/", Echo)]))
    text = "0123456789ü" * 200_000
    peer.text(text)
    assert await peer.receive() == (0x81, text.encode())


async def test_messages_are_handled_one_after_another(serve, connect):
    running, most, seen = 0, 0, []

    class Slow(WebSocketHandler):
        async def on_message(self, message):
            nonlocal running, most
            running += 1
            most = max(most, running)
            await asyncio.sleep(0)
            await asyncio.sleep(0)
            seen.append(message)
            running -= 1
            await self.write_message(message)

    peer = await connect(serve([("/", Slow)]))
    for i in range(50):
        peer.text(str(i))
    for i in range(50):
        assert await peer.receive() == (0x81, str(i).encode())
    assert most == 1
    assert seen == [str(i) for i in range(50)]


async def test_messages_that_come_while_open_is_pending_are_kept_in_order(
    serve, connect, log, wait_until
):
    gate = asyncio.Event()

    class Slow(Recorder):
        async def open(self):
            await gate.wait()
            self.log.append("open")

    peer = await open_one(serve, connect, log, Slow)
    for message in "abc":
        peer.text(message)
    peer.frame(0x89, b"ping")
    await asyncio.sleep(0.01)
    assert log == []
    gate.set()
    await wait_until(lambda: len(log) == 5)
    assert log == ["open", "a", "b", "c", ("ping", b"ping")]


async def test_pings_are_answered_while_a_message_is_being_handled(serve, connect):
    gate = asyncio.Event()

    class Slow(WebSocketHandler):
        async def on_message(self, message):
            await gate.wait()
            self.write_message("done")

    peer = await connect(serve([("/", Slow)]))
    peer.text("work")
    peer.frame(0x89, b"there?")
    assert await peer.receive() == (0x8A, b"there?")
    gate.set()
    assert await peer.receive() == (0x81, b"done")


async def test_an_error_in_an_async_callback_ends_the_websocket(
    serve, connect, log, expect_log, wait_until
):
    class Old(Recorder):
        def on_message(self, message):
            self.async_callback(lambda: 1 / 0)()

    peer = await open_one(serve, connect, log, Old)
    with expect_log("tornado.application", "ZeroDivisionError"):
        peer.text("x")
        assert await peer.end() == b""
    await wait_until(lambda: log[-1:] == [("closed", None, None)])


# -- control frames


async def test_pings_and_pongs(serve, connect, log, wait_until):
    class Pinging(Recorder):
        def open(self):
            self.ping(b"hello")
            self.ping("text")
            self.ping()

    peer = await open_one(serve, connect, log, Pinging)
    assert [await peer.receive() for _ in range(3)] == [
        (0x89, b"hello"),
        (0x89, b"text"),
        (0x89, b""),
    ]
    peer.frame(0x8A, b"hello")
    peer.frame(0x89, b"and you?")
    assert await peer.receive() == (0x8A, b"and you?")
    await wait_until(lambda: len(log) == 2)
    assert log == [("pong", b"hello"), ("ping", b"and you?")]


async def test_a_ping_that_is_too_long(serve, connect, log):
    class Pinging(Recorder):
        def open(self):
            with pytest.raises(ValueError, match="125"):
                self.ping(b"x" * 126)
            self.write_message("fine")

    peer = await open_one(serve, connect, log, Pinging)
    assert await peer.receive() == (0x81, b"fine")


# -- ends: on_close once, whatever happens


async def test_the_client_closes(serve, connect, log, wait_until):
    peer = await open_one(serve, connect, log)
    peer.close(1000, "bye")
    assert await peer.close_frame() == (1000, "")
    assert await peer.end() == b""
    await wait_until(lambda: len(log) > 1)
    assert log == ["open", ("closed", 1000, "bye")]


async def test_the_client_closes_without_a_code(serve, connect, log, wait_until):
    peer = await open_one(serve, connect, log)
    peer.close()
    assert await peer.close_frame() == (None, "")
    await wait_until(lambda: len(log) > 1)
    assert log == ["open", ("closed", None, None)]


async def test_the_server_closes(serve, connect, log, wait_until):
    peer = await open_one(serve, connect, log)
    peer.text("close")
    assert await peer.close_frame() == (4001, "as you wish")
    assert log == ["open", "close"]  # until the client has answered
    peer.text("a last word")
    peer.close(4001)
    assert await peer.end() == b""
    await wait_until(lambda: len(log) > 3)
    assert log == ["open", "close", "a last word", ("closed", 4001, None)]


@pytest.mark.parametrize("way", ["reset", "end"])
async def test_the_connection_is_lost(serve, connect, log, wait_until, way):
    peer = await open_one(serve, connect, log)
    if way == "reset":
        peer.leave()
    else:
        peer.writer.close()
    await wait_until(lambda: len(log) > 1)
    assert log == ["open", ("closed", None, None)]


async def test_a_client_that_never_answers_the_close(serve, connect, log, wait_until):
    class Impatient(Recorder):
        def get_websocket_protocol(self):
            protocol = super().get_websocket_protocol()
            protocol.params = dataclasses.replace(protocol.params, close_timeout=0.02)
            return protocol

    peer = await open_one(serve, connect, log, Impatient)
    peer.text("close")
    assert await peer.close_frame() == (4001, "as you wish")
    assert await peer.end() == b""
    await wait_until(lambda: len(log) > 2)
    assert log == ["open", "close", ("closed", None, None)]


async def test_on_message_raises(serve, connect, log, expect_log, wait_until):
    peer = await open_one(serve, connect, log)
    with expect_log("tornado.application", "ZeroDivisionError", count=1):
        peer.text("fail")
        peer.text("too late")
        assert (await peer.close_frame())[0] == 1011
        assert await peer.end() == b""
        await wait_until(lambda: len(log) > 2)
    assert log == ["open", "fail", ("closed", None, None)]


@pytest.mark.parametrize("kind", ["plain", "coroutine"])
async def test_open_raises(serve, connect, log, expect_log, wait_until, kind):
    class Broken(Recorder):
        def open(self):
            if kind == "plain":
                raise ZeroDivisionError
            return self.fail()

        async def fail(self):
            await asyncio.sleep(0)
            raise ZeroDivisionError

    with expect_log("tornado.application", "ZeroDivisionError", count=1):
        peer = await open_one(serve, connect, log, Broken)
        assert (await peer.close_frame())[0] == 1011
        await wait_until(lambda: log)
    peer.leave()
    await asyncio.sleep(0.01)
    assert log == [("closed", None, None)]


async def test_on_close_raises(serve, connect, log, expect_log, wait_until):
    class Broken(Recorder):
        def on_close(self):
            super().on_close()
            raise ZeroDivisionError

    peer = await open_one(serve, connect, log, Broken)
    with expect_log("tornado.application", "ZeroDivisionError", count=1):
        peer.close(1000)
        assert await peer.close_frame() == (1000, "")
        await wait_until(lambda: len(log) > 1)
    assert await peer.end() == b""
    assert log == ["open", ("closed", 1000, None)]


async def test_the_client_leaves_while_a_message_is_being_handled(serve, connect, log, wait_until):
    """Nobody is to blame, and nothing is logged."""

    class Slow(Recorder):
        async def on_message(self, message):
            self.log.append(message)
            await self.gone.wait()
            with pytest.raises(WebSocketClosedError):
                await self.write_message("too late")
            self.log.append("refused")
            await self.write_message("and not caught")

        def on_close(self):
            super().on_close()
            self.gone.set()

    peer = await open_one(serve, connect, log, Slow, gone=asyncio.Event())
    peer.text("hello")
    await wait_until(lambda: "hello" in log)
    peer.leave()
    await wait_until(lambda: "refused" in log)
    assert log == ["open", "hello", ("closed", None, None), "refused"]


class Answering(Recorder):
    """Takes its time with every message, and answers it then."""

    async def on_message(self, message):
        self.log.append(message)
        await self.go.wait()
        if message == "fail":
            raise ZeroDivisionError
        await self.write_message(message)


@pytest.mark.parametrize("message", ["slow", "a" * 200])
async def test_what_is_being_handled_is_answered_before_the_close(
    serve, connect, log, wait_until, message
):
    # RFC 6455 section 5.5.1: "An endpoint MAY delay sending a Close frame until its current
    # message is sent".
    go = asyncio.Event()
    peer = await open_one(serve, connect, log, Answering, go=go)
    peer.text(message)
    peer.frame(0x88, b"\x03\xe8bye")
    await wait_until(lambda: message in log)
    await asyncio.sleep(0.01)
    assert log == ["open", message]
    go.set()
    assert await peer.receive() == (0x81, message.encode())
    assert await peer.receive() == (0x88, b"\x03\xe8")
    assert log == ["open", message, ("closed", 1000, "bye")]


async def test_it_fails_after_the_other_side_has_closed(
    serve, connect, log, wait_until, expect_log
):
    go = asyncio.Event()
    peer = await open_one(serve, connect, log, Answering, go=go)
    peer.text("fail")
    peer.frame(0x88, b"\x03\xe8bye")
    await wait_until(lambda: "fail" in log)
    with expect_log("tornado.application", "Uncaught exception"):
        go.set()
        opcode, payload = await peer.receive()
    assert (opcode, payload[:2]) == (0x88, b"\x03\xf3")
    assert log == ["open", "fail", ("closed", 1000, "bye")]


async def test_who_has_closed_may_leave_before_the_answer(serve, connect, log, wait_until):
    go = asyncio.Event()
    peer = await open_one(serve, connect, log, Answering, go=go)
    peer.text("slow")
    peer.frame(0x88, b"\x03\xe8bye")
    await wait_until(lambda: "slow" in log)
    peer.leave()
    await wait_until(lambda: len(log) == 3)
    assert log == ["open", "slow", ("closed", 1000, "bye")]
    go.set()


async def test_the_handler_after_the_end(serve, connect, log, wait_until):
    handlers = []

    class Kept(Recorder):
        def open(self):
            handlers.append(self)
            assert self.ws_connection.client_terminated is False
            assert self.ws_connection.server_terminated is False

    peer = await open_one(serve, connect, log, Kept)
    (handler,) = handlers
    connection = handler.ws_connection
    assert isinstance(connection, WebSocketProtocol13)
    assert connection.stream is not None
    handler.close()
    assert connection.server_terminated is True
    assert connection.client_terminated is False
    assert handler.ws_connection is connection
    with pytest.raises(WebSocketClosedError):
        handler.write_message("closing")
    peer.close()
    await wait_until(lambda: log)
    assert handler.ws_connection is None
    assert connection.client_terminated is True
    for late in (lambda: handler.write_message("x"), handler.ping):
        with pytest.raises(WebSocketClosedError):
            late()
    with pytest.raises(WebSocketClosedError):
        handler.set_nodelay(True)
    handler.close()  # without effect
    assert handler.selected_subprotocol is None


async def test_the_handler_before_the_handshake(serve, connect, log):
    class Early(Recorder):
        def prepare(self):
            assert self.stream is None
            assert self.selected_subprotocol is None
            with pytest.raises(WebSocketClosedError, match="not open yet"):
                self.write_message("x")
            with pytest.raises(WebSocketClosedError, match="not open yet"):
                self.ping()
            self.close()  # without effect

        def open(self):
            self.write_message("open")

    peer = await open_one(serve, connect, log, Early)
    assert await peer.receive() == (0x81, b"open")


async def test_abort(serve, connect, log, wait_until):
    class Aborting(Recorder):
        def on_message(self, message):
            self.ws_connection._abort()
            assert self.ws_connection.client_terminated
            assert self.ws_connection.server_terminated

    peer = await open_one(serve, connect, log, Aborting)
    peer.text("now")
    assert await peer.end() == b""
    await wait_until(lambda: len(log) > 1)
    assert log == ["open", ("closed", None, None)]


@pytest.mark.parametrize(("code", "reason"), [(1005, ""), (999, ""), (1000, "x" * 124)])
async def test_closing_in_a_way_that_is_not_allowed(serve, connect, log, code, reason):
    class Wrong(Recorder):
        def open(self):
            with pytest.raises(ValueError, match=r"may not be sent|at most 123"):
                self.close(code, reason)
            self.write_message("still here")

    peer = await open_one(serve, connect, log, Wrong)
    assert await peer.receive() == (0x81, b"still here")


async def test_a_write_that_nobody_awaits_is_silent(serve, connect, log, wait_until):
    """The plugin of these tests fails them for a future whose exception nobody looks at."""
    handlers = []

    class Careless(Recorder):
        def open(self):
            handlers.append(self)

    peer = await open_one(serve, connect, log, Careless)
    peer.leave()
    handler = handlers[0]
    for _ in range(20):
        try:
            handler.write_message("x" * 100_000)
        except WebSocketClosedError:
            break
        await asyncio.sleep(0.001)
    await wait_until(lambda: log)
    assert log == [("closed", None, None)]


# -- HTTP is over


@pytest.mark.parametrize(
    "call",
    [
        lambda h: h.write("x"),
        lambda h: h.set_header("A", "b"),
        lambda h: h.add_header("A", "b"),
        lambda h: h.clear_header("A"),
        lambda h: h.set_status(200),
        lambda h: h.set_cookie("a", "b"),
        lambda h: h.redirect("/"),
        lambda h: h.finish(),
        lambda h: h.flush(),
        lambda h: h.render("x.html"),
        lambda h: h.send_error(500),
        lambda h: h.clear(),
        lambda h: h.detach(),
        lambda h: h.clear_cookie("a"),
    ],
)
async def test_methods_of_http_are_refused(serve, connect, log, call):
    class Confused(Recorder):
        def open(self):
            with pytest.raises(RuntimeError, match="is a WebSocket now"):
                call(self)
            self.write_message("fine")

    peer = await open_one(serve, connect, log, Confused)
    assert await peer.receive() == (0x81, b"fine")


async def test_a_time_limit_of_requests_does_not_end_websockets(serve, connect):
    class Echo(WebSocketHandler):
        request_timeout = 0.01

        async def open(self):
            await asyncio.sleep(0)

        def on_message(self, message):
            self.write_message(message)

    peer = await connect(serve([("/", Echo)]))
    await asyncio.sleep(0.03)
    peer.text("x")
    assert await peer.receive() == (0x81, b"x")


def test_on_message_has_to_be_defined():
    with pytest.raises(NotImplementedError, match=r"on_message\(message\)"):
        WebSocketHandler.on_message(object.__new__(WebSocketHandler), "x")
