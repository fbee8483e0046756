"""The loop of one test: made before it, current while it runs, and closed with all it holds."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable

from tornado.ioloop import IOLoop
from tornado.iostream import BaseIOStream
from tornado.platform.asyncio import AsyncIOMainLoop

gen_log = logging.getLogger("tornado.general")

#: How long tasks that a test leaves behind have for their ``finally`` blocks.
CANCEL_SECONDS = 3.0


def new_loop() -> IOLoop:
    made: IOLoop = IOLoop(make_current=False)
    return made


class LoopOfTest:
    """Calls ``make()`` and makes the loop that it returns the current one, until `release`.

    A loop that was the current one before (``make`` may return ``IOLoop.current()``) belongs to
    somebody else, as that of an asyncio loop which others made; it is not closed.
    """

    def __init__(self, make: Callable[[], IOLoop]) -> None:
        self._before = IOLoop.current(instance=False)
        self.io_loop = make()
        self._is_ours = self.io_loop is not self._before and not isinstance(
            self.io_loop, AsyncIOMainLoop
        )
        self.io_loop.make_current()

    def release(self) -> None:
        """End what is left running, close the loop, and give the thread its former one back."""
        loop = self.io_loop.asyncio_loop
        if not loop.is_closed():
            try:
                cancel_tasks(self.io_loop)
                if self._is_ours:
                    close_streams(loop)
                loop.run_until_complete(loop.shutdown_asyncgens())
            finally:
                if self._is_ours:
                    self.io_loop.close(all_fds=True)
        if self._before is not None and not self._before.asyncio_loop.is_closed():
            self._before.make_current()
        elif self._is_ours:
            IOLoop.clear_current()


def cancel_tasks(io_loop: IOLoop) -> None:
    """Cancel every task of a loop that is not running, and wait until they have ended."""
    tasks = asyncio.all_tasks(io_loop.asyncio_loop)
    if not tasks:
        return
    for task in tasks:
        task.cancel()

    async def ended() -> None:
        done, left = await asyncio.wait(tasks, timeout=CANCEL_SECONDS)
        for task in done:
            if not task.cancelled():
                task.exception()  # the test is over; it had its time to look at this
        for task in left:
            gen_log.warning("%r was cancelled at the end of its test, and goes on", task)

    io_loop.run_sync(ended)


def close_streams(loop: asyncio.AbstractEventLoop) -> None:
    """Close the streams and transports that a loop of asyncio's own still watches."""
    selector = getattr(loop, "_selector", None)  # uvloop has none that could be read
    if selector is None:
        return
    for key in list(selector.get_map().values()):
        for handle in key.data or ():
            owner = getattr(getattr(handle, "_callback", None), "__self__", None)
            if isinstance(owner, BaseIOStream | asyncio.BaseTransport):
                owner.close()
