"""Forward proxies under test: tinyproxy for HTTP, microsocks for SOCKS 5.

with proxies.tinyproxy(folder) as proxy:
    proxy.url              "http://127.0.0.1:40123"
with proxies.microsocks(folder, "user", "secret") as proxy:
    proxy.port
"""

from __future__ import annotations

import getpass
import os
import shutil
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from absence import not_here
from nginx import free_port

START_SECONDS = 10
END_SECONDS = 10


class Proxy:
    """A running proxy. ``log`` is what it has written."""

    def __init__(self, scheme: str, port: int, log: Path) -> None:
        self.port = port
        self.url = f"{scheme}://127.0.0.1:{port}"
        self._log = log

    @property
    def log(self) -> str:
        return self._log.read_text(encoding="utf-8", errors="replace")


def found(name: str) -> str:
    """The path of a program; without it the test is skipped, or fails where it is required."""
    path = shutil.which(name, path=os.environ.get("PATH", "") + ":/usr/sbin")
    if path is None:
        not_here(f"{name} is not here; on Debian: apt-get install {name}")
    return path


@contextmanager
def tinyproxy(
    folder: Path, username: str | None = None, password: str | None = None, **settings: str
) -> Iterator[Proxy]:
    """An HTTP proxy; ``settings`` are more lines of its configuration."""
    port = free_port()
    folder.mkdir(exist_ok=True)
    lines = [
        f"Port {port}",
        "Listen 127.0.0.1",
        "Timeout 30",
        f'LogFile "{folder / "log"}"',
        "LogLevel Info",
        "MaxClients 50",
        *(f"{name} {value}" for name, value in settings.items()),
    ]
    if os.geteuid() == 0:
        lines.append(f"User {getpass.getuser()}")
    if username is not None:
        lines.append(f"BasicAuth {username} {password}")
    path = folder / "tinyproxy.conf"
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    command = [found("tinyproxy"), "-d", "-c", str(path)]
    with _running(command, port, folder / "out"):
        yield Proxy("http", port, folder / "log")


@contextmanager
def microsocks(
    folder: Path, username: str | None = None, password: str | None = None
) -> Iterator[Proxy]:
    """A SOCKS 5 proxy."""
    port = free_port()
    folder.mkdir(exist_ok=True)
    command = [found("microsocks"), "-i", "127.0.0.1", "-p", str(port)]
    if username is not None and password is not None:
        command += ["-u", username, "-P", password]
    with _running(command, port, folder / "out"):
        yield Proxy("socks5", port, folder / "out")


@contextmanager
def _running(command: list[str], port: int, output: Path) -> Iterator[None]:
    with output.open("wb") as log:
        process = subprocess.Popen(command, stdout=log, stderr=log)
    try:
        deadline = time.monotonic() + START_SECONDS
        while True:
            assert process.poll() is None, output.read_text()
            assert time.monotonic() < deadline, f"{command[0]} does not answer on port {port}"
            try:
                socket.create_connection(("127.0.0.1", port)).close()
                break
            except ConnectionRefusedError:
                time.sleep(0.02)
        yield
    finally:
        process.terminate()
        process.wait(END_SECONDS)
