"""How a server refuses, yields, and ends: what peers that misbehave, hurry or stall meet."""

import asyncio
import gc
import weakref
import zlib

import pytest

from tornado.web import Application
from tornado.websocket import WebSocketClosedError, WebSocketHandler
from tornado.websocket._connection import MESSAGES_PER_TURN


class Echo(WebSocketHandler):
    def initialize(self, log=None):
        self.log = [] if log is None else log

    def on_message(self, message):
        self.write_message(message, isinstance(message, bytes))

    def on_close(self):
        self.log.append((self.close_code, self.close_reason))


# -- close codes on the wire


@pytest.mark.parametrize("code", [0, 999, 1004, 1005, 1006, 1015, 1016, 1100, 2000, 2999, 5000])
async def test_a_reserved_close_code_is_answered_by_1002(serve, connect, code):
    peer = await connect(serve([("/", Echo)]))
    peer.close(code)
    assert (await peer.close_frame())[0] == 1002
    assert await peer.end() == b""


@pytest.mark.parametrize("code", [1000, 1001, 1003, 1007, 1011, 1014, 3000, 4999])
async def test_a_good_close_code_is_echoed(serve, connect, code):
    peer = await connect(serve([("/", Echo)]))
    peer.close(code, "reason")
    assert await peer.close_frame() == (code, "")
    assert await peer.end() == b""


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (b"\x81\x02hi", 1002),  # not masked
        (b"\x83\x80KEY!", 1002),
        (b"\xc1\x80KEY!", 1002),
        (b"\x09\x80KEY!", 1002),
        (b"\x80\x80KEY!", 1002),
        (b"\x81\x81\x00\x00\x00\x00\xff", 1007),
        (b"\x01\xff" + (100).to_bytes(8, "big") + b"\x00\x00\x00\x00", 1002),
        (b"\x82\xff" + (1 << 40).to_bytes(8, "big"), 1009),
    ],
)
async def test_bad_frames(serve, connect, wait_until, data, code):
    log = []
    peer = await connect(serve([("/", Echo, {"log": log})]))
    peer.text("fine")
    peer.send(data + b"and more of it" * 10_000)  # what is not read must not reset the answer
    assert await peer.receive() == (0x81, b"fine")
    assert (await peer.close_frame())[0] == code
    assert await peer.end() == b""
    await wait_until(lambda: log)
    assert log == [(None, None)]


async def test_who_sends_on_can_still_read_what_was_wrong(serve, connect):
    """Section 7.1.1: a connection cut with bytes unread is reset, and the close frame lost."""
    peer = await connect(serve([("/", Echo)], websocket_max_message_size=1000))
    peer.frame(0x82, bytes(20_000_000))
    async with asyncio.timeout(10):
        while peer.writer.transport.get_write_buffer_size():
            await asyncio.sleep(0.001)
    assert (await peer.close_frame())[0] == 1009
    assert await peer.end() == b""


@pytest.mark.parametrize("last", [(0x88, b"\x03\xe8"), (0x83, b"")], ids=["close", "a bad frame"])
async def test_what_was_sent_before_the_end_arrives(serve, connect, wait_until, last):
    log = []

    class Generous(Echo):
        def on_message(self, message):
            while not self.ws_connection.stream.writing():
                self.write_message(bytes(500_000), binary=True)  # half of the high water
            self.write_message("last")

    peer = await connect(serve([("/", Generous, {"log": log})]), limit=4096)
    peer.text("go")
    peer.frame(*last)
    await wait_until(lambda: log)
    while (frame := await peer.receive()) != (0x81, b"last"):
        assert frame == (0x82, bytes(500_000))
    assert (await peer.close_frame())[0] == (1000 if last[0] == 0x88 else 1002)


async def test_bad_text_is_refused_in_the_middle_of_a_frame(serve, connect):
    """At the first bad byte: the rest of its frame is still to come."""
    peer = await connect(serve([("/", Echo)]))
    peer.send(b"\x01\xfe\x40\x00\x00\x00\x00\x00" + b"abc\xed\xa0")  # 16 KiB announced
    assert (await peer.close_frame())[0] == 1007


async def test_a_decompression_bomb(serve, connect):
    class Compressed(Echo):
        def get_compression_options(self):
            return {}

    peer = await connect(serve([("/", Compressed)]), sec_websocket_extensions="permessage-deflate")
    squeezer = zlib.compressobj(9, zlib.DEFLATED, -15)
    squeezed = squeezer.compress(bytes(20_000_000)) + squeezer.flush(zlib.Z_SYNC_FLUSH)
    peer.frame(0xC2, squeezed[:-4])
    assert (await peer.close_frame())[0] == 1009


async def test_the_size_of_messages(serve, connect):
    peer = await connect(serve([("/", Echo)], websocket_max_message_size=1000))
    peer.text("x" * 1000)
    assert await peer.receive() == (0x81, b"x" * 1000)
    peer.text("x" * 1001)
    assert (await peer.close_frame())[0] == 1009


async def test_10_mib_by_default(serve, connect):
    peer = await connect(serve([("/", Echo)]))
    peer.send(b"\x82\xff" + (10 * 1024 * 1024 + 1).to_bytes(8, "big"))
    assert (await peer.close_frame())[0] == 1009


# -- slow handshakes


async def test_a_handshake_that_takes_too_long(dial, handshake):
    """The head of the request has 20 seconds in all by default, here less than one."""
    server = Application([("/", Echo)]).listen(0, "127.0.0.1", header_timeout=0.1)
    port = next(iter(server._sockets.values())).getsockname()[1]
    peer = await dial(port)
    for byte in handshake()[:40]:
        peer.send(bytes([byte]))
        await asyncio.sleep(0)
    assert await peer.head() == 408
    server.stop()
    await server.close_all_connections()


# -- fairness


async def test_a_peer_in_a_hurry_does_not_keep_the_loop(serve, connect):
    """Many tiny messages in one receive: others have their turns in between."""
    turns = 0
    ticking = True

    def tick():
        nonlocal turns
        turns += 1
        if ticking:
            asyncio.get_running_loop().call_soon(tick)

    seen = []

    class Count(WebSocketHandler):
        def on_message(self, message):
            if not seen:
                tick()
            seen.append(turns)
            if len(seen) == 5000:
                self.write_message("all")

    peer = await connect(serve([("/", Count)]))
    peer.send(b"\x81\x80\x00\x00\x00\x00" * 5000)
    assert await peer.receive() == (0x81, b"all")
    ticking = False
    assert max(seen.count(turn) for turn in set(seen)) <= MESSAGES_PER_TURN + 1


async def test_large_messages_in_little_data_do_not_keep_the_loop(serve, connect, frame):
    """Compressed, hundreds of megabytes fit into one receive."""
    turns = []

    class Compressed(Echo):
        def get_compression_options(self):
            return {}

        def on_message(self, message):
            if not turns:
                asyncio.get_running_loop().call_soon(self.write_message, "between")
            turns.append(len(message))
            self.write_message(str(len(turns)))

    port = serve([("/", Compressed)])
    peer = await connect(port, sec_websocket_extensions="permessage-deflate")
    squeezer = zlib.compressobj(9, zlib.DEFLATED, -15)
    data = b""
    for _ in range(3):
        squeezed = squeezer.compress(bytes(5_000_000)) + squeezer.flush(zlib.Z_SYNC_FLUSH)
        data += frame(0xC2, squeezed[:-4])
    peer.send(data)
    inflater = zlib.decompressobj(-15)
    said = []
    for _ in range(4):
        _first, payload = await peer.receive()
        said.append(inflater.decompress(payload + b"\x00\x00\xff\xff"))
    assert said == [b"1", b"between", b"2", b"3"]


async def test_order_holds_in_a_hurry(serve, connect):
    peer = await connect(serve([("/", Echo)]))
    for i in range(3000):
        peer.text(str(i))
    for i in range(3000):
        assert await peer.receive() == (0x81, str(i).encode())


# -- the end of the server


async def test_drain_tells_websockets_1001(serve, connect, wait_until):
    log = []
    peer = await connect(serve([("/", Echo, {"log": log})]))
    (server,) = serve.servers
    draining = asyncio.ensure_future(server.drain(5))
    code, _reason = await peer.close_frame()
    assert code == 1001
    assert not draining.done()
    peer.close(1001)
    await draining
    assert log == [(1001, None)]
    assert await peer.end() == b""


async def test_drain_cuts_websockets_that_stay(serve, connect):
    log = []
    peer = await connect(serve([("/", Echo, {"log": log})]))
    (server,) = serve.servers
    await server.drain(0.02)
    assert log == [(None, None)]
    assert (await peer.close_frame())[0] == 1001
    assert await peer.end() == b""


async def test_close_all_connections(serve, connect):
    log = []
    peer = await connect(serve([("/", Echo, {"log": log})]))
    (server,) = serve.servers
    assert len(server._connections) == 1
    await server.close_all_connections()
    assert log == [(None, None)]
    assert await peer.end() == b""
    assert not server._connections


async def test_a_websocket_that_has_ended_is_not_counted(serve, connect, wait_until):
    peer = await connect(serve([("/", Echo)]))
    (server,) = serve.servers
    peer.close(1000)
    await peer.end()
    await wait_until(lambda: not server._connections)
    await asyncio.wait_for(server.drain(), 1)


async def test_nothing_is_left_of_a_websocket(serve, connect, wait_until):
    """Not even a cycle for the collector: the memory is free when the connection has ended."""
    kept = []

    class Weak(Echo):
        def open(self):
            kept.append(weakref.ref(self))

    peer = await connect(serve([("/", Weak)]))
    peer.text("x")
    await peer.receive()
    gc.collect()
    gc.disable()
    try:
        peer.close()
        await peer.end()
        await wait_until(lambda: kept[0]() is None)
    finally:
        gc.enable()


async def test_a_handler_whose_work_has_no_end_learns_of_the_close(serve, connect, monkeypatch):
    monkeypatch.setattr("tornado.websocket._connection.PATIENCE", 0.05)
    ended = asyncio.get_running_loop().create_future()

    class Clock(WebSocketHandler):
        async def open(self):
            try:
                while True:
                    await self.write_message("tick")
                    await asyncio.sleep(0.01)
            except WebSocketClosedError:
                ended.set_result(None)

    peer = await connect(serve([("/", Clock)]))
    assert await peer.receive() == (0x81, b"tick")
    peer.close(1000)
    while (frame := await peer.receive())[0] == 0x81:
        pass
    assert frame == (0x88, b"\x03\xe8")
    await ended


@pytest.mark.parametrize("way", ["reset", "end"])
async def test_a_handler_whose_work_has_no_end_learns_that_the_client_left(
    serve, connect, wait_until, monkeypatch, way
):
    """While the next message waits nothing is read, and the end of the stream is not seen."""
    monkeypatch.setattr("tornado.websocket._connection.PATIENCE", 0.02)
    ends, never = [], asyncio.Event()

    class Endless(WebSocketHandler):
        async def on_message(self, message):
            await never.wait()

        def on_close(self):
            ends.append(self.close_code)

    peer = await connect(serve([("/", Endless)]))
    peer.text("go on and on")
    peer.text("this one waits")
    await asyncio.sleep(0.1)
    assert not ends
    if way == "reset":
        peer.leave()
    else:
        peer.writer.write_eof()
    await wait_until(lambda: ends)
    never.set()
    await asyncio.sleep(0.05)
    assert ends == [None]


async def test_a_client_that_left_is_heard_to_the_end_by_a_handler_that_gets_on(
    serve, connect, wait_until, monkeypatch
):
    monkeypatch.setattr("tornado.websocket._connection.PATIENCE", 0.05)
    heard = []

    class Steady(WebSocketHandler):
        async def on_message(self, message):
            heard.append(message)
            await asyncio.sleep(0.02)

        def on_close(self):
            heard.append("end")

    peer = await connect(serve([("/", Steady)]))
    for i in range(10):
        peer.text(str(i))
    peer.writer.write_eof()
    await wait_until(lambda: "end" in heard)
    assert heard == [*"0123456789", "end"]
