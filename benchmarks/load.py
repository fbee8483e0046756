"""The load generators: wrk for HTTP, websocket_load.c for WebSockets.

Either is one thread on a core of its own, with one request or message in flight on each connection.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import tempfile
from dataclasses import dataclass
from pathlib import Path

import venvs
from contenders import ENVIRONMENTS, HERE
from scenarios import Scenario

SUMMARY = """
done = function(summary, latency, requests)
  local e = summary.errors
  io.write(string.format(
    '\\nSUMMARY {"requests": %d, "microseconds": %d, "p50": %d, "p99": %d, "errors": %d}\\n',
    summary.requests, summary.duration, latency:percentile(50), latency:percentile(99),
    e.connect + e.read + e.write + e.status + e.timeout))
end
"""

NEW_COOKIE = """
local visit = 100000
request = function()
  visit = visit + 1
  wrk.headers["Cookie"] = "theme=dark; visit=" .. visit
  return wrk.format()
end
"""


class LoadFailed(Exception):
    """A load generator is missing, or what it was told is not what was asked."""


@dataclass(frozen=True)
class Load:
    requests: int
    seconds: float
    p50: float
    """Latencies are in milliseconds."""
    p99: float

    @property
    def rate(self) -> float:
        return self.requests / self.seconds


def find_wrk() -> str:
    wrk = shutil.which("wrk")
    if wrk is None:
        raise LoadFailed("wrk, the load generator, is not installed (Debian: apt-get install wrk)")
    return wrk


def script(scenario: Scenario) -> str:
    """The scenario in wrk's Lua; header values and bodies here need no escaping but Lua's own."""
    lines = [f"wrk.method = {json.dumps(scenario.method)}"]
    lines += [
        f"wrk.headers[{json.dumps(k)}] = {json.dumps(v)}" for k, v in scenario.headers.items()
    ]
    if scenario.body:
        lines.append(f"wrk.body = {json.dumps(scenario.body)}")
    if scenario.new_cookie:
        lines.append(NEW_COOKIE)
    return "\n".join(lines) + SUMMARY


def websocket_load() -> Path:
    """The program, compiled if need be."""
    source, program = HERE / "websocket_load.c", ENVIRONMENTS / "websocket_load"
    compiler = shutil.which("cc")
    if compiler is None:
        raise LoadFailed("no C compiler: install one (Debian: apt-get install gcc libc6-dev)")
    ENVIRONMENTS.mkdir(exist_ok=True)
    if not program.exists() or program.stat().st_mtime < source.stat().st_mtime:
        venvs.run([compiler, "-O2", "-o", program, source])
    return program


def command(
    scenario: Scenario, port: int, seconds: float, connections: int, folder: Path
) -> list[str]:
    """The command line of the load generator, which prints a SUMMARY."""
    if scenario.message_bytes:
        numbers = [str(connections), str(seconds), str(scenario.message_bytes)]
        return [str(websocket_load()), str(port), scenario.path, *numbers]
    file = folder / "scenario.lua"
    file.write_text(script(scenario))
    options = ["--threads", "1", "--connections", str(connections)]
    options += ["--duration", f"{max(1, round(seconds))}s", "--latency", "--script", str(file)]
    return [find_wrk(), *options, f"http://127.0.0.1:{port}{scenario.path}"]


def run(scenario: Scenario, port: int, seconds: float, connections: int, core: int) -> Load:
    """Asks for the scenario as fast as the server answers; any error or refusal raises."""
    with tempfile.TemporaryDirectory() as folder:
        done = subprocess.run(
            command(scenario, port, seconds, connections, Path(folder)),
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=seconds + 30,
            preexec_fn=lambda: os.sched_setaffinity(0, {core}),
        )
    _, found, summary = done.stdout.partition("SUMMARY ")
    if done.returncode or not found:
        raise LoadFailed(f"the load generator failed: {done.stdout}{done.stderr}")
    values = json.loads(summary)
    if values["errors"] or not values["requests"]:
        raise LoadFailed(f"{values['errors']} errors in {values['requests']} requests")
    return Load(
        values["requests"],
        values["microseconds"] / 1e6,
        values["p50"] / 1e3,
        values["p99"] / 1e3,
    )
