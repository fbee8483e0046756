"""The WebSocket echo and its client, as programs."""

import re
import signal
import subprocess
import sys

import pytest
from programs import ROOT

DEMO = ROOT / "demos/wsecho"


@pytest.fixture
def url():
    """Where a running server is; at the end it has to obey Ctrl-C."""
    command = [sys.executable, "-W", "error", DEMO / "server.py", "--port=0", "--logging=error"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as server:
        yield re.search(r"ws://\S+", server.stdout.readline())[0]
        server.send_signal(signal.SIGINT)
        assert server.wait(10) == 0


def talk(url, lines=""):
    command = [sys.executable, "-W", "error", DEMO / "client.py", url]
    return subprocess.run(command, input=lines, capture_output=True, text=True, timeout=30)


@pytest.mark.parametrize("lines", ["one\n", "one\ntw\u00f6\n\nfour", "x" * 100_000 + "\n"])
def test_lines_come_back(url, lines):
    done = talk(url, lines)
    assert done.stdout.splitlines() == lines.splitlines()
    assert done.stderr == "closed: 1000 \n"
    assert done.returncode == 0


def test_many_lines_come_back(url):
    lines = "".join(f"line {number}\n" for number in range(3000))
    assert talk(url, lines).stdout == lines


def test_what_is_wrong_is_told(url):
    missing = talk(url.replace("/echo", "/nothing"))
    assert missing.stderr == "client.py: HTTP 404: Not Found\n"
    wrong = talk(url.replace("ws:", "http:"))
    assert "starts with ws:// or wss://" in wrong.stderr
    assert {missing.returncode, wrong.returncode} == {1}
