"""``multipart/form-data`` (RFC 7578) as it arrives: bytes in, events out. No I/O.

Laws:
1. The same bodies are accepted as by ``parse_multipart_form_data``, with the same parts, however
   they are cut.
2. What is held back is bounded: the headers of one part, or as much as may be the beginning of a
   delimiter. The work is proportional to what comes.
3. A limit is checked as soon as it can be: a part that is too large is refused before it is whole.
"""

from __future__ import annotations

import enum
from dataclasses import dataclass

from tornado.httputil._errors import HTTPInputError
from tornado.httputil._multipart import part_from_headers
from tornado.httputil._parse_config import ParseMultipartConfig, current_config


@dataclass(frozen=True)
class PartBegin:
    """A part begins. ``filename`` is None for a plain field; then ``content_type`` is what the part
    says, or None. ``headers`` are all of them, names in lower case."""

    name: str
    filename: str | None
    content_type: str | None
    headers: dict[str, str]


class PartEnd:
    """The part that began last is complete."""


class FormEnd:
    """The form is complete. What follows in the body is ignored."""


Event = PartBegin | bytes | PartEnd | FormEnd
PART_END = PartEnd()
FORM_END = FormEnd()


class _State(enum.Enum):
    OPENING = enum.auto()  # the first delimiter is awaited
    HEADERS = enum.auto()
    BODY = enum.auto()
    DONE = enum.auto()
    FAILED = enum.auto()


class MultipartParser:
    """Takes a multipart body apart.

    ``feed(data)`` returns what has become clear: a PartBegin, the part's bytes in any number of
    pieces, a PartEnd, and so on for each part, then a FormEnd. ``close()`` is to be called after
    the last piece. Both raise HTTPInputError: 400 for what is malformed or has too many parts, 413
    for a part of more than ``max_part_size`` bytes. After an error nothing more is understood.
    """

    def __init__(
        self,
        boundary: bytes,
        *,
        max_part_size: int | None = None,
        config: ParseMultipartConfig | None = None,
    ) -> None:
        config = config or current_config().multipart
        if not config.enabled:
            raise HTTPInputError("multipart bodies are not accepted here")
        if len(boundary) >= 2 and boundary[:1] == boundary[-1:] == b'"':
            boundary = boundary[1:-1]
        if not boundary or b"\r" in boundary:
            raise HTTPInputError(f"multipart boundary that cannot be one: {boundary[:80]!r}")
        self._marker = b"\r\n--" + boundary
        self._max_parts = config.max_parts
        self._max_headers = config.max_part_header_size
        self._max_part_size = max_part_size
        self._state = _State.OPENING
        self._held = bytearray()
        self._parts = 0
        self._name = ""
        self._size = 0  # of the present part, as far as it has been given out

    def feed(self, data: bytes) -> list[Event]:
        """What the next piece of the body brings."""
        events: list[Event] = []
        state = self._state
        self._state = _State.FAILED  # until this has gone well
        searched = len(self._held)
        self._held += data
        while True:
            before = state
            if state is _State.OPENING:
                state = self._open(events)
            elif state is _State.HEADERS:
                state = self._read_headers(events, searched)
            elif state is _State.BODY:
                state = self._read_body(events)
            elif state is _State.DONE:
                self._held.clear()
            else:
                raise HTTPInputError("multipart body goes on after what was malformed in it")
            if state is before:
                self._state = state
                return events
            searched = 0

    def close(self) -> None:
        """The body is over. Raises HTTPInputError if the form is not."""
        if self._state is not _State.DONE:
            self._state = _State.FAILED
            raise HTTPInputError("multipart body without its closing boundary")

    def _open(self, events: list[Event]) -> _State:
        opening = self._marker[2:]
        held = self._held
        if not opening.startswith(held[: len(opening)]):
            raise HTTPInputError("multipart body does not begin with its boundary")
        if len(held) < len(opening) + 2:
            return _State.OPENING
        after = held[len(opening) : len(opening) + 2]
        if after == b"--":
            events.append(FORM_END)
            return _State.DONE
        if after != b"\r\n":
            raise HTTPInputError("multipart body does not begin with its boundary")
        del held[: len(opening) + 2]
        return self._next_part()

    def _next_part(self) -> _State:
        self._parts += 1
        if self._parts > self._max_parts:
            raise HTTPInputError(f"multipart body of more than the {self._max_parts} parts allowed")
        return _State.HEADERS

    def _read_headers(self, events: list[Event], searched: int) -> _State:
        held = self._held
        # The end of what was looked at before may be the beginning of the blank line.
        blank = held.find(b"\r\n\r\n", max(searched - 3, 0))
        if (blank if blank >= 0 else len(held) - 3) > self._max_headers:
            raise HTTPInputError(
                f"multipart part with more than {self._max_headers} bytes of headers"
            )
        if blank < 0:
            return _State.HEADERS
        headers, name, filename = part_from_headers(bytes(held[:blank]))
        # The line end of the blank line stays: a delimiter right behind it is none, see _read_body.
        del held[: blank + 2]
        self._name = name
        self._size = -2
        events.append(PartBegin(name, filename, headers.get("content-type"), headers))
        return _State.BODY

    def _read_body(self, events: list[Event]) -> _State:
        held = self._held
        marker = self._marker
        start = 0
        while True:
            found = held.find(marker, start)
            if found < 0:
                # What may be the beginning of a marker waits for the rest of it. A marker has
                # one CR only, its first byte.
                tail = held.rfind(b"\r", max(len(held) - len(marker) + 1, 0))
                waits = tail >= 0 and marker.startswith(held[tail:])
                self._give(events, tail if waits else len(held))
                return _State.BODY
            after = bytes(held[found + len(marker) : found + len(marker) + 2])
            if after in (b"\r\n", b"--"):
                if not found and self._size < 0:
                    raise HTTPInputError(
                        "multipart part without the empty line that ends its headers"
                    )
                self._give(events, found)
                del held[: len(marker) + 2]
                events.append(PART_END)
                if after == b"--":
                    events.append(FORM_END)
                    return _State.DONE
                return self._next_part()
            if after in (b"", b"\r", b"-"):
                self._give(events, found)
                return _State.BODY
            start = found + 1

    def _give(self, events: list[Event], count: int) -> None:
        """Gives out ``count`` of the bytes that are held."""
        if not count:
            return
        piece = bytes(self._held[:count])
        del self._held[:count]
        if self._size < 0:  # the rest of the blank line
            cut = min(-self._size, count)
            piece = piece[cut:]
            self._size += cut
        self._size += len(piece)
        if self._max_part_size is not None and self._size > self._max_part_size:
            raise HTTPInputError(
                f"multipart part {self._name[:80]!r} of more than {self._max_part_size} bytes",
                status=413,
            )
        if piece:
            events.append(piece)
