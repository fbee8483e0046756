"""One request and its response, from the queue to the end.

::

    QUEUED ──its turn──▶ DIALING ──connected──▶ SENT ──response's head──▶ READING ──▶ DONE
       └───a connection was idle───────────────▶ │

Laws:
1. ``done(response)`` is called once, whatever happens, and by then nothing of the exchange is
   left: no timer, no task, no place in the queue. After ``cancel`` it is not called at all.
2. A connection goes back to the pool only after a response that was read to its end, to a request
   that was sent to its end, where both sides mean to go on. In every other case it is closed.
3. A request on a connection that has served others is sent once more, on a new one, if the server
   closed that connection without a byte of a response and the request does no harm twice
   (RFC 9112 section 9.3.1), or nothing of it can have arrived.
4. At most one timer runs: that of the phase, or of all phases if that is due earlier.
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Awaitable, Callable
from enum import Enum, auto
from typing import TYPE_CHECKING, Any

from tornado.http1connection._reader import ResponseReader
from tornado.httpclient._decode import Decoder, decoder_for
from tornado.httpclient._errors import (
    BodyTooLargeError,
    HTTPProtocolError,
    HTTPStreamClosedError,
    HTTPTimeoutError,
    Phase,
)
from tornado.httpclient._journey import Done, body_is_final
from tornado.httpclient._request import _RequestProxy
from tornado.httpclient._response import HTTPResponse
from tornado.httpclient._retry import IDEMPOTENT
from tornado.httpclient._route import Route
from tornado.httpclient._urls import parse_url
from tornado.httputil import HTTPHeaders, HTTPInputError, HTTPMessageDelegate, ResponseStartLine
from tornado.iostream import StreamClosedError
from tornado.simple_httpclient._connection import Connection
from tornado.simple_httpclient._content import Content
from tornado.simple_httpclient._head import Outgoing, outgoing
from tornado.simple_httpclient._producing import Producing

if TYPE_CHECKING:
    from tornado.simple_httpclient._pool import Pool

gen_log = logging.getLogger("tornado.general")

GATHER = 64 * 1024
"""A body up to this size leaves together with the head."""
CONTINUE_WAIT = 1.0
"""Seconds to wait for ``100 Continue`` before the body is sent without it (RFC 9110 section
10.1.1: a client should not wait for long)."""


class _State(Enum):
    QUEUED = auto()
    DIALING = auto()
    SENT = auto()
    READING = auto()
    DONE = auto()


_QUEUED, _DIALING, _SENT, _READING, _DONE = _State


class Exchange(HTTPMessageDelegate):
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
        self._state = _QUEUED
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
        self._repeated = self._sent = self._dropping = False
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
                raise HTTPStreamClosedError("the client was closed before this request")
            self._route = Route.of(self._request)
            self._prepare()
        except Exception as error:
            self._fail(error)
            return
        turns = pool.turns
        if turns.enter(self, self.host):
            self._connect()
            return
        level = logging.INFO if turns.waiting == 1 else logging.DEBUG
        gen_log.log(
            level,
            "A request to %s waits for its turn: %d are running, %d are waiting (max_clients=%d)",
            self.host,
            len(turns.running),
            turns.waiting,
            turns.most,
        )
        limit = self._queue_limit()
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
        if self._state is not _DONE:
            self._release()

    def client_closed(self) -> None:
        self._fail(HTTPStreamClosedError("the client was closed before the response was complete"))

    def _prepare(self) -> None:
        self._out = outgoing(
            self._request, self._url, self._route, self._pool.keep_alive, self._expects
        )

    # -- connecting

    def _connect(self) -> None:
        idle = self._pool.idle
        # What cannot be repeated is not sent on a connection that may just have ended.
        careful = self._request.method not in IDEMPOTENT or self._out.body is not None
        while (connection := idle.take(self._route)) is not None:
            if not (connection.stream.closed() or (careful and connection.stale())):
                self._send(connection)
                return
            connection.close()
        self._dial()

    def _dial(self) -> None:
        self._state = _DIALING
        request = self._request
        most = request.request_timeout
        if most and (not request.connect_timeout or most < request.connect_timeout):
            self._limit_all()
        self._dialing = self._pool.loop.create_task(
            self._pool.dial(request, self._route, self._mark)
        )
        self._dialing.add_done_callback(self._dialed)

    def _mark(self, phase: Phase) -> None:
        if phase is Phase.CONNECT:
            self._connected = self._pool.loop.time()
        elif phase is Phase.TLS:
            self._secured = self._pool.loop.time()

    def _dialed(self, task: asyncio.Task[Connection]) -> None:
        self._dialing = None
        if task.cancelled():
            self._fail(HTTPStreamClosedError("canceled while the connection was being made"))
            return
        error = task.exception()
        if error is not None:
            self._fail(error)
        elif self._state is _DONE:
            task.result().close()
        else:
            self._send(task.result())

    # -- sending

    def _send(self, connection: Connection) -> None:
        self._state = _SENT
        self._connection = connection
        request = self._request
        reader = connection.begin(self, self, request.method, self._pool.params)
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
                self._continue_timer = self._pool.loop.call_later(CONTINUE_WAIT, self._send_body)
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
        if self._request.headers_timeout and self._state is _SENT:
            assert self._connection is not None
            self._connection.stream.call_when_drained(self._wait_for_headers)

    def _wait_for_headers(self) -> None:
        limit = self._request.headers_timeout
        if limit and self._state is _SENT:
            self._limit(Phase.HEADERS, limit)

    # -- the response, as a delegate

    def headers_received(self, start_line: Any, headers: HTTPHeaders) -> Awaitable[None] | None:
        self._state = _READING
        request = self._request
        _, code, reason = start_line
        self._code, self._reason, self._headers = code, reason, headers
        self._answered = self._pool.loop.time()
        if self._continue_timer is not None:
            self._stop_waiting_for_continue()
            if code == 417:
                self._repeat_without_expecting()
                return None
        if request.header_callback is not None:
            tell_headers(request.header_callback, start_line, headers)
        if code >= 300 and not body_is_final(request, code, headers):
            self._dropping = True
        elif request.streaming_callback is not None or (
            request.decompress_response and "Content-Encoding" in headers
        ):
            self._prepare_content(headers)
        if request.headers_timeout or request.body_timeout:
            self._stop_timer()
            self._limit_all()
            if request.body_timeout:
                self._limit(Phase.BODY, request.body_timeout)
        return None

    def _prepare_content(self, headers: HTTPHeaders) -> None:
        request = self._request
        decoder: Decoder | None = None
        if request.decompress_response and has_content(request.method, self._code):
            coding = headers.get("Content-Encoding", "")
            decoder = decoder_for(coding)
            if decoder is not None:
                headers["X-Consumed-Content-Encoding"] = coding
                del headers["Content-Encoding"]
        limit = request.max_body_size
        self._content = Content(
            decoder,
            self._pool.params.max_body_size if limit is None else limit,
            request.streaming_callback,
        )

    def _repeat_without_expecting(self) -> None:
        """RFC 9110 section 10.1.1: the request is repeated without the expectation."""
        connection, self._connection = self._connection, None
        assert connection is not None
        connection.close()
        self._expects = False
        self._prepare()
        self._dial()

    def data_received(self, chunk: bytes) -> Awaitable[None] | None:
        if self._content is not None:
            return self._content.take(chunk)
        if not self._dropping:
            self._pieces.append(chunk)
        return None

    # -- the end

    def response_complete(self, reader: ResponseReader) -> None:
        """What the connection says: the response has been read to its end."""
        content = self._content
        if content is not None:
            try:
                gate = content.finish()
            except Exception as error:
                self.response_failed(error)
                return
            self._pieces = content.pieces
            if gate is not None:
                taken = asyncio.ensure_future(gate)
                taken.add_done_callback(lambda _: self._last_taken(taken, reader))
                return
        self._finish(reader)

    def _last_taken(self, taken: asyncio.Future[None], reader: ResponseReader) -> None:
        """The program has taken the last of the body, after a while."""
        error = None if taken.cancelled() else taken.exception()
        if self._state is _DONE:
            return
        if error is not None:
            self._fail(error)
        else:
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
            self._pool.give_back(connection)
        self._release()
        self._respond(None, body)

    def response_failed(self, error: Exception) -> None:
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
        connection = self._connection
        assert connection is not None
        if connection.served and self._state is _SENT and not self._repeated:
            harmless = self._request.method in IDEMPOTENT and self._out.body is None
            if (nothing_arrived or harmless) and not connection.has_begun():
                self._repeated = True
                self._connection = None
                self._stop_waiting_for_continue()
                connection.close()
                self._dial()
                return
        what = "closed the connection" if exc is None else f"ended the connection: {exc}"
        when = "it answered" if self._state is _SENT else "its response was complete"
        error = HTTPStreamClosedError(f"{self.host} {what}, before {when}")
        error.real_error = error.__cause__ = exc
        self._fail(error)

    def _fail(self, error: BaseException) -> None:
        if self._state is not _DONE:
            self._release()
            self._respond(error, None)

    def _release(self) -> None:
        """Everything that the exchange holds is given back or closed."""
        self._state = _DONE
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
                self._request,  # type: ignore[arg-type]  # it takes the request out of the view
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

    def _queue_limit(self) -> float | None:
        request = self._request
        if request.queue_timeout is not None:
            return request.queue_timeout
        limits = [one for one in (request.connect_timeout, request.request_timeout) if one]
        return min(limits) if limits else None

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
        error = HTTPTimeoutError.of(phase, limit, self.host)
        if phase is Phase.QUEUE:
            turns = self._pool.turns
            ahead = turns.ahead(self, self.host)
            error = HTTPTimeoutError(
                f"{error}: {len(turns.running)} requests were running, {ahead} were ahead in the "
                "queue",
                phase,
            )
        self._fail(error)

    def _stop_timer(self) -> None:
        timer, self._timer = self._timer, None
        if timer is not None:
            timer.cancel()

    def _stop_waiting_for_continue(self) -> None:
        timer, self._continue_timer = self._continue_timer, None
        if timer is not None:
            timer.cancel()


def has_content(method: str, code: int) -> bool:
    """Whether a response has content (RFC 9112 section 6.3)."""
    return method != "HEAD" and code not in (204, 304)


def tell_headers(
    callback: Callable[[str], Any], start_line: ResponseStartLine, headers: HTTPHeaders
) -> None:
    """Gives a header_callback its lines."""
    callback(f"{start_line.version} {start_line.code} {start_line.reason}\r\n")
    for name, value in headers.get_all():
        callback(f"{name}: {value}\r\n")
    callback("\r\n")
