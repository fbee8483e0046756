"""What a room remembers: the newest messages, bounded in number, size and age. No loop, no network.

Members do not have copies. Each has a *position*, the number of messages there were when it was
last told something, so whoever lags behind costs nothing: the room forgets regardless, and who has
missed something is told so.
"""

from __future__ import annotations

from bisect import bisect_left
from collections import deque
from collections.abc import Callable, Iterable
from itertools import islice
from typing import NamedTuple

from tornado.rooms._messages import NOTHING, Message, order

BATCH_CHARACTERS = 128 * 1024
"""A member who has much to catch up with gets it in pieces of about this size."""


class Limits(NamedTuple):
    """So many messages are ``kept``, and the last ``history`` of them told to those who come; all
    of them have no more than ``size`` characters, and none is older than ``seconds``."""

    history: int
    kept: int
    size: int
    seconds: float


class Log:
    def __init__(self, limits: Limits, clock: Callable[[], float]) -> None:
        self._limits = limits
        self._clock = clock
        self._size = 0
        self._messages: deque[Message] = deque()
        #: The id of the message before the oldest.
        self.base = NOTHING
        #: The position after the newest.
        self.end = 0

    def __len__(self) -> int:
        return len(self._messages)

    @property
    def first(self) -> int:
        """The position before the oldest."""
        return self.end - len(self._messages)

    @property
    def start(self) -> int:
        """The position of somebody who has seen nothing."""
        return max(self.first, self.end - self._limits.history)

    @property
    def cursor(self) -> str:
        """The id of the newest message there ever was."""
        return self._messages[-1].id if self._messages else self.base

    def append(self, message: Message) -> None:
        self._messages.append(message)
        self._size += len(message.text)
        self.end += 1
        self.forget()

    def replace(self, messages: Iterable[Message], base: str) -> None:
        """Forgets everything, and begins after ``base``. Positions of before are in the past."""
        self._messages = deque(messages)
        self._size = sum(len(message.text) for message in self._messages)
        self.end += len(self._messages) + 1
        self.base = base
        self.forget()

    def forget(self) -> None:
        """Drops what is too old or too much."""
        messages = self._messages
        limits = self._limits
        oldest = (self._clock() - limits.seconds) * 1000
        while messages and (
            messages[0]._order[0] < oldest
            or len(messages) > limits.kept
            or (self._size > limits.size and len(messages) > 1)
        ):
            gone = messages.popleft()
            self._size -= len(gone.text)
            self.base = gone.id

    def position(self, since: str) -> int | None:
        """Where somebody stands who has seen ``since`` last; None if the room does not know it."""
        if since == self.base:
            return self.first
        try:
            wanted = order(since)
        except ValueError:
            return None
        found = bisect_left(self._messages, wanted, key=lambda message: message._order)
        if found < len(self._messages) and self._messages[found]._order == wanted:
            return self.first + found + 1
        return None

    def after(self, position: int, size: float = BATCH_CHARACTERS) -> tuple[Message, ...]:
        """The messages after ``position``, which is not before ``first``, or the next piece."""
        found: list[Message] = []
        for message in islice(self._messages, position - self.first, None):
            size -= len(message.text)
            if found and size < 0:
                break
            found.append(message)
        return tuple(found)


def newest_of_each_key(messages: tuple[Message, ...]) -> tuple[Message, ...]:
    """Without those that a later one with the same key replaces."""
    last = {message.key: message.id for message in messages if message.key is not None}
    return tuple(m for m in messages if m.key is None or last[m.key] == m.id)
