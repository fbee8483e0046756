"""What the tests of the demos share."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
import redis_server
from programs import ROOT, Program, running
from redis_server import RedisServer

SECRET = "a secret of the tests, which is long enough"


@pytest.fixture(scope="module")
def chat() -> Iterator[Program]:
    """One chat for all tests of a module."""
    with running("demos/chat/main.py", "--port=0", f"--cookie_secret={SECRET}") as program:
        yield program


@pytest.fixture
def inside_chat(monkeypatch: pytest.MonkeyPatch) -> Path:
    """Makes the modules of the chat importable, and gives their folder."""
    folder = ROOT / "demos/chat"
    monkeypatch.syspath_prepend(str(folder))
    for name in ("base", "handlers", "live", "secret"):
        monkeypatch.delitem(sys.modules, name, raising=False)
    return folder


@pytest.fixture
def redis(tmp_path: Path) -> Iterator[RedisServer]:
    """A new redis-server for a test."""
    pytest.importorskip("redis", reason="redis is not here: pip install tornado-rooms[redis]")
    if not redis_server.available():
        if os.environ.get("TORNADO_REQUIRE_SERVERS") == "1":
            pytest.fail(redis_server.HOW_TO_GET)
        pytest.skip(redis_server.HOW_TO_GET)
    server = RedisServer(tmp_path)
    yield server
    server.kill()
