"""The python block of the README runs by itself and prints what it says."""

import pathlib
import re
import subprocess
import sys

README = pathlib.Path(__file__).parent.parent / "README.md"


def test_sample(tmp_path):
    (code,) = re.findall(r"^```python\n(.*?)^```$", README.read_text("utf-8"), re.DOTALL | re.M)
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", code],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        timeout=30,
        check=False,
    )
    assert (done.returncode, done.stderr) == (0, "")
    fetched, failed = done.stdout.splitlines()
    assert fetched == "200 b'hello'"
    assert failed.startswith("no connection to 127.0.0.1:1: ")
    assert failed.endswith("Connection refused")
