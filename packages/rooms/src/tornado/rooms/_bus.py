"""Where messages get their place in a room: the interface, and the bus of a single process.

A bus numbers messages, brings each to ``room._take`` in that order, and carries presence to other
processes. Everything a member sees of a room comes from its bus.
"""

from __future__ import annotations

import asyncio
from abc import ABC, abstractmethod
from asyncio import Future
from collections.abc import Callable
from typing import TYPE_CHECKING

from tornado.rooms._messages import NOTHING, Message, next_id

if TYPE_CHECKING:
    from tornado.rooms._room import Room


class Bus(ABC):
    """The interface."""

    @abstractmethod
    def send(self, room: Room, text: str, sender: str | None, key: str | None) -> Future[Message]:
        """Give the message (``text`` is its data as JSON) its place; see ``Room.broadcast``."""

    @abstractmethod
    def open(self, room: Room) -> None:
        """Follow ``room``: call ``room._load`` once, then ``room._take`` for what is new. Called
        again and again, whenever somebody joins."""

    def rest(self, room: Room) -> None:
        """Nobody is in ``room`` for now."""
        return None

    def presence(self, room: Room, name: str) -> None:
        """``name`` has come to ``room`` here, has other data, or has left it here."""
        return None

    async def close(self) -> None:
        """Say what is left to say, and let everything go."""
        return None


class LocalBus(Bus):
    """The rooms of one process."""

    def __init__(self, clock: Callable[[], float]) -> None:
        self._clock = clock

    def send(self, room: Room, text: str, sender: str | None, key: str | None) -> Future[Message]:
        self.open(room)
        message = Message(next_id(room._log.cursor, self._clock()), text, sender, key)
        room._take(message)
        said: Future[Message] = asyncio.get_running_loop().create_future()
        said.set_result(message)
        return said

    def open(self, room: Room) -> None:
        if not room._opened.is_set():
            room._load((), NOTHING)
