"""Locks, semaphores, events and conditions."""

import asyncio
import datetime
import time

import pytest

from tornado import gen
from tornado.locks import BoundedSemaphore, Condition, Event, Lock, Semaphore

SOON = datetime.timedelta(seconds=10)
NOW = datetime.timedelta(milliseconds=1)


async def test_condition_wakes_some_in_order_or_all():
    condition = Condition()
    order = []

    async def wait(name):
        assert await condition.wait(SOON) is True
        order.append(name)

    tasks = [asyncio.ensure_future(wait(i)) for i in range(5)]
    await asyncio.sleep(0)
    assert repr(condition) == "<Condition waiters[5]>"
    condition.notify()
    await asyncio.sleep(0.001)
    assert order == [0]
    condition.notify(2)
    await asyncio.sleep(0.001)
    assert order == [0, 1, 2]
    condition.notify_all()
    await asyncio.gather(*tasks)
    assert order == [0, 1, 2, 3, 4]
    condition.notify()  # nobody waits: nothing happens, nothing is kept
    assert await condition.wait(NOW) is False
    assert repr(condition) == "<Condition>"


async def test_condition_with_points_of_time_and_late_notice():
    condition = Condition()
    early = condition.wait(time.time() + 0.001)
    late = condition.wait()
    assert await early is False
    condition.notify()
    assert await late is True  # the notice was not spent on the one that had given up


async def test_a_cancelled_waiter_does_not_eat_the_notice():
    condition = Condition()
    first, second = condition.wait(), condition.wait()
    first.cancel()
    condition.notify()
    assert await second is True


async def test_event():
    event = Event()
    assert (event.is_set(), repr(event)) == (False, "<Event clear>")
    with pytest.raises(gen.TimeoutError):
        await event.wait(NOW)
    waiting = [event.wait(), event.wait(SOON)]
    event.set()
    assert (event.is_set(), repr(event)) == (True, "<Event set>")
    assert await gen.multi(waiting) == [None, None]
    assert event.wait().done()
    event.clear()
    again = event.wait()
    event.set()
    event.clear()
    assert await again is None  # it was set in between


async def test_semaphore_serves_in_order():
    semaphore = Semaphore(2)
    order = []

    async def work(i):
        async with semaphore:
            order.append(i)
            await asyncio.sleep(0)

    assert repr(semaphore) == "<Semaphore [unlocked,value:2]>"
    await asyncio.gather(*(work(i) for i in range(6)))
    assert order == list(range(6))
    await semaphore.acquire()
    await semaphore.acquire()
    waiting = semaphore.acquire()
    assert repr(semaphore) == "<Semaphore [locked,waiters:1]>"
    semaphore.release()
    await waiting


async def test_semaphore_times_out_and_nothing_is_lost():
    semaphore = Semaphore(1)
    await semaphore.acquire()
    with pytest.raises(gen.TimeoutError):
        await semaphore.acquire(NOW)
    cancelled = semaphore.acquire(SOON)
    cancelled.cancel()
    semaphore.release()
    assert repr(semaphore) == "<Semaphore [unlocked,value:1]>"
    await semaphore.acquire(SOON)
    semaphore.release()


async def test_in_generator_coroutines():
    semaphore, lock = Semaphore(1), Lock()

    @gen.coroutine
    def work():
        with (yield semaphore.acquire()), (yield lock.acquire()):
            assert repr(semaphore).startswith("<Semaphore [locked")
            yield gen.moment
        with pytest.raises(ZeroDivisionError), (yield semaphore.acquire()):
            raise ZeroDivisionError

    await gen.multi([work(), work()])
    assert repr(semaphore) == "<Semaphore [unlocked,value:1]>"


async def test_a_permit_given_in_the_moment_of_cancelling_comes_back():
    semaphore = Semaphore(1)
    await semaphore.acquire()

    async def work():
        async with semaphore:
            raise AssertionError("never reached")

    task = asyncio.ensure_future(work())
    await asyncio.sleep(0)
    semaphore.release()  # it is the task's now, and the task has not noticed
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert repr(semaphore) == "<Semaphore [unlocked,value:1]>"


async def test_bounds_and_misuse():
    with pytest.raises(ValueError, match="0 or more, got -1"):
        Semaphore(-1)
    bounded = BoundedSemaphore(1)
    with pytest.raises(ValueError, match="more often than acquired"):
        bounded.release()
    async with bounded:
        pass
    lock = Lock()
    with pytest.raises(RuntimeError, match="not locked"):
        lock.release()
    for thing in (lock, bounded):
        with pytest.raises(RuntimeError, match="async with lock"), thing:
            pass
    empty = Semaphore(0)
    waiting = empty.acquire()
    empty.release()
    await waiting


async def test_lock():
    lock = Lock()
    assert not lock.locked()
    async with lock:
        assert lock.locked()
        with pytest.raises(gen.TimeoutError):
            await lock.acquire(timeout=NOW)
        waiting = lock.acquire()
    assert lock.locked()  # it went to the one who waited
    await waiting
    lock.release()
    assert not lock.locked()
    assert repr(lock) == "<Lock _block=<BoundedSemaphore [unlocked,value:1]>>"


async def test_many_timeouts_leave_nothing_behind():
    condition = Condition()
    waits = [condition.wait(datetime.timedelta(0)) for _ in range(500)]
    assert await gen.multi(waits) == [False] * 500
    assert len(condition._waiters) == 0


def test_they_are_made_before_a_loop_is_there(io_loop):
    condition, event, lock = Condition(), Event(), Lock()
    waiting = [condition.wait(), event.wait(), lock.acquire()]
    condition.notify()
    event.set()
    results = io_loop.run_sync(lambda: waiting)
    assert results[:2] == [True, None]
