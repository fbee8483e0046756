"""What is done leaves nothing for the garbage collector: counted with the collector off."""

import asyncio
import concurrent.futures
import datetime
import gc
import logging

import pytest

from tornado import gen
from tornado.concurrent import Future, chain_future
from tornado.ioloop import IOLoop, PeriodicCallback
from tornado.locks import Condition, Event, Lock, Semaphore
from tornado.queues import Queue

SOON = datetime.timedelta(seconds=5)
NOW = datetime.timedelta(microseconds=1)


def done(value=1):
    future = asyncio.get_running_loop().create_future()
    future.set_result(value)
    return future


@gen.coroutine
def waits():
    yield gen.moment
    return 1


@gen.coroutine
def is_done_at_once():
    yield done()
    return 1


@gen.coroutine
def fails_at_once():
    raise ZeroDivisionError


@gen.coroutine
def fails_before_it_waits():
    yield done()
    raise ZeroDivisionError


@gen.coroutine
def fails_later():
    yield gen.moment
    raise ZeroDivisionError


@gen.coroutine
def passes_on(function):
    yield function()


@gen.coroutine
def catches(function):
    try:
        yield function()
    except ZeroDivisionError:
        yield gen.moment
    return 1


@gen.coroutine
def yields_nonsense():
    yield 42


async def native():
    await asyncio.sleep(0)
    return 1


async def native_fails():
    await asyncio.sleep(0)
    raise ZeroDivisionError


@gen.coroutine
def many():
    yield [waits(), native(), done(), gen.sleep(0)]
    yield {"a": waits()}


@gen.coroutine
def many_fail():
    yield [waits(), fails_later()]


@gen.engine
def engine(callback):
    IOLoop.current().add_callback((yield gen.Callback("a")), 1)
    yield gen.Wait("a")
    yield gen.Task(IOLoop.current().add_callback)
    callback()


async def task_of_engine():
    await gen.Task(engine)


async def in_time():
    await gen.with_timeout(SOON, waits())


async def too_late():
    with pytest.raises(gen.TimeoutError):
        await gen.with_timeout(NOW, Future())


async def iterated():
    async for _ in gen.WaitIterator(waits(), native()):
        pass


def chain():
    a, b = Future(), Future()
    chain_future(a, b)
    a.set_exception(ZeroDivisionError())
    return b


async def chained():
    await chain()  # a variable for it here would be a cycle of the user's own


async def locked():
    lock, semaphore, event, condition = Lock(), Semaphore(1), Event(), Condition()

    async def other():
        async with lock, semaphore:
            pass
        event.set()
        condition.notify_all()

    task = asyncio.ensure_future(other())
    async with lock, semaphore:
        await asyncio.sleep(0)
    await event.wait(SOON)
    await condition.wait(NOW)
    with pytest.raises(gen.TimeoutError):
        await Event().wait(NOW)
    await task


async def queued():
    queue = Queue(1)

    async def producer():
        for i in range(5):
            await queue.put(i)

    task = asyncio.ensure_future(producer())
    for _ in range(5):
        await queue.get(SOON)
        queue.task_done()
    await queue.join()
    await task


async def callbacks():
    io_loop = IOLoop.current()
    event = asyncio.Event()
    io_loop.add_callback(native)
    io_loop.spawn_callback(waits)
    io_loop.add_future(native_as_future(), lambda future: event.set())
    io_loop.remove_timeout(io_loop.call_later(5, print))
    await event.wait()


def native_as_future():
    return asyncio.ensure_future(native())


async def in_thread():
    with concurrent.futures.ThreadPoolExecutor(1) as pool:
        await gen.convert_yielded([pool.submit(int)])


async def callbacks_that_fail():
    io_loop = IOLoop.current()
    io_loop.add_callback(native_fails)
    io_loop.spawn_callback(fails_later)
    io_loop.call_later(0.001, native_fails)
    io_loop.add_callback(divmod, 1, 0)
    io_loop.add_future(asyncio.ensure_future(native_fails()), lambda future: future.exception())
    periodic = PeriodicCallback(native_fails, 1)
    periodic.start()
    await asyncio.sleep(0.005)
    periodic.stop()
    await asyncio.sleep(0.001)


@gen.engine
def engine_that_fails(wait):
    if wait:
        yield gen.moment
    raise ZeroDivisionError


async def engines_that_fail():
    engine_that_fails(True)
    await asyncio.sleep(0.001)
    engine_that_fails(False)


@gen.coroutine
def never_goes_on():
    yield Future()


async def abandoned():
    never_goes_on()


SCENARIOS = [
    waits,
    is_done_at_once,
    fails_at_once,
    fails_before_it_waits,
    fails_later,
    lambda: passes_on(fails_later),
    lambda: passes_on(fails_at_once),
    lambda: passes_on(native_fails),
    lambda: catches(fails_later),
    lambda: catches(fails_at_once),
    yields_nonsense,
    many,
    many_fail,
    task_of_engine,
    in_time,
    too_late,
    iterated,
    chained,
    locked,
    queued,
    callbacks,
    callbacks_that_fail,
    engines_that_fail,
    in_thread,
    abandoned,
]


async def once(scenario):
    """Run it, and keep neither the result nor the exception."""
    try:
        await scenario()
    except (ZeroDivisionError, gen.BadYieldError):
        pass
    for _ in range(5):
        await asyncio.sleep(0)


@pytest.fixture
def no_log():
    """A record that a handler keeps would keep the frames of a traceback too."""
    logging.disable()
    yield
    logging.disable(logging.NOTSET)


@pytest.mark.usefixtures("no_log")
@pytest.mark.parametrize("scenario", SCENARIOS, ids=lambda s: s.__qualname__)
def test_nothing_is_left(io_loop, scenario):
    async def counted():
        await once(scenario)  # what is made on first use is no garbage
        gc.collect()
        gc.disable()
        try:
            for _ in range(5):
                await once(scenario)
            return gc.collect()
        finally:
            gc.enable()

    assert io_loop.run_sync(counted) == 0


def test_the_count_would_notice():
    gc.collect()
    one = []
    one.append(one)
    del one
    assert gc.collect() > 0
