"""Queues between coroutines of one loop. They are not thread-safe."""

from tornado.queues._queue import LifoQueue, PriorityQueue, Queue, QueueEmpty, QueueFull

__all__ = ["LifoQueue", "PriorityQueue", "Queue", "QueueEmpty", "QueueFull"]

for _shown in (LifoQueue, PriorityQueue, Queue, QueueEmpty, QueueFull):
    _shown.__module__ = __name__
del _shown
