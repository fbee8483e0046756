"""BaseIOStream: the read methods, on top of the input and output layers."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Callable
from typing import Any

from tornado.iostream._eras import (
    by_kind,
    by_kind_streaming,
    check_limit,
    compile_pattern,
    delimiter_bytes,
)
from tornado.iostream._input import StreamInput
from tornado.iostream._read import (
    PendingRead,
    ReadBytes,
    ReadInto,
    ReadUntil,
    ReadUntilClose,
    ReadUntilRegex,
)

BytesCallback = Callable[[bytes], Any]


class BaseIOStream(StreamInput):
    """Reads from and writes to a non-blocking descriptor.

    Every operation returns a Future. In the style of older programs it also takes ``callback=``,
    which the loop calls with the result; it is not called when the stream closes first: that is
    what ``set_close_callback`` is for. What stands behind the first argument (``*behind``) is
    taken by kind: ``read_until(b";", 100)``, ``read_until(b";", callback)`` and
    ``read_until(b";", callback, 100)`` are all understood.

    A kind of stream overrides ``fileno``, ``close_fd``, ``write_to_fd``, ``read_from_fd`` and
    perhaps ``get_fd_error``; :class:`IOStream`, :class:`SSLIOStream` and :class:`PipeIOStream` do.

    ``max_buffer_size``: the most that may wait to be read (default 100 MiB).
    ``read_chunk_size``: the most that one receive takes (default 64 KiB).
    ``max_write_buffer_size``: the most that may wait to be sent (default: no limit).
    ``io_loop``: the loop to use; the current one by default.
    """

    __slots__ = ()

    def read_until(
        self,
        delimiter: bytes | str,
        *behind: Any,
        max_bytes: int | None = None,
        callback: BytesCallback | None = None,
    ) -> asyncio.Future[bytes]:
        """Read up to and including ``delimiter``.

        When it is not within the first ``max_bytes`` the stream is closed with
        :class:`UnsatisfiableReadError`. Bytes behind the delimiter stay for the next read.
        """
        max_bytes, callback = by_kind(behind, max_bytes, callback)
        check_limit("max_bytes", max_bytes)
        return self._begin_read(ReadUntil(delimiter_bytes(delimiter), max_bytes, callback))

    def read_until_regex(
        self,
        regex: bytes | str | re.Pattern[bytes] | re.Pattern[str],
        *behind: Any,
        max_bytes: int | None = None,
        callback: BytesCallback | None = None,
    ) -> asyncio.Future[bytes]:
        """Read up to the end of the first match of ``regex``, what stands before it included.

        The whole buffer is searched again at every arrival: give ``max_bytes`` where the other
        side is not trusted. Past it the stream is closed with :class:`UnsatisfiableReadError`.
        """
        max_bytes, callback = by_kind(behind, max_bytes, callback)
        check_limit("max_bytes", max_bytes)
        return self._begin_read(ReadUntilRegex(compile_pattern(regex), max_bytes, callback))

    def read_bytes(
        self,
        num_bytes: int,
        *behind: Any,
        partial: bool = False,
        callback: BytesCallback | None = None,
        streaming_callback: BytesCallback | None = None,
    ) -> asyncio.Future[bytes]:
        """Read exactly ``num_bytes``; with ``partial`` as many as are there, at least one.

        With ``streaming_callback`` the data goes to it in pieces as they arrive, and the result
        is empty. The older order ``read_bytes(n, callback, streaming_callback, partial)`` works
        as well as ``read_bytes(n, partial)``.
        """
        if not isinstance(num_bytes, int) or num_bytes < 0:
            raise ValueError(f"num_bytes must be a number from 0, not {num_bytes!r}")
        partial, callback, streaming_callback = by_kind_streaming(
            behind, partial, callback, streaming_callback
        )
        return self._begin_read(
            ReadBytes(num_bytes, partial, callback, streaming_callback)
            if num_bytes
            else ReadNothing(callback)
        )

    def read_into(
        self,
        buf: bytearray | memoryview,
        *behind: Any,
        partial: bool = False,
        callback: Callable[[int], Any] | None = None,
    ) -> asyncio.Future[int]:
        """Fill ``buf``, or with ``partial`` a first part of it; the number of bytes.

        Large buffers are filled without a copy in between. Bytes that came before the end of a
        stream that closes too early are in ``buf``, though the read fails.
        """
        partial, callback = by_kind(behind, partial, callback)
        view = memoryview(buf)
        if view.readonly:
            raise ValueError("read_into() needs a writable buffer, such as a bytearray")
        return self._begin_read(ReadInto(view.cast("B"), bool(partial), callback))

    def read_until_close(
        self,
        callback: BytesCallback | None = None,
        streaming_callback: BytesCallback | None = None,
    ) -> asyncio.Future[bytes]:
        """Read everything until the other side closes.

        With ``streaming_callback`` the data goes to it in pieces as they arrive, and the result
        is empty. A reset of a connection without TLS counts as an end; any other error, such as
        a TLS connection that was cut off, fails the read with :class:`StreamClosedError`.
        """
        return self._begin_read(ReadUntilClose(callback, streaming_callback))

    def set_nodelay(self, value: bool) -> None:
        """Whether small writes leave at once (TCP_NODELAY). Without effect but on TCP."""


class ReadNothing(PendingRead):
    """A read of zero bytes: done before it has begun."""

    __slots__ = ()

    def __str__(self) -> str:
        return "read_bytes(0)"

    def take(self, buffer: Any) -> bytes:
        return b""
