"""A reader that does not keep up costs bounded memory; the policies say what becomes of messages.

The peers of these tests receive with small buffers and do not read until they are told to.
"""

import asyncio
import socket
import zlib

import pytest

from tornado.websocket import PreparedMessage, WebSocketClosedError, WebSocketHandler
from tornado.websocket._deflate import Deflate
from tornado.websocket._extensions import Agreement
from tornado.websocket._outbox import Outbox

PIECE = 10_000


class Source(WebSocketHandler):
    """``source.handler`` is the latest."""

    def initialize(self, source):
        self.source = source
        self.closed = None

    def open(self):
        self.source.handler = self

    def on_message(self, message):
        pass

    def on_close(self):
        self.closed = (self.close_code, self.close_reason)

    @property
    def waiting(self):
        connection = self.ws_connection
        if connection is None:
            return 0
        outbox = connection._outbox
        return connection._waiting() + (0 if outbox is None else outbox.size)


@pytest.fixture
def start(serve, connect):
    """``await start(**settings)``: a peer that does not read, and the handler."""

    async def start(**settings):
        class Kept:
            handler = None

        settings.setdefault("websocket_send_high_water", 50_000)
        port = serve([("/", Source, {"source": Kept})], **settings)
        peer = await connect(port, limit=4096)
        peer.writer.transport.pause_reading()
        handler = Kept.handler
        # What the system itself buffers is not what is tested here.
        handler.ws_connection.stream.socket.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 4096)
        return peer, handler

    return start


def text(i):
    return f"{i:06}".ljust(PIECE, ".")


async def fill(handler):
    """Sends until the socket is full and stays so; how many messages it took."""
    for i in range(10_000):
        handler.write_message(text(i))
        if handler.ws_connection.stream.writing():
            await asyncio.sleep(0.02)  # the system moves on what it can
            if handler.ws_connection.stream.writing():
                return i + 1
    raise AssertionError("never full")


async def numbers(peer, last):
    """The numbers of the messages that come, up to ``last``."""
    peer.writer.transport.resume_reading()
    found = []
    while not found or found[-1] != last:
        frame = await peer.receive()
        assert frame is not None
        found.append(int(frame[1][:6]))
    return found


# -- wait


async def test_wait_an_awaitable_waits_for_the_reader(start):
    peer, handler = await start()
    sent = 0

    async def send():
        nonlocal sent
        for i in range(100):
            await handler.write_message(text(i))
            sent += 1

    sending = asyncio.ensure_future(send())
    await asyncio.sleep(0.05)
    assert 0 < sent < 100
    assert handler.waiting <= 50_000 + 2 * PIECE
    assert await numbers(peer, 99) == list(range(100))
    await sending


async def test_wait_below_the_high_water_nobody_waits(start):
    peer, handler = await start()
    count = await fill(handler)
    assert handler.write_message(text(count)).done()
    assert await numbers(peer, count) == list(range(count + 1))


async def test_wait_those_who_do_not_await_are_stopped(start, wait_until):
    _peer, handler = await start(websocket_send_limit=200_000)
    most = 0
    with pytest.raises(WebSocketClosedError):
        for i in range(10_000):
            handler.write_message(text(i))
            most = max(most, handler.waiting)
    assert most <= 200_000 + 3 * PIECE


async def test_wait_one_large_message_passes(start):
    peer, handler = await start(websocket_send_limit=60_000)
    sending = asyncio.ensure_future(handler.write_message("x" * 3_000_000))
    peer.writer.transport.resume_reading()
    assert len((await peer.receive())[1]) == 3_000_000
    await sending


async def test_wait_the_limit_is_16_times_the_high_water_by_default(start):
    _peer, handler = await start(websocket_send_high_water=10_000)
    most = 0
    with pytest.raises(WebSocketClosedError):
        for i in range(10_000):
            handler.write_message(text(i))
            most = max(most, handler.waiting)
    assert 150_000 <= most <= 160_000 + 3 * PIECE


async def test_wait_awaitables_fail_when_the_reader_leaves(start):
    peer, handler = await start()
    with pytest.raises(WebSocketClosedError):
        for i in range(100):
            done = handler.write_message(text(i))
            if not done.done():
                peer.leave()
            await done


# -- close


async def test_close(start, wait_until):
    peer, handler = await start(websocket_send_policy="close")
    with pytest.raises(WebSocketClosedError):
        for i in range(10_000):
            handler.write_message(text(i))
    assert handler.waiting <= 50_000 + 3 * PIECE
    peer.writer.transport.resume_reading()
    while (frame := await peer.receive())[0] != 0x88:
        pass
    assert frame[1][:2] == (1013).to_bytes(2, "big")
    peer.close(1013)
    await wait_until(lambda: handler.closed)


# -- drop_oldest


async def test_drop_oldest(start):
    peer, handler = await start(websocket_send_policy="drop_oldest")
    for i in range(1000):
        assert handler.write_message(text(i)).done()
        assert handler.waiting <= 50_000 + 2 * PIECE
        await asyncio.sleep(0)
    found = await numbers(peer, 999)
    assert found == sorted(found)
    assert found[-5:] == [995, 996, 997, 998, 999]
    assert len(found) < 500
    # and all is as before
    handler.write_message(text(1000))
    assert await numbers(peer, 1000) == [1000]
    assert handler.ws_connection._outbox is None
    assert handler.ws_connection._plain


async def test_drop_oldest_with_compression_drops_before_it_compresses(start):
    """Otherwise the other side could not read what follows."""
    peer, handler = await start(websocket_send_policy="drop_oldest")
    connection = handler.ws_connection
    connection._machine.deflate = Deflate(Agreement(), {"compression_level": 0})
    connection._plain = False
    for i in range(300):
        handler.write_message(text(i))
    peer.writer.transport.resume_reading()
    inflater = zlib.decompressobj(-15)
    found = []
    while not found or found[-1] != 299:
        first, payload = await peer.receive()
        assert first == 0xC1
        found.append(int(inflater.decompress(payload + b"\x00\x00\xff\xff")[:6]))
    assert len(found) < 300


# -- coalesce


async def test_coalesce_keeps_the_latest_of_each_key(start):
    peer, handler = await start(websocket_send_policy="coalesce")
    count = await fill(handler)
    for i in range(count, count + 500):
        done = handler.write_message(text(i), key=f"sensor {i % 3}")
        assert done.done()
        assert handler.waiting <= 5 * PIECE
    handler.write_message(text(count + 500))
    found = await numbers(peer, count + 500)
    assert found[:count] == list(range(count))
    assert found[count:] == [count + i for i in (497, 498, 499, 500)]


async def test_coalesce_without_a_key_messages_are_kept(start):
    peer, handler = await start(websocket_send_policy="coalesce")
    count = await fill(handler)
    pending = []
    for i in range(count, count + 8):
        pending.append(handler.write_message(PreparedMessage(text(i))))
    assert not pending[-1].done()
    assert await numbers(peer, count + 7) == list(range(count + 8))
    await asyncio.gather(*pending)


async def test_coalesce_is_bounded_too(start):
    _peer, handler = await start(websocket_send_policy="coalesce")
    most = 0
    with pytest.raises(WebSocketClosedError):
        for i in range(10_000):
            handler.write_message(text(i), key=i)
            most = max(most, handler.waiting)
    assert most <= 16 * 50_000 + 3 * PIECE


async def test_what_waits_leaves_before_a_close_frame(start):
    peer, handler = await start(websocket_send_policy="coalesce")
    count = await fill(handler)
    handler.write_message(text(count), key="a")
    handler.close(1000, "done")
    assert await numbers(peer, count) == list(range(count + 1))
    assert await peer.close_frame() == (1000, "done")


async def test_a_class_may_have_a_policy_of_its_own(serve, connect):
    class Own(Source):
        send_policy = "coalesce"
        send_high_water = 1234

    class Kept:
        handler = None

    await connect(serve([("/", Own, {"source": Kept})]))
    params = Kept.handler.ws_connection.params
    assert (params.send_policy, params.send_high_water) == ("coalesce", 1234)


async def test_a_policy_that_does_not_exist(serve, dial, handshake, expect_log):
    with expect_log("tornado.application", "'later' is not a valid SendPolicy"):
        peer = await dial(serve([("/", Source, {"source": None})], websocket_send_policy="later"))
        peer.send(handshake())
        assert (await peer.answer())[0] == 500


# -- readers that have stopped


async def test_a_reader_that_takes_nothing_is_given_up(start, wait_until, tell_time):
    clock = tell_time()
    _peer, handler = await start()
    await fill(handler)
    clock.advance(59)
    await asyncio.sleep(0.01)
    assert handler.closed is None
    clock.advance(62)  # once around more, since something may have left at first
    await wait_until(lambda: handler.closed)
    assert handler.closed == (None, None)


async def test_a_reader_that_takes_a_little_is_not(start, wait_until, tell_time):
    clock = tell_time()
    peer, handler = await start(websocket_send_high_water=1 << 24)
    for i in range(1000):
        handler.write_message(text(i))
    stream = handler.ws_connection.stream
    for _ in range(5):
        before = stream._total_write_done_index
        clock.advance(40)
        peer.writer.transport.resume_reading()
        while stream._total_write_done_index == before:
            await peer.receive()
        peer.writer.transport.pause_reading()
    assert handler.closed is None
    clock.advance(200)
    await wait_until(lambda: handler.closed)


async def test_pings_without_end_are_bounded_too(start):
    _peer, handler = await start(websocket_send_limit=200_000)
    with pytest.raises(WebSocketClosedError):
        for _ in range(100_000):
            handler.ping(bytes(125))
    assert handler.waiting <= 200_000 + PIECE


# -- control frames


async def test_at_most_one_pong_waits(start, wait_until):
    """The latest ping wins (RFC 6455 section 5.5.3 allows it)."""
    peer, handler = await start()
    count = await fill(handler)
    seen = []
    handler.on_ping = seen.append
    for i in range(1000):
        peer.frame(0x89, b"%d" % i)
    await wait_until(lambda: len(seen) == 1000)
    assert handler.waiting <= 2 * PIECE
    peer.writer.transport.resume_reading()
    for _ in range(count):
        assert (await peer.receive())[0] == 0x81
    assert await peer.receive() == (0x8A, b"999")


# -- who sends and does not read


async def test_an_echo_to_a_peer_that_does_not_read_stops_reading(serve, connect, wait_until):
    handlers = []

    class Echo(WebSocketHandler):
        def open(self):
            handlers.append(self)
            self.count = 0

        def on_message(self, message):
            self.count += 1
            self.write_message(message)

    port = serve([("/", Echo)], websocket_send_high_water=50_000)
    peer = await connect(port, limit=4096)
    (handler,) = handlers
    peer.writer.transport.pause_reading()
    for i in range(1000):
        peer.text(text(i))
    await wait_until(lambda: handler.ws_connection._stalled)
    await asyncio.sleep(0.02)
    assert handler.count < 1000
    assert handler.ws_connection._waiting() <= 50_000 + 7 * PIECE + 65536
    assert await numbers(peer, 999) == list(range(1000))


# -- the queue itself


def test_an_outbox_drops_the_oldest_but_never_the_last():
    box = Outbox()
    for i in range(10):
        box.put(i, 10)
    assert box.drop_down_to(35) == 7
    assert [box.take() for _ in range(len(box))] == [7, 8, 9]
    box.put("large", 100)
    assert box.drop_down_to(35) == 0
    assert box.size == 100


def test_an_outbox_replaces_by_key():
    box = Outbox()
    box.put("a1", 1, "a")
    box.put("x", 1)
    box.put("b1", 2, 1)  # a key that is a number is not a place in the queue
    box.put("a2", 5, "a")
    assert box.size == 8
    assert [box.take() for _ in range(len(box))] == ["x", "b1", "a2"]
