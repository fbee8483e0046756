"""The seam: who speaks HTTP on a wire and who answers it meet here and nowhere else.

A connection calls its delegates synchronously; a delegate method that returns an awaitable pauses
reading until it is done. Server, client, routing, WSGI and ASGI are all written against these
three classes.
"""

from __future__ import annotations

from collections.abc import Awaitable
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tornado.concurrent import Future
    from tornado.httputil._headers import HTTPHeaders
    from tornado.httputil._startline import RequestStartLine, ResponseStartLine


class HTTPServerConnectionDelegate:
    """What an HTTP server calls for each request and at the end of each connection."""

    __slots__ = ()

    def start_request(
        self, server_conn: object, request_conn: HTTPConnection
    ) -> HTTPMessageDelegate:
        """A request begins. ``server_conn`` is the connection it came on, ``request_conn`` the
        object that takes its response. Returns the delegate that receives the request."""
        raise NotImplementedError

    def on_close(self, server_conn: object) -> None:
        """The connection has closed."""


class HTTPMessageDelegate:
    """What receives one message: head, body pieces, end."""

    __slots__ = ()

    def headers_received(
        self, start_line: RequestStartLine | ResponseStartLine, headers: HTTPHeaders
    ) -> Awaitable[None] | None:
        """The head is complete. An awaitable holds the body back until it is done."""
        return None

    def data_received(self, chunk: bytes) -> Awaitable[None] | None:
        """A piece of the body. An awaitable holds the next piece back until it is done."""
        return None

    def finish(self) -> None:
        """The message is complete."""

    def on_connection_close(self) -> None:
        """The connection closed before the message was complete. Then ``finish`` is not called."""


class HTTPConnection:
    """What takes one outgoing message."""

    def write_headers(
        self,
        start_line: RequestStartLine | ResponseStartLine,
        headers: HTTPHeaders,
        chunk: bytes | None = None,
    ) -> Future[None]:
        """Writes the head and, with it, a first piece of the body. The future is done when the
        bytes have left."""
        raise NotImplementedError

    def write(self, chunk: bytes) -> Future[None]:
        """Writes a piece of the body."""
        raise NotImplementedError

    def finish(self) -> None:
        """The message is complete."""
        raise NotImplementedError
