"""What the exchanges of both clients have in common: their turn, their time limits, their end.

Laws:
1. ``done(response)`` is called once, whatever happens. After ``cancel`` it is not called at all.
2. At most one timer of these runs: that of the phase, or of all phases if that is due earlier.
"""

from __future__ import annotations

import asyncio
import logging
import time
from typing import Any, Protocol

from tornado.httpclient._errors import ClientClosed, HTTPTimeoutError, Phase
from tornado.httpclient._journey import Done
from tornado.httpclient._request import _RequestProxy
from tornado.httpclient._route import Route
from tornado.httpclient._turns import Turns
from tornado.httpclient._urls import parse_url

gen_log = logging.getLogger("tornado.general")


class Shared(Protocol):
    """What the exchanges of one client share."""

    @property
    def loop(self) -> asyncio.AbstractEventLoop: ...
    @property
    def turns(self) -> Turns[Any]: ...
    @property
    def closed(self) -> bool: ...


class Life:
    """``start`` it once; ``cancel`` ends it silently. ``request`` has been checked."""

    __slots__ = (
        "_begun",
        "_done",
        "_entered",
        "_request",
        "_route",
        "_shared",
        "_start_time",
        "_timer",
        "_url",
        "host",
    )

    _shared: Shared
    _route: Route

    def __init__(self, shared: Shared, request: _RequestProxy, done: Done) -> None:
        self._shared = shared
        self._request = request
        self._done: Done | None = done
        self._url = parse_url(request.url)
        self.host = self._url.netloc
        self._timer: asyncio.TimerHandle | None = None
        self._start_time = time.time()
        self._entered = self._begun = shared.loop.time()

    def start(self) -> None:
        """Runs it, now or when it is its turn."""
        shared = self._shared
        try:
            if shared.closed:
                raise ClientClosed
            self._route = Route.of(self._request)
            self._prepare()
        except Exception as error:
            self._fail(error)
            return
        turns = shared.turns
        if turns.enter(self, self.host):
            self._go()
            return
        tell_of_queue(turns, self.host)
        limit = queue_limit(self._request)
        if limit:
            self._limit(Phase.QUEUE, limit)

    def begin(self) -> None:
        """It is its turn now."""
        self._stop_timer()
        self._start_time = time.time()
        self._begun = self._shared.loop.time()
        self._go()

    def cancel(self) -> None:
        """Nobody wants the response any more: everything is freed, nobody is told."""
        self._done = None
        if not self._is_over():
            self._release()

    def client_closed(self) -> None:
        self._fail(ClientClosed())

    def _fail(self, error: BaseException) -> None:
        if not self._is_over():
            self._release()
            self._respond(error, None)

    # -- what a client adds

    def _prepare(self) -> None:
        """Writes the request down. Raises for one that cannot be sent."""
        raise NotImplementedError

    def _go(self) -> None:
        """Sends it: it has its turn."""
        raise NotImplementedError

    def _is_over(self) -> bool:
        """Whether ``_release`` was called."""
        raise NotImplementedError

    def _release(self) -> None:
        """Gives back or closes everything that the exchange holds."""
        raise NotImplementedError

    def _respond(self, error: BaseException | None, body: bytes | None) -> None:
        """Tells who waits, if somebody does."""
        raise NotImplementedError

    def _late(self, error: HTTPTimeoutError) -> HTTPTimeoutError:
        """The error of this client that says ``error``."""
        return error

    # -- time

    def _limit_all(self) -> None:
        limit = self._request.request_timeout
        if limit:
            at = self._begun + limit
            self._timer = self._shared.loop.call_at(at, self._too_late, Phase.TOTAL, limit)

    def _limit(self, phase: Phase, seconds: float) -> None:
        """A limit for a phase; the one for everything stays if it is due earlier."""
        at = self._shared.loop.time() + seconds
        if self._timer is not None:
            if self._timer.when() <= at:
                return
            self._timer.cancel()
        self._timer = self._shared.loop.call_at(at, self._too_late, phase, seconds)

    def _too_late(self, phase: Phase, limit: float) -> None:
        self._timer = None
        if phase is Phase.QUEUE:
            late = too_long_in_queue(self._shared.turns, self, self.host, limit)
        else:
            late = HTTPTimeoutError.of(phase, limit, self.host)
        self._fail(self._late(late))

    def _stop_timer(self) -> None:
        timer, self._timer = self._timer, None
        if timer is not None:
            timer.cancel()


def tell_of_queue(turns: Turns[Any], host: str) -> None:
    """To the log: that a request to ``host`` has to wait. Of each client the first one is news."""
    gen_log.log(
        logging.DEBUG if turns.told else logging.INFO,
        "A request to %s waits for its turn: %d are running, %d are waiting (max_clients=%d)",
        host,
        len(turns.running),
        turns.waiting,
        turns.most,
    )
    turns.told = True


def queue_limit(request: _RequestProxy) -> float | None:
    """Seconds that ``request`` may wait; 0 and None are no limit."""
    if request.queue_timeout is not None:
        return request.queue_timeout
    limits = [one for one in (request.connect_timeout, request.request_timeout) if one]
    return min(limits) if limits else None


def too_long_in_queue(turns: Turns[Any], waiter: Any, host: str, limit: float) -> HTTPTimeoutError:
    """What ``waiter`` fails with, who has waited that long; it is still in the queue."""
    late = HTTPTimeoutError.of(Phase.QUEUE, limit, host)
    return HTTPTimeoutError(
        f"{late}: {len(turns.running)} requests were running, {turns.ahead(waiter, host)} were "
        "ahead in the queue",
        Phase.QUEUE,
    )
