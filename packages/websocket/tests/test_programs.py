"""Programs as people have written them, in all years: what they override, call and keep."""

import asyncio

from tornado import gen
from tornado.locks import Lock
from tornado.web import HTTPError
from tornado.websocket import WebSocketHandler


async def test_handlers_of_every_era(serve, connect):
    class OfTheYear2014(WebSocketHandler):
        @gen.coroutine
        def open(self):
            yield gen.sleep(0)
            self.opened = True

        @gen.coroutine
        def on_message(self, message):
            yield gen.sleep(0)
            yield self.write_message([message, "!"][1] + message)

    class OfTheYear2011(WebSocketHandler):
        def on_message(self, message):
            assert self.get_websocket_scheme() == "ws"
            assert self.allow_draft76() is False
            self.stream.set_nodelay(True)
            self.async_callback(self.later, message)()
            return True  # which means nothing

        def later(self, message):
            self.write_message("!" + message)

    port = serve([("/a", OfTheYear2014), ("/b", OfTheYear2011)])
    for path in ("/a", "/b"):
        peer = await connect(port, path)
        peer.text("hello")
        peer.text("again")
        assert await peer.receive() == (0x81, b"!hello")
        assert await peer.receive() == (0x81, b"!again")


async def test_a_program_may_have_a_stream_of_its_own(serve, connect):
    """As some have that subscribe to a queue for each WebSocket."""

    class OfQueues(WebSocketHandler):
        def initialize(self):
            self.stream = ["first"]

        def open(self):
            self.write_message(self.stream.pop())

    peer = await connect(serve([("/", OfQueues)]))
    assert await peer.receive() == (0x81, b"first")


async def test_a_program_that_answers_by_hand_in_execute(serve, connect, dial):
    """As SockJS's handlers: what asks for no WebSocket is answered on the bare stream."""

    class Careful(WebSocketHandler):
        async def _execute(self, transforms, *args, **kwargs):
            if self.request.headers.get("Upgrade", "").lower() != "websocket":
                self.stream = self.detach()
                await self.stream.write(b"HTTP/1.1 400 Bad Request\r\n\r\nno WebSocket")
                self.stream.close()
                return
            await super()._execute(transforms, *args, **kwargs)

        def on_message(self, message):
            self.write_message(message)

    port = serve([("/", Careful)])
    peer = await dial(port)
    peer.send(b"GET / HTTP/1.1\r\nHost: a\r\n\r\n")
    assert (await peer.end()).endswith(b"no WebSocket")
    peer = await connect(port)
    peer.text("hello")
    assert await peer.receive() == (0x81, b"hello")


async def test_a_program_that_checks_in_get_and_goes_on_after_it(serve, connect, dial, handshake):
    """As the channels of notebooks: ``get`` is a coroutine, the handshake in the middle of it."""
    log = []

    class Channel(WebSocketHandler):
        async def prepare(self):
            await asyncio.sleep(0)

        async def get(self, name):
            if name == "wrong":
                raise HTTPError(404, log_message=None)
            await super().get(name)
            log.append("open")
            await asyncio.sleep(0)
            self.write_message("welcome to " + name)
            self.ws_connection._abort()
            log.append("gone")

        def open(self, name):
            self.name = name

        def on_close(self):
            log.append(f"closed {self.name}")

    port = serve([(r"/(\w+)", Channel)])
    peer = await connect(port, "/lab")
    assert await peer.receive() == (0x81, b"welcome to lab")
    assert await peer.receive() is None
    await asyncio.sleep(0.01)
    assert log == ["open", "gone", "closed lab"]
    peer = await dial(port)
    peer.send(handshake("/wrong"))
    assert await peer.head() == 404


async def test_on_ping_and_on_pong_may_be_coroutines(serve, connect, expect_log):
    class Patient(WebSocketHandler):
        async def on_ping(self, data):
            await asyncio.sleep(0)
            self.write_message(data)

        async def on_pong(self, data):
            await asyncio.sleep(0)
            raise ZeroDivisionError

        async def on_message(self, message):
            while True:
                await asyncio.sleep(0.01)

    peer = await connect(serve([("/", Patient)]))
    peer.text("work, on and on")
    peer.frame(0x89, b"you?")
    assert await peer.receive() == (0x8A, b"you?")
    assert await peer.receive() == (0x81, b"you?")
    with expect_log("tornado.application", "ZeroDivisionError"):
        peer.frame(0x8A)
        assert (await peer.close_frame())[0] == 1011


async def test_a_program_that_overrides_write_message(serve, connect):
    """As Bokeh's server, which sends one after another in a lock; its tokens are subprotocols."""

    class Locked(WebSocketHandler):
        def __init__(self, application, *args, **kwargs):
            self.lock = Lock()
            super().__init__(application, *args, **kwargs)

        def select_subprotocol(self, names):
            self.token = names[1]
            return names[0]

        async def write_message(self, message, binary=False, locked=True):
            if not locked:
                return await super().write_message(message, binary)
            async with self.lock:
                return await super().write_message(message, binary)

        async def open(self):
            await self.write_message(self.token)
            await asyncio.gather(*[self.write_message(str(i)) for i in range(20)])

        def on_message(self, message):
            return self.write_message(message, locked=False)

    peer = await connect(serve([("/", Locked)]), sec_websocket_protocol="bokeh, secret")
    assert peer.headers["sec-websocket-protocol"] == "bokeh"
    peer.text("last")
    heard = [await peer.receive() for _ in range(22)]
    assert [text.decode() for _, text in heard] == ["secret", *map(str, range(20)), "last"]
