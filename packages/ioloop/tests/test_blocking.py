"""What is said about a callback that holds the loop. Sleeping here is the offence under test."""

import asyncio
import re
import signal
import threading
import time

import pytest

from tornado import gen
from tornado.ioloop import IOLoop


def hold(seconds):
    time.sleep(seconds)  # the line that is named


def line_of_hold():
    return hold.__code__.co_firstlineno + 1


@pytest.fixture(autouse=True)
def _no_thread_stays():
    yield
    assert [t.name for t in threading.enumerate() if t.name == "tornado-blocking"] == []


def slow_callback():
    hold(0.4)


async def slow_native():
    await asyncio.sleep(0.001)
    hold(0.4)


@gen.coroutine
def slow_generator():
    yield gen.sleep(0.001)
    hold(0.4)


@pytest.mark.parametrize("function", [slow_callback, slow_native, slow_generator])
def test_it_is_named_with_file_and_line(io_loop, expect_log, function):
    async def main():
        io_loop.spawn_callback(function)
        await asyncio.sleep(0.01)
        await asyncio.sleep(0.45)

    io_loop.set_blocking_log_threshold(0.05)
    first = getattr(function, "__wrapped__", function).__code__.co_firstlineno
    pattern = (
        rf"{function.__name__} \({re.escape(__file__)}:{first}\) has held the loop for \d+ ms "
        rf"and is at {re.escape(__file__)}:{line_of_hold()} in hold"
    )
    with expect_log("tornado.general", pattern, count=1) as records:
        io_loop.run_sync(main)
    assert "slow_" in records[0].getMessage()
    held = int(re.search(r"for (\d+) ms", records[0].getMessage())[1])
    assert 50 <= held < 400
    io_loop.set_blocking_log_threshold(None)


def test_each_holding_is_reported_once(io_loop, expect_log):
    async def main():
        for _ in range(2):
            hold(0.25)
            await asyncio.sleep(0.05)

    io_loop.set_blocking_log_threshold(0.03)
    with expect_log("tornado.general", "main .* has held the loop", count=2):
        io_loop.run_sync(main)


def test_many_short_callbacks_blame_nobody(io_loop):
    io_loop.set_blocking_log_threshold(0.1)

    async def short_steps():
        for _ in range(60):
            hold(0.004)
            await asyncio.sleep(0)

    async def main():
        await asyncio.gather(short_steps(), short_steps())

    def queue():
        hold(0.004)

    io_loop.run_sync(main)
    for _ in range(60):
        io_loop.add_callback(queue)
    io_loop.run_sync(lambda: gen.sleep(0))


def test_an_idle_loop_blames_nobody(io_loop):
    io_loop.set_blocking_log_threshold(0.02)
    io_loop.run_sync(lambda: gen.sleep(0.15))
    io_loop.set_blocking_log_threshold(None)
    io_loop.run_sync(lambda: gen.sleep(0.01))
    time.sleep(0.05)  # it does not run: nobody waits for it


def test_off_it_is_not_there(io_loop):
    assert io_loop._watch is None
    io_loop.set_blocking_log_threshold(1)
    io_loop.set_blocking_log_threshold(2)
    assert sum(t.name == "tornado-blocking" for t in threading.enumerate()) == 1
    io_loop.set_blocking_log_threshold(None)
    assert io_loop._watch is None
    with pytest.raises(ValueError, match="positive number of seconds, got 0"):
        io_loop.set_blocking_log_threshold(0)


def test_a_closed_loop_ends_it():
    io_loop = IOLoop()
    io_loop.set_blocking_log_threshold(0.01)
    io_loop.run_sync(lambda: gen.sleep(0.02))
    io_loop.close()


@pytest.fixture
def _alarm_restored():
    before = signal.getsignal(signal.SIGALRM)
    yield
    signal.signal(signal.SIGALRM, before)


@pytest.mark.usefixtures("_alarm_restored")
def test_a_signal_interrupts_it(io_loop, expect_log):
    class TooLong(Exception):
        pass

    def interrupt(number, frame):
        raise TooLong

    io_loop.set_blocking_signal_threshold(0.03, interrupt)

    async def main():
        begin = time.monotonic()
        with pytest.raises(TooLong):
            hold(20)
        assert time.monotonic() - begin < 10

    io_loop.run_sync(main)
    io_loop.set_blocking_signal_threshold(0.03, io_loop.log_stack)
    io_loop.add_callback(hold, 0.1)
    with expect_log("tornado.general", r"held at:.*in hold", count=1):
        io_loop.run_sync(lambda: gen.sleep(0.01))
    io_loop.set_blocking_signal_threshold(None, None)
