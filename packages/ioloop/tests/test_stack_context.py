"""Contexts that follow callbacks."""

import asyncio
import socket
from contextlib import contextmanager

import pytest

from tornado import gen
from tornado.ioloop import IOLoop
from tornado.stack_context import (
    ExceptionStackContext,
    NullContext,
    StackContext,
    StackContextInconsistentError,
    run_with_stack_context,
    wrap,
)

active = []


@contextmanager
def named(name):
    active.append(name)
    try:
        yield
    finally:
        active.remove(name)


def context(name):
    return StackContext(lambda: named(name))


class Outcome:
    """A handler that keeps what it gets."""

    def __init__(self, handles=True):
        self.errors = []
        self.handles = handles

    def __call__(self, kind, error, traceback):
        assert type(error) is kind
        self.errors.append(str(error))
        return self.handles


def fail():
    raise ZeroDivisionError("x")


@pytest.fixture(autouse=True)
def _nothing_stays_active():
    yield
    assert active == []


async def test_it_follows_every_kind_of_callback():
    io_loop = IOLoop.current()
    seen = []
    left, right = socket.socketpair()

    def see(*args):
        seen.append(list(active))

    def readable(fd, events):
        io_loop.remove_handler(fd)
        see()

    with context("outer"), context("inner"):
        assert active == ["outer", "inner"]
        io_loop.add_callback(see)
        io_loop.call_later(0.001, see)
        io_loop.add_handler(left, readable, IOLoop.READ)
        io_loop.add_future(gen.sleep(0), see)
        io_loop.add_callback(lambda: io_loop.add_callback(see))
        io_loop.spawn_callback(see)
        io_loop.add_callback_from_signal(see)
    assert active == []
    right.send(b"x")
    await asyncio.sleep(0.01)
    left.close()
    right.close()
    assert seen.count([]) == 2
    assert seen.count(["outer", "inner"]) == 5


async def test_it_does_not_reach_who_was_scheduled_outside():
    io_loop = IOLoop.current()
    seen = []
    outside = wrap(lambda: seen.append(list(active)))
    with context("a"):
        outside()
        with NullContext():
            io_loop.add_callback(lambda: seen.append(list(active)))
        with context("b"):
            captured = wrap(lambda: seen.append(list(active)))
    with context("c"):
        captured()
    await asyncio.sleep(0)
    # The first sees the running block: contexts that are entered are not left for its sake.
    assert seen == [["a"], ["c", "a", "b"], []]


async def test_exceptions_of_callbacks_reach_the_handler(expect_log):
    io_loop = IOLoop.current()
    outer, inner = Outcome(), Outcome(handles=False)
    with ExceptionStackContext(outer):
        io_loop.add_callback(fail)
        with ExceptionStackContext(inner):
            io_loop.call_later(0, fail)
    await asyncio.sleep(0.01)
    assert (outer.errors, inner.errors) == (["x", "x"], ["x"])
    unhandled = Outcome(handles=False)
    with ExceptionStackContext(unhandled):
        io_loop.add_callback(fail)
    with expect_log("tornado.application", "Exception in callback.*ZeroDivision", count=1):
        await asyncio.sleep(0.01)
    assert unhandled.errors == ["x"]


def test_exceptions_of_the_block_itself():
    outcome = Outcome()
    with ExceptionStackContext(outcome):
        fail()
    assert outcome.errors == ["x"]
    with pytest.raises(ZeroDivisionError), ExceptionStackContext(Outcome(handles=False)):
        fail()
    with pytest.raises(ZeroDivisionError), context("a"):
        fail()


async def test_deactivating():
    io_loop = IOLoop.current()
    seen = []
    with context("a"), context("b") as deactivate:
        io_loop.add_callback(lambda: seen.append(list(active)))
        deactivate()
        io_loop.add_callback(lambda: seen.append(list(active)))
    await asyncio.sleep(0)
    assert seen == [["a"], ["a"]]


async def test_wrap():
    def function(x):
        """Documented."""
        return x

    assert wrap(None) is None
    wrapped = wrap(function)
    assert wrap(wrapped) is wrapped
    assert (wrapped(5), wrapped.__doc__, wrapped.__name__) == (5, "Documented.", "function")
    with context("a"):
        method = wrap([1, 2].__len__)
    assert method() == 2


async def test_leaving_in_the_wrong_order():
    first, second = context("first"), context("second")
    first.__enter__()
    second.__enter__()
    with pytest.raises(StackContextInconsistentError, match="innermost"):
        first.__exit__(None, None, None)
    second._pop = lambda: None
    second.__exit__(None, None, None)
    active.clear()


async def test_a_coroutine_runs_each_step_in_its_context():
    seen = []

    @gen.coroutine
    def steps():
        seen.append(list(active))
        yield gen.moment
        seen.append(list(active))
        yield gen.sleep(0.001)
        seen.append(list(active))

    future = run_with_stack_context(context("a"), steps)
    assert active == []
    await future
    assert seen == [["a"], ["a"], ["a"]]


async def test_an_exception_of_a_coroutine_is_its_futures():
    outcome = Outcome()

    @gen.coroutine
    def fails():
        yield gen.moment
        fail()

    with ExceptionStackContext(outcome):
        future = fails()
    with pytest.raises(ZeroDivisionError):
        await future
    assert outcome.errors == []


async def test_tasks_carry_it_too():
    io_loop = IOLoop.current()
    outcome = Outcome()

    async def native():
        await asyncio.sleep(0)
        io_loop.add_callback(fail)

    with ExceptionStackContext(outcome):
        task = asyncio.ensure_future(native())
    await task
    await asyncio.sleep(0)
    assert outcome.errors == ["x"]
