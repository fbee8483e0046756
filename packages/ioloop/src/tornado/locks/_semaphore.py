"""Semaphore, BoundedSemaphore and Lock: so many at a time, or one.

Laws:
1. Those who wait are served in the order of their coming, and nobody who comes later overtakes.
2. A permit that was given to someone who was cancelled in the same moment is given back.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable
from types import TracebackType
from typing import Any, NoReturn

from tornado.gen._yielding import new_future
from tornado.locks._waiters import Timeout, Waiters

ErrorType = type[BaseException] | None


class _Release:
    """What `Semaphore.acquire` results in: ``with (yield lock.acquire()): ...`` releases it."""

    __slots__ = ("_owner",)

    def __init__(self, owner: Semaphore | Lock) -> None:
        self._owner = owner

    def __enter__(self) -> None:
        pass

    def __exit__(self, *error: object) -> None:
        self._owner.release()


class _AsyncWith:
    """``async with``, and a sentence for those who forget the ``async``."""

    def acquire(self, timeout: Timeout = None) -> Awaitable[Any]:
        raise NotImplementedError

    def release(self) -> None:
        raise NotImplementedError

    async def __aenter__(self) -> None:
        future = self.acquire()
        try:
            await future
        except asyncio.CancelledError:
            assert isinstance(future, asyncio.Future)
            if future.done() and not future.cancelled():
                self.release()
            raise

    async def __aexit__(
        self, kind: ErrorType, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self.release()

    def __enter__(self) -> NoReturn:
        name = type(self).__name__
        raise RuntimeError(
            f"a {name} is entered with 'async with lock' (or in a gen.coroutine "
            "'with (yield lock.acquire())'), not with 'with lock'"
        )

    def __exit__(self, *error: object) -> None:
        raise AssertionError("__enter__ has raised")


class Semaphore(_AsyncWith):
    """Lets ``value`` in at a time; the others wait.

    ::

        workers = Semaphore(4)

        async def work():
            async with workers:
                ...

    Raises `ValueError` if ``value`` is negative.
    """

    def __init__(self, value: int = 1) -> None:
        if value < 0:
            raise ValueError(f"the value of a {type(self).__name__} is 0 or more, got {value}")
        self._value = value
        self._waiters = Waiters()

    def __repr__(self) -> str:
        state = "locked" if self._value == 0 else f"unlocked,value:{self._value}"
        if self._waiters:
            state += f",waiters:{len(self._waiters)}"
        return f"<{type(self).__name__} [{state}]>"

    def acquire(self, timeout: Timeout = None) -> Awaitable[Any]:
        """Wait for a permit. `TimeoutError` when ``timeout`` is reached first.

        The result is a context manager that calls `release`, for generator coroutines.
        """
        if self._value == 0:
            return self._waiters.wait(timeout)
        self._value -= 1
        future = new_future()
        future.set_result(_Release(self))
        return future

    def release(self) -> None:
        """Give a permit to the first who waits, or back to the semaphore."""
        first = self._waiters.pop()
        if first is None:
            self._value += 1
        else:
            first[0].set_result(_Release(self))


class BoundedSemaphore(Semaphore):
    """A `Semaphore` that notices when more is released than was acquired."""

    def __init__(self, value: int = 1) -> None:
        super().__init__(value)
        self._initial_value = value

    def release(self) -> None:
        """Like that of `Semaphore`; raises `ValueError` if there is nothing to release."""
        if self._value >= self._initial_value:
            raise ValueError("this BoundedSemaphore was released more often than acquired")
        super().release()


class Lock(_AsyncWith):
    """Lets one in at a time.

    ::

        async with lock:
            ...
    """

    def __init__(self) -> None:
        self._block = BoundedSemaphore(1)

    def __repr__(self) -> str:
        return f"<{type(self).__name__} _block={self._block!r}>"

    def locked(self) -> bool:
        """Whether somebody has it."""
        return self._block._value == 0

    def acquire(self, timeout: Timeout = None) -> Awaitable[Any]:
        """Wait for the lock. `TimeoutError` when ``timeout`` is reached first.

        The result is a context manager that calls `release`, for generator coroutines.
        """
        return self._block.acquire(timeout)

    def release(self) -> None:
        """Pass the lock to the first who waits. `RuntimeError` if it is not locked."""
        if not self.locked():
            raise RuntimeError("release() of a Lock that is not locked")
        self._block.release()
