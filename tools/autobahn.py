"""The conformance suite of Autobahn, against our server and against our client.

    python tools/autobahn.py --all                     517 cases, both roles; half an hour
    python tools/autobahn.py --role client --case '6.*' --case 7.1.1
    python tools/autobahn.py --all --report folder     keeps what the suite wrote, with wire logs

As ``fuzzingclient`` the suite talks to tests/autobahn/echo_server.py, as ``fuzzingserver`` it is
talked to by tests/autobahn/echo_client.py. It is of 2015 and runs on CPython 2.7 alone, in a folder
of packages of its own that is made once, under ``build/environments``. What it may call otherwise
than OK stands in tests/autobahn/expectations.toml, with the reason.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
import tomllib
from collections import Counter
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from members import ROOT
from nginx import free_port
from programs import START_SECONDS, Program, start
from venvs import CACHE, CommandFailed, run

FOLDER = ROOT / "tests" / "autobahn"
ROLES = ("server", "client")
ALL = ("*",)
HOW_TO_GET = (
    "the conformance suite needs CPython 2.7 with pip, as python2.7 on PATH or of pyenv: "
    "pyenv install 2.7.18"
)
FINE = ("OK", "INFORMATIONAL")
AGENT = "tornado"
RUN_SECONDS = 3600

PINS = """
autobahntestsuite==0.8.2 autobahn==0.10.9 txaio==2.1.0 Twisted==20.3.0 zope.interface==5.5.2
constantly==15.1.0 incremental==22.10.0 Automat==22.10.0 attrs==21.4.0 six==1.17.0
hyperlink==21.0.0 idna==2.10 typing==3.10.0.0 PyHamcrest==1.10.1 klein==20.6.0 Tubes==0.2.1
Werkzeug==1.0.1 Jinja2==2.11.3 MarkupSafe==1.1.1 pyOpenSSL==21.0.0 cryptography==3.3.2 cffi==1.15.1
pycparser==2.21 enum34==1.1.10 ipaddress==1.0.23 service_identity==21.1.0 pyasn1==0.5.1
pyasn1-modules==0.3.0 unittest2==1.1.0 traceback2==1.4.0 linecache2==1.0.0 argparse==1.4.0
setuptools==44.1.1 wsaccel==0.6.2
"""
"""The last releases for Python 2.7 that go together. wsaccel, which masks and checks text for the
suite, is built with a C compiler: without it, sections 9, 12 and 13 take many times as long."""

# A folder made by ``pip install --target`` takes no part in ``site``, which zope's packages need.
LAUNCH = (
    "import site, sys; site.addsitedir({0!r}); sys.path.insert(0, {0!r}); "
    "from autobahntestsuite.wstest import run; run()"
)


class Missing(Exception):
    """The suite can't run here; the text says what to do."""


def find_python() -> str:
    """CPython 2.7 of this machine."""
    found = shutil.which("python2.7")
    of_pyenv = sorted(Path.home().glob(".pyenv/versions/2.7*/bin/python2.7"))
    # pyenv's shim is on PATH even where no 2.7 is chosen, and then ends with an error.
    for candidate in [*of_pyenv, *([found] if found else [])]:
        try:
            run([candidate, "-m", "pip", "--version"])
        except CommandFailed:
            continue
        return str(candidate)
    raise Missing(HOW_TO_GET)


def prepare() -> list[str]:
    """The command that is ``wstest``, without arguments; its packages are installed if need be."""
    python = find_python()
    state = hashlib.sha256(repr((python, PINS)).encode()).hexdigest()[:8]
    packages = CACHE / f"autobahn-python-2.7-{state}"
    if not packages.exists():
        CACHE.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=CACHE) as making:
            target = Path(making, "packages")
            options = "--quiet --no-deps --no-compile --disable-pip-version-check --target"
            try:
                run([python, "-m", "pip", "install", *options.split(), target, *PINS.split()])
            except CommandFailed as error:
                raise Missing(f"the conformance suite can't be installed:\n{error}") from error
            try:
                target.rename(packages)
            except OSError:  # another run was quicker
                if not packages.exists():
                    raise
    return [python, "-u", "-W", "ignore", "-c", LAUNCH.format(str(packages))]


def run_role(
    wstest: Sequence[str], role: str, cases: Sequence[str], folder: Path
) -> dict[str, str]:
    """Runs ``cases`` (patterns as ``6.*``); the behavior of each, as the suite names it.

    The suite's report is left in ``folder``. The behavior at closing is told after a plus sign
    unless it is fine: ``OK+UNCLEAN``.
    """
    folder.mkdir(parents=True, exist_ok=True)
    report = folder / role
    settings = {"outdir": str(report), "cases": list(cases), "exclude-cases": []}
    file = folder / f"{role}.json"
    if role == "server":
        with program("echo_server.py", folder, f"{role}.log") as (process, printed):
            url = printed.wait_for(r"ws://\S+")[0]
            server = {"agent": AGENT, "url": url, "options": {"version": 18}}
            file.write_text(json.dumps({**settings, "servers": [server]}))
            output = run([*wstest, "-m", "fuzzingclient", "-s", file], timeout=RUN_SECONDS)
            if process.poll() is not None:
                raise CommandFailed(f"the server under test ended:\n{printed.output}")
    else:
        port = free_port()
        url = f"ws://127.0.0.1:{port}"
        file.write_text(json.dumps({**settings, "url": url}))
        command = [*wstest, "-m", "fuzzingserver", "-s", str(file), "-u", "0"]
        with program(command, folder, f"{role}.log") as (_process, printed):
            printed.wait_for("Cases =")  # it says nothing when it listens, right after this
            wait_until_listening(port)
            client = [sys.executable, FOLDER / "echo_client.py", url, AGENT]
            output = run(client, timeout=RUN_SECONDS)
    index = report / "index.json"
    if not index.exists():
        raise CommandFailed(f"no report was written:\n{output}")
    found = {}
    for case, result in json.loads(index.read_text())[AGENT].items():
        closing = result["behaviorClose"]
        found[case] = result["behavior"] + ("" if closing in FINE else f"+{closing}")
    return dict(sorted(found.items(), key=lambda item: [int(n) for n in item[0].split(".")]))


def run_roles(
    wstest: Sequence[str], roles: Sequence[str], cases: Sequence[str], folder: Path
) -> dict[str, dict[str, str]]:
    """Both roles at once: most of the time the suite waits."""
    with ThreadPoolExecutor(len(roles)) as pool:
        running = {role: pool.submit(run_role, wstest, role, cases, folder) for role in roles}
        return {role: done.result() for role, done in running.items()}


def wait_until_listening(port: int) -> None:
    deadline = time.monotonic() + START_SECONDS
    while True:
        try:
            socket.create_connection(("127.0.0.1", port)).close()
            return
        except ConnectionRefusedError:
            if time.monotonic() > deadline:
                raise
            time.sleep(0.02)


class program:
    """A program of tests/autobahn, or a command, until the block is left."""

    def __init__(self, command: str | list[str], folder: Path, log: str) -> None:
        if isinstance(command, str):
            command = [sys.executable, "-u", str(FOLDER / command)]
        self._process = start(command, folder, folder / log)
        self._program = Program(self._process, folder / log)

    def __enter__(self) -> tuple[subprocess.Popen[bytes], Program]:
        return self._process, self._program

    def __exit__(self, *exc_info: object) -> None:
        try:
            self._program.end(signal.SIGTERM)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        finally:
            assert self._process.stdout is not None
            self._process.stdout.close()


def expectations(role: str) -> dict[str, str]:
    """Cases that are not expected to be OK, and how they end instead."""
    with (FOLDER / "expectations.toml").open("rb") as file:
        table = tomllib.load(file)
    return dict(table[role])


def surprises(results: dict[str, str], expected: dict[str, str]) -> list[str]:
    """What is not as expected, a line each. A case that got better is one too."""
    lines = []
    for case, behavior in results.items():
        wanted = expected.get(case)
        if wanted is None and behavior not in FINE:
            lines.append(f"case {case}: {behavior}, expected OK")
        elif wanted is not None and behavior != wanted:
            lines.append(f"case {case}: {behavior}, expected {wanted}")
    return lines


def table(results: dict[str, dict[str, str]]) -> str:
    """A line for each section of the suite: how its cases ended, for every role."""
    lines = []
    for role, cases in results.items():
        sections: dict[str, Counter[str]] = {}
        for case, behavior in cases.items():
            sections.setdefault(case.partition(".")[0], Counter())[behavior] += 1
        lines += [f"{role}: {len(cases)} cases", ""]
        for section, counted in sections.items():
            shown = ", ".join(f"{n} {behavior}" for behavior, n in sorted(counted.items()))
            lines.append(f"  section {section:>2}  {shown}")
        total = ", ".join(f"{n} {b}" for b, n in sorted(Counter(cases.values()).items()))
        lines += [f"  in all      {total}", ""]
    return "\n".join(lines)


def main() -> int:
    parser = argparse.ArgumentParser(description="runs the conformance suite of Autobahn")
    parser.add_argument("--all", action="store_true", help="every case")
    parser.add_argument("--case", action="append", default=[], help="a pattern, as '6.*'")
    parser.add_argument("--role", choices=ROLES, action="append", help="default: both")
    parser.add_argument("--report", type=Path, help="keep the suite's report in this folder")
    options = parser.parse_args()
    if options.all == bool(options.case):
        parser.error("either --all or some --case")
    try:
        wstest = prepare()
    except Missing as error:
        sys.exit(str(error))
    roles = options.role or list(ROLES)
    cases = ALL if options.all else tuple(options.case)
    with tempfile.TemporaryDirectory() as temporary:
        folder = (options.report or Path(temporary)).resolve()
        results = run_roles(wstest, roles, cases, folder)
    wrong = [
        f"{role}, {line}"
        for role, found in results.items()
        for line in surprises(found, expectations(role))
    ]
    print(table(results))
    print("\n".join(wrong) or "all as expected")
    return 1 if wrong else 0


if __name__ == "__main__":
    os.environ.setdefault("PYTHONUNBUFFERED", "1")
    sys.exit(main())
