"""The body of a request that the program writes piece by piece.

Laws:
1. ``write`` gives a Future that is done when the piece has left: who awaits it is held back by a
   slow server.
2. What is written is as long as was announced, or the exchange fails.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any

from tornado.escape import utf8
from tornado.gen import convert_yielded
from tornado.http1connection._framing import OutgoingBody
from tornado.httputil import HTTPOutputError
from tornado.iostream import IOStream, StreamClosedError


class Producing:
    """Runs ``producer(write)``; then ``done(error or None)`` is called, unless it was canceled.

    ``complete`` turns true when the whole body has been given to the stream.
    """

    __slots__ = ("_body", "_done", "_future", "_stream", "complete")

    def __init__(
        self, stream: IOStream, body: OutgoingBody, done: Callable[[BaseException | None], None]
    ) -> None:
        self._stream = stream
        self._body = body
        self._done: Callable[[BaseException | None], None] | None = done
        self._future: asyncio.Future[Any] | None = None
        self.complete = False

    def start(self, producer: Callable[..., Any]) -> None:
        try:
            result = producer(self.write)
        except (Exception, asyncio.CancelledError) as error:
            self._end(error)
            return
        if result is None:
            self._end(None)
            return
        self._future = convert_yielded(result)
        self._future.add_done_callback(self._produced)

    def cancel(self) -> None:
        """The rest of the body is not wanted."""
        self._done = None
        future, self._future = self._future, None
        if future is not None:
            future.cancel()

    def write(self, chunk: bytes | str) -> asyncio.Future[None]:
        """Sends a piece of the body. Raises HTTPOutputError if that makes it too long, and
        StreamClosedError when the connection has closed or nobody wants the body any more."""
        if self._done is None:
            raise StreamClosedError()
        try:
            framed = self._body.framed(utf8(chunk))
        except HTTPOutputError as error:
            self._end(error)  # even if the program catches it
            raise
        return self._stream.write(framed)

    def _produced(self, future: asyncio.Future[Any]) -> None:
        self._future = None
        if future.cancelled():
            self._end(asyncio.CancelledError())
        else:
            self._end(future.exception())

    def _end(self, error: BaseException | None) -> None:
        done, self._done = self._done, None
        if done is None:
            return
        if error is None:
            try:
                last = self._body.end()
                if last:
                    self._stream.send(last)
                self.complete = True
            except (HTTPOutputError, StreamClosedError) as late:
                error = late
        done(error)
