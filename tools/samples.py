"""The samples of a Markdown file, and how they are tried.

A ```` ```python ```` block is a program: it runs by itself in an empty folder and has to end well.
If a ```` ```console ```` block comes next, the program is a server on port 8888: it is started on a
free port instead, the lines after ``$`` are run (they are ``curl`` lines), and have to print what
is printed below them.
"""

from __future__ import annotations

import re
import shlex
import socket
import subprocess
import sys
import time
from dataclasses import dataclass, field
from pathlib import Path

DOCUMENTED_PORT = "8888"
FENCE = re.compile(r"^```(\w+)\n(.*?)^```$", re.DOTALL | re.MULTILINE)
SECONDS = 30


@dataclass
class Sample:
    """A program, and the (command, output) pairs that it has to answer."""

    name: str
    code: str
    answers: list[tuple[str, str]] = field(default_factory=list)


def samples(path: Path) -> list[Sample]:
    """The programs of a file, named ``file:line``."""
    text = path.read_text(encoding="utf-8")
    found: list[Sample] = []
    latest = None
    for fence in FENCE.finditer(text):
        kind, body = fence.groups()
        if kind == "python":
            line = text.count("\n", 0, fence.start()) + 2
            latest = Sample(f"{path.name}:{line}", body)
            found.append(latest)
        elif kind == "console" and latest is not None:
            latest.answers += answers(body)
        else:
            latest = None
    return found


def answers(body: str) -> list[tuple[str, str]]:
    """Splits a console block: each line after ``$ ``, and what is printed below it."""
    pieces = re.split(r"^\$ (.*)\n", body, flags=re.MULTILINE)[1:]
    return list(zip(pieces[::2], (p.rstrip("\n") for p in pieces[1::2]), strict=True))


def try_program(sample: Sample, where: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", sample.code],
        cwd=where,
        capture_output=True,
        text=True,
        timeout=SECONDS,
    )
    assert done.returncode == 0, f"{sample.name}: {done.stderr}"


def try_server(sample: Sample, where: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as probe:
        port = str(probe.getsockname()[1])
    code = sample.code.replace(DOCUMENTED_PORT, port)
    assert code != sample.code, f"{sample.name} does not listen on {DOCUMENTED_PORT}"
    log = where / "log"
    with log.open("w") as file:
        server = subprocess.Popen(
            [sys.executable, "-W", "error", "-c", code], cwd=where, stdout=file, stderr=file
        )
    try:
        wait_for(server, int(port), log)
        for line, expected in sample.answers:
            command = shlex.split(line.replace(DOCUMENTED_PORT, port))
            assert command[0] == "curl", f"{sample.name}: only curl lines are run, got {line}"
            command[1:1] = ["--silent", "--show-error", "--max-time", str(SECONDS)]
            told = subprocess.run(command, cwd=where, capture_output=True, text=True, check=True)
            printed = told.stdout.rstrip("\n")
            assert printed == expected.replace(DOCUMENTED_PORT, port), (
                f"{sample.name}: {line}\n{log.read_text()}"
            )
    finally:
        server.kill()
        server.wait()


def wait_for(server: subprocess.Popen[bytes], port: int, log: Path) -> None:
    deadline = time.monotonic() + SECONDS
    while server.poll() is None and time.monotonic() < deadline:
        try:
            socket.create_connection(("127.0.0.1", port)).close()
            return
        except ConnectionRefusedError:
            time.sleep(0.02)
    raise AssertionError(f"nothing listens on {port}: {log.read_text()}")
