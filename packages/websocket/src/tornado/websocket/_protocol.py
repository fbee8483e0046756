"""A WebSocket without a socket: bytes in, events out; messages in, bytes out.

Laws:
1. No I/O, no clock, no callbacks: ``feed`` takes bytes, ``next_event`` gives one event at a time
   and parses no further than that. How the bytes were cut makes no difference to the events.
2. What breaks the rules of RFC 6455 or 7692 raises PeerError with the close code it deserves, as
   soon as the bytes that break them are there: a length before its payload, a bad byte of text
   before the rest of its frame.
3. Memory is bounded by ``max_message_size``, whatever the size of frames and fragments, and
   whatever compressed data expands to.
4. Sending is refused by state only; what the bytes mean is checked where they come from.
"""

from __future__ import annotations

import io

from tornado.websocket._closing import BAD_DATA, PROTOCOL_ERROR, TOO_BIG, close_payload, read_close
from tornado.websocket._deflate import Deflate, Inflater
from tornado.websocket._errors import PeerError, WebSocketClosedError
from tornado.websocket._events import Close, Event, Piece, Ping, Pong
from tornado.websocket._frames import (
    FIN,
    MASKED,
    MAX_CONTROL,
    OPCODE_MASK,
    RSV1,
    RSV2,
    RSV3,
    RSV_MASK,
    Opcode,
    frame,
)
from tornado.websocket._mask import masked, rotated
from tornado.websocket._state import State
from tornado.websocket._utf8 import TextDecoder

CONTINUATION, TEXT, BINARY, CLOSE, PING, PONG = map(int, Opcode)
_KNOWN = frozenset(map(int, Opcode))
_WHOLE_TEXT = FIN | TEXT
_WHOLE_BINARY = FIN | BINARY
_WHOLE = (_WHOLE_TEXT, _WHOLE_BINARY)

OPEN, CLOSING, ANSWERING, CLOSED, FAILED = State

_unpack = int.from_bytes


class Machine:
    """One side of a connection. ``client``: which one; it masks what it sends.

    ``max_message_size``: bytes, after decompression; ``deflate``: if compression was agreed on;
    ``in_pieces``: messages come as Pieces, as they arrive, instead of whole.
    """

    __slots__ = (
        "_at",
        "_data",
        "_decoder",
        "_first",
        "_fresh",
        "_inflater",
        "_key",
        "_message",
        "_need",
        "_offset",
        "_opcode",
        "_short",
        "_size",
        "_state",
        "client",
        "deflate",
        "in_pieces",
        "max_message_size",
    )

    def __init__(
        self,
        client: bool,
        max_message_size: int,
        deflate: Deflate | None = None,
        in_pieces: bool = False,
    ) -> None:
        self.client = client
        self.max_message_size = max_message_size
        self.deflate = deflate
        self.in_pieces = in_pieces
        self._state = OPEN
        self._data = b""  # received, and from _at on not looked at
        self._at = 0
        # A message of one short frame, at a time when nothing is under way, has a way of its own.
        self._fresh = not in_pieces
        self._short = min(125, max_message_size)
        # The frame under way, from the end of its head to the end of its payload:
        self._need = -1  # bytes of the payload to come; -1: no frame is under way
        self._first = 0
        self._key = b""
        self._offset = 0
        # The message under way, from its first frame to its last:
        self._opcode = 0
        self._size = 0  # bytes of its payloads, as sent
        self._message: io.StringIO | io.BytesIO | None = None
        self._decoder: TextDecoder | None = None
        self._inflater: Inflater | None = None

    @property
    def state(self) -> State:
        return self._state

    @property
    def close_sent(self) -> bool:
        """Whether our close frame is out, or none will follow. Until then messages may be sent."""
        return self._state is not OPEN and self._state is not ANSWERING

    # -- receiving

    def feed(self, data: bytes) -> None:
        """Takes what has arrived."""
        if self._data:
            self._data = self._data[self._at :] + data
        else:
            self._data = data
        self._at = 0

    def short_message(self, data: bytes) -> str | bytes | None:
        """In place of ``feed``: the message that ``data`` is, if it is exactly one, short and
        whole, while nothing is under way. Otherwise None, and ``data`` has not been taken.

        Most of what a server receives is such a message. What it says is what ``feed`` and
        ``next_event`` would; the tests compare them.
        """
        size = len(data) - 6
        if (
            self._fresh
            and not self._data
            and 0 <= size <= self._short
            and data[1] == MASKED + size
            and not self.client
        ):
            first = data[0]
            if first == _WHOLE_TEXT or first == _WHOLE_BINARY:  # noqa: SIM109  # as quick as it gets
                pad = (data[2:6] * 32)[:size]
                payload = (_unpack(data[6:], "little") ^ _unpack(pad, "little")).to_bytes(
                    size, "little"
                )
                if first == _WHOLE_BINARY:
                    return payload
                try:
                    return payload.decode()
                except UnicodeDecodeError:
                    pass
        return None

    def next_event(self) -> Event | None:
        """The next event in what was fed, or None: it takes more bytes. Raises PeerError; then
        ``fail`` has what to send."""
        data, at = self._data, self._at
        if self._fresh and len(data) > at + 5:
            first = data[at]
            length = data[at + 1]
            if not self.client:
                length -= MASKED
            start = at + 2 if self.client else at + 6
            end = start + length
            if 0 <= length <= self._short and end <= len(data) and first in _WHOLE:
                payload = data[start:end]
                if not self.client:
                    payload = masked(data[start - 4 : start], payload)
                self._skip(end - at)
                if first == _WHOLE_BINARY:
                    return payload
                try:
                    return payload.decode()
                except UnicodeDecodeError as error:
                    raise self._failed(_bad_text(error)) from None
        if not data:
            return None
        try:
            return self._look()
        except PeerError as error:
            raise self._failed(error) from None
        except UnicodeDecodeError as error:
            raise self._failed(_bad_text(error)) from None

    @property
    def unread(self) -> bool:
        """Whether bytes are here that were not looked at, or not to the end."""
        return bool(self._data)

    def _failed(self, error: PeerError) -> PeerError:
        self._drop()
        return error

    def _drop(self) -> None:
        """Nothing more is read."""
        self._data = b""
        self._at = 0
        self._fresh = False
        self._message = self._decoder = self._inflater = None

    def _look(self) -> Event | None:
        if self._state is CLOSED or self._state is FAILED or self._state is ANSWERING:
            self._drop()
            return None
        while True:
            if self._need < 0 and not self._read_head():
                return None
            if self._first & 0x8:
                if len(self._data) - self._at < self._need:
                    return None
                return self._control(self._first & OPCODE_MASK, self._take())
            event = self._take_data()
            if event is not None or not self._data:
                return event

    def _read_head(self) -> bool:
        """Reads a frame's head, if it is there."""
        data, at = self._data, self._at
        there = len(data) - at
        if there < 2:
            return False
        first, second = data[at], data[at + 1]
        length = second & 127
        self._check_head(first, second, length)
        size = 2 + (0 if length < 126 else 2 if length == 126 else 8)
        if there < size:
            return False
        if length == 126:
            length = _unpack(data[at + 2 : at + 4], "big")
            if length < 126:
                raise PeerError(PROTOCOL_ERROR, f"a length of {length} written in 16 bits")
        elif length == 127:
            length = _unpack(data[at + 2 : at + 10], "big")
            if length < 65536 or length >> 63:
                raise PeerError(PROTOCOL_ERROR, f"a length of {length} written in 64 bits")
        if first & 0x8 == 0:
            self._check_size(first, length)
        if not self.client:
            size += 4
            if there < size:
                return False
            self._key = data[at + size - 4 : at + size]
        self._begin_frame(first, length)
        self._skip(size)
        return True

    def _check_head(self, first: int, second: int, length: int) -> None:
        opcode = first & OPCODE_MASK
        if opcode not in _KNOWN:
            raise PeerError(PROTOCOL_ERROR, f"opcode {opcode} is reserved")
        if first & (RSV2 | RSV3) or (first & RSV1 and self.deflate is None):
            raise PeerError(
                PROTOCOL_ERROR, f"reserved bits {first & RSV_MASK:#04x} without an extension"
            )
        if bool(second & MASKED) is self.client:
            raise PeerError(
                PROTOCOL_ERROR,
                "a masked frame from a server" if self.client else "an unmasked frame of a client",
            )
        if opcode & 0x8:
            if not first & FIN:
                raise PeerError(PROTOCOL_ERROR, "a fragmented control frame")
            if length > MAX_CONTROL:
                raise PeerError(PROTOCOL_ERROR, "a control frame of more than 125 bytes")
            if first & RSV1:
                raise PeerError(PROTOCOL_ERROR, "a compressed control frame")
        elif opcode == CONTINUATION:
            if not self._opcode:
                raise PeerError(PROTOCOL_ERROR, "a continuation of no message")
            if first & RSV1:
                raise PeerError(PROTOCOL_ERROR, "the compressed bit on a continuation")
        elif self._opcode:
            raise PeerError(PROTOCOL_ERROR, "a new message in the middle of another")

    def _check_size(self, first: int, length: int) -> None:
        limit = self.max_message_size
        if first & RSV1 or self._inflater is not None:
            limit += (limit >> 8) + 64  # what does not compress grows a little
        if self._size + length > limit:
            raise PeerError(
                TOO_BIG,
                f"a message of {self._size + length} bytes or more, at most "
                f"{self.max_message_size} are allowed",
            )

    def _begin_frame(self, first: int, length: int) -> None:
        self._first = first
        self._need = length
        self._offset = 0
        self._fresh = False
        if first & 0x8:
            return
        self._size += length
        if first & OPCODE_MASK == CONTINUATION:
            return
        self._opcode = first & OPCODE_MASK
        self._inflater = self.deflate.inflater() if first & RSV1 and self.deflate else None
        if self._opcode == TEXT:
            self._decoder = TextDecoder()
            self._message = io.StringIO()
        else:
            self._message = io.BytesIO()

    def _skip(self, size: int) -> None:
        self._at += size
        if self._at == len(self._data):
            self._data = b""
            self._at = 0

    def _take(self) -> bytes:
        """What is there of the frame's payload, unmasked."""
        end = min(self._at + self._need, len(self._data))
        taken = self._data[self._at : end]
        size = len(taken)
        self._skip(size)
        self._need -= size
        if taken and not self.client:
            taken = masked(rotated(self._key, self._offset), taken)
            self._offset += size
        return taken

    def _take_data(self) -> Event | None:
        """What is there of a data frame; an event if that is a message, or a piece of one."""
        data = self._take()
        if self._need == 0:
            self._need = -1
            last = bool(self._first & FIN)
        else:
            last = False
        inflater, decoder = self._inflater, self._decoder
        if inflater is not None:
            limit = self.max_message_size
            data = inflater.feed(data, limit)
            if last:
                data += inflater.finish(limit)
        out: str | bytes = data
        if decoder is not None:
            out = decoder.feed(data)
            if last:
                out += decoder.finish()
        if self.in_pieces:
            if last:
                self._end_message()
            return Piece(out, last) if out or last else None
        assert self._message is not None
        self._message.write(out)  # type: ignore[arg-type]  # text and StringIO go together
        if not last:
            return None
        whole = self._message.getvalue()
        self._end_message()
        return whole

    def _end_message(self) -> None:
        self._opcode = self._size = 0
        self._message = self._decoder = self._inflater = None
        self._fresh = not self.in_pieces

    def _control(self, opcode: int, payload: bytes) -> Event:
        self._need = -1
        if not self._opcode:
            self._fresh = not self.in_pieces
        if opcode == PING:
            return Ping(payload)
        if opcode == PONG:
            return Pong(payload)
        code, reason = read_close(payload)
        self._state = CLOSED if self._state is CLOSING else ANSWERING
        self._drop()
        return Close(code, reason)

    # -- sending

    def message(self, opcode: int, payload: bytes) -> bytes:
        """A whole message (``opcode``: TEXT or BINARY) in one frame."""
        self._check_open()
        if self.deflate is None:
            return frame(FIN | opcode, payload, self.client)
        return frame(FIN | RSV1 | opcode, self.deflate.compress(payload), self.client)

    def fragment(self, opcode: int, payload: bytes, first: bool, last: bool) -> bytes:
        """A part of a message, the ``first`` of which names its kind. Perhaps nothing: compression
        keeps back what it likes. Control frames may be sent in between, other messages not."""
        self._check_open()
        head = opcode if first else CONTINUATION
        if self.deflate is not None:
            payload = self.deflate.part(payload)
            if last:
                payload += self.deflate.end()
            if first:
                head |= RSV1
        if not payload and not first and not last:
            return b""
        return frame(head | FIN if last else head, payload, self.client)

    def ping(self, data: bytes) -> bytes:
        """A ping. Raises ValueError for more than 125 bytes."""
        self._check_open()
        return frame(FIN | PING, _control_data(data), self.client)

    def pong(self, data: bytes) -> bytes:
        """A pong, as an answer or on its own."""
        self._check_open()
        return frame(FIN | PONG, _control_data(data), self.client)

    def close(self, code: int | None = None, reason: str | bytes | None = None) -> bytes:
        """Our close frame, of which there is one: later calls give nothing.

        Raises ValueError for what may not be sent, see ``close_payload``.
        """
        payload = close_payload(code, reason)
        if self._state is OPEN:
            self._state = CLOSING
        elif self._state is ANSWERING:
            self._state = CLOSED
        else:
            return b""
        return frame(FIN | CLOSE, payload, self.client)

    def fail(self, error: PeerError) -> bytes:
        """The other side has broken the rules: the close frame that says so, if none is out."""
        payload = b""
        if not self.close_sent:
            reason = str(error).encode()[: MAX_CONTROL - 2].decode(errors="ignore")
            payload = frame(FIN | CLOSE, close_payload(error.code, reason), self.client)
        self._state = FAILED
        self._drop()
        return payload

    def lost(self) -> None:
        """The connection is gone."""
        self._state = CLOSED
        self._drop()

    def _check_open(self) -> None:
        if self._state is not OPEN and self._state is not ANSWERING:
            raise WebSocketClosedError


def _control_data(data: bytes) -> bytes:
    if len(data) > MAX_CONTROL:
        raise ValueError(f"a ping or pong holds at most {MAX_CONTROL} bytes, got {len(data)}")
    return data


def _bad_text(error: UnicodeDecodeError) -> PeerError:
    return PeerError(BAD_DATA, f"a text message is not UTF-8: {error.reason}")
