"""Every python block of the README runs by itself."""

import os
import pathlib
import re
import subprocess
import sys

import pytest

import tornado  # noqa: F401

README = pathlib.Path(__file__).parent.parent / "README.md"
SOURCE = README.parent / "src"

# In a tree of sources, tornado/__init__.py may not be installed.
ENVIRONMENT = {**os.environ}
if SOURCE.is_dir() and not getattr(sys.modules["tornado"], "__file__", None):
    ENVIRONMENT["PYTHONPATH"] = str(SOURCE)

BLOCKS = re.findall(r"^```python\n(.*?)^```$", README.read_text("utf-8"), re.DOTALL | re.MULTILINE)


def test_there_are_samples():
    assert BLOCKS


@pytest.mark.parametrize("code", BLOCKS)
def test_sample_runs(code, tmp_path):
    subprocess.run(
        [sys.executable, "-W", "error", "-c", code],
        cwd=tmp_path,
        check=True,
        timeout=30,
        env=ENVIRONMENT,
    )
