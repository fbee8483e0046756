"""What uvloop does not tell: a reset that arrives together with data."""

import asyncio
import socket
import struct

import pytest

from tornado.iostream import IOStream, StreamClosedError, _resets


@pytest.fixture
def run(monkeypatch):
    """Runs a coroutine function on uvloop, with a stream that has data and a reset behind it."""
    uvloop = pytest.importorskip("uvloop", reason="uvloop is not here; pip install uvloop")
    monkeypatch.setattr(_resets, "LATER", 0.01)

    async def with_stream(test, **options):
        with socket.create_server(("127.0.0.1", 0)) as listener:
            peer = socket.create_connection(listener.getsockname())
            ours, _ = listener.accept()
        stream = IOStream(ours, **options)
        peer.send(b"x" * 1000)
        peer.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        peer.close()
        try:
            await asyncio.wait_for(test(stream), 5)
        finally:
            stream.close()

    def run(test, **options):
        with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
            runner.run(with_stream(test, **options))

    return run


@pytest.mark.parametrize("read_chunk_size", [65536, 100])
def test_in_push_mode(run, recorder, read_chunk_size):
    async def test(stream):
        consumer = recorder()
        stream.start_push(consumer)
        await consumer.until(lambda: bool(consumer.lost))
        assert consumer.data == b"x" * 1000
        assert isinstance(consumer.lost[0], ConnectionResetError)

    run(test, read_chunk_size=read_chunk_size)


def test_in_pull_mode(run):
    async def test(stream):
        assert await stream.read_bytes(1000) == b"x" * 1000
        with pytest.raises(StreamClosedError) as closed:
            await stream.read_bytes(1)
        assert isinstance(closed.value.real_error, ConnectionResetError)

    run(test)


def test_a_close_callback(run):
    async def test(stream):
        closed = asyncio.Event()
        await stream.read_bytes(1000)
        stream.set_close_callback(closed.set)
        await closed.wait()

    run(test)


def test_a_stream_that_goes_on_is_left_alone(run):
    async def test(stream):
        stream.close()
        ours, peer = socket.socketpair()
        other = IOStream(ours)
        with peer:
            for _ in range(3):
                peer.send(b"x")
                assert await other.read_bytes(1) == b"x"
                await asyncio.sleep(0.02)
            assert not other.closed()
        other.close()

    run(test)
