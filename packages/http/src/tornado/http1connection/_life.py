"""The life of a server's connection: its state, its deadlines, its refusals and its ends.

Laws:
1. ``_state`` says what the connection is doing; nothing else does.
2. Time is told by the loop's ``Clock``: a state notes when it began, nothing else.
3. A malformed or oversized request is refused with a short response, one log line and an orderly
   end (``LINGERING``: our side is shut, theirs is read for a while, so that the client can read
   the answer instead of a reset). Never a traceback.
4. A response that has begun is not followed by another one: what goes wrong then cuts it.

The slots of the layer above are listed here, because one connection of ten thousand should be
small.
"""

from __future__ import annotations

import asyncio
import logging
import socket
from collections.abc import Callable
from typing import Any, Protocol

from tornado.http1connection._deadlines import Clock
from tornado.http1connection._exchange import ServerExchange
from tornado.http1connection._framing import IncomingBody
from tornado.http1connection._params import HTTP1ConnectionParameters
from tornado.http1connection._parser import parse_fields
from tornado.http1connection._serialize import refusal
from tornado.http1connection._state import Reading, Writing
from tornado.httputil import HTTPInputError, HTTPMessageDelegate, HTTPServerConnectionDelegate
from tornado.iostream import IOStream, StreamClosedError

gen_log = logging.getLogger("tornado.general")
app_log = logging.getLogger("tornado.application")

IDLE, HEAD, BODY, ANSWERING, LINGERING, DETACHED, CLOSED = Reading

NO_FIELDS = parse_fields("", 1)

LINGER_SILENCE = 5  # seconds
LINGER_IN_ALL = 30
FORGET_AFTER = 2  # idle seconds after which the remembered header section is dropped


class Successor(Protocol):
    """Another protocol on the connection's stream, which ends when the server does."""

    def drain(self) -> None:
        """End in good order, and soon."""

    def close_now(self) -> None:
        """End at once."""


class ConnectionLife:
    """What a connection is, whatever it receives."""

    __slots__ = (
        "__weakref__",
        "_ahead",
        "_awaited",
        "_body",
        "_body_length",
        "_closed",
        "_delegate",
        "_draining",
        "_exchange",
        "_fields",
        "_gated",
        "_half_closed",
        "_linger_began",
        "_max_head",
        "_message",
        "_section",
        "_serving",
        "_shortcut",
        "_since",
        "_start_request",
        "_state",
        "_successor",
        "_written",
        "clock",
        "context",
        "params",
        "stream",
    )

    def __init__(
        self,
        stream: IOStream,
        params: HTTP1ConnectionParameters | None = None,
        context: object | None = None,
    ) -> None:
        self.stream = stream
        self.params = params or HTTP1ConnectionParameters()
        self.context: Any = context
        self.clock = Clock.of(stream.io_loop)
        self._state = IDLE
        self._since = self.clock.now
        self._ahead: bytes | bytearray = b""
        self._delegate: HTTPServerConnectionDelegate | None = None
        self._message: HTTPMessageDelegate | None = None  # while a request is being received
        self._exchange: ServerExchange | None = None  # until its response is complete
        self._body_length: int | None = 0  # as announced; None: nobody knows
        self._body: IncomingBody | None = None
        self._awaited = False  # the client waits for "100 Continue"
        self._gated = False
        self._half_closed = False  # the client has shut its sending side, and waits
        self._serving = False  # inside _serve: response_done leaves the rest to it
        self._draining = False
        self._max_head = self.params.max_header_size
        self._section: bytes | None = None  # header section remembered from an earlier request
        self._fields = NO_FIELDS
        self._linger_began = 0
        self._written = -1
        self._closed: asyncio.Future[None] | None = None
        self._successor: Successor | None = None  # who speaks another protocol on the stream

    # -- deadlines

    def on_tick(self, now: int) -> None:
        state = self._state
        age = now - self._since
        params = self.params
        stream = self.stream
        if self._half_closed and not stream.closed() and (error := stream.get_fd_error()):
            stream.close(exc_info=error)  # a reset: there is no reader to meet it
            return
        if self._half_closed or stream.writing():
            self._watch_writing(now)
            return
        self._written = -1
        if state is IDLE:
            if age > params.idle_timeout:
                stream.close()
            elif age > FORGET_AFTER and self._section:
                self._section, self._fields = None, NO_FIELDS
        elif state is HEAD:
            if age > params.header_timeout:
                self._refuse(HTTPInputError("the request's head took too long", status=408))
        elif state is BODY:
            limit = params.body_timeout
            if self._exchange is not None and self._exchange._body_timeout is not None:
                limit = self._exchange._body_timeout
            if self._exchange is None:  # answered already: the connection is as good as idle
                limit = limit or params.idle_timeout
            if limit and age > limit and not self._gated:
                self._refuse(HTTPInputError("the request's body took too long", status=408))
        elif state is LINGERING and (
            age > LINGER_SILENCE or now - self._linger_began > LINGER_IN_ALL
        ):
            stream.close()

    def _watch_writing(self, now: int) -> None:
        """Something waits to be written: has any of it left lately?"""
        progress = self.stream._total_write_done_index
        if progress != self._written:
            self._written = progress
            self._since = now
        elif now - self._since > self.params.write_timeout:
            gen_log.info("Closing a connection whose client takes nothing: %s", self._peer())
            self.stream.close()

    # -- refusals

    def _refuse(self, error: HTTPInputError) -> None:
        """Answers a request that HTTP does not allow, then ends the connection in good order."""
        if self._state is CLOSED or self.stream.closed():
            return
        gen_log.info("Refused a request from %s: %d %s", self._peer(), error.status, error)
        if self._state is BODY and self._exchange is None:
            self._linger()  # answered already, and no request has two responses
        else:
            self._end_with(error.status, str(error))

    def _refuse_large_head(self, data: bytes) -> None:
        if b"\r\n" in data[: self.params.max_header_size]:
            error = HTTPInputError(
                f"request head of more than {self.params.max_header_size} bytes", status=431
            )
        else:
            error = HTTPInputError(
                f"request line of more than {self.params.max_header_size} bytes", status=414
            )
        self._refuse(error)

    def _fail(self) -> None:
        """A delegate raised what it should not: our fault, 500 if nothing has been answered yet."""
        app_log.error("Uncaught exception in a request's delegate", exc_info=True)
        if self._state is CLOSED or self.stream.closed():
            return
        if self._exchange is None:
            self._linger()
        else:
            self._end_with(500, "the server has met an error")

    def _end_with(self, status: int, text: str) -> None:
        exchange, self._exchange = self._exchange, None
        message, self._message = self._message, None
        begun = exchange is not None and exchange._state is not Writing.HEAD
        if exchange is not None:
            exchange._state = Writing.DONE
        try:
            if message is not None:
                message.on_connection_close()
            if exchange is not None:
                exchange.connection_lost()
        except Exception:
            app_log.error("Uncaught exception in a request's delegate", exc_info=True)
        if begun:
            self.stream.close()
            return
        try:
            self.stream.send(refusal(status, text))
        except StreamClosedError:
            return
        self._linger()

    # -- ends

    def eof_received(self) -> bool:
        """The stream asks whether to stay open for what is still to be answered, or to leave."""
        if self._state is IDLE:
            self._half_closed = self.stream.writing()
        elif self._state is ANSWERING:
            self._half_closed = self.params.half_close
        if self._half_closed:
            self._since = self.clock.now
            self._end_after_answers()
        return self._half_closed

    def _end_after_answers(self) -> None:
        """Nothing more will come: what was sent in full is answered, and then it is over."""
        if self._state is not ANSWERING:
            self._ahead = b""
            self._close_when_drained()
        elif self._exchange is not None and not self._ahead:
            self._exchange._ordinary = self._exchange._keep_alive = False

    def connection_lost(self, exc: BaseException | None) -> None:
        if self._state is CLOSED:
            return
        self._state = CLOSED
        self.clock.leave(self)
        message, self._message = self._message, None
        exchange, self._exchange = self._exchange, None
        delegate, self._delegate = self._delegate, None
        self._ahead = b""
        try:
            if message is not None:
                message.on_connection_close()
            if exchange is not None:
                exchange.connection_lost()
            if delegate is not None:
                delegate.on_close(self)
        except Exception:
            app_log.error("Uncaught exception after the connection closed", exc_info=True)
        if self._closed is not None and not self._closed.done():
            self._closed.set_result(None)

    def _linger(self) -> None:
        self._state = LINGERING
        self._ahead = b""
        self._since = self._linger_began = self.clock.now
        self.stream.resume_reading()
        self.stream.call_when_drained(self._shut_our_side)

    def _shut_our_side(self) -> None:
        if self._state is LINGERING and not self.stream.closed():
            try:
                self.stream.socket.shutdown(socket.SHUT_WR)
            except OSError:
                self.stream.close()

    def _close_when_drained(self) -> None:
        stream = self.stream
        if self._ahead:
            self._linger()  # closing with bytes unread would reset what we have just sent
        elif not stream.writing():
            stream.close()
        else:
            stream.pause_reading()
            stream.call_when_drained(stream.close)

    def detach(self) -> IOStream:
        """Gives the stream up; see ``ServerExchange.detach``."""
        self._leave_stream()
        self._forget()
        return self.stream

    def hand_over(self, successor: Successor) -> Callable[[], None]:
        """Gives the stream to ``successor``; see ``ServerExchange.hand_over``."""
        self._leave_stream()
        self._successor = successor
        if self._draining:
            self.clock.loop.call_soon(self.drain)
        return self._successor_ended

    def _leave_stream(self) -> None:
        self._state = DETACHED
        self.clock.leave(self)
        unread, self._ahead = bytes(self._ahead), b""
        self._exchange = self._message = self._section = None
        self._fields = NO_FIELDS
        self.stream.stop_push(unread)

    def _successor_ended(self) -> None:
        if self._successor is not None:
            self._successor = None
            self._forget()
            if self._closed is not None and not self._closed.done():
                self._closed.set_result(None)

    def _forget(self) -> None:
        """The server counts this connection no longer."""
        delegate, self._delegate = self._delegate, None
        if delegate is not None:
            delegate.on_close(self)

    def close_now(self) -> None:
        """Closes the connection without waiting for anything."""
        if self._successor is not None:
            self._successor.close_now()
        elif self._state is not DETACHED:
            self.stream.close()

    async def close(self) -> None:
        """Closes the connection; returns when its delegates have been told."""
        successor = self._successor
        if self._state is CLOSED or (self._state is DETACHED and successor is None):
            return
        if self._closed is None:
            self._closed = self.clock.loop.create_future()
        if successor is None:
            self.stream.close()
        else:
            successor.close_now()
        await self._closed

    def drain(self) -> None:
        """Lets the present request be answered, with ``Connection: close``, and takes no other."""
        self._draining = True
        if self._successor is not None:
            self._successor.drain()
        elif self._exchange is not None:
            self._exchange._ordinary = self._exchange._keep_alive = False
        elif self._state is IDLE or self._state is HEAD:
            self.stream.close()
        elif self._state is BODY:  # answered already
            self._linger()

    def _peer(self) -> str:
        return str(getattr(self.context, "address", None) or self.context or "a client")
