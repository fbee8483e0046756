"""Text of a message, checked as it comes (RFC 6455 section 8.1).

CPython's incremental decoder refuses a sequence at its first byte that cannot belong to it, also
when the sequence is not complete: what is wrong is wrong at once, in whatever pieces it arrives.
The tests hold it to that, byte by byte.
"""

from __future__ import annotations

import codecs

_decoder = codecs.getincrementaldecoder("utf-8")


class TextDecoder:
    """Turns the bytes of one message into str. Raises UnicodeDecodeError at the first bad byte."""

    __slots__ = ("_decode",)

    def __init__(self) -> None:
        self._decode = _decoder("strict").decode

    def feed(self, data: bytes) -> str:
        """What ``data`` completes; the beginning of a character waits for the rest of it."""
        return self._decode(data)

    def finish(self) -> str:
        """The message is over. Raises UnicodeDecodeError if a character is cut off."""
        return self._decode(b"", True)
