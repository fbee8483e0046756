"""How the body of a message is framed (RFC 9112 section 6), coming in and going out."""

from __future__ import annotations

from tornado.http1connection._chunked import ChunkedDecoder
from tornado.httputil import HTTPInputError, HTTPOutputError


class IncomingBody:
    """Takes what arrives and gives the body's bytes in pieces.

    ``length``: the Content-Length; None if the body is chunked or, without ``chunked``, lasts until
    the connection ends. ``limit``: the most bytes the body may have; more is an HTTPInputError 413.
    ``done`` turns true with the last byte; ``left`` is how many are still to come, None if nobody
    knows.
    """

    __slots__ = ("_chunks", "_limit", "_received", "done", "left", "until_close")

    def __init__(self, length: int | None, chunked: bool, limit: int) -> None:
        self._chunks = ChunkedDecoder() if chunked else None
        self.until_close = length is None and not chunked
        self.left = length
        self._limit = limit
        self._received = 0
        self.done = length == 0
        if length is not None and length > limit:
            raise self._too_large()

    def _too_large(self) -> HTTPInputError:
        return HTTPInputError(f"body of more than {self._limit} bytes", status=413)

    def take(self, data: bytes, size: int) -> tuple[bytes, bytes]:
        """Looks at no more than ``size`` bytes of ``data``: (bytes of the body, what is left)."""
        now, rest = (data, b"") if len(data) <= size else (data[:size], data[size:])
        if self._chunks is not None:
            piece = self._chunks.feed(now)
            if self._chunks.done:
                self.done = True
                rest = self._chunks.rest + rest
        elif self.until_close:
            piece = now
        else:
            assert self.left is not None
            piece = now[: self.left]
            rest = now[self.left :] + rest
            self.left -= len(piece)
            self.done = self.left == 0
        self._received += len(piece)
        announced = self._chunks.announced if self._chunks is not None else 0
        if self._received + announced > self._limit:
            raise self._too_large()
        return piece, rest


class OutgoingBody:
    """Frames the body of a message that is sent: ``length`` is its Content-Length, None for one in
    chunks. ``what`` is the kind of message, for its errors, which are HTTPOutputError."""

    __slots__ = ("_left", "_what")

    def __init__(self, length: int | None, what: str = "request") -> None:
        self._left = length
        self._what = what

    def framed(self, chunk: bytes) -> bytes:
        """The bytes to send for a piece of the body. Raises HTTPOutputError past the length."""
        if self._left is None:
            return b"%x\r\n%b\r\n" % (len(chunk), chunk) if chunk else b""
        self._left -= len(chunk)
        if self._left < 0:
            raise HTTPOutputError(
                f"{self._what} body is longer than its Content-Length by {-self._left} bytes"
            )
        return chunk

    def end(self) -> bytes:
        """The bytes to send after the last piece. Raises HTTPOutputError before the length."""
        if self._left is None:
            return b"0\r\n\r\n"
        if self._left:
            raise HTTPOutputError(
                f"{self._what} body is shorter than its Content-Length by {self._left} bytes"
            )
        return b""
