"""The event loop: an asyncio loop with Tornado's methods, and periodic callbacks.

from tornado.ioloop import IOLoop

IOLoop.current().start()
"""

import importlib
from typing import TYPE_CHECKING, Any

from tornado.ioloop._ioloop import IOLoop
from tornado.ioloop._periodic import PeriodicCallback
from tornado.util import Configurable, TimeoutError, import_object

if TYPE_CHECKING:
    from tornado.ioloop._implementations import (
        EPollIOLoop,
        KQueueIOLoop,
        PollIOLoop,
        SelectIOLoop,
        UVLoop,
    )

__all__ = [
    "Configurable",
    "EPollIOLoop",
    "IOLoop",
    "KQueueIOLoop",
    "PeriodicCallback",
    "PollIOLoop",
    "SelectIOLoop",
    "TimeoutError",
    "UVLoop",
    "import_object",
]

IOLoop.__module__ = __name__
PeriodicCallback.__module__ = __name__


def __getattr__(name: str) -> Any:
    # Subclasses of what tornado.platform.asyncio makes of IOLoop: they can only come after both.
    if name in __all__:
        found = getattr(importlib.import_module("tornado.ioloop._implementations"), name)
        found.__module__ = __name__
        globals()[name] = found
        return found
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
