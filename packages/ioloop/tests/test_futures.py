"""Futures and executors: tornado.concurrent, add_future, run_in_executor."""

import asyncio
import concurrent.futures
import sys
import threading

import pytest

from tornado import concurrent as tc
from tornado.concurrent import (
    DummyExecutor,
    Future,
    ReturnValueIgnoredError,
    TracebackFuture,
    chain_future,
    dummy_executor,
    future_add_done_callback,
    future_set_exc_info,
    future_set_exception_unless_cancelled,
    future_set_result_unless_cancelled,
    is_future,
    return_future,
    run_on_executor,
)
from tornado.ioloop import IOLoop


@pytest.fixture
def pool():
    with concurrent.futures.ThreadPoolExecutor(2) as pool:
        yield pool


def exc_info():
    try:
        raise ZeroDivisionError("x")
    except ZeroDivisionError:
        return sys.exc_info()


async def test_the_future_is_that_of_asyncio():
    assert Future is asyncio.Future
    assert is_future(Future())
    assert is_future(concurrent.futures.Future())
    assert not is_future(42)
    assert set(tc.FUTURES) == {concurrent.futures.Future, asyncio.Future}


async def test_setting_a_cancelled_one(expect_log):
    future = Future()
    future.cancel()
    future_set_result_unless_cancelled(future, 1)
    with expect_log("tornado.application", "too late for a cancelled Future.*Zero", count=2):
        future_set_exception_unless_cancelled(future, ZeroDivisionError())
        future_set_exc_info(future, exc_info())


async def test_setting_one_that_waits():
    future = Future()
    future_set_result_unless_cancelled(future, 1)
    assert await future == 1
    with pytest.raises(asyncio.InvalidStateError):
        future_set_result_unless_cancelled(future, 2)
    future = Future()
    future_set_exc_info(future, exc_info())
    with pytest.raises(ZeroDivisionError):
        await future
    with pytest.raises(ValueError, match="there is no exception"):
        future_set_exc_info(Future(), (None, None, None))


async def test_done_callback_at_once_if_done():
    future, calls = Future(), []
    future_add_done_callback(future, calls.append)
    assert calls == []
    future.set_result(1)
    await asyncio.sleep(0)
    future_add_done_callback(future, calls.append)
    assert calls == [future, future]


async def test_chains_of_both_kinds(pool):
    for source in (Future(), concurrent.futures.Future()):
        for target in (Future(), concurrent.futures.Future()):
            if source.done():
                continue
            chain_future(source, target)
        source.set_result(7)
        await asyncio.sleep(0.01)
        assert target.result() == 7
    a, b = Future(), Future()
    chain_future(a, b)
    a.set_exception(ZeroDivisionError())
    with pytest.raises(ZeroDivisionError):
        await b
    a, b = Future(), Future()
    chain_future(a, b)
    a.cancel()
    with pytest.raises(asyncio.CancelledError):
        await b
    a, b = Future(), Future()
    chain_future(a, b)
    b.cancel()
    a.set_result(1)
    await asyncio.sleep(0)
    assert not a.cancelled()
    from_thread, b = pool.submit(threading.get_ident), Future()
    chain_future(from_thread, b)
    assert await b != threading.get_ident()


def test_a_chain_into_a_loop_that_is_closed_is_dropped(pool):
    gate = threading.Event()
    io_loop = IOLoop()
    chain_future(pool.submit(gate.wait), io_loop.asyncio_loop.create_future())
    io_loop.close()
    gate.set()


async def test_add_future_calls_on_the_loop(pool, expect_log):
    io_loop = IOLoop.current()
    seen = asyncio.Event()
    results = []

    def finished(future):
        assert asyncio.get_running_loop() is io_loop.asyncio_loop
        results.append(future.result())
        seen.set()

    io_loop.add_future(pool.submit(lambda: 1), finished)
    await seen.wait()
    seen.clear()
    io_loop.add_future(asyncio.ensure_future(asyncio.sleep(0, 2)), finished)
    await seen.wait()
    assert results == [1, 2]
    failed = Future()
    failed.set_exception(ZeroDivisionError())
    io_loop.add_future(failed, finished)
    with expect_log("tornado.application", "Exception in callback.*finished.*Zero", count=1):
        await asyncio.sleep(0)
    with pytest.raises(TypeError, match="takes a future, got 42"):
        io_loop.add_future(42, print)


async def test_run_in_executor(pool):
    io_loop = IOLoop.current()
    assert await io_loop.run_in_executor(pool, divmod, 7, 2) == (3, 1)
    assert await io_loop.run_in_executor(None, threading.get_ident) != threading.get_ident()
    io_loop.set_default_executor(DummyExecutor())
    assert await io_loop.run_in_executor(None, threading.get_ident) == threading.get_ident()
    with pytest.raises(ZeroDivisionError):
        await io_loop.run_in_executor(pool, divmod, 1, 0)


class Reader:
    executor = dummy_executor

    def __init__(self, pool):
        self.pool = pool

    @run_on_executor
    def plain(self, x, fail=False):
        """Documented."""
        if fail:
            raise ZeroDivisionError
        return (x, threading.get_ident())

    @run_on_executor(executor="pool")
    def pooled(self, x):
        return (x, threading.get_ident())

    @run_on_executor(io_loop="io_loop", executor="pool")
    def answer(self):
        return 42


async def test_run_on_executor(pool):
    reader = Reader(pool)
    me = threading.get_ident()
    assert Reader.plain.__doc__ == "Documented."
    assert await reader.plain(1) == (1, me)
    x, ident = await reader.pooled(2)
    assert (x, ident != me) == (2, True)
    with pytest.raises(ZeroDivisionError):
        await reader.plain(1, fail=True)
    called = asyncio.get_running_loop().create_future()
    assert await reader.answer(callback=called.set_result) == 42
    assert await called == 42
    with pytest.raises(TypeError, match="run_on_executor"):
        run_on_executor(queue="x")


async def test_cancelling_the_future_of_an_executor(pool):
    gate = threading.Event()
    future = IOLoop.current().run_in_executor(pool, gate.wait)
    future.cancel()
    gate.set()
    with pytest.raises(asyncio.CancelledError):
        await future


async def test_the_dummy_executor_runs_at_once():
    assert dummy_executor.submit(divmod, 7, 2).result() == (3, 1)
    with pytest.raises(ZeroDivisionError):
        dummy_executor.submit(divmod, 1, 0).result()
    dummy_executor.shutdown()


@return_future
def later(value, callback):
    IOLoop.current().add_callback(callback, value)


@return_future
def at_once(callback=None):
    callback()


@return_future
def fails(when, callback):
    def fail():
        raise ZeroDivisionError(when)

    if when == "now":
        fail()
    IOLoop.current().add_callback(fail)


@return_future
def returns_too(callback):
    return 42


async def test_return_future():
    assert await later(5) == 5
    assert await at_once() is None
    called = asyncio.get_running_loop().create_future()
    assert await later(6, called.set_result) == 6
    assert await called == 6
    none = asyncio.get_running_loop().create_future()
    await at_once(callback=lambda: none.set_result("called with nothing"))
    assert await none == "called with nothing"


async def test_return_future_fails():
    for when in ("now", "later"):
        with pytest.raises(ZeroDivisionError, match=when):
            await fails(when)
    with pytest.raises(ReturnValueIgnoredError, match=r"returns_too\(\) answers by its callback"):
        await returns_too()


def test_the_traceback_future_outside_of_a_running_loop(io_loop):
    future = TracebackFuture()
    future.set_exc_info(exc_info())
    assert future.exc_info()[0] is ZeroDivisionError
    good = TracebackFuture()
    good.set_result(1)
    assert good.result(timeout=5) == 1
    assert good.exc_info() is None
    assert isinstance(future, Future)
