"""Push mode: straight from the receive to the consumer."""

from __future__ import annotations

import asyncio

import pytest

from tornado.iostream import IOStream, StreamClosedError, StreamConsumer


async def settle() -> None:
    for _turn in range(5):
        await asyncio.sleep(0)


async def test_bytes_and_end(stream_and_peer, recorder):
    stream, peer = stream_and_peer()
    consumer = recorder()
    assert isinstance(consumer, StreamConsumer)
    stream.start_push(consumer)
    assert stream.reading()
    peer.send(b"one")
    await consumer.until(lambda: consumer.data == b"one")
    peer.send(b"two")
    await consumer.until(lambda: consumer.data == b"onetwo")
    assert consumer.chunks == [b"one", b"two"]
    closed = asyncio.Event()
    stream.set_close_callback(closed.set)
    peer.close()
    await closed.wait()
    assert consumer.lost == [None]
    assert stream.closed()


async def test_one_receive_for_one_event(stream_and_peer, recorder):
    stream, peer = stream_and_peer(read_chunk_size=4)
    consumer = recorder()
    stream.start_push(consumer)
    peer.send(b"0123456789")
    await consumer.until(lambda: len(consumer.data) == 10)
    assert consumer.chunks == [b"0123", b"4567", b"89"]


async def test_reset_is_told(tcp_pair, recorder):
    import socket
    import struct

    ours, theirs = await tcp_pair()
    consumer = recorder()
    theirs.start_push(consumer)
    ours.socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    ours.close()
    await consumer.until(lambda: bool(consumer.lost))
    assert isinstance(consumer.lost[0], ConnectionResetError)


async def test_own_close_is_told_later_and_once(stream_and_peer, recorder):
    stream, _peer = stream_and_peer()
    consumer = recorder()
    stream.start_push(consumer)
    cause = ValueError("protocol error")
    stream.close(exc_info=cause)
    assert consumer.lost == []
    await settle()
    assert consumer.lost == [cause]


async def test_buffered_bytes_come_first_and_later(stream_and_peer, recorder):
    stream, peer = stream_and_peer()
    peer.send(b"line\nrest")
    await stream.read_until(b"\n")
    consumer = recorder()
    stream.start_push(consumer)
    assert consumer.chunks == []
    peer.send(b"more")
    await consumer.until(lambda: len(consumer.data) == 8)
    assert consumer.data == b"restmore"


async def test_buffered_bytes_of_a_closed_stream(stream_and_peer, recorder):
    stream, peer = stream_and_peer()
    peer.send(b"line\nrest")
    peer.close()
    await stream.read_until(b"\n")
    with pytest.raises(StreamClosedError):
        await stream.read_bytes(100)
    consumer = recorder()
    stream.start_push(consumer)
    await consumer.until(lambda: bool(consumer.lost))
    assert consumer.data == b"rest"
    assert consumer.lost == [None]
    other = recorder()
    stream.start_push(other)
    await other.until(lambda: bool(other.lost))


async def test_reads_and_consumers_exclude_each_other(stream_and_peer, recorder):
    stream, _peer = stream_and_peer()
    reading = stream.read_until(b"\n")
    with pytest.raises(RuntimeError, match=r"start_push\(\) while read_until\(b'.n'\) is pending"):
        stream.start_push(recorder())
    reading.cancel()
    stream.start_push(recorder())
    with pytest.raises(RuntimeError, match="push mode"):
        stream.read_bytes(1)
    with pytest.raises(RuntimeError, match="push mode already"):
        stream.start_push(recorder())


async def test_stop_inside_data_received_with_unread_bytes(stream_and_peer):
    stream, peer = stream_and_peer()
    read = asyncio.get_running_loop().create_future()

    class Upgrade:
        def data_received(self, data: bytes) -> None:
            head, _, rest = data.partition(b"\n")
            stream.stop_push(rest)
            read.set_result((head, stream.read_bytes(6)))

        def connection_lost(self, exc: BaseException | None) -> None:
            raise AssertionError("this consumer had left")

    stream.start_push(Upgrade())
    peer.send(b"upgrade\nabc")
    head, rest = await read
    assert head == b"upgrade"
    peer.send(b"def")
    assert await rest == b"abcdef"
    peer.close()
    assert await stream.read_until_close() == b""


async def test_unread_goes_in_front(stream_and_peer, recorder):
    stream, peer = stream_and_peer()
    peer.send(b"1\n23")
    await stream.read_until(b"\n")
    stream.start_push(recorder())
    stream.stop_push(b"0")
    assert await stream.read_bytes(3) == b"023"


async def test_pause_and_resume(stream_and_peer, recorder):
    stream, peer = stream_and_peer()
    consumer = recorder()
    stream.pause_reading()  # in pull mode: nothing to pause
    stream.start_push(consumer)
    stream.pause_reading()
    stream.pause_reading()
    peer.send(b"abc")
    await asyncio.sleep(0.01)
    assert consumer.chunks == []
    stream.resume_reading()
    stream.resume_reading()
    await consumer.until(lambda: consumer.data == b"abc")
    stream.close()
    stream.pause_reading()
    stream.resume_reading()
    await consumer.until(lambda: bool(consumer.lost))


async def test_pause_while_buffered_bytes_are_delivered(stream_and_peer, recorder):
    stream, peer = stream_and_peer(read_chunk_size=2)

    class Pausing(recorder):
        def data_received(self, data: bytes) -> None:
            super().data_received(data)
            stream.pause_reading()

    consumer = Pausing()
    peer.send(b"ab")
    await stream.read_bytes(1)
    stream.stop_push(b"12345")
    stream.start_push(consumer)
    await asyncio.sleep(0.01)
    assert consumer.chunks == [b"12"]
    stream.resume_reading()
    await asyncio.sleep(0.01)
    assert consumer.chunks == [b"12", b"34"]
    stream.resume_reading()
    await consumer.until(lambda: consumer.data == b"12345b")


async def test_a_failing_consumer_closes_the_stream(stream_and_peer, expect_log):
    stream, peer = stream_and_peer()

    class Failing:
        lost: list[BaseException | None] = []

        def data_received(self, data: bytes) -> None:
            raise KeyError(data)

        def connection_lost(self, exc: BaseException | None) -> None:
            self.lost.append(exc)

    consumer = Failing()
    with expect_log("tornado.application", "its consumer failed.*KeyError", count=1):
        stream.start_push(consumer)
        peer.send(b"x")
        while not consumer.lost:
            await asyncio.sleep(0)
    assert isinstance(consumer.lost[0], KeyError)
    assert stream.closed()


async def test_send_while_receiving(tcp_pair, recorder):
    """An echo over push mode, with more than the buffers of the kernel hold."""
    ours, theirs = await tcp_pair()

    class Echo:
        def data_received(self, data: bytes) -> None:
            if not theirs.send(data):
                theirs.pause_reading()
                theirs.call_when_drained(theirs.resume_reading)

        def connection_lost(self, exc: BaseException | None) -> None:
            pass

    theirs.start_push(Echo())
    data = bytes(range(256)) * 40_000
    ours.write(data)
    assert await ours.read_bytes(len(data)) == data


async def test_send_finds_the_peer_gone(tcp_pair, recorder):
    ours, theirs = await tcp_pair()
    consumer = recorder()
    ours.start_push(consumer)
    ours.pause_reading()
    theirs.close()
    with pytest.raises(StreamClosedError) as caught:
        while True:
            ours.send(b"x")
            await asyncio.sleep(0)
    assert isinstance(caught.value.real_error, ConnectionError)
    assert ours.closed()
    await settle()
    assert consumer.lost == [caught.value.real_error]


async def test_common_path_is_one_receive_and_one_send(stream_and_peer):
    """Nothing but recv and send happens to the socket for a request and its answer."""
    calls: list[str] = []

    class Watched:
        def __init__(self, inner):
            self._inner = inner

        def __getattr__(self, name):
            calls.append(name)
            return getattr(self._inner, name)

    stream, peer = stream_and_peer()

    class Server:
        def data_received(self, data: bytes) -> None:
            assert stream.send(b"answer")

        def connection_lost(self, exc: BaseException | None) -> None:
            pass

    stream.start_push(Server())
    stream.socket = Watched(stream.socket)
    loop = asyncio.get_running_loop()
    for _request in range(3):
        peer.send(b"question")
        assert await loop.sock_recv(peer, 100) == b"answer"
    assert calls == ["recv", "send"] * 3
    stream.socket = stream.socket._inner


async def test_subclasses_with_their_own_primitives(stream_and_peer, recorder):
    class Shouting(IOStream):
        def read_from_fd(self, buf):
            count = super().read_from_fd(buf)
            if count:
                buf[:count] = bytes(buf[:count]).upper()
            return count

        def write_to_fd(self, data):
            return super().write_to_fd(memoryview(bytes(data).lower()))

    stream, peer = stream_and_peer(Shouting)
    peer.send(b"abc")
    assert await stream.read_bytes(3) == b"ABC"
    consumer = recorder()
    stream.start_push(consumer)
    peer.send(b"def")
    await consumer.until(lambda: consumer.data == b"DEF")
    stream.send(b"GHI")
    assert await asyncio.get_running_loop().sock_recv(peer, 10) == b"ghi"


async def test_a_consumer_may_keep_writing_after_the_other_side_has_shut_its_own(
    stream_and_peer, recorder
):
    import socket

    class Keeps(recorder):
        ends = 0

        def eof_received(self):
            self.ends += 1
            self.changed.set()
            return self.ends < 3

    stream, peer = stream_and_peer()
    consumer = Keeps()
    stream.start_push(consumer)
    peer.shutdown(socket.SHUT_WR)
    await consumer.until(lambda: consumer.ends == 1)
    await settle()
    assert consumer.ends == 1
    assert stream.send(b"still here")
    assert peer.recv(100) == b"still here"
    stream.resume_reading()
    await consumer.until(lambda: consumer.ends == 2)
    assert not stream.closed()
    stream.resume_reading()
    await consumer.until(lambda: bool(consumer.lost))
    assert consumer.lost == [None]
