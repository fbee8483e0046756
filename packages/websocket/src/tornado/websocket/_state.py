"""The states of a WebSocket, and the ways between them.

::

    OPEN ──(we close)──▶ CLOSING ──(their close frame)──▶ CLOSED
      │                     │
      ├──(their close frame)──▶ ANSWERING ──(ours)──▶ CLOSED
      │                     │
      └──(bad bytes)────────┴──▶ FAILED

From every state the loss of the connection leads to CLOSED. In FAILED and CLOSED nothing that
arrives is looked at, and nothing is sent.
"""

from __future__ import annotations

from enum import Enum, auto


class State(Enum):
    OPEN = auto()
    CLOSING = auto()  # our close frame is sent, theirs is waited for; messages may still come
    ANSWERING = auto()  # theirs has come, ours is due, after messages that are under way
    CLOSED = auto()
    FAILED = auto()  # the other side has broken the rules and been told
