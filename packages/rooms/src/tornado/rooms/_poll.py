"""Into a room by long polling: each answer is the next news."""

from __future__ import annotations

import asyncio
from asyncio import Future
from typing import Any

from tornado.rooms._errors import RoomsError
from tornado.rooms._handlers import SpeakByPost, plain
from tornado.rooms._members import Member
from tornado.rooms._messages import News
from tornado.web import HTTPError


class RoomPoll(SpeakByPost, Member):
    """``GET ?since=ID`` answers with a document of news: at once if something was said after ID,
    else when it is, and after ``patience`` seconds with a document without messages. The next
    request asks with the ``cursor`` of the answer. ``POST`` says something, see ``accept``. With
    ``presence`` every answer has all who are ``present``, and one comes when that changes.
    """

    #: Shorter than the minute after which many proxies give up on a request.
    patience = 45.0

    cancel_on_disconnect = True

    _news: Future[News] | None = None

    async def get(self, *args: Any, **kwargs: Any) -> None:
        await self._admit()
        since = self._since()
        self._news = asyncio.get_running_loop().create_future()
        try:
            self._join(self, since)
        except RoomsError as error:
            raise HTTPError(503, "%s", error)
        if since:
            self.room._knows_people(self)
        try:
            await asyncio.wait([self._news], timeout=self.patience)
        finally:
            self.room.leave(self)
        if self._news.done():
            news = self._news.result()
        else:
            news = News((), since or self.room.cursor)
        if self.presence and news.present is None:
            news = News(news.messages, news.cursor, news.reset, self.room.people)
        self.set_header("Content-Type", "application/json; charset=utf-8")
        self.set_header("Cache-Control", "no-store")
        self.write(news._form(plain, self.document))

    def deliver(self, news: News) -> Future[Any] | None:
        self.room.leave(self)
        if self._news is not None and not self._news.done():
            self._news.set_result(news)
        return None

    def dismiss(self, reason: str) -> None:
        self.deliver(News((), self._since() or self.room.cursor))
