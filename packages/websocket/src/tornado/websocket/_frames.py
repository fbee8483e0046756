"""Frames (RFC 6455 section 5.2): what their first bytes say, and how they are built.

::

     FIN RSV1 RSV2 RSV3  opcode(4) | MASK length(7) | length(16 or 64) | key(32) | payload

What a frame means, and which may follow which, is the business of ``_protocol.py``.
"""

from __future__ import annotations

from enum import IntEnum
from struct import Struct

from tornado.websocket._mask import masked, new_key

FIN = 0x80
RSV1 = 0x40  # the message is compressed (RFC 7692 section 6)
RSV2 = 0x20
RSV3 = 0x10
RSV_MASK = RSV1 | RSV2 | RSV3
OPCODE_MASK = 0x0F
MASKED = 0x80  # of the second byte

#: A control frame holds at most this many bytes (section 5.5), a close reason two less.
MAX_CONTROL = 125

_short = Struct("!BB").pack
_medium = Struct("!BBH").pack
_long = Struct("!BBQ").pack


class Opcode(IntEnum):
    CONTINUATION = 0x0
    TEXT = 0x1
    BINARY = 0x2
    CLOSE = 0x8
    PING = 0x9
    PONG = 0xA


def frame(first: int, payload: bytes, mask: bool = False) -> bytes:
    """A frame as it is sent. ``first``: its first byte, that is flags and opcode. ``mask``: as a
    client has to, with a key that nobody can foresee (section 10.3)."""
    size = len(payload)
    bit = MASKED if mask else 0
    if size < 126:
        head = _short(first, bit | size)
    elif size < 65536:
        head = _medium(first, bit | 126, size)
    else:
        head = _long(first, bit | 127, size)
    if mask:
        key = new_key()
        return head + key + masked(key, payload)
    return head + payload
