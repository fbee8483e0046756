"""System calls per request, counted by strace: recv 1, send 1 and little else is the aim."""

from __future__ import annotations

import shutil
import signal
import subprocess
import time
from pathlib import Path

import load
from contenders import Contender
from measuring import Cores
from scenarios import Scenario
from server import Server

ATTACH_SECONDS = 10


def counts(report: str) -> dict[str, int]:
    """Reads the table of ``strace -c``: the last columns are calls, errors (or nothing), name."""
    found = {}
    for line in report.splitlines():
        cells = line.split()
        if len(cells) >= 5 and cells[3].isdigit() and cells[-1] != "total":
            found[cells[-1]] = int(cells[3])
    return found


def per_request(
    contender: Contender,
    programs: Path,
    scenario: Scenario,
    seconds: float,
    connections: int,
    cores: Cores,
) -> dict[str, float]:
    """Calls per request by name, the most frequent first; connecting is counted with them."""
    strace = shutil.which("strace")
    if strace is None:
        raise load.LoadFailed("strace is not installed (Debian: apt-get install strace)")
    with Server(contender, programs, cores.server) as server:
        server.check(scenario)
        load.run(scenario, server.port, 1, connections, cores.client)
        targets = [option for pid in server.pids for option in ("-p", str(pid))]
        tracer = subprocess.Popen(
            [strace, "-f", "-c", *targets],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            text=True,
        )
        try:
            wait_until_traced(server.pids)
            done = load.run(scenario, server.port, seconds, connections, cores.client)
        finally:
            tracer.send_signal(signal.SIGINT)
            _, report = tracer.communicate(timeout=10)
    found = {name: calls / done.requests for name, calls in counts(report).items()}
    return dict(sorted(found.items(), key=lambda item: -item[1]))


def wait_until_traced(pids: list[int]) -> None:
    deadline = time.monotonic() + ATTACH_SECONDS
    for pid in pids:
        status = Path(f"/proc/{pid}/status")
        while "TracerPid:\t0\n" in status.read_text():
            if time.monotonic() > deadline:
                raise load.LoadFailed("strace could not attach to the server")
            time.sleep(0.02)
