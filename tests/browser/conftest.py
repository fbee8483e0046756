"""What the browser tests share: one driver, the chat, the rule for machines without Chromium."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest
import redis_server
from programs import Program, running
from redis_server import RedisServer
from webdriver import HOW_TO_GET, Driver, available, driver


@pytest.fixture(scope="session")
def chrome() -> Iterator[Driver]:
    if not available():
        if os.environ.get("TORNADO_REQUIRE_SERVERS") == "1":
            pytest.fail(HOW_TO_GET)
        pytest.skip(HOW_TO_GET)
    with driver() as chrome:
        yield chrome


@pytest.fixture
def chat() -> Iterator[Program]:
    """A new chat for each test, so that what the server counts is of this test alone."""
    secret = "--cookie_secret=a secret of the tests, which is long enough"
    with running("demos/chat/main.py", "--port=0", secret) as program:
        yield program


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
