"""The life of an exchange on connections of our own: what it holds, and what it gives back.

::

    QUEUED ──its turn──▶ DIALING ──connected──▶ SENT ──response's head──▶ READING ──▶ DONE
       └───a connection was idle───────────────▶ │

Laws, beside those of ``Life``:
1. When ``done`` is called nothing of the exchange is left: no timer, no task, no connection, no
   place in the queue.
"""

from __future__ import annotations

import asyncio
from enum import Enum, auto
from typing import TYPE_CHECKING

from tornado.httpclient._journey import Done
from tornado.httpclient._life import Life
from tornado.httpclient._request import _RequestProxy
from tornado.httpclient._response import HTTPResponse
from tornado.httputil import HTTPHeaders, HTTPMessageDelegate

if TYPE_CHECKING:
    from tornado.httpclient._content import Content
    from tornado.simple_httpclient._connection import Connection
    from tornado.simple_httpclient._head import Outgoing
    from tornado.simple_httpclient._pool import Pool
    from tornado.simple_httpclient._producing import Producing


class State(Enum):
    QUEUED = auto()
    DIALING = auto()
    SENT = auto()
    READING = auto()
    DONE = auto()


QUEUED, DIALING, SENT, READING, DONE = State


class ExchangeLife(Life, HTTPMessageDelegate):
    """What an ``Exchange`` knows, and how it ends."""

    __slots__ = (
        "_answered",
        "_code",
        "_connected",
        "_connection",
        "_content",
        "_continue_timer",
        "_dialing",
        "_dropping",
        "_expects",
        "_headers",
        "_out",
        "_pieces",
        "_producing",
        "_reason",
        "_repeated",
        "_secured",
        "_sent",
        "_state",
    )

    _shared: Pool
    _headers: HTTPHeaders | None
    _out: Outgoing

    def __init__(self, pool: Pool, request: _RequestProxy, done: Done) -> None:
        super().__init__(pool, request, done)
        self._state = QUEUED
        self._connection: Connection | None = None
        self._content: Content | None = None
        self._dialing: asyncio.Task[Connection] | None = None
        self._producing: Producing | None = None
        self._continue_timer: asyncio.TimerHandle | None = None
        self._headers = None
        self._pieces: list[bytes] = []
        self._expects = request.expect_100_continue and (
            request._body is not None or request.body_producer is not None
        )
        self._repeated = self._sent = False
        self._dropping: int | None = None  # so many bytes more of a body that nobody wants
        self._code = 599
        self._reason = ""
        self._connected = self._secured = self._answered = 0.0

    # -- the end

    def _is_over(self) -> bool:
        return self._state is DONE

    def _release(self) -> None:
        """Everything that the exchange holds is given back or closed."""
        self._state = DONE
        self._stop_timer()
        self._stop_waiting_for_continue()
        producing, self._producing = self._producing, None
        if producing is not None:
            producing.cancel()
        dialing, self._dialing = self._dialing, None
        if dialing is not None:
            dialing.cancel()
        connection, self._connection = self._connection, None
        if connection is not None:
            connection.close()
        if self._content is not None:
            self._content.close()
        self._shared.leave(self)

    def _respond(self, error: BaseException | None, body: bytes | None) -> None:
        done, self._done = self._done, None
        if done is None:
            return
        begun = self._begun
        total = self._shared.loop.time() - begun
        times = {"queue": begun - self._entered, "total": total}
        if self._connected:
            times["connect"] = self._connected - begun
        if self._secured:
            times["appconnect"] = self._secured - begun
        if self._answered:
            times["starttransfer"] = self._answered - begun
        done(
            HTTPResponse(
                self._request,
                self._code if error is None else 599,
                self._headers,
                body,
                self._request.url,
                error,
                total,
                times,
                self._reason if error is None else None,
                self._start_time,
            )
        )

    def _stop_waiting_for_continue(self) -> None:
        timer, self._continue_timer = self._continue_timer, None
        if timer is not None:
            timer.cancel()
