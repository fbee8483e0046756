"""The states of a connection, by name.

Reading side of a server connection (``Reading``)::

    IDLE ──first byte──▶ HEAD ──blank line──▶ BODY ──last byte──▶ ANSWERING ──response done──▶ IDLE
      │                    │                    │                     │
      └────────────────────┴─────refused────────┴──▶ LINGERING ──▶ CLOSED ◀── the stream closed
                                                  (a handler took the stream) ──▶ DETACHED

A request without a body goes from HEAD straight to ANSWERING. A response may be complete before
its request's body is: BODY then has no delegate and what arrives is dropped.

Writing side of one exchange (``Writing``)::

    HEAD ──write_headers──▶ BODY ──finish──▶ DONE
"""

from __future__ import annotations

from enum import Enum, auto


class Reading(Enum):
    IDLE = auto()  # between requests, nothing received
    HEAD = auto()  # part of a head received
    BODY = auto()  # head complete, body not
    ANSWERING = auto()  # request complete, response not
    LINGERING = auto()  # refused: our answer is sent, theirs is read and dropped
    DETACHED = auto()  # the stream belongs to somebody else now
    CLOSED = auto()


class Writing(Enum):
    HEAD = auto()
    BODY = auto()
    DONE = auto()
