"""What a stream has done leaves nothing for the garbage collector: counted with it switched off."""

import asyncio
import gc
import logging
import os
import socket
import ssl
import sys

import pytest

from tornado.gen import TimeoutError as GenTimeoutError
from tornado.gen import with_timeout
from tornado.iostream import (
    IOStream,
    PipeIOStream,
    StreamBufferFullError,
    StreamClosedError,
)
from tornado.process import Subprocess
from tornado.tcpclient import TCPClient
from tornado.tcpserver import TCPServer


def pair(**options):
    one, other = socket.socketpair()
    return IOStream(one, **options), IOStream(other)


async def every_read():
    stream, peer = pair()
    await peer.write(b"12345line\nDONE1 rest")
    assert await stream.read_bytes(5) == b"12345"
    assert await stream.read_until(b"\n") == b"line\n"
    assert await stream.read_until_regex(rb"DONE\d ") == b"DONE1 "
    assert await stream.read_into(bytearray(2)) == 2
    peer.close()
    assert await stream.read_until_close() == b"st"


async def reads_that_wait():
    stream, peer = pair()
    peer_soon = asyncio.get_running_loop().call_soon
    peer_soon(peer.write, b"ab")
    assert await stream.read_bytes(2) == b"ab"
    peer_soon(peer.write, b"abx")
    assert await stream.read_until(b"x") == b"abx"
    stream.read_bytes(1).cancel()
    stream.close()
    peer.close()


async def callbacks():
    stream, peer = pair()
    done = asyncio.Event()
    pieces = []
    stream.set_close_callback(done.set)
    peer.write(b"hello", lambda: peer.close())
    stream.read_until_close(pieces.append, pieces.append)
    await done.wait()
    assert b"".join(pieces) == b"hello"


async def a_large_write():
    stream, peer = pair()
    writing = stream.write(b"x" * 1_000_000)
    await peer.read_bytes(1_000_000)
    await writing
    stream.close()
    peer.close()


# A variable for the Future that fails would be a cycle of the program's own: the exception's
# traceback holds the frame.


async def closed_while_reading():
    stream, peer = pair()
    asyncio.get_running_loop().call_soon(peer.close)
    with pytest.raises(StreamClosedError):
        await stream.read_bytes(5)


async def closed_while_writing():
    stream, peer = pair()
    asyncio.get_running_loop().call_soon(peer.close)
    with pytest.raises(StreamClosedError):
        await stream.write(b"x" * 1_000_000)


async def closed_before():
    stream, peer = pair()
    peer.close()
    stream.close()
    for call in (lambda: stream.read_bytes(1), lambda: stream.write(b"x")):
        with pytest.raises(StreamClosedError):
            await call()
    del call  # a cell of this frame would hold the stream


async def unsatisfiable():
    stream, peer = pair()
    peer.write(b"x" * 100)
    with pytest.raises(StreamClosedError, match="UnsatisfiableReadError"):
        await stream.read_until(b"\n", max_bytes=10)
    peer.close()


async def too_much_to_write():
    stream, peer = pair(max_write_buffer_size=1000)
    try:
        stream.write(b"x" * 10_000_000)
        stream.write(b"x" * 2000)
    except StreamBufferFullError:
        pass
    stream.close()
    peer.close()


async def two_reads_at_once():
    stream, peer = pair()
    first = stream.read_bytes(1)
    try:
        stream.read_bytes(2)
    except RuntimeError:
        pass
    first.cancel()
    stream.close()
    peer.close()


async def in_vain():
    stream, peer = pair()
    try:
        await with_timeout(asyncio.get_running_loop().time() * 0, stream.read_bytes(1))
    except GenTimeoutError:
        pass
    stream.close()
    peer.close()


class Consumer:
    def __init__(self, stream):
        self.stream = stream
        self.lost = asyncio.Event()

    def data_received(self, data):
        self.stream.send(data)

    def connection_lost(self, exc):
        self.lost.set()


class Fails(Consumer):
    def data_received(self, data):
        raise ZeroDivisionError


async def push(kind=Consumer):
    stream, peer = pair()
    consumer = kind(stream)
    stream.start_push(consumer)
    await peer.write(b"ping")
    if kind is Consumer:
        assert await peer.read_bytes(4) == b"ping"
        peer.close()
    await consumer.lost.wait()
    peer.close()


async def push_that_fails():
    await push(Fails)


async def a_file():
    stream, peer = pair()
    with open(__file__, "rb") as file:
        sending = stream.sendfile(file)
        size = os.fstat(file.fileno()).st_size
        await peer.read_bytes(size)
        assert await sending == size
    stream.close()
    peer.close()


async def a_pipe():
    r, w = os.pipe()
    reader, writer = PipeIOStream(r), PipeIOStream(w)
    await writer.write(b"x")
    assert await reader.read_bytes(1) == b"x"
    writer.close()
    assert await reader.read_until_close() == b""


async def a_process():
    process = Subprocess([sys.executable, "-c", "print(1)"], stdout=Subprocess.STREAM)
    assert await process.stdout.read_until_close() == b"1\n"
    await process.wait_for_exit()


class Echo(TCPServer):
    async def handle_stream(self, stream, address):
        data = await stream.read_bytes(1, partial=True)
        if data == b"!":
            raise ZeroDivisionError
        await stream.write(data)
        await stream.read_bytes(1)  # ends in StreamClosedError


async def serve(question=b"x", **options):
    server = Echo(**options.pop("server", {}))
    server.listen(0, "127.0.0.1")
    port = next(iter(server._sockets.values())).getsockname()[1]
    try:
        stream = await TCPClient().connect("localhost", port, socket.AF_INET, **options)
        await stream.write(question)
        try:
            assert await stream.read_bytes(1) == question
        except StreamClosedError:
            assert question == b"!"
        stream.close()
    finally:
        server.stop()
        await asyncio.sleep(0.005)


async def served_and_failed():
    await serve(b"!")


async def refused():
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))
        with pytest.raises(OSError, match=r"refused|closed"):
            await TCPClient().connect("127.0.0.1", closed.getsockname()[1])
        stream = IOStream(socket.socket())
        with pytest.raises(StreamClosedError):
            await stream.connect(closed.getsockname())


def contexts(certificates):
    server = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    server.load_cert_chain(certificates.certificate, certificates.key)
    return server, ssl.create_default_context(cafile=certificates.authority)


SCENARIOS = [
    every_read,
    reads_that_wait,
    callbacks,
    a_large_write,
    closed_while_reading,
    closed_while_writing,
    closed_before,
    unsatisfiable,
    too_much_to_write,
    two_reads_at_once,
    in_vain,
    push,
    push_that_fails,
    a_file,
    a_pipe,
    a_process,
    serve,
    served_and_failed,
    refused,
]


@pytest.fixture(autouse=True)
def _no_log():
    """A record that a handler keeps would keep the frames of a traceback too."""
    logging.disable()
    yield
    logging.disable(logging.NOTSET)


async def garbage_of(scenario):
    """What the collector finds after three runs; one more before, for what is made on first use."""
    gc.disable()
    try:
        for times in (1, 3):
            gc.collect()
            for _ in range(times):
                await scenario()
            await asyncio.sleep(0.005)
        return gc.collect()
    finally:
        gc.enable()


@pytest.mark.parametrize("scenario", SCENARIOS, ids=lambda s: s.__name__)
async def test_nothing_is_left(scenario):
    assert await garbage_of(scenario) == 0


async def test_tls(certificates):
    ours, theirs = contexts(certificates)
    assert await garbage_of(lambda: serve(server={"ssl_options": ours}, ssl_options=theirs)) == 0


async def test_tls_that_fails(certificates):
    ours, _ = contexts(certificates)

    async def refuses():
        try:
            await serve(server={"ssl_options": ours}, ssl_options=ssl.create_default_context())
        except (ssl.SSLError, StreamClosedError):
            pass

    assert await garbage_of(refuses) == 0


async def test_the_count_would_notice():
    async def circle():
        one = []
        one.append(one)

    assert await garbage_of(circle) > 0
