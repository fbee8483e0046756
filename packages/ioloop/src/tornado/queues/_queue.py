"""Queue: items between coroutines, first in first out, with an optional bound.

Laws:
1. While somebody waits for an item the queue is empty; while somebody waits to put one it is full.
2. A subclass decides the order by `_init`, `_put` and `_get`, and nothing else.
"""

from __future__ import annotations

import asyncio
import heapq
from collections import deque
from collections.abc import Awaitable
from typing import Any, Generic, TypeVar

from tornado.gen._yielding import new_future
from tornado.locks import Event
from tornado.locks._waiters import Timeout, Waiters

T = TypeVar("T")


class QueueEmpty(Exception):
    """`Queue.get_nowait` found no item."""


class QueueFull(Exception):
    """`Queue.put_nowait` found no room."""


class _Items(Generic[T]):
    """What ``async for item in queue`` goes through: every item that will ever come."""

    def __init__(self, queue: Queue[T]) -> None:
        self._queue = queue

    def __aiter__(self) -> _Items[T]:
        return self

    def __anext__(self) -> Awaitable[T]:
        return self._queue.get()


class Queue(Generic[T]):
    """Passes items from producers to consumers in the order in which they were put.

    ``maxsize`` items fit into it; 0 is no bound. `put` waits for room, `get` for an item::

        async for item in queue:
            try:
                await work(item)
            finally:
                queue.task_done()

    and ``await queue.join()`` waits until `task_done` was called for every item.
    """

    _queue: Any = None

    def __init__(self, maxsize: int = 0) -> None:
        if not isinstance(maxsize, int | float):
            raise TypeError(f"the maxsize of a queue is a number, 0 for no bound; got {maxsize!r}")
        if maxsize < 0:
            raise ValueError(f"the maxsize of a queue is 0 or more, got {maxsize}")
        self._maxsize = maxsize
        self._init()
        self._getters = Waiters()
        self._putters = Waiters()
        self._finished = Event()
        self._finished.set()
        self._unfinished_tasks = 0

    @property
    def maxsize(self) -> int:
        """How many items fit into it; 0 is no bound."""
        return self._maxsize

    def _init(self) -> None:
        self._queue = deque()

    def _get(self) -> T:
        item: T = self._queue.popleft()
        return item

    def _put(self, item: T) -> None:
        self._queue.append(item)

    def full(self) -> bool:
        """Whether there is no room in it."""
        return 0 < self._maxsize <= self.qsize()

    def empty(self) -> bool:
        """Whether there is no item in it."""
        return self.qsize() == 0

    def qsize(self) -> int:
        """How many items are in it."""
        return len(self._queue)

    def put(self, item: T, timeout: Timeout = None) -> asyncio.Future[None]:
        """Put an item, when there is room. `TimeoutError` when ``timeout`` is reached first.

        ``timeout`` is a `datetime.timedelta` from now, or a point of time as of `IOLoop.time`.
        """
        try:
            self.put_nowait(item)
        except QueueFull:
            return self._putters.wait(timeout, item)
        future: asyncio.Future[None] = new_future()
        future.set_result(None)
        return future

    def put_nowait(self, item: T) -> None:
        """Put an item, or raise `QueueFull`."""
        getter = self._getters.pop()
        if getter is None and self.full():
            raise QueueFull(f"there are {self.qsize()} items in the queue, as many as fit")
        self._accept(item)
        if getter is not None:
            getter[0].set_result(self._get())

    def _accept(self, item: T) -> None:
        self._unfinished_tasks += 1
        self._finished.clear()
        self._put(item)

    def get(self, timeout: Timeout = None) -> Awaitable[T]:
        """Take an item, when there is one. `TimeoutError` when ``timeout`` is reached first."""
        try:
            item = self.get_nowait()
        except QueueEmpty:
            return self._getters.wait(timeout)
        future: asyncio.Future[T] = new_future()
        future.set_result(item)
        return future

    def get_nowait(self) -> T:
        """Take an item, or raise `QueueEmpty`."""
        putter = self._putters.pop()
        if putter is not None:
            self._accept(putter[1])
            putter[0].set_result(None)
        elif not self.qsize():
            raise QueueEmpty("there is no item in the queue")
        return self._get()

    def task_done(self) -> None:
        """Say that the work on an item is done. `ValueError` if there was no such item."""
        if self._unfinished_tasks <= 0:
            raise ValueError("task_done() was called more often than there were items")
        self._unfinished_tasks -= 1
        if self._unfinished_tasks == 0:
            self._finished.set()

    def join(self, timeout: Timeout = None) -> Awaitable[None]:
        """Wait until all items are done with. `TimeoutError` when ``timeout`` is reached first."""
        return self._finished.wait(timeout)

    def __aiter__(self) -> _Items[T]:
        return _Items(self)

    def __repr__(self) -> str:
        return f"<{type(self).__name__} at {hex(id(self))} {self._state()}>"

    def __str__(self) -> str:
        return f"<{type(self).__name__} {self._state()}>"

    def _state(self) -> str:
        parts = [f"maxsize={self._maxsize!r}"]
        if self._queue:
            parts.append(f"queue={self._queue!r}")
        if self._getters:
            parts.append(f"getters[{len(self._getters)}]")
        if self._putters:
            parts.append(f"putters[{len(self._putters)}]")
        if self._unfinished_tasks:
            parts.append(f"tasks={self._unfinished_tasks}")
        return " ".join(parts)


class PriorityQueue(Queue[T]):
    """A `Queue` that gives the lowest item first; ``(priority, item)`` tuples are usual."""

    def _init(self) -> None:
        self._queue = []

    def _put(self, item: T) -> None:
        heapq.heappush(self._queue, item)

    def _get(self) -> T:
        item: T = heapq.heappop(self._queue)
        return item


class LifoQueue(Queue[T]):
    """A `Queue` that gives the newest item first."""

    def _init(self) -> None:
        self._queue = []

    def _put(self, item: T) -> None:
        self._queue.append(item)

    def _get(self) -> T:
        item: T = self._queue.pop()
        return item
