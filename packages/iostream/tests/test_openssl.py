"""TLS against somebody else's: the openssl command as server and as client."""

from __future__ import annotations

import asyncio
import logging
import os
import re
import signal
import socket
import ssl
from contextlib import asynccontextmanager

import pytest

from tornado.iostream import SSLIOStream, StreamClosedError
from tornado.process import Subprocess
from tornado.tcpserver import TCPServer


@pytest.fixture
def s_server(certificates):
    """Starts ``openssl s_server``; gives the process and the address."""

    @asynccontextmanager
    async def run(*options, certificate=None, key=None):
        process = Subprocess(
            ["openssl", "s_server", "-accept", "127.0.0.1:0",
             "-cert", certificate or certificates.certificate,
             "-key", key or certificates.key, *options],
            stdin=Subprocess.STREAM, stdout=Subprocess.STREAM, stderr=Subprocess.STREAM,
        )  # fmt: skip
        try:
            line = await process.stdout.read_until_regex(rb"ACCEPT 127.0.0.1:\d+\n")
            yield process, ("127.0.0.1", int(re.search(rb":(\d+)\n$", line)[1]))
        finally:
            if process.proc.poll() is None:
                os.kill(process.pid, signal.SIGKILL)
            await process.wait_for_exit(raise_error=False)
            for stream in (process.stdin, process.stdout, process.stderr):
                stream.close()

    return run


@pytest.fixture
def client(certificates):
    made = []

    def make(**options):
        options = {"ca_certs": certificates.authority, **options}
        made.append(SSLIOStream(socket.socket(), ssl_options=options))
        return made[-1]

    yield make
    for stream in made:
        if stream.socket is not None:
            stream.socket.close()


@pytest.mark.parametrize("version", ["-tls1_2", "-tls1_3"])
async def test_handshake_and_data(s_server, client, version):
    async with s_server(version, "-alpn", "h2,http/1.1") as (process, address):
        stream = client(alpn_protocols=["http/1.1"])
        await stream.connect(address, server_hostname="localhost")
        assert stream.socket.selected_alpn_protocol() == "http/1.1"
        assert stream.socket.version() == version[1:].replace("tls", "TLSv").replace("_", ".")
        await stream.write(b"from the client\n")
        assert b"from the client" in await process.stdout.read_until(b"from the client\n")
        await process.stdin.write(b"from the server\n")
        assert await stream.read_until(b"\n") == b"from the server\n"


async def test_orderly_end(s_server, client):
    async with s_server("-www") as (_process, address):
        stream = client()
        await stream.connect(address, server_hostname="localhost")
        await stream.write(b"GET / HTTP/1.0\r\n\r\n")
        page = await stream.read_until_close()
        assert page.startswith(b"HTTP/1.0 200 ok")
        assert stream.error is None


async def test_truncated_end(s_server, client):
    async with s_server() as (process, address):
        stream = client()
        await stream.connect(address, server_hostname="localhost")
        await process.stdin.write(b"half of\n")
        assert await stream.read_until(b"\n") == b"half of\n"
        reading = stream.read_bytes(100)
        os.kill(process.pid, signal.SIGKILL)
        with pytest.raises(StreamClosedError) as caught:
            await reading
        assert isinstance(caught.value.real_error, (ssl.SSLEOFError, ConnectionResetError))


async def test_our_end_is_orderly(s_server, client):
    async with s_server() as (process, address):
        stream = client()
        await stream.connect(address, server_hostname="localhost")
        # Read what is behind the session tickets: with unread bytes the system would reset.
        await process.stdin.write(b"x\n")
        await stream.read_until(b"x\n")
        stream.close()
        # s_server says ERROR and why when the connection is cut.
        assert b"ERROR" not in await process.stdout.read_until(b"DONE\n")


@pytest.mark.parametrize("command", [b"R\n", b"r\n"])
async def test_renegotiation_while_writing(s_server, client, command):
    async with s_server("-tls1_2") as (process, address):
        stream = client()
        await stream.connect(address, server_hostname="localhost")
        output = asyncio.ensure_future(process.stdout.read_until(b"the end\n"))
        reading = stream.read_until(b"answer\n")
        line = b"x" * 999 + b"\n"
        for _round in range(3):
            writing = stream.write(line * 300)
            await process.stdin.write(command)
            await writing
            await asyncio.sleep(0.02)
        await stream.write(b"the end\n")
        got = await output
        assert got.count(line) >= 890  # s_server writes its own remarks in between
        assert got.count(b"x") >= 899_000
        await process.stdin.write(b"answer\n")
        assert (await reading).endswith(b"answer\n")


async def test_key_update(s_server, client):
    async with s_server("-tls1_3") as (process, address):
        stream = client()
        await stream.connect(address, server_hostname="localhost")
        for number in range(3):
            await process.stdin.write(b"K\n")  # asks for an update in return
            await stream.write(b"seen %d\n" % number)
            await process.stdout.read_until(b"seen %d\n" % number)
            await process.stdin.write(b"line %d\n" % number)
            assert await stream.read_until(b"\n") == b"line %d\n" % number
            await stream.write(b"reply %d\n" % number)
            await process.stdout.read_until(b"reply %d\n" % number)


@pytest.mark.parametrize(
    ("which", "name", "reason"),
    [("good", "wrong.example", "mismatch"), ("other", "localhost", "mismatch"),
     ("expired", "localhost", "expired")],
)  # fmt: skip
async def test_certificates_that_do_not_hold(s_server, client, certificates, which, name, reason):
    files = {
        "good": (certificates.certificate, certificates.key),
        "other": (certificates.other_name, certificates.other_key),
        "expired": (certificates.expired, certificates.expired_key),
    }[which]
    async with s_server(certificate=files[0], key=files[1]) as (_process, address):
        stream = client()
        with pytest.raises(StreamClosedError, match=reason) as caught:
            await stream.connect(address, server_hostname=name)
        assert isinstance(caught.value.real_error, ssl.SSLCertVerificationError)


# Our server, their client


class Upper(TCPServer):
    def __init__(self, *arguments, **options):
        super().__init__(*arguments, **options)
        self.ended: asyncio.Future[object] = asyncio.get_running_loop().create_future()

    async def handle_stream(self, stream, address):
        try:
            while True:
                await stream.write((await stream.read_until(b"\n")).upper())
        except StreamClosedError as error:
            self.ended.set_result(error.real_error)


@pytest.fixture
def s_client(certificates):
    """A server of ours with ``openssl s_client`` connected to it."""

    @asynccontextmanager
    async def run(*options):
        server = Upper({"certfile": certificates.certificate, "keyfile": certificates.key})
        listener = socket.create_server(("127.0.0.1", 0))
        listener.setblocking(False)
        server.add_socket(listener)
        process = Subprocess(
            ["openssl", "s_client", "-connect", "127.0.0.1:%d" % listener.getsockname()[1],
             "-CAfile", certificates.authority, "-verify_return_error",
             "-servername", "localhost", *options],
            stdin=Subprocess.STREAM, stdout=Subprocess.STREAM, stderr=Subprocess.STREAM,
        )  # fmt: skip
        try:
            yield process, server
        finally:
            if process.proc.poll() is None:
                os.kill(process.pid, signal.SIGKILL)
            await process.wait_for_exit(raise_error=False)
            for stream in (process.stdin, process.stdout, process.stderr):
                stream.close()
            server.stop()

    return run


@pytest.mark.parametrize("version", ["-tls1_2", "-tls1_3"])
async def test_their_client(s_client, version):
    async with s_client(version, "-verify_hostname", "localhost") as (process, server):
        await process.stdin.write(b"hello\n")
        assert b"Verification: OK" in await process.stdout.read_until(b"HELLO\n")
        if version == "-tls1_3":
            await process.stdin.write(b"K\n")  # update the keys, both ways
            await process.stderr.read_until(b"KEYUPDATE")
        await process.stdin.write(b"again\n")
        await process.stdout.read_until(b"AGAIN\n")
        await process.stdin.write(b"Q\n")
        assert await server.ended is None


async def test_their_client_is_cut_off(s_client):
    async with s_client() as (process, server):
        await process.stdin.write(b"hello\n")
        await process.stdout.read_until(b"HELLO\n")
        os.kill(process.pid, signal.SIGKILL)
        assert isinstance(await server.ended, (ssl.SSLEOFError, ConnectionResetError))


async def test_their_client_refuses_our_name(s_client, expect_log):
    async with s_client("-verify_hostname", "wrong.example", "-tls1_2") as (process, server):
        with expect_log("tornado.general", "TLS handshake failed", level=logging.INFO):
            error = await server.ended
    assert isinstance(error, ssl.SSLError)
    assert "ALERT" in str(error).upper()
    assert process.returncode
