"""WaitIterator: futures in the order in which they are done."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable
from typing import Any

from tornado.concurrent import Future
from tornado.gen._timing import _copy
from tornado.gen._yielding import new_future, to_loop_future


class WaitIterator:
    """Waits for several yieldables and gives their results one by one, as they come.

    ::

        waiter = gen.WaitIterator(first(), second())      # or a=first(), b=second()
        while not waiter.done():
            try:
                result = yield waiter.next()
            except Exception:
                print("failed:", waiter.current_index)

    or ``async for result in waiter``. `current_index` says which it was, as a number or keyword;
    `current_future` is the future itself.
    """

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        if args and kwargs:
            raise ValueError("WaitIterator() takes futures by position or by keyword, not both")
        self.current_index: int | str | None = None
        self.current_future: Future[Any] | None = None
        self._waiting: Future[Any] | None = None
        self._done: deque[Any] = deque()
        self._names: dict[Any, int | str] = {}
        named: Iterable[tuple[int | str, Any]] = kwargs.items() if kwargs else enumerate(args)
        for name, child in named:
            future = to_loop_future(child)
            self._names[future] = name
        for future in tuple(self._names):
            if future.done():
                self._done.append(future)
            else:
                future.add_done_callback(self._one_is_done)

    def done(self) -> bool:
        """Whether every result was given out."""
        if self._names:
            return False
        self.current_index = self.current_future = None
        return True

    def next(self) -> Future[Any]:
        """A future with the next result. Raises `RuntimeError` while one is waited for already."""
        if self._waiting is not None and not self._waiting.done():
            raise RuntimeError("WaitIterator.next() was called before its last future was done")
        if not self._names:
            raise RuntimeError("WaitIterator.next() was called after the last result: ask done()")
        self._waiting = new_future()
        waiting = self._waiting
        if self._done:
            self._give(self._done.popleft())
        return waiting

    def _one_is_done(self, future: Any) -> None:
        if self._waiting is not None and not self._waiting.done():
            self._give(future)
        else:
            self._done.append(future)

    def _give(self, future: Any) -> None:
        waiting, self._waiting = self._waiting, None
        assert waiting is not None
        self.current_index = self._names.pop(future)
        self.current_future = future
        _copy(future, waiting)

    def __aiter__(self) -> WaitIterator:
        return self

    def __anext__(self) -> Future[Any]:
        if self.done():
            raise StopAsyncIteration
        return self.next()
