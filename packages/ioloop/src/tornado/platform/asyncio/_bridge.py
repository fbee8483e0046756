"""A selector in a thread, for asyncio loops without ``add_reader``: Windows' proactor.

Laws:
1. The thread waits for descriptors and does nothing else; the callbacks run in the loop.
2. Loop and thread take turns. The thread waits for what the loop handed to it, tells the loop what
   is ready, and waits for its next order, which the loop gives after it has called the callbacks.
   No descriptor is looked at by both sides at once, and none is reported twice for one event.
3. A change of what is waited for wakes the thread through a socket pair.
"""

from __future__ import annotations

import asyncio
import contextlib
import select
import socket
import threading
from collections.abc import AsyncGenerator, Callable
from typing import Any, TypeVarTuple

Ts = TypeVarTuple("Ts")

Callbacks = dict[int, tuple[Any, Callable[[], Any]]]
Order = tuple[list[Any], list[Any]]


class SelectorThread:
    """``add_reader`` and ``add_writer`` for ``real_loop``, by ``select()`` in a thread.

    The thread ends with `close`, and by itself when ``asyncio.run`` shuts its loop down. Made and
    used in the thread of the loop.
    """

    def __init__(self, real_loop: asyncio.AbstractEventLoop) -> None:
        self._loop = real_loop
        self._closed = False
        self._readers: Callbacks = {}
        self._writers: Callbacks = {}
        self._order: Order | None = None
        self._ordered = threading.Condition()
        self._wakened, self._waker = socket.socketpair()
        self._wakened.setblocking(False)
        self._waker.setblocking(False)
        self.add_reader(self._wakened, self._drain)
        self._sentinel = self._live()
        self._thread: threading.Thread | None = None
        real_loop.call_soon(self._start)

    async def _live(self) -> AsyncGenerator[None, None]:
        # asyncio.run() closes the generators that are alive before it closes the loop, which is
        # the only notice that a loop gives to somebody else of its end.
        try:
            yield
        finally:
            self.close()

    def _start(self) -> None:
        if self._closed:
            return
        self._loop.create_task(self._sentinel.__anext__())
        self._thread = threading.Thread(target=self._work, name="tornado-selector", daemon=True)
        self._thread.start()
        self._give_order()

    def close(self) -> None:
        """End the thread. A second call does nothing."""
        if self._closed:
            return
        self._closed = True
        with self._ordered:
            self._order = None
            self._ordered.notify()
        self._wake()
        if self._thread is not None:
            self._thread.join()
        self._waker.close()
        self._wakened.close()
        self._readers.clear()
        self._writers.clear()

    def add_reader(self, fd: Any, callback: Callable[..., Any], *args: Any) -> None:
        """Call ``callback(*args)`` in the loop whenever ``fd`` is readable."""
        self._readers[_number(fd)] = (fd, _bound(callback, args))
        self._wake()

    def add_writer(self, fd: Any, callback: Callable[..., Any], *args: Any) -> None:
        """Call ``callback(*args)`` in the loop whenever ``fd`` is writable."""
        self._writers[_number(fd)] = (fd, _bound(callback, args))
        self._wake()

    def remove_reader(self, fd: Any) -> bool:
        """Undo `add_reader`; False if there was nothing to undo."""
        return self._remove(self._readers, fd)

    def remove_writer(self, fd: Any) -> bool:
        """Undo `add_writer`; False if there was nothing to undo."""
        return self._remove(self._writers, fd)

    def _remove(self, callbacks: Callbacks, fd: Any) -> bool:
        if callbacks.pop(_number(fd), None) is None:
            return False
        self._wake()
        return True

    def _wake(self) -> None:
        with contextlib.suppress(BlockingIOError, InterruptedError):
            self._waker.send(b"\0")  # a full buffer wakes as well as one more byte

    def _drain(self) -> None:
        with contextlib.suppress(BlockingIOError):
            while self._wakened.recv(4096):
                pass

    # In the loop

    def _give_order(self) -> None:
        with self._ordered:
            self._order = (list(self._readers), list(self._writers))
            self._ordered.notify()

    def _handle(self, readable: list[int], writable: list[int]) -> None:
        for ready, callbacks in ((readable, self._readers), (writable, self._writers)):
            for fd in ready:
                found = callbacks.get(fd)  # an earlier callback may have removed it
                if found is not None:
                    self._call(found[1])
        if not self._closed:
            self._give_order()

    def _call(self, callback: Callable[[], Any]) -> None:
        try:
            callback()
        except (SystemExit, KeyboardInterrupt):
            if not self._closed:
                self._give_order()
            raise
        except BaseException as error:
            self._loop.call_exception_handler(
                {"message": f"Exception in callback {callback!r}", "exception": error}
            )

    # In the thread

    def _work(self) -> None:
        while (order := self._next_order()) is not None:
            readable, writable = _select(*order)
            try:
                self._loop.call_soon_threadsafe(self._handle, readable, writable)
            except RuntimeError:
                return  # the loop is closed

    def _next_order(self) -> Order | None:
        with self._ordered:
            while self._order is None and not self._closed:
                self._ordered.wait()
            order, self._order = self._order, None
            return None if self._closed else order


def _select(readers: list[int], writers: list[int]) -> tuple[list[int], list[int]]:
    try:
        # Windows reports a connection that failed only among the exceptional ones.
        readable, writable, failed = select.select(readers, writers, writers)
    except (OSError, ValueError):
        # A descriptor was closed before it was removed: report each that is still good, and let
        # the loop, whose change of mind is on its way, give the next order.
        return _one_by_one(readers, 0), _one_by_one(writers, 1)
    return readable, list(dict.fromkeys(writable + failed))


def _one_by_one(fds: list[int], place: int) -> list[int]:
    ready: list[int] = []
    for fd in fds:
        alone: Order = ([fd], []) if place == 0 else ([], [fd])
        with contextlib.suppress(OSError, ValueError):
            ready += select.select(*alone, [], 0.01)[place]
    return ready


def _number(fd: Any) -> int:
    return fd if isinstance(fd, int) else int(fd.fileno())


def _bound(callback: Callable[..., Any], args: tuple[Any, ...]) -> Callable[[], Any]:
    return (lambda: callback(*args)) if args else callback


class AddThreadSelectorEventLoop(asyncio.AbstractEventLoop):
    """``real_loop`` with ``add_reader`` and ``add_writer``, by a `SelectorThread`.

    Everything else is passed on to ``real_loop``, which is what runs.
    """

    #: What is not looked up in the real loop.
    MY_ATTRIBUTES = {
        "_real_loop",
        "_selector",
        "add_reader",
        "add_writer",
        "close",
        "remove_reader",
        "remove_writer",
    }

    def __init__(self, real_loop: asyncio.AbstractEventLoop) -> None:
        self._real_loop = real_loop
        self._selector = SelectorThread(real_loop)

    def __getattribute__(self, name: str) -> Any:
        # The base class defines every method of a loop, so that __getattr__ would see none.
        if name in AddThreadSelectorEventLoop.MY_ATTRIBUTES or name.startswith("__"):
            return super().__getattribute__(name)
        return getattr(self._real_loop, name)

    def close(self) -> None:
        """End the thread, and close the real loop."""
        self._selector.close()
        self._real_loop.close()

    def add_reader(self, fd: Any, callback: Callable[[*Ts], Any], *args: *Ts) -> None:
        """See `SelectorThread.add_reader`."""
        self._selector.add_reader(fd, callback, *args)

    def add_writer(self, fd: Any, callback: Callable[[*Ts], Any], *args: *Ts) -> None:
        """See `SelectorThread.add_writer`."""
        self._selector.add_writer(fd, callback, *args)

    def remove_reader(self, fd: Any) -> bool:
        """See `SelectorThread.remove_reader`."""
        return self._selector.remove_reader(fd)

    def remove_writer(self, fd: Any) -> bool:
        """See `SelectorThread.remove_writer`."""
        return self._selector.remove_writer(fd)
