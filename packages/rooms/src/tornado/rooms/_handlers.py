"""What the ways into a room have in common: which room, who comes in, who may speak.

A handler class of a program is made of two: its own rules, and one of the three ways in::

    class Rules:
        def may_join(self): ...

    class Socket(Rules, RoomWebSocket): ...
    class Events(Rules, RoomEvents): ...
    class Poll(Rules, RoomPoll): ...
"""

from __future__ import annotations

import asyncio
import inspect
import json
from collections.abc import Callable
from typing import Any

from tornado.rooms._errors import MessageTooLargeError, RoomsError
from tornado.rooms._members import Member, Slow
from tornado.rooms._messages import Message, News, is_id
from tornado.rooms._room import Room
from tornado.rooms._rooms import Rooms
from tornado.web import HTTPError, RequestHandler

CONFIRM_SECONDS = 5.0
"""A POST is answered after this time even if Redis has not confirmed the message."""


class RoomHandler(RequestHandler):
    """The rules, to be overridden. The application's setting ``rooms`` is its :class:`Rooms`.

    All methods here may use whatever a handler has: arguments, cookies, ``current_user``.
    """

    #: Whether one who comes without ``since`` is told what is remembered, or only what is new.
    replay = True
    #: Whether members are told who comes and goes.
    presence = False
    #: What becomes of members who are slow.
    slow = Slow.SKIP

    # These requests stay open as long as somebody listens.
    request_timeout = 0

    _room: Room | None = None

    def room_name(self) -> str:
        """Which room: by default the first group of the route's pattern. Raise an HTTPError for one
        that there is not."""
        arguments = [*self.path_args, *self.path_kwargs.values()]
        if not arguments or not arguments[0]:
            raise HTTPError(
                500,
                "%s has no group in its route that names the room, and no room_name()",
                type(self).__name__,
            )
        return str(arguments[0])

    def may_join(self) -> Any:
        """Whether this request may join ``self.room``, which the handler does only after this. May
        be ``async``. The answer to False is 403; raise an HTTPError for another."""
        return True

    def member_name(self) -> str | None:
        """Under which name: by default ``current_user``, if that is a str. None for somebody who is
        not to be seen."""
        user = self.current_user
        return user if user and isinstance(user, str) else None

    def member_data(self) -> Any:
        """What the others are told of this member besides the name."""
        return None

    def accept(self, data: Any) -> Any:
        """A member sends ``data``, JSON that was read: give what is to be said in the room, or None
        to say nothing. May be ``async``. Raise an HTTPError to refuse; its ``reason`` is told to
        the member. By default a room only listens."""
        raise HTTPError(403, reason="Nothing can be said here")

    @staticmethod
    def document(news: News) -> str:
        """The text that members are sent: JSON, see :attr:`News.json`. It is made once for all
        members in the same situation, so it cannot know who reads it."""
        return news.json

    @property
    def rooms(self) -> Rooms:
        """The setting ``rooms``."""
        rooms = self.settings.get("rooms")
        if not isinstance(rooms, Rooms):
            raise RuntimeError(
                f"{type(self).__name__} needs Application(..., rooms=Rooms()), got {rooms!r}"
            )
        return rooms

    @property
    def room(self) -> Room:
        """The room of this request."""
        if self._room is None:
            try:
                self._room = self.rooms[self.room_name()]
            except ValueError as error:
                raise HTTPError(404, "%s", error)
        return self._room

    async def _admit(self) -> None:
        may = self.may_join()
        self._admit_if(await may if inspect.isawaitable(may) else may)

    def _admit_if(self, may: Any) -> None:
        room = self.room  # 404, as long as it can be said
        if not may:
            raise HTTPError(403, "%s may not join the room %r", self.member_name(), room.name)

    def _since(self) -> str | None:
        """What was seen last: ``""`` for nothing, or nothing that is an id; None for whoever wants
        only what is new."""
        since = self.request.headers.get("Last-Event-ID") or self.get_query_argument("since", None)
        if not since:
            return "" if self.replay else None
        return since if is_id(since) else ""

    def _join(self, member: Member, since: str | None) -> None:
        about = {"name": self.member_name(), "data": self.member_data()}
        self.room.join(member, since, presence=self.presence, slow=self.slow, **about)

    async def say(self, data: Any) -> asyncio.Future[Message] | None:
        """Says what ``accept`` makes of ``data``, in the name of this member; see
        ``Room.broadcast`` for the future. None if there is nothing to say. Raises HTTPError: that
        of ``accept``, 413 for a message that is too long, 503 if Redis is away for too long."""
        said = self.accept(data)
        return self._spoken(await said if inspect.isawaitable(said) else said)

    def _spoken(self, said: Any) -> asyncio.Future[Message] | None:
        if said is None:
            return None
        try:
            return self.room.broadcast(said, sender=self.member_name())
        except MessageTooLargeError as error:
            raise HTTPError(413, "%s", error, reason="Too Long")
        except ValueError as error:
            raise HTTPError(400, "%s", error, reason="Not JSON")
        except RoomsError as error:
            raise HTTPError(503, "%s", error)


class SpeakByPost(RoomHandler):
    """For ways in that cannot carry what a member says: it is posted to the same address."""

    async def post(self, *args: Any, **kwargs: Any) -> None:
        """Says the JSON of the body, as ``accept`` has it. 201 with ``{"id": ...}``; 202 if
        Redis is away, and the message will be said later; 204 if there was nothing to say."""
        await self._admit()
        said = await self.say(read(self.request.body))
        if said is None:
            self.set_status(204)
            return
        await asyncio.wait([said], timeout=CONFIRM_SECONDS)
        if said.done():
            self.set_status(201)
            self.write({"id": said.result().id})
        else:
            self.set_status(202)
            self.write({})


def read(text: str | bytes) -> Any:
    """JSON of a member; HTTPError 400 for what is none."""
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        raise HTTPError(400, "a member sent what is not JSON", reason="Not JSON")


def plain(news: News, document: Callable[[News], str]) -> str:
    return document(news)
