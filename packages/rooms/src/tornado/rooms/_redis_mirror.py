"""What a process knows of a room that is kept in Redis. No loop, no network.

Laws:
1. Entries of a room form a chain: each names the one before it. An entry that follows the last one
   seen is taken at once; any other one says that something is missing, which is then fetched.
2. Ids only grow, so an entry that is not later than the last one seen has been seen.
3. Processes count what they say. When Redis lost its newest data and a process said them again,
   those who had heard them know it by the number.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any, NamedTuple

from tornado.rooms._messages import NOTHING, Message, dumps, order
from tornado.rooms._room import Room, State

SPEAKERS = 1024
"""The last numbers of so many processes are remembered for each room."""


class Entry(NamedTuple):
    """A message as it is in Redis."""

    id: str
    previous: str
    origin: str
    number: int
    body: str

    @classmethod
    def published(cls, text: str) -> Entry:
        """From what is published: ``ID PREVIOUS ORIGIN NUMBER``, a line end, the body."""
        head, _, body = text.partition("\n")
        id, previous, origin, number = head.split(" ")
        return cls(id, previous, origin, int(number), body)

    @classmethod
    def kept(cls, id: Any, fields: dict[Any, Any]) -> Entry:
        """From an entry of the stream."""
        found = {text_of(name): text_of(value) for name, value in fields.items()}
        previous, origin, number = found["h"].split(" ")
        return cls(text_of(id), previous, origin, int(number), found["b"])

    def message(self) -> Message:
        sender, key, text = self.body.split("\n")
        return Message(self.id, text, json.loads(sender), json.loads(key))


def body(text: str, sender: str | None, key: str | None) -> str:
    """A message for Redis: sender, key and data as JSON, a line each."""
    return f"{dumps(sender)}\n{dumps(key)}\n{text}"


def text_of(value: Any) -> str:
    """What Redis gave, which is bytes unless its client decodes."""
    return value.decode("utf-8") if isinstance(value, bytes) else str(value)


class Mirror:
    """``last`` is the newest entry seen. ``subscribed``: Redis has confirmed that it will tell.
    ``fetching``: it was asked what it has, and has not answered yet."""

    def __init__(self, room: Room) -> None:
        self.room = room
        self.last = NOTHING
        self.subscribed = False
        self.fetching = False
        #: By the clock of the loop: when somebody was here last, when presence was renewed.
        self.used = 0.0
        self.renewed = 0.0
        self.closing: Any = None
        self._spoken: dict[str, int] = {}

    @property
    def loaded(self) -> bool:
        return self.room._state is State.OPEN

    def hear(self, entry: Entry) -> bool:
        """An entry was published. False: there is a gap before it, so fetch what is there."""
        if not self.loaded:
            return False
        if order(entry.id) <= order(self.last):
            return True
        if entry.previous != self.last:
            return False
        self._take(entry)
        return True

    def fetched(self, entries: Sequence[Entry]) -> None:
        """What Redis has after ``last``; if nothing is loaded yet, all that it has."""
        new = [entry for entry in entries if order(entry.id) > order(self.last)]
        if not self.loaded:
            self._replace(new, new[0].previous if new else NOTHING)
        elif new and order(new[0].previous) > order(self.last):
            # Redis, too, has forgotten what came in between.
            self._replace(new, new[0].previous)
        else:
            for entry in new:
                self._take(entry)

    def _take(self, entry: Entry) -> None:
        self.last = entry.id
        if self._is_new(entry):
            self.room._take(entry.message())

    def _replace(self, entries: Sequence[Entry], base: str) -> None:
        self.last = entries[-1].id if entries else base
        self.room._load([entry.message() for entry in entries if self._is_new(entry)], base)

    def _is_new(self, entry: Entry) -> bool:
        spoken = self._spoken
        highest = spoken.pop(entry.origin, 0)
        spoken[entry.origin] = max(entry.number, highest)  # the newest speaker comes last
        if len(spoken) > SPEAKERS:
            del spoken[next(iter(spoken))]
        return entry.number > highest
