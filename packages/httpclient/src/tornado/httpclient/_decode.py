"""Content codings undone, a piece at a time (RFC 9110 section 8.4.1).

Laws:
1. No call makes much more than it was asked for, whatever the input: a bomb unfolds no further than
   somebody asks. A library that cannot be stopped is not used.
2. A body that ends inside its coding is an error, and so is anything after its end.
3. Time is linear in the input and in the output.

``br`` is understood with the package brotli 1.2 or later (extra ``brotli``), ``zstd`` with Python
3.14 or the package backports.zstd (extra ``zstd``).
"""

from __future__ import annotations

import sys
import zlib
from abc import ABC, abstractmethod
from collections.abc import Callable
from typing import Any

from tornado.httpclient._errors import HTTPDecodeError
from tornado.util import GzipDecompressor

try:
    import brotli  # type: ignore[import-not-found, import-untyped, unused-ignore]  # an extra
except ImportError:
    brotli = None  # what tells that there is none
try:
    if sys.version_info >= (3, 14):
        from compression import zstd
    else:
        from backports import zstd  # type: ignore[import-not-found, unused-ignore]  # an extra
except ImportError:
    zstd = None  # type: ignore[assignment, unused-ignore]  # what tells that there is none

_MOST_CODINGS = 5
_FIRST_STEP, _PIECE = 512, 65536
#: RFC 9659: a window of 8 MiB, which bounds the memory of a decoder.
_ZSTD_WINDOW = 23
#: Beginning a frame costs more than decoding these bytes; a few may be smaller.
_SMALL_FRAME, _SMALL_FRAMES = 64, 10_000


class Decoder(ABC):
    """One content coding. Errors are HTTPDecodeError.

    ::

        out = decoder.feed(data, 65536)
        while decoder.pending:
            out = decoder.feed(b"", 65536)
        ...
        out = decoder.finish()
    """

    #: Whether ``feed(b"", ...)`` may give more. New data is fed when it is False.
    pending = False

    @abstractmethod
    def feed(self, data: bytes, max_length: int) -> bytes:
        """What ``data`` decodes to, up to about ``max_length`` bytes; the rest is ``pending``."""

    @abstractmethod
    def finish(self) -> bytes:
        """The last bytes, usually none. Raises if the body is not complete."""


class _Gzip(Decoder):
    def __init__(self) -> None:
        self._member = GzipDecompressor()

    def feed(self, data: bytes, max_length: int) -> bytes:
        try:
            made = self._member.decompress(data or self._member.unconsumed_tail, max_length)
        except zlib.error as error:
            raise HTTPDecodeError(f"malformed gzip body: {error}") from None
        self.pending = bool(self._member.unconsumed_tail)
        return made

    def finish(self) -> bytes:
        try:
            return self._member.flush()
        except zlib.error as error:
            raise HTTPDecodeError(f"malformed gzip body: {error}") from None


class _Deflate(Decoder):
    """The zlib format, or what some servers send in its place: bare deflate."""

    def __init__(self) -> None:
        self._front = b""
        self._stream: Any = None

    def feed(self, data: bytes, max_length: int) -> bytes:
        stream = self._stream
        if stream is None:
            data = self._front = self._front + data
            if len(data) < 2:
                return b""
            is_zlib = data[0] & 15 == 8 and (data[0] << 8 | data[1]) % 31 == 0  # RFC 1950
            stream = self._stream = zlib.decompressobj(zlib.MAX_WBITS * (1 if is_zlib else -1))
        try:
            made: bytes = stream.decompress(data or stream.unconsumed_tail, max_length)
        except zlib.error as error:
            raise HTTPDecodeError(f"malformed deflate body: {error}") from None
        if stream.unused_data:
            raise HTTPDecodeError("malformed deflate body: it goes on after its end")
        self.pending = bool(stream.unconsumed_tail)
        return made

    def finish(self) -> bytes:
        if self._stream is None and not self._front:
            return b""
        last: bytes = b"" if self._stream is None else self._stream.flush()
        if self._stream is None or not self._stream.eof:
            raise HTTPDecodeError("truncated deflate body")
        return last


class _Brotli(Decoder):
    def __init__(self) -> None:
        self._stream = brotli.Decompressor()
        self._begun = False

    def feed(self, data: bytes, max_length: int) -> bytes:
        if data:
            self._begun = True
        elif not self.pending:
            return b""
        try:
            made: bytes = self._stream.process(data, output_buffer_limit=max_length)
        except brotli.error as error:
            raise HTTPDecodeError(f"malformed br body: {error}") from None
        self.pending = bool(made) and not self._stream.is_finished()
        return made

    def finish(self) -> bytes:
        if self._begun and not self._stream.is_finished():
            raise HTTPDecodeError("truncated br body")
        return b""


class _Zstd(Decoder):
    """One frame or more, end to end (RFC 8878 section 3)."""

    def __init__(self) -> None:
        self._frame: Any = None
        self._data = memoryview(b"")
        self._at = 0  # what of it has been handed to a frame
        self._step = _FIRST_STEP
        self._frames = self._made = 0

    def feed(self, data: bytes, max_length: int) -> bytes:
        if data:
            self._data, self._at = memoryview(data), 0
        output: list[bytes] = []
        room = max_length
        while room > 0:
            frame = self._frame
            if frame is None:
                if self._at == len(self._data):
                    break
                self._frames += 1
                if self._frames > _SMALL_FRAMES + self._made // _SMALL_FRAME:
                    raise HTTPDecodeError(f"zstd body of {self._frames} frames with hardly a byte")
                frame = self._frame = zstd.ZstdDecompressor(options=_zstd_options)
                self._step = _FIRST_STEP
            piece = b""
            if frame.needs_input:
                if self._at == len(self._data):
                    break
                # In steps: what a frame did not need is copied, and frames may be tiny.
                piece = bytes(self._data[self._at : self._at + self._step])
                self._at += len(piece)
                self._step = min(2 * self._step, _PIECE)
            try:
                made = frame.decompress(piece, room)
            except zstd.ZstdError as error:
                raise HTTPDecodeError(f"malformed zstd body: {error}") from None
            output.append(made)
            room -= len(made)
            self._made += len(made)
            if frame.eof:
                self._frame = None
                self._at -= len(frame.unused_data)
        frame = self._frame
        self.pending = self._at < len(self._data) or (frame is not None and not frame.needs_input)
        return b"".join(output)

    def finish(self) -> bytes:
        if self._frame is not None:
            raise HTTPDecodeError("truncated zstd body")
        return b""


class _Chain(Decoder):
    """Codings on top of each other; ``outer`` was applied last."""

    def __init__(self, outer: Decoder, inner: Decoder) -> None:
        self._outer = outer
        self._inner = inner

    def feed(self, data: bytes, max_length: int) -> bytes:
        if self._inner.pending:
            made = self._inner.feed(b"", max_length)
        else:
            piece = self._outer.feed(data, max_length)
            made = self._inner.feed(piece, max_length) if piece else b""
        self.pending = self._inner.pending or self._outer.pending
        return made

    def finish(self) -> bytes:
        last = self._outer.finish()
        made = [self._inner.feed(last, _PIECE)] if last else []
        while self._inner.pending:
            made.append(self._inner.feed(b"", _PIECE))
        return b"".join([*made, self._inner.finish()])


_MAKERS: dict[str, Callable[[], Decoder]] = {"gzip": _Gzip, "deflate": _Deflate}
if brotli is not None and hasattr(brotli.Decompressor, "can_accept_more_data"):
    _MAKERS["br"] = _Brotli
if zstd is not None:
    _zstd_options: Any = {zstd.DecompressionParameter.window_log_max: _ZSTD_WINDOW}
    _MAKERS["zstd"] = _Zstd

ACCEPTED = ", ".join(_MAKERS)
"""What to send as Accept-Encoding."""


def decoder_for(content_encoding: str) -> Decoder | None:
    """What undoes the codings that a Content-Encoding lists; None where one is not known, or none
    is named. Raises HTTPDecodeError for an absurd number of them."""
    codings = [name.strip().lower() for name in content_encoding.split(",")]
    codings = [name.removeprefix("x-") for name in codings if name not in ("", "identity")]
    if len(codings) > _MOST_CODINGS:
        raise HTTPDecodeError(f"{len(codings)} content codings on top of each other")
    if not codings or not all(name in _MAKERS for name in codings):
        return None
    decoder = _MAKERS[codings[0]]()
    for name in codings[1:]:
        decoder = _Chain(_MAKERS[name](), decoder)
    return decoder
