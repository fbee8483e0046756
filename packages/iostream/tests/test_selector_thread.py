"""Streams and processes on a loop that cannot watch descriptors, as the proactor of Windows."""

import asyncio
import sys
import threading

import pytest

from tornado.ioloop import IOLoop
from tornado.platform.asyncio import AddThreadSelectorEventLoop
from tornado.process import Subprocess
from tornado.tcpclient import TCPClient
from tornado.tcpserver import TCPServer


class Blind(asyncio.SelectorEventLoop):
    """Refuses what the proactor refuses."""

    def _refuse(self, *args):
        raise NotImplementedError

    add_reader = add_writer = remove_reader = remove_writer = _refuse


class Echo(TCPServer):
    async def handle_stream(self, stream, address):
        while True:
            await stream.write(await stream.read_until(b"\n"))


@pytest.fixture
def run():
    """Runs a coroutine on such a loop, with the selector thread that IOLoop makes on Windows."""

    def run(main):
        loop = Blind()
        io_loop = IOLoop(asyncio_loop=loop)
        io_loop.selector_loop = AddThreadSelectorEventLoop(loop)
        try:
            io_loop.run_sync(main, timeout=20)
        finally:
            io_loop.close()

    yield run
    assert not [thread for thread in threading.enumerate() if thread.name == "tornado-selector"]


def test_an_echo(run):
    async def main():
        server = Echo()
        server.listen(0, "127.0.0.1")
        port = next(iter(server._sockets.values())).getsockname()[1]
        stream = await TCPClient().connect("127.0.0.1", port)
        line = b"x" * 3_000_000 + b"\n"  # more than fits: the writers are needed too
        sending = stream.write(line)
        assert await stream.read_until(b"\n") == line
        await sending
        server.stop()
        stream.close()
        await asyncio.sleep(0.01)

    run(main)


@pytest.mark.skipif(sys.platform == "win32", reason="pipes of processes need POSIX")
def test_a_process(run):
    async def main():
        process = Subprocess(
            [sys.executable, "-c", "print(input()[::-1])"],
            stdin=Subprocess.STREAM,
            stdout=Subprocess.STREAM,
        )
        await process.stdin.write(b"abc\n")
        assert await process.stdout.read_until_close() == b"cba\n"
        assert await process.wait_for_exit() == 0
        process.stdin.close()

    run(main)
