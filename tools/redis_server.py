"""A redis-server of a test's own: it dies when it is told to, and comes back on the same port."""

from __future__ import annotations

import shutil
import socket
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
from absence import not_here

HOW_TO_GET = "redis-server is not here; on Debian: apt-get install redis-server"


class RedisServer:
    """Runs in ``folder``, where it keeps what it is told, from the start on."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        with socket.create_server(("127.0.0.1", 0)) as probe:
            self.port = probe.getsockname()[1]
        self._process: subprocess.Popen[str]
        self.start()

    @property
    def url(self) -> str:
        return f"redis://127.0.0.1:{self.port}/0"

    def start(self) -> None:
        command = ["redis-server", "--port", str(self.port), "--bind", "127.0.0.1", "--save", ""]
        command += ["--appendonly", "yes", "--appendfsync", "always"]
        self._process = subprocess.Popen(
            command, cwd=self._folder, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
        )
        assert self._process.stdout is not None
        printed = []
        for line in self._process.stdout:
            printed.append(line)
            if "ready to accept connections" in line.lower():
                return
        raise AssertionError("redis-server did not start:\n" + "".join(printed))

    def kill(self, forget: bool = False) -> None:
        """It dies on the spot; with ``forget`` its data is gone, too."""
        if self._process.poll() is None:
            self._process.kill()
            self._process.communicate()
        if forget:
            shutil.rmtree(self._folder / "appendonlydir", ignore_errors=True)


@pytest.fixture
def redis(tmp_path: Path) -> Iterator[RedisServer]:
    """A new redis-server for a test, which a ``conftest.py`` imports."""
    pytest.importorskip("redis", reason="redis is not here: pip install tornado-rooms[redis]")
    if shutil.which("redis-server") is None:
        not_here(HOW_TO_GET)
    server = RedisServer(tmp_path)
    yield server
    server.kill()
