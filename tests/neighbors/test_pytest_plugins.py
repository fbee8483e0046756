"""The plugin of tornado-testkit, and the plugins of others, in one pytest.

pytest-tornado and pytest-tornasync run on these distributions, and suites for them run with the
plugin of tornado-testkit. Beside pytest-asyncio, anyio and pytest-base-url each leaves the tests of
the others alone.
"""

import os
import subprocess
from pathlib import Path

import members
import pytest
import venvs
from absence import not_here

SUITES = Path(__file__).parent / "suites"
PACKAGES = [
    "--no-deps",  # two of them would bring the published Tornado
    "anyio==4.16.0",
    "certifi",
    "charset-normalizer",
    "idna",
    "iniconfig",
    "packaging",
    "pluggy",
    "pygments",
    "pytest-asyncio==1.5.0",
    "pytest-base-url==2.1.0",
    "pytest-tornado==0.8.1",
    "pytest-tornasync==0.6.0.post2",
    "pytest==9.2.0",
    "requests",
    "setuptools<81",  # pkg_resources, for pytest-tornado
    "typing-extensions",
    "urllib3",
]
OURS = "tornado.testing._pytest"


@pytest.fixture(scope="module")
def interpreter():
    try:
        return venvs.cached("pytest-plugins", PACKAGES)
    except venvs.CommandFailed as error:
        not_here(f"the packages could not be installed; it needs a package index\n{error}")


def run(interpreter, suite, plugins, *arguments):
    environment = {key: value for key, value in os.environ.items() if not key.startswith("PYTEST")}
    environment["PYTHONPATH"] = os.pathsep.join(map(str, members.PACKAGES.glob("*/src")))
    environment["PYTEST_DISABLE_PLUGIN_AUTOLOAD"] = "1"
    command = [interpreter, "-m", "pytest", "-q", "-c", os.devnull, "-p", "no:cacheprovider"]
    for plugin in plugins:
        command += ["-p", plugin]
    done = subprocess.run(
        [*command, *arguments, SUITES / suite],
        env=environment,
        capture_output=True,
        text=True,
        timeout=50,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


@pytest.mark.parametrize("plugin", ["pytest_tornado.plugin", OURS])
def test_a_suite_of_pytest_tornado(interpreter, plugin):
    assert "3 passed" in run(interpreter, "of_pytest_tornado.py", [plugin])


@pytest.mark.parametrize("plugin", ["pytest_tornasync.plugin", OURS])
def test_a_suite_of_pytest_tornasync(interpreter, plugin):
    assert "2 passed" in run(interpreter, "of_pytest_tornasync.py", [plugin])


@pytest.mark.parametrize("ours_first", [True, False])
def test_side_by_side(interpreter, ours_first):
    others = ["pytest_asyncio.plugin", "anyio.pytest_plugin", "pytest_base_url.plugin"]
    plugins = [OURS, *others] if ours_first else [*others, OURS]
    options = ["-W", "error", "--base-url=http://staging.example.com"]
    options += ["-o", "asyncio_default_fixture_loop_scope=function"]
    assert "5 passed" in run(interpreter, "side_by_side.py", plugins, *options)
