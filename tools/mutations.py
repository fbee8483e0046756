"""Bytes that are almost right: what fuzzing feeds to parsers.

Nothing here knows what the bytes are for. All of it is decided by one ``random.Random``, so a seed
gives the same bytes again.
"""

from __future__ import annotations

import random
from collections.abc import Sequence

MAX_SIZE = 80_000
_ODD_BYTES = b"\x00\t\n\x0b\x0c\r \"%&'*,-/0:;<=?@[\\]{|}~\x7f\x80\x85\xa0\xad\xff"
_ODD_NUMBERS = (b"0", b"-1", b"+1", b"00", b"1_0", b"0x1", b"65535", b"65536", b"2147483648")
_ODD_NUMBERS += (b"18446744073709551616", b"9" * 30, b"\xb2", b"1e1", b"1.0", b" 1", b"")


class Mutator:
    """``mutate(data)`` gives changed bytes, using pieces of ``words`` and of the ``corpus``."""

    def __init__(
        self, rng: random.Random, words: Sequence[bytes], corpus: Sequence[bytes] = ()
    ) -> None:
        self.rng = rng
        self.words = list(words)
        self.corpus = list(corpus)
        self._ways = (
            self._other_byte,
            self._odd_byte,
            self._word,
            self._word,
            self._without,
            self._twice,
            self._many_times,
            self._number,
            self._swapped,
            self._spliced,
            self._cut,
            self._other_case,
        )

    def pick(self) -> bytes:
        """One of the corpus."""
        return self.rng.choice(self.corpus)

    def mutate(self, data: bytes) -> bytes:
        """``data`` with one to six changes."""
        for _ in range(min(self.rng.randint(1, 6), self.rng.randint(1, 6))):
            data = self.rng.choice(self._ways)(data)[:MAX_SIZE]
        return data

    def splits(self, data: bytes) -> list[bytes]:
        """``data`` in pieces, as a network might deliver it."""
        rng = self.rng
        way = rng.random()
        if way < 0.3 or len(data) < 2:
            return [data]
        if way < 0.4 and len(data) < 400:
            return [data[i : i + 1] for i in range(len(data))]
        cuts = sorted(rng.randrange(1, len(data)) for _ in range(rng.randint(1, 6)))
        if b"\r\n" in data and rng.random() < 0.5:  # between CR and LF
            at = data.find(b"\r\n", rng.randrange(len(data)))
            cuts = sorted([*cuts, at + 1]) if at >= 0 else cuts
        pieces = [data[a:b] for a, b in zip([0, *cuts], [*cuts, len(data)], strict=True)]
        return [piece for piece in pieces if piece]

    def _range(self, data: bytes) -> tuple[int, int]:
        start = self.rng.randrange(len(data) + 1)
        return start, min(len(data), start + int(self.rng.expovariate(1 / 12)))

    def _other_byte(self, data: bytes) -> bytes:
        at = self.rng.randrange(len(data) + 1)
        return data[:at] + bytes([self.rng.randrange(256)]) + data[at + 1 :]

    def _odd_byte(self, data: bytes) -> bytes:
        at = self.rng.randrange(len(data) + 1)
        return (
            data[:at] + bytes([self.rng.choice(_ODD_BYTES)]) + data[at + self.rng.randint(0, 1) :]
        )

    def _word(self, data: bytes) -> bytes:
        start, stop = self._range(data)
        if self.rng.random() < 0.5:
            stop = start
        return data[:start] + self.rng.choice(self.words) + data[stop:]

    def _without(self, data: bytes) -> bytes:
        start, stop = self._range(data)
        return data[:start] + data[stop:]

    def _twice(self, data: bytes) -> bytes:
        start, stop = self._range(data)
        return data[:stop] + data[start:]

    def _many_times(self, data: bytes) -> bytes:
        start, stop = self._range(data)
        piece = data[start:stop] if self.rng.random() < 0.5 else self.rng.choice(self.words)
        count = self.rng.choice((2, 10, 100, 1000, 5000))
        return data[:stop] + piece * min(count, 40_000 // (len(piece) or 1)) + data[stop:]

    def _number(self, data: bytes) -> bytes:
        places = [i for i, byte in enumerate(data[:2000]) if 48 <= byte <= 57]
        if not places:
            return self._word(data)
        at = self.rng.choice(places)
        return data[:at] + self.rng.choice(_ODD_NUMBERS) + data[at + 1 :]

    def _swapped(self, data: bytes) -> bytes:
        lines = data.split(b"\r\n")
        if len(lines) < 3:
            lines, mark = data.split(b";"), b";"
        else:
            mark = b"\r\n"
        a, b = self.rng.randrange(len(lines)), self.rng.randrange(len(lines))
        lines[a], lines[b] = lines[b], lines[a]
        return mark.join(lines)

    def _spliced(self, data: bytes) -> bytes:
        if not self.corpus:
            return data
        other = self.pick()
        return data[: self._range(data)[0]] + other[self._range(other)[0] :]

    def _cut(self, data: bytes) -> bytes:
        return data[: self._range(data)[0]]

    def _other_case(self, data: bytes) -> bytes:
        start, stop = self._range(data)
        return data[:start] + data[start:stop].swapcase() + data[stop:]
