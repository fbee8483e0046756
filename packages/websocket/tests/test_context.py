"""Context variables of a WebSocket, and programs that replace ``_execute`` to observe requests."""

import asyncio
from contextvars import ContextVar

import pytest

from tornado.web import RequestHandler
from tornado.websocket import WebSocketHandler

place = ContextVar("place", default="outside")


class Noting(WebSocketHandler):
    def initialize(self, seen):
        self.seen = seen

    def open(self):
        self.seen.append(("open", place.get()))
        self.token = place.set("open")

    def on_message(self, message):
        self.seen.append(("message", place.get()))
        place.set(f"message {message}")
        self.write_message("seen")

    def on_ping(self, data):
        self.seen.append(("ping", place.get()))

    def on_close(self):
        self.seen.append(("close", place.get()))
        place.reset(self.token)  # raises ValueError in another context
        self.seen.append(place.get())


class Prepared(Noting):
    def prepare(self):
        place.set("prepare")


class PreparedLater(Noting):
    async def prepare(self):
        await asyncio.sleep(0)
        place.set("prepare")


class Patched(PreparedLater):
    """As sentry-sdk does it to the class, and sockjs-tornado in a subclass."""

    async def _execute(self, *args, **kwargs):
        self.seen.append("begin")
        await RequestHandler._execute(self, *args, **kwargs)
        self.seen.append("end")


@pytest.mark.parametrize("handler", [Prepared, PreparedLater, Patched])
async def test_one_context_from_prepare_to_on_close(serve, connect, wait_until, handler):
    seen = []
    peer = await connect(serve([("/", handler, {"seen": seen})]))
    for text in ("1", "2"):
        peer.text(text)
        await peer.receive()
    peer.frame(0x89, b"x")
    await peer.receive()
    peer.close()
    await peer.end()
    await wait_until(lambda: seen[-1] in ("end", "prepare"))
    if handler is Patched:
        assert (seen.pop(0), seen.pop()) == ("begin", "end")
    assert seen == [
        ("open", "prepare"),
        ("message", "open"),
        ("message", "message 1"),
        ("ping", "message 2"),
        ("close", "message 2"),
        "prepare",
    ]
    assert place.get() == "outside"


async def test_each_websocket_has_its_own(serve, connect):
    seen = []
    port = serve([("/", Prepared, {"seen": seen})])
    one, other = await connect(port), await connect(port)
    for peer, text in ((one, "a"), (other, "b"), (one, "c")):
        peer.text(text)
        await peer.receive()
    assert [where for what, where in seen if what == "message"] == ["open", "open", "message a"]


async def test_what_on_message_awaits_sees_it(serve, connect):
    class Waits(Prepared):
        async def on_message(self, message):
            await asyncio.sleep(0)
            self.write_message(place.get())

        def on_close(self):
            pass

    peer = await connect(serve([("/", Waits, {"seen": []})]))
    peer.text("x")
    assert await peer.receive() == (0x81, b"open")


async def test_closing_from_within(serve, connect, wait_until):
    """on_close may come while another method of the handler runs."""

    class Closes(Prepared):
        def on_message(self, message):
            place.set("closing")
            self.ws_connection._abort()

    seen = []
    peer = await connect(serve([("/", Closes, {"seen": seen})]))
    peer.text("x")
    await wait_until(lambda: seen[-1] == "prepare")
    assert ("close", "closing") in seen


async def test_an_error_in_on_message_is_within_what_observes(
    serve, connect, wait_until, expect_log
):
    class Fails(Patched):
        def on_message(self, message):
            raise LookupError("x")

        def log_exception(self, *error):
            self.seen.append(error[0])

    seen = []
    peer = await connect(serve([("/", Fails, {"seen": seen})]))
    peer.text("x")
    await wait_until(lambda: seen[-1] == "end")
    assert seen == ["begin", ("open", "prepare"), LookupError, ("close", "open"), "prepare", "end"]


async def test_one_context_for_all_of_a_connection(serve, connect):
    """What tracing packages set in ``prepare`` is there in every method."""
    trace = ContextVar("trace", default="none")

    class Traced(WebSocketHandler):
        def prepare(self):
            trace.set(self.get_argument("id"))

        def on_finish(self):
            assert trace.get() == self.get_argument("id")

        def open(self):
            self.write_message("open " + trace.get())

        async def on_message(self, message):
            await asyncio.sleep(0)
            await self.write_message("message " + trace.get())

    port = serve([("/", Traced)])
    peers = [await connect(port, f"/?id={i}") for i in range(3)]
    for i, peer in enumerate(peers):
        peer.text("x")
        assert await peer.receive() == (0x81, b"open %d" % i)
        assert await peer.receive() == (0x81, b"message %d" % i)
