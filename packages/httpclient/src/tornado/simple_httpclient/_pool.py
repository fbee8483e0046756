"""What the exchanges of one client share: turns, idle connections, the way to new ones.

A program that ends its loop without closing the client leaves both to the garbage collector, in one
heap with the connections. ``sockets`` refers to nothing of that, so it can close them then. Where
the loop lives on it still watches the idle connections of a client that is forgotten: they have to
be closed in order.
"""

from __future__ import annotations

import asyncio
import os
import socket
import weakref
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial

from tornado.http1connection import HTTP1ConnectionParameters
from tornado.httpclient._dial import Dialer
from tornado.httpclient._errors import Phase
from tornado.httpclient._request import _RequestProxy
from tornado.httpclient._route import Route
from tornado.httpclient._turns import Turns, at_least_one
from tornado.simple_httpclient._connection import Connection
from tornado.simple_httpclient._idle import Idle
from tornado.simple_httpclient._life import ExchangeLife


@dataclass(eq=False, slots=True, weakref_slot=True)
class Pool:
    loop: asyncio.AbstractEventLoop
    dialer: Dialer
    params: HTTP1ConnectionParameters
    turns: Turns[ExchangeLife]
    idle: Idle[Connection]
    keep_alive: bool
    max_buffer_size: int
    closed: bool = False
    sockets: set[socket.socket] = field(default_factory=set)
    _timer: asyncio.TimerHandle | None = None

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
        self.sockets.add(stream.socket)
        stream._on_release = partial(self.sockets.discard, stream.socket)
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

    def leave(self, exchange: ExchangeLife) -> None:
        """``exchange`` is over; those who wait get their turn."""
        self.turns.leave(exchange, exchange.host)
        self._advance()

    def allow(self, most: int) -> None:
        """Another number of exchanges that may run at once."""
        self.turns.most = at_least_one("max_clients", most)
        self._advance()

    def _advance(self) -> None:
        while not self.closed and (following := self.turns.advance()) is not None:
            following.begin()

    def close(self) -> None:
        """Closes everything; exchanges that run or wait fail."""
        self.closed = True
        for exchange in self.turns.everybody():
            exchange.client_closed()
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        self.idle.close()
        self.dialer.close()


def forget(pool: weakref.ref[Pool], sockets: set[socket.socket], process: int) -> None:
    """Closes what a client of the process with this number, which is forgotten, has left open."""
    left = pool()
    if left is None or left.loop.is_closed() or os.getpid() != process:
        # After a fork the loop is the parent's: what it watches is not ours to change.
        for one in sockets:
            one.close()
    elif left.loop.is_running():  # perhaps in another thread than that of the garbage collector
        left.loop.call_soon_threadsafe(left.close)
    else:
        left.close()
