"""Between Tornado and asyncio, which share one loop: `IOLoop.current` is all that most need."""

from tornado.platform.asyncio._loops import AsyncIOLoop, AsyncIOMainLoop, BaseAsyncIOLoop

__all__ = [
    "AsyncIOLoop",
    "AsyncIOMainLoop",
    "BaseAsyncIOLoop",
]

for _shown in (AsyncIOLoop, AsyncIOMainLoop, BaseAsyncIOLoop):
    _shown.__module__ = __name__
del _shown
