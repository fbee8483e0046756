"""Waiting for each other: locks, semaphores, events and conditions for coroutines of one loop.

They are not thread-safe: they order coroutines, not threads.
"""

from tornado.locks._condition import Condition, Event
from tornado.locks._semaphore import BoundedSemaphore, Lock, Semaphore

__all__ = ["BoundedSemaphore", "Condition", "Event", "Lock", "Semaphore"]

for _shown in (BoundedSemaphore, Condition, Event, Lock, Semaphore):
    _shown.__module__ = __name__
del _shown
