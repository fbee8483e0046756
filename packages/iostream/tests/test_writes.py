"""Sending: at once, in parts, from files; in order always."""

from __future__ import annotations

import asyncio
import io
import os

import pytest

from tornado.iostream import IOStream, StreamClosedError


async def receive(peer, count):
    loop = asyncio.get_running_loop()
    got = bytearray()
    while len(got) < count:
        piece = await loop.sock_recv(peer, 1 << 20)
        assert piece, f"ended after {len(got)} of {count} bytes"
        got += piece
    return bytes(got)


class Reluctant(IOStream):
    """Sends at most three bytes at a time, and nothing every second time."""

    turn = 0

    def write_to_fd(self, data):
        self.turn += 1
        if self.turn % 2 == 0:
            raise BlockingIOError
        return super().write_to_fd(data[:3])


@pytest.mark.parametrize("kind", [bytes, bytearray, memoryview])
async def test_kinds_of_bytes(stream_and_peer, kind):
    stream, peer = stream_and_peer()
    await stream.write(kind(b"abc"))
    assert stream.send(kind(b"def"))
    assert await receive(peer, 6) == b"abcdef"
    big = os.urandom(3_000_000)
    writing = stream.write(kind(big))
    assert stream.writing()
    assert not stream.send(kind(b"!"))
    assert await receive(peer, 3_000_001) == big + b"!"
    await writing
    assert not stream.writing()


async def test_str_is_utf8_and_others_are_refused(stream_and_peer):
    stream, peer = stream_and_peer()
    await stream.write("größe")
    assert await receive(peer, 7) == "größe".encode()
    for wrong in (5, None, ["a"]):
        with pytest.raises(TypeError, match="a stream sends bytes"):
            stream.write(wrong)
    assert not stream.closed()


async def test_wide_and_strided_views(stream_and_peer):
    import array

    stream, peer = stream_and_peer()
    numbers = array.array("I", range(1000))
    await stream.write(memoryview(numbers))
    assert await receive(peer, 4000) == numbers.tobytes()
    await stream.write(memoryview(b"abcdef")[::2])
    assert await receive(peer, 3) == b"ace"


async def test_empty_write(stream_and_peer):
    stream, _peer = stream_and_peer()
    await stream.write(b"")
    assert stream.send(b"")
    assert not stream.writing()


async def test_futures_of_partial_sends_are_resolved_in_order(stream_and_peer):
    stream, peer = stream_and_peer(Reluctant)
    order = []
    pieces = [b"one", b"twotwo", b"", b"3" * 5000, b"four"]
    for number, piece in enumerate(pieces):
        stream.write(piece).add_done_callback(lambda _done, number=number: order.append(number))
    assert await receive(peer, sum(map(len, pieces))) == b"".join(pieces)
    while len(order) < 5:
        await asyncio.sleep(0)
    assert order == [0, 1, 2, 3, 4]


async def test_large_pieces_are_not_copied(stream_and_peer):
    stream, _peer = stream_and_peer(Reluctant)
    piece = bytearray(100_000)
    stream.write(b"x" * 10)
    stream.write(piece)
    with pytest.raises(BufferError):  # the queue looks at the very memory
        piece.append(1)
    stream.close()
    piece.append(1)


async def test_call_when_drained(stream_and_peer):
    stream, peer = stream_and_peer()
    called = []
    stream.call_when_drained(lambda: called.append("idle"))
    assert not called
    await asyncio.sleep(0)
    assert called == ["idle"]
    stream.send(b"x" * 2_000_000)
    stream.call_when_drained(lambda: called.append("drained"))
    await asyncio.sleep(0.01)
    assert called == ["idle"]
    await receive(peer, 2_000_000)
    while len(called) < 2:
        await asyncio.sleep(0)
    stream.send(b"x" * 2_000_000)
    stream.call_when_drained(lambda: called.append("closed"))
    stream.close()
    await asyncio.sleep(0)
    assert called == ["idle", "drained", "closed"]


async def test_closing_fails_what_waits(stream_and_peer):
    stream, _peer = stream_and_peer()
    writing = stream.write(b"x" * 2_000_000)
    stream.close()
    with pytest.raises(StreamClosedError):
        await writing


async def test_a_fast_reader_does_not_keep_the_loop(tcp_pair):
    ours, theirs = await tcp_pair()
    turns = 0
    got = 0

    class Sink:
        def data_received(self, data):
            nonlocal got
            got += len(data)

        def connection_lost(self, exc):
            pass

    theirs.start_push(Sink())
    writing = ours.write(memoryview(bytes(30_000_000)))
    while not writing.done():
        turns += 1
        await asyncio.sleep(0)
    assert turns >= 25
    while got < 30_000_000:
        await asyncio.sleep(0)


# The queue as programs of others fill it


async def test_filling_the_queue_from_outside(stream_and_peer):
    """As dask's distributed does: append to the buffer, raise the index, write nothing."""
    stream, peer = stream_and_peer()
    frames = [b"head", b"a" * 100_000, memoryview(b"b" * 1_000_000), bytearray(b"c")]
    for frame in frames:
        stream._write_buffer.append(frame)
        stream._total_write_index += len(frame)
    assert stream.writing()
    done = stream.write(b"")
    assert await receive(peer, 1_100_005) == b"".join(bytes(f) for f in frames)
    await done
    assert stream._total_write_index == stream._total_write_done_index == 1_100_005
    await stream.write(b"usual")
    assert await receive(peer, 5) == b"usual"
    stream.close()
    assert stream._write_buffer is None


# Files


@pytest.fixture
def file(tmp_path):
    path = tmp_path / "file"
    path.write_bytes(bytes(range(256)) * 8000)
    with path.open("rb") as opened:
        yield opened


async def test_sendfile(tcp_pair, file):
    ours, theirs = await tcp_pair()
    content = file.read()
    file.seek(77)
    ours.write(b"before")
    assert not theirs.closed()
    whole = ours.sendfile(file)
    part = ours.sendfile(file, 1000, 50_000)
    ours.write(b"behind")
    expected = b"before" + content + content[1000:51000] + b"behind"
    assert await theirs.read_bytes(len(expected)) == expected
    assert await whole == len(content)
    assert await part == 50_000
    assert file.tell() == 77


async def test_sendfile_sends_no_more_than_there_is(tcp_pair, file):
    ours, theirs = await tcp_pair()
    assert await ours.sendfile(file, 2_048_000 - 5, 100) == 5
    assert await ours.sendfile(file, 5_000_000) == 0
    assert await ours.sendfile(file, 0, 0) == 0
    await ours.write(b"!")
    assert await theirs.read_bytes(6) == b"\xfb\xfc\xfd\xfe\xff!"


async def test_sendfile_of_a_file_that_shrinks(tcp_pair, tmp_path):
    ours, theirs = await tcp_pair()
    path = tmp_path / "shrinking"
    path.write_bytes(b"x" * 20_000_000)
    with path.open("rb") as opened:
        sending = ours.sendfile(opened)
        await ours.write(b"") if not ours.writing() else None
        os.truncate(path, 10)
        ours.write(b"behind")
        ours.call_when_drained(ours.close)
        got = await theirs.read_until_close()
    sent = await sending
    assert sent < 20_000_000
    assert len(got) == sent + 6
    assert got.endswith(b"behind")


async def test_sendfile_where_the_kernel_cannot(stream_and_peer, file, monkeypatch):
    import errno

    def refuse(*_arguments):
        raise OSError(errno.EINVAL, "no")

    monkeypatch.setattr(os, "sendfile", refuse)
    stream, peer = stream_and_peer()
    sending = stream.sendfile(file, 10, 300_000)
    file.seek(10)
    assert await receive(peer, 300_000) == file.read(300_000)
    assert await sending == 300_000


async def test_sendfile_refuses_what_is_no_file(stream_and_peer, file):
    stream, peer = stream_and_peer()
    with pytest.raises(ValueError, match="regular file"):
        stream.sendfile(peer)
    with pytest.raises(OSError):
        stream.sendfile(io.BytesIO(b"x"))
    with pytest.raises(ValueError, match="negative"):
        stream.sendfile(file, -1)
    assert not stream.closed()


async def test_sendfile_and_a_peer_that_leaves(tcp_pair, file):
    ours, theirs = await tcp_pair()
    sendings = [ours.sendfile(file) for _round in range(10)]
    await theirs.read_bytes(10)
    theirs.close()
    with pytest.raises(StreamClosedError):
        await sendings[-1]
    assert ours.closed()


async def test_nodelay(tcp_pair, stream_and_peer):
    import socket

    ours, _theirs = await tcp_pair()
    ours.set_nodelay(True)
    assert ours.socket.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY)
    ours.set_nodelay(False)
    assert not ours.socket.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY)
    local, _peer = stream_and_peer()
    local.set_nodelay(True)
