"""The room as it happens: one set of rules, three ways in (see static/chat.js, which takes the
first that the network lets through).

Each tells the same documents: messages, the cursor to come back with, who is there.
"""

from __future__ import annotations

from typing import Any

from base import MESSAGE_LIMIT, BaseHandler

from tornado.rooms import RoomEvents, RoomHandler, RoomPoll, RoomWebSocket
from tornado.web import HTTPError

MESSAGE_BYTES = 16 * 1024


class Live(BaseHandler, RoomHandler):
    """The rules: there is one room, for those who signed in; text is all that can be said."""

    presence = True

    def room_name(self) -> str:
        return "the room"

    def may_join(self) -> bool:
        return self.current_user is not None

    def member_name(self) -> str | None:
        return self.current_user.id if self.current_user else None

    def member_data(self) -> dict[str, str]:
        assert self.current_user is not None
        return {"nickname": self.current_user.nickname}

    def accept(self, data: Any) -> dict[str, str]:
        """From ``{"text": ...}`` to what everybody is told. Reasons of errors are for people."""
        text = data.get("text") if isinstance(data, dict) else None
        if not isinstance(text, str):
            raise HTTPError(400)
        text = text.replace("\r\n", "\n").strip()
        if not text:
            raise HTTPError(400, reason=self.locale.translate("Write something first."))
        if len(text) > MESSAGE_LIMIT:
            told = self.locale.translate("This is longer than %(limit)d characters.")
            raise HTTPError(400, reason=told % {"limit": MESSAGE_LIMIT})
        return {"text": text, **self.member_data()}


class Socket(Live, RoomWebSocket):
    max_message_size = MESSAGE_BYTES


class Events(Live, RoomEvents):
    pass


class News(Live, RoomPoll):
    pass
