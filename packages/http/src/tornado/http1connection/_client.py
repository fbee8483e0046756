"""One exchange as a client: a request out, its response in.

Laws:
1. The request is checked before a byte of it leaves: a method that is no token, a target with a
   space or a line end, a body that is not as long as announced are HTTPOutputError.
2. The response is framed as RFC 9112 section 6.3 says and as strictly as a request; at most
   ``MAX_INTERIM`` interim responses come before it.
3. Reading is by push: no future for each read. A delegate's awaitable pauses the stream.
4. When the response is complete the stream is free again, with nothing of this exchange left on
   it; ``reusable`` says whether another request may follow.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable
from enum import Enum, auto
from typing import Any

from tornado.http1connection._decompress import GzipDelegate
from tornado.http1connection._framing import IncomingBody
from tornado.http1connection._params import HTTP1ConnectionParameters
from tornado.http1connection._parser import Fields, parse_fields
from tornado.http1connection._serialize import head_bytes
from tornado.http1connection._state import Writing
from tornado.httputil import (
    HTTPConnection,
    HTTPHeaders,
    HTTPInputError,
    HTTPMessageDelegate,
    HTTPOutputError,
    RequestStartLine,
    ResponseStartLine,
    parse_response_start_line,
)
from tornado.httputil._headers import is_token
from tornado.iostream import IOStream, StreamClosedError

gen_log = logging.getLogger("tornado.general")
app_log = logging.getLogger("tornado.application")

MAX_INTERIM = 10
_WITH_BODY = frozenset(["POST", "PUT", "PATCH"])


class _Reading(Enum):
    NOTHING = auto()
    HEAD = auto()
    BODY = auto()
    DONE = auto()


class HTTP1Connection(HTTPConnection):
    """A client's side of HTTP/1.1 on ``stream``, for one request.

    ``write_headers``, ``write`` and ``finish`` send the request; ``read_response(delegate)`` gives
    the response to an HTTPMessageDelegate. A server's side is HTTP1ServerConnection; what takes
    its responses is found as ``request.connection`` and has the same methods for writing.
    """

    _write_state = Writing.HEAD
    _left: int | None = None  # of the request's Content-Length
    _chunked = False
    _method = "GET"
    _closing = False  # the request said "Connection: close"
    _close_callback: Callable[[], Any] | None = None
    _body_timer: asyncio.TimerHandle | None = None
    _gated = False

    def __init__(
        self,
        stream: IOStream,
        is_client: bool,
        params: HTTP1ConnectionParameters | None = None,
        context: object | None = None,
    ) -> None:
        if not is_client:
            raise ValueError(
                "HTTP1Connection is made for a client here; a server gives its stream to "
                "HTTP1ServerConnection(stream).start_serving(delegate)"
            )
        self.is_client = is_client
        self.stream = stream
        self.params = params or HTTP1ConnectionParameters()
        self.context = context
        self.no_keep_alive = self.params.no_keep_alive
        self.reusable = False
        self._loop = stream.io_loop.asyncio_loop
        self._max_body_size = self.params.max_body_size
        self._body_timeout = self.params.body_timeout
        self._reading = _Reading.NOTHING
        self._held = bytearray()
        self._interim = 0
        self._body: IncomingBody | None = None
        self._delegate: HTTPMessageDelegate | None = None
        self._response: asyncio.Future[bool] | None = None

    # -- settings of this exchange

    def set_max_body_size(self, max_body_size: int) -> None:
        """Another limit for the response's body. Bytes."""
        self._max_body_size = max_body_size

    def set_body_timeout(self, timeout: float) -> None:
        """Another time limit for the response's body. Seconds; 0 means none."""
        self._body_timeout = timeout

    def set_close_callback(self, callback: Callable[[], Any] | None) -> None:
        """``callback()`` is called if the connection closes before the response is complete."""
        self._close_callback = callback

    # -- the request

    def write_headers(
        self,
        start_line: RequestStartLine | ResponseStartLine,
        headers: HTTPHeaders,
        chunk: bytes | None = None,
    ) -> asyncio.Future[None]:
        """Sends the head, and ``chunk`` as the body's first piece.

        A POST, PUT or PATCH without Content-Length is sent in chunks. Raises HTTPOutputError.
        """
        if self._write_state is not Writing.HEAD:
            raise HTTPOutputError("the head of this request has already been written")
        method, target, version = _checked_start(start_line)
        self._method = method
        fields = headers._fields
        length = fields.get("Content-Length")
        if length is not None:
            if not (isinstance(length, str) and length.isascii() and length.isdigit()):
                raise HTTPOutputError(f"Content-Length must be one number, got {length!r}")
            self._left = int(length)
        elif method in _WITH_BODY or "Transfer-Encoding" in fields:
            self._chunked = True
            fields.setdefault("Transfer-Encoding", "chunked")
        else:
            self._left = 0
        if self.no_keep_alive:
            fields["Connection"] = "close"
        self._closing = "close" in str(fields.get("Connection", "")).lower()
        framed = self._framed(chunk) if chunk else b""
        self._write_state = Writing.BODY
        return self._send(head_bytes(f"{method} {target} {version}", headers) + framed)

    def write(self, chunk: bytes) -> asyncio.Future[None]:
        """Sends a piece of the body. The future is done when it has left."""
        if self._write_state is not Writing.BODY:
            when = "before its head" if self._write_state is Writing.HEAD else "after its end"
            raise HTTPOutputError(f"body of a request written {when}")
        return self._send(self._framed(chunk))

    def finish(self) -> None:
        """The request is complete. Raises HTTPOutputError if the body is shorter than announced;
        the connection is then closed."""
        if self._write_state is Writing.DONE:
            return
        if self._left and not self.stream.closed():
            self.close()
            raise HTTPOutputError(
                f"request body is shorter than its Content-Length by {self._left} bytes"
            )
        self._write_state = Writing.DONE
        if self._chunked:
            self._send(b"0\r\n\r\n")

    def _framed(self, chunk: bytes) -> bytes:
        if self._chunked:
            return b"%x\r\n%b\r\n" % (len(chunk), chunk) if chunk else b""
        assert self._left is not None
        self._left -= len(chunk)
        if self._left < 0:
            self.close()
            raise HTTPOutputError(
                f"request body is longer than its Content-Length by {-self._left} bytes"
            )
        return chunk

    def _send(self, data: bytes) -> asyncio.Future[None]:
        try:
            return self.stream.write(data)
        except StreamClosedError as error:
            failed: asyncio.Future[None] = self._loop.create_future()
            failed.set_exception(error)
            failed.exception()  # the response's future tells as well
            return failed

    # -- the response

    def read_response(self, delegate: HTTPMessageDelegate) -> asyncio.Future[bool]:
        """Gives the response to ``delegate``, body included.

        The future gives True when it is complete, False if it was malformed or the connection
        ended before; the delegate's ``on_connection_close`` has then been called. An exception
        of the delegate is the future's.
        """
        if self._reading is not _Reading.NOTHING:
            raise RuntimeError("the response of this exchange is being read, or has been")
        if self.params.decompress:
            delegate = GzipDelegate(delegate, self.params, self)
        self._delegate = delegate
        self._reading = _Reading.HEAD
        self._response = self._loop.create_future()
        if self.stream.closed():
            self._loop.call_soon(self.connection_lost, self.stream.error)
        else:
            self.stream.start_push(self)
        return self._response

    def data_received(self, data: bytes) -> None:
        """What the stream received."""
        if self._held or self._gated:
            self._held += data
            if not self._gated:
                self._go_on()
        else:
            self._advance(data)

    def _go_on(self) -> None:
        data = bytes(self._held)
        self._held.clear()
        if data:
            self._advance(data)

    def _advance(self, data: bytes) -> None:
        try:
            while data and not self._gated:
                if self._reading is _Reading.HEAD:
                    rest = self._take_head(data)
                    if rest is None:
                        return
                    data = rest
                elif self._reading is _Reading.BODY:
                    data = self._take_body(data)
                else:
                    return
            self._held += data
        except HTTPInputError as error:
            gen_log.info("Malformed HTTP response from %s: %s", self.context or "a server", error)
            self._fail(None)
        except Exception as error:
            self._fail(error)

    def _take_head(self, data: bytes) -> bytes | None:
        end = data.find(b"\r\n\r\n")
        if end < 0 or end > self.params.max_header_size:
            if len(data) > self.params.max_header_size:
                raise HTTPInputError(
                    f"response head of more than {self.params.max_header_size} bytes"
                )
            self._held += data
            return None
        line, _, section = data[:end].decode("latin-1").partition("\r\n")
        start_line = parse_response_start_line(line)
        fields = parse_fields(section, self.params.max_header_count)
        rest = data[end + 4 :]
        if 100 <= start_line.code < 200 and start_line.code != 101:
            self._interim += 1
            if self._interim > MAX_INTERIM:
                raise HTTPInputError(f"more than {MAX_INTERIM} interim responses")
            if fields.length or fields.chunked:
                raise HTTPInputError(f"interim response {start_line.code} with a body")
            return rest
        self._begin_body(start_line, fields, rest)
        return b""

    def _begin_body(self, start_line: ResponseStartLine, fields: Fields, rest: bytes) -> None:
        assert self._delegate is not None
        code = start_line.code
        persistent = not fields.close and (start_line.version != "HTTP/1.0" or fields.keep_alive)
        self.reusable = persistent and not self._closing
        gate = self._delegate.headers_received(start_line, HTTPHeaders._from_fields(fields.mapping))

        def body() -> None:
            if self._method == "HEAD" or code in (101, 204, 304):
                incoming = IncomingBody(0, False, 0)
            else:
                incoming = IncomingBody(fields.length, fields.chunked, self._max_body_size)
            self._body = incoming
            self._reading = _Reading.BODY
            if incoming.until_close:
                self.reusable = False
            if self._body_timeout and not incoming.done:
                self._body_timer = self._loop.call_later(self._body_timeout, self._too_slow)
            if incoming.done:
                self._complete(rest)
            elif rest:
                self._advance(rest)

        if gate is None:
            body()
        else:
            self._wait(gate, body)

    def _take_body(self, data: bytes) -> bytes:
        assert self._body is not None
        assert self._delegate is not None
        body = self._body
        piece, rest = body.take(data, self.params.chunk_size)
        gate = self._delegate.data_received(piece) if piece else None

        def go_on() -> None:
            if body.done:
                self._complete(rest)
            elif rest:
                self._advance(rest)

        if gate is not None:
            self._wait(gate, go_on)
            return b""
        if body.done:
            self._complete(rest)
            return b""
        return rest

    def _wait(self, gate: Awaitable[None], opened: Callable[[], None]) -> None:
        self._gated = True
        self.stream.pause_reading()

        def on_done(done: asyncio.Future[None]) -> None:
            self._gated = False
            if self._reading is _Reading.DONE:
                done.cancelled() or done.exception()
                return
            error = None if done.cancelled() else done.exception()
            if error is not None:
                self._fail(error)
                return
            try:
                opened()
            except HTTPInputError as refused:
                gen_log.info("Malformed HTTP response: %s", refused)
                self._fail(None)
                return
            self._after_gate()

        asyncio.ensure_future(gate, loop=self._loop).add_done_callback(on_done)

    def _after_gate(self) -> None:
        if self._reading is not _Reading.DONE and not self._gated:
            self.stream.resume_reading()
            self._go_on()

    def _complete(self, rest: bytes) -> None:
        if self._reading is _Reading.DONE:
            return
        self._end()
        if rest:
            self.reusable = False  # bytes that no request asked for
        if not self.stream.closed():
            self.stream.resume_reading()
            self.stream.stop_push(rest)
        delegate, self._delegate = self._delegate, None
        try:
            assert delegate is not None
            delegate.finish()
        except Exception as error:
            self._settle(error)
        else:
            self._settle(True)

    def _too_slow(self) -> None:
        gen_log.info("Timeout reading body from %s", self.context or "a server")
        self._fail(None)

    def _fail(self, error: BaseException | None) -> None:
        """The response cannot be completed: the peer's fault (None), or the delegate's error."""
        if self._reading is _Reading.DONE:
            return
        self._end()
        self.reusable = False
        self.stream.close()
        delegate, self._delegate = self._delegate, None
        if delegate is not None:
            delegate.on_connection_close()
        self._settle(False if error is None else error)

    def connection_lost(self, exc: BaseException | None) -> None:
        """What the stream says when it has closed."""
        body = self._body
        if self._reading is _Reading.BODY and body is not None and body.until_close and exc is None:
            self._complete(b"")
            return
        callback, self._close_callback = self._close_callback, None
        lost = self._reading is not _Reading.DONE
        self._fail(None)
        if lost and callback is not None:
            callback()

    def _end(self) -> None:
        self._reading = _Reading.DONE
        self._held.clear()
        if self._body_timer is not None:
            self._body_timer.cancel()
            self._body_timer = None

    def _settle(self, result: bool | BaseException) -> None:
        response = self._response
        if response is None or response.done():
            return
        if isinstance(result, BaseException):
            response.set_exception(result)
        else:
            response.set_result(result)

    # -- the end of the ordinary

    def close(self) -> None:
        """Closes the connection at once."""
        self._write_state = Writing.DONE
        self.stream.close()

    def detach(self) -> IOStream:
        """Takes the stream away from HTTP, for another protocol to speak on it."""
        self._end()
        self._close_callback = None
        self._delegate = None
        return self.stream


def _checked_start(start_line: Any) -> tuple[str, str, str]:
    method, target, version = start_line
    if not (isinstance(method, str) and is_token(method)):
        raise HTTPOutputError(f"request method {method!r} is not a token")
    if not (isinstance(target, str) and target and target.isascii() and target.isprintable()) or (
        " " in target
    ):
        raise HTTPOutputError(
            f"request target {target!r:.80} must be printable ASCII without spaces: "
            "percent-encode the rest"
        )
    if version not in ("", "HTTP/1.1", "HTTP/1.0"):
        raise HTTPOutputError(f"version of a request must be 'HTTP/1.1', got {version!r}")
    return method, target, version or "HTTP/1.1"
