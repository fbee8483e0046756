"""One response on its way in: bytes received, calls to a delegate. No I/O.

Laws:
1. The response is framed as RFC 9112 section 6.3 says and as strictly as a request is; at most
   ``MAX_INTERIM`` interim responses come before it.
2. A delegate's awaitable is the *gate*: ``feed`` returns it and keeps what follows, until
   ``feed(b"")`` says that it is done. Who feeds pauses the stream meanwhile.
3. What came after the response's last byte is handed back untouched in ``rest``; on a connection
   without pipelining no request has asked for it.
"""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable
from enum import Enum, auto
from typing import Any

from tornado.http1connection._framing import IncomingBody
from tornado.http1connection._params import HTTP1ConnectionParameters
from tornado.http1connection._parser import Fields, parse_fields
from tornado.httputil import (
    HTTPHeaders,
    HTTPInputError,
    HTTPMessageDelegate,
    ResponseStartLine,
    parse_response_start_line,
)

MAX_INTERIM = 10
_MAX_REMEMBERED_LINES = 64
_LONGEST_REMEMBERED_LINE = 80

_bare_line_feed: Any = re.compile(rb"(?<!\r)\n").search


class _StatusLines(dict[bytes, ResponseStartLine]):
    """Status lines are few: each is read once."""

    def __missing__(self, received: bytes) -> ResponseStartLine:
        line = parse_response_start_line(received.decode("latin-1"))
        if len(received) <= _LONGEST_REMEMBERED_LINE:
            if len(self) >= _MAX_REMEMBERED_LINES:
                self.clear()
            self[received] = line
        return line


_status_lines = _StatusLines()


class _State(Enum):
    HEAD = auto()
    TOLD = auto()  # the delegate has the head, and may have shut the gate
    BODY = auto()
    DONE = auto()


_HEAD, _TOLD, _BODY, _DONE = _State  # a member looked up in its class costs too much here


class ResponseReader:
    """Give ``feed`` what arrives; ``done`` turns true with the last byte of the response.

    The delegate's ``headers_received`` and ``data_received`` are called from ``feed``; ``finish``
    and ``on_connection_close`` are left to the owner. ``method`` is that of the request.
    ``on_interim(code, headers)`` is called for each interim response (1xx but 101).

    ``persistent``: after the whole response the server can take another request.
    ``began``: something of it has arrived.
    """

    __slots__ = (
        "_body",
        "_delegate",
        "_fields",
        "_held",
        "_interim",
        "_params",
        "_state",
        "began",
        "code",
        "done",
        "max_body_size",
        "method",
        "on_interim",
        "persistent",
        "rest",
    )

    on_interim: Callable[[int, HTTPHeaders], None] | None

    def __init__(
        self, delegate: HTTPMessageDelegate, method: str, params: HTTP1ConnectionParameters
    ) -> None:
        self._delegate = delegate
        self._params = params
        self._state = _HEAD
        self._held: bytes | bytearray = b""  # part of a head, or what came behind a shut gate
        self._interim = 0
        self._fields: Fields | None = None
        self._body: IncomingBody | None = None
        self.method = method
        self.max_body_size = params.max_body_size
        self.on_interim = None
        self.began = self.done = self.persistent = False
        self.code = 0
        self.rest = b""

    def feed(self, data: bytes) -> Awaitable[None] | None:
        """Takes received bytes. The awaitable of a delegate, if it returned one: nothing more is
        read before ``feed`` is called again. Raises HTTPInputError, and what the delegate raises.
        """
        state = self._state
        if state is _BODY:
            if self._held:
                data = bytes(self._held) + data
                self._held = b""
            return self._take(data)
        if state is _HEAD:
            self.began = True
            if not self._held:
                return self._take_head(data)
            return self._go_on_with_head(data)
        if state is _TOLD:
            data = bytes(self._held) + data
            self._held = b""
            return self._begin_body(data)
        self.rest += data
        return None

    def end(self) -> bool:
        """The server has ended its side in good order. Whether the response is complete by that."""
        if self._state is _BODY and not self._held and self._body and self._body.until_close:
            self._complete(b"")
        return self.done

    def abandon(self) -> None:
        """The rest of the stream is no response: it goes to ``rest``, not to the delegate."""
        self._state = _DONE
        self.persistent = False
        self.rest, self._held = bytes(self._held), b""

    # -- the head

    def _go_on_with_head(self, data: bytes) -> Awaitable[None] | None:
        held = self._held
        seen = len(held)
        if type(held) is not bytearray:
            held = self._held = bytearray(held)
        held += data
        # Looked for only where it can newly be, or a slow sender would cost a square.
        if held.find(b"\r\n\r\n", max(seen - 3, 0)) >= 0:
            self._held = b""
            return self._take_head(bytes(held))
        self._check_incomplete(held, max(seen - 1, 0))
        return None

    def _check_incomplete(self, head: bytes | bytearray, seen: int = 0) -> None:
        if len(head) > self._params.max_header_size:
            raise self._too_large()
        if _bare_line_feed(head, seen):  # said at once: the end would never come
            raise HTTPInputError("line of a response head ended by LF instead of CRLF")

    def _too_large(self) -> HTTPInputError:
        return HTTPInputError(f"response head of more than {self._params.max_header_size} bytes")

    def _take_head(self, data: bytes) -> Awaitable[None] | None:
        while True:
            end = data.find(b"\r\n\r\n")
            if end < 0:
                self._held = data
                self._check_incomplete(data)
                return None
            if end > self._params.max_header_size:
                raise self._too_large()
            line, _, section = data[:end].partition(b"\r\n")
            start_line = _status_lines[line]
            fields = parse_fields(section.decode("latin-1"), self._params.max_header_count)
            data = data[end + 4 :]
            code = start_line.code
            if code >= 200 or code == 101:
                break
            self._skip_interim(start_line, fields)
            if self._state is _DONE:  # abandoned by on_interim
                self.rest = data
                return None
            if not data:
                return None
        self.code = code
        self._fields = fields
        if start_line.version == "HTTP/1.0":
            # RFC 9112 section 6.1: a transfer coding is more than HTTP/1.0 can mean
            self.persistent = fields.keep_alive and not fields.close and not fields.chunked
        else:
            self.persistent = not fields.close
        self._state = _TOLD
        gate = self._delegate.headers_received(start_line, HTTPHeaders._from_fields(fields.mapping))
        if self._state is _DONE:  # abandoned by the delegate
            self.rest = data
            return None
        if gate is None:
            return self._begin_body(data)
        self._held = data
        return gate

    def _skip_interim(self, start_line: ResponseStartLine, fields: Fields) -> None:
        self._interim += 1
        if self._interim > MAX_INTERIM:
            raise HTTPInputError(f"more than {MAX_INTERIM} interim responses")
        if start_line.code < 100:
            raise HTTPInputError(f"status {start_line.code} is not one of 100 to 999")
        if fields.length or fields.chunked:
            raise HTTPInputError(f"interim response {start_line.code} with a body")
        if self.on_interim is not None:
            self.on_interim(start_line.code, HTTPHeaders._from_fields(fields.mapping))

    # -- the body

    def _begin_body(self, data: bytes) -> Awaitable[None] | None:
        fields = self._fields
        assert fields is not None
        length = fields.length
        if self.method == "HEAD" or self.code in (101, 204, 304):
            if self.code == 204 and not fields.bodiless:
                self.persistent = False  # it announces bytes that must not follow
            self._complete(data)
            return None
        if length is not None and length == len(data) <= self._params.chunk_size:
            # All of it came with the head, as small bodies do.
            if length > self.max_body_size:
                raise HTTPInputError(f"body of more than {self.max_body_size} bytes", status=413)
            self._complete(b"")
            return self._delegate.data_received(data) if data else None
        self._body = IncomingBody(length, fields.chunked, self.max_body_size)
        self._state = _BODY
        if self._body.until_close:
            self.persistent = False
        if self._body.done:
            self._complete(data)
            return None
        return self._take(data)

    def _take(self, data: bytes) -> Awaitable[None] | None:
        body = self._body
        assert body is not None
        while data:
            piece, data = body.take(data, self._params.chunk_size)
            if body.done:
                self._complete(data)
                data = b""
            if piece:
                gate = self._delegate.data_received(piece)
                if self._state is not _BODY and data:  # abandoned by the delegate
                    self.rest = data
                    return None
                if gate is not None:
                    self._held = data
                    return gate
        return None

    def _complete(self, rest: bytes) -> None:
        self._state = _DONE
        self.done = True
        self.rest = rest
