"""Every python block of the README runs by itself."""

import pathlib
import re
import subprocess
import sys

import pytest

README = pathlib.Path(__file__).parent.parent / "README.md"
BLOCKS = re.findall(r"^```python\n(.*?)^```$", README.read_text("utf-8"), re.DOTALL | re.MULTILINE)


def test_there_are_samples():
    assert BLOCKS


@pytest.mark.parametrize("code", BLOCKS)
def test_sample_runs(code, tmp_path):
    subprocess.run(
        [sys.executable, "-W", "error", "-c", code], cwd=tmp_path, check=True, timeout=30
    )
