"""A connection to a server, for one exchange after another.

Laws:
1. It is the consumer of its stream as long as it lives, also between exchanges: that is how it
   notices that the server has closed, without a timer and without asking.
2. Bytes that no request has asked for end the connection. They are never given to the exchange
   that comes next: that would be somebody else's answer.
3. An exchange is told of its end once, and the two forget each other then.
4. While the program takes its time with what it was given (the gate) nothing else is told, not even
   the end of the connection. Who closes the connection cancels what the program does.
"""

from __future__ import annotations

import asyncio
import logging
import select
from collections.abc import Awaitable, Callable
from typing import Protocol

from tornado.http1connection import HTTP1ConnectionParameters
from tornado.http1connection._reader import ResponseReader
from tornado.httpclient._route import Route
from tornado.httputil import HTTPMessageDelegate
from tornado.iostream import IOStream

gen_log = logging.getLogger("tornado.general")


class ExchangeOnConnection(Protocol):
    """What an exchange hears of its connection; it is the delegate of the response as well."""

    def response_complete(self, reader: ResponseReader) -> None:
        """The whole response is there. The connection is the exchange's to give back or close."""

    def response_failed(self, error: BaseException) -> None:
        """``error`` came of reading the response: HTTPInputError, or what a callback raised."""

    def connection_lost(self, exc: BaseException | None, reader: ResponseReader) -> None:
        """The connection has closed before the response was complete."""


class Connection:
    """``begin`` starts an exchange; ``on_idle_end(connection)`` is called when it ends without."""

    __slots__ = (
        "_exchange",
        "_gate",
        "_lost",
        "_on_idle_end",
        "_poll",
        "_reader",
        "route",
        "served",
        "stream",
    )

    _exchange: ExchangeOnConnection | None
    _gate: asyncio.Future[None] | None
    _lost: tuple[BaseException | None] | None  # what the stream said while the gate was shut
    _reader: ResponseReader | None
    _poll: select.poll | None

    def __init__(
        self, stream: IOStream, route: Route, on_idle_end: Callable[[Connection], None]
    ) -> None:
        self.stream = stream
        self.route = route
        self.served = 0  # exchanges that ended well
        self._exchange = self._reader = self._poll = self._gate = self._lost = None
        self._on_idle_end = on_idle_end
        stream.start_push(self)

    def begin(
        self,
        exchange: ExchangeOnConnection,
        delegate: HTTPMessageDelegate,
        method: str,
        params: HTTP1ConnectionParameters,
    ) -> ResponseReader:
        """What arrives from now on is the response for ``exchange``, read by ``delegate``."""
        self._exchange = exchange
        reader = self._reader = ResponseReader(delegate, method, params)
        return reader

    def has_begun(self) -> bool:
        """Whether anything of the response has arrived."""
        return self._reader is not None and self._reader.began

    def end(self) -> None:
        """The exchange is over."""
        self._exchange = self._reader = None

    def close(self) -> None:
        """Closes at once; nobody is told, nor given what has come already."""
        if self._reader is not None:
            self._reader.abandon()
        self._exchange = self._reader = None
        gate, self._gate = self._gate, None
        if gate is not None:
            gate.cancel()
        self.stream.close()

    def stale(self) -> bool:
        """Whether the server has closed, or sent something, since the last response (law 2).

        The event loop may not have come to tell of it, so the system is asked.
        """
        stream = self.stream
        if stream.closed():
            return True
        if self._poll is None:
            if not hasattr(select, "poll"):  # Windows, where select() has no limit on descriptors
                return bool(select.select([stream.socket], (), (), 0)[0])
            poll = self._poll = select.poll()
            poll.register(stream.socket, select.POLLIN)
        return bool(self._poll.poll(0))

    # -- what the stream says

    def data_received(self, data: bytes) -> None:
        reader = self._reader
        if reader is None:
            gen_log.debug(
                "%d bytes from %s that no request has asked for: the connection is closed",
                len(data),
                self.route.host,
            )
            self._on_idle_end(self)
            self.stream.close()
            return
        try:
            gate = reader.feed(data)
        except (Exception, asyncio.CancelledError) as error:
            self._failed(error)
            return
        if gate is not None:
            self.hold(gate)
        elif reader.done and self._exchange is not None:
            self._exchange.response_complete(reader)

    def connection_lost(self, exc: BaseException | None) -> None:
        reader, exchange = self._reader, self._exchange
        if reader is None or exchange is None:
            self._on_idle_end(self)
        elif self._gate is not None:
            self._lost = (exc,)
        elif exc is None and reader.end():
            exchange.response_complete(reader)
        else:
            exchange.connection_lost(exc, reader)

    def _failed(self, error: BaseException) -> None:
        if self._exchange is not None:
            self._exchange.response_failed(error)

    # -- the gate: a callback of the program that takes its time

    def hold(self, gate: Awaitable[None]) -> None:
        """Goes on, or is complete, when ``gate`` is done."""
        self.stream.pause_reading()
        self._gate = asyncio.ensure_future(gate)
        self._gate.add_done_callback(self._opened)

    def _opened(self, gate: asyncio.Future[None]) -> None:
        error = asyncio.CancelledError() if gate.cancelled() else gate.exception()
        reader = self._reader
        if self._gate is not gate or reader is None:
            return
        self._gate = None
        if error is not None:
            self._failed(error)
            return
        self.stream.resume_reading()
        if not reader.done:
            self.data_received(b"")
        elif self._exchange is not None:
            self._exchange.response_complete(reader)
        if self._lost is not None and self._gate is None:
            ((exc,), self._lost) = self._lost, None
            self.connection_lost(exc)
