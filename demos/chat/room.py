"""The room: what was said, and who is waiting for what is said next.

Laws:
1. A room knows nothing of HTTP. It keeps messages, hands out cursors, and wakes those who wait.
2. A cursor names the last message somebody has seen. Whoever comes back with a cursor gets
   everything said since, however long the connection was away. Where that is no longer possible
   (the room was restarted, or has forgotten that far back) the answer says so: ``reset``.
3. What a room keeps is bounded: ``history`` messages, and one future for each person waiting.
"""

from __future__ import annotations

import asyncio
import secrets
from collections import deque
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import NamedTuple


@dataclass(frozen=True, slots=True)
class Member:
    """Somebody who signed in: a random identity, and the name they chose."""

    id: str
    nickname: str


@dataclass(frozen=True, slots=True)
class Message:
    """One thing said. ``number`` counts from 1 and never repeats in the life of a room."""

    number: int
    author: Member
    text: str
    at: datetime


class News(NamedTuple):
    """What somebody missed: the messages, and the cursor to come back with.

    ``reset`` means that the messages replace whatever was seen before.
    """

    messages: list[Message]
    cursor: str
    reset: bool


class Room:
    def __init__(self, history: int = 200) -> None:
        self._messages: deque[Message] = deque(maxlen=history)
        self._spoken = 0
        self._waiting: set[asyncio.Future[None]] = set()
        self._closed = False
        # Numbers start again when the program does; the name keeps the cursors apart.
        self._name = secrets.token_hex(4)

    @property
    def waiting(self) -> int:
        """How many people are waiting at this moment."""
        return len(self._waiting)

    def say(self, author: Member, text: str) -> Message:
        """Adds a message and wakes everybody who waits."""
        self._spoken += 1
        message = Message(self._spoken, author, text, datetime.now(UTC))
        self._messages.append(message)
        self._wake_all()
        return message

    def news(self, cursor: str = "") -> News:
        """What was said after ``cursor``; with no cursor, everything that is remembered."""
        here = f"{self._name}.{self._spoken}"
        seen = self._number_of(cursor)
        oldest = self._spoken - len(self._messages)
        if seen is None or not oldest <= seen <= self._spoken:
            return News(list(self._messages), here, True)
        return News([m for m in self._messages if m.number > seen], here, False)

    def wait(self) -> asyncio.Future[None]:
        """A future that is done once something was said, or once :meth:`leave` was called."""
        future: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        if self._closed:
            future.set_result(None)
        else:
            self._waiting.add(future)
        return future

    def leave(self, future: asyncio.Future[None]) -> None:
        """Stops waiting. Calling it twice, or after news came, does no harm."""
        self._waiting.discard(future)
        if not future.done():
            future.set_result(None)

    def close(self) -> None:
        """Sends everybody who waits home, and lets nobody wait again."""
        self._closed = True
        self._wake_all()

    def _wake_all(self) -> None:
        for future in list(self._waiting):
            self.leave(future)

    def _number_of(self, cursor: str) -> int | None:
        name, _, number = cursor.partition(".")
        if name != self._name or not (number.isascii() and number.isdigit()) or len(number) > 18:
            return None
        return int(number)
