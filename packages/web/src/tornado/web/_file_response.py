"""A file as the body of a response: whole, or the pieces that a Range asks for.

Laws:
1. The handler has set what describes the file (Etag, Content-Type, ...); from here come the status
   of ranges, Content-Range, Content-Length and the bytes.
2. A small file leaves with its head in one send; a large one goes from the disk to the socket
   without passing through Python. Where that cannot be (a source of bytes other than the file, an
   output transform that must see them), it is sent in chunks, each when the last has left.
"""

from __future__ import annotations

import os
from collections.abc import Awaitable, Callable, Generator, Iterable
from datetime import datetime
from io import FileIO
from secrets import token_hex
from typing import Any

from tornado.concurrent import Future
from tornado.iostream import StreamClosedError
from tornado.web._base import HandlerBase
from tornado.web._conditions import range_is_current
from tornado.web._errors import HTTPError
from tornado.web._ranges import Span, parse_range

SMALL = 128 * 1024
"""Bytes. What is not larger is read at once and sent together with the head."""

CHUNK = 64 * 1024
OPEN_FLAGS = os.O_RDONLY | getattr(os, "O_CLOEXEC", 0) | getattr(os, "O_BINARY", 0)

_Pieces = list[tuple[bytes, Span]]  # what precedes each span, and the span
_Content = Callable[[str, int, int], bytes | Iterable[bytes]]


class FileResponse:
    """Answers for ``handler`` with the file at ``path``, which the log calls ``name``.

    ``content(path, start, stop)`` gives the bytes, if they are not those of the file.
    """

    __slots__ = ("_content", "_handler", "_name", "_path")

    def __init__(
        self, handler: HandlerBase, path: str, name: str, content: _Content | None = None
    ) -> None:
        self._handler = handler
        self._path = path
        self._name = name
        self._content = content

    def send(
        self,
        size: int,
        modified: datetime | None,
        include_body: bool = True,
        with_ranges: bool = True,
    ) -> Awaitable[None]:
        """Sends the file of ``size`` bytes, or ``with_ranges`` what the request's Range selects of
        it."""
        handler = self._handler
        headers = handler.request.headers
        wanted = headers.get("Range") if with_ranges else None
        spans = None
        if wanted is not None and range_is_current(headers, handler._headers.get("Etag"), modified):
            spans = parse_range(wanted, size)
        if spans is None:
            handler.set_header("Content-Length", str(size))
            return self._send([(b"", Span(0, size))], size) if include_body else done()
        if not spans:
            handler.set_status(416)
            handler.clear_header("Content-Type")
            handler.clear_header("Content-Encoding")
            handler.set_header("Content-Range", f"bytes */{size}")
            return done()
        handler.set_status(206)
        if len(spans) == 1:
            pieces = [(b"", spans[0])]
            handler.set_header("Content-Range", spans[0].content_range(size))
        else:
            pieces = self._as_multipart(spans, size)
        length = sum(len(head) + span.stop - span.start for head, span in pieces)
        handler.set_header("Content-Length", str(length))
        return self._send(pieces, length) if include_body else done()

    def _as_multipart(self, spans: list[Span], size: int) -> _Pieces:
        """Several pieces as multipart/byteranges (section 14.6): what precedes each, and each. The
        last is empty, for the closing delimiter."""
        boundary = token_hex(16)
        content_type = self._handler._headers.get("Content-Type")
        self._handler.set_header("Content-Type", f"multipart/byteranges; boundary={boundary}")
        described = f"Content-Type: {content_type}\r\n" if content_type else ""
        pieces: _Pieces = []
        for span in spans:
            head = (
                f"\r\n--{boundary}\r\n{described}Content-Range: {span.content_range(size)}\r\n\r\n"
            )
            pieces.append((head.encode("latin-1"), span))
        first, span = pieces[0]
        pieces[0] = first.removeprefix(b"\r\n"), span
        return [*pieces, (f"\r\n--{boundary}--\r\n".encode(), Span(0, 0))]

    def _send(self, pieces: _Pieces, length: int) -> Awaitable[None]:
        """Sends each piece after the bytes that precede it, ``length`` bytes in all."""
        handler = self._handler
        if self._content is not None:
            return self._send_content(pieces, self._content)
        if length <= SMALL:
            return self._send_small(pieces, length)
        if handler._transforms or not hasattr(handler.request.connection, "write_file"):
            return self._send_content(pieces, read_chunks)
        return self._send_files(pieces)

    def _send_small(self, pieces: _Pieces, length: int) -> Awaitable[None]:
        try:
            fd = os.open(self._path, OPEN_FLAGS)
        except OSError as error:
            raise self._unreadable(error) from None
        try:
            data = b"".join(head + read_span(fd, span) for head, span in pieces)
        finally:
            os.close(fd)
        if len(data) != length:
            raise HTTPError(503, "file %r is being written to", self._name)
        self._handler.write(data)
        # Not left to finish(), which would say 304 by itself where a subclass never wants one; but
        # a transform does better if it sees all of a body at once.
        return done() if self._handler._transforms else self._handler.flush()

    def _unreadable(self, error: OSError) -> HTTPError:
        return HTTPError(403, "file %r: %s", self._name, error.strerror)

    def _send_files(self, pieces: _Pieces) -> Awaitable[None]:
        try:
            file = open(self._path, "rb", buffering=0)  # noqa: SIM115 (closed below)
        except OSError as error:
            raise self._unreadable(error) from None
        head, span = pieces[0]
        handler = self._handler
        connection: Any = handler.request.connection
        try:
            if head:
                handler.write(head)
            handler.flush()  # not awaited: the file takes its turn behind it
            left = connection.write_file(file, span.start, span.stop - span.start)
        except BaseException:
            file.close()
            raise
        if len(pieces) == 1 and isinstance(left, Future) and left.done():
            file.close()
            return left
        return self._send_rest(file, left, pieces[1:])

    async def _send_rest(self, file: FileIO, left: Awaitable[None], pieces: _Pieces) -> None:
        """What did not leave at once: the file whose sending ``left`` is, and other ``pieces``."""
        handler = self._handler
        connection: Any = handler.request.connection
        with file:
            try:
                await left
                for head, span in pieces:
                    handler.write(head)
                    await handler.flush()
                    await connection.write_file(file, span.start, span.stop - span.start)
            except StreamClosedError:
                return

    async def _send_content(self, pieces: _Pieces, content: _Content) -> None:
        handler = self._handler
        for head, span in pieces:
            if head:
                handler.write(head)
            if span.stop == span.start:
                continue
            chunks = content(self._path, *span)
            for chunk in (chunks,) if isinstance(chunks, bytes) else chunks:
                handler.write(chunk)
                try:
                    await handler.flush()
                except StreamClosedError:
                    return


def read_chunks(
    path: str, start: int | None = None, stop: int | None = None
) -> Generator[bytes, None, None]:
    """The bytes of the file from ``start`` up to, not including, ``stop``, in chunks."""
    with open(path, "rb", buffering=0) as file:
        if start:
            file.seek(start)
        left = None if stop is None else stop - (start or 0)
        while left is None or left > 0:
            chunk = file.read(CHUNK if left is None else min(left, CHUNK))
            if not chunk:
                return
            if left is not None:
                left -= len(chunk)
            yield chunk


def read_span(fd: int, span: Span) -> bytes:
    """The bytes of one span; fewer if the file has become shorter."""
    size = span.stop - span.start
    if not size:
        return b""
    if hasattr(os, "pread"):
        return os.pread(fd, size, span.start)
    os.lseek(fd, span.start, os.SEEK_SET)  # Windows
    return os.read(fd, size)


def done() -> Future[None]:
    """A future that is done already."""
    future: Future[None] = Future()
    future.set_result(None)
    return future
