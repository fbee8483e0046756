"""The life of an exchange: its turn, its time limits, its end.

::

    QUEUED ──its turn──▶ DIALING ──connected──▶ SENT ──response's head──▶ READING ──▶ DONE
       └───a connection was idle───────────────▶ │

Laws:
1. ``done(response)`` is called once, whatever happens, and by then nothing of the exchange is
   left: no timer, no task, no place in the queue. After ``cancel`` it is not called at all.
2. At most one timer runs: that of the phase, or of all phases if that is due earlier.
"""

from __future__ import annotations

import asyncio
import time
from enum import Enum, auto
from typing import TYPE_CHECKING

from tornado.httpclient._errors import ClientClosed, HTTPTimeoutError, Phase
from tornado.httpclient._journey import Done
from tornado.httpclient._queue import queue_limit, tell_of_queue, too_long_in_queue
from tornado.httpclient._request import _RequestProxy
from tornado.httpclient._response import HTTPResponse
from tornado.httpclient._route import Route
from tornado.httpclient._urls import parse_url
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


class ExchangeLife(HTTPMessageDelegate):
    """``start`` it once; ``cancel`` ends it silently. ``request`` has been checked."""

    __slots__ = (
        "_answered",
        "_begun",
        "_code",
        "_connected",
        "_connection",
        "_content",
        "_continue_timer",
        "_dialing",
        "_done",
        "_dropping",
        "_entered",
        "_expects",
        "_headers",
        "_out",
        "_pieces",
        "_pool",
        "_producing",
        "_reason",
        "_repeated",
        "_request",
        "_route",
        "_secured",
        "_sent",
        "_start_time",
        "_state",
        "_timer",
        "_url",
        "host",
    )

    _headers: HTTPHeaders | None
    _route: Route
    _out: Outgoing

    def __init__(self, pool: Pool, request: _RequestProxy, done: Done) -> None:
        self._pool = pool
        self._request = request
        self._done: Done | None = done
        self._url = parse_url(request.url)
        self.host = self._url.netloc
        self._state = QUEUED
        self._connection: Connection | None = None
        self._content: Content | None = None
        self._dialing: asyncio.Task[Connection] | None = None
        self._producing: Producing | None = None
        self._timer: asyncio.TimerHandle | None = None
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
        self._start_time = time.time()
        self._entered = self._begun = pool.loop.time()
        self._connected = self._secured = self._answered = 0.0

    def start(self) -> None:
        """Runs it, now or when it is its turn."""
        pool = self._pool
        try:
            if pool.closed:
                raise ClientClosed
            self._route = Route.of(self._request)
            self._prepare()
        except Exception as error:
            self._fail(error)
            return
        turns = pool.turns
        if turns.enter(self, self.host):
            self._connect()
            return
        tell_of_queue(turns, self.host)
        limit = queue_limit(self._request)
        if limit:
            self._limit(Phase.QUEUE, limit)

    def begin(self) -> None:
        """It is its turn now."""
        self._stop_timer()
        self._start_time = time.time()
        self._begun = self._pool.loop.time()
        self._connect()

    def cancel(self) -> None:
        """Nobody wants the response any more: everything is freed, nobody is told."""
        self._done = None
        if self._state is not DONE:
            self._release()

    def client_closed(self) -> None:
        self._fail(ClientClosed())

    # -- what the layer above adds

    def _prepare(self) -> None:
        """Writes the request down. Raises for one that cannot be sent."""
        raise NotImplementedError

    def _connect(self) -> None:
        """Begins: it has its turn."""
        raise NotImplementedError

    # -- the end

    def _fail(self, error: BaseException) -> None:
        if self._state is not DONE:
            self._release()
            self._respond(error, None)

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
        self._pool.leave(self)

    def _respond(self, error: BaseException | None, body: bytes | None) -> None:
        done, self._done = self._done, None
        if done is None:
            return
        begun = self._begun
        total = self._pool.loop.time() - begun
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

    # -- time

    def _limit_all(self) -> None:
        limit = self._request.request_timeout
        if limit:
            at = self._begun + limit
            self._timer = self._pool.loop.call_at(at, self._too_late, Phase.TOTAL, limit)

    def _limit(self, phase: Phase, seconds: float) -> None:
        """A limit for a phase; the one for everything stays if it is due earlier."""
        at = self._pool.loop.time() + seconds
        if self._timer is not None:
            if self._timer.when() <= at:
                return
            self._timer.cancel()
        self._timer = self._pool.loop.call_at(at, self._too_late, phase, seconds)

    def _too_late(self, phase: Phase, limit: float) -> None:
        self._timer = None
        if phase is Phase.QUEUE:
            self._fail(too_long_in_queue(self._pool.turns, self, self.host, limit))
        else:
            self._fail(HTTPTimeoutError.of(phase, limit, self.host))

    def _stop_timer(self) -> None:
        timer, self._timer = self._timer, None
        if timer is not None:
            timer.cancel()

    def _stop_waiting_for_continue(self) -> None:
        timer, self._continue_timer = self._continue_timer, None
        if timer is not None:
            timer.cancel()
