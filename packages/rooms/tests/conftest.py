"""What the tests here share: members that note what they are told, servers, and a real Redis."""

from __future__ import annotations

import asyncio
import os
import shutil
import socket
import subprocess
import time

import pytest

from tornado.rooms import Member
from tornado.web import Application


class Noting(Member):
    """Notes all news. A stalled one takes one piece, and the next after ``release()``."""

    def __init__(self, stalled=False):
        self.news = []
        self.dismissed = None
        self._stalled = stalled
        self._taken = None

    @property
    def heard(self):
        return [message.data for news in self.news for message in news.messages]

    def deliver(self, news):
        self.news.append(news)
        if not self._stalled:
            return None
        self._taken = asyncio.get_running_loop().create_future()
        return self._taken

    def release(self, stalled=False):
        self._stalled = stalled
        self._taken.set_result(None)

    def dismiss(self, reason):
        self.dismissed = reason


@pytest.fixture
def noting():
    return Noting


async def _until(condition, what="it"):
    """Waits until ``condition()`` is true, for at most 15 seconds."""
    deadline = time.monotonic() + 15
    while not condition():
        assert time.monotonic() < deadline, f"{what} has not come"
        await asyncio.sleep(0.005)


@pytest.fixture
def until():
    return _until


class Clock:
    now = 1_700_000_000.0

    def __call__(self):
        return self.now


@pytest.fixture
def clock():
    return Clock()


@pytest.fixture
def serve():
    closing = []  # so that they are not collected before they are done

    def start(handlers, rooms, **settings):
        settings.setdefault("log_function", lambda handler: None)
        server = Application(handlers, rooms=rooms, **settings).listen(0, "127.0.0.1")
        port = next(iter(server._sockets.values())).getsockname()[1]

        def stop(_):
            server.stop()
            closing.append(asyncio.ensure_future(server.close_all_connections()))

        asyncio.current_task().add_done_callback(stop)
        return port

    return start


class RedisServer:
    """A redis-server of the test's own, which can die and come back on the same port."""

    def __init__(self, folder):
        self.folder = folder
        with socket.create_server(("127.0.0.1", 0)) as probe:
            self.port = probe.getsockname()[1]
        self.process = None
        self.start()

    @property
    def url(self):
        return f"redis://127.0.0.1:{self.port}/0"

    def start(self):
        command = ["redis-server", "--port", str(self.port), "--bind", "127.0.0.1", "--save", ""]
        command += ["--appendonly", "yes", "--appendfsync", "always"]
        self.process = subprocess.Popen(
            command, cwd=self.folder, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
        )
        printed = []
        for line in self.process.stdout:
            printed.append(line)
            if "ready to accept connections" in line.lower():
                return
        raise AssertionError("redis-server did not start:\n" + "".join(printed))

    @property
    def _data(self):
        return self.folder / "appendonlydir"

    def save(self):
        """Keeps a copy of the data for ``kill(forget="newest")``."""
        shutil.copytree(self._data, self.folder / "saved")

    def kill(self, forget=None):
        """Dies on the spot; then its data is gone, too (``"all"``), or what came after ``save``
        (``"newest"``)."""
        if self.process.poll() is None:
            self.process.kill()
            self.process.communicate()
        if forget:
            shutil.rmtree(self._data, ignore_errors=True)
        if forget == "newest":
            shutil.copytree(self.folder / "saved", self._data)


@pytest.fixture
def redis_server(tmp_path):
    pytest.importorskip("redis", reason="redis is not here: pip install tornado-rooms[redis]")
    if not shutil.which("redis-server"):
        wanted = os.environ.get("TORNADO_REQUIRE_SERVERS") == "1"
        decide = pytest.fail if wanted else pytest.skip
        decide("redis-server is not here; on Debian: apt-get install redis-server")
    server = RedisServer(tmp_path)
    yield server
    server.kill()
