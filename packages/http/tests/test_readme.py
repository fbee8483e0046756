"""Every python block of the README runs by itself and prints what it should."""

import pathlib
import re
import subprocess
import sys

import pytest

README = pathlib.Path(__file__).parent.parent / "README.md"
BLOCKS = re.findall(r"^```python\n(.*?)^```$", README.read_text("utf-8"), re.DOTALL | re.MULTILINE)
PRINTED = [
    "header X-Name: character '\\r' is not allowed in a header value\n",
    "",
    "200 b'HELLO'\n",
]


@pytest.mark.parametrize(("code", "printed"), [*zip(BLOCKS, PRINTED, strict=True)])
def test_sample(code, printed, tmp_path):
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", code],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        timeout=30,
        check=False,
    )
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout == printed
