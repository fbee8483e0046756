"""Published packages that patch and subclass the classes of the web must find what they know.

They run in an environment of their own, with the folders of this repository on its path. The
programs beside this file check for themselves, and pass with Tornado 6.6.1 too.
"""

import os
import re
import subprocess
import urllib.request
from pathlib import Path

import members
import pytest
import venvs
from absence import not_here
from programs import Program, start

HERE = Path(__file__).parent
PACKAGES = [
    "gunicorn==27.0.1",
    "opentelemetry-instrumentation-tornado==0.66b1",
    "opentelemetry-sdk==1.45.1",
    "sentry-sdk==2.75.0",
]

ON_TOP = [
    "--no-deps",  # they would bring the published Tornado
    "ptyprocess==0.7.0",
    "sockjs-tornado==1.0.7",
    "terminado==0.18.1",
]


def installed(name, packages):
    try:
        return venvs.cached(name, packages)
    except venvs.CommandFailed as error:
        not_here(f"the packages could not be installed; it needs a package index\n{error}")


@pytest.fixture(scope="module")
def interpreter():
    return installed("neighbors", PACKAGES)


@pytest.fixture
def ours_on_path(monkeypatch):
    folders = [*sorted(members.PACKAGES.glob("*/src")), HERE]
    monkeypatch.setenv("PYTHONPATH", os.pathsep.join(map(str, folders)))


@pytest.mark.parametrize("program", ["reporting_errors.py", "tracing_requests.py"])
def test_observed(interpreter, ours_on_path, program):
    done = subprocess.run(
        [interpreter, "-X", "dev", HERE / program], capture_output=True, text=True, timeout=50
    )
    assert done.stdout == "as it should be\n", done.stderr
    assert "Warning" not in done.stderr, done.stderr
    assert "Failed to detach context" not in done.stderr, done.stderr


@pytest.mark.parametrize("program", ["sockjs_echo.py", "terminal_sessions.py"])
def test_on_websockets(ours_on_path, program):
    done = subprocess.run(
        [installed("neighbors-on-top", ON_TOP), "-X", "dev", "-W", "ignore", HERE / program],
        capture_output=True,
        text=True,
        timeout=50,
    )
    assert done.stdout == "as it should be\n", done.stderr
    for bad in ("Traceback", "never retrieved", "was destroyed"):
        assert bad not in done.stderr, done.stderr


def test_gunicorn(interpreter, ours_on_path, tmp_path):
    """Its tornado worker: it counts requests by connections that close, and is replaced."""
    command = [str(interpreter), "-X", "dev", "-m", "gunicorn.app.wsgiapp"]
    command += ["-c", str(HERE / "gunicorn_settings.py"), "gunicorn_application:application"]
    process = start(command, tmp_path, tmp_path / "log")
    program = Program(process, tmp_path / "log")
    try:
        while not (found := re.search(r"Listening at: (http://[\d.:]+)", program.output)):
            assert process.poll() is None, program.output
        served = []
        while len(set(served)) < 2:
            with urllib.request.urlopen(found[1], timeout=20) as response:
                assert re.fullmatch(
                    r"TornadoServer/\S+ \(Gunicorn/\S+\)", response.headers["Server"]
                )
                served.append(response.read())
        assert len(served) > 3
        assert program.end() == 0, program.output
        assert "Traceback" not in program.output
    finally:
        if process.poll() is None:
            process.kill()
            process.wait()
        process.stdout.close()
