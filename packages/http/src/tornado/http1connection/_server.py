"""The reading side of a server's connection: requests one after another, for as long as it lives.

Laws:
1. One request at a time: what a client sends ahead (pipelining) waits, bounded, in ``_ahead``, and
   reading pauses when the bound is reached or the client does not take its responses.
2. A delegate is called synchronously. When it returns an awaitable, the *gate* is shut: reading
   pauses and nothing more is given to it until the awaitable is done.
3. Deadlines, refusals and ends are one layer below, in ``_life.py``.
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import Awaitable, Callable
from typing import Any

from tornado.http1connection._decompress import GzipDelegate
from tornado.http1connection._exchange import ServerExchange
from tornado.http1connection._framing import IncomingBody
from tornado.http1connection._life import (
    ANSWERING,
    BODY,
    HEAD,
    IDLE,
    LINGERING,
    ConnectionLife,
    app_log,
)
from tornado.http1connection._parser import USUAL_LINES, Fields, parse_fields, parse_unusual
from tornado.http1connection._state import Writing
from tornado.httputil import (
    HTTPHeaders,
    HTTPInputError,
    HTTPMessageDelegate,
    HTTPServerConnectionDelegate,
    RequestStartLine,
)
from tornado.httputil._headers import ReceivedHeaders
from tornado.iostream import StreamClosedError

UNWRITTEN = Writing.HEAD

_empty_lines: Any = re.compile(rb"(?:\r\n)*").match
_bare_line_feed: Any = re.compile(rb"(?<!\r)\n").search
_ENDED_BY_LF = "line of a request head ended by LF instead of CRLF"

MAX_AHEAD = 64 * 1024  # bytes a client may send before its turn
MAX_REMEMBERED_SECTION = 2048
MAX_DROPPED_BODY = 256 * 1024  # of a request answered early, read to keep the connection
PIPELINED_PER_TURN = 32


class HTTP1ServerConnection(ConnectionLife):
    """An HTTP/1 connection on a server's side.

    ``stream``: an accepted IOStream; ``params``: an HTTP1ConnectionParameters; ``context``: an
    object with ``remote_ip``, ``protocol`` and ``address``, found again as
    ``request.connection.context``. ``start_serving(delegate)`` sets it going.
    """

    __slots__ = ()

    def start_serving(
        self,
        delegate: HTTPServerConnectionDelegate,
        start_request: Callable[..., HTTPMessageDelegate] | None = None,
        shortcut: Callable[..., tuple[HTTPMessageDelegate, HTTPHeaders] | None] | None = None,
    ) -> None:
        """Begins to read requests and give them to ``delegate``.

        ``start_request`` may take the place of the delegate's own. ``shortcut(server_conn,
        request_conn, line, fields, bodiless)``, given a UsualLine, may save steps: it returns the
        delegate and the headers to give it, or answers a request without a body and returns None.
        """
        self._delegate = delegate
        self._shortcut = shortcut
        self._start_request = start_request or delegate.start_request
        self.clock.join(self)
        self.stream.start_push(self)

    # -- what the stream says

    def data_received(self, data: bytes) -> None:
        if self._state is IDLE:
            line, _, section = data.partition(b"\r\n")
            # A client's next request mostly repeats its header section, blank line and all.
            if section == self._section and len(data) <= self._max_head:
                self._begin(line, section, self._fields)
            else:
                self._serve(data)
        else:
            self._receive_more(data)

    def _receive_more(self, data: bytes) -> None:
        state = self._state
        if state is HEAD:
            ahead = self._ahead
            seen = len(ahead)
            if type(ahead) is not bytearray:
                ahead = self._ahead = bytearray(ahead)
            ahead += data
            # Looked for only where it can newly be, or a slow sender would cost a square.
            if ahead.find(b"\r\n\r\n", max(seen - 3, 0)) >= 0:
                self._serve(bytes(ahead))
            elif len(ahead) > self._max_head:
                self._refuse_large_head(bytes(ahead))
            elif _bare_line_feed(ahead, seen):
                self._refuse(HTTPInputError(_ENDED_BY_LF))
        elif state is BODY and not self._gated:
            self._take_body(data)
        elif state is BODY or state is ANSWERING:
            if type(self._ahead) is not bytearray:
                self._ahead = bytearray(self._ahead)
            self._ahead += data
            if len(self._ahead) > MAX_AHEAD:
                self.stream.pause_reading()
        elif state is LINGERING:
            self._since = self.clock.now

    # -- requests

    def _serve(self, data: bytes) -> None:
        """Takes whole heads off ``data`` and serves them for as long as answers come at once."""
        self._serving = True
        turns = PIPELINED_PER_TURN
        try:
            while True:
                if data[0] == 13:  # RFC 9112 section 2.2: empty lines before a request are ignored
                    data = data[_empty_lines(data).end() :]
                    if not data:
                        self._state = IDLE
                        return
                end = data.find(b"\r\n\r\n")
                if end < 0 or end > self._max_head:
                    if len(data) > self._max_head:
                        self._refuse_large_head(data)
                    elif _bare_line_feed(data):  # said at once: the end would never come
                        self._refuse(HTTPInputError(_ENDED_BY_LF))
                    else:
                        self._ahead = data
                        self._state = HEAD
                        self._since = self.clock.now
                    return
                end += 4
                self._ahead = data[end:]
                line, _, section = data[:end].partition(b"\r\n")
                self._begin(line, section, self._fields if section == self._section else None)
                if self._state is not IDLE or not self._ahead:
                    return
                data = bytes(self._ahead)
                self._ahead = b""
                turns -= 1
                if not turns or self.stream.writing():
                    self._ahead = data
                    self._state = ANSWERING
                    self._resume_later()
                    return
        finally:
            self._serving = False

    def _begin(self, line: bytes, section: bytes, fields: Fields | None) -> None:
        """Serves the request whose head this is; its body, if any, is in ``_ahead``. ``section``
        ends with the blank line; ``fields`` is what it says, if that is known."""
        try:
            if fields is None:
                fields = self._read_fields(section)
            usual = USUAL_LINES[line]
            if usual is None or not fields.host:
                self._begin_unusual(line.decode("latin-1"), fields)
                return
            method = usual[1]
            exchange = self._exchange = ServerExchange()
            exchange._server = self
            exchange._state = UNWRITTEN
            exchange._method = method
            keep_alive = not (fields.close or self._draining or self.params.no_keep_alive)
            exchange._keep_alive = keep_alive
            exchange._ordinary = keep_alive and method != "HEAD"
            if self._shortcut is None:
                headers: HTTPHeaders = ReceivedHeaders._from_fields(fields.mapping)
                message = self._start_request(self, exchange)
            else:
                bodiless = fields.bodiless
                if bodiless:
                    self._state = ANSWERING
                receiver = self._shortcut(self, exchange, usual, fields.mapping, bodiless)
                if receiver is None:
                    return
                message, headers = receiver
            self._receive(message, usual[0], headers, fields)
        except HTTPInputError as error:
            self._refuse(error)
        except Exception:
            self._fail()

    def _begin_unusual(self, line: str, fields: Fields) -> None:
        method, target, version, authority = parse_unusual(line, fields)
        exchange = self._exchange = ServerExchange()
        exchange._server = self
        exchange._state = UNWRITTEN
        exchange._method = method
        exchange._version = version
        keep_alive = not (fields.close or self._draining or self.params.no_keep_alive)
        exchange._keep_alive = keep_alive and (version == "HTTP/1.1" or fields.keep_alive)
        headers = ReceivedHeaders._from_fields(fields.mapping)
        if authority is not None:
            headers["Host"] = authority
        message = self._start_request(self, exchange)
        self._receive(message, RequestStartLine(method, target, version), headers, fields)

    def _receive(
        self,
        message: HTTPMessageDelegate,
        start_line: RequestStartLine,
        headers: HTTPHeaders,
        fields: Fields,
    ) -> None:
        """Gives ``message`` the head, and what is there of the rest."""
        if fields.bodiless:
            self._state = ANSWERING
            gate = message.headers_received(start_line, headers)
            if gate is None:
                message.finish()
                return
            self._state = BODY
        else:
            if self.params.decompress and "Content-Encoding" in fields.mapping:
                message = GzipDelegate(message, self.params, self._exchange)
            self._since = self.clock.now
            self._body = None
            self._body_length = None if fields.chunked else fields.length or 0
            self._awaited = fields.expect is not None and bool(fields.length or fields.chunked)
            self._state = BODY
            gate = message.headers_received(start_line, headers)
        self._message = None if self._exchange is None else message  # None: answered already
        if gate is not None:
            self._shut_gate(gate, fields)
        elif self._state is BODY:  # not answered already, with the end of the connection
            self._begin_body(fields)

    def _read_fields(self, section: bytes) -> Fields:
        """Reads a header section, and remembers it for a next request that repeats it."""
        fields = parse_fields(section[:-4].decode("latin-1"), self.params.max_header_count)
        if 2 < len(section) <= MAX_REMEMBERED_SECTION:  # not the bare blank line
            self._section, self._fields = section, fields
        return fields

    def _begin_body(self, fields: Fields) -> None:
        exchange = self._exchange
        if self._state is not BODY:
            return
        limit = self.params.max_body_size
        if exchange is not None and exchange._max_body_size is not None:
            limit = exchange._max_body_size
        if fields.length is not None and fields.length > limit:
            raise HTTPInputError(
                f"request body of {fields.length} bytes, at most {limit} are allowed", status=413
            )
        if fields.expect is not None and fields.expect.lower() != "100-continue":
            raise HTTPInputError(f"unsupported Expect {fields.expect[:80]!r}", status=417)
        if not fields.chunked and not fields.length:
            self._message_complete()
            return
        ahead = bytes(self._ahead)
        self._ahead = b""
        if (
            fields.expect is not None
            and not ahead
            and exchange is not None
            and exchange._version == "HTTP/1.1"
            and exchange._state is Writing.HEAD
        ):
            self._awaited = False
            try:
                self.stream.send(b"HTTP/1.1 100 Continue\r\n\r\n")
            except StreamClosedError:
                return
        message = self._message
        size = len(ahead)
        if size and size == fields.length and size <= self.params.chunk_size and message:
            # All of it came with the head, as small bodies do.
            self._awaited = False
            self._body_length = 0
            if (gate := message.data_received(ahead)) is not None:
                self._gated_body(gate, b"", True)
            elif self._state is BODY:  # not ended by the delegate meanwhile
                self._message_complete()
            return
        self._body = IncomingBody(fields.length, fields.chunked, limit)
        if ahead:
            self._awaited = False
            self._take_body(ahead)

    def _take_body(self, data: bytes) -> None:
        """Gives the delegate what ``data`` has of the body, a piece at a time."""
        body = self._body
        assert body is not None
        try:
            while data and self._state is BODY:
                piece, data = body.take(data, self.params.chunk_size)
                complete = body.done
                if complete:
                    self._ahead = data
                    data = b""
                gate = None
                if piece and self._message is not None:
                    gate = self._message.data_received(piece)
                if gate is not None:
                    self._gated_body(gate, data, complete)
                    return
                if complete and self._state is BODY:  # not ended by the delegate meanwhile
                    self._message_complete()
        except HTTPInputError as error:
            self._refuse(error)
        except Exception:
            self._fail()

    def _message_complete(self) -> None:
        """The request is complete; its response may be, too."""
        message, self._message = self._message, None
        self._body = None
        self._state = ANSWERING
        if message is not None:
            message.finish()
        if self._exchange is None and self._state is ANSWERING:
            self._next()

    # -- the gate

    def _shut_gate(self, gate: Awaitable[None], fields: Fields) -> None:
        def opened() -> None:
            if fields.length or fields.chunked or fields.expect is not None:
                self._begin_body(fields)
            else:
                self._message_complete()

        self._wait_for(gate, opened)

    def _gated_body(self, gate: Awaitable[None], rest: bytes, complete: bool) -> None:
        def opened() -> None:
            if complete:
                self._message_complete()
                return
            data = rest + bytes(self._ahead)
            self._ahead = b""
            if data:
                self._take_body(data)

        self._wait_for(gate, opened)

    def _wait_for(self, gate: Awaitable[None], opened: Any) -> None:
        self._gated = True
        self.stream.pause_reading()
        future = asyncio.ensure_future(gate, loop=self.clock.loop)

        def on_done(done: asyncio.Future[None]) -> None:
            self._gated = False
            error = None if done.cancelled() else done.exception()
            if self._state is not BODY:
                if error is not None and not isinstance(error, (StreamClosedError, HTTPInputError)):
                    app_log.error("Uncaught exception in a request's delegate", exc_info=error)
                return
            self._since = self.clock.now
            self.stream.resume_reading()
            try:
                if error is not None:
                    raise error
                opened()
            except HTTPInputError as refused:
                self._refuse(refused)
            except Exception:
                self._fail()

        future.add_done_callback(on_done)

    # -- responses

    def may_continue(self) -> bool:
        """Whether the connection can serve another request after the response that begins now:
        not if it is draining, or if too much of the present request is still to come."""
        if self._draining or self._awaited:
            return False
        if self._state is BODY:
            left = self._body_length if self._body is None else self._body.left
            return left is not None and left <= MAX_DROPPED_BODY
        return True

    def response_done(self, exchange: ServerExchange, keep_alive: bool) -> None:
        """The exchange says that its response is complete."""
        if self._exchange is not exchange:
            return
        self._exchange = None
        if self._state is ANSWERING:
            if not keep_alive:
                self._close_when_drained()
            elif self._ahead:
                self._next()
            else:
                self._state = IDLE
                self._since = self.clock.now
        elif self._state is BODY:  # answered early
            self._message = None
            if not keep_alive or not self.may_continue():
                self._linger()

    def _next(self) -> None:
        self._since = self.clock.now
        self._state = IDLE
        if self._ahead and not self._serving:
            # Not from here: this may be a handler's own task, and the next request is not its.
            self._state = ANSWERING
            self._resume_later()

    def _resume_later(self) -> None:
        if self.stream.writing():
            self.stream.pause_reading()
            self.stream.call_when_drained(self._resume)
        else:
            self.clock.loop.call_soon(self._resume)

    def _resume(self) -> None:
        if self._state is not ANSWERING or self._exchange is not None or self.stream.closed():
            return
        self._state = IDLE
        data = bytes(self._ahead)
        self._ahead = b""
        if not self._half_closed and (len(data) <= MAX_AHEAD or data.find(b"\r\n\r\n") < 0):
            self.stream.resume_reading()
        if data:
            self._serve(data)
        if self._half_closed:
            self._end_after_answers()
        elif self._state in (IDLE, HEAD, BODY) and not self._gated:
            self.stream.resume_reading()
