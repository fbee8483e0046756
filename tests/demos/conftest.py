"""What the tests of the demos share."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from programs import ROOT, Program, running
from redis_server import redis as redis

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
