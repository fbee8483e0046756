"""How the body of an incoming message ends (RFC 9112 section 6.3), whoever receives it."""

from __future__ import annotations

from tornado.http1connection._chunked import ChunkedDecoder
from tornado.httputil import HTTPInputError


class IncomingBody:
    """Takes what arrives and gives the body's bytes in pieces.

    ``length``: the Content-Length; None if the body is chunked or, without ``chunked``, lasts until
    the connection ends. ``limit``: the most bytes the body may have; more is an HTTPInputError 413.
    ``done`` turns true with the last byte.
    """

    __slots__ = ("_chunks", "_left", "_limit", "_received", "done", "until_close")

    def __init__(self, length: int | None, chunked: bool, limit: int) -> None:
        self._chunks = ChunkedDecoder() if chunked else None
        self.until_close = length is None and not chunked
        self._left = length or 0
        self._limit = limit
        self._received = 0
        self.done = length == 0
        if self._left > limit:
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
            piece = now[: self._left]
            rest = now[self._left :] + rest
            self._left -= len(piece)
            self.done = self._left == 0
        self._received += len(piece)
        announced = self._chunks.announced if self._chunks is not None else 0
        if self._received + announced > self._limit:
            raise self._too_large()
        return piece, rest
