"""The chunked transfer coding (RFC 9112 section 7.1), incoming: bytes in, pieces of body out.

Laws:
1. A size is ``1*HEXDIG``; the line ends with CRLF; after each chunk stands CRLF and nothing else.
2. Chunk extensions are ignored and trailers dropped, as a recipient may, but both are counted
   against a limit: what costs us reading costs the sender a bound.
3. What came after the last byte of the message is handed back untouched: it is the next request.
"""

from __future__ import annotations

from enum import Enum, auto

from tornado.http1connection._parser import parse_hex_int
from tornado.httputil import HTTPInputError
from tornado.httputil._headers import CANONICAL, check_value

MAX_SIZE_LINE = 4096
MAX_EXTENSIONS = 64 * 1024  # of all chunks of a message together
MAX_TRAILERS = 64 * 1024
MAX_SIZE_DIGITS = 16

_LONG_LINE = f"line of more than {MAX_SIZE_LINE} bytes in a chunked body"


class _Expecting(Enum):
    SIZE = auto()
    DATA = auto()
    DATA_END = auto()
    TRAILER = auto()


class ChunkedDecoder:
    """Feed it what arrives. ``done`` turns true with the message's last byte; ``rest`` then holds
    what came after. ``announced`` is how many bytes of the present chunk are still to come."""

    __slots__ = ("_expecting", "_extensions", "_held", "_trailers", "announced", "done", "rest")

    def __init__(self) -> None:
        self._expecting = _Expecting.SIZE
        self.announced = 0
        self._held = b""  # an incomplete line
        self._extensions = 0
        self._trailers = 0
        self.done = False
        self.rest = b""

    def feed(self, data: bytes) -> bytes:
        """Takes received bytes and returns the bytes of body among them, chunks run together.

        Raises HTTPInputError.
        """
        if self._held:
            data = self._held + data
            self._held = b""
        body: list[bytes] = []
        at, end = 0, len(data)
        while at < end:
            if self._expecting is _Expecting.DATA:
                piece = data[at : at + self.announced]
                body.append(piece)
                at += len(piece)
                self.announced -= len(piece)
                if self.announced == 0:
                    self._expecting = _Expecting.DATA_END
            elif self._expecting is _Expecting.DATA_END:
                mark = data[at : at + 2]
                if mark != b"\r\n":
                    if mark == b"\r":
                        self._held = mark
                        break
                    raise HTTPInputError("chunk data longer than its size: CRLF expected after it")
                at += 2
                self._expecting = _Expecting.SIZE
            else:
                stop = data.find(b"\r\n", at)
                if stop < 0:
                    self._hold(data[at:])
                    break
                if stop - at > MAX_SIZE_LINE:
                    raise HTTPInputError(_LONG_LINE)
                line = data[at:stop]
                at = stop + 2
                if self._expecting is _Expecting.SIZE:
                    self._size_line(line)
                elif line:
                    self._trailer_line(line)
                else:
                    self.done = True
                    self.rest = data[at:]
                    break
        return body[0] if len(body) == 1 else b"".join(body)

    def _hold(self, line: bytes) -> None:
        if b"\n" in line:
            raise HTTPInputError("line of a chunked body ended by LF instead of CRLF")
        if len(line) > MAX_SIZE_LINE + 1:  # with its CR
            raise HTTPInputError(_LONG_LINE)
        self._held = line

    def _size_line(self, line: bytes) -> None:
        text = line.decode("latin-1")
        size, semicolon, extension = text.partition(";")
        if semicolon:
            size = size.rstrip(" \t")  # BWS (RFC 9112 section 7.1.1)
            self._extensions += len(extension)
            if self._extensions > MAX_EXTENSIONS:
                raise HTTPInputError("chunk extensions are too large")
            check_value("chunk extension", extension)
        if len(size) > MAX_SIZE_DIGITS:
            raise HTTPInputError("chunk size is too large", status=413)
        try:
            self.announced = parse_hex_int(size)
        except ValueError:
            raise HTTPInputError(
                f"malformed chunk size {size[:40]!r}: only hexadecimal digits are allowed"
            ) from None
        self._expecting = _Expecting.DATA if self.announced else _Expecting.TRAILER

    def _trailer_line(self, line: bytes) -> None:
        self._trailers += len(line)
        if self._trailers > MAX_TRAILERS:
            raise HTTPInputError("trailer section is too large", status=431)
        name, colon, value = line.decode("latin-1").partition(":")
        if not colon:
            raise HTTPInputError(f"trailer line without a colon: {name[:80]!r}")
        check_value(CANONICAL[name], value)
