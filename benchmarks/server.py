"""A contender's server as a process: start, check, read its CPU time and memory, stop."""

from __future__ import annotations

import http.client
import os
import signal
import socket
import subprocess
import time
from pathlib import Path

from contenders import SERVERS, STATIC_FOLDER, Contender, Unavailable
from scenarios import Scenario

START_SECONDS = 20
TICKS = os.sysconf("SC_CLK_TCK")
PAGE = os.sysconf("SC_PAGE_SIZE")


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    assert isinstance(port, int)
    return port


def stat_fields(pid: int) -> list[str]:
    """The fields of /proc/PID/stat after the command's name: state, parent, ..."""
    return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()


def process_tree(root: int) -> list[int]:
    """The process and its living descendants."""
    children: dict[int, list[int]] = {}
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            try:
                parent = int(stat_fields(int(entry.name))[1])
            except OSError:
                continue  # it ended meanwhile
            children.setdefault(parent, []).append(int(entry.name))
    tree = [root]
    for pid in tree:
        tree += children.get(pid, [])
    return tree


class Server:
    """One contender, running on one core; use it as a context manager."""

    def __init__(self, contender: Contender, programs: Path, core: int) -> None:
        self.contender = contender
        self.port = free_port()
        self._log = STATIC_FOLDER.parent / f"{contender.name.replace(' ', '-')}.log"
        environment = {
            **os.environ,
            "PYTHONPATH": os.pathsep.join([str(SERVERS), str(SERVERS.parent)]),
            "STATIC_FOLDER": str(STATIC_FOLDER),
            "PYTHONHASHSEED": "0",
        }
        environment.pop("VIRTUAL_ENV", None)
        with self._log.open("wb") as log:
            self._process = subprocess.Popen(
                contender.command(programs, self.port),
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                env=environment,
                start_new_session=True,
                preexec_fn=lambda: os.sched_setaffinity(0, {core}),
            )

    def __enter__(self) -> Server:
        deadline = time.monotonic() + START_SECONDS
        while time.monotonic() < deadline:
            if self._process.poll() is not None:
                break
            try:
                socket.create_connection(("127.0.0.1", self.port), 1).close()
            except OSError:
                time.sleep(0.05)
            else:
                return self
        self.stop()
        printed = self._log.read_text(errors="replace")[-2000:]
        raise Unavailable(f"did not start listening in {START_SECONDS} s; it printed:\n{printed}")

    def __exit__(self, *exc_info: object) -> None:
        self.stop()

    def stop(self) -> None:
        """Ends the process and what it started; its session is its own, so nothing else is hit."""
        for number in (signal.SIGTERM, signal.SIGKILL):
            try:
                os.killpg(self._process.pid, number)
            except ProcessLookupError:
                break
            try:
                self._process.wait(3)
            except subprocess.TimeoutExpired:
                continue
        self._process.wait()

    @property
    def pids(self) -> list[int]:
        return process_tree(self._process.pid)

    def cpu_seconds(self) -> float:
        """User and system time of the process tree so far, in steps of the clock tick (10 ms)."""
        return sum(int(f[11]) + int(f[12]) for f in map(stat_fields, self.pids)) / TICKS

    def resident_bytes(self) -> int:
        return sum(int(stat_fields(pid)[21]) for pid in self.pids) * PAGE

    def check(self, scenario: Scenario) -> None:
        """One request by another client: the answer must be the scenario's, or it raises."""
        if scenario.message_bytes:
            return  # the load generator compares every answer with what it sent
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=10)
        connection.request(
            scenario.method, scenario.path, scenario.body or None, headers=scenario.headers
        )
        answer = connection.getresponse()
        body = answer.read()
        connection.close()
        if answer.status != 200:
            raise Unavailable(f"{scenario.name}: answered {answer.status}")
        if scenario.answer is not None and body != scenario.answer:
            raise Unavailable(f"{scenario.name}: answered {body[:80]!r}")
        for name, value in scenario.answer_headers.items():
            if answer.getheader(name) != value:
                raise Unavailable(f"{scenario.name}: header {name} is {answer.getheader(name)!r}")
