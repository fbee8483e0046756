"""nginx under test, with the configuration that docs/server.md prints, in front of real programs.

    text = nginx.printed(folder, port, [8001, 8002])
    with nginx.running(nginx.found(), text, folder, port) as proxy:
        proxy.url              "http://127.0.0.1:40123"

Of the printed text only ports, folders and the user are changed. A test that wants more of nginx
adds its lines to the text.
"""

from __future__ import annotations

import getpass
import os
import re
import shutil
import socket
import subprocess
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path

from absence import not_here
from programs import ROOT

START_SECONDS = 20
END_SECONDS = 10
TEMPORARY = ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")


class Proxy:
    """A running nginx. ``url`` has no slash at its end."""

    def __init__(self, port: int) -> None:
        self.port = port
        self.url = f"http://127.0.0.1:{port}"


def found() -> str:
    """The path of nginx; without one the test is skipped, or fails where servers are required."""
    path = shutil.which("nginx", path=os.environ.get("PATH", "") + ":/usr/sbin")
    if path is None:
        not_here("nginx is not here; on Debian: apt-get install nginx-light")
    return path


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as probe:
        port: int = probe.getsockname()[1]
    return port


def printed(folder: Path, port: int, frontends: Iterable[int]) -> str:
    """The configuration of docs/server.md for nginx on ``port``, servers on ports ``frontends``."""
    text = (ROOT / "docs/server.md").read_text(encoding="utf-8")
    found = re.search(r"^```nginx\n(.*?)^```$", text, re.S | re.M)
    assert found, "docs/server.md has no configuration of nginx"
    text = found[1]
    servers = "".join(f"server 127.0.0.1:{frontend};\n" for frontend in frontends)
    for old, new in (
        (r"user nginx;", f"user {getpass.getuser()};" if os.geteuid() == 0 else ""),
        (r"(server 127\.0\.0\.1:\d+;\s*)+", servers),
        (r"listen 80;", f"listen 127.0.0.1:{port};"),
        (r"/var/log/nginx/", f"{folder}/"),
        (r"/var/run/", f"{folder}/"),
        (r"/var/www", str(ROOT / "demos/tutorial")),
        (r"\Z", "daemon off;\n"),
    ):
        text, count = re.subn(old, new, text)
        assert count, f"{old} is not in the configuration"
    temporary = "".join(f"{name}_temp_path {folder}/{name};\n" for name in TEMPORARY)
    return text.replace("http {\n", "http {\n" + temporary, 1)


@contextmanager
def running(program: str, text: str, folder: Path, port: int) -> Iterator[Proxy]:
    """Runs nginx with the configuration ``text``, which says ``port``, until the block is left."""
    path = folder / "nginx.conf"
    path.write_text(text, encoding="utf-8")
    command = [program, "-p", str(folder), "-c", str(path), "-e", str(folder / "error.log")]
    process = subprocess.Popen(command, stderr=subprocess.PIPE)
    assert process.stderr is not None
    try:
        deadline = time.monotonic() + START_SECONDS
        while True:
            assert process.poll() is None, process.stderr.read()
            assert time.monotonic() < deadline, f"nginx does not answer on port {port}"
            try:
                socket.create_connection(("127.0.0.1", port)).close()
                break
            except ConnectionRefusedError:
                time.sleep(0.02)
        yield Proxy(port)
    finally:
        process.stderr.close()
        process.terminate()
        process.wait(END_SECONDS)
