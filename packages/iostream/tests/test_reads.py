"""Reading in pull mode, with Futures."""

from __future__ import annotations

import asyncio
import re
import socket

import pytest

from tornado.iostream import IOStream, StreamClosedError


async def turns(count: int = 5) -> None:
    for _turn in range(count):
        await asyncio.sleep(0)


async def test_read_until(stream_and_peer):
    stream, peer = stream_and_peer()
    peer.send(b"one\r\ntwo\r\nthr")
    assert await stream.read_until(b"\r\n") == b"one\r\n"
    assert await stream.read_until(b"\r\n") == b"two\r\n"
    rest = stream.read_until(b"\r\n")
    assert stream.reading()
    peer.send(b"ee\r")
    await turns()
    assert not rest.done()
    peer.send(b"\n")
    assert await rest == b"three\r\n"
    assert not stream.reading()


async def test_delimiter_in_pieces_of_one_byte(stream_and_peer):
    stream, peer = stream_and_peer()
    reading = stream.read_until(b"abcabd")
    for byte in b"abcabcabd":
        peer.send(bytes([byte]))
        await turns(2)
    assert await reading == b"abcabcabd"


async def test_read_until_str_is_utf8(stream_and_peer):
    stream, peer = stream_and_peer()
    peer.send("größe€rest".encode())
    assert await stream.read_until("€") == "größe€".encode()


@pytest.mark.parametrize(
    "regex", [b"BYTES: \\d+\\s+", r"BYTES: \d+\s+", re.compile(b"bytes: \\d+\\s+", re.I),
              re.compile(r"bytes: \d+\s+", re.I)]
)  # fmt: skip
async def test_read_until_regex(stream_and_peer, regex):
    stream, peer = stream_and_peer()
    reading = stream.read_until_regex(regex)
    peer.send(b"junk BYTES: 12")
    await turns()
    assert not reading.done()
    peer.send(b"\nrest")
    assert await reading == b"junk BYTES: 12\n"
    assert await stream.read_bytes(4) == b"rest"


async def test_regex_may_match_nothing(stream_and_peer):
    stream, peer = stream_and_peer()
    peer.send(b"abc")
    assert await stream.read_until_regex(b"x*") == b""
    assert await stream.read_bytes(3) == b"abc"


async def test_read_bytes(stream_and_peer):
    stream, peer = stream_and_peer()
    peer.send(b"abcdef")
    assert await stream.read_bytes(2) == b"ab"
    assert await stream.read_bytes(0) == b""
    assert await stream.read_bytes(100, partial=True) == b"cdef"
    partial = stream.read_bytes(1, partial=True)
    assert not partial.done()
    peer.send(b"gh")
    assert await partial == b"g"


async def test_large_read_bytes(tcp_pair):
    ours, theirs = await tcp_pair()
    data = bytes(range(256)) * 20000
    ours.write(data)
    assert await theirs.read_bytes(len(data)) == data


async def test_read_into(stream_and_peer):
    stream, peer = stream_and_peer()
    peer.send(b"hello world")
    assert await stream.read_bytes(2) == b"he"
    target = bytearray(20)
    reading = stream.read_into(memoryview(target)[:12])
    await turns()
    assert not reading.done()
    peer.send(b"1234567")
    assert await reading == 12
    assert target == b"llo world123" + bytes(8)
    assert await stream.read_into(target, partial=True) == 4
    assert target[:4] == b"4567"


async def test_read_into_needs_a_writable_buffer(stream_and_peer):
    stream, _peer = stream_and_peer()
    with pytest.raises(ValueError, match="writable"):
        stream.read_into(b"abc")


async def test_read_into_of_wide_items(stream_and_peer):
    import array

    stream, peer = stream_and_peer()
    target = array.array("I", [0, 0])
    peer.send(b"\1\0\0\0\2\0\0\0")
    assert await stream.read_into(target) == 8
    assert target.tolist() == [1, 2]


async def test_read_until_close(stream_and_peer):
    stream, peer = stream_and_peer()
    peer.send(b"abc")
    reading = stream.read_until_close()
    await turns()
    peer.send(b"def")
    peer.close()
    assert await reading == b"abcdef"
    assert stream.closed()
    # Nothing is left, but the end can be read again.
    assert await stream.read_until_close() == b""


async def test_buffered_data_can_be_read_after_the_end(stream_and_peer):
    stream, peer = stream_and_peer()
    peer.send(b"line\nrest")
    peer.close()
    assert await stream.read_until(b"\n") == b"line\n"
    with pytest.raises(StreamClosedError):
        await stream.read_bytes(100)
    assert stream.closed()
    assert await stream.read_bytes(2) == b"re"
    assert await stream.read_until_close() == b"st"
    with pytest.raises(StreamClosedError):
        stream.read_bytes(1)


async def test_two_reads_name_the_pending_one(stream_and_peer):
    stream, _peer = stream_and_peer()
    first = stream.read_until(b"\r\n\r\n")
    with pytest.raises(RuntimeError, match=r"read_bytes\(3\) while read_until\(b'.r.n.r.n'\) is"):
        stream.read_bytes(3)
    first.cancel()


async def test_a_cancelled_read_makes_room_and_loses_nothing(stream_and_peer):
    stream, peer = stream_and_peer()
    with pytest.raises(asyncio.TimeoutError):
        await asyncio.wait_for(stream.read_until(b"\n"), 0.01)
    assert not stream.reading()
    peer.send(b"late\n")
    assert await stream.read_until(b"\n") == b"late\n"
    # Cancelled while bytes arrive that nobody reads.
    gone = stream.read_bytes(10)
    peer.send(b"12345")
    await turns()
    gone.cancel()
    peer.send(b"67890")
    await turns()
    assert await stream.read_bytes(10) == b"1234567890"


async def test_bad_arguments(stream_and_peer):
    stream, _peer = stream_and_peer()
    with pytest.raises(ValueError, match="empty delimiter"):
        stream.read_until(b"")
    with pytest.raises(TypeError, match="bytes or str, not int"):
        stream.read_until(3)
    with pytest.raises(ValueError, match="num_bytes"):
        stream.read_bytes(-1)
    with pytest.raises(ValueError, match="max_bytes"):
        stream.read_until(b"x", max_bytes=-5)
    with pytest.raises(TypeError, match="callback must be callable"):
        stream.read_until(b"x", callback=5, max_bytes=3)
    assert not stream.reading()


async def test_one_receive_per_event_and_backpressure(tcp_pair):
    """Data that nobody reads stays in the kernel."""
    ours, theirs = await tcp_pair()
    theirs.socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 20000)
    writing = ours.write(b"x" * 5_000_000)
    assert await theirs.read_bytes(1) == b"x"
    await asyncio.sleep(0.05)
    assert len(theirs._inbox) < 2 * theirs.read_chunk_size
    assert not writing.done()
    assert len(await theirs.read_bytes(4_999_999)) == 4_999_999
    await writing


async def test_fairness_of_an_endless_sender(stream_and_peer):
    """A line-by-line reader of a full buffer is not the only one to run."""
    stream, peer = stream_and_peer()
    peer.setblocking(False)
    lines = 0
    other = 0

    async def feed() -> None:
        loop = asyncio.get_running_loop()
        for _turn in range(50):
            await loop.sock_sendall(peer, b"x\n" * 1000)

    async def count() -> None:
        nonlocal other
        while lines < 50_000:
            other += 1
            await asyncio.sleep(0)

    async def read() -> None:
        nonlocal lines
        while lines < 50_000:
            await stream.read_until(b"\n")
            lines += 1

    await asyncio.gather(feed(), count(), read())
    assert other >= 20


async def test_streams_of_another_thread_are_refused():
    from tornado.ioloop import IOLoop

    loops: asyncio.Queue[object] = asyncio.Queue()
    here = asyncio.get_running_loop()
    release = asyncio.Event()

    def other() -> None:
        async def main() -> None:
            done = asyncio.Event()
            here.call_soon_threadsafe(
                loops.put_nowait, (IOLoop.current(), asyncio.get_running_loop(), done)
            )
            await done.wait()

        asyncio.run(main())
        here.call_soon_threadsafe(release.set)

    thread = here.run_in_executor(None, other)
    io_loop, aio, done = await loops.get()
    with socket.socket() as sock, pytest.raises(RuntimeError, match="another thread"):
        IOStream(sock, io_loop=io_loop)
    aio.call_soon_threadsafe(done.set)
    await release.wait()
    await thread


async def test_io_loop_in_its_old_place():
    from tornado.ioloop import IOLoop

    sock, peer = socket.socketpair()
    stream = IOStream(sock, IOLoop.current(), 5000, 1000)
    assert (stream.io_loop, stream.max_buffer_size) == (IOLoop.current(), 5000)
    assert stream.read_chunk_size == 1000
    stream.close()
    peer.close()
