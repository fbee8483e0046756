"""Into a room by server-sent events: a response that does not end (HTML, section 9.2)."""

from __future__ import annotations

import asyncio
import re
from asyncio import Future
from collections.abc import Callable
from typing import Any

from tornado.ioloop import PeriodicCallback
from tornado.rooms._errors import RoomsError
from tornado.rooms._handlers import SpeakByPost
from tornado.rooms._members import Member
from tornado.rooms._messages import News

_line_end = re.compile("\r\n|\r|\n")


class RoomEvents(SpeakByPost, Member):
    """``GET`` answers with a ``text/event-stream``: each event's data is a document of news, its id
    is the cursor. A browser's EventSource that has lost the connection comes back with that id
    (``Last-Event-ID``) and is told what it missed; the first time it may ask with ``?since=ID``.
    ``POST`` says something, see ``accept``.
    """

    #: Seconds between signs of life, which keep proxies from closing a quiet connection.
    heartbeat = 15.0
    #: Milliseconds that a browser is asked to wait before it comes back.
    retry = 2000

    cancel_on_disconnect = True

    _over: Future[None] | None = None
    _taken: Future[None] | None = None

    async def get(self, *args: Any, **kwargs: Any) -> None:
        await self._admit()
        self._over = asyncio.get_running_loop().create_future()
        try:
            self._join(self, self._since())
        except RoomsError:
            self.dismiss("closed")  # a browser comes back, as it would not after an error
        beating = PeriodicCallback(self._beat, self.heartbeat * 1000)
        try:
            self.set_header("Content-Type", "text/event-stream; charset=utf-8")
            self.set_header("Cache-Control", "no-store")
            self.set_header("X-Accel-Buffering", "no")  # asks nginx to pass events on at once
            self.write(f"retry: {self.retry}\n\n")
            self._taken = self.flush()
            beating.start()
            await self._over
        finally:
            self.room.leave(self)
            beating.stop()

    def deliver(self, news: News) -> Future[Any] | None:
        self.write(news._form(event, self.document))
        self._taken = self.flush()
        return self._taken

    def dismiss(self, reason: str) -> None:
        if self._over is not None and not self._over.done():
            self._over.set_result(None)

    def _beat(self) -> None:
        if self._taken is None or self._taken.done():
            self.write(":\n\n")
            self._taken = self.flush()


def event(news: News, document: Callable[[News], str]) -> bytes:
    """The news as an event."""
    data = "".join([f"data: {line}\n" for line in _line_end.split(document(news))])
    return f"id: {news.cursor}\n{data}\n".encode()
