"""The load generator: wrk, keep-alive connections, one thread, pinned to a core of its own."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import tempfile
from dataclasses import dataclass
from pathlib import Path

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
    """wrk is missing, or what it was told is not what was asked."""


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


def run(scenario: Scenario, port: int, seconds: float, connections: int, core: int) -> Load:
    """Asks for the scenario as fast as the server answers; any error or refusal raises."""
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "scenario.lua"
        file.write_text(script(scenario))
        command = [find_wrk(), "--threads", "1", "--connections", str(connections)]
        command += ["--duration", f"{max(1, round(seconds))}s", "--latency", "--script", str(file)]
        done = subprocess.run(
            [*command, f"http://127.0.0.1:{port}{scenario.path}"],
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=seconds + 30,
            preexec_fn=lambda: os.sched_setaffinity(0, {core}),
        )
    _, found, summary = done.stdout.partition("SUMMARY ")
    if done.returncode or not found:
        raise LoadFailed(f"wrk failed: {done.stdout}{done.stderr}")
    values = json.loads(summary)
    if values["errors"] or not values["requests"]:
        raise LoadFailed(f"{values['errors']} errors in {values['requests']} requests")
    return Load(
        values["requests"],
        values["microseconds"] / 1e6,
        values["p50"] / 1e3,
        values["p99"] / 1e3,
    )
