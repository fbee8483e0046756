"""Who is told what happens in a room: the interface of members, and their seats.

A room never has a copy of a message for a member. It tells a member the next news when the member
has taken the last one, so a slow member holds one piece of news, and delays nobody.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from asyncio import Future
from enum import Enum
from typing import Any

from tornado.rooms._messages import News


class Slow(Enum):
    """What becomes of a member who takes messages more slowly than they are said."""

    SKIP = "skip"
    """When the room has forgotten what comes next for it, it goes on with the oldest message that
    the room remembers, and is told so (``news.reset``). The default."""

    CLOSE = "close"
    """It is closed at that moment; when it comes back it is told what it has missed, as far as the
    room remembers."""

    COALESCE = "coalesce"
    """As SKIP, and of the messages with the same ``key`` that wait for it only the newest is told:
    for positions, prices, whatever is only worth something as long as it is true."""


class Member(ABC):
    """Whoever can join a room. WebSockets, event streams and polls are members already; a subclass
    of your own can be anything, from a robot to a bridge into another protocol."""

    @abstractmethod
    def deliver(self, news: News) -> Future[Any] | None:
        """Take the next news. It must not block. A future says: no more until that is done; None
        says: ready for more. An exception, here or in the future, ends the membership."""

    def dismiss(self, reason: str) -> None:
        """The membership is over: the member was too slow (``"slow"``, with ``Slow.CLOSE``), could
        not be told (``"failed"``), or the rooms were closed (``"closed"``). Not called after
        ``leave``."""
        return None


class Seat:
    """Where a member stands: ``position`` in the log; ``version`` of the presence it was told, -1
    for none yet and None for members who do not want to know."""

    __slots__ = ("gone", "member", "name", "position", "reset", "since", "slow", "version")

    def __init__(
        self, member: Member, since: str | None, name: str | None, presence: bool, slow: Slow
    ) -> None:
        self.member = member
        self.since = since
        self.name = name
        self.version = -1 if presence else None
        self.slow = slow
        self.position = 0
        self.reset = False
        self.gone = False
