"""What the tests here share: running test cases, and suites of pytest, that may fail."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import textwrap
import unittest
from pathlib import Path

import pytest

LINE = re.compile(r"^(PASSED|FAILED|ERROR|SKIPPED|XFAIL|XPASS) \S+?::(\S+)", re.MULTILINE)


@pytest.fixture
def run_case():
    """``run_case(Case) -> unittest.TestResult``, of all the test methods of the class."""

    def run(case):
        result = unittest.TestResult()
        unittest.defaultTestLoader.loadTestsFromTestCase(case).run(result)
        assert result.testsRun
        return result

    return run


@pytest.fixture
def traceback_of(run_case):
    """``traceback_of(Case)``: what the one test that fails says."""

    def run(case):
        result = run_case(case)
        ((_, text),) = result.failures + result.errors
        return text

    return run


class Suite:
    """What became of a run of pytest: ``outcomes`` of ``(test, "PASSED")``, and what it printed."""

    def __init__(self, done: subprocess.CompletedProcess[str]) -> None:
        self.output = done.stdout + done.stderr
        self.status = done.returncode
        self.outcomes = {(name, outcome) for outcome, name in LINE.findall(done.stdout)}

    def of(self, name: str) -> set[str]:
        return {outcome for test, outcome in self.outcomes if test == name}

    def all_passed(self) -> bool:
        return self.status == 0 and {outcome for _, outcome in self.outcomes} == {"PASSED"}


@pytest.fixture
def run_pytest(tmp_path):
    """``run_pytest(source, *arguments, files={}, plugin=True) -> Suite``, in a process of its own.

    The plugins of the environment are left out, and this one is named, unless ``plugin`` says no.
    """

    def run(source: str, *arguments: str, files=(), plugin: bool = True, **environment: str):
        for name, text in {**dict(files), "test_it.py": source}.items():
            Path(tmp_path, name).write_text(textwrap.dedent(text))
        env = {key: value for key, value in os.environ.items() if not key.startswith("PYTEST")}
        env.pop("ASYNC_TEST_TIMEOUT", None)
        paths = [str(tmp_path), env.get("PYTHONPATH", "")]  # for plugins among the files
        env["PYTHONPATH"] = os.pathsep.join(filter(None, paths))
        command = [sys.executable, "-m", "pytest", "-rA", "-W", "error"]
        if plugin:
            env["PYTEST_DISABLE_PLUGIN_AUTOLOAD"] = "1"
            command += ["-p", "tornado.testing._pytest"]
        command += ["-p", "no:cacheprovider", "--rootdir", str(tmp_path), *arguments]
        return Suite(
            subprocess.run(
                command,
                cwd=tmp_path,
                env={**env, **environment},
                capture_output=True,
                text=True,
                timeout=50,
            )
        )

    return run
