"""What the exchanges of a client share: libcurl on the loop, and the queue for its places."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any

from tornado.curl_httpclient._exchange import Exchange
from tornado.curl_httpclient._multi import Multi
from tornado.httpclient._journey import Done
from tornado.httpclient._response import HTTPResponse
from tornado.httpclient._turns import Turns, at_least_one


class Engine:
    """``loop`` is the asyncio loop, ``selector_loop`` the one that watches descriptors."""

    def __init__(
        self,
        loop: asyncio.AbstractEventLoop,
        selector_loop: Any,
        max_clients: int,
        max_body_size: int,
        callback_failed: Callable[[Any], None],
    ) -> None:
        self.loop = loop
        self.multi = Multi(selector_loop)
        self.turns: Turns[Exchange] = Turns(max_clients)
        self.max_body_size = max_body_size
        self.closed = False
        self._callback_failed = callback_failed
        self._advancing = False

    def leave(self, exchange: Exchange) -> None:
        """``exchange`` is over; those who wait get their turn."""
        self.turns.leave(exchange, exchange.host)
        self._advance()

    def allow(self, most: int) -> None:
        """Another number of exchanges at once. Raises ValueError."""
        self.turns.most = at_least_one("max_clients", most)
        self._advance()

    def _advance(self) -> None:
        if not self.turns.waiting or self._advancing or self.closed:
            return
        # A loop and not a recursion: one that begins may fail at once.
        self._advancing = True
        try:
            while (following := self.turns.advance()) is not None:
                following.begin()
        finally:
            self._advancing = False

    def tell(self, done: Done, response: HTTPResponse) -> None:
        """Give a response to who waits for it."""
        try:
            done(response)
        except Exception:
            self._callback_failed(done)

    def close(self) -> None:
        """Closes everything; exchanges that run or wait fail."""
        self.closed = True
        for exchange in self.turns.everybody():
            exchange.client_closed()
        self.multi.close()
