"""Whether anybody still waits for the answer, and how long the answer may take.

Laws:
1. A request that is answered at once costs nothing here: only one that stays open is watched.
2. A handler's task is never just dropped: it is canceled, may clean up, and the request is ended
   when the task has ended.
"""

from __future__ import annotations

import asyncio
import logging
import weakref
from contextvars import Context
from typing import Any

from tornado.web._base import HandlerBase

gen_log = logging.getLogger("tornado.general")


class PresenceMixin(HandlerBase):
    #: Seconds that the handler may take, from the complete request (with ``@stream_request_body``,
    #: from its head) to the end of the response. After that its task is canceled and the answer is
    #: 503, or a closed connection if part of the response has been sent. None: the application
    #: setting of this name; 0: no limit. A plain ``def`` that blocks cannot be stopped.
    request_timeout: float | None = None

    #: Whether the handler's task is canceled when the client goes away. Work that has to be
    #: completed all the same belongs into ``asyncio.shield`` or a task of its own.
    cancel_on_disconnect: bool = False

    _task: asyncio.Task[None] | None = None
    _departure: asyncio.Event | None = None

    @property
    def disconnected(self) -> asyncio.Event:
        """An event that is set when the client goes away before the response is complete::

        await asyncio.wait_for(self.disconnected.wait(), 30)
        """
        event = self._departure
        if event is None:
            event = self._departure = asyncio.Event()
            if self._client_has_left or self._connection_closed():
                event.set()
        return event

    def _client_left(self) -> None:
        """The connection says so: perhaps twice, of a body that it has not received in full."""
        if self._client_has_left:
            return
        self._client_has_left = True
        try:
            self.on_connection_close()
        finally:
            if self._departure is not None:
                self._departure.set()
            task = self._task
            if self.cancel_on_disconnect and task is not None:
                task.add_done_callback(lambda _: self._end())
                task.cancel("the client has left")

    def _limit_time(self, seconds: Any, context: Context) -> None:
        """Gives the request, which stays open, ``seconds``."""
        if not isinstance(seconds, (int, float)) or seconds < 0:
            raise TypeError(
                f"request_timeout of {type(self).__name__} is a number of seconds, got {seconds!r}"
            )
        loop = asyncio.get_running_loop()
        # The timer of a request that has been answered long ago must not keep its handler.
        timer = loop.call_later(seconds, _time_is_up, weakref.ref(self), seconds, context=context)
        if self._task is not None:
            self._task.add_done_callback(lambda _: timer.cancel(), context=context)

    def _give_up(self) -> None:
        if self._finished:
            return
        if self._headers_written:
            close = getattr(self.request.connection, "close", None)
            if close is not None:
                close()
            self._end()
        else:
            self.send_error(503)


def _time_is_up(found: weakref.ref[PresenceMixin], seconds: float) -> None:
    handler = found()
    if handler is None or handler._finished:
        return
    gen_log.warning("%s was not answered within %s s", handler._request_summary(), seconds)
    task = handler._task
    if task is None or task.done():
        handler._give_up()
    else:
        task.add_done_callback(lambda _: handler._give_up())
        task.cancel("request_timeout")
