"""Into a room by WebSocket."""

from __future__ import annotations

import inspect
from asyncio import Future
from collections.abc import Awaitable, Callable
from typing import Any

from tornado.rooms._errors import RoomsError
from tornado.rooms._handlers import RoomHandler, read
from tornado.rooms._members import Member
from tornado.rooms._messages import News, dumps
from tornado.web import HTTPError
from tornado.websocket import (
    PreparedMessage,
    SendPolicy,
    WebSocketClosedError,
    WebSocketHandler,
)

HIGH_WATER = 64 * 1024
"""Bytes that may wait for a member before it counts as busy; what it is told later is in the log
of the room, not in its memory."""

CLOSE_CODES = {"slow": 1013, "failed": 1011, "closed": 1001}
"""Why a member is dismissed, in the words of RFC 6455 section 7.4.1 and IANA's registry."""


class RoomWebSocket(RoomHandler, WebSocketHandler, Member):
    """The WebSocket's messages are documents of news as JSON, first of all that is remembered or,
    with ``?since=ID`` in the URL, of what was said after ID. What the other side sends is JSON for
    ``accept``; an HTTPError of it is answered with ``{"error": reason}``.

    A subclass that overrides ``open``, ``on_message`` or ``on_close`` calls them in here, too.
    """

    def get(self, *args: Any, **kwargs: Any) -> Awaitable[None]:
        may = self.may_join()
        if inspect.isawaitable(may):
            return self._get_if(may, *args, **kwargs)
        self._admit_if(may)
        return super().get(*args, **kwargs)

    async def _get_if(self, may: Awaitable[Any], *args: Any, **kwargs: Any) -> None:
        self._admit_if(await may)
        await super().get(*args, **kwargs)

    def open(self, *args: str, **kwargs: str) -> Awaitable[None] | None:
        try:
            self._join(self, self._since())
        except (HTTPError, RoomsError):
            self.dismiss("closed")
        return None

    def on_message(self, message: str | bytes) -> Awaitable[None] | None:
        try:
            said = self.accept(read(message))
            if inspect.isawaitable(said):
                return self._say_later(said)
            self._spoken(said)
        except HTTPError as error:
            self._refuse_message(error)
        return None

    def on_close(self) -> None:
        self.room.leave(self)

    def deliver(self, news: News) -> Future[Any] | None:
        try:
            return self.write_message(news._form(frame, self.document))
        except WebSocketClosedError:
            self.room.leave(self)
            return None

    def dismiss(self, reason: str) -> None:
        self.close(CLOSE_CODES[reason])

    # The room decides what becomes of slow members; the socket only says which are.

    @property
    def send_high_water(self) -> int:
        return min(HIGH_WATER, super().send_high_water)

    @property
    def send_policy(self) -> str:
        return SendPolicy.WAIT

    async def _say_later(self, said: Awaitable[Any]) -> None:
        try:
            self._spoken(await said)
        except HTTPError as error:
            self._refuse_message(error)

    def _refuse_message(self, error: HTTPError) -> None:
        try:
            self.write_message(dumps({"error": error.reason or f"Error {error.status_code}"}))
        except WebSocketClosedError:
            pass  # it does not want to know


def frame(news: News, document: Callable[[News], str]) -> PreparedMessage:
    return PreparedMessage(document(news))
