"""Queues: order, bounds, waiting, and a model that agrees with every sequence of operations."""

import asyncio
import datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tornado import gen
from tornado.ioloop import IOLoop
from tornado.queues import LifoQueue, PriorityQueue, Queue, QueueEmpty, QueueFull

NOW = datetime.timedelta(milliseconds=1)


async def test_first_in_first_out():
    queue = Queue(maxsize=2)
    assert (queue.maxsize, queue.qsize(), queue.empty(), queue.full()) == (2, 0, True, False)
    await queue.put(1)
    queue.put_nowait(2)
    assert (queue.qsize(), queue.empty(), queue.full()) == (2, False, True)
    with pytest.raises(QueueFull, match="2 items"):
        queue.put_nowait(3)
    third = queue.put(3)
    assert not third.done()
    assert [await queue.get(), queue.get_nowait(), await queue.get()] == [1, 2, 3]
    await third
    with pytest.raises(QueueEmpty):
        queue.get_nowait()


async def test_who_waits_longest_gets_first():
    queue = Queue()
    first, second = queue.get(), queue.get()
    queue.put_nowait("a")
    await queue.put("b")
    assert [await first, await second] == ["a", "b"]


async def test_timeouts_and_cancellations_lose_no_item():
    queue = Queue(1)
    with pytest.raises(gen.TimeoutError):
        await queue.get(NOW)
    cancelled = queue.get()
    cancelled.cancel()
    queue.put_nowait(1)
    assert queue.qsize() == 1
    with pytest.raises(gen.TimeoutError):
        await queue.put(2, timeout=NOW)
    given_up = queue.put(3)
    given_up.cancel()
    assert await queue.get(datetime.timedelta(seconds=10)) == 1
    assert queue.qsize() == 0
    with pytest.raises(QueueEmpty):
        queue.get_nowait()


async def test_task_done_and_join():
    queue = Queue()
    await queue.join()
    queue.put_nowait(1)
    queue.put_nowait(2)
    with pytest.raises(gen.TimeoutError):
        await queue.join(NOW)
    done = []

    async def worker():
        async for item in queue:
            await asyncio.sleep(0)
            done.append(item)
            queue.task_done()

    task = asyncio.ensure_future(worker())
    await queue.join(timeout=datetime.timedelta(seconds=10))
    assert done == [1, 2]
    task.cancel()
    with pytest.raises(ValueError, match="more often than there were items"):
        queue.task_done()


async def test_other_orders():
    priority, lifo = PriorityQueue(), LifoQueue()
    for item in (3, 1, 2):
        priority.put_nowait(item)
        lifo.put_nowait(item)
    assert [priority.get_nowait() for _ in range(3)] == [1, 2, 3]
    assert [lifo.get_nowait() for _ in range(3)] == [2, 1, 3]


async def test_an_order_of_the_users():
    class Unique(Queue):
        def _init(self):
            self._queue = {}

        def _put(self, item):
            self._queue[item] = None

        def _get(self):
            item = next(iter(self._queue))
            del self._queue[item]
            return item

    queue = Unique()
    for item in "abca":
        await queue.put(item)
    assert [await queue.get() for _ in range(3)] == ["a", "b", "c"]


def test_bad_sizes():
    with pytest.raises(TypeError, match="got None"):
        Queue(None)
    with pytest.raises(ValueError, match="got -1"):
        Queue(-1)


async def test_how_it_shows_itself():
    queue = Queue(1)
    waiting = queue.get()
    assert str(queue) == "<Queue maxsize=1 getters[1]>"
    queue.put_nowait("x")
    await waiting
    queue.put_nowait("y")
    waiting = queue.put("z")
    assert str(queue) == "<Queue maxsize=1 queue=deque(['y']) putters[1] tasks=2>"
    assert repr(queue).startswith("<Queue at 0x")
    assert queue.get_nowait() == "y"
    await waiting


def test_before_a_loop_runs(io_loop):
    queue = Queue()
    waiting = queue.get()
    queue.put_nowait(1)
    assert io_loop.run_sync(lambda: waiting) == 1


OPERATIONS = st.lists(st.sampled_from(["put", "get", "cancel put", "cancel get"]), max_size=40)


@given(maxsize=st.integers(0, 3), operations=OPERATIONS)
def test_every_sequence_agrees_with_a_model(maxsize, operations):
    """Items come out in the order in which they went in, each once; who is cancelled gets none."""

    async def main():
        queue, number = Queue(maxsize), 0
        puts, gets = [], []  # (future, item) and futures, in the order of the calls
        for operation in operations:
            if operation == "put":
                puts.append((queue.put(number), number))
                number += 1
            elif operation == "get":
                gets.append(queue.get())
            elif operation == "cancel put":
                for future, _ in puts:
                    if future.cancel():
                        break
            else:
                for future in gets:
                    if future.cancel():
                        break
            waiting_puts = [f for f, _ in puts if not f.done()]
            waiting_gets = [f for f in gets if not f.done()]
            assert not (waiting_gets and queue.qsize())
            assert not (waiting_puts and not queue.full())
            if maxsize:
                assert queue.qsize() <= maxsize
        put = [item for future, item in puts if future.done() and not future.cancelled()]
        got = [f.result() for f in gets if f.done() and not f.cancelled()]
        inside = [queue.get_nowait() for _ in range(queue.qsize())]
        assert sorted(got) + inside == put
        assert got == sorted(got)

    io_loop = IOLoop()
    try:
        io_loop.run_sync(main)
    finally:
        io_loop.close()
