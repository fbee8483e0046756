"""Between Tornado and asyncio, which share one loop: `IOLoop.current` is all that most need."""

from typing import Any

from tornado.platform.asyncio._bridge import AddThreadSelectorEventLoop, SelectorThread
from tornado.platform.asyncio._futures import (
    any_thread_policy,
    to_asyncio_future,
    to_tornado_future,
)
from tornado.platform.asyncio._loops import AsyncIOLoop, AsyncIOMainLoop, BaseAsyncIOLoop

__all__ = [
    "AddThreadSelectorEventLoop",
    "AsyncIOLoop",
    "AsyncIOMainLoop",
    "BaseAsyncIOLoop",
    "SelectorThread",
    "to_asyncio_future",
    "to_tornado_future",
]

for _shown in (
    AddThreadSelectorEventLoop,
    AsyncIOLoop,
    AsyncIOMainLoop,
    BaseAsyncIOLoop,
    SelectorThread,
    to_asyncio_future,
    to_tornado_future,
):
    _shown.__module__ = __name__
del _shown


def __getattr__(name: str) -> Any:
    if name == "AnyThreadEventLoopPolicy":
        found = globals()[name] = any_thread_policy()
        return found
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
