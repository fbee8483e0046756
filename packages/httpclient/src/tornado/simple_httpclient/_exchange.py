"""One request and its response.

Laws:
1. A connection goes back to the pool only after a response that was read to its end, to a request
   that was sent to its end, where both sides mean to go on. In every other case it is closed.
2. A request on a connection that has served others is sent once more, on a new one, if the server
   closed that connection without a byte of a response and the request does no harm twice
   (RFC 9112 section 9.3.1), or nothing of it can have arrived.
3. A request that must not be sent twice gets a connection of its own to a proxy that is to pass it
   on: small proxies close after each response, without having said so.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable
from typing import Any

from tornado.http1connection._reader import ResponseReader
from tornado.httpclient._content import content_of, tell_headers
from tornado.httpclient._errors import (
    BodyTooLargeError,
    HTTPClientError,
    HTTPProtocolError,
    HTTPStreamClosedError,
    Phase,
)
from tornado.httpclient._journey import body_is_final
from tornado.httpclient._retry import IDEMPOTENT
from tornado.httputil import HTTPHeaders, HTTPInputError
from tornado.iostream import StreamClosedError
from tornado.simple_httpclient._connection import Connection
from tornado.simple_httpclient._head import outgoing
from tornado.simple_httpclient._life import DIALING, DONE, READING, SENT, ExchangeLife
from tornado.simple_httpclient._producing import Producing

GATHER = 64 * 1024
"""A body up to this size leaves together with the head."""
MAX_DROPPED = 256 * 1024
"""The most bytes that are read of a body that nobody wants, to use the connection again."""
CONTINUE_WAIT = 1.0
"""Seconds to wait for ``100 Continue`` before the body is sent without it (RFC 9110 section
10.1.1: a client should not wait for long)."""


class Exchange(ExchangeLife):
    """A request on its way through a ``Pool``."""

    __slots__ = ()

    def _prepare(self) -> None:
        self._out = outgoing(
            self._request, self._url, self._route, self._shared.keep_alive, self._expects
        )

    # -- connecting

    def _go(self) -> None:
        if self._route.absolute_form and self._request.method not in IDEMPOTENT:
            self._dial()  # law 3
            return
        idle = self._shared.idle
        while (connection := idle.take(self._route)) is not None:
            if not connection.stale():
                self._send(connection)
                return
            connection.close()
        self._dial()

    def _dial(self) -> None:
        self._state = DIALING
        request = self._request
        most, connecting = request.request_timeout, request.connect_timeout
        if most and (self._repeated or not connecting or most < connecting):
            self._limit_all()
        self._dialing = self._shared.loop.create_task(
            self._shared.dial(request, self._route, self._mark)
        )
        self._dialing.add_done_callback(self._dialed)

    def _mark(self, phase: Phase) -> None:
        if phase is Phase.CONNECT:
            self._connected = self._shared.loop.time()
        elif phase is Phase.TLS:
            self._secured = self._shared.loop.time()

    def _dialed(self, task: asyncio.Task[Connection]) -> None:
        self._dialing = None
        try:
            connection = task.result()
        except asyncio.CancelledError:
            self._fail(HTTPStreamClosedError("canceled while the connection was being made"))
        except Exception as error:
            if isinstance(error, HTTPClientError):
                forget_frames(error)
            self._fail(error)
        else:
            if self._state is DONE:
                connection.close()
            else:
                self._send(connection)

    # -- sending

    def _send(self, connection: Connection) -> None:
        self._state = SENT
        self._connection = connection
        request = self._request
        reader = connection.begin(self, self, request.method, self._shared.params)
        if request.max_body_size is not None:
            reader.max_body_size = request.max_body_size
        if self._timer is None:
            self._limit_all()
        out = self._out
        stream = connection.stream
        try:
            if self._expects:
                reader.on_interim = self._on_interim
                stream.send(out.head)
                self._continue_timer = self._shared.loop.call_later(CONTINUE_WAIT, self._send_body)
                return
            if out.body is not None:
                stream.send(out.head)
            elif len(out.whole) <= GATHER:
                stream.send(out.head + out.whole)
            else:
                stream.send(out.head)
                stream.send(out.whole)
        except StreamClosedError as error:
            self._lost(error.real_error, nothing_arrived=True)
            return
        if out.body is not None:
            self._send_body()
        else:
            self._request_sent()

    def _on_interim(self, code: int, headers: HTTPHeaders) -> None:
        if code == 100 and self._continue_timer is not None:
            self._send_body()

    def _send_body(self) -> None:
        """Sends what ``Expect`` held back, or what the program produces."""
        self._stop_waiting_for_continue()
        connection, out = self._connection, self._out
        assert connection is not None
        if out.body is None:
            try:
                connection.stream.send(out.whole)
            except StreamClosedError:
                return  # the connection tells
            self._request_sent()
            return
        self._producing = Producing(connection.stream, out.body, self._produced)
        producer = self._request.body_producer
        assert producer is not None
        self._producing.start(producer)

    def _produced(self, error: BaseException | None) -> None:
        self._producing = None
        if error is None:
            self._request_sent()
        elif not isinstance(error, StreamClosedError):  # of that the connection tells
            self._fail(error)

    def _request_sent(self) -> None:
        self._sent = True
        if self._request.headers_timeout and self._state is SENT:
            assert self._connection is not None
            self._connection.stream.call_when_drained(self._wait_for_headers)

    def _wait_for_headers(self) -> None:
        limit = self._request.headers_timeout
        if limit and self._state is SENT:
            self._limit(Phase.HEADERS, limit)

    # -- the response, as a delegate

    def headers_received(self, start_line: Any, headers: HTTPHeaders) -> Awaitable[None] | None:
        self._state = READING
        request = self._request
        _, code, reason = start_line
        self._code, self._reason, self._headers = code, reason, headers
        self._answered = self._shared.loop.time()
        if self._continue_timer is not None:
            self._stop_waiting_for_continue()
            if code == 417:  # RFC 9110 section 10.1.1: repeated without the expectation
                self._expects = False
                self._prepare()
                self._repeat()
                return None
        if code == 408 and self._may_repeat():
            # RFC 9110 section 15.5.9: the server was about to close the idle connection.
            self._repeat()
            return None
        if request.header_callback is not None:
            tell_headers(request.header_callback, start_line, headers)
            if self._state is DONE:  # the callback has canceled the fetch
                return None
        if code >= 300 and not body_is_final(request, code, headers):
            self._dropping = MAX_DROPPED
        elif request.streaming_callback is not None or (
            request.decompress_response and "Content-Encoding" in headers
        ):
            limit = request.max_body_size
            if limit is None:
                limit = self._shared.params.max_body_size
            self._content = content_of(request, code, headers, limit)
        if request.headers_timeout or request.body_timeout:
            self._stop_timer()
            self._limit_all()
            if request.body_timeout:
                self._limit(Phase.BODY, request.body_timeout)
        return None

    def data_received(self, chunk: bytes) -> Awaitable[None] | None:
        if self._content is not None:
            return self._content.take(chunk)
        if self._dropping is None:
            self._pieces.append(chunk)
        else:
            self._dropping -= len(chunk)
            if self._dropping < 0:
                self._cut_short()
        return None

    def _cut_short(self) -> None:
        """The rest of a body that nobody wants would cost more than a new connection."""
        self._release()
        self._respond(None, b"")

    # -- the end

    def response_complete(self, reader: ResponseReader) -> None:
        """What the connection says: the response has been read to its end."""
        content, self._content = self._content, None
        if content is not None:
            try:
                gate = content.finish()
            except (Exception, asyncio.CancelledError) as error:
                self.response_failed(error)
                return
            self._pieces = content.pieces
            if gate is not None:
                assert self._connection is not None
                self._connection.hold(gate)  # and then here again
                return
        self._finish(reader)

    def _finish(self, reader: ResponseReader) -> None:
        pieces = self._pieces
        body = pieces[0] if len(pieces) == 1 else b"".join(pieces)
        connection = self._connection
        assert connection is not None
        connection.end()
        connection.served += 1
        if (
            reader.persistent
            and self._sent
            and not self._out.closing
            and not reader.rest
            and reader.code != 101
            and not connection.stream.closed()
            and not connection.stream.writing()
        ):
            self._connection = None
            self._shared.give_back(connection)
        self._release()
        self._respond(None, body)

    def response_failed(self, error: BaseException) -> None:
        """What the connection says: the response cannot be read."""
        if isinstance(error, HTTPInputError):
            kind = BodyTooLargeError if error.status == 413 else HTTPProtocolError
            told = kind(f"response from {self.host}: {error}")
            told.__cause__ = error
            error = told
        self._fail(error)

    def connection_lost(self, exc: BaseException | None, reader: ResponseReader) -> None:
        """What the connection says: it has ended before the response has."""
        self._lost(exc, nothing_arrived=False)

    def _lost(self, exc: BaseException | None, nothing_arrived: bool) -> None:
        assert self._connection is not None
        if not self._connection.has_begun() and self._may_repeat(nothing_arrived):
            self._repeat()
            return
        what = "closed the connection" if exc is None else f"ended the connection: {exc}"
        when = "it answered" if self._state is SENT else "its response was complete"
        error = HTTPStreamClosedError(f"{self.host} {what}, before {when}")
        error.real_error = error.__cause__ = exc
        self._fail(error)

    def _may_repeat(self, nothing_arrived: bool = False) -> bool:
        """Law 2, but for what has come of a response."""
        connection = self._connection
        if connection is None or not connection.served or self._repeated:
            return False
        return nothing_arrived or (self._request.method in IDEMPOTENT and self._out.body is None)

    def _repeat(self) -> None:
        """Sends the request once more, on a new connection."""
        connection, self._connection = self._connection, None
        assert connection is not None
        connection.close()
        self._repeated = True
        self._headers = None
        self._answered = 0.0
        self._stop_timer()
        self._stop_waiting_for_continue()
        self._dial()


def forget_frames(error: BaseException) -> None:
    """Takes the tracebacks off an error whose message says everything.

    They hold frames of the task, in which asyncio's time limits hold the task, which holds the
    error: a ring that would keep the fetch in memory until the garbage collector comes by.
    """
    left: list[BaseException | None] = [error]
    seen = set()
    while left:
        one = left.pop()
        if one is not None and one not in seen:
            seen.add(one)
            one.__traceback__ = None
            left += [one.__cause__, one.__context__]
