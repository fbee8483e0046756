"""Packages that watch applications at work patch classes of the web: they must find what they know.

The programs beside this file run in an environment of their own that has those packages, with the
folders of this repository on its path. They check for themselves, and pass with Tornado 6.6.1 too.
"""

import os
import subprocess
from pathlib import Path

import members
import pytest
import venvs

OBSERVERS = [
    "opentelemetry-instrumentation-tornado==0.66b1",
    "opentelemetry-sdk==1.45.1",
    "sentry-sdk==2.75.0",
]


@pytest.fixture(scope="module")
def interpreter():
    try:
        return venvs.cached("observers", OBSERVERS)
    except venvs.CommandFailed as error:
        how = f"the tracing packages could not be installed; it needs a package index\n{error}"
        if os.environ.get("TORNADO_REQUIRE_SERVERS") == "1":
            pytest.fail(how)
        pytest.skip(how)


@pytest.mark.parametrize("program", ["reporting_errors.py", "tracing_requests.py"])
def test_observed(interpreter, program):
    folders = os.pathsep.join(str(path) for path in sorted(members.PACKAGES.glob("*/src")))
    done = subprocess.run(
        [interpreter, "-X", "dev", Path(__file__).with_name(program)],
        env={**os.environ, "PYTHONPATH": folders},
        capture_output=True,
        text=True,
        timeout=50,
    )
    assert done.stdout == "as it should be\n", done.stderr
    assert "Warning" not in done.stderr, done.stderr
