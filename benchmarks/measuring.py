"""Rounds: every contender in turn, then again, so that a slow minute hits all of them."""

from __future__ import annotations

import sys
import time
from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from statistics import median

import load
from contenders import Contender, Unavailable
from scenarios import Scenario
from server import Server

SETTLE_SECONDS = 0.05
"""After a load: what the server still has to do for it is done, and its last ticks are counted."""


@dataclass(frozen=True)
class Cores:
    server: int
    client: int


@dataclass
class Result:
    """What one contender did in one scenario, one entry a round."""

    contender: Contender
    cpu: list[float] = field(default_factory=list)
    """CPU microseconds per request."""
    rate: list[float] = field(default_factory=list)
    p50: list[float] = field(default_factory=list)
    p99: list[float] = field(default_factory=list)
    resident: int = 0
    """Bytes, after the last round, with the connections open or just closed."""
    problem: str = ""
    """Why there are no figures, or why they stop."""

    def ratio(self, baseline: Result) -> float | None:
        """How many times the baseline's CPU per request is this one's: the median over rounds."""
        pairs = list(zip(baseline.cpu, self.cpu, strict=False))
        return median(b / c for b, c in pairs) if pairs and all(c for _, c in pairs) else None


def one_round(
    server: Server, scenario: Scenario, seconds: float, connections: int, cores: Cores, into: Result
) -> None:
    before = server.cpu_seconds()
    done = load.run(scenario, server.port, seconds, connections, cores.client)
    time.sleep(SETTLE_SECONDS)
    used = server.cpu_seconds() - before
    into.cpu.append(used * 1e6 / done.requests)
    into.rate.append(done.rate)
    into.p50.append(done.p50)
    into.p99.append(done.p99)
    into.resident = server.resident_bytes()


def measure(
    scenario: Scenario,
    prepared: Sequence[tuple[Contender, Path]],
    *,
    rounds: int,
    seconds: float,
    connections: int,
    cores: Cores,
) -> list[Result]:
    """Starts the contenders that know the scenario and loads them, interleaved.

    A contender that can't start, answers something else or fails under load keeps its row, with
    the reason; the others go on. The first load of each, one second long, warms it up and is not
    counted.
    """
    results = [
        Result(contender)
        for contender, _ in prepared
        if contender.scenarios is None or scenario.name in contender.scenarios
    ]
    programs = {contender.name: folder for contender, folder in prepared}
    running: dict[str, Server] = {}
    with ExitStack() as stack:
        for number in range(rounds + 1):
            for result in results:
                name = result.contender.name
                if result.problem:
                    continue
                say(f"{scenario.name}: {name}, " + (f"round {number}" if number else "warming up"))
                try:
                    if number == 0:
                        new = Server(result.contender, programs[name], cores.server)
                        running[name] = stack.enter_context(new)
                        new.check(scenario)
                        load.run(scenario, new.port, 1, connections, cores.client)
                    else:
                        one_round(running[name], scenario, seconds, connections, cores, into=result)
                except (Unavailable, load.LoadFailed, OSError) as error:
                    result.problem = str(error)
    say("")
    return results


def say(text: str) -> None:
    """Progress on one line of the terminal; silent where there is none."""
    if sys.stderr.isatty():
        print(f"\r\x1b[K{text}", end="", file=sys.stderr, flush=True)
