"""PeriodicCallback: on time, not piled up, alive after failures."""

import asyncio
import datetime
import time

import pytest

from tornado import gen
from tornado.ioloop import IOLoop, PeriodicCallback


async def until(condition):
    while not condition():
        await asyncio.sleep(0.001)


async def test_calls_until_stopped():
    calls = []
    periodic = PeriodicCallback(lambda: calls.append(time.monotonic()), 10)
    assert not periodic.is_running()
    begin = time.monotonic()
    periodic.start()
    periodic.start()
    assert periodic.is_running()
    await until(lambda: len(calls) >= 3)
    periodic.stop()
    assert not periodic.is_running()
    count = len(calls)
    await asyncio.sleep(0.03)
    assert len(calls) == count
    assert calls[2] - begin >= 0.029


async def test_a_timedelta_and_attributes():
    periodic = PeriodicCallback(print, datetime.timedelta(seconds=2))
    assert (periodic.callback, periodic.callback_time, periodic.jitter) == (print, 2000, 0)
    periodic.start()
    assert periodic.io_loop is IOLoop.current()
    periodic.stop()
    periodic.stop()


def test_the_loop_as_third_argument_as_until_2018(io_loop):
    periodic = PeriodicCallback(io_loop.stop, 1, io_loop)
    periodic.start()
    io_loop.start()
    periodic.stop()
    periodic = PeriodicCallback(io_loop.stop, 1, io_loop=io_loop)
    IOLoop.clear_current()
    periodic.start()
    io_loop.start()
    periodic.stop()
    io_loop.make_current()


def test_a_period_must_be_positive():
    for period in (0, -1, datetime.timedelta(0)):
        with pytest.raises(ValueError, match="positive number of milliseconds"):
            PeriodicCallback(print, period)


async def test_missed_calls_are_left_out():
    calls = []

    def slow():
        calls.append(asyncio.get_running_loop().time())
        if len(calls) == 1:
            time.sleep(0.045)

    loop = asyncio.get_running_loop()
    periodic = PeriodicCallback(slow, 10)
    begin = loop.time()
    periodic.start()
    await until(lambda: len(calls) >= 2)
    periodic.stop()
    # The calls due at 20, 30, 40 and 50 ms were missed.
    assert calls[1] - begin >= 0.0599


async def test_the_next_call_waits_for_an_awaitable():
    running = most = 0
    calls = []

    async def slow():
        nonlocal running, most
        running += 1
        most = max(most, running)
        await asyncio.sleep(0.02)
        calls.append(1)
        running -= 1

    periodic = PeriodicCallback(slow, 5)
    periodic.start()
    await until(lambda: len(calls) >= 3)
    periodic.stop()
    await until(lambda: not running)
    assert most == 1


async def test_a_generator_coroutine_is_awaited():
    calls = []

    @gen.coroutine
    def callback():
        yield gen.sleep(0.001)
        calls.append(1)

    periodic = PeriodicCallback(callback, 1)
    periodic.start()
    await until(lambda: len(calls) >= 2)
    periodic.stop()


async def test_failures_are_logged_and_do_not_end_it(expect_log):
    calls = []

    def broken():
        calls.append(1)
        if len(calls) < 3:
            raise ZeroDivisionError
        return "a value"

    async def broken_later():
        await asyncio.sleep(0)
        broken()

    for callback in (broken, broken_later):
        calls.clear()
        periodic = PeriodicCallback(callback, 1)
        with expect_log("tornado.application", "PeriodicCallback.*broken.*ZeroDivision", count=2):
            periodic.start()
            await until(lambda: len(calls) >= 4)
            periodic.stop()
        await asyncio.sleep(0.005)


async def test_it_can_stop_itself_and_start_again_while_a_call_runs():
    calls = []
    gate = asyncio.Event()

    async def callback():
        calls.append(1)
        if len(calls) == 1:
            periodic.stop()
            periodic.start()
            await gate.wait()

    periodic = PeriodicCallback(callback, 2)
    periodic.start()
    await until(lambda: len(calls) >= 3)
    gate.set()
    await asyncio.sleep(0)
    scheduled = periodic._handle
    await asyncio.sleep(0)
    assert periodic._handle is scheduled  # the old series did not schedule a second one
    periodic.stop()


async def test_jitter_moves_the_pauses():
    loop = asyncio.get_running_loop()
    due = set()
    periodic = PeriodicCallback(print, 1000, jitter=0.5)
    for _ in range(20):
        now = loop.time()
        periodic.start()
        due.add(round(periodic._handle.when() - now, 6))
        periodic.stop()
    assert len(due) > 10
    assert 0.74 < min(due) < max(due) < 1.26
