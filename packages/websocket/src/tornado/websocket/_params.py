"""What a connection may be told about itself."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

MAX_MESSAGE_SIZE = 10 * 1024 * 1024
SEND_HIGH_WATER = 1 << 20
WRITE_TIMEOUT = 60.0


class SendPolicy(StrEnum):
    """What happens to messages for a reader that does not keep up, see WebSocketParams."""

    WAIT = "wait"
    CLOSE = "close"
    DROP_OLDEST = "drop_oldest"
    COALESCE = "coalesce"


@dataclass(frozen=True, slots=True)
class WebSocketParams:
    """The limits and habits of a WebSocket.

    ``ping_interval``: seconds between pings; None or 0: none are sent.
    ``ping_timeout``: seconds after a ping in which the other side must give a sign of life; as
    long as the interval by default, and never longer.
    ``max_message_size``: bytes of a received message, after decompression.
    ``compression_options``: None for no compression; a dict (which may be empty) for
    permessage-deflate, see ``WebSocketHandler.get_compression_options``.
    ``in_pieces``: give ``on_message`` an async iterator as soon as a message begins.
    ``close_timeout``: seconds that the other side has to answer a close frame.
    ``write_timeout``: seconds after which a reader that takes nothing of what waits is given up.

    ``send_high_water`` and ``send_policy`` are about a reader that does not keep up. Up to
    ``send_high_water`` bytes wait for him, and ``write_message`` returns at once. Past it:

    * ``wait``: the awaitable of ``write_message`` waits until what waits now has left. A program
      that does not await is stopped at ``send_limit`` bytes: the connection is closed, code 1013.
    * ``close``: the connection is closed at once, code 1013 (try again later).
    * ``drop_oldest``: the oldest messages that have not begun to leave are dropped.
    * ``coalesce``: of messages with the same ``key=`` only the latest is kept from the moment that
      the socket is full; those without a key wait as under ``wait``.

    ``send_limit`` is 16 times the high water by default. One message may be larger than either.
    """

    ping_interval: float | None = None
    ping_timeout: float | None = None
    max_message_size: int = MAX_MESSAGE_SIZE
    compression_options: Mapping[str, Any] | None = None
    in_pieces: bool = False
    close_timeout: float = 5.0
    write_timeout: float = WRITE_TIMEOUT
    send_high_water: int = SEND_HIGH_WATER
    send_limit: int | None = None
    send_policy: SendPolicy = SendPolicy.WAIT
