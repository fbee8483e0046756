"""Programs under test: start one, learn its address from what it prints, end it as a user would.

    with running("demos/chat/main.py", "--port=0") as program:
        program.url            "http://127.0.0.1:40123"

A program that does not print an address within 20 seconds, or ends before, fails the test with
everything it wrote. It is ended with SIGINT, as by Ctrl-C, and has to obey within 10 seconds.
"""

from __future__ import annotations

import os
import re
import selectors
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
ADDRESS = re.compile(r"(http://([\w.\[\]:]+?):(\d+))")
START_SECONDS = 20
END_SECONDS = 10


class Program:
    """A running program. ``url`` has no slash at its end."""

    def __init__(self, process: subprocess.Popen[bytes], errors: Path) -> None:
        self.process = process
        self._errors = errors
        self._printed = b""
        self.url = ""
        self.port = 0

    @property
    def output(self) -> str:
        """What was printed so far, and after it what went to stderr (the log)."""
        return self._printed.decode() + self._errors.read_text(encoding="utf-8")

    def wait_for(self, pattern: str, seconds: float = START_SECONDS) -> re.Match[str]:
        """Reads what the program prints until ``pattern`` is found in it."""
        assert self.process.stdout is not None
        deadline = time.monotonic() + seconds
        with selectors.DefaultSelector() as selector:
            selector.register(self.process.stdout, selectors.EVENT_READ)
            while not (found := re.search(pattern, self._printed.decode())):
                left = deadline - time.monotonic()
                if left <= 0 or not selector.select(left):
                    raise AssertionError(f"no {pattern!r} in {seconds} s: {self.output}")
                chunk = os.read(self.process.stdout.fileno(), 65536)
                if not chunk:
                    code = self.process.wait()
                    raise AssertionError(f"the program ended with {code}: {self.output}")
                self._printed += chunk
        return found

    def end(self, number: int = signal.SIGINT) -> int:
        """Sends a signal and gives the exit code."""
        if self.process.poll() is None:
            self.process.send_signal(number)
        return self.process.wait(END_SECONDS)


def start(command: list[str], where: Path, errors: Path) -> subprocess.Popen[bytes]:
    with open(errors, "wb") as log:
        return subprocess.Popen(command, cwd=where, stdout=subprocess.PIPE, stderr=log)


@contextmanager
def running(path: str, *arguments: str) -> Iterator[Program]:
    """Runs ``path`` (seen from the root of the repository) until the block is left."""
    with tempfile.TemporaryDirectory() as where:
        errors = Path(where, "stderr")
        # Demos are what others copy: no deprecated call passes.
        command = [sys.executable, "-W", "error", str(ROOT / path), *arguments]
        process = start(command, Path(where), errors)
        program = Program(process, errors)
        try:
            found = program.wait_for(ADDRESS.pattern)
            program.url, program.port = found[1], int(found[3])
            yield program
        finally:
            try:
                program.end()
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
                raise AssertionError(f"{path} did not end on SIGINT: {program.output}") from None
            finally:
                assert process.stdout is not None
                process.stdout.close()
