"""What a WebSocket says to its program. A whole message is simply a ``str`` or ``bytes``."""

from __future__ import annotations

from typing import NamedTuple


class Ping(NamedTuple):
    """The other side asks whether we are there; it is answered without the program's help."""

    data: bytes


class Pong(NamedTuple):
    """The other side is there."""

    data: bytes


class Close(NamedTuple):
    """The other side closes. None: its close frame said nothing."""

    code: int | None
    reason: str | None


class Piece(NamedTuple):
    """A part of a message, of a receiver that takes them in parts. ``last``: it ends with it."""

    data: str | bytes
    last: bool


Event = str | bytes | Ping | Pong | Close | Piece
