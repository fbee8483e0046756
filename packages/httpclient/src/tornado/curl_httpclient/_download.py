"""What libcurl receives: heads, and a body that may have to wait for the program.

Laws:
1. A transfer of libcurl may bring several heads: interim ones, of which there are INTERIM_LIMIT at
   most, and one that asks for credentials. The last one counts; fields behind the body are dropped.
2. The limits hold for the body as it came and as it is decoded.
3. While an awaitable of the program is pending libcurl is told to pause.
4. An exception ends the transfer, and is what the fetch fails with: libcurl knows codes only.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

from tornado.curl_httpclient._libcurl import pycurl
from tornado.httpclient._content import Content, content_of, has_content
from tornado.httpclient._errors import BodyTooLargeError, HTTPProtocolError
from tornado.httpclient._journey import body_is_final
from tornado.httpclient._request import _RequestProxy
from tornado.httputil import HTTPHeaders, HTTPInputError

INTERIM_LIMIT = 10
ABORT = -1


class ExpectationFailed(Exception):
    """The server does not know ``Expect``. libcurl would ask it the same again."""


class Download:
    """``headers_done()`` is called at the end of the head that counts, ``go_on()`` when a pause is
    over, and ``failure`` is what the program's callbacks, or we, had to object.

    ``limit``: the most bytes of a body. ``host`` is for messages.
    """

    begun = False  # anything at all has come
    code = 599
    reason = ""
    headers: HTTPHeaders | None = None

    def __init__(
        self,
        request: _RequestProxy,
        limit: int,
        host: str,
        headers_done: Callable[[], None],
        go_on: Callable[[], None],
    ) -> None:
        self._request = request
        self._limit = limit
        self._host = host
        self._headers_done = headers_done
        self._go_on = go_on
        self._lines: list[str] | None = None
        self._interim = 0
        self._size = 0
        self._content: Content | None = None
        self.gate: asyncio.Future[Any] | None = None
        self.failure: BaseException | None = None

    # What libcurl calls

    def header(self, data: bytes) -> int | None:
        """One line of a head, or of what follows a body in chunks."""
        self.begun = True
        try:
            self._line(data.decode("latin-1"))
        except (Exception, asyncio.CancelledError) as error:
            return self._fail(error)
        return None

    def body(self, data: bytes) -> int | None:
        """A piece of the body."""
        if self.gate is not None:
            return int(pycurl.WRITEFUNC_PAUSE)
        self._size += len(data)
        content = self._content
        try:
            if self._size > self._limit:
                raise BodyTooLargeError(
                    f"response from {self._host}: body of more than {self._limit} bytes"
                )
            if content is not None:
                gate = content.take(data)
                if gate is not None:
                    self._wait_for(gate)
        except (Exception, asyncio.CancelledError) as error:
            return self._fail(error)
        return None

    def _fail(self, error: BaseException) -> int:
        self.failure = error
        return ABORT

    def _wait_for(self, gate: Awaitable[None]) -> None:
        self.gate = asyncio.ensure_future(gate)
        self.gate.add_done_callback(self._opened)

    def _opened(self, gate: asyncio.Future[Any]) -> None:
        if self.gate is not gate:
            return
        self.gate = None
        self.failure = asyncio.CancelledError() if gate.cancelled() else gate.exception()
        self._go_on()

    # The head

    def _line(self, line: str) -> None:
        if line.startswith("HTTP/") and not self._size:
            self._lines = [line]
        elif self._lines is None:
            return  # a trailer
        else:
            self._lines.append(line)
            if not line.rstrip("\r\n"):
                lines, self._lines = self._lines, None
                self._head(lines)

    def _head(self, lines: list[str]) -> None:
        _version, _, rest = lines[0].rstrip().partition(" ")
        code, _, reason = rest.partition(" ")
        if not (len(code) == 3 and code.isascii() and code.isdigit()):
            raise HTTPProtocolError(f"response from {self._host}: status line {lines[0][:80]!r}")
        if code[0] == "1":
            self._interim += 1
            if self._interim > INTERIM_LIMIT:
                raise HTTPProtocolError(
                    f"response from {self._host}: more than {INTERIM_LIMIT} interim responses"
                )
            return
        try:
            headers = HTTPHeaders.parse("".join(lines[1:]))
        except HTTPInputError as error:
            raise HTTPProtocolError(f"response from {self._host}: {error}") from error
        self.code, self.reason, self.headers = int(code), reason, headers
        if self.code == 417 and self._request.expect_100_continue:
            raise ExpectationFailed
        self._prepare_content(headers)
        tell = self._request.header_callback
        if tell is not None:
            for line in lines:
                tell(line)
        self._headers_done()

    def _prepare_content(self, headers: HTTPHeaders) -> None:
        request = self._request
        self._content = None
        length = headers.get("Content-Length", "")
        is_number = length.isascii() and length.isdigit()
        if has_content(request.method, self.code) and is_number and int(length) > self._limit:
            raise BodyTooLargeError(
                f"response from {self._host}: body of more than {self._limit} bytes"
            )
        if self.code >= 300 and not body_is_final(request, self.code, headers):
            return
        self._content = content_of(request, self.code, headers, self._limit)

    # The end

    def finish(self) -> None:
        """The body has ended; there may be a ``gate`` or a ``failure`` once more."""
        try:
            gate = None if self._content is None else self._content.finish()
            if gate is not None:
                self._wait_for(gate)
        except (Exception, asyncio.CancelledError) as error:
            self.failure = error

    @property
    def collected(self) -> bytes:
        """The body, if no ``streaming_callback`` got it."""
        return b"" if self._content is None else b"".join(self._content.pieces)

    def close(self) -> None:
        """Nobody wants the rest."""
        gate, self.gate = self.gate, None
        if gate is not None:
            gate.cancel()
        if self._content is not None:
            self._content.close()
