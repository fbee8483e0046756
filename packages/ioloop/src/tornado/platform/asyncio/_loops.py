"""The three ways in which an IOLoop comes to its asyncio loop: given, found, made."""

from __future__ import annotations

import asyncio
import sys
from typing import Any

from tornado.ioloop import IOLoop, _current


class BaseAsyncIOLoop(IOLoop):
    """An `IOLoop` on an asyncio loop that it is given.

    Raises `RuntimeError` if that loop has an IOLoop already. Further arguments: ``make_current``
    and ``time_func``, as `IOLoop` describes them.
    """

    # The base class takes only what can be said before an asyncio loop is there.
    def initialize(  # type: ignore[override]  # see the line above
        self, asyncio_loop: asyncio.AbstractEventLoop, **kwargs: Any
    ) -> None:
        self._bind(asyncio_loop, **kwargs)
        if sys.platform == "win32" and isinstance(asyncio_loop, asyncio.ProactorEventLoop):
            from tornado.platform.asyncio._bridge import AddThreadSelectorEventLoop

            self.selector_loop = AddThreadSelectorEventLoop(asyncio_loop)

    def close(self, all_fds: bool = False) -> None:
        super().close(all_fds)
        if self.selector_loop is not self.asyncio_loop:
            self.selector_loop.close()  # ends its thread; the asyncio loop is closed already


class AsyncIOMainLoop(BaseAsyncIOLoop):
    """The `IOLoop` of the asyncio loop that is running, or is the current one of the thread.

    `IOLoop.current` makes it where it is needed; there is rarely a reason to do so by hand.
    """

    def initialize(self, **kwargs: Any) -> None:  # type: ignore[override]  # it finds the loop
        loop = kwargs.pop("asyncio_loop", None) or _current.current_loop()
        if loop is None:
            loop = asyncio.new_event_loop()
        super().initialize(loop, **kwargs)


class AsyncIOLoop(BaseAsyncIOLoop):
    """An `IOLoop` with a new asyncio loop of its own: what ``IOLoop()`` makes.

    ``asyncio_loop`` names one to use instead. `close` closes it.
    """

    def new_asyncio_loop(self) -> asyncio.AbstractEventLoop:
        """The loop to work on; subclasses choose another kind."""
        return asyncio.new_event_loop()

    def initialize(self, **kwargs: Any) -> None:  # type: ignore[override]  # it makes the loop
        loop = kwargs.pop("asyncio_loop", None)
        made = loop is None
        if made:
            loop = self.new_asyncio_loop()
        try:
            super().initialize(loop, **kwargs)
        except BaseException:
            if made:
                loop.close()
            raise
