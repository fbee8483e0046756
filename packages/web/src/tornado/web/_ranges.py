"""The Range header: which bytes of a file a client wants (RFC 9110 section 14).

Pure functions of text and sizes. Their cost is bounded by ``MAX_RANGES``, whatever the header says.
"""

from __future__ import annotations

import re
from typing import NamedTuple

MAX_RANGES = 16
"""Headers that ask for more pieces than this are not followed: the whole file is sent."""

_spec = re.compile(r"[ \t]*([0-9]{0,99})-([0-9]{0,99})[ \t]*", re.ASCII).fullmatch


class Span(NamedTuple):
    """The bytes from ``start`` up to, not including, ``stop``."""

    start: int
    stop: int

    def content_range(self, size: int) -> str:
        """The Content-Range header for this piece of a file of ``size`` bytes."""
        return f"bytes {self.start}-{self.stop - 1}/{size}"


def parse_range(header: str, size: int) -> list[Span] | None:
    """The pieces of a file of ``size`` bytes that a Range header selects, in the order asked for.

    None means: take no notice and send the whole file. That is so for units other than bytes, what
    cannot be understood, more than `MAX_RANGES` pieces, and pieces that together are all of the
    file. An empty list means that nothing asked for is there (status 416). Pieces that overlap or
    touch are joined into one, so that no byte is sent twice.
    """
    unit, equals, listed = header.partition("=")
    if not equals or unit.strip(" \t").lower() != "bytes":
        return None
    specs = listed.split(",", MAX_RANGES)
    if len(specs) > MAX_RANGES:
        return None
    spans: list[Span] = []
    asked = 0
    for spec in specs:
        if not spec.strip(" \t"):
            continue  # lists may have empty elements (RFC 9110 section 5.6.1)
        match = _spec(spec)
        if match is None or match[1] == match[2] == "":
            return None
        asked += 1
        first, last = match.groups()
        if first:
            start, stop = int(first), min(int(last) + 1, size) if last else size
        else:
            start, stop = max(size - int(last), 0), size
        if start < stop:
            spans.append(Span(start, stop))
    if not asked:
        return None
    spans = _joined(spans)
    return None if spans == [(0, size)] else spans


def _joined(spans: list[Span]) -> list[Span]:
    """The same bytes in pieces that neither overlap nor touch; each joint piece stands where the
    first of its parts stood."""
    result: list[Span] = []
    for span in spans:
        merged, place = span, len(result)
        apart: list[Span] = []
        for index, other in enumerate(result):
            if other.start <= merged.stop and merged.start <= other.stop:
                merged = Span(min(other.start, merged.start), max(other.stop, merged.stop))
                place = min(place, index)
            else:
                apart.append(other)
        apart.insert(place, merged)
        result = apart
    return result
