"""File descriptors and their handlers, on the ``add_reader`` and ``add_writer`` of asyncio.

Laws:
1. One handler per descriptor. A mask (READ, WRITE, both or none) says what it waits for.
2. A handler that is removed is not called again, even for an event that was seen before.
3. The system reports errors and hang-ups as readable and writable; there is no waiting for them
   alone. Who reads gets the error from the read.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, Protocol, TypeAlias

if TYPE_CHECKING:
    from tornado.ioloop._ioloop import IOLoop

NONE = 0
READ = 0x001
WRITE = 0x004
ERROR = 0x018


class Selectable(Protocol):
    """Something with a descriptor: a socket, a pipe, a file object."""

    def fileno(self) -> int: ...

    def close(self) -> Any: ...


Descriptor: TypeAlias = "int | Selectable"
Handler: TypeAlias = Callable[[Any, int], Any]


def split(fd: Descriptor) -> tuple[int, Descriptor]:
    """The number of ``fd``, and ``fd`` itself."""
    if isinstance(fd, int):
        return fd, fd
    try:
        return fd.fileno(), fd
    except AttributeError:
        raise TypeError(
            f"a file descriptor is an int or an object with fileno(), got {fd!r}"
        ) from None


class Entry:
    """A descriptor, its handler, and the events it waits for now."""

    __slots__ = ("events", "fd", "handler")

    def __init__(self, fd: Descriptor, handler: Handler) -> None:
        self.fd = fd
        self.handler = handler
        self.events = NONE


class Descriptors:
    """The registered descriptors of one `IOLoop`."""

    def __init__(self, ioloop: IOLoop) -> None:
        self._ioloop = ioloop
        self.entries: dict[int, Entry] = {}

    def add(self, fd: Descriptor, handler: Handler, events: int) -> None:
        number, fd = split(fd)
        if number in self.entries:
            raise ValueError(
                f"file descriptor {number} has a handler already: "
                "change its events with update_handler() or call remove_handler() first"
            )
        if not callable(handler):
            raise TypeError(f"the handler of a file descriptor is a callable, got {handler!r}")
        entry = self.entries[number] = Entry(fd, handler)
        try:
            self._wait_for(number, entry, events)
        except BaseException:
            self.remove(number)
            raise

    def update(self, fd: Descriptor, events: int) -> None:
        number, _ = split(fd)
        entry = self.entries.get(number)
        if entry is None:
            raise KeyError(f"file descriptor {number} has no handler: call add_handler() first")
        self._wait_for(number, entry, events)

    def remove(self, fd: Descriptor) -> None:
        number, _ = split(fd)
        entry = self.entries.get(number)
        if entry is not None:
            try:
                self._wait_for(number, entry, NONE)
            finally:
                del self.entries[number]

    def _wait_for(self, number: int, entry: Entry, events: int) -> None:
        if not isinstance(events, int):
            raise TypeError(f"events are READ, WRITE or READ | WRITE of IOLoop, got {events!r}")
        loop = self._ioloop.selector_loop
        changed = entry.events ^ events
        if changed & READ:
            if events & READ:
                loop.add_reader(number, self._ready, entry, READ)
            else:
                loop.remove_reader(number)
            entry.events ^= READ
        if changed & WRITE:
            if events & WRITE:
                loop.add_writer(number, self._ready, entry, WRITE)
            else:
                loop.remove_writer(number)
            entry.events ^= WRITE

    def _ready(self, entry: Entry, event: int) -> None:
        self._ioloop._run(entry.handler, (entry.fd, event), {})

    def clear(self, close: Callable[[Descriptor], None] | None) -> None:
        """Remove all; with ``close``, call it for each."""
        for entry in list(self.entries.values()):
            self.remove(entry.fd)
            if close is not None:
                close(entry.fd)
