"""One exchange as a client: a request out, its response in.

Laws:
1. The request is checked before a byte of it leaves: a method that is no token, a target with a
   space or a line end, a body that is not as long as announced are HTTPOutputError.
2. Reading is by push, through a ``ResponseReader``: no future for each read. A delegate's awaitable
   pauses the stream.
3. When the response is complete the stream is free again, with nothing of this exchange left on
   it; ``reusable`` says whether another request may follow.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable
from typing import Any

from tornado.http1connection._decompress import GzipDelegate
from tornado.http1connection._framing import OutgoingBody
from tornado.http1connection._params import HTTP1ConnectionParameters
from tornado.http1connection._reader import ResponseReader
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
)
from tornado.httputil._headers import is_token
from tornado.iostream import IOStream, StreamClosedError

gen_log = logging.getLogger("tornado.general")

_WITH_BODY = frozenset(["POST", "PUT", "PATCH"])


class HTTP1Connection(HTTPConnection):
    """A client's side of HTTP/1.1 on ``stream``, for one request.

    ``write_headers``, ``write`` and ``finish`` send the request; ``read_response(delegate)`` gives
    the response to an HTTPMessageDelegate. A server's side is HTTP1ServerConnection; what takes
    its responses is found as ``request.connection`` and has the same methods for writing.
    """

    _write_state = Writing.HEAD
    _body = OutgoingBody(0)
    _method = "GET"
    _closing = False  # the request said "Connection: close"
    _close_callback: Callable[[], Any] | None = None
    _body_timer: asyncio.TimerHandle | None = None
    _detached = False
    _gated = False  # the delegate has not taken yet what it was given

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
        self._reader: ResponseReader | None = None
        self._delegate: HTTPMessageDelegate | None = None
        self._response: asyncio.Future[bool] | None = None

    # -- settings of this exchange

    def set_max_body_size(self, max_body_size: int) -> None:
        """Another limit for the response's body. Bytes."""
        self._max_body_size = max_body_size
        if self._reader is not None:
            self._reader.max_body_size = max_body_size

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
            self._body = OutgoingBody(int(length))
        elif method in _WITH_BODY or "Transfer-Encoding" in fields:
            self._body = OutgoingBody(None)
            fields.setdefault("Transfer-Encoding", "chunked")
        else:
            self._body = OutgoingBody(0)
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
        if self.stream.closed():
            self._write_state = Writing.DONE
            return
        last = self._checked(self._body.end)
        self._write_state = Writing.DONE
        if last:
            self._send(last)

    def _framed(self, chunk: bytes) -> bytes:
        return self._checked(self._body.framed, chunk)

    def _checked(self, framing: Callable[..., bytes], *args: Any) -> bytes:
        try:
            return framing(*args)
        except HTTPOutputError:
            self.close()
            raise

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
        if self._response is not None:
            raise RuntimeError("the response of this exchange is being read, or has been")
        if self.params.decompress:
            delegate = GzipDelegate(delegate, self.params, self)
        self._delegate = delegate
        reader = self._reader = ResponseReader(delegate, self._method, self.params)
        reader.max_body_size = self._max_body_size
        self._response = self._loop.create_future()
        if self.stream.closed():
            self._loop.call_soon(self.connection_lost, self.stream.error)
        else:
            self.stream.start_push(self)
        return self._response

    def data_received(self, data: bytes) -> None:
        """What the stream received."""
        reader = self._reader
        if reader is None:
            return
        try:
            gate = reader.feed(data)
        except HTTPInputError as error:
            gen_log.info("Malformed HTTP response from %s: %s", self.context or "a server", error)
            self._fail(None)
            return
        except Exception as error:
            self._fail(error)
            return
        if self._reader is not reader:  # ended by the delegate
            if self._detached and not self.stream.closed():
                self.stream.stop_push(reader.rest)
            return
        if self._body_timeout and self._body_timer is None and reader.code and not reader.done:
            self._body_timer = self._loop.call_later(self._body_timeout, self._too_slow)
        if gate is not None:
            self._wait(gate)
        elif reader.done:
            self._complete(reader)

    def _wait(self, gate: Awaitable[None]) -> None:
        self.stream.pause_reading()
        self._gated = True

        def on_done(done: asyncio.Future[None]) -> None:
            self._gated = False
            error = None if done.cancelled() else done.exception()
            reader = self._reader
            if reader is None:
                return
            if error is not None:
                self._fail(error)
                return
            self.stream.resume_reading()
            if reader.done:
                self._complete(reader)
            else:
                self.data_received(b"")

        asyncio.ensure_future(gate, loop=self._loop).add_done_callback(on_done)

    def _complete(self, reader: ResponseReader) -> None:
        delegate = self._delegate
        assert delegate is not None
        self._end()
        # Bytes after the end are bytes that no request asked for.
        self.reusable = reader.persistent and not self._closing and not reader.rest
        if not self.stream.closed():
            self.stream.stop_push(reader.rest)
        try:
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
        delegate = self._delegate
        self._end()
        self.reusable = False
        self.stream.close()
        if delegate is not None:
            delegate.on_connection_close()
        self._settle(False if error is None else error)

    def connection_lost(self, exc: BaseException | None) -> None:
        """What the stream says when it has closed."""
        reader = self._reader
        if reader is not None and exc is None and not self._gated and reader.end():
            self._complete(reader)
            return
        callback, self._close_callback = self._close_callback, None
        self._fail(None)
        if reader is not None and callback is not None:
            callback()

    def _end(self) -> None:
        self._reader = self._delegate = None
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
        if self._reader is not None:
            self._reader.abandon()
        self._end()
        self._detached = True
        self._close_callback = None
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
