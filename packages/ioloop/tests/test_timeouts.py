"""Timers of the loop, and run_sync with a limit."""

import asyncio
import datetime
import time

import pytest

from tornado import gen
from tornado.ioloop import IOLoop, TimeoutError


async def test_every_way_to_name_a_time():
    io_loop = IOLoop.current()
    order = []
    done = asyncio.Event()
    io_loop.add_timeout(time.time() + 0.04, order.append, "absolute")
    io_loop.add_timeout(datetime.timedelta(milliseconds=10), order.append, "timedelta")
    io_loop.call_at(io_loop.time() + 0.02, order.append, "call_at")
    io_loop.call_later(0.06, done.set)
    io_loop.call_later(-5, lambda *, key: order.append(key), key="in the past")
    io_loop.add_timeout(0, order.append, "long ago")
    assert order == []
    await done.wait()
    assert sorted(order[:2]) == ["in the past", "long ago"]
    assert order[2:] == ["timedelta", "call_at", "absolute"]


async def test_a_removed_timeout_is_not_called():
    io_loop = IOLoop.current()
    calls = []
    handle = io_loop.call_later(0.01, calls.append, 1)
    io_loop.remove_timeout(handle)
    io_loop.remove_timeout(handle)
    fired = io_loop.call_later(0, calls.append, 2)
    await asyncio.sleep(0.02)
    io_loop.remove_timeout(fired)
    assert calls == [2]


async def test_an_exception_of_a_timeout_is_logged(expect_log):
    IOLoop.current().call_later(0, lambda: 1 / 0)
    with expect_log("tornado.application", "Exception in callback", count=1):
        await asyncio.sleep(0.01)


@pytest.mark.parametrize("deadline", ["soon", None, [1]])
async def test_a_time_of_the_wrong_type(deadline):
    io_loop = IOLoop.current()
    with pytest.raises(TypeError, match=r"a deadline is a number.*got "):
        io_loop.add_timeout(deadline, print)
    with pytest.raises(TypeError, match="a deadline is a number"):
        io_loop.call_at(deadline, print)
    with pytest.raises(TypeError, match="a delay is a number of seconds"):
        io_loop.call_later(deadline, print)
    with pytest.raises(TypeError, match="remove_timeout"):
        io_loop.remove_timeout(deadline)


def test_run_sync_gives_results_of_all_kinds(io_loop):
    @gen.coroutine
    def generator():
        yield gen.sleep(0)
        raise gen.Return(2)

    async def native():
        await asyncio.sleep(0)
        return 3

    assert io_loop.run_sync(lambda: None) is None
    assert io_loop.run_sync(generator) == 2
    assert io_loop.run_sync(native) == 3
    assert io_loop.run_sync(lambda: [generator(), native()]) == [2, 3]
    with pytest.raises(gen.BadYieldError, match="got 42"):
        io_loop.run_sync(lambda: 42)


def test_run_sync_raises(io_loop):
    async def broken():
        await asyncio.sleep(0)
        raise ZeroDivisionError

    def at_once():
        raise ZeroDivisionError

    for func in (broken, at_once):
        with pytest.raises(ZeroDivisionError):
            io_loop.run_sync(func)


def test_run_sync_with_a_limit_cancels(io_loop):
    ended = []

    async def slow():
        try:
            await asyncio.sleep(60)
        except asyncio.CancelledError:
            ended.append(True)
            raise

    with pytest.raises(TimeoutError, match=r"0\.01 seconds, which are over"):
        io_loop.run_sync(slow, timeout=0.01)
    assert ended == [True]
    assert io_loop.run_sync(lambda: asyncio.sleep(0, "quick"), timeout=30) == "quick"


def test_run_sync_passes_on_a_timeout_of_the_function(io_loop):
    async def own():
        raise TimeoutError("mine")

    with pytest.raises(TimeoutError, match="mine"):
        io_loop.run_sync(own, timeout=30)


def test_run_sync_that_is_stopped_says_so(io_loop):
    with pytest.raises(RuntimeError, match=r"stop\(\) was called before"):
        io_loop.run_sync(lambda: (io_loop.stop(), gen.sleep(60))[1])
    io_loop.run_sync(lambda: asyncio.sleep(0))


def test_run_sync_after_close():
    io_loop = IOLoop()
    io_loop.close()
    with pytest.raises(RuntimeError, match=r"after close\(\)"):
        io_loop.run_sync(lambda: None)


def test_run_sync_interrupted(io_loop):
    async def interrupted():
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        io_loop.run_sync(interrupted)
