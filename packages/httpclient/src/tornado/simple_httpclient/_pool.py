"""What the exchanges of one client share: turns, idle connections, the way to new ones.

It does not know the client: whoever drops a client that is not used any more, drops the pool with
it, and ``close_idle`` needs nobody to ask for it.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass

from tornado.http1connection import HTTP1ConnectionParameters
from tornado.httpclient._dial import Dialer
from tornado.httpclient._errors import Phase
from tornado.httpclient._request import _RequestProxy
from tornado.httpclient._route import Route
from tornado.simple_httpclient._connection import Connection
from tornado.simple_httpclient._exchange import Exchange
from tornado.simple_httpclient._idle import Idle
from tornado.simple_httpclient._turns import Turns


@dataclass(eq=False, slots=True)
class Pool:
    loop: asyncio.AbstractEventLoop
    dialer: Dialer
    params: HTTP1ConnectionParameters
    turns: Turns[Exchange]
    idle: Idle[Connection]
    keep_alive: bool
    max_buffer_size: int
    closed: bool = False
    _timer: asyncio.TimerHandle | None = None
    _advancing: bool = False

    async def dial(
        self, request: _RequestProxy, route: Route, mark: Callable[[Phase], object]
    ) -> Connection:
        """A new connection, that nobody else has used."""
        stream = await self.dialer.dial(
            route,
            connect_timeout=request.connect_timeout,
            tls_timeout=request.tls_timeout,
            max_buffer_size=self.max_buffer_size,
            mark=mark,
        )
        return Connection(stream, route, self.idle.drop)

    def give_back(self, connection: Connection) -> None:
        """``connection`` can be used again, by any exchange with its route."""
        if self.closed:
            connection.close()
            return
        now = self.loop.time()
        self.idle.put(connection, now)
        if self._timer is None:
            self._timer = self.loop.call_at(now + self.idle.timeout, self._expire)

    def _expire(self) -> None:
        again = self.idle.expire(self.loop.time())
        self._timer = None if again is None else self.loop.call_at(again, self._expire)

    def leave(self, exchange: Exchange) -> None:
        """``exchange`` is over; those who wait get their turn."""
        turns = self.turns
        turns.leave(exchange, exchange.host)
        if not turns.waiting or self._advancing or self.closed:
            return
        # A loop and not a recursion: one that begins may fail at once.
        self._advancing = True
        try:
            while (following := turns.advance()) is not None:
                following.begin()
        finally:
            self._advancing = False

    def close_idle(self) -> None:
        """Closes the connections that nobody uses, and the timer that watches them."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        self.idle.close()

    def close(self) -> None:
        """Closes everything; exchanges that run or wait fail."""
        self.closed = True
        for exchange in self.turns.everybody():
            exchange.client_closed()
        self.close_idle()
        self.dialer.close()
