"""Connecting."""

from __future__ import annotations

import asyncio
import socket

import pytest

from tornado.iostream import IOStream, StreamClosedError


@pytest.fixture
def listener():
    with socket.create_server(("127.0.0.1", 0)) as listening:
        yield listening


async def test_connect_gives_the_stream(listener):
    stream = IOStream(socket.socket())
    assert await stream.connect(listener.getsockname()) is stream
    server, _address = listener.accept()
    await stream.write(b"x")
    assert server.recv(1) == b"x"
    server.close()
    stream.close()


async def test_reads_and_writes_wait_for_the_connection(listener):
    stream = IOStream(socket.socket())
    connecting = stream.connect(listener.getsockname())
    writing = stream.write(b"early")
    assert not stream.send(b"!")
    reading = stream.read_until(b"\n")
    with pytest.raises(RuntimeError, match="under way"):
        stream.connect(listener.getsockname())
    await connecting
    await writing
    server, _address = listener.accept()
    assert server.recv(100) == b"early!"
    server.send(b"line\n")
    assert await reading == b"line\n"
    server.close()
    stream.close()


async def test_refused():
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        stream = IOStream(socket.socket())
        connecting = stream.connect(unused.getsockname())
        writing = stream.write(b"x")
        with pytest.raises(StreamClosedError) as caught:
            await connecting
    assert isinstance(caught.value.real_error, ConnectionRefusedError)
    assert stream.closed()
    with pytest.raises(StreamClosedError):
        await writing


async def test_an_impossible_address():
    stream = IOStream(socket.socket(socket.AF_UNIX))
    with pytest.raises(StreamClosedError) as caught:
        await stream.connect("/does/not/exist")
    assert isinstance(caught.value.real_error, FileNotFoundError)


async def test_local_socket(tmp_path):
    with socket.socket(socket.AF_UNIX) as listening:
        listening.bind(str(tmp_path / "s"))
        listening.listen()
        stream = IOStream(socket.socket(socket.AF_UNIX))
        await stream.connect(str(tmp_path / "s"))
        server, _address = listening.accept()
        server.send(b"hi")
        assert await stream.read_bytes(2) == b"hi"
        server.close()
        stream.close()


async def test_push_before_the_connection(listener, recorder):
    stream = IOStream(socket.socket())
    consumer = recorder()
    connecting = stream.connect(listener.getsockname())
    stream.start_push(consumer)
    await connecting
    server, _address = listener.accept()
    server.send(b"abc")
    await consumer.until(lambda: consumer.data == b"abc")
    server.close()
    await consumer.until(lambda: consumer.lost == [None])


async def test_close_while_connecting(listener):
    stream = IOStream(socket.socket())
    connecting = stream.connect(listener.getsockname())
    stream.close()
    with pytest.raises(StreamClosedError):
        await connecting
    await asyncio.sleep(0)
