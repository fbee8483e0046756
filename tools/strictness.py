"""A pytest plugin: what a test leaves behind unannounced is a failure.

Laws:
1. A record of level WARNING or above, on any logger, fails the test unless the test said so with
   the ``expect_log`` fixture.
2. A task, future or coroutine whose exception or result nobody looked at fails the test: asyncio
   reports those through its logger and through RuntimeWarning, and garbage is collected before the
   verdict.
3. A test that is an ``async def`` runs on a new event loop, for at most 30 seconds.
4. No test is about time: hypothesis, where it is used, sets no deadline for an example.

It needs pytest alone, so that each distribution's tests run with nothing else installed.
"""

from __future__ import annotations

import asyncio
import gc
import inspect
import logging
import os
import re
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest

ASYNC_TEST_SECONDS = 30


class Recorder(logging.Handler):
    """Keeps the records that no ``expect_log`` claimed."""

    def __init__(self) -> None:
        super().__init__(logging.WARNING)
        self.records: list[logging.LogRecord] = []

    def emit(self, record: logging.LogRecord) -> None:
        self.records.append(record)


def describe(record: logging.LogRecord) -> str:
    text = f"{record.levelname} {record.name}: {record.getMessage()}"
    if record.exc_info and record.exc_info[1] is not None:
        text += f" [{record.exc_info[1]!r}]"
    return text


class ExpectLog:
    """What the ``expect_log`` fixture gives: ``with expect_log("tornado.general", "regex"): ...``.

    The block must log at least one record of that logger (or a child of it) whose message, followed
    by its traceback's last line, matches; records of level WARNING and above that match are
    forgiven. ``count=N`` asks for exactly N. Yields the list of matching records.
    """

    def __init__(self, recorder: Recorder) -> None:
        self._recorder = recorder

    @contextmanager
    def __call__(
        self,
        logger: str,
        pattern: str = "",
        *,
        count: int | None = None,
        level: int = logging.WARNING,
    ) -> Iterator[list[logging.LogRecord]]:
        wanted = re.compile(pattern, re.DOTALL)
        target = logging.getLogger(logger)
        seen: list[logging.LogRecord] = []
        tap = logging.Handler(level)
        tap.emit = seen.append  # type: ignore[method-assign]  # a handler of one use
        old_level = target.level
        target.addHandler(tap)
        if target.getEffectiveLevel() > level:
            target.setLevel(level)
        matched: list[logging.LogRecord] = []
        try:
            yield matched
        finally:
            target.removeHandler(tap)
            target.setLevel(old_level)
            matched += [r for r in seen if wanted.search(describe(r))]
            forgiven = {id(r) for r in matched}
            kept = [r for r in self._recorder.records if id(r) not in forgiven]
            self._recorder.records[:] = kept
        if count is None and not matched:
            pytest.fail(
                f"nothing matching {pattern!r} was logged to {logger!r}; seen: "
                f"{[describe(r) for r in seen]}"
            )
        if count is not None and len(matched) != count:
            pytest.fail(
                f"{len(matched)} records matching {pattern!r} on {logger!r}, expected {count}: "
                f"{[describe(r) for r in matched]}"
            )


@pytest.fixture(autouse=True)
def _log_recorder() -> Iterator[Recorder]:
    recorder = Recorder()
    root = logging.getLogger()
    root.addHandler(recorder)
    try:
        yield recorder
        gc.collect()
        left = [describe(r) for r in recorder.records]
        if left:
            pytest.fail("unexpected log output:\n  " + "\n  ".join(left))
    finally:
        root.removeHandler(recorder)


@pytest.fixture
def expect_log(_log_recorder: Recorder) -> ExpectLog:
    return ExpectLog(_log_recorder)


def pytest_configure() -> None:
    try:
        from hypothesis import settings
    except ImportError:
        return
    settings.register_profile("untimed", deadline=None)
    settings.load_profile("untimed")


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_auto_num_workers() -> int:
    """With ``-n auto``: two for each core, since many tests wait for a server or a time limit."""
    return 2 * (os.cpu_count() or 1)


def pytest_collection_finish() -> None:
    """What the modules made stays: the collection after each test need not look at it again."""
    gc.collect()
    gc.freeze()


@pytest.hookimpl(tryfirst=True)
def pytest_pyfunc_call(pyfuncitem: pytest.Function) -> Any:
    function = pyfuncitem.obj
    if not inspect.iscoroutinefunction(function):
        return None
    names = pyfuncitem._fixtureinfo.argnames
    arguments = {name: pyfuncitem.funcargs[name] for name in names}

    async def bounded() -> None:
        await asyncio.wait_for(function(**arguments), ASYNC_TEST_SECONDS)

    asyncio.run(bounded())
    return True
