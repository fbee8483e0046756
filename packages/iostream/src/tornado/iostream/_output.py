"""Sending: at once where the kernel takes it, by the queue where not.

Laws:
1. ``_unsent`` is None while nothing waits; then ``send`` is one call of the descriptor's send.
2. The writer is registered only while something waits.
3. One turn of the loop sends a bounded amount for one stream, so that a fast reader does not keep
   the loop from the others.
"""

from __future__ import annotations

import asyncio
import os
import stat
from collections.abc import Callable
from typing import Any

from tornado.iostream._errors import StreamBufferFullError, StreamClosedError
from tornado.iostream._life import StreamLife
from tornado.iostream._write import Bytes, FileRange, WriteQueue, as_bytes

# What one stream may send in one turn of the loop.
TURN = 1 << 20
# One call of os.sendfile, and one read where the file is copied through memory.
SENDFILE_SLICE = 1 << 18
COPY_SLICE = 1 << 16


class StreamOutput(StreamLife):
    """The writing half of a stream."""

    __slots__ = ()

    # What a kind of stream gives

    def write_to_fd(self, data: memoryview) -> int:
        """Send what the descriptor takes of ``data`` now; how many bytes (0: it is full)."""
        raise NotImplementedError

    def _send_file_slice(self, part: FileRange) -> int | None:
        """Send a slice of a file; its size, 0 for a full descriptor, None for the file's end."""
        data = os.pread(part.descriptor, min(part.left, COPY_SLICE), part.offset)
        if not data:
            return None
        with memoryview(data) as view:
            return self.write_to_fd(view)

    # Asking

    def writing(self) -> bool:
        """Whether anything waits to be sent."""
        return bool(self._unsent)

    def send(self, data: Bytes) -> bool:
        """Send without a Future; True if everything has left for the kernel.

        What does not fit at once waits in the queue: use :meth:`call_when_drained` to learn when
        it has left. Do not change a bytearray or memoryview before that.

        Raises :class:`StreamClosedError` on a closed stream, and when this very send finds that
        the other side is gone (the stream is closed then); :class:`StreamBufferFullError` past
        ``max_write_buffer_size``.
        """
        if self._closed:
            raise self._closed_error()
        piece = as_bytes(data)
        if self._unsent is None:
            if not piece:
                return True
            self._check_room(len(piece))
            with memoryview(piece) as view:
                try:
                    sent = self.write_to_fd(view)
                except BlockingIOError:
                    sent = 0
                except OSError as error:
                    raise self._broken(error)
            if sent == len(piece):
                return True
            piece = memoryview(piece)[sent:]
            self._unsent = WriteQueue(self._written)
        return self._enqueue(piece)

    def write(
        self, data: Bytes | str, callback: Callable[[], Any] | None = None
    ) -> asyncio.Future[None]:
        """Send ``data``; the Future is resolved when the kernel has taken all of it.

        ``data`` may be a bytearray or memoryview, sent without a copy: do not change it before the
        Future is done. A str is sent as UTF-8. In the older style ``callback()`` is called when
        the data has left.

        Raises :class:`StreamClosedError` on a closed stream and :class:`StreamBufferFullError`
        past ``max_write_buffer_size``. A Future that fails stays silent if nobody awaits it.
        """
        if self._closed:
            raise self._closed_error()
        future: asyncio.Future[None] = self._asyncio.create_future()
        try:
            all_left = self.send(as_bytes(data))
        except StreamClosedError:
            # Found out by this very write: as for the later pieces, the Future tells.
            self._fail(future)
            return future
        if all_left:
            future.set_result(None)
            if callback is not None:
                self._call_soon(callback)
        else:
            assert self._unsent is not None
            self._unsent.wait(future, callback)
        return future

    def sendfile(self, file: Any, offset: int = 0, count: int | None = None) -> asyncio.Future[int]:
        """Send ``count`` bytes of a regular file from ``offset`` (None: up to its end).

        ``file`` is an open binary file with ``fileno()``; its own position is neither used nor
        moved, and it is kept until the data has left. The file goes out after what was written
        before, by ``os.sendfile`` where the system and the kind of stream allow. The Future gives
        the number of bytes sent: fewer than ``count`` when the file has ended early.

        Raises ValueError for what is not a regular file, StreamClosedError on a closed stream.
        """
        self._check_closed()
        info = os.fstat(file.fileno())
        if not stat.S_ISREG(info.st_mode):
            raise ValueError(f"sendfile() needs a regular file, not {file!r}")
        if offset < 0 or (count is not None and count < 0):
            raise ValueError(f"offset and count must not be negative: {offset}, {count}")
        there = max(0, info.st_size - offset)
        part = FileRange(file, offset, there if count is None else min(count, there))
        queue = self._queue()
        queue.append_range(part)
        future: asyncio.Future[int] = self._asyncio.create_future()
        queue.wait(future, None, part)
        if self._ready and not self._writer_on:
            self._flush()
        return future

    def call_when_drained(self, callback: Callable[[], Any]) -> None:
        """Have ``callback()`` called soon after nothing waits to be sent, or the stream closed."""
        if self._unsent:
            self._unsent.drained.append(callback)
        else:
            self._asyncio.call_soon(callback)

    # The queue

    def _queue(self) -> WriteQueue:
        queue = self._unsent
        if queue is None:
            queue = self._unsent = WriteQueue(self._written)
        return queue

    def _check_room(self, size: int) -> None:
        limit = self.max_write_buffer_size
        if limit is not None:
            waiting = len(self._unsent) if self._unsent is not None else 0
            if waiting + size > limit:
                raise StreamBufferFullError(
                    f"{size} more bytes to send, with {waiting} waiting, are past "
                    f"max_write_buffer_size={limit}; wait for earlier writes first"
                )

    def _enqueue(self, piece: bytes | memoryview) -> bool:
        """Queue bytes behind what waits; True if that has emptied the queue after all."""
        queue = self._queue()
        if self.max_write_buffer_size is not None and queue:
            self._check_room(len(piece))
        queue.append(piece)
        if not self._ready:
            return False
        if not self._writer_on:
            if queue.size == len(piece) and piece.__class__ is memoryview:
                self._start_writer(self._on_writable)  # the rest of what has just been refused
            else:
                self._flush()
        return self._unsent is None

    def _on_writable(self) -> None:
        self._flush()

    def _flush(self) -> None:
        """Send what the kernel takes, within the bounds of a turn."""
        queue = self._unsent
        if queue is None:
            self._stop_writer()
            return
        budget = TURN
        try:
            while queue.size and budget > 0:
                head = queue.head()
                if isinstance(head, FileRange):
                    sent = self._send_file_slice(head)
                    if sent is None:
                        queue.cut_range()
                        continue
                else:
                    with head:
                        sent = self.write_to_fd(head)
                if not sent:
                    break
                queue.advance(sent)
                budget -= sent
        except BlockingIOError:
            pass
        except OSError as error:
            self._broken(error)
            return
        for callback in queue.settle():
            self._call_soon(callback)
        if queue.size:
            if not self._writer_on:
                self._start_writer(self._on_writable)
            return
        self._written = queue.done
        self._unsent = None
        self._stop_writer()
        for callback in queue.drained:
            self._asyncio.call_soon(callback)

    def _broken(self, error: OSError) -> StreamClosedError:
        """Writing has failed: close the stream."""
        self._close_for(error)
        return self._closed_error()

    def _end_output(self) -> None:
        queue, self._unsent = self._unsent, None
        if queue is None:
            return
        self._written = queue.done
        for future in queue.abandon():
            self._fail(future)
        if not self._asyncio.is_closed():
            for callback in queue.drained:
                self._asyncio.call_soon(callback)

    # Kept for programs that fill the queue themselves, then write(b"")

    @property
    def _write_buffer(self) -> WriteQueue | None:
        return None if self._closed else self._queue()

    @property
    def _total_write_index(self) -> int:
        queue = self._unsent
        return self._written if queue is None else queue.done + queue.size

    @_total_write_index.setter
    def _total_write_index(self, value: int) -> None:
        """Nothing to keep: the queue counts what is appended to it."""

    @property
    def _total_write_done_index(self) -> int:
        queue = self._unsent
        return self._written if queue is None else queue.done
