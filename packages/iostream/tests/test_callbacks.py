"""The style of 2009: callbacks, positional as in the documents, run by the loop."""

from __future__ import annotations

import asyncio
import gc
import socket
import sys

import pytest

from tornado.iostream import IOStream


@pytest.fixture
def results():
    class Results(list):
        async def wait(self, count: int) -> None:
            while len(self) < count:
                await asyncio.sleep(0.001)

    return Results()


async def test_the_documents_sample_as_printed(results):
    """Every call of the text on IOStream, against a local server."""
    listener = socket.create_server(("127.0.0.1", 0))
    address = listener.getsockname()

    def connect_callback():
        results.append("connected")

    def read_callback(data):
        results.append(data)

    header_callback = bytes_callback = finish_callback = streaming_callback = read_callback

    def write_callback():
        results.append("written")

    def on_close():
        results.append("closed")

    from tornado.ioloop import IOLoop

    ioloop = IOLoop.current()
    sock = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    stream = IOStream(sock, io_loop=ioloop)
    stream.connect(address, connect_callback)
    stream.read_bytes(4096, read_callback)
    server, _address = listener.accept()
    listener.close()
    server.sendall(b"x" * 4096)
    await results.wait(2)
    assert results == ["connected", b"x" * 4096]
    results.clear()

    stream.read_until("\n\n", header_callback)
    server.sendall(b"a: b\n\nBYTES: 12 rest")
    await results.wait(1)
    stream.read_until_regex(r"BYTES: \d+\s+", bytes_callback)
    await results.wait(2)
    assert results == [b"a: b\n\n", b"BYTES: 12 "]
    results.clear()

    stream.write("Foobar!", write_callback)
    await results.wait(1)
    assert results == ["written"]
    assert server.recv(100) == b"Foobar!"
    results.clear()

    stream.set_close_callback(on_close)
    stream.read_until_close(finish_callback, streaming_callback)
    assert not stream.closed()
    assert stream.reading()
    assert not stream.writing()
    server.sendall(b"last")
    server.close()
    await results.wait(4)
    assert results == [b"rest", b"last", b"", "closed"]
    assert stream.closed() or stream.reading() or stream.writing()


async def test_callbacks_are_never_reentrant(stream_and_peer, results):
    stream, peer = stream_and_peer()
    peer.send(b"abc")
    await stream.read_bytes(1)
    stream.read_bytes(1, results.append)
    assert results == []
    stream.write(b"x", lambda: results.append("written"))
    assert results == []
    await results.wait(2)
    assert results == [b"b", "written"]


async def test_a_chain_of_callbacks(stream_and_peer, results):
    stream, peer = stream_and_peer()

    def on_length(data):
        stream.read_bytes(int(data[:-1]), on_body)

    def on_body(data):
        results.append(data)
        stream.read_until(b":", on_length)

    stream.read_until(b":", on_length)
    peer.send(b"3:abc5:hello0:1:x")
    await results.wait(4)
    assert results == [b"abc", b"hello", b"", b"x"]


async def test_a_future_is_given_too(stream_and_peer, results):
    stream, peer = stream_and_peer()
    peer.send(b"abc")
    assert await stream.read_bytes(3, callback=results.append) == b"abc"
    await results.wait(1)


async def test_orders_of_arguments(stream_and_peer, results):
    stream, peer = stream_and_peer()
    peer.send(b"a;b;cc;ddddeeff")
    await stream.read_until(b";", results.append, 10)
    await stream.read_until(b";", 10, results.append)
    await stream.read_until_regex(b";", results.append, max_bytes=10)
    await stream.read_bytes(2, callback=results.append, streaming_callback=None)
    await stream.read_bytes(100, results.append, None, True)
    await results.wait(5)
    assert results == [b"a;", b"b;", b"cc;", b"dd", b"ddeeff"]
    pieces = []
    stream.read_bytes(4, results.append, pieces.append)
    peer.send(b"12345")
    await results.wait(6)
    assert pieces == [b"1234"]
    assert results[-1] == b""


async def test_read_bytes_streaming(stream_and_peer, results):
    stream, peer = stream_and_peer()
    pieces = []
    done = stream.read_bytes(6, streaming_callback=pieces.append)
    peer.send(b"abc")
    while not pieces:
        await asyncio.sleep(0)
    peer.send(b"defg")
    assert await done == b""
    assert pieces == [b"abc", b"def"]
    assert await stream.read_bytes(1) == b"g"
    partial = stream.read_bytes(6, partial=True, streaming_callback=pieces.append)
    peer.send(b"hi")
    assert await partial == b""
    assert pieces[-1] == b"hi"


async def test_read_callback_is_not_called_when_the_stream_closes(stream_and_peer, results):
    stream, peer = stream_and_peer()
    stream.set_close_callback(lambda: results.append("closed"))
    stream.read_until(b"\n", results.append)
    peer.send(b"half a line")
    peer.close()
    await results.wait(1)
    await asyncio.sleep(0.01)
    assert results == ["closed"]
    gc.collect()  # the Future's exception counts as seen


async def test_a_failing_callback_closes_the_stream(stream_and_peer, results, expect_log):
    stream, peer = stream_and_peer()
    stream.set_close_callback(lambda: results.append(stream.error))
    with expect_log("tornado.application", "callback.*ZeroDivisionError", count=1):
        stream.read_bytes(1, lambda data: 1 / 0)
        peer.send(b"x")
        await results.wait(1)
    assert isinstance(results[0], ZeroDivisionError)


async def test_the_loop_is_told_of_a_failing_callback(stream_and_peer, results, monkeypatch):
    """Where programs override it, as for a report of errors, they see those of streams too."""
    stream, peer = stream_and_peer()
    stream.set_close_callback(lambda: results.append(stream.error))
    told = []

    def handle(callback):
        told.append((callback, sys.exc_info()[1]))

    async def fail_later(line):
        raise ValueError(line)

    monkeypatch.setattr(stream.io_loop, "handle_callback_exception", handle)
    stream.read_until(b"\n", fail_later)
    peer.send(b"x\n")
    await results.wait(1)
    assert told == [(fail_later, results[0])]
    assert results[0].args == (b"x\n",)


async def test_coroutines_as_callbacks(stream_and_peer, results, expect_log):
    stream, peer = stream_and_peer()

    async def on_line(line):
        await asyncio.sleep(0)
        results.append(line)

    async def on_second(line):
        await asyncio.sleep(0)
        raise ValueError(line)

    stream.read_until(b"\n", on_line)
    peer.send(b"1\n2\n")
    await results.wait(1)
    with expect_log("tornado.application", "callback.*ValueError", count=1):
        stream.read_until(b"\n", on_second)
        while not stream.closed():
            await asyncio.sleep(0)


async def test_connect_callback_is_not_called_on_failure(results):
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        stream = IOStream(socket.socket())
        stream.set_close_callback(lambda: results.append("closed"))
        stream.connect(unused.getsockname(), lambda: results.append("connected"))
        await results.wait(1)
    assert results == ["closed"]
    assert isinstance(stream.error, ConnectionRefusedError)
