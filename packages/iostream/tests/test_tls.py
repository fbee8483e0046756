"""TLS between two streams of ours."""

from __future__ import annotations

import asyncio
import logging
import socket
import ssl

import pytest

from tornado.iostream import IOStream, SSLIOStream, StreamClosedError
from tornado.netutil import ssl_options_to_context, ssl_wrap_socket


def server_options(certificates, **more):
    return {"certfile": certificates.certificate, "keyfile": certificates.key, **more}


@pytest.fixture
def tls_pair(tcp_pair, certificates):
    """Makes a client and a server that have shaken hands by start_tls."""
    made = []

    async def make(client=None, server=None, **options):
        ours, theirs = await tcp_pair(**options)
        pair = await asyncio.gather(
            ours.start_tls(False, client or {"ca_certs": certificates.authority}, "localhost"),
            theirs.start_tls(True, server or server_options(certificates)),
        )
        made.extend(pair)
        return pair

    yield make
    for stream in made:
        if stream.socket is not None:
            stream.socket.close()


async def test_both_directions(tls_pair):
    client, server = await tls_pair()
    assert isinstance(client, SSLIOStream)
    assert client.socket.version().startswith("TLS")
    await client.write(b"hello\n")
    assert await server.read_until(b"\n") == b"hello\n"
    data = bytes(range(256)) * 10_000
    client.write(data)
    server.write(data)
    assert await server.read_bytes(len(data)) == data
    assert await client.read_bytes(len(data)) == data
    assert client.socket.getpeercert()["subject"] == ((("commonName", "good"),),)


@pytest.mark.parametrize("chunk", [1, 10, 1000, 16384, 65536])
async def test_nothing_stays_in_the_tls_object(tls_pair, chunk, recorder):
    """A record larger than one receive is given whole, without another event."""
    client, server = await tls_pair(read_chunk_size=chunk)
    consumer = recorder()
    server.start_push(consumer)
    size = 5000 if chunk == 1 else 40_000
    client.send(b"x" * size)
    await consumer.until(lambda: len(consumer.data) == size)
    server.stop_push()
    target = bytearray(100)
    client.send(b"y" * 200)
    assert await server.read_into(target) == 100
    assert await server.read_into(target) == 100


async def test_push_mode_and_orderly_end(tls_pair, recorder):
    client, server = await tls_pair()
    consumer = recorder()
    server.start_push(consumer)
    assert client.send(b"abc")
    await consumer.until(lambda: consumer.data == b"abc")
    client.close()  # sends a close_notify
    await consumer.until(lambda: bool(consumer.lost))
    assert consumer.lost == [None]


async def test_a_cut_connection_is_not_an_orderly_end(tls_pair, recorder):
    client, server = await tls_pair()
    await client.write(b"half of it")
    reading = server.read_until_close()
    while not server._inbox:
        await asyncio.sleep(0.001)
    socket.socket(fileno=client.socket.detach()).close()  # no close_notify
    client.close()
    with pytest.raises(StreamClosedError) as caught:
        await reading
    # A reset, where the client had not read all that the server sent for itself.
    assert isinstance(caught.value.real_error, (ssl.SSLEOFError, ConnectionResetError))


async def test_reads_before_the_handshake(tcp_pair, certificates, recorder):
    ours, theirs = await tcp_pair()
    context = ssl_options_to_context(server_options(certificates), server_side=True)
    secured = SSLIOStream(
        ssl_wrap_socket(theirs.socket, context, server_side=True, do_handshake_on_connect=False)
    )
    consumer = recorder()
    secured.start_push(consumer)
    assert not secured.send(b"greeting")
    waiting = secured.wait_for_handshake()
    client = await ours.start_tls(False, {"cert_reqs": ssl.CERT_NONE})
    assert await waiting is secured
    assert await secured.wait_for_handshake() is secured
    assert await client.read_bytes(8) == b"greeting"
    client.send(b"abc")
    await consumer.until(lambda: consumer.data == b"abc")
    client.close()
    secured.close()


@pytest.fixture
def tls_server(certificates):
    """The address of a server of one connection, as a context manager inside the loop."""
    from contextlib import asynccontextmanager

    from tornado.tcpserver import TCPServer

    @asynccontextmanager
    async def serve(handle, **options):
        class Server(TCPServer):
            async def handle_stream(self, stream, address):
                await handle(stream)

        server = Server(ssl_options=server_options(certificates, **options))
        listener = socket.create_server(("127.0.0.1", 0))
        listener.setblocking(False)
        server.add_socket(listener)
        try:
            yield listener.getsockname()
        finally:
            server.stop()

    return serve


async def test_connect(tls_server, certificates):
    async def greet(stream):
        await stream.write(b"hi")
        stream.close()

    async with tls_server(greet) as address:
        stream = SSLIOStream(socket.socket(), ssl_options={"ca_certs": certificates.authority})
        connecting = stream.connect(address, server_hostname="localhost")
        reading = stream.read_until_close()
        assert await connecting is stream
        assert await reading == b"hi"


async def test_connect_needs_a_name(certificates):
    stream = SSLIOStream(socket.socket(), ssl_options={"ca_certs": certificates.authority})
    with pytest.raises(ValueError, match="server_hostname"):
        stream.connect(("127.0.0.1", 1))
    stream.close()


async def test_connect_with_a_socket_wrapped_too_early(tls_server, certificates):
    async def greet(stream):
        await stream.write(b"hi")
        stream.close()

    context = ssl.create_default_context(cafile=certificates.authority)
    async with tls_server(greet) as address:
        wrapped = context.wrap_socket(
            socket.socket(), server_hostname="localhost", do_handshake_on_connect=False
        )
        stream = SSLIOStream(wrapped)
        await stream.connect(address)
        assert await stream.read_bytes(2) == b"hi"
        stream.close()


@pytest.mark.parametrize("name", ["wrong.example", "127.0.0.2"])
async def test_wrong_host_name(tls_server, certificates, name):
    async def nothing(stream):
        await stream.wait_for_handshake()

    async with tls_server(nothing) as address:
        stream = SSLIOStream(socket.socket(), ssl_options={"ca_certs": certificates.authority})
        connecting = stream.connect(address, server_hostname=name)
        handshake = stream.wait_for_handshake()
        with pytest.raises(StreamClosedError) as caught:
            await connecting
        assert isinstance(caught.value.real_error, ssl.SSLCertVerificationError)
        assert "mismatch" in str(caught.value)
        with pytest.raises(StreamClosedError):
            await handshake


async def test_untrusted_authority(tls_server):
    async def nothing(stream):
        await stream.wait_for_handshake()

    async with tls_server(nothing) as address:
        stream = SSLIOStream(socket.socket())
        with pytest.raises(StreamClosedError, match="certificate verify failed"):
            await stream.connect(address, server_hostname="localhost")


async def test_sni_and_alpn(tcp_pair, certificates):
    ours, theirs = await tcp_pair()
    asked = []
    context = ssl_options_to_context(
        server_options(certificates, alpn_protocols=["h2", "http/1.1"]), server_side=True
    )
    context.sni_callback = lambda sock, name, ctx: asked.append(name)
    client, server = await asyncio.gather(
        ours.start_tls(
            False,
            {"ca_certs": certificates.authority, "alpn_protocols": ["http/1.1"]},
            server_hostname="localhost",
        ),
        theirs.start_tls(True, context),
    )
    assert asked == ["localhost"]
    assert client.socket.selected_alpn_protocol() == "http/1.1"
    assert server.socket.selected_alpn_protocol() == "http/1.1"
    client.close()
    server.close()


async def test_start_tls_only_on_an_idle_stream(tcp_pair, certificates):
    ours, theirs = await tcp_pair()
    options = server_options(certificates)
    reading = theirs.read_bytes(5)
    with pytest.raises(ValueError, match="not idle"):
        theirs.start_tls(True, options)
    # Bytes that came in front of the handshake must not be taken for protected ones.
    await ours.write(b"STLS\r\ninjected")
    assert await reading == b"STLS\r"
    with pytest.raises(ValueError, match="not idle"):
        theirs.start_tls(True, options)
    assert await theirs.read_until(b"injected") == b"\ninjected"
    with pytest.raises(ValueError, match="certificate"):
        theirs.start_tls(True)
    with pytest.raises(ValueError, match="server_hostname"):
        ours.start_tls(False)
    client, server = await asyncio.gather(
        ours.start_tls(False, {"cert_reqs": ssl.CERT_NONE}), theirs.start_tls(True, options)
    )
    with pytest.raises(StreamClosedError):
        ours.write(b"x")
    client.close()
    server.close()


async def test_start_tls_moves_the_close_callback(tcp_pair, certificates):
    ours, theirs = await tcp_pair()
    closed = asyncio.Event()
    theirs.set_close_callback(closed.set)
    client, server = await asyncio.gather(
        ours.start_tls(False, {"cert_reqs": ssl.CERT_NONE}),
        theirs.start_tls(True, server_options(certificates)),
    )
    await asyncio.sleep(0.01)
    assert not closed.is_set()
    client.close()
    await closed.wait()
    server.close()


async def test_giving_up_on_start_tls_closes_the_connection(tcp_pair):
    ours, theirs = await tcp_pair()
    with pytest.raises(asyncio.TimeoutError):
        await asyncio.wait_for(ours.start_tls(False, {"cert_reqs": ssl.CERT_NONE}), 0.02)
    assert await theirs.read_until_close() != b""  # the hello, then the end


async def test_what_is_no_tls_is_told_apart(tcp_pair, certificates, expect_log):
    ours, theirs = await tcp_pair()
    with expect_log("tornado.general", "TLS handshake failed", level=logging.INFO):
        shaking = theirs.start_tls(True, server_options(certificates))
        await ours.write(b"GET / HTTP/1.1\r\n\r\n")
        with pytest.raises(StreamClosedError) as caught:
            await shaking
    assert isinstance(caught.value.real_error, ssl.SSLError)
    assert "HTTP_REQUEST" in str(caught.value) or "http request" in str(caught.value)


async def test_silence_during_the_handshake(tcp_pair, certificates):
    ours, theirs = await tcp_pair()
    shaking = theirs.start_tls(True, server_options(certificates))
    ours.close()
    with pytest.raises(StreamClosedError) as caught:
        await shaking
    assert isinstance(caught.value.real_error, OSError)


async def test_sendfile(tls_pair, tmp_path):
    client, server = await tls_pair()
    path = tmp_path / "file"
    path.write_bytes(bytes(range(256)) * 5000)
    with path.open("rb") as file:
        sending = server.sendfile(file, 256)
        content = await client.read_bytes(256 * 4999)
        assert content == path.read_bytes()[256:]
        assert await sending == 256 * 4999


async def test_slow_reader(tls_pair, recorder):
    """Writes that block inside TLS are taken up again where they stopped."""
    client, server = await tls_pair()
    data = bytes(range(251)) * 20_000
    server.write(data[:1_000_000])
    server.write(data[1_000_000:1_000_010])
    writing = server.write(memoryview(data)[1_000_010:])
    consumer = recorder()
    client.start_push(consumer)
    for _pause in range(5):
        await asyncio.sleep(0.002)
        client.pause_reading()
        await asyncio.sleep(0.002)
        client.resume_reading()
    await consumer.until(lambda: len(consumer.data) == len(data))
    assert consumer.data == data
    await writing


def test_options(certificates):
    context = ssl_options_to_context(server_options(certificates))
    assert context.protocol == ssl.PROTOCOL_TLS_SERVER
    assert ssl_options_to_context(context) is context
    client = ssl_options_to_context({}, server_side=False)
    assert client.check_hostname
    assert client.verify_mode == ssl.CERT_REQUIRED
    lax = ssl_options_to_context({"cert_reqs": ssl.CERT_NONE}, server_side=False)
    assert not lax.check_hostname
    with pytest.raises(ValueError, match="'cert_file'"):
        ssl_options_to_context({"cert_file": "x"})
    with pytest.raises(TypeError, match="SSLContext or a dict"):
        ssl_options_to_context("cert.pem")
    with pytest.raises(FileNotFoundError):
        ssl_options_to_context({"certfile": "/does/not/exist"})
    ciphers = ssl_options_to_context({"ciphers": "ECDHE-RSA-AES128-GCM-SHA256"}, server_side=False)
    assert "ECDHE-RSA-AES128-GCM-SHA256" in [c["name"] for c in ciphers.get_ciphers()]


async def test_a_plain_connected_socket(tcp_pair, certificates):
    ours, theirs = await tcp_pair()
    shaking = theirs.start_tls(True, server_options(certificates))
    client = SSLIOStream(ours.socket, ssl_options={"cert_reqs": ssl.CERT_NONE})
    server = await shaking
    await client.write(b"x")
    assert await server.read_bytes(1) == b"x"
    assert isinstance(client, IOStream)
    client.close()
    server.close()
