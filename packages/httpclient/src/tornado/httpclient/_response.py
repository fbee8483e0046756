"""HTTPResponse: what a fetch gave."""

from __future__ import annotations

import weakref
from io import BytesIO
from typing import TYPE_CHECKING, Any

from tornado.httpclient._errors import HTTPClientError
from tornado.httpclient._request import HTTPRequest, _RequestProxy
from tornado.httpclient._urls import shown
from tornado.httputil import HTTPHeaders, responses

if TYPE_CHECKING:
    from collections.abc import Mapping


class HTTPResponse:
    """The response to a request.

    ``request``: the HTTPRequest. ``code``: the status, 599 when there was no usable answer.
    ``reason``: its phrase. ``headers``: an HTTPHeaders. ``effective_url``: where it came from,
    after all redirects. ``start_time``: when the request was sent, seconds since the epoch.
    ``request_time``: seconds from then to the last byte. ``time_info``: a dict of seconds spent in
    phases, "queue" for one; its contents depend on the implementation.
    """

    _error: BaseException | None = None
    _status_error: weakref.ref[BaseException] | None = None

    def __init__(
        self,
        request: HTTPRequest | _RequestProxy,
        code: int,
        headers: HTTPHeaders | None = None,
        buffer: BytesIO | bytes | None = None,
        effective_url: str | None = None,
        error: BaseException | None = None,
        request_time: float | None = None,
        time_info: Mapping[str, float] | None = None,
        reason: str | None = None,
        start_time: float | None = None,
    ) -> None:
        self.request: HTTPRequest = (
            request.request if isinstance(request, _RequestProxy) else request
        )
        self.code = code
        self.reason = reason or responses.get(code, "Unknown")
        self.headers = HTTPHeaders() if headers is None else headers
        self.effective_url = request.url if effective_url is None else effective_url
        self.start_time = start_time
        self.request_time = request_time
        self.time_info: Any = {} if time_info is None else time_info
        self._content = buffer
        if error is not None:
            self._error = error

    @property
    def buffer(self) -> BytesIO | None:
        """The body as a file; None when there was no answer."""
        content = self._content
        if isinstance(content, bytes):
            content = self._content = BytesIO(content)
        return content

    @buffer.setter
    def buffer(self, value: BytesIO | bytes | None) -> None:
        self._content = value

    @property
    def body(self) -> bytes:
        """The body: ``b""`` if there is none, or if a ``streaming_callback`` got it."""
        content = self._content
        if content is None:
            return b""
        return content if isinstance(content, bytes) else content.getvalue()

    @property
    def error(self) -> BaseException | None:
        """What went wrong, or None for a status of 200 to 299.

        For any other status it is an HTTPClientError with that code; 304 is one of them.
        """
        if self._error is not None or 200 <= self.code < 300:
            return self._error
        # Only weakly kept: the error holds the response, and a ring would keep the body in memory
        # until the garbage collector comes by.
        kept = None if self._status_error is None else self._status_error()
        if kept is None:
            kept = HTTPClientError(self.code, self.reason, self)
            self._status_error = weakref.ref(kept)
        return kept

    @error.setter
    def error(self, value: BaseException | None) -> None:
        self._error = value

    @property
    def _answered(self) -> bool:
        """Whether the error, if any, is nothing more than the status of the response."""
        return self._error is None or (
            isinstance(self._error, HTTPClientError) and self._error.response is self
        )

    def rethrow(self) -> None:
        """Raises ``error`` if there is one."""
        error = self.error
        try:
            if error is not None:
                raise error
        finally:
            del error  # its traceback holds this frame

    def __repr__(self) -> str:
        where = shown(str(self.effective_url)).partition("?")[0]
        return f"<{type(self).__name__} {self.code} {self.reason} from {where}>"
