"""permessage-deflate (RFC 7692): compressing and decompressing messages, within limits.

Laws:
1. What comes out of ``Inflater`` is limited before it exists: zlib is never asked for more than
   what is allowed, and one byte, which tells that there is more.
2. Compressors are made when the first message needs one, and dropped after each message where the
   context is not taken over: a silent connection costs nothing.
"""

from __future__ import annotations

import zlib
from collections.abc import Mapping
from typing import Any

from tornado.websocket._closing import BAD_DATA, TOO_BIG
from tornado.websocket._errors import PeerError
from tornado.websocket._extensions import Agreement
from tornado.websocket._params import MAX_MESSAGE_SIZE

_TAIL = b"\x00\x00\xff\xff"  # section 7.2.1: cut off when sent, put back when received
_EMPTY = b"\x00"  # section 7.2.3.6: an empty message

#: A message may grow to this many bytes whatever its ratio (a blank picture has 1000 to one); past
#: it, where a program allows that much, the ratio counts.
RATIO_FREE = MAX_MESSAGE_SIZE
MAX_RATIO = 200
_MAX_ENDS = 16  # final blocks within one message


class Deflate:
    """Both directions of one connection. ``client``: which side this is."""

    __slots__ = ("_compressor", "_inflater", "_options", "agreement", "client")

    def __init__(
        self, agreement: Agreement, options: Mapping[str, Any], client: bool = False
    ) -> None:
        self.agreement = agreement
        self.client = client
        self._options = options
        self._compressor: Any = None
        self._inflater: Inflater | None = None

    # -- sending

    @property
    def alike(self) -> tuple[Any, ...] | None:
        """Connections for which this is equal compress a message to the same bytes. None: what
        this one sends depends on what it sent before."""
        agreement, options = self.agreement, self._options
        if agreement.client_takeover if self.client else agreement.server_takeover:
            return None
        bits = agreement.client_bits if self.client else agreement.server_bits
        return bits, options.get("compression_level"), options.get("mem_level")

    def compress(self, payload: bytes) -> bytes:
        """A whole message."""
        if not payload:
            return _EMPTY
        return self.part(payload) + self.end()

    def part(self, payload: bytes) -> bytes:
        """A piece of a message; perhaps nothing yet."""
        if self._compressor is None:
            self._compressor = self._new_compressor()
        return self._compressor.compress(payload)  # type: ignore[no-any-return]  # zlib's own

    def end(self) -> bytes:
        """What is left of the message whose pieces were given to ``part``."""
        if self._compressor is None:
            self._compressor = self._new_compressor()
        rest: bytes = self._compressor.flush(zlib.Z_SYNC_FLUSH)
        agreement = self.agreement
        if not (agreement.client_takeover if self.client else agreement.server_takeover):
            self._compressor = None
        # zlib has nothing to flush, and says nothing, after a message without bytes.
        return rest[:-4] if rest else _EMPTY

    def _new_compressor(self) -> Any:
        agreement, options = self.agreement, self._options
        bits = agreement.client_bits if self.client else agreement.server_bits
        level = options.get("compression_level")
        memory = options.get("mem_level")
        return zlib.compressobj(
            zlib.Z_DEFAULT_COMPRESSION if level is None else level,
            zlib.DEFLATED,
            -max(bits, 9),
            zlib.DEF_MEM_LEVEL if memory is None else memory,
            # zlib has no window of 256 bytes; runs look back by one byte only, which fits.
            zlib.Z_DEFAULT_STRATEGY if bits > 8 else zlib.Z_RLE,
        )

    # -- receiving

    def inflater(self) -> Inflater:
        """What decompresses the next message."""
        agreement = self.agreement
        inflater = self._inflater
        if inflater is None:
            bits = agreement.server_bits if self.client else agreement.client_bits
            inflater = Inflater(bits, self._options.get("max_ratio") or MAX_RATIO)
            if agreement.server_takeover if self.client else agreement.client_takeover:
                self._inflater = inflater
        inflater.begin()
        return inflater


class Inflater:
    """Decompresses messages, one after another. What does not fit raises PeerError."""

    __slots__ = ("_bits", "_ends", "_max_ratio", "_taken", "_zlib", "given")

    def __init__(self, bits: int, max_ratio: float) -> None:
        self._bits = -max(bits, 9)
        self._max_ratio = max_ratio
        self._zlib = zlib.decompressobj(self._bits)
        self.begin()

    def begin(self) -> None:
        """A new message."""
        self._taken = 0  # bytes of it as received
        self.given = 0  # bytes of it as decompressed
        self._ends = 0

    def feed(self, data: bytes, limit: int) -> bytes:
        """Decompress a piece of the message, of which ``limit`` bytes are allowed in all."""
        self._taken += len(data)
        try:
            return self._inflate(data, limit)
        except zlib.error as error:
            raise PeerError(BAD_DATA, f"compressed data is damaged: {error}") from None

    def finish(self, limit: int) -> bytes:
        """The message is over: what was kept back of it."""
        return self.feed(_TAIL, limit)

    def _inflate(self, data: bytes, limit: int) -> bytes:
        allowed = min(limit, max(RATIO_FREE, int(self._max_ratio * self._taken)))
        pieces = []
        while True:
            piece = self._zlib.decompress(data, allowed - self.given + 1)
            self.given += len(piece)
            pieces.append(piece)
            if self.given > allowed:
                what = (
                    f"{limit} bytes, the limit"
                    if allowed == limit
                    else f"{self._max_ratio} bytes each"
                )
                raise PeerError(TOO_BIG, f"{self._taken} compressed bytes give more than {what}")
            if not self._zlib.eof:
                break
            # Section 7.2.3.4: a block may call itself the last one; the next message goes on.
            data = self._zlib.unused_data
            self._zlib = zlib.decompressobj(self._bits)
            self._ends += 1
            if self._ends > _MAX_ENDS:
                raise PeerError(BAD_DATA, "too many final blocks in one compressed message")
            if not data:
                break
        return pieces[0] if len(pieces) == 1 else b"".join(pieces)
