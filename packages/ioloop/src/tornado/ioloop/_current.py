"""Which IOLoop is the current one.

Laws:
1. An asyncio loop has at most one IOLoop, which is an attribute of it: one look-up finds it, and
   the two are forgotten together.
2. The current loop is the running asyncio loop, else the one that ``asyncio.set_event_loop`` was
   given in this thread. There is no third place to look.
3. Asking creates nothing and warns of nothing on any Python version.
"""

from __future__ import annotations

import asyncio
import atexit
import sys
import threading
import weakref
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tornado.ioloop._ioloop import IOLoop

_ATTRIBUTE = "_tornado_ioloop"

#: The running asyncio loop of this thread or None; asyncio offers it to libraries under this name.
running_loop = asyncio._get_running_loop

_main: weakref.ref[IOLoop] | None = None
_unasked: weakref.WeakSet[IOLoop] = weakref.WeakSet()


def attach(asyncio_loop: asyncio.AbstractEventLoop, ioloop: IOLoop) -> None:
    """Make ``ioloop`` the one IOLoop of ``asyncio_loop``."""
    other = getattr(asyncio_loop, _ATTRIBUTE, None)
    if other is not None:
        raise RuntimeError(f"{asyncio_loop!r} has an IOLoop already: use IOLoop.current()")
    setattr(asyncio_loop, _ATTRIBUTE, ioloop)
    if main_ioloop() is None and in_main_thread():
        set_main_ioloop(ioloop)


def ioloop_of(asyncio_loop: asyncio.AbstractEventLoop) -> IOLoop | None:
    found: IOLoop | None = getattr(asyncio_loop, _ATTRIBUTE, None)
    return found


def current_loop() -> asyncio.AbstractEventLoop | None:
    """The running loop, else the thread's loop that is not closed, else None."""
    loop = running_loop()
    if loop is None:
        loop = _set_loop()
        if loop is not None and loop.is_closed():
            return None
    return loop


if sys.version_info >= (3, 14):

    def _set_loop() -> asyncio.AbstractEventLoop | None:
        try:
            return asyncio.get_event_loop()
        except RuntimeError:
            return None

else:

    def _set_loop() -> asyncio.AbstractEventLoop | None:
        # Before 3.14 get_event_loop() makes a loop when there is none, with a warning in some
        # versions; only the thread-local behind the policy (uvloop's too) tells without doing so.
        local = getattr(asyncio.get_event_loop_policy(), "_local", None)
        return getattr(local, "_loop", None)


def close_at_exit(ioloop: IOLoop) -> None:
    """Close a loop that nobody asked for by name, and so nobody will close, as the program ends."""
    if not _unasked:
        atexit.register(_close_unasked)
    _unasked.add(ioloop)


def _close_unasked() -> None:
    for ioloop in list(_unasked):
        if not ioloop.running():
            ioloop.close()


def in_main_thread() -> bool:
    return threading.current_thread() is threading.main_thread()


def main_ioloop() -> IOLoop | None:
    """The IOLoop that `IOLoop.instance` gives to threads without one of their own."""
    found = _main() if _main is not None else None
    if found is not None and found.asyncio_loop.is_closed():
        return None
    return found


def set_main_ioloop(ioloop: IOLoop | None) -> None:
    global _main
    _main = None if ioloop is None else weakref.ref(ioloop)
