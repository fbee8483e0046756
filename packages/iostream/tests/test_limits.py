"""Past the limits: the stream closes, with the cause and a line in the log."""

from __future__ import annotations

import asyncio
import logging

import pytest

from tornado.iostream import StreamBufferFullError, StreamClosedError, UnsatisfiableReadError


@pytest.mark.parametrize(
    "read", [lambda s: s.read_until(b"END", max_bytes=50),
             lambda s: s.read_until_regex(b"END", max_bytes=50)]
)  # fmt: skip
@pytest.mark.parametrize("data", [b"x" * 50, b"x" * 48 + b"END", b"x" * 500])
async def test_not_within_max_bytes(stream_and_peer, expect_log, read, data):
    stream, peer = stream_and_peer()
    with expect_log("tornado.general", "not (found|matched) within 50 bytes", level=logging.INFO):
        reading = read(stream)
        peer.send(data)
        with pytest.raises(StreamClosedError) as caught:
            await reading
    assert isinstance(caught.value.real_error, UnsatisfiableReadError)
    assert caught.value.real_error is stream.error
    assert stream.closed()


async def test_exactly_max_bytes_is_enough(stream_and_peer):
    stream, peer = stream_and_peer()
    peer.send(b"x" * 47 + b"END")
    assert len(await stream.read_until(b"END", max_bytes=50)) == 50
    peer.send(b"x" * 47 + b"END")
    assert len(await stream.read_until_regex(b"END", max_bytes=50)) == 50
    assert not stream.closed()


async def test_the_limit_is_seen_when_the_data_is_buffered(stream_and_peer):
    stream, peer = stream_and_peer()
    peer.send(b"x" * 100)
    assert await stream.read_bytes(1) == b"x"
    with pytest.raises(StreamClosedError) as caught:
        await stream.read_until(b"END", max_bytes=50)
    assert isinstance(caught.value.real_error, UnsatisfiableReadError)


async def test_max_buffer_size(stream_and_peer, expect_log):
    stream, peer = stream_and_peer(max_buffer_size=5000)
    with expect_log("tornado.general", "max_buffer_size=5000", level=logging.INFO):
        reading = stream.read_until(b"\n")
        await asyncio.get_running_loop().sock_sendall(peer, b"x" * 8000)
        with pytest.raises(StreamClosedError) as caught:
            await reading
    assert isinstance(caught.value.real_error, StreamBufferFullError)
    assert len(stream._inbox) < 10000


async def test_streaming_is_not_limited(stream_and_peer):
    stream, peer = stream_and_peer(max_buffer_size=5000)
    got = bytearray()
    reading = stream.read_until_close(streaming_callback=got.extend)
    await asyncio.get_running_loop().sock_sendall(peer, b"x" * 100_000)
    peer.close()
    assert await reading == b""
    assert got == b"x" * 100_000


async def test_max_write_buffer_size(stream_and_peer):
    stream, peer = stream_and_peer(max_write_buffer_size=1000)
    with pytest.raises(StreamBufferFullError, match="max_write_buffer_size=1000"):
        stream.write(b"x" * 1001)
    with pytest.raises(StreamBufferFullError):
        stream.send(b"x" * 1001)
    assert not stream.writing()
    while not stream.writing():
        stream.write(b"y" * 900)
    waiting = stream._total_write_index - stream._total_write_done_index
    with pytest.raises(StreamBufferFullError, match=f"{waiting} waiting"):
        stream.send(b"z" * (1001 - waiting))
    last = stream.write(b"!" * (1000 - waiting))
    got = b""
    while not got.endswith(b"!"):
        got += await asyncio.get_running_loop().sock_recv(peer, 1 << 20)
    await last
    assert set(got) == set(b"y!")
