"""Suites of three eras, run as their authors did: by themselves, by unittest, and by pytest."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

PROGRAMS = Path(__file__).parent / "programs"
COUNTS = {"tests_of_2010": 11, "tests_of_2014": 10, "tests_of_today": 7}


def run(*arguments):
    environment = {key: value for key, value in os.environ.items() if not key.startswith("PYTEST")}
    environment["PYTEST_DISABLE_PLUGIN_AUTOLOAD"] = "1"
    done = subprocess.run(
        [sys.executable, "-X", "dev", "-W", "error", *arguments],
        cwd=PROGRAMS,
        env=environment,
        capture_output=True,
        text=True,
        timeout=50,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    for bad in ("Warning", "Exception ignored", "never retrieved", "was destroyed"):
        assert bad not in done.stderr, done.stderr
    return done.stdout + done.stderr


@pytest.mark.parametrize("program", COUNTS)
def test_as_a_program(program):
    assert f"Ran {COUNTS[program]} tests" in run(f"{program}.py")


def test_all_by_pytest():
    options = ("-c", os.devnull, "-q", "-p", "no:cacheprovider")  # not those of this repository
    printed = run("-m", "pytest", *options, *(f"{program}.py" for program in COUNTS))
    assert f"{sum(COUNTS.values())} passed" in printed


def test_all_by_unittest():
    assert f"Ran {sum(COUNTS.values())} tests" in run("-m", "unittest", *COUNTS)


def test_all_by_name():
    printed = run("-m", "tornado.testing", "-v", *COUNTS)
    assert f"Ran {sum(COUNTS.values())} tests" in printed
    assert "test_hello (tests_of_2014.GenTest" in printed


def test_one_by_name():
    assert "Ran 1 test" in run("tests_of_2014.py", "GenTest.test_hello")
    assert "Ran 2 tests" in run("tests_of_2014.py", "-k", "hello", "GenTest", "TLSTest", "LogTest")
