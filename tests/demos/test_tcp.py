"""The demos over plain TCP: the echo and its client, the chat."""

from __future__ import annotations

import re
import signal
import socket
import subprocess
import sys
from collections.abc import Callable, Iterator

import pytest
from programs import ROOT

Start = Callable[..., int]


@pytest.fixture
def start() -> Iterator[Start]:
    """Starts a demo and gives its port; at the end it has to obey Ctrl-C."""
    started: list[subprocess.Popen[str]] = []

    def run(path: str, *options: str) -> int:
        process = subprocess.Popen(
            [sys.executable, str(ROOT / path), "--port=0", "--logging=error", *options],
            stdout=subprocess.PIPE,
            text=True,
        )
        started.append(process)
        assert process.stdout is not None
        found = re.search(r" port (\d+)\n", process.stdout.readline())
        assert found
        return int(found[1])

    yield run
    for process in started:
        process.send_signal(signal.SIGINT)
        assert process.wait(10) == 0
        assert process.stdout is not None
        process.stdout.close()


class Guest:
    """A person at a terminal."""

    def __init__(self, port: int) -> None:
        self.socket = socket.create_connection(("127.0.0.1", port), timeout=10)
        self._lines = self.socket.makefile("r", encoding="utf-8", newline="\r\n")

    def say(self, text: str) -> None:
        self.socket.sendall(text.encode() + b"\n")

    def hear(self) -> str:
        return self._lines.readline().removesuffix("\r\n")

    def go(self) -> None:
        self._lines.close()
        self.socket.close()


def client(port: int, *words: str, text: str = "") -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, str(ROOT / "demos/tcpecho/client.py"), f"--port={port}", *words],
        input=text,
        capture_output=True,
        text=True,
        timeout=20,
        check=False,
    )


def test_echo(start: Start) -> None:
    port = start("demos/tcpecho/server.py")
    assert client(port, "hello", "wörld").stdout == "hello\nwörld\n"
    assert client(port, text="one\ntwo\n").stdout == "one\ntwo\n"
    with socket.create_connection(("127.0.0.1", port), timeout=10) as too_long:
        too_long.sendall(b"x" * 65536)
        assert too_long.recv(10) == b""
    assert client(port, "still here").stdout == "still here\n"


def test_echo_of_nobody() -> None:
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        done = client(unused.getsockname()[1], "hello")
    assert done.returncode == 1
    assert "refused" in done.stderr
    assert "Traceback" not in done.stderr


def test_chat(start: Start) -> None:
    port = start("demos/tcpchat/main.py")
    ann = Guest(port)
    assert ann.hear() == "What is your name?"
    ann.say("not a name!")
    assert ann.hear().startswith("A name is")
    ann.say("Ann")
    assert ann.hear().startswith("Welcome, Ann.")
    bob = Guest(port)
    bob.hear()
    bob.say("ann")
    assert bob.hear() == "ann is here already. Another one?"
    bob.say("Bob")
    assert bob.hear().startswith("Welcome, Bob.")
    assert ann.hear() == "* Bob has come"
    bob.say("hällo \x1b[2J everybody")
    assert ann.hear() == "Bob: hällo [2J everybody"
    ann.say("/name Anna")
    assert [ann.hear(), bob.hear()] == ["* Ann is now Anna"] * 2
    ann.say("/who")
    assert ann.hear() == "Here are Bob, Anna"
    ann.say("/what")
    assert ann.hear().startswith("/who lists")
    ann.say("/quit")
    assert bob.hear() == "* Anna has left"
    assert ann.hear() == ""
    # Leaving without a word, and a line without an end.
    carl = Guest(port)
    carl.hear()
    carl.say("Carl")
    carl.hear()
    assert bob.hear() == "* Carl has come"
    carl.socket.sendall(b"x" * 5000)
    assert bob.hear() == "* Carl has left"
    for guest in (ann, bob, carl):
        guest.go()


def test_chat_does_not_fill_its_memory_for_a_guest_who_does_not_read(start: Start) -> None:
    port = start("demos/tcpchat/main.py")
    deaf = Guest(port)
    deaf.hear()
    deaf.say("Deaf")
    deaf.hear()
    loud = Guest(port)
    loud.hear()
    loud.say("Loud")
    loud.hear()
    loud.socket.settimeout(20)
    for _line in range(20_000):
        loud.say("x" * 900)
    assert loud.hear() == "* Deaf has left"
    deaf.go()
    loud.go()
