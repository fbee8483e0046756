"""Every python block of the README runs by itself and prints what it should."""

import pathlib
import re
import socket
import subprocess
import sys

import pytest

README = pathlib.Path(__file__).parent.parent / "README.md"
BLOCKS = re.findall(r"^```python\n(.*?)^```$", README.read_text("utf-8"), re.DOTALL | re.MULTILINE)
PRINTED = [
    "b'Good day, you\\n'\n",
    "('text/html; charset=UTF-8', '<ul>"
    '<li><a href="/items/tea">tea</a><li><a href="/items/rice">rice</a></ul>'
    '\')\n(\'application/json; charset=UTF-8\', \'{"item": "tea", "text": "black & hot"}\')\n',
]


@pytest.mark.parametrize(("code", "printed"), [*zip(BLOCKS, PRINTED, strict=True)])
def test_sample(code, printed, tmp_path):
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", code.replace("8888", str(port))],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        timeout=30,
        check=False,
    )
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout == printed
