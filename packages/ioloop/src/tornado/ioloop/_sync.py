"""run_sync: one awaitable, run to its end by a loop that is not running."""

from __future__ import annotations

import asyncio
import inspect
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from tornado.util import TimeoutError

if TYPE_CHECKING:
    from tornado.ioloop._ioloop import IOLoop


def run_sync(ioloop: IOLoop, func: Callable[[], Any], timeout: float | None) -> Any:
    """See `IOLoop.run_sync`."""
    if asyncio._get_running_loop() is not None:
        raise RuntimeError(
            "IOLoop.run_sync() was called while a loop is running in this thread: "
            "await the function instead"
        )
    loop = ioloop.asyncio_loop
    if loop.is_closed():
        raise RuntimeError("IOLoop.run_sync() was called after close()")
    task = loop.create_task(_call(func, timeout))
    task.add_done_callback(lambda task: loop.stop())
    try:
        ioloop.start()
    except BaseException:
        if task.done() and not task.cancelled():
            task.exception()  # it is the one on its way
        raise
    if not task.done():
        task.cancel()
        raise RuntimeError("IOLoop.stop() was called before what run_sync() waits for was done")
    return task.result()


async def _call(func: Callable[[], Any], timeout: float | None) -> Any:
    if timeout is None:
        return await _result(func)
    limit = asyncio.timeout(timeout)
    try:
        async with limit:
            return await _result(func)
    except TimeoutError:
        if not limit.expired():
            raise  # one of func's own
        raise TimeoutError(f"run_sync() was given {timeout} seconds, which are over") from None


async def _result(func: Callable[[], Any]) -> Any:
    result = func()
    if result is None or inspect.isawaitable(result):
        return None if result is None else await result
    from tornado.gen import convert_yielded  # it stands on this module

    return await convert_yielded(result)
