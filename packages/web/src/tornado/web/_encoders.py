"""Encoders for content codings: one shape for gzip, Brotli and Zstandard.

gzip is always there; ``br`` with the package brotli (the extra ``br`` of tornado-web) and ``zstd``
with the package zstandard (the extra ``zstd``), or with Python 3.14, which has its own.
"""

from __future__ import annotations

import sys
import zlib
from collections.abc import Callable
from functools import partial
from typing import NamedTuple, Protocol


class Encoder(Protocol):
    """Encodes one body, piece by piece."""

    def encode(self, chunk: bytes, finishing: bool) -> bytes:
        """What goes out for ``chunk``: the client can decode it all at once. With ``finishing``
        the end of the coded body is part of it."""


class Coding(NamedTuple):
    """A content coding that can be made here. ``levels`` is the range of its levels, ``level`` the
    one for responses made on the spot; ``encoder(level)`` begins a body."""

    encoder: Callable[[int], Encoder]
    level: int
    levels: tuple[int, int]


class _Encoder:
    """From two functions: one that compresses a piece, one that gives what is held back."""

    __slots__ = ("_compress", "_end", "_flush")

    def __init__(
        self,
        compress: Callable[[bytes], bytes],
        flush: Callable[[], bytes],
        end: Callable[[], bytes],
    ) -> None:
        self._compress = compress
        self._flush = flush
        self._end = end

    def encode(self, chunk: bytes, finishing: bool) -> bytes:
        head = self._compress(chunk) if chunk else b""
        if finishing:
            return head + self._end()
        return head + self._flush() if chunk else head


def _gzip(level: int) -> Encoder:
    made = zlib.compressobj(level, zlib.DEFLATED, 31)  # 31: with gzip's head and tail
    return _Encoder(made.compress, partial(made.flush, zlib.Z_SYNC_FLUSH), made.flush)


def _brotli() -> Coding:
    try:
        import brotli  # type: ignore[import-not-found, import-untyped, unused-ignore]  # an extra
    except ImportError:
        import brotlicffi as brotli  # type: ignore[import-not-found, no-redef, unused-ignore]

    def begin(level: int) -> Encoder:
        made = brotli.Compressor(quality=level)
        return _Encoder(made.process, made.flush, made.finish)

    return Coding(begin, 4, (0, 11))


def _zstandard() -> Coding:
    if sys.version_info >= (3, 14):
        from compression.zstd import ZstdCompressor

        def begin(level: int) -> Encoder:
            made = ZstdCompressor(level=level)
            return _Encoder(made.compress, partial(made.flush, made.FLUSH_BLOCK), made.flush)

    else:
        import zstandard  # type: ignore[import-not-found, unused-ignore]  # an extra

        def begin(level: int) -> Encoder:
            made = zstandard.ZstdCompressor(level=level).compressobj()
            block = partial(made.flush, zstandard.COMPRESSOBJ_FLUSH_BLOCK)
            return _Encoder(made.compress, block, made.flush)

    # Past level 19 decoders need more memory than RFC 9659 lets them have.
    return Coding(begin, 3, (1, 19))


def _available() -> dict[str, Coding]:
    found: dict[str, Coding] = {}
    for name, load in (("br", _brotli), ("zstd", _zstandard)):
        try:
            found[name] = load()
        except ImportError:
            continue
    found["gzip"] = Coding(_gzip, 6, (0, 9))
    return found


_codings: dict[str, Coding] = {}


def codings() -> dict[str, Coding]:
    """The codings that can be made here, the favorite first. They are looked for at the first
    call: who compresses nothing imports nothing."""
    if not _codings:
        _codings.update(_available())
    return _codings
