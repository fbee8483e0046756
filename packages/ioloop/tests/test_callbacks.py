"""Callbacks of the loop: order, threads, signals, failures, and who sees them."""

import asyncio
import functools
import os
import signal
import threading

import pytest

from tornado.ioloop import IOLoop
from tornado.stack_context import ExceptionStackContext


def run(io_loop):
    """Run until all callbacks that are scheduled now were called."""
    io_loop.add_callback(io_loop.stop)
    io_loop.start()


def test_called_in_order_with_arguments(io_loop):
    calls = []
    io_loop.add_callback(calls.append, 1)
    io_loop.add_callback(lambda *args, **kwargs: calls.append((args, kwargs)), 2, b=3)
    io_loop.spawn_callback(calls.append, 4)
    assert calls == []
    run(io_loop)
    assert calls == [1, ((2,), {"b": 3}), 4]


def test_from_another_thread_wakes_the_loop(io_loop):
    def work():
        io_loop.add_callback(finish, threading.get_ident())

    def finish(ident):
        assert ident != threading.get_ident()
        io_loop.stop()

    thread = threading.Thread(target=work)
    io_loop.add_callback(thread.start)
    io_loop.start()
    thread.join()


def test_many_threads_lose_nothing(io_loop):
    seen = []

    def work(number):
        for i in range(200):
            io_loop.add_callback(seen.append, (number, i))

    threads = [threading.Thread(target=work, args=(n,)) for n in range(4)]
    for thread in threads:
        thread.start()

    async def all_seen():
        while len(seen) < 800:
            await asyncio.sleep(0.001)

    io_loop.run_sync(all_seen)
    for thread in threads:
        thread.join()
    for number in range(4):
        assert [i for n, i in seen if n == number] == list(range(200))


@pytest.mark.parametrize("method", ["add_callback_from_signal", "add_callback"])
def test_from_a_signal_handler(io_loop, method):
    # Nothing else would end the wait of the selector: a wake-up that is missing is a time-out.
    before = signal.signal(signal.SIGUSR1, lambda *_: getattr(io_loop, method)(stop))
    stopped = []

    def stop():
        stopped.append(True)
        io_loop.stop()

    timer = threading.Timer(0.05, os.kill, (os.getpid(), signal.SIGUSR1))
    try:
        if method == "add_callback":
            # Only the dedicated method is promised to wake a loop that waits.
            io_loop.call_later(0.1, lambda: None)
        timer.start()
        io_loop.start()
    finally:
        signal.signal(signal.SIGUSR1, before)
        timer.join()
    assert stopped == [True]


def test_stop_from_a_signal_handler_and_from_a_thread(io_loop):
    before = signal.signal(signal.SIGUSR1, lambda *_: io_loop.stop())
    timer = threading.Timer(0.05, os.kill, (os.getpid(), signal.SIGUSR1))
    try:
        timer.start()
        io_loop.start()
    finally:
        signal.signal(signal.SIGUSR1, before)
        timer.join()
    timer = threading.Timer(0.02, io_loop.stop)
    timer.start()
    io_loop.start()
    timer.join()


def test_an_exception_is_logged_once_and_the_loop_lives_on(io_loop, expect_log):
    calls = []

    def broken():
        raise ZeroDivisionError("here")

    io_loop.add_callback(broken)
    io_loop.add_callback(calls.append, 1)
    with expect_log("tornado.application", "Exception in callback .*broken.*here", count=1):
        run(io_loop)
    assert calls == [1]


@pytest.mark.parametrize("how", ["add_callback", "spawn_callback"])
def test_an_exception_of_an_async_def_is_logged_with_its_name(io_loop, expect_log, how):
    async def broken():
        await asyncio.sleep(0)
        raise ZeroDivisionError("later")

    getattr(io_loop, how)(broken)
    with expect_log("tornado.application", "Exception in callback .*broken.*later", count=1):
        io_loop.run_sync(lambda: asyncio.sleep(0.01))


def test_the_result_of_a_callback_may_be_anything(io_loop):
    io_loop.add_callback(lambda: 42)
    io_loop.add_callback(lambda: "text")
    run(io_loop)


def test_a_cancelled_callback_is_no_error(io_loop):
    async def gives_up():
        raise asyncio.CancelledError

    io_loop.add_callback(gives_up)
    io_loop.run_sync(lambda: asyncio.sleep(0))


def test_handle_callback_exception_can_be_replaced(io_loop, monkeypatch):
    seen = []
    monkeypatch.setattr(io_loop, "handle_callback_exception", seen.append)
    io_loop.add_callback(abs, "no number")
    run(io_loop)
    assert seen == [abs]


def test_a_task_that_only_the_loop_knows_is_not_collected(io_loop):
    import gc

    done = []

    async def forgotten():
        future = asyncio.get_running_loop().create_future()
        asyncio.get_running_loop().call_later(0.01, lambda f: f.set_result(None), future)
        await future
        done.append(True)

    async def main():
        io_loop.spawn_callback(forgotten)
        await asyncio.sleep(0)
        gc.collect()
        await asyncio.sleep(0.03)

    io_loop.run_sync(main)
    assert done == [True]


def test_remove_callback_drops_what_is_scheduled_and_nothing_else(io_loop):
    calls = []

    def callback():
        calls.append(1)

    io_loop.add_callback(callback)
    io_loop.add_callback(callback)
    io_loop.remove_callback(callback)
    io_loop.add_callback(calls.append, 2)
    io_loop.remove_callback(len)  # never scheduled
    run(io_loop)
    assert calls == [2]
    io_loop.add_callback(callback)
    run(io_loop)
    assert calls == [2, 1]


def test_remove_callback_knows_decorated_and_wrapped_ones(io_loop):
    calls = []

    def inner():
        calls.append("inner")

    @functools.wraps(inner)
    def decorated():
        calls.append("decorated")

    with ExceptionStackContext(lambda *exc_info: False):
        io_loop.add_callback(inner)
        io_loop.add_callback(decorated)
    io_loop.remove_callback(inner)
    run(io_loop)
    assert calls == ["decorated"]
    io_loop.add_callback(decorated)
    io_loop.remove_callback(decorated)
    run(io_loop)
    assert calls == ["decorated"]


def test_after_close_callbacks_are_dropped():
    io_loop = IOLoop()
    io_loop.close()
    io_loop.add_callback(print, "never")
    io_loop.add_callback_from_signal(print, "never")
    io_loop.spawn_callback(print, "never")


def test_stop_before_start_makes_the_next_start_return(io_loop):
    calls = []
    io_loop.stop()
    io_loop.start()
    io_loop.add_callback(calls.append, 1)
    run(io_loop)
    assert calls == [1]
    assert not io_loop.running()


def test_running_is_seen_inside(io_loop):
    seen = []
    io_loop.add_callback(lambda: seen.append(io_loop.running()))
    run(io_loop)
    assert seen == [True]


def test_keyboard_interrupt_ends_start_and_the_loop_can_go_on(io_loop):
    def interrupt():
        raise KeyboardInterrupt

    io_loop.add_callback(interrupt)
    with pytest.raises(KeyboardInterrupt):
        io_loop.start()
    assert not io_loop.running()
    calls = []
    io_loop.add_callback(calls.append, 1)
    run(io_loop)
    assert calls == [1]


def test_ctrl_c_while_the_loop_waits(io_loop):
    timer = threading.Timer(0.05, os.kill, (os.getpid(), signal.SIGINT))
    timer.start()
    with pytest.raises(KeyboardInterrupt):
        io_loop.start()
    timer.join()


async def test_start_inside_a_running_loop_says_what_to_do():
    with pytest.raises(RuntimeError, match="await something instead"):
        IOLoop.current().start()
    with pytest.raises(RuntimeError, match="await the function"):
        IOLoop.current().run_sync(print)
    with pytest.raises(RuntimeError, match=r"stop\(\) it first"):
        IOLoop.current().close()
