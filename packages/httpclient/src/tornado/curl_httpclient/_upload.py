"""The body of a request that the program writes piece by piece, for libcurl to fetch.

Laws:
1. ``write`` gives a Future that is done when libcurl has taken the piece: who awaits it is held
   back by a slow server.
2. What is written is as long as was announced, or the exchange fails.
3. If libcurl has to begin anew (authentication, a connection that was just closed), so does the
   producer.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable
from typing import Any

from tornado.curl_httpclient._libcurl import pycurl
from tornado.escape import utf8
from tornado.gen import convert_yielded
from tornado.http1connection._framing import OutgoingBody
from tornado.httputil import HTTPOutputError
from tornado.iostream import StreamClosedError

Producer = Callable[[Callable[[bytes], Any]], Any]


class Upload:
    """``length`` is what was announced, or None. ``resume()`` is called when there is more for
    libcurl after it was told to wait, ``failed(error)`` when there will be none."""

    def __init__(
        self,
        loop: asyncio.AbstractEventLoop,
        producer: Producer,
        length: int | None,
        resume: Callable[[], None],
        failed: Callable[[BaseException], None],
    ) -> None:
        self._loop = loop
        self._producer = producer
        self._length = length
        self._resume = resume
        self._failed = failed
        self._waits = False
        self._closed = False
        self.sent_all: Callable[[], None] | None = None
        self._begin()

    def _begin(self) -> None:
        self._future: asyncio.Future[Any] | None = None
        self._begun = self._complete = False
        self._pieces: deque[tuple[memoryview, asyncio.Future[None]]] = deque()
        self._measure = None if self._length is None else OutgoingBody(self._length)

    # What libcurl calls

    def read(self, size: int) -> bytes | int:
        """Up to ``size`` bytes; none at the end."""
        if not self._begun:
            self._begun = True
            self._start()
        if self._pieces:
            piece, future = self._pieces.popleft()
            if len(piece) > size:
                self._pieces.appendleft((piece[size:], future))
            elif not future.done():
                future.set_result(None)
            return bytes(piece[:size])
        if self._complete:
            if self.sent_all is not None:
                self.sent_all()
            return b""
        self._waits = True
        return int(pycurl.READFUNC_PAUSE)

    def seek(self, offset: int, origin: int) -> int:
        """Back to the beginning, which is all that libcurl asks for."""
        if offset or origin or self._closed:
            return int(pycurl.SEEKFUNC_CANTSEEK)
        self._stop()
        self._begin()
        return int(pycurl.SEEKFUNC_OK)

    # What the program calls

    def _start(self) -> None:
        pieces = self._pieces  # of this beginning: see seek()
        try:
            result = self._producer(lambda chunk: self._write(chunk, pieces))
            self._future = None if result is None else convert_yielded(result)
        except (Exception, asyncio.CancelledError) as error:
            self._end(error, pieces)
            return
        if self._future is None:
            self._end(None, pieces)
        else:
            self._future.add_done_callback(lambda future: self._produced(future, pieces))

    def _write(self, chunk: bytes | str, pieces: deque[Any]) -> asyncio.Future[None]:
        if pieces is not self._pieces or self._closed or self._complete:
            raise StreamClosedError()
        data = utf8(chunk)
        if self._measure is not None:
            try:
                self._measure.framed(data)
            except HTTPOutputError as error:
                self._end(error, pieces)  # even if the program catches it
                raise
        future: asyncio.Future[None] = self._loop.create_future()
        if data:
            pieces.append((memoryview(data), future))
            self._wake()
        else:
            future.set_result(None)
        return future

    def _produced(self, future: asyncio.Future[Any], pieces: deque[Any]) -> None:
        if future.cancelled():
            self._end(asyncio.CancelledError(), pieces)
        else:
            self._end(future.exception(), pieces)

    def _end(self, error: BaseException | None, pieces: deque[Any]) -> None:
        if pieces is not self._pieces or self._closed or self._complete:
            return
        if error is None and self._measure is not None:
            try:
                self._measure.end()
            except HTTPOutputError as short:
                error = short
        if error is not None:
            self._failed(error)
            return
        self._complete = True
        self._wake()

    def _wake(self) -> None:
        if self._waits:
            self._waits = False
            self._resume()

    def close(self) -> None:
        """The rest of the body is not wanted."""
        if not self._closed:
            self._closed = True
            self._stop()

    def _stop(self) -> None:
        future, self._future = self._future, None
        pieces, self._pieces = self._pieces, deque()
        for _piece, waiting in pieces:
            if not waiting.done():
                waiting.set_exception(StreamClosedError())
                waiting.exception()  # whether or not it is awaited
        if future is not None:
            future.cancel()
