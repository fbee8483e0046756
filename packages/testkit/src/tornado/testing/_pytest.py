"""The pytest plugin: tests and fixtures that are ``async def`` run on the fixture ``io_loop``.

Laws:
1. pytest imports this file in every run of every environment it is installed in. It imports pytest
   and nothing else; the rest comes with the first test that needs it.
2. A test is concerned that is an ``async def``, is marked ``gen_test``, or asks for one of the
   fixtures. Nothing happens to others.
3. Other plugins come first: what carries one of their marks, or was run by one of them, is theirs.
4. What the loop had nobody to raise to, and a task or future that nobody looked at, fails the test.
"""

from __future__ import annotations

import gc
import inspect
from collections.abc import Callable, Generator
from functools import partial
from typing import Any

from tornado.testing import _fixtures
from tornado.testing._needs import pytest

OPTIONS: dict[str, dict[str, Any]] = {
    "--async-test-timeout": {
        "type": float,
        "default": None,
        "metavar": "SECONDS",
        "help": "how long an asynchronous test or fixture may take: 5 seconds, unless this, "
        "async_test_timeout of the configuration or ASYNC_TEST_TIMEOUT of the environment says so",
    },
    "--app-fixture": {
        "default": "app",
        "metavar": "NAME",
        "help": "the fixture whose value the http_server serves",
    },
}

MARK = (
    "gen_test(timeout=None, run_sync=True): run the test on the io_loop, a generator too, for at "
    "most that many seconds; run_sync makes no difference"
)


def pytest_addoption(parser: pytest.Parser) -> None:
    group = parser.getgroup("tornado", "asynchronous tests (tornado.testing)")
    for name, settings in OPTIONS.items():
        group.addoption(name, **settings)
    parser.addini("async_test_timeout", "seconds; see --async-test-timeout", default="")


@pytest.hookimpl(trylast=True)
def pytest_configure(config: pytest.Config) -> None:
    config.addinivalue_line("markers", MARK)
    config.pluginmanager.register(_fixtures, "tornado-fixtures")
    # pytest-base-url has one for a whole session, and asks for it by itself.
    if not any(hasattr(plugin, "base_url") for plugin in config.pluginmanager.get_plugins()):
        config.pluginmanager.register(_fixtures.BaseURL(), "tornado-base-url")


@pytest.hookimpl(tryfirst=True)
def pytest_pycollect_makeitem(
    collector: pytest.Module | pytest.Class, name: str, obj: object
) -> list[pytest.Item] | None:
    """Tests that wait by ``yield``, which pytest refuses."""
    if not inspect.isgeneratorfunction(obj) or not collector.istestfunction(obj, name):
        return None
    marks = getattr(obj, "pytestmark", ()), getattr(collector.obj, "pytestmark", ())
    if any(mark.name == "gen_test" for some in marks for mark in as_list(some)):
        return list(collector._genfunctions(name, obj))
    return None


def pytest_pyfunc_call(pyfuncitem: pytest.Function) -> object | None:
    # Not trylast: then pytest's own comes first, which refuses. Those of others are tryfirst.
    if not is_ours(pyfuncitem):
        return None
    __tracebackhide__ = True  # the reader knows who runs tests
    names = pyfuncitem._fixtureinfo.argnames
    arguments = {name: pyfuncitem.funcargs[name] for name in names}
    run(pyfuncitem._request, partial(pyfuncitem.obj, **arguments))
    return True


@pytest.hookimpl(wrapper=True, trylast=True)
def pytest_runtest_call(item: pytest.Item) -> Generator[None, object, object]:
    result = yield
    failures = item.stash.get(_fixtures.FAILURES, None)
    if failures is not None:
        gc.collect()  # what was dropped unseen is noticed now, and not in another test
        _fixtures.judge(failures)
    return result


@pytest.hookimpl(wrapper=True, trylast=True)
def pytest_fixture_setup(
    fixturedef: pytest.FixtureDef[Any], request: pytest.FixtureRequest
) -> Generator[None, object, object]:
    """Fixtures that are ``async def``: for the time of the set-up, a function that waits for it."""
    function = fixturedef.func
    if inspect.isasyncgenfunction(function):
        waiting = run_around(request, function)
    elif inspect.iscoroutinefunction(function):
        waiting = run_before(request, function)
    else:
        return (yield)
    if not is_concerned(request):
        return (yield)
    request.getfixturevalue("io_loop")  # it has to outlive the fixture
    fixturedef.func = waiting  # type: ignore[misc]  # for a moment, as other plugins do
    try:
        return (yield)
    finally:
        fixturedef.func = function  # type: ignore[misc]  # as above


# Whose it is


def is_ours(item: pytest.Function) -> bool:
    """Whether a test is to be run on the io_loop, if nobody else has run it."""
    if _fixtures.mark_of_others(item) is not None:
        return False
    function = getattr(item, "obj", None)  # items of other kinds have fixtures, too
    return (
        inspect.iscoroutinefunction(function)
        or inspect.isasyncgenfunction(function)
        or item.get_closest_marker("gen_test") is not None
    )


def is_concerned(request: pytest.FixtureRequest) -> bool:
    """Whether a fixture is set up for a test of ours, or for one that asks for the io_loop."""
    item = request._pyfuncitem
    if _fixtures.mark_of_others(item) is not None:
        return False
    return "io_loop" in request.fixturenames or is_ours(item)


def as_list(marks: Any) -> list[Any]:
    """``pytestmark`` is a mark or several."""
    return [
        getattr(mark, "mark", mark)
        for mark in (marks if isinstance(marks, list | tuple) else [marks])
    ]


# Running it


def run(request: pytest.FixtureRequest, function: Callable[[], Any]) -> Any:
    from tornado.testing._bounded import run_bounded

    __tracebackhide__ = True
    io_loop = request.getfixturevalue("io_loop")
    return run_bounded(io_loop, function, _fixtures.seconds(request))


def run_before(request: pytest.FixtureRequest, function: Callable[..., Any]) -> Callable[..., Any]:
    def waiting(*args: Any, **kwargs: Any) -> Any:
        return run(request, partial(function, *args, **kwargs))

    return waiting


def run_around(request: pytest.FixtureRequest, function: Callable[..., Any]) -> Callable[..., Any]:
    def waiting(*args: Any, **kwargs: Any) -> Generator[Any, None, None]:
        values = function(*args, **kwargs)
        nothing = object()
        first = run(request, partial(anext, values, nothing))
        if first is nothing:
            pytest.fail(f"the fixture {request.fixturename!r} did not yield a value")
        yield first
        if run(request, partial(anext, values, nothing)) is not nothing:
            pytest.fail(f"the fixture {request.fixturename!r} has more than one yield")

    return waiting
