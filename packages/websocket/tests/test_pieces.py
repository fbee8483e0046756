"""Messages in pieces: read while they arrive, sent while they are made."""

import asyncio
import zlib

import pytest

from tornado.websocket import MessageReader, WebSocketClosedError, WebSocketHandler
from tornado.websocket._reader import AHEAD


class Reading(WebSocketHandler):
    stream_messages = True

    async def on_message(self, message):
        assert isinstance(message, MessageReader)
        size = 0
        async for piece in message:
            assert isinstance(piece, bytes if message.binary else str)
            size += len(piece)
        await self.write_message({"size": size, "binary": message.binary})


# -- receiving


async def test_a_message_is_read_while_it_arrives(serve, connect):
    class First(WebSocketHandler):
        stream_messages = True

        async def on_message(self, message):
            async for piece in message:
                self.write_message(piece)

    peer = await connect(serve([("/", First)]))
    peer.frame(0x01, b"begin")
    assert await peer.receive() == (0x81, b"begin")
    peer.frame(0x00, b"middle")
    assert await peer.receive() == (0x81, b"middle")
    peer.frame(0x80, b"end")
    assert await peer.receive() == (0x81, b"end")


async def test_large_messages_of_both_kinds(serve, connect):
    peer = await connect(serve([("/", Reading)]))
    peer.frame(0x82, bytes(3_000_000))
    assert await peer.receive() == (0x81, b'{"size": 3000000, "binary": true}')
    peer.text("ü" * 1_000_000)
    assert await peer.receive() == (0x81, b'{"size": 1000000, "binary": false}')
    peer.text("")
    assert await peer.receive() == (0x81, b'{"size": 0, "binary": false}')


async def test_all_that_is_left(serve, connect):
    class Whole(WebSocketHandler):
        stream_messages = True

        async def on_message(self, message):
            first = await anext(message)
            self.write_message(first + "|" + await message.read())

    peer = await connect(serve([("/", Whole)]))
    peer.frame(0x01, b"a")
    await asyncio.sleep(0.01)
    peer.frame(0x00, b"b")
    peer.frame(0x80, b"c")
    assert await peer.receive() == (0x81, b"a|bc")


async def test_receiving_pauses_while_nobody_reads(serve, connect, wait_until):
    gate = asyncio.Event()
    readers = []

    class Slow(WebSocketHandler):
        stream_messages = True

        async def on_message(self, message):
            readers.append(message)
            await gate.wait()
            size = 0
            async for piece in message:
                size += len(piece)
            self.write_message(str(size))

    peer = await connect(serve([("/", Slow)]))
    peer.frame(0x82, bytes(8_000_000))
    await wait_until(lambda: readers and readers[0].unread > AHEAD)
    await asyncio.sleep(0.02)
    assert readers[0].unread <= 2 * AHEAD
    gate.set()
    assert await peer.receive() == (0x81, b"8000000")


async def test_what_nobody_reads_is_dropped(serve, connect):
    class Bored(WebSocketHandler):
        stream_messages = True

        async def on_message(self, message):
            piece = await anext(message)
            await self.write_message(str(piece[:5]))

    peer = await connect(serve([("/", Bored)]))
    peer.text("first" + "." * 2_000_000)
    assert await peer.receive() == (0x81, b"first")
    peer.text("second")
    assert await peer.receive() == (0x81, b"secon")


async def test_the_next_message_waits_for_the_first(serve, connect):
    peer = await connect(serve([("/", Reading)]))
    for size in (1, 100_000, 0, 5):
        peer.frame(0x82, bytes(size))
    for size in (1, 100_000, 0, 5):
        assert await peer.receive() == (0x81, b'{"size": %d, "binary": true}' % size)


async def test_the_connection_is_lost_in_the_middle(serve, connect, wait_until):
    ends = []

    class Told(WebSocketHandler):
        stream_messages = True

        async def on_message(self, message):
            assert await anext(message) == "begun"
            try:
                await anext(message)
            except WebSocketClosedError as error:
                ends.append(str(error))

        def on_close(self):
            ends.append("closed")

    peer = await connect(serve([("/", Told)]))
    peer.frame(0x01, b"begun")
    await asyncio.sleep(0.01)
    peer.leave()
    await wait_until(lambda: len(ends) == 2)
    assert ends == ["closed", "the connection ended in the middle of a message"]


async def test_limits_and_text_are_checked_in_pieces_too(serve, connect):
    port = serve([("/", Reading)], websocket_max_message_size=1000)
    peer = await connect(port)
    peer.frame(0x01, b"x" * 600)
    peer.frame(0x80, b"x" * 401)
    assert (await peer.close_frame())[0] == 1009
    peer = await connect(port)
    peer.frame(0x01, b"fine \xf4\x90")
    assert (await peer.close_frame())[0] == 1007


async def test_two_readers_of_one_message():
    reader = MessageReader(False, lambda: None)
    first = asyncio.ensure_future(anext(reader))
    await asyncio.sleep(0)
    with pytest.raises(RuntimeError, match="two tasks"):
        await anext(reader)
    reader.feed("x", True)
    assert await first == "x"


async def test_a_reader_that_fails_at_once_lets_the_rest_of_a_message_pass(
    serve, connect, expect_log
):
    class Failing(WebSocketHandler):
        stream_messages = True

        def get_compression_options(self):
            return {}

        def on_message(self, message):
            raise ZeroDivisionError

    peer = await connect(serve([("/", Failing)]), sec_websocket_extensions="permessage-deflate")
    squeezer = zlib.compressobj(9, zlib.DEFLATED, -15)
    with expect_log("tornado.application", "ZeroDivisionError"):
        peer.frame(0x42, squeezer.compress(bytes(1_000_000)) + squeezer.flush(zlib.Z_SYNC_FLUSH))
        peer.frame(0x00, bytes(20_000_000))
        async with asyncio.timeout(10):
            while peer.writer.transport.get_write_buffer_size():
                await asyncio.sleep(0.001)
        assert (await peer.close_frame())[0] == 1011


# -- sending


async def made(*pieces):
    for piece in pieces:
        await asyncio.sleep(0)
        yield piece


class Sending(WebSocketHandler):
    def initialize(self, send):
        self.send = send

    async def on_message(self, message):
        await self.send(self)


async def ask(serve, connect, send):
    peer = await connect(serve([("/", Sending, {"send": send})]))
    peer.text("go")
    return peer


async def test_a_message_is_sent_while_it_is_made(serve, connect):
    async def send(handler):
        await handler.write_message(made("Hel", "lo ", "ü"))
        await handler.write_message(made(b"\xff", b"\x00"), binary=True)
        await handler.write_message(made())
        await handler.write_message("after")

    peer = await ask(serve, connect, send)
    assert [await peer.receive() for _ in range(4)] == [
        (0x01, b"Hel"),
        (0x00, b"lo "),
        (0x00, "ü".encode()),
        (0x80, b""),
    ]
    assert [await peer.receive() for _ in range(3)] == [
        (0x02, b"\xff"),
        (0x00, b"\x00"),
        (0x80, b""),
    ]
    assert await peer.receive() == (0x81, b"")
    assert await peer.receive() == (0x81, b"after")


async def test_other_messages_wait_for_the_end_of_the_one_in_pieces(serve, connect):
    gate = asyncio.Event()

    async def slowly(name):
        yield name
        await gate.wait()
        yield "."

    async def send(handler):
        handler.write_message(slowly("first"))
        handler.write_message("in between")
        handler.write_message(slowly("second"))
        handler.ping(b"passes by")
        handler.write_message("last")

    peer = await ask(serve, connect, send)
    assert await peer.receive() == (0x89, b"passes by")
    assert await peer.receive() == (0x01, b"first")
    peer.frame(0x89, b"you?")
    assert await peer.receive() == (0x8A, b"you?")
    gate.set()
    rest = [await peer.receive() for _ in range(7)]
    assert rest == [
        (0x00, b"."),
        (0x80, b""),
        (0x81, b"in between"),
        (0x01, b"second"),
        (0x00, b"."),
        (0x80, b""),
        (0x81, b"last"),
    ]


async def test_a_maker_waits_for_the_reader(serve, connect, wait_until):
    count = 0

    async def endless():
        nonlocal count
        while count < 300:
            count += 1
            yield bytes(100_000)

    async def send(handler):
        await handler.write_message(endless(), binary=True)

    peer = await ask(serve, connect, send)
    await wait_until(lambda: count > 5)
    before = -1
    while before != count:
        before = count
        await asyncio.sleep(0.05)
    assert count < 150
    size = 0
    while (frame := await peer.receive())[0] != 0x80:
        size += len(frame[1])
    assert size == 30_000_000


async def test_a_maker_that_fails_ends_the_connection(serve, connect, expect_log):
    async def broken():
        yield "begun"
        raise ZeroDivisionError

    async def send(handler):
        handler.write_message(broken())  # not awaited: the log tells

    with expect_log("tornado.application", "ZeroDivisionError", count=1):
        peer = await ask(serve, connect, send)
        assert await peer.receive() == (0x01, b"begun")
        assert (await peer.close_frame())[0] == 1011


async def test_a_message_that_is_cancelled_before_it_began_was_never_there(serve, connect):
    gate = asyncio.Event()

    async def late():
        await gate.wait()
        yield "."

    async def send(handler):
        nothing = asyncio.ensure_future(handler.write_message(late()))
        first = handler.write_message(late())
        second = handler.write_message(late())
        handler.write_message("in between")
        at_once = handler.write_message(late())
        at_once.cancel()
        handler.write_message("last")
        await asyncio.sleep(0)
        nothing.cancel()
        second.cancel()
        gate.set()
        await first

    peer = await ask(serve, connect, send)
    assert [await peer.receive() for _ in range(4)] == [
        (0x01, b"."),
        (0x80, b""),
        (0x81, b"in between"),
        (0x81, b"last"),
    ]


async def test_a_message_that_is_cancelled_in_the_middle_ends_the_connection(serve, connect):
    async def halting():
        yield "begun"
        await asyncio.Event().wait()

    async def send(handler):
        with pytest.raises(TimeoutError):
            await asyncio.wait_for(handler.write_message(halting()), 0.01)

    peer = await ask(serve, connect, send)
    assert await peer.receive() == (0x01, b"begun")
    assert await peer.close_frame() == (1011, "a message was cut short")


async def test_a_message_in_pieces_that_waits_for_a_slow_reader_fails_with_the_close(
    serve, connect, wait_until
):
    class DropsOldest(Sending):
        send_policy = "drop_oldest"

    fates = []

    async def send(handler):
        while not handler.ws_connection.stream.writing():
            handler.write_message(bytes(100_000), binary=True)
        pieces = handler.write_message(made("never"))
        handler.close()
        try:
            await pieces
        except WebSocketClosedError:
            fates.append("told")

    peer = await connect(serve([("/", DropsOldest, {"send": send})]), limit=4096)
    peer.writer.transport.pause_reading()
    peer.text("go")
    await wait_until(lambda: fates)


async def test_a_maker_in_a_hurry_does_not_keep_the_loop(serve, connect):
    others = asyncio.Event()
    made_before_others = 0

    async def hurried():
        nonlocal made_before_others
        asyncio.get_running_loop().call_soon(others.set)
        while made_before_others < 10_000 and not others.is_set():
            made_before_others += 1
            yield "x"

    async def send(handler):
        await handler.write_message(hurried())

    peer = await ask(serve, connect, send)
    while (await peer.receive())[0] != 0x80:
        pass
    assert made_before_others < 100


async def test_text_in_pieces_has_to_be_text(serve, connect, expect_log):
    async def send(handler):
        with pytest.raises(UnicodeDecodeError):
            await handler.write_message(made(b"\xc3", b"\xff"))

    with expect_log("tornado.application", "UnicodeDecodeError"):
        peer = await ask(serve, connect, send)
        assert await peer.receive() == (0x01, b"\xc3")
        assert (await peer.close_frame())[0] == 1011


async def test_the_reader_leaves_in_the_middle(serve, connect, wait_until):
    ends = []

    async def send(handler):
        async def endless():
            while True:
                yield "more" * 1000

        try:
            await handler.write_message(endless())
        except WebSocketClosedError:
            ends.append("told")

    peer = await ask(serve, connect, send)
    await peer.receive()
    peer.leave()
    await wait_until(lambda: ends)


async def test_compressed_pieces(serve, connect):
    class Compressed(Sending):
        def get_compression_options(self):
            return {}

    async def send(handler):
        await handler.write_message(made("hello " * 100, "again " * 100))

    port = serve([("/", Compressed, {"send": send})])
    peer = await connect(port, sec_websocket_extensions="permessage-deflate")
    peer.text("go")
    first, data = await peer.receive()
    assert first == 0x41
    while first != 0x80:
        first, payload = await peer.receive()
        assert first in (0x00, 0x80)
        data += payload
    text = zlib.decompressobj(-15).decompress(data + b"\x00\x00\xff\xff")
    assert text == b"hello " * 100 + b"again " * 100
