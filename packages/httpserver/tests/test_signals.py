"""Programs that are told to end: what was asked is answered, nobody else is accepted."""

import os
import signal
import subprocess
import sys
import time
import urllib.request

import pytest

pytestmark = pytest.mark.skipif(not hasattr(os, "fork"), reason="signals as POSIX has them")

PROGRAM = """
import asyncio, os, sys
from tornado.httpserver import HTTPServer, run
from tornado.httputil import HTTPHeaders, ResponseStartLine
import tornado.netutil, tornado.httpserver._signals as module

def bind(port, address, bind=tornado.netutil.bind_sockets):
    sockets = bind(port, address)
    print(sockets[0].getsockname()[1], flush=True)
    return sockets
module.bind_sockets = bind

def answer(request):
    def finish():
        body = str(os.getpid()).encode()
        request.connection.write_headers(ResponseStartLine("", 200, "OK"),
            HTTPHeaders({"Content-Length": str(len(body))}), body)
        request.connection.finish()
    if request.path == "/slow":
        print("asked", flush=True)
        asyncio.get_running_loop().call_later(0.3, finish)
    elif request.path == "/never":
        print("asked", flush=True)
    else:
        finish()
"""


@pytest.fixture
def program():
    started = []

    def start(code):
        process = subprocess.Popen(
            [sys.executable, "-W", "error", "-c", PROGRAM + code],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            start_new_session=True,
            text=True,
        )
        started.append(process)
        process.port = int(process.stdout.readline())
        return process

    yield start
    for process in started:
        try:
            os.killpg(process.pid, signal.SIGKILL)
        except ProcessLookupError:
            pass
        process.wait()
        process.stdout.close()
        process.stderr.close()


def ask(process, path="/"):
    return subprocess.Popen(
        [
            sys.executable,
            "-c",
            "import sys, urllib.request\n"
            "print(urllib.request.urlopen(sys.argv[1], timeout=20).read().decode())",
            f"http://127.0.0.1:{process.port}{path}",
        ],
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    )


def reply(process):
    with urllib.request.urlopen(f"http://127.0.0.1:{process.port}/", timeout=20) as answer:
        return answer.read().decode()


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_what_was_asked_is_answered(program, number):
    process = program("run(answer, 0, '127.0.0.1')\nprint('over')")
    client = ask(process, "/slow")
    assert process.stdout.readline() == "asked\n"
    process.send_signal(number)
    assert client.communicate(timeout=20)[0] == f"{process.pid}\n"
    out, err = process.communicate(timeout=20)
    assert (out, err, process.returncode) == ("over\n", "", 0)


def test_what_takes_too_long_is_cut(program):
    process = program("run(answer, 0, '127.0.0.1', timeout=0.05)")
    client = ask(process, "/never")
    assert process.stdout.readline() == "asked\n"
    process.send_signal(signal.SIGTERM)
    assert process.communicate(timeout=20) == ("", "")
    assert client.communicate(timeout=20)[0] == ""


def test_an_impatient_user(program):
    process = program("run(answer, 0, '127.0.0.1', timeout=None)")
    client = ask(process, "/never")
    assert process.stdout.readline() == "asked\n"
    process.send_signal(signal.SIGINT)
    while process.poll() is None:
        time.sleep(0.02)
        process.send_signal(signal.SIGINT)
    assert process.stderr.read() == ""
    assert client.communicate(timeout=20)[0] == ""


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_several_processes(program, number):
    process = program("run(answer, 0, '127.0.0.1', processes=2)\nprint('over', flush=True)")
    pids = set()
    while len(pids) < 2:
        pids.add(reply(process))
    assert str(process.pid) not in pids
    client = ask(process, "/slow")
    assert process.stdout.readline() == "asked\n"
    process.send_signal(number)
    assert client.communicate(timeout=20)[0].strip() in pids
    out, err = process.communicate(timeout=20)
    assert (out, err, process.returncode) == ("over\n" * 3, "", 0)


def test_ctrl_c_at_a_terminal_goes_to_all_of_them(program):
    process = program("run(answer, 0, '127.0.0.1', processes=2)\nprint('over', flush=True)")
    pids = set()
    while len(pids) < 2:
        pids.add(reply(process))
    client = ask(process, "/slow")
    assert process.stdout.readline() == "asked\n"
    os.killpg(process.pid, signal.SIGINT)
    assert client.communicate(timeout=20)[0].strip().isdigit()
    out, err = process.communicate(timeout=20)
    assert (out, err, process.returncode) == ("over\n" * 3, "", 0)


def test_two_servers_and_handlers_of_the_program(program):
    process = program(
        """
import signal
def mine(*args): print("mine", flush=True)
signal.signal(signal.SIGTERM, mine)
async def main():
    one, other = HTTPServer(answer), HTTPServer(answer)
    one.add_sockets(bind(0, "127.0.0.1"))
    other.listen(0, "127.0.0.1")
    got = await one.serve_until_signal(other, timeout=5)
    print(repr(got), one._stopped, other._stopped)
    os.kill(os.getpid(), signal.SIGTERM)
asyncio.run(main())
"""
    )
    reply(process)
    process.send_signal(signal.SIGTERM)
    out, err = process.communicate(timeout=20)
    assert (out, err) == ("<Signals.SIGTERM: 15> True True\nmine\n", "")
