"""Whole programs: of every era on one loop, and as processes of their own that are interrupted."""

import asyncio
import signal
import socket
import subprocess
import sys
import time

import pytest

from tornado import gen
from tornado.concurrent import return_future
from tornado.ioloop import IOLoop


class Server:
    """Answers each line with the same line in capitals; in the style of 2009."""

    def __init__(self, ioloop=None):
        self._ioloop = ioloop or IOLoop.instance()
        self._socket = socket.create_server(("127.0.0.1", 0))
        self._socket.setblocking(False)
        self.address = self._socket.getsockname()
        self._ioloop.add_handler(self._socket.fileno(), self._accept, self._ioloop.READ)
        self._connections = []

    def _accept(self, fd, events):
        connection, _ = self._socket.accept()
        connection.setblocking(False)
        self._connections.append(connection)
        self._ioloop.add_handler(
            connection.fileno(), lambda fd, events: self._answer(connection), self._ioloop.READ
        )

    def _answer(self, connection):
        data = connection.recv(1000)
        if data:
            connection.send(data.upper())
        else:
            self._ioloop.remove_handler(connection.fileno())
            connection.close()

    def close(self):
        self._ioloop.remove_handler(self._socket.fileno())
        self._socket.close()


class Client:
    """A client of 2009: it connects, asks, and calls back with the answer."""

    def __init__(self, address, io_loop=None):
        self.io_loop = io_loop or IOLoop.instance()
        self.socket = socket.socket()
        self.socket.setblocking(False)
        self.socket.connect_ex(address)

    def ask(self, line, callback):
        self._line, self._callback = line, callback
        self.io_loop.add_handler(self.socket.fileno(), self._ready, self.io_loop.WRITE)

    def _ready(self, fd, events):
        if events & self.io_loop.WRITE:
            self.socket.send(self._line)
            self.io_loop.update_handler(fd, self.io_loop.READ)
        elif events & self.io_loop.READ:
            answer = self.socket.recv(1000)
            self.io_loop.remove_handler(fd)
            self.socket.close()
            self._callback(answer)


def test_all_eras_side_by_side(io_loop):
    server = Server(io_loop)
    answers = {}

    def program_of_2009(callback):
        def on_answer(answer):
            answers[2009] = answer
            io_loop.add_timeout(time.time() + 0.001, callback)

        Client(server.address, io_loop).ask(b"callback\n", on_answer)

    @gen.engine
    def program_of_2012(callback):
        answers[2012] = yield gen.Task(Client(server.address).ask, b"engine\n")
        Client(server.address).ask(b"again\n", (yield gen.Callback("key")))
        answers["2012 with keys"] = yield gen.Wait("key")
        callback()

    @return_future
    def ask(line, callback):
        Client(server.address).ask(line, callback)

    @gen.coroutine
    def program_of_2014():
        answers[2014], _ = yield [ask(b"coroutine\n"), gen.Task(program_of_2009)]
        raise gen.Return("done")

    async def program_of_today():
        answers["today"] = await ask(b"async def\n")
        assert await program_of_2014() == "done"
        await gen.Task(program_of_2012)

    async def all_at_once():
        await asyncio.gather(program_of_today(), program_of_2014(), gen.Task(program_of_2012))

    io_loop.run_sync(all_at_once, timeout=20)
    server.close()
    assert answers == {
        2009: b"CALLBACK\n",
        2012: b"ENGINE\n",
        "2012 with keys": b"AGAIN\n",
        2014: b"COROUTINE\n",
        "today": b"ASYNC DEF\n",
    }


CLASSIC = """
import sys, time
from tornado.ioloop import IOLoop, PeriodicCallback
ioloop = IOLoop.instance()
ioloop.add_timeout(time.time() + 0.01, lambda: print("ready", flush=True))
{extra}
ioloop.start()
print("stopped", flush=True)
"""


def start(code, *flags):
    return subprocess.Popen(
        [sys.executable, *flags, "-c", code],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def test_ctrl_c_ends_a_program_with_keyboard_interrupt_and_no_other_complaint():
    with start(CLASSIC.format(extra=""), "-X", "dev", "-W", "error") as process:
        assert process.stdout.readline() == "ready\n"
        process.send_signal(signal.SIGINT)
        out, errors = process.communicate(timeout=20)
    assert out == ""
    assert errors.rstrip().endswith("KeyboardInterrupt")
    assert "Warning" not in errors
    assert "Exception ignored" not in errors


@pytest.mark.parametrize("stop", ["ioloop.stop()", "ioloop.add_callback_from_signal(ioloop.stop)"])
def test_a_signal_handler_ends_a_program_in_order(stop):
    extra = f"import signal; signal.signal(signal.SIGTERM, lambda *_: {stop})"
    with start(CLASSIC.format(extra=extra), "-X", "dev", "-W", "error") as process:
        assert process.stdout.readline() == "ready\n"
        process.send_signal(signal.SIGTERM)
        assert process.communicate(timeout=20) == ("stopped\n", "")
        assert process.returncode == 0


def test_a_thread_hands_over_its_result_as_the_documents_show():
    code = """
import threading
from tornado.ioloop import IOLoop

def parse_results(results):
    print(results)
    IOLoop.instance().stop()

def work():
    IOLoop.instance().add_callback(parse_results, "results")

ioloop = IOLoop.instance()
threading.Timer(0.02, work).start()
ioloop.start()
"""
    with start(code, "-X", "dev", "-W", "error") as process:
        assert process.communicate(timeout=20) == ("results\n", "")
