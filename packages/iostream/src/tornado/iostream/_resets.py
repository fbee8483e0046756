"""Resets that uvloop does not tell of.

Where data and a reset have arrived together, libuv makes one event of them, and watches the
descriptor no more: the reader is called once, takes the data, and is never called again. So streams
that were read are looked at once more a moment later, all of a loop by one ``poll``.
"""

from __future__ import annotations

import asyncio
import select
from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tornado.iostream._life import StreamLife

LATER = 1.0  # seconds

Callback = Callable[[], None]


class Resets:
    """Those of one loop."""

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self._loop = loop
        self._read: dict[StreamLife, Callback] = {}  # lately, with what reads them
        self._due = False

    def reader(self, stream: StreamLife, callback: Callback) -> Callback:
        """What to give to the loop in place of ``callback``, which reads the stream."""
        return partial(self._reads, stream, callback)

    def _reads(self, stream: StreamLife, callback: Callback) -> None:
        callback()
        if stream._reader_on:
            self._read[stream] = callback
            if not self._due:
                self._due = True
                self._loop.call_later(LATER, self._look)

    def _look(self) -> None:
        self._due = False
        read, self._read = self._read, {}
        open_ = {stream.fileno(): stream for stream in read if stream._reader_on}
        poll = select.poll()
        for descriptor in open_:
            poll.register(descriptor, 0)  # errors are told whatever one asks for
        for descriptor, _ in poll.poll(0):
            stream = open_[descriptor]
            self._read_on(stream, read[stream])

    def _read_on(self, stream: StreamLife, callback: Callback) -> None:
        """Read what is there, up to the error behind it, which closes the stream."""
        if stream._reader_on:
            callback()
            self._loop.call_soon(self._read_on, stream, callback)


def resets_of(stream: StreamLife) -> Resets | None:
    """Those of the stream's loop; None for a loop that tells of them itself."""
    loop = stream.io_loop.selector_loop
    if type(loop).__module__ != "uvloop":
        return None
    known: Resets | None = vars(stream.io_loop).get("_stream_resets")
    if known is None:
        known = vars(stream.io_loop)["_stream_resets"] = Resets(stream._asyncio)
    return known
