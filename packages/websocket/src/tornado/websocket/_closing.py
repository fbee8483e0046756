"""Close frames: codes and reasons (RFC 6455 sections 5.5.1 and 7.4)."""

from __future__ import annotations

from struct import Struct

from tornado.websocket._errors import PeerError
from tornado.websocket._frames import MAX_CONTROL

NORMAL = 1000
GOING_AWAY = 1001
PROTOCOL_ERROR = 1002
BAD_DATA = 1007
TOO_BIG = 1009
INTERNAL_ERROR = 1011
TRY_AGAIN_LATER = 1013

MAX_REASON = MAX_CONTROL - 2

_code = Struct("!H")


def may_be_sent(code: int) -> bool:
    """Whether ``code`` may stand in a close frame.

    1000 to 1003 and 1007 to 1014 are defined (1012 to 1014 by IANA's registry), 3000 to 3999 are
    registered by libraries, 4000 to 4999 are for programs. 1004, 1005, 1006 and 1015 are reserved
    and never sent; the rest means nothing.
    """
    return 3000 <= code <= 4999 or 1000 <= code <= 1003 or 1007 <= code <= 1014


def close_payload(code: int | None, reason: str | bytes | None) -> bytes:
    """What a close frame holds. A reason without a code goes with 1000.

    Raises ValueError for a code that may not be sent, or a reason of more than 123 bytes.
    """
    if code is None:
        if not reason:
            return b""
        code = NORMAL
    if not isinstance(code, int) or not may_be_sent(code):
        raise ValueError(
            f"close code {code!r} may not be sent: 1000 to 1003, 1007 to 1014 and 3000 to 4999 "
            "may (programs take theirs from 4000)"
        )
    text = reason.encode() if isinstance(reason, str) else bytes(reason or b"")
    if len(text) > MAX_REASON:
        raise ValueError(
            f"close reason of {len(text)} bytes, at most {MAX_REASON} fit into a close frame"
        )
    return _code.pack(code) + text


def read_close(payload: bytes) -> tuple[int | None, str | None]:
    """Code and reason of a received close frame. Raises PeerError: 1002, or 1007 for the text."""
    if not payload:
        return None, None
    if len(payload) == 1:
        raise PeerError(PROTOCOL_ERROR, "a close frame of one byte: a code has two")
    (code,) = _code.unpack_from(payload)
    if not may_be_sent(code):
        raise PeerError(PROTOCOL_ERROR, f"close code {code} may not be sent")
    try:
        return code, payload[2:].decode() or None
    except UnicodeDecodeError:
        raise PeerError(BAD_DATA, "the reason of a close frame is not UTF-8") from None
