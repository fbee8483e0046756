"""TCPServer."""

from __future__ import annotations

import asyncio
import os
import socket
import ssl
import subprocess
import sys
import textwrap
import time

import pytest

from tornado.ioloop import IOLoop
from tornado.iostream import IOStream, StreamClosedError
from tornado.netutil import bind_sockets, bind_unix_socket
from tornado.tcpclient import TCPClient
from tornado.tcpserver import TCPServer


class Echo(TCPServer):
    async def handle_stream(self, stream, address):
        while True:
            await stream.write(await stream.read_until(b"\n"))


@pytest.fixture
def serve():
    """Starts a server on a free port; gives the address."""
    servers = []

    def start(server):
        [sock] = bind_sockets(0, "127.0.0.1")
        server.add_socket(sock)
        servers.append(server)
        return sock.getsockname()

    yield start
    for server in servers:
        server.stop()


async def connect(address):
    return await IOStream(socket.socket()).connect(address)


async def ask(stream, line=b"hello\n"):
    await stream.write(line)
    return await stream.read_until(b"\n")


async def test_coroutine_handler(serve):
    address = serve(Echo())
    stream = await connect(address)
    assert await ask(stream) == b"hello\n"
    stream.close()
    await asyncio.sleep(0.01)  # StreamClosedError ends the handler in silence


async def test_plain_handler_gets_the_address(serve):
    seen = []

    class Server(TCPServer):
        def handle_stream(self, stream, address):
            seen.append(address)
            stream.write(b"bye\n")
            stream.call_when_drained(stream.close)

    stream = await connect(serve(Server()))
    local = stream.socket.getsockname()
    assert await stream.read_until_close() == b"bye\n"
    assert seen == [local]


async def test_options_reach_the_streams(serve):
    streams = []

    class Server(TCPServer):
        def handle_stream(self, stream, address):
            streams.append(stream)
            stream.close()

    stream = await connect(serve(Server(max_buffer_size=5000, read_chunk_size=100)))
    await stream.read_until_close()
    assert (streams[0].max_buffer_size, streams[0].read_chunk_size) == (5000, 100)


@pytest.mark.parametrize("wait", [False, True])
async def test_a_failing_handler_is_logged_and_closes(serve, expect_log, wait):
    class Server(TCPServer):
        async def later(self):
            await asyncio.sleep(0)
            raise KeyError("broken")

        def handle_stream(self, stream, address):
            if wait:
                return self.later()
            raise KeyError("broken")

    with expect_log("tornado.application", "the connection from .*127.0.0.1.* failed.*KeyError"):
        stream = await connect(serve(Server()))
        assert await stream.read_until_close() == b""


async def test_a_server_without_handler(serve, expect_log):
    with expect_log("tornado.application", "write handle_stream"):
        stream = await connect(serve(TCPServer()))
        assert await stream.read_until_close() == b""


async def test_max_connections(serve):
    address = serve(Echo(max_connections=2))
    first, second, third = [await connect(address) for _client in range(3)]
    assert await ask(first) == await ask(second) == b"hello\n"
    waiting = asyncio.ensure_future(ask(third))
    done, _ = await asyncio.wait([waiting], timeout=0.05)
    assert not done
    first.close()
    assert await waiting == b"hello\n"
    second.close()
    third.close()
    with pytest.raises(ValueError, match="max_connections"):
        TCPServer(max_connections=0)


async def test_stop_leaves_connections(serve):
    server = Echo()
    address = serve(server)
    stream = await connect(address)
    assert await ask(stream) == b"hello\n"
    assert [s.getsockname() for s in server._sockets.values()] == [address]
    server.stop()
    server.stop()
    assert await ask(stream) == b"hello\n"
    with pytest.raises(StreamClosedError):
        await connect(address)
    stream.close()


async def test_bind_and_start_in_one_process():
    server = Echo()
    server.bind(0, "127.0.0.1")
    assert server._sockets == {}
    server.start()
    with pytest.raises(RuntimeError, match="already"):
        server.start()
    server.bind(0, "127.0.0.1")  # after start: at once
    for sock in list(server._sockets.values()):
        stream = await connect(sock.getsockname())
        assert await ask(stream) == b"hello\n"
        stream.close()
    assert len(server._sockets) == 2
    server.stop()


async def test_listen_says_what_is_in_use(serve):
    address = serve(Echo())
    with pytest.raises(OSError, match=f"cannot listen on 127.0.0.1:{address[1]}"):
        Echo().listen(address[1], "127.0.0.1")


async def test_unix_socket(tmp_path):
    server = Echo()
    server.add_socket(bind_unix_socket(str(tmp_path / "s")))
    stream = await IOStream(socket.socket(socket.AF_UNIX)).connect(str(tmp_path / "s"))
    assert await ask(stream) == b"hello\n"
    stream.close()
    server.stop()


async def test_older_style(serve):
    """A server of callbacks, with the loop passed in."""

    class Server(TCPServer):
        def handle_stream(self, stream, address):
            def on_line(line):
                stream.write(line, lambda: stream.read_until("\n", on_line))

            stream.read_until("\n", on_line)

    stream = await connect(serve(Server(IOLoop.current())))
    assert await ask(stream, b"one\n") == b"one\n"
    assert await ask(stream, b"two\n") == b"two\n"
    stream.close()


async def test_tls(serve, certificates):
    server = Echo({"certfile": certificates.certificate, "keyfile": certificates.key})
    address = serve(server)
    stream = await TCPClient().connect(*address, ssl_options={"ca_certs": certificates.authority})
    assert await ask(stream) == b"hello\n"
    assert isinstance(stream.socket, ssl.SSLSocket)
    stream.close()
    # Somebody who does not speak TLS, and somebody who leaves at once.
    plain = await connect(address)
    await plain.write(b"what?\n")
    assert await plain.read_until_close() != b"what?\n"
    (await connect(address)).close()
    again = await TCPClient().connect(*address, ssl_options={"ca_certs": certificates.authority})
    assert await ask(again) == b"hello\n"
    again.close()


def test_missing_certificate_is_found_at_the_start():
    with pytest.raises(FileNotFoundError):
        TCPServer(ssl_options={"certfile": "/does/not/exist"})


PROCESSES = """
    import asyncio, os, sys
    from tornado.ioloop import IOLoop
    from tornado.netutil import bind_sockets
    from tornado.process import fork_processes, task_id
    from tornado.tcpserver import TCPServer

    class Server(TCPServer):
        async def handle_stream(self, stream, address):
            command = await stream.read_until(b"\\n")
            await stream.write(b"%d %d\\n" % (task_id(), os.getpid()))
            if command == b"die\\n":
                os._exit(9)
            stream.close()

    assert task_id() is None
    if sys.argv[1] == "asyncio":
        sockets = bind_sockets(0, "127.0.0.1")
        print(sockets[0].getsockname()[1], flush=True)
        fork_processes(3)

        async def main():
            Server().add_sockets(sockets)
            await asyncio.Event().wait()

        asyncio.run(main())
    else:
        server = Server()
        server.bind(0, "127.0.0.1")
        print(server._pending_sockets[0].getsockname()[1], flush=True)
        server.start(3)
        IOLoop.current().start()
"""


@pytest.mark.parametrize("loop", ["asyncio", "ioloop"])
def test_several_processes(loop):
    server = subprocess.Popen(
        [sys.executable, "-c", textwrap.dedent(PROCESSES), loop],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )
    try:
        assert server.stdout
        port = int(server.stdout.readline())

        def talk(command):
            with socket.create_connection(("127.0.0.1", port), timeout=10) as client:
                client.sendall(command)
                number, pid = client.makefile("rb").readline().split()
                return int(number), int(pid)

        found = dict(talk(b"hello\n") for _client in range(40))
        assert set(found) <= {0, 1, 2}
        assert server.pid not in found.values()
        number, pid = talk(b"die\n")
        found[number] = pid
        # Somebody else takes the number.
        deadline = time.monotonic() + 15
        while time.monotonic() < deadline:
            now, its_pid = talk(b"hello\n")
            if now == number and its_pid != pid:
                break
        else:
            pytest.fail("the child that died was not started again")
        server.terminate()
        _output, errors = server.communicate(timeout=10)
        assert server.returncode == 128 + 15, errors
        with pytest.raises(ProcessLookupError):
            os.kill(its_pid, 0)
    finally:
        if server.poll() is None:
            server.terminate()
            server.communicate(timeout=10)
