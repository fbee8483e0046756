"""Who is given the bytes of a stream in push mode."""

from __future__ import annotations

from typing import Protocol, runtime_checkable


@runtime_checkable
class StreamConsumer(Protocol):
    """The receiver of :meth:`BaseIOStream.start_push`.

    Both methods are called from the event loop, never from inside a method of the stream that the
    consumer has called.

    The end of the other side's data is the end of the stream, unless the consumer has a method
    ``eof_received()`` too and it returns True. The stream then stays open for writing, and paused;
    :meth:`BaseIOStream.resume_reading` would read, and announce, the same end again.
    """

    def data_received(self, data: bytes) -> None:
        """Take what one receive gave: at least one byte, at most ``read_chunk_size``."""

    def connection_lost(self, exc: BaseException | None) -> None:
        """The stream has closed: by an orderly end (None), or because of ``exc``. Called once."""
