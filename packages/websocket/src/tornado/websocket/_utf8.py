"""Text of a message, checked as it comes (RFC 6455 section 8.1).

What is wrong is wrong at once, in whatever pieces it arrives: a sequence is refused at its first
byte that cannot belong to it. CPython's incremental decoder does that, but for one case: it waits
for the third byte of a surrogate (ED A0 to ED BF), since some of its error handlers want to see it.
"""

from __future__ import annotations

import codecs

_decoder = codecs.getincrementaldecoder("utf-8")


class TextDecoder:
    """Turns the bytes of one message into str. Raises UnicodeDecodeError at the first bad byte."""

    __slots__ = ("_decoder",)

    def __init__(self) -> None:
        self._decoder = _decoder("strict")

    def feed(self, data: bytes) -> str:
        """What ``data`` completes; the beginning of a character waits for the rest of it."""
        text = self._decoder.decode(data)
        if data and 0xA0 <= data[-1] < 0xC0:
            waiting = self._decoder.getstate()[0]
            if len(waiting) == 2 and waiting[0] == 0xED:
                raise UnicodeDecodeError("utf-8", waiting, 0, 2, "surrogates are not text")
        return text

    def finish(self) -> str:
        """The message is over. Raises UnicodeDecodeError if a character is cut off."""
        return self._decoder.decode(b"", True)
