"""The writing side of one request and its response: what ``request.connection`` is.

Laws:
1. The framing of a response is decided once, when its head is written: a Content-Length is kept
   to the byte; without one an HTTP/1.1 client gets chunks and an HTTP/1.0 client the end of the
   connection (RFC 9112 section 6.3).
2. Head and first chunk leave in one ``send``. Nothing is awaited unless the socket is full.
3. A response that has begun is never followed by bytes of another one: what goes wrong after the
   head closes the connection.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, Any

from tornado.http1connection._serialize import head_bytes
from tornado.http1connection._state import Reading, Writing
from tornado.httputil import (
    HTTPConnection,
    HTTPHeaders,
    HTTPOutputError,
    RequestStartLine,
    ResponseStartLine,
)
from tornado.iostream import IOStream, StreamClosedError

if TYPE_CHECKING:
    import asyncio

    from tornado.http1connection._life import Successor
    from tornado.http1connection._params import HTTP1ConnectionParameters
    from tornado.http1connection._server import HTTP1ServerConnection

HEAD, BODY, DONE = Writing
_ANSWERING, _IDLE = Reading.ANSWERING, Reading.IDLE

_NO_BODY = frozenset([204, 304])
_line = ": ".join
_OK = "HTTP/1.1 200 OK"


class ServerExchange(HTTPConnection):
    """Takes the response to one request of an HTTP1ServerConnection, which makes it and sets
    the attributes declared first."""

    is_client = False

    _server: HTTP1ServerConnection
    _method: str
    _keep_alive: bool
    _state: Writing
    _version = "HTTP/1.1"
    _ordinary = False  # HTTP/1.1, not HEAD, and the connection goes on: what `respond` is for
    _left: int | None = None  # of Content-Length
    _chunked = False
    _close_callback: Callable[[], Any] | None = None
    _max_body_size: int | None = None
    _body_timeout: float | None = None
    _context: Any = None  # where this request alone comes from, if that is not the connection's

    @property
    def stream(self) -> IOStream:
        """The stream underneath."""
        return self._server.stream

    @property
    def context(self) -> Any:
        """Where the request comes from: ``remote_ip``, ``protocol``, ``address``."""
        return self._context or self._server.context

    # -- what a program may set before the body is read

    @property
    def params(self) -> HTTP1ConnectionParameters:
        """The connection's limits."""
        return self._server.params

    @property
    def no_keep_alive(self) -> bool:
        """Whether the connection closes after this response. May be set to True."""
        return not self._keep_alive

    @no_keep_alive.setter
    def no_keep_alive(self, value: bool) -> None:
        self._keep_alive = not value
        self._ordinary = False

    def set_max_body_size(self, max_body_size: int) -> None:
        """Another limit for this request's body, to be set in ``headers_received``. Bytes."""
        self._max_body_size = max_body_size

    def set_body_timeout(self, timeout: float) -> None:
        """Another time limit for this request's body. Seconds; 0 means none."""
        self._body_timeout = timeout

    def set_close_callback(self, callback: Callable[[], Any] | None) -> None:
        """``callback()`` is called if the connection closes before the response is complete."""
        self._close_callback = callback

    # -- the response

    def write_headers(
        self,
        start_line: RequestStartLine | ResponseStartLine,
        headers: HTTPHeaders,
        chunk: bytes | None = None,
    ) -> asyncio.Future[None]:
        """Writes the head, and ``chunk`` as the body's first piece.

        A start line of code 1xx (but 101) is an interim response: the final one follows later.
        Raises HTTPOutputError for a second head, or a chunk longer than the Content-Length.
        """
        if self._state is not HEAD:
            if self.stream.closed():
                return self._failed(StreamClosedError(real_error=self.stream.error))
            raise HTTPOutputError("the head of this response has already been written")
        _, code, reason = start_line
        if type(code) is not int:
            raise HTTPOutputError(
                f"a response starts with (version, code, reason), got {start_line!r}"
            )
        if not (reason.isascii() and reason.isprintable()):
            reason = _checked_reason(reason)
        if 100 <= code < 200 and code != 101:
            if self._version == "HTTP/1.0":
                return self._server.clock.done  # RFC 9110 section 15.2: never to a 1.0 client
            return self._send(head_bytes(f"HTTP/1.1 {code} {reason}", headers))
        fields = headers._fields
        if code in _NO_BODY or code == 101:
            self._left = 0
            if code != 304:
                fields.pop("Content-Length", None)
            fields.pop("Transfer-Encoding", None)
        else:
            length = fields.get("Content-Length")
            if length is not None:
                self._left = _own_length(length)
            elif self._method != "HEAD" and "Transfer-Encoding" not in fields:
                if self._version == "HTTP/1.1":
                    self._chunked = True
                    fields["Transfer-Encoding"] = "chunked"
                else:
                    self._keep_alive = False
        self._settle_connection(headers)
        self._state = BODY
        data = head_bytes(f"HTTP/1.1 {code} {reason}", headers)
        if chunk:
            data += self._framed(chunk)
        return self._send(data)

    def respond(
        self, code: int, reason: str, headers: HTTPHeaders, body: bytes
    ) -> asyncio.Future[None]:
        """Head, body and end at once: ``write_headers`` and ``finish`` on the shortest way.

        ``headers`` must hold the right Content-Length, or the status be one without a body.
        """
        fields = headers._fields
        server = self._server
        if (
            self._state is HEAD
            and self._ordinary
            and server._state is _ANSWERING
            and "Connection" not in fields
            and (reason == "OK" or reason.isprintable())
        ):
            try:
                lines = "\r\n".join(map(_line, fields.items()))  # type: ignore[arg-type]  # see below
                start = _OK if reason == "OK" and code == 200 else f"HTTP/1.1 {code} {reason}"
                data = f"{start}\r\n{lines}\r\n\r\n".encode("latin-1") + body
            except (TypeError, UnicodeEncodeError):
                pass  # a repeated field is a list; and a sentence is due for what is not Latin-1
            else:
                self._state = DONE
                self._close_callback = None
                clock = server.clock
                try:
                    done = clock.done if server.stream.send(data) else self.drained()
                except StreamClosedError as error:
                    done = self._failed(error)
                if server._ahead or server._exchange is not self:
                    server.response_done(self, True)
                else:  # the same, where nothing waits for its turn
                    server._exchange = None
                    server._state = _IDLE
                    server._since = clock.now
                return done
        done = self.write_headers(ResponseStartLine("", code, reason), headers, body)
        self.finish()
        return done

    def _settle_connection(self, headers: HTTPHeaders) -> None:
        fields = headers._fields
        wish = fields.get("Connection")
        if wish is not None and "close" in str(wish).lower():
            self._keep_alive = False
        elif not self._keep_alive or not self._server.may_continue():
            self._keep_alive = False
            if wish is None:
                fields["Connection"] = "close"
        elif self._version == "HTTP/1.0" and wish is None:
            fields["Connection"] = "Keep-Alive"

    def write(self, chunk: bytes) -> asyncio.Future[None]:
        """Writes a piece of the body. The future is done when all that was written has left.

        Raises HTTPOutputError if the head is not written, the response is finished, or the piece
        is more than the Content-Length leaves.
        """
        if self._state is not BODY:
            if self.stream.closed():
                return self._failed(StreamClosedError(real_error=self.stream.error))
            when = "before its head" if self._state is HEAD else "after its end"
            raise HTTPOutputError(f"body of a response written {when}")
        return self._send(self._framed(chunk))

    def _framed(self, chunk: bytes) -> bytes:
        if self._left is not None:
            if self._method == "HEAD":
                return b""
            self._left -= len(chunk)
            if self._left < 0:
                self.close()
                raise HTTPOutputError(
                    f"response body is longer than its Content-Length by {-self._left} bytes"
                )
            return chunk
        if self._method == "HEAD":
            return b""
        if self._chunked and chunk:
            return b"%x\r\n%b\r\n" % (len(chunk), chunk)
        return chunk

    def finish(self) -> None:
        """The response is complete. Raises HTTPOutputError if it is shorter than its
        Content-Length; the connection is then closed."""
        if self._state is DONE:
            return
        if self._state is HEAD:
            self.close()
            raise HTTPOutputError("a response was finished before its head was written")
        if self._left and self._method != "HEAD" and not self.stream.closed():
            left = self._left
            self.close()
            raise HTTPOutputError(
                f"response body is shorter than its Content-Length by {left} bytes"
            )
        self._state = DONE
        if self._chunked:
            self._send(b"0\r\n\r\n")
        self._close_callback = None
        self._server.response_done(self, self._keep_alive)

    def _send(self, data: bytes) -> asyncio.Future[None]:
        clock = self._server.clock
        stream = self.stream
        try:
            if not data or stream.send(data):
                return clock.done
        except StreamClosedError as error:
            return self._failed(error)
        return self.drained()

    def _failed(self, error: StreamClosedError) -> asyncio.Future[None]:
        failed: asyncio.Future[None] = self._server.clock.loop.create_future()
        failed.set_exception(error.with_traceback(None))  # whose frames hold this future
        failed.exception()  # nobody has to look at it: the close callback tells as well
        return failed

    def drained(self) -> asyncio.Future[None]:
        """A future that is done when all that was written has left."""
        stream = self.stream
        waiting: asyncio.Future[None] = self._server.clock.loop.create_future()

        def settle() -> None:
            if waiting.done():
                return
            if stream.closed():
                waiting.set_exception(StreamClosedError(real_error=stream.error))
                waiting.exception()
            else:
                waiting.set_result(None)

        stream.call_when_drained(settle)
        return waiting

    def write_file(self, file: Any, offset: int, count: int) -> Awaitable[None]:
        """Sends ``count`` bytes of an open regular file as a piece of the body, by ``sendfile``
        where the platform and the framing allow it. ``file`` stays open until that is done."""
        if self._state is not BODY:
            if self.stream.closed():
                raise StreamClosedError(real_error=self.stream.error)
            raise HTTPOutputError("a file is sent after the head and before the end")
        if self._method == "HEAD" or count <= 0:
            return self._server.clock.done
        if self._left is None:
            raise HTTPOutputError("a file is sent only under a Content-Length")
        if count > self._left:
            self.close()
            raise HTTPOutputError(
                f"response body is longer than its Content-Length by {count - self._left} bytes"
            )
        sent = self.stream.sendfile(file, offset, count)
        if not sent.done():
            return self._file_leaves(sent, count)
        self._file_has_left(sent.result(), count)
        return self._server.clock.done

    async def _file_leaves(self, sent: asyncio.Future[int], count: int) -> None:
        self._file_has_left(await sent, count)

    def _file_has_left(self, sent: int, count: int) -> None:
        if self._left is not None:
            self._left -= sent
        if sent < count:
            self.close()
            raise HTTPOutputError(f"file is {count - sent} bytes shorter than announced")

    def write_raw(self, data: bytes, callback: Callable[[], Any] | None = None) -> None:
        """Writes bytes as they are: a program of the old style that makes the head itself.

        The connection then closes after the response, unless the head announces its length.
        """
        if self._state is HEAD:
            self._state = BODY
            head = data.partition(b"\r\n\r\n")[0].lower()
            if b"\r\ncontent-length:" not in head or b"\r\nconnection: close" in head:
                self._keep_alive = False
        done = self._send(data)
        if callback is not None:
            done.add_done_callback(lambda _: callback())

    # -- the end of the ordinary

    def detach(self) -> IOStream:
        """Takes the stream away from HTTP, for another protocol to speak on it. What was received
        beyond the request is in the stream's read buffer."""
        self._state = DONE
        self._close_callback = None
        return self._server.detach()

    def hand_over(self, successor: Successor) -> Callable[[], None]:
        """Takes the stream away from HTTP, as ``detach`` does, for a protocol that ends with the
        server: its connection is still counted, and ``HTTPServer.drain`` and
        ``close_all_connections`` call ``successor.drain()`` and ``successor.close_now()``.

        Returns what ``successor`` has to call when it has ended. The stream is ``self.stream``.
        """
        self._state = DONE
        self._close_callback = None
        return self._server.hand_over(successor)

    def close(self) -> None:
        """Closes the connection at once."""
        self._state = DONE
        self._server.close_now()

    def connection_lost(self) -> None:
        """The server connection says that the stream has closed."""
        callback, self._close_callback = self._close_callback, None
        if callback is not None:
            callback()


def _checked_reason(reason: str) -> str:
    if any(ord(c) < 32 or ord(c) == 127 for c in reason):
        raise HTTPOutputError(f"reason phrase {reason[:80]!r} holds a control character")
    return reason


def _own_length(value: str | list[str]) -> int:
    if isinstance(value, str) and value.isascii() and value.isdigit():
        return int(value)
    raise HTTPOutputError(f"Content-Length of a response must be one number, got {value!r}")
