"""GzipDecompressor: a gzip body, however it is cut into pieces, back into its bytes.

Laws:
1. A gzip stream is one or more members, end to end (RFC 1952 section 2.2). All are decoded.
2. What follows a member must be another member. Anything else is `zlib.error`, and so is a stream
   that ends inside a member: a shortened body must never pass for a whole one.
3. Time and memory are linear in the input and in the output, whatever the input holds.
"""

from __future__ import annotations

import zlib

_GZIP_ONLY = 16 + zlib.MAX_WBITS
_MAGIC = b"\x1f\x8b"

#: How much input a member gets at first and at most; the amount doubles from step to step. zlib
#: copies what it did not use, so that handing over everything at once would make a body of tiny
#: members cost the square of its length.
_FIRST_STEP, _LAST_STEP = 512, 65536


class GzipDecompressor:
    """Decompresses a gzip stream piece by piece.

    The pieces can be cut anywhere. Give ``max_length`` to bound how much one call returns, and
    hand `unconsumed_tail` back until it is empty::

        while data:
            use(decompressor.decompress(data, 65536))
            data = decompressor.unconsumed_tail

    and call `flush` at the end. Input that is not gzip, trailing garbage and a truncated stream
    raise `zlib.error`.
    """

    def __init__(self) -> None:
        self._member: zlib._Decompress | None = None
        self._step = _FIRST_STEP
        self._head = b""  # of a next member: fewer bytes than tell whether it is one
        self._tail = b""

    def decompress(self, value: bytes, max_length: int = 0) -> bytes:
        """Decompress ``value``; at most ``max_length`` bytes come back (0 = no bound).

        What was not looked at because of the bound is in `unconsumed_tail`. Raises `zlib.error`
        if ``value`` cannot be part of a gzip stream.
        """
        if max_length < 0:
            raise ValueError(f"max_length is a number of bytes or 0 for no bound, got {max_length}")
        if self._head:
            value, self._head = self._head + value, b""
        data = memoryview(value)
        self._tail = b""
        output: list[bytes] = []
        room = max_length
        at = 0
        while at < len(data):
            if self._member is None and not self._start(data[at:]):
                self._head = bytes(data[at:])
                break
            assert self._member is not None
            piece = data[at : at + self._step]
            self._step = min(2 * self._step, _LAST_STEP)
            made = self._member.decompress(piece, room)
            left = self._member.unused_data if self._member.eof else self._member.unconsumed_tail
            at += len(piece) - len(left)
            output.append(made)
            if self._member.eof:
                self._member = None
            if max_length:
                room -= len(made)
                if room <= 0:
                    self._tail = bytes(data[at:])
                    break
        return b"".join(output)

    def _start(self, data: memoryview) -> bool:
        """Begin the member at the front of ``data``; False if more is needed to know it is one."""
        front = bytes(data[:2])
        if not _MAGIC.startswith(front):
            raise zlib.error(f"not gzip: a member starts with {_MAGIC!r}, got {front!r}")
        if len(front) < len(_MAGIC):
            return False
        self._member = zlib.decompressobj(_GZIP_ONLY)
        self._step = _FIRST_STEP
        return True

    @property
    def unconsumed_tail(self) -> bytes:
        """Input left over from the last `decompress` because of its ``max_length``."""
        return self._tail

    def flush(self) -> bytes:
        """End the stream and return the last bytes: a few at most, usually none.

        Raises `zlib.error` if the stream is not complete, and `ValueError` if `unconsumed_tail`
        still waits to be decompressed.
        """
        if self._tail:
            raise ValueError(
                f"{len(self._tail)} bytes of input are left: "
                "call decompress(unconsumed_tail) until it is empty, then flush()"
            )
        last = b""
        if self._member is not None:
            # Output that a bound held back after the last byte of input had been read.
            last = self._member.flush()
            if self._member.eof and not self._member.unused_data:
                self._member = None
        if self._member is not None or self._head:
            raise zlib.error("the gzip stream is truncated: it ends inside a member")
        return last
