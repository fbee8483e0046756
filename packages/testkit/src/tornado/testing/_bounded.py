"""Running one coroutine of a test on its loop, for a bounded time.

When the time is over the error names the line at which the test was waiting; that is what the
reader wants to know.
"""

from __future__ import annotations

import asyncio
import functools
import inspect
import linecache
from collections.abc import Callable, Iterator
from typing import Any

from tornado import gen
from tornado.ioloop import IOLoop
from tornado.util import TimeoutError

__unittest = True  # unittest and pytest leave such modules out of tracebacks

#: How long what is cancelled has to end, before it is left to itself.
GRACE_SECONDS = 1.0


def run_bounded(io_loop: IOLoop, function: Callable[[], Any], timeout: float | None) -> Any:
    """The result of what ``function()`` returns: a coroutine, a generator of `gen.coroutine`, a
    future, or a plain value.

    After ``timeout`` seconds (None: no limit) it is cancelled and `TimeoutError` raised, with the
    line it was waiting at.
    """
    __tracebackhide__ = True  # the same for functions, of pytest
    begun: list[Any] = []

    async def call() -> Any:
        __tracebackhide__ = True
        made = function()
        begun.append(made)
        if inspect.isasyncgen(made):
            raise TypeError(
                f"{_name(function)} has both await and yield, which makes it an asynchronous "
                "generator: wait with await alone"
            )
        if inspect.isgenerator(made):
            made = gen.coroutine(lambda: begun[0])()
        if inspect.isawaitable(made):
            return await made
        return made

    async def bounded() -> asyncio.Task[Any] | str:
        task = asyncio.get_running_loop().create_task(call())
        done, _ = await asyncio.wait([task], timeout=timeout)
        if done:
            return task
        where = "".join(line for made in begun for line in _lines(made))
        task.cancel()
        await asyncio.wait([task], timeout=GRACE_SECONDS)
        if task.done() and not task.cancelled():
            task.exception()  # what it said to being cancelled; the reader wants the timeout
        return where

    ended = io_loop.run_sync(bounded)
    if isinstance(ended, str):
        raise TimeoutError(
            f"{_name(function)} is not done after {timeout:g} seconds; it waits at{ended}"
        )
    return ended.result()  # with the traceback of the task alone


def _name(function: Callable[..., Any]) -> str:
    while isinstance(function, functools.partial):
        function = function.func
    return getattr(function, "__qualname__", repr(function))


def _lines(waiting: Any) -> Iterator[str]:
    """Where a coroutine or generator is suspended, and what it waits for in turn, a line each."""
    while waiting is not None:
        frame = _of(waiting, "frame")
        if frame is not None:
            code, number = frame.f_code, frame.f_lineno
            source = linecache.getline(code.co_filename, number).strip()
            yield f"\n  {code.co_filename}:{number}, in {code.co_qualname}: {source}"
        waiting = _of(waiting, "await") or _of(waiting, "yieldfrom")


def _of(waiting: Any, attribute: str) -> Any:
    """An attribute that coroutines, generators and asynchronous generators call differently."""
    return next(
        (
            found
            for kind in ("cr", "gi", "ag")
            if (found := getattr(waiting, f"{kind}_{attribute}", None)) is not None
        ),
        None,
    )
