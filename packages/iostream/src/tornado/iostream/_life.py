"""The life of a stream: its state, its two registrations with the event loop, its end.

Laws:
1. A stream is in one place of this line, and never goes back:
   opening (connecting, shaking hands: ``_ready`` is false) -> open -> closed.
2. The reader and the writer are registered with the loop's selector (asyncio's own loop, except on
   Windows' proactor), each at most once; the two flags here are the truth about it. Both are gone
   before the descriptor is closed.
3. A program's callback is always called by the loop, never from inside the method that it called.
4. The end is announced once, after the callbacks of the data that came before it.

The slots of all the layers are listed here, because one connection of ten thousand should be small.
"""

from __future__ import annotations

import asyncio
import functools
import logging
import sys
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from tornado.gen import convert_yielded
from tornado.ioloop import IOLoop
from tornado.iostream._errors import StreamClosedError
from tornado.iostream._resets import resets_of

if TYPE_CHECKING:
    from tornado.iostream._buffer import ReadBuffer
    from tornado.iostream._consumer import StreamConsumer
    from tornado.iostream._read import PendingRead
    from tornado.iostream._write import WriteQueue

app_log = logging.getLogger("tornado.application")
gen_log = logging.getLogger("tornado.general")

DEFAULT_MAX_BUFFER_SIZE = 104857600
DEFAULT_READ_CHUNK_SIZE = 65536


class StreamLife:
    """What every stream is, whatever it reads and writes."""

    __slots__ = (
        "__weakref__",
        "_asyncio",
        "_callbacks_due",
        "_close_callback",
        "_closed",
        "_consumer",
        "_deliver",
        "_end_is_due",
        "_inbox",
        "_on_release",
        "_opening",
        "_paused",
        "_pending",
        "_reader_on",
        "_ready",
        "_served",
        "_unsent",
        "_writer_on",
        "_written",
        "error",
        "io_loop",
        "max_buffer_size",
        "max_write_buffer_size",
        "read_chunk_size",
    )

    io_loop: IOLoop
    max_buffer_size: int
    max_write_buffer_size: int | None
    read_chunk_size: int
    error: BaseException | None
    _asyncio: asyncio.AbstractEventLoop
    _inbox: ReadBuffer | None  # bytes that arrived in pull mode
    _pending: PendingRead | None
    _consumer: StreamConsumer | None  # not None: push mode
    _deliver: Callable[[bytes], None] | None
    _unsent: WriteQueue | None  # not None: send() has to take the long way
    _opening: tuple[asyncio.Future[Any], Callable[[], Any] | None] | None
    _close_callback: Callable[[], Any] | None
    _on_release: Callable[[], None] | None  # for the server that counts its connections

    def __init__(
        self,
        max_buffer_size: int | None = None,
        read_chunk_size: int | None = None,
        max_write_buffer_size: int | None = None,
        *,
        io_loop: IOLoop | None = None,
    ) -> None:
        if isinstance(max_buffer_size, IOLoop):  # in second place until 2018
            io_loop, max_buffer_size = max_buffer_size, read_chunk_size
            read_chunk_size, max_write_buffer_size = max_write_buffer_size, None
        if io_loop is None:
            io_loop = IOLoop.current()
        else:
            check_thread(io_loop)
        self.io_loop = io_loop
        self._asyncio = io_loop.asyncio_loop
        self.max_buffer_size = max_buffer_size or DEFAULT_MAX_BUFFER_SIZE
        # Half the limit at most, so that one receive cannot fill what is left of it twice over.
        self.read_chunk_size = min(
            read_chunk_size or DEFAULT_READ_CHUNK_SIZE, max(1, self.max_buffer_size // 2)
        )
        self.max_write_buffer_size = max_write_buffer_size or None
        self.error = None
        self._inbox = self._pending = self._consumer = self._deliver = self._unsent = None
        self._opening = self._close_callback = self._on_release = None
        self._closed = self._paused = self._reader_on = self._writer_on = self._end_is_due = False
        self._ready = True
        self._callbacks_due = self._written = self._served = 0

    # What a kind of stream gives

    def fileno(self) -> Any:
        """The descriptor, for the event loop."""
        raise NotImplementedError

    def close_fd(self) -> None:
        """Close the descriptor. The stream calls it once; programs call :meth:`close`."""
        raise NotImplementedError

    def get_fd_error(self) -> Exception | None:
        """The error that the system has noted for the descriptor, if it can tell."""
        return None

    # Registration with the loop

    def _start_reader(self, callback: Callable[[], None]) -> None:
        self._reader_on = True
        resets = resets_of(self)
        if resets is not None:
            callback = resets.reader(self, callback)
        self.io_loop.selector_loop.add_reader(self.fileno(), callback)

    def _stop_reader(self) -> None:
        if self._reader_on:
            self._reader_on = False
            self.io_loop.selector_loop.remove_reader(self.fileno())

    def _start_writer(self, callback: Callable[[], None]) -> None:
        self._writer_on = True
        self.io_loop.selector_loop.add_writer(self.fileno(), callback)

    def _stop_writer(self) -> None:
        if self._writer_on:
            self._writer_on = False
            self.io_loop.selector_loop.remove_writer(self.fileno())

    # Callbacks of programs

    def _call_soon(self, callback: Callable[..., Any], *args: Any) -> None:
        """Have the loop call a program's callback; its exception closes the stream."""
        self._callbacks_due += 1
        self._asyncio.call_soon(self._run_callback, callback, args)

    def _run_callback(self, callback: Callable[..., Any], args: tuple[Any, ...]) -> None:
        try:
            result = callback(*args)
            if asyncio.iscoroutine(result) or asyncio.isfuture(result):
                ended = functools.partial(self._callback_ended, callback)
                self.io_loop.add_future(convert_yielded(result), ended)
        except Exception as error:
            self._callback_failed(callback, error)
        finally:
            self._callbacks_due -= 1
            if self._end_is_due and not self._callbacks_due:
                self._asyncio.call_soon(self._announce_end)

    def _callback_ended(self, callback: Callable[..., Any], future: asyncio.Future[Any]) -> None:
        # Not by result(): what is raised here would hold this frame, and so the Future.
        error = None if future.cancelled() else future.exception()
        if error is not None and not isinstance(error, StreamClosedError):
            try:
                raise error
            except Exception:
                self._callback_failed(callback, error)

    def _callback_failed(self, callback: Callable[..., Any], error: BaseException) -> None:
        self.io_loop.handle_callback_exception(callback)  # it logs, or does what a subclass says
        self._close_for(error)

    # The end

    def closed(self) -> bool:
        """Whether the stream has been closed, by either side."""
        return self._closed

    def set_close_callback(self, callback: Callable[[], Any] | None) -> None:
        """Have ``callback()`` called once when the stream has closed; None: nobody is called.

        It comes after the callbacks of data that arrived before the end. Setting one makes an idle
        stream notice that the other side has gone. On a closed stream it is called soon.
        """
        self._close_callback = callback
        if callback is None:
            return
        if self._closed:
            if not self._end_is_due:
                self._end_is_due = True
                self._asyncio.call_soon(self._announce_end)
        else:
            self._watch_input()

    def close(self, exc_info: Any = False) -> None:
        """Close the stream now. What has not been sent is lost; pending operations fail.

        ``exc_info`` says why: True for the exception being handled, an exception, or a
        ``sys.exc_info()`` tuple. It becomes :attr:`error`, and the ``real_error`` of the
        :class:`StreamClosedError` that pending operations raise.
        """
        if self._closed:
            return
        if exc_info:
            if isinstance(exc_info, BaseException):
                self.error = exc_info
            elif isinstance(exc_info, tuple):
                self.error = exc_info[1]
            else:
                self.error = sys.exc_info()[1]
        self._closed = True
        self._stop_reader()
        self._stop_writer()
        self.close_fd()
        self._ready = False
        self._end_output()
        self._end_input()
        if self._opening is not None:
            future, _callback = self._opening
            self._opening = None
            self._fail(future)
        if self._on_release is not None:
            release, self._on_release = self._on_release, None
            release()
        if self._consumer is not None or self._close_callback is not None:
            self._end_is_due = True
            if not self._callbacks_due and not self._asyncio.is_closed():
                self._asyncio.call_soon(self._announce_end)

    def _close_for(self, error: BaseException) -> None:
        """Close because of an error that ends here, in a method of the stream.

        Its traceback goes: it holds this frame, hence the stream, which holds the error.
        """
        self.close(exc_info=error.with_traceback(None))

    def _announce_end(self) -> None:
        if self._callbacks_due or not self._end_is_due:
            return
        self._end_is_due = False
        consumer, self._consumer, self._deliver = self._consumer, None, None
        callback, self._close_callback = self._close_callback, None
        if consumer is not None:
            try:
                consumer.connection_lost(self.error)
            except Exception:
                app_log.error("connection_lost() of a stream's consumer failed", exc_info=True)
        if callback is not None:
            self._callbacks_due += 1
            self._run_callback(callback, ())

    def _closed_error(self) -> StreamClosedError:
        error = StreamClosedError(real_error=self.error)
        error.__cause__ = self.error
        return error

    def _check_closed(self) -> None:
        if self._closed:
            raise self._closed_error()

    def _fail(self, future: asyncio.Future[Any]) -> None:
        """Fail a Future with the stream's end.

        That the other side went away is nobody's bug: a Future that no one awaits stays silent.
        """
        if not future.done():
            future.set_exception(self._closed_error())
            future.exception()

    # What the layers above add to the life

    def _watch_input(self) -> None:
        """Register the reader if anybody wants to know of input."""

    def _end_input(self) -> None:
        """The stream has closed: settle the pending read."""

    def _end_output(self) -> None:
        """The stream has closed: settle what waits to be written."""


def check_thread(io_loop: IOLoop) -> None:
    """Raise RuntimeError if ``io_loop`` runs in another thread, where a stream is not ours."""
    aio = io_loop.asyncio_loop
    if not aio.is_running():
        return
    try:
        here = asyncio.get_running_loop()
    except RuntimeError:
        here = None
    if here is not aio:
        raise RuntimeError(
            "io_loop= is a loop that runs in another thread; make the stream there, by "
            "io_loop.add_callback(...), or leave io_loop out to use this thread's"
        )
