"""``Content-Encoding: gzip`` undone on the way to a delegate.

The limit on a body's size applies to what comes out: a small bomb is stopped when it has unfolded
to the limit, not after.
"""

from __future__ import annotations

import asyncio
import zlib
from collections.abc import Awaitable
from typing import TYPE_CHECKING, Any

from tornado.httputil import HTTPHeaders, HTTPInputError, HTTPMessageDelegate
from tornado.util import GzipDecompressor

if TYPE_CHECKING:
    from tornado.http1connection._params import HTTP1ConnectionParameters


class GzipDelegate(HTTPMessageDelegate):
    """Stands between a connection and ``delegate``. The decoded message has the field
    ``X-Consumed-Content-Encoding`` in place of ``Content-Encoding``."""

    def __init__(
        self,
        delegate: HTTPMessageDelegate,
        params: HTTP1ConnectionParameters,
        exchange: Any = None,
    ) -> None:
        self._delegate = delegate
        self._params = params
        self._exchange = exchange
        self._decompressor: GzipDecompressor | None = None
        self._produced = 0
        self._lost = False

    def headers_received(self, start_line: Any, headers: HTTPHeaders) -> Awaitable[None] | None:
        coding = headers.get("Content-Encoding", "")
        if coding.lower() in ("gzip", "x-gzip"):
            self._decompressor = GzipDecompressor()
            headers.add("X-Consumed-Content-Encoding", coding)
            del headers["Content-Encoding"]
        return self._delegate.headers_received(start_line, headers)

    def _limit(self) -> int:
        own: int | None = getattr(self._exchange, "_max_body_size", None)
        return self._params.max_body_size if own is None else own

    def _unfold(self, data: bytes) -> bytes:
        """The next piece, at most ``chunk_size`` bytes; what is left waits in the decompressor."""
        assert self._decompressor is not None
        try:
            piece = self._decompressor.decompress(data, self._params.chunk_size)
        except zlib.error as error:
            raise HTTPInputError(f"malformed gzip body: {error}") from None
        self._count(piece)
        return piece

    def _count(self, piece: bytes) -> None:
        self._produced += len(piece)
        if self._produced > self._limit():
            raise HTTPInputError(
                f"body of more than {self._limit()} bytes when decompressed", status=413
            )

    def data_received(self, chunk: bytes) -> Awaitable[None] | None:
        if self._decompressor is None:
            return self._delegate.data_received(chunk)
        while chunk:
            piece = self._unfold(chunk)
            chunk = self._decompressor.unconsumed_tail
            gate = self._delegate.data_received(piece) if piece else None
            if gate is not None:
                return self._data_received_slowly(gate, chunk)
        return None

    async def _data_received_slowly(self, gate: Awaitable[None], chunk: bytes) -> None:
        assert self._decompressor is not None
        await gate
        while chunk and not self._lost:
            piece = self._unfold(chunk)
            chunk = self._decompressor.unconsumed_tail
            following = self._delegate.data_received(piece) if piece else None
            if following is not None:
                await following
            else:
                await asyncio.sleep(0)

    def finish(self) -> None:
        if self._decompressor is not None:
            try:
                tail = self._decompressor.flush()
            except zlib.error as error:
                raise HTTPInputError(f"malformed gzip body: {error}") from None
            if tail:
                self._produced += len(tail)
                if self._produced > self._limit():
                    raise HTTPInputError(
                        f"body of more than {self._limit()} bytes when decompressed", status=413
                    )
                self._delegate.data_received(tail)
        self._delegate.finish()

    def on_connection_close(self) -> None:
        self._lost = True
        self._delegate.on_connection_close()
