"""One live server for all raw requests of the session, in a process of its own."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

HERE = Path(__file__).parent


@pytest.fixture(scope="session")
def files(tmp_path_factory):
    """A directory whose ``static`` is served; beside it is what must never be."""
    directory = tmp_path_factory.mktemp("rfc")
    for name, content in {
        "static/robots.txt": "User-agent: *\nDisallow: /\n",
        "static/digits.txt": "0123456789",
        "static/empty.txt": "",
        "static/sub/index.html": "<p>index\n",
        "static_foo/secret.txt": "secret",
        "secret.txt": "secret",
    }.items():
        path = directory / name
        path.parent.mkdir(exist_ok=True, parents=True)
        path.write_text(content)
        os.utime(path, (784111777, 784111777))  # Sun, 06 Nov 1994 08:49:37 GMT
    (directory / "static/link.txt").symlink_to("../secret.txt")
    os.mkfifo(directory / "static/pipe")
    return directory


@pytest.fixture(scope="session")
def port(files):
    """The port of the server. At the end, the server must have met nothing unexpected."""
    log = files / "server.log"
    with log.open("wb") as stderr:
        process = subprocess.Popen(
            [sys.executable, "-W", "error", HERE / "server.py", files],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=stderr,
        )
    try:
        line = process.stdout.readline()
        assert line, log.read_text()
        yield int(line)
        process.stdin.close()
        assert process.wait(10) == 0, log.read_text()
        assert "Traceback" not in log.read_text(), log.read_text()
    finally:
        process.kill()
        process.wait()
        process.stdout.close()
        process.stdin.close()
