"""Loops that ``IOLoop.configure`` can choose beside asyncio's default one."""

from __future__ import annotations

import asyncio
import importlib
import selectors
from typing import Any

from tornado.platform.asyncio import AsyncIOLoop


class UVLoop(AsyncIOLoop):
    """An IOLoop on uvloop: ``IOLoop.configure("uvloop")``.

    Raises `ImportError` where uvloop is not installed.
    """

    @staticmethod
    def check_installed() -> None:
        try:
            importlib.import_module("uvloop")
        except ImportError as error:
            raise ImportError(
                "uvloop is not installed: pip install 'tornado-ioloop[uvloop]'", name="uvloop"
            ) from error

    def new_asyncio_loop(self) -> asyncio.AbstractEventLoop:
        # By name: it is an extra, which type checkers may not find.
        loop: asyncio.AbstractEventLoop = importlib.import_module("uvloop").new_event_loop()
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
