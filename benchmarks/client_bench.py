"""Compares HTTP clients: CPU per request, as a ratio to upstream's simple client in the same run.

    python benchmarks/client_bench.py
    hatch run client-bench --rounds 5 --markdown

See README.md beside this file for how to read the figures.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from statistics import median
from typing import Any

import contenders
import members
import report
import scenarios
from contenders import Contender, Unavailable
from server import Server

PROGRAM = contenders.HERE / "clients" / "ask.py"
BASELINE = "upstream simple"
SITUATIONS = {"sequential": 1, "concurrent": 100}
COLUMNS = ("client", "CPU µs/request", "xT", "requests/s")


@dataclass
class Result:
    """What one client did in one situation, one entry a round."""

    name: str
    cpu: list[float] = field(default_factory=list)
    rate: list[float] = field(default_factory=list)
    problem: str = ""

    def ratio(self, baseline: Result) -> float | None:
        """How many times the baseline's CPU per request is this one's: the median over rounds."""
        pairs = list(zip(baseline.cpu, self.cpu, strict=False))
        return median(b / c for b, c in pairs) if pairs and all(c for _, c in pairs) else None


def ours() -> list[str]:
    arguments = ["uvloop", "pycurl"]
    for member in members.closure("httpclient"):
        arguments += ["--editable", str(members.PACKAGES / member)]
    return arguments


def table() -> dict[str, Contender]:
    upstream = f"tornado=={contenders.UPSTREAM_RELEASE}"

    def row(
        name: str, what: str, environment: str, install: Callable[[], list[str]], *arguments: str
    ) -> Contender:
        def command(programs: Path, port: int) -> list[str]:
            url = f"http://127.0.0.1:{port}/"
            return [str(programs / "python"), str(PROGRAM), arguments[0], url, *arguments[1:]]

        return Contender(name, what, environment, install, command)

    rows = [
        row("ours simple", "this repository", "ours-client", ours, "simple"),
        row("ours simple+uvloop", "with uvloop", "ours-client", ours, "simple", "--uvloop"),
        row("ours curl", "this repository on libcurl", "ours-client", ours, "curl"),
        row(BASELINE, "simple_httpclient", "upstream", lambda: [upstream], "simple"),
        row(
            "upstream curl",
            "curl_httpclient",
            "upstream-curl",
            lambda: [upstream, "pycurl"],
            "curl",
        ),
        row("aiohttp", "its ClientSession", "aiohttp-client", lambda: ["aiohttp"], "aiohttp"),
        row("httpx", "its AsyncClient", "httpx", lambda: ["httpx"], "httpx"),
        row("pycurl", "a multi handle, bare", "ours-client", ours, "pycurl"),
    ]
    return {one.name: one for one in rows}


def one_round(
    contender: Contender, programs: Path, port: int, situation: str, seconds: float, core: int
) -> dict[str, float]:
    """Runs a client for ``seconds``; raises Unavailable with what it printed if it fails."""
    command = contender.command(programs, port)
    command += ["--seconds", str(seconds), "--at-once", str(SITUATIONS[situation])]
    done = subprocess.run(
        command,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=seconds + 60,
        preexec_fn=lambda: os.sched_setaffinity(0, {core}),
    )
    if done.returncode:
        raise Unavailable((done.stdout + done.stderr)[-2000:].strip())
    figures: dict[str, float] = json.loads(done.stdout.splitlines()[-1])
    return figures


def measure(
    situation: str,
    prepared: Sequence[tuple[Contender, Path]],
    port: int,
    *,
    rounds: int,
    seconds: float,
    core: int,
) -> list[Result]:
    """Every client in turn, then again, so that a slow minute hits all of them."""
    results = [Result(contender.name) for contender, _ in prepared]
    for _ in range(rounds):
        for result, (contender, programs) in zip(results, prepared, strict=True):
            if result.problem:
                continue
            try:
                figures = one_round(contender, programs, port, situation, seconds, core)
            except (Unavailable, subprocess.TimeoutExpired) as error:
                result.problem = str(error)
                continue
            result.cpu.append(figures["cpu"] * 1e6 / figures["requests"])
            result.rate.append(figures["requests"] / figures["seconds"])
    return results


def rows(results: Sequence[Result]) -> list[list[str]]:
    """The best first; those without figures last."""
    baseline = next((one for one in results if one.name == BASELINE), None)
    shown = []
    for result in sorted(results, key=lambda one: median(one.cpu) if one.cpu else float("inf")):
        if not result.cpu:
            shown.append([result.name, *["-"] * (len(COLUMNS) - 1)])
            continue
        ratio = result.ratio(baseline) if baseline else None
        shown.append(
            [
                result.name,
                f"{median(result.cpu):.1f}",
                f"{ratio:.1f}" if ratio else "-",
                f"{median(result.rate):,.0f}",
            ]
        )
    return shown


def enough(results: Sequence[Result], least: float) -> bool:
    """Whether ours is ``least`` times as good as the baseline; says so if it is not."""
    named = {result.name: result for result in results}
    mine, baseline = named.get("ours simple"), named.get(BASELINE)
    ratio = mine.ratio(baseline) if mine and baseline else None
    if ratio is not None and ratio >= least:
        return True
    got = "not measured" if ratio is None else f"{ratio:.1f} xT"
    print(f"\nours is {got}, to be at least {least:g} xT")
    return False


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("situation", nargs="*", choices=[*SITUATIONS, []], metavar="SITUATION")
    parser.add_argument("--only", nargs="+", choices=list(table()), metavar="CLIENT")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--seconds", type=float, default=2, help="of one round (default: 2)")
    parser.add_argument("--markdown", action="store_true")
    parser.add_argument("--at-least", type=float, metavar="RATIO", help="fail where ours is less")
    parser.add_argument("--python", default=sys.executable, help="interpreter of the clients")
    return parser.parse_args()


def prepare(chosen: Sequence[Contender], python: str) -> list[tuple[Contender, Path]]:
    ready = []
    for contender in chosen:
        try:
            ready.append((contender, contenders.prepare(contender, python)))
        except Unavailable as error:
            print(f"{contender.name} is left out: {error}", file=sys.stderr)
    return ready


def main() -> int:
    options = arguments()
    everyone = table()
    ready = prepare([everyone[name] for name in options.only or everyone], options.python)
    cores = sorted(os.sched_getaffinity(0))
    nginx: Any = contenders.table()["nginx"]
    scenarios.write_static_file(contenders.STATIC_FOLDER)
    good = True
    with Server(nginx, contenders.prepare(nginx, options.python), cores[0]) as server:
        server.check(scenarios.SCENARIOS["hello"])
        for situation in options.situation or SITUATIONS:
            results = measure(
                situation,
                ready,
                server.port,
                rounds=options.rounds,
                seconds=options.seconds,
                core=cores[-1],
            )
            print(f"\n{situation}: GETs of 12 bytes from nginx, {SITUATIONS[situation]} at once\n")
            print(report.table(COLUMNS, rows(results), options.markdown))
            for result in results:
                if result.problem:
                    print(f"\n{result.name}: {result.problem}")
            if options.at_least is not None:
                good = enough(results, options.at_least) and good
    return 0 if good else 1


if __name__ == "__main__":
    try:
        sys.exit(main())
    except Unavailable as error:
        sys.exit(f"client_bench: {error}")
