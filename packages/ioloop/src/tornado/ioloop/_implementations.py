"""Loops that ``IOLoop.configure`` can choose beside asyncio's default one."""

from __future__ import annotations

import asyncio
import selectors
from typing import Any

from tornado.platform.asyncio import AsyncIOLoop


def import_uvloop() -> Any:
    """The module uvloop. Raises `ImportError` with what to install."""
    try:
        import uvloop  # type: ignore[import-not-found,unused-ignore]  # an extra, maybe missing
    except ImportError as error:
        message = "uvloop is not installed: pip install 'tornado-ioloop[uvloop]'"
        raise ImportError(message, name="uvloop") from error
    return uvloop


class UVLoop(AsyncIOLoop):
    """An IOLoop on uvloop: ``IOLoop.configure("uvloop")``."""

    def new_asyncio_loop(self) -> asyncio.AbstractEventLoop:
        loop: asyncio.AbstractEventLoop = import_uvloop().new_event_loop()
        return loop


class PollIOLoop(AsyncIOLoop):
    """The loop on the best selector of the platform, as `IOLoop` itself is. A name of 2012."""


class _OnSelector(PollIOLoop):
    selector_name: str

    def new_asyncio_loop(self) -> asyncio.AbstractEventLoop:
        make: Any = getattr(selectors, self.selector_name, None)
        if make is None:
            raise NotImplementedError(
                f"{type(self).__name__} needs selectors.{self.selector_name}, "
                "which this platform does not have: use IOLoop.configure(None)"
            )
        return asyncio.SelectorEventLoop(make())


class EPollIOLoop(_OnSelector):
    """A loop on epoll (Linux)."""

    selector_name = "EpollSelector"


class KQueueIOLoop(_OnSelector):
    """A loop on kqueue (BSD, macOS)."""

    selector_name = "KqueueSelector"


class SelectIOLoop(_OnSelector):
    """A loop on select(), everywhere; not more than some hundred descriptors."""

    selector_name = "SelectSelector"
