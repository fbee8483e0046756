"""Receiving: in pull mode for a pending read, in push mode for a consumer.

Laws:
1. One receive for one readiness event, of at most ``read_chunk_size`` bytes. The kernel holds the
   rest, which is the backpressure, and the other streams get their turn.
2. In pull mode the reader stays registered when a read is done: the next one usually follows. It is
   taken away only when bytes arrive that nobody waits for.
3. In push mode nothing stands between the receive and the consumer: no buffer, no Future.
4. A pending read and a consumer exclude each other.
5. Reads that are served from the buffer at once let the loop run every SERVED_IN_A_ROW times: a
   full buffer of tiny messages must not keep it from the other streams.
"""

from __future__ import annotations

import asyncio
from typing import Any

from tornado.iostream._buffer import ReadBuffer
from tornado.iostream._consumer import StreamConsumer
from tornado.iostream._errors import StreamBufferFullError, UnsatisfiableReadError
from tornado.iostream._life import app_log, gen_log
from tornado.iostream._output import StreamOutput
from tornado.iostream._read import NOT_YET, PendingRead, ReadInto, ReadUntilClose

SERVED_IN_A_ROW = 100


class StreamInput(StreamOutput):
    """The reading half of a stream, below the read methods."""

    __slots__ = ()

    # Whether bytes may be received into a caller's buffer without passing through ours.
    _receives_directly = True

    # What a kind of stream gives

    def read_from_fd(self, buf: bytearray | memoryview) -> int | None:
        """Receive into ``buf``: how many bytes, 0 at the end, None when there is nothing now."""
        raise NotImplementedError

    def _receive(self) -> bytes | None:
        """One receive of up to ``read_chunk_size``: b"" at the end, None for nothing now."""
        buf = bytearray(self.read_chunk_size)
        count = self.read_from_fd(buf)
        if count is None:
            return None
        del buf[count:]
        return bytes(buf)

    def reading(self) -> bool:
        """Whether a read is pending, or a consumer is being given the data."""
        if self._consumer is not None:
            return True
        return self._pending is not None and not self._pending.future.done()

    # Pull mode

    def _begin_read(self, pending: PendingRead) -> asyncio.Future[Any]:
        """Serve a read from what is buffered, or leave it pending."""
        if self._consumer is not None:
            raise RuntimeError(
                f"{pending} on a stream in push mode: its bytes go to the consumer; "
                "call stop_push() first"
            )
        earlier = self._pending
        if earlier is not None:
            # A read whose Future was cancelled has given up; its bytes are still here.
            if not earlier.future.done():
                raise RuntimeError(
                    f"{pending} while {earlier} is pending: wait for its result, or cancel its "
                    "Future, before the next read"
                )
            self._pending = None
        future = pending.future = self._asyncio.create_future()
        if self._inbox is None:
            self._inbox = ReadBuffer()
        if self._served >= SERVED_IN_A_ROW and self._inbox:
            self._pending = pending
            self._asyncio.call_soon(self._serve_now, pending)
            return future
        self._served += 1
        if self._serve(pending):
            return future
        if self._closed:
            result = NOT_YET if self._ended_badly() else pending.last_take(self._inbox)
            if result is NOT_YET:
                raise self._closed_error()
            self._finish_read(pending, result)
            return future
        self._pending = pending
        if not self._reader_on:
            self._watch_input()
        return future

    def _serve_now(self, pending: PendingRead) -> None:
        """Serve a read that had to wait for its turn."""
        self._served = 0
        if self._pending is not pending or pending.future.done():
            return
        if not self._serve(pending) and not self._reader_on:
            self._watch_input()

    def _serve(self, pending: PendingRead) -> bool:
        """Give a read what is buffered; True when it is settled (perhaps by closing)."""
        inbox = self._inbox
        assert inbox is not None
        if pending.streaming is not None and inbox:
            part = pending.streamed(inbox)
            if part:
                self._call_soon(pending.streaming, part)
        try:
            result = pending.take(inbox)
        except UnsatisfiableReadError as error:
            return self._give_up(pending, error)
        if result is not NOT_YET:
            self._pending = None
            self._finish_read(pending, result)
            return True
        if len(inbox) > self.max_buffer_size:
            return self._give_up(
                pending,
                StreamBufferFullError(
                    f"{pending} needs more than max_buffer_size={self.max_buffer_size}"
                ),
            )
        return False

    def _give_up(self, pending: PendingRead, error: Exception) -> bool:
        """A read went past a limit."""
        gen_log.info("Unsatisfiable read, closing the stream: %s", error)
        self._pending = pending
        self._close_for(error)
        if self._pending is not None:  # the stream had been closed before
            self._pending = None
            future = pending.future
            future.set_exception(error)
            future.exception()
        return True

    def _finish_read(self, pending: PendingRead, result: Any) -> None:
        future = pending.future
        if not future.done():
            future.set_result(result)
            if pending.callback is not None:
                self._call_soon(pending.callback, result)

    def _watch_input(self) -> None:
        if self._reader_on or not self._ready:
            return
        if self._consumer is not None:
            if not self._paused:
                self._start_reader(self._on_push)
        elif self._pending is not None or (self._close_callback is not None and not self._inbox):
            self._start_reader(self._on_readable)

    def _stop_watching(self) -> None:
        """Take the reader away; while the stream opens, it belongs to the opening."""
        if self._ready:
            self._stop_reader()

    def _on_readable(self) -> None:
        pending = self._pending
        self._served = 0
        if pending is not None and pending.future.done():
            pending = self._pending = None
        if pending is None and (self._inbox or self._close_callback is None):
            self._stop_reader()
            return
        try:
            if (
                pending.__class__ is ReadInto
                and self._receives_directly
                and not self._inbox
                and pending is not None
            ):
                assert isinstance(pending, ReadInto)
                count = self.read_from_fd(pending.room())
                if count is None:
                    return
                if not count:
                    self.close()
                    return
                pending.received(count)
            else:
                data = self._receive()
                if data is None:
                    return
                if not data:
                    self.close()
                    return
                if self._inbox is None:
                    self._inbox = ReadBuffer()
                self._inbox.append(data)
        except OSError as error:
            self._close_for(error)
            return
        if pending is not None:
            self._serve(pending)

    def _ended_badly(self) -> bool:
        """Whether the end may hide lost bytes. A reset after the data is an ordinary end."""
        return self.error is not None and not isinstance(self.error, ConnectionError)

    def _end_input(self) -> None:
        pending, self._pending = self._pending, None
        if pending is None:
            return
        inbox = self._inbox
        assert inbox is not None
        if isinstance(pending, ReadUntilClose) and not self._ended_badly():
            self._finish_read(pending, pending.last_take(inbox))
        else:
            self._fail(pending.future)

    # Push mode

    def start_push(self, consumer: StreamConsumer) -> None:
        """Give all that arrives to ``consumer`` from now on, one call for each receive.

        Bytes that are buffered already are delivered soon, by the loop. The reader is registered
        once and stays. Raises RuntimeError while a read is pending or another consumer is there.
        """
        if self._consumer is not None:
            raise RuntimeError("the stream is in push mode already; call stop_push() first")
        if self.reading():
            raise RuntimeError(
                f"start_push() while {self._pending} is pending: wait for its result, or cancel "
                "its Future, first"
            )
        self._pending = None
        self._consumer = consumer
        self._deliver = consumer.data_received
        self._paused = False
        self._stop_watching()
        if self._inbox:
            self._asyncio.call_soon(self._push_buffered, consumer)
        elif self._closed:
            if not self._end_is_due:
                self._end_is_due = True
                self._asyncio.call_soon(self._announce_end)
        else:
            self._watch_input()

    def stop_push(self, unread: bytes = b"") -> None:
        """Go back to pull mode; ``unread`` is what the next read will get first.

        May be called inside ``data_received``. The consumer is not told of the stream's end then.
        Without effect, but for ``unread``, when the stream is not in push mode.
        """
        self._consumer = self._deliver = None
        self._paused = False
        self._stop_watching()
        if unread:
            if self._inbox is None:
                self._inbox = ReadBuffer()
            self._inbox.put_back(unread)
        if not self._closed:
            self._watch_input()

    def pause_reading(self) -> None:
        """Deliver nothing to the consumer until :meth:`resume_reading`. Push mode only."""
        if not self._paused and self._consumer is not None:
            self._paused = True
            self._stop_watching()

    def resume_reading(self) -> None:
        """Deliver again. Without effect when the stream is not paused."""
        if self._paused:
            self._paused = False
            if self._consumer is None:
                return
            if self._inbox:
                self._asyncio.call_soon(self._push_buffered, self._consumer)
            elif not self._closed:
                self._watch_input()

    def _push_buffered(self, consumer: StreamConsumer) -> None:
        """Deliver what pull mode has left behind, then listen."""
        if self._consumer is not consumer or self._paused:
            return
        while self._inbox:
            self._hand_over(self._inbox.take(self.read_chunk_size))
            if self._consumer is not consumer or self._paused:
                return
        if not self._closed:
            self._watch_input()
        elif not self._end_is_due:
            self._end_is_due = True
            self._asyncio.call_soon(self._announce_end)

    def _on_push(self) -> None:
        try:
            data = self._receive()
        except OSError as error:
            self._close_for(error)
            return
        if data:
            self._hand_over(data)
        elif data is not None:
            self._input_over()

    def _input_over(self) -> None:
        """The other side sends no more: the end of the stream, unless the consumer objects."""
        eof_received = getattr(self._consumer, "eof_received", None)
        try:
            if eof_received is not None and eof_received():
                self.pause_reading()
            else:
                self.close()
        except Exception as error:
            self._consumer_failed(error)

    def _hand_over(self, data: bytes) -> None:
        try:
            self._deliver(data)  # type: ignore[misc]  # push mode: never None here
        except Exception as error:
            self._consumer_failed(error)

    def _consumer_failed(self, error: Exception) -> None:
        app_log.error("A stream is closed because its consumer failed", exc_info=error)
        self._close_for(error)
