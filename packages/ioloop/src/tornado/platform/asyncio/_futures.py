"""Names from the years in which Tornado's futures and asyncio's were two."""

from __future__ import annotations

import asyncio
from typing import Any

from tornado.gen import convert_yielded
from tornado.ioloop import IOLoop


def to_tornado_future(asyncio_future: asyncio.Future[Any]) -> asyncio.Future[Any]:
    """The future itself: there is one kind."""
    return asyncio_future


def to_asyncio_future(tornado_future: Any) -> asyncio.Future[Any]:
    """A future for any yieldable; see `tornado.gen.convert_yielded`."""
    return convert_yielded(tornado_future)


def any_thread_policy() -> type[Any]:
    """Make the class ``AnyThreadEventLoopPolicy``, when a program asks for it by its name."""

    # asyncio deprecates policies, by a warning for everyone who so much as names the class.
    class AnyThreadEventLoopPolicy(asyncio.DefaultEventLoopPolicy):
        """An event loop policy that makes a loop in every thread that asks, not only the main one.

        ``asyncio.set_event_loop_policy(AnyThreadEventLoopPolicy())``. `IOLoop.current` needs none:
        it makes a loop in every thread.
        """

        def get_event_loop(self) -> asyncio.AbstractEventLoop:
            return IOLoop.current().asyncio_loop

    AnyThreadEventLoopPolicy.__module__ = "tornado.platform.asyncio"
    AnyThreadEventLoopPolicy.__qualname__ = "AnyThreadEventLoopPolicy"
    return AnyThreadEventLoopPolicy
