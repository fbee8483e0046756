"""TCPClient, and which of several addresses it takes."""

from __future__ import annotations

import asyncio
import datetime
import gc
import socket
import ssl

import pytest

from tornado.iostream import IOStream, SSLIOStream, StreamClosedError
from tornado.netutil import Resolver
from tornado.tcpclient import TCPClient
from tornado.tcpclient._race import race, take_turns
from tornado.tcpserver import TCPServer
from tornado.util import TimeoutError


class Fixed(Resolver):
    """Answers with a list."""

    def initialize(self, addresses):
        self.addresses = addresses
        self.closed = False

    async def resolve(self, host, port, family=socket.AF_UNSPEC):
        return [(f, a) for f, a in self.addresses if family in (socket.AF_UNSPEC, f)]

    def close(self):
        self.closed = True


@pytest.fixture
def listener():
    with socket.create_server(("127.0.0.1", 0)) as sock:
        yield sock


@pytest.fixture
def refusing():
    """An address where nobody listens."""
    with socket.socket() as sock:
        sock.bind(("127.0.0.1", 0))
        yield sock.getsockname()


@pytest.fixture
def silent():
    """An address that never answers: its queue is full."""
    with socket.create_server(("127.0.0.1", 0), backlog=0) as sock:
        fillers = []
        for _filler in range(3):
            filler = socket.socket()
            filler.setblocking(False)
            filler.connect_ex(sock.getsockname())
            fillers.append(filler)
        yield sock.getsockname()
        for filler in fillers:
            filler.close()


async def test_connect(listener):
    stream = await TCPClient().connect("localhost", listener.getsockname()[1], socket.AF_INET)
    assert isinstance(stream, IOStream)
    assert stream.socket.getpeername() == listener.getsockname()
    stream.close()


async def test_max_buffer_size(listener):
    stream = await TCPClient().connect(*listener.getsockname(), max_buffer_size=1234)
    assert stream.max_buffer_size == 1234
    stream.close()


async def test_refused_names_the_address(refusing):
    with pytest.raises(StreamClosedError, match=rf"127.0.0.1 port {refusing[1]}: .*refused") as e:
        await TCPClient().connect(*refusing)
    assert isinstance(e.value.real_error, ConnectionRefusedError)


async def test_unknown_host():
    with pytest.raises(socket.gaierror):
        await TCPClient().connect("no.such.host.invalid", 80)


async def test_the_next_address_at_once_after_a_failure(listener, refusing):
    resolver = Fixed(
        addresses=[(socket.AF_INET, refusing), (socket.AF_INET, listener.getsockname())]
    )
    before = asyncio.get_running_loop().time()
    stream = await TCPClient(resolver).connect("host", 1)
    assert asyncio.get_running_loop().time() - before < 0.2
    assert stream.socket.getpeername() == listener.getsockname()
    stream.close()


async def test_a_competitor_for_a_silent_address(listener, silent):
    resolver = Fixed(addresses=[(socket.AF_INET, silent), (socket.AF_INET, listener.getsockname())])
    stream = await TCPClient(resolver).connect("host", 1)
    assert stream.socket.getpeername() == listener.getsockname()
    stream.close()
    gc.collect()


async def test_all_addresses_fail(refusing):
    addresses = [(socket.AF_INET, refusing), (socket.AF_UNIX, "/does/not/exist")]
    with pytest.raises(StreamClosedError, match="refused; /does/not/exist: No such file"):
        await TCPClient(Fixed(addresses=addresses)).connect("host", 1)


async def test_no_addresses():
    with pytest.raises(StreamClosedError, match="no address"):
        await TCPClient(Fixed(addresses=[])).connect("host", 1)


@pytest.mark.parametrize("timeout", [0.05, datetime.timedelta(milliseconds=50)])
async def test_timeout(silent, timeout):
    with pytest.raises(TimeoutError, match=rf"127.0.0.1 port {silent[1]} within 0.05 s"):
        await TCPClient().connect(*silent, timeout=timeout)
    with pytest.raises(TypeError, match="seconds or a timedelta"):
        await TCPClient().connect(*silent, timeout="5")


async def test_timeout_of_the_resolver():
    class Slow(Fixed):
        async def resolve(self, host, port, family=socket.AF_UNSPEC):
            await asyncio.Event().wait()

    with pytest.raises(TimeoutError):
        await TCPClient(Slow(addresses=[])).connect("host", 1, timeout=0.01)


async def test_timeout_of_the_handshake(listener):
    connecting = TCPClient().connect(
        *listener.getsockname(), ssl_options={"cert_reqs": ssl.CERT_NONE}, timeout=0.1
    )
    with pytest.raises(TimeoutError):
        await connecting
    peer, _address = listener.accept()
    with peer:
        while peer.recv(10000):  # the hello, then the end
            pass


async def test_tls(certificates):
    class Server(TCPServer):
        async def handle_stream(self, stream, address):
            await stream.write(b"hi")
            stream.close()

    server = Server({"certfile": certificates.certificate, "keyfile": certificates.key})
    listener = socket.create_server(("127.0.0.1", 0))
    listener.setblocking(False)
    server.add_socket(listener)
    port = listener.getsockname()[1]
    client = TCPClient()
    trusting = {"ca_certs": certificates.authority}
    stream = await client.connect("localhost", port, socket.AF_INET, ssl_options=trusting)
    assert isinstance(stream, SSLIOStream)
    assert await stream.read_until_close() == b"hi"
    with pytest.raises(StreamClosedError) as caught:
        await client.connect("127.0.0.1", port, ssl_options={})
    assert isinstance(caught.value.real_error, ssl.SSLCertVerificationError)
    client.close()
    server.stop()


async def test_cancelled_when_the_handshake_is_just_over(certificates, monkeypatch):
    """Between its end and the turn of who waits for it: nobody but us can close the stream."""
    closed = asyncio.Event()

    class Server(TCPServer):
        async def handle_stream(self, stream, address):
            await stream.read_until_close()
            closed.set()

    start_tls = IOStream.start_tls

    def hooked(stream, *arguments, **named):
        handshake = start_tls(stream, *arguments, **named)
        handshake.add_done_callback(lambda _: task.cancel())
        return handshake

    monkeypatch.setattr(IOStream, "start_tls", hooked)
    server = Server({"certfile": certificates.certificate, "keyfile": certificates.key})
    listener = socket.create_server(("127.0.0.1", 0))
    listener.setblocking(False)
    server.add_socket(listener)
    trusting = {"ca_certs": certificates.authority}
    task = asyncio.get_running_loop().create_task(
        TCPClient().connect(*listener.getsockname(), ssl_options=trusting)
    )
    with pytest.raises(asyncio.CancelledError):
        await task
    gc.collect()  # a socket that nobody closed is a warning
    await closed.wait()
    server.stop()


async def test_source_address(listener):
    stream = await TCPClient().connect(*listener.getsockname(), source_ip="127.0.0.5")
    assert stream.socket.getsockname()[0] == "127.0.0.5"
    stream.close()
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    stream = await TCPClient().connect(*listener.getsockname(), source_port=port)
    assert stream.socket.getsockname()[1] == port
    stream.close()
    with pytest.raises(ValueError, match="source_ip"):
        await TCPClient().connect(*listener.getsockname(), source_ip="localhost")
    with pytest.raises(StreamClosedError, match="assign"):
        await TCPClient().connect(*listener.getsockname(), source_ip="192.0.2.1")


def test_families_take_turns():
    four, six = socket.AF_INET, socket.AF_INET6
    mixed = [(six, 1), (six, 2), (six, 3), (four, 4), (four, 5)]
    assert take_turns(mixed) == [(six, 1), (four, 4), (six, 2), (four, 5), (six, 3)]
    assert take_turns([]) == []


async def test_losers_are_closed(listener, silent):
    made = []

    def attempt(family, address):
        stream = IOStream(socket.socket(family))
        made.append(stream)
        return stream, stream.connect(address)

    addresses = [(socket.AF_INET, silent), (socket.AF_INET, listener.getsockname())]
    winner = await race(addresses, attempt)
    assert [stream is winner for stream in made] == [False, True]
    assert made[0].closed()
    winner.close()
    racing = asyncio.ensure_future(race(addresses[:1], attempt))
    await asyncio.sleep(0.01)
    racing.cancel()
    with pytest.raises(asyncio.CancelledError):
        await racing
    assert made[2].closed()


async def test_close_leaves_a_resolver_of_yours():
    resolver = Fixed(addresses=[])
    TCPClient(resolver).close()
    assert not resolver.closed
    TCPClient().close()
