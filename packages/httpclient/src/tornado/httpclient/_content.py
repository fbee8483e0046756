"""The body of a response on its way to the program: decoded, limited, collected or handed on.

Laws:
1. The limit holds for what comes out of a decoder. It unfolds a piece at a time, so a bomb is
   stopped when it has unfolded to the limit, and not after.
2. Who takes the pieces may return an awaitable; no piece follows before it is done, and none at all
   after ``close``.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

from tornado.httpclient._decode import Decoder, decoder_for
from tornado.httpclient._errors import BodyTooLargeError
from tornado.httpclient._request import _RequestProxy
from tornado.httputil import HTTPHeaders, ResponseStartLine

PIECE = 64 * 1024


class Content:
    """``take`` what arrives, then ``finish``; what was collected is in ``pieces``.

    ``limit``: the most bytes of it when decoded. ``callback``: gets the pieces, which are then not
    collected.
    """

    __slots__ = ("_callback", "_closed", "_decoder", "_limit", "_size", "pieces")

    def __init__(
        self,
        decoder: Decoder | None,
        limit: int,
        callback: Callable[[bytes], Any] | None,
    ) -> None:
        self._decoder = decoder
        self._limit = limit
        self._callback = callback
        self.pieces: list[bytes] = []
        self._size = 0
        self._closed = False

    def take(self, data: bytes) -> Awaitable[None] | None:
        """Raises HTTPDecodeError and BodyTooLargeError, and what the callback raises."""
        decoder = self._decoder
        if decoder is None:
            return self._hand_on(data)
        gate = self._hand_on(self._counted(decoder.feed(data, PIECE)))
        while gate is None and decoder.pending and not self._closed:
            gate = self._hand_on(self._counted(decoder.feed(b"", PIECE)))
        return gate if gate is None or not decoder.pending else self._take_slowly(gate, decoder)

    async def _take_slowly(self, gate: Awaitable[None], decoder: Decoder) -> None:
        await gate
        while decoder.pending and not self._closed:
            following = self._hand_on(self._counted(decoder.feed(b"", PIECE)))
            if following is None:
                await asyncio.sleep(0)
            else:
                await following

    def _counted(self, piece: bytes) -> bytes:
        self._size += len(piece)
        if self._size > self._limit:
            raise BodyTooLargeError(f"the body has more than {self._limit} bytes when decoded")
        return piece

    def _hand_on(self, piece: bytes) -> Awaitable[None] | None:
        if not piece:
            return None
        if self._callback is None:
            self.pieces.append(piece)
            return None
        result = self._callback(piece)
        return result if hasattr(result, "__await__") else None

    def close(self) -> None:
        """Nobody wants the rest."""
        self._closed = True

    def finish(self) -> Awaitable[None] | None:
        """The body has ended. Raises HTTPDecodeError if that is inside its coding."""
        if self._decoder is None:
            return None
        return self._hand_on(self._counted(self._decoder.finish()))


def has_content(method: str, code: int) -> bool:
    """Whether a response has content (RFC 9112 section 6.3)."""
    return method != "HEAD" and code not in (204, 304)


def content_of(request: _RequestProxy, code: int, headers: HTTPHeaders, limit: int) -> Content:
    """What takes the body of a response with this header.

    If it is going to be decoded, ``X-Consumed-Content-Encoding`` takes the place of
    ``Content-Encoding``. Raises HTTPDecodeError for an absurd one.
    """
    decoder: Decoder | None = None
    coding = headers.get("Content-Encoding", "")
    if coding and request.decompress_response and has_content(request.method, code):
        decoder = decoder_for(coding)
        if decoder is not None:
            headers["X-Consumed-Content-Encoding"] = coding
            del headers["Content-Encoding"]
    return Content(decoder, limit, request.streaming_callback)


def tell_headers(
    callback: Callable[[str], Any], start_line: ResponseStartLine, headers: HTTPHeaders
) -> None:
    """Gives a header_callback its lines."""
    callback(f"{start_line.version} {start_line.code} {start_line.reason}\r\n")
    for name, value in headers.get_all():
        callback(f"{name}: {value}\r\n")
    callback("\r\n")
