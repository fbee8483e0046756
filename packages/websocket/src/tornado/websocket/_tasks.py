"""What a program's method returned, as a future."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Awaitable
from typing import Any

from tornado.gen import convert_yielded

# From Python 3.12 a coroutine runs up to its first wait at once, and mostly to its end.
if sys.version_info >= (3, 12):

    def as_task(pending: Awaitable[Any], loop: asyncio.AbstractEventLoop) -> asyncio.Future[Any]:
        if asyncio.iscoroutine(pending):
            return asyncio.Task(pending, loop=loop, eager_start=True)
        return convert_yielded(pending)

else:

    def as_task(pending: Awaitable[Any], loop: asyncio.AbstractEventLoop) -> asyncio.Future[Any]:
        if asyncio.iscoroutine(pending):
            return loop.create_task(pending)
        return convert_yielded(pending)
