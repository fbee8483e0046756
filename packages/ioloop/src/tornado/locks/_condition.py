"""Condition and Event: waiting until somebody says that something has happened."""

from __future__ import annotations

from collections.abc import Awaitable

from tornado.concurrent import Future
from tornado.gen._yielding import new_future
from tornado.locks._waiters import Timeout, Waiters


class Condition:
    """Waiters that others wake, some or all.

    ::

        async def consumer():
            await condition.wait()

        condition.notify()

    Not a lock: everything runs in one thread, and nothing happens between two ``await``.
    """

    def __init__(self) -> None:
        self._waiters = Waiters()

    def __repr__(self) -> str:
        count = len(self._waiters)
        return f"<{type(self).__name__}" + (f" waiters[{count}]>" if count else ">")

    def wait(self, timeout: Timeout = None) -> Awaitable[bool]:
        """Wait to be woken: True, or False if ``timeout`` was reached first.

        ``timeout`` is a `datetime.timedelta` from now, or a point of time as of `IOLoop.time`.
        """
        return self._waiters.wait(timeout, on_timeout=False)

    def notify(self, n: int = 1) -> None:
        """Wake the ``n`` that have waited longest."""
        for _ in range(n):
            first = self._waiters.pop()
            if first is None:
                return
            first[0].set_result(True)

    def notify_all(self) -> None:
        """Wake all that wait now."""
        self.notify(len(self._waiters))


class Event:
    """A flag that one can wait for. It begins unset."""

    def __init__(self) -> None:
        self._waiters = Waiters()
        self._value = False

    def __repr__(self) -> str:
        return f"<{type(self).__name__} {'set' if self._value else 'clear'}>"

    def is_set(self) -> bool:
        """Whether the flag is set."""
        return self._value

    def set(self) -> None:
        """Set the flag, and wake all that wait for it. Waiting for it takes no time from now on."""
        self._value = True
        while (first := self._waiters.pop()) is not None:
            first[0].set_result(None)

    def clear(self) -> None:
        """Unset the flag: those who come now wait."""
        self._value = False

    def wait(self, timeout: Timeout = None) -> Awaitable[None]:
        """Wait until the flag is set. `TimeoutError` when ``timeout`` is reached first."""
        if not self._value:
            return self._waiters.wait(timeout)
        future: Future[None] = new_future()
        future.set_result(None)
        return future
