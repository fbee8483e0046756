"""What the browser tests share: one driver, the chat, the rule for machines without Chromium."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from absence import not_here
from programs import Program, running
from redis_server import redis as redis
from webdriver import HOW_TO_GET, Driver, available, driver


@pytest.fixture(scope="session")
def chrome() -> Iterator[Driver]:
    if not available():
        not_here(HOW_TO_GET)
    with driver() as chrome:
        yield chrome


@pytest.fixture
def chat() -> Iterator[Program]:
    """A new chat for each test, so that what the server counts is of this test alone."""
    secret = "--cookie_secret=a secret of the tests, which is long enough"
    with running("demos/chat/main.py", "--port=0", secret) as program:
        yield program
