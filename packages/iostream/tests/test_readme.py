"""The samples of the README run as they stand, in a program of their own."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

README = Path(__file__).parent.parent / "README.md"
SAMPLES = re.findall(r"^```python\n(.*?)^```$", README.read_text(), re.DOTALL | re.MULTILINE)

PRINTED = [
    "b'HELLO\\n'\n",
    "b'a: 1\\n\\n'\nb'BYTES: 5 '\nb'hello'\n",
    "gone: None\n",
    "",
    "b'2\\n'\n",
    "process 0 serves\nprocess 1 serves\n",
]


@pytest.mark.parametrize(("sample", "printed"), [*zip(SAMPLES, PRINTED, strict=True)])
def test_sample(sample, printed, tmp_path):
    done = subprocess.run(
        [sys.executable, "-c", sample],
        cwd=tmp_path,
        # Unbuffered, the lines of two processes could mix.
        env={name: value for name, value in os.environ.items() if name != "PYTHONUNBUFFERED"},
        capture_output=True,
        text=True,
        timeout=30,
        check=False,
    )
    assert (done.returncode, done.stderr) == (0, "")
    assert sorted(done.stdout.splitlines()) == sorted(printed.splitlines())
