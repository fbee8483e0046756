"""What every room of a request handler may rely on: the state, and the methods it calls.

Laws:
1. All state has a class-level default (or is set by ``RequestHandler.__init__`` before anything
   else can run), so that subclasses may override ``initialize`` and never call super.
2. A request pays for nothing it does not use: what a feature needs is made when it is first used.
3. The mixins beside this file each own one noun; ``_handler.RequestHandler`` puts them together.
"""

from __future__ import annotations

from collections.abc import Awaitable
from typing import TYPE_CHECKING, Any

from tornado.httputil import HTTPHeaders, HTTPServerRequest

if TYPE_CHECKING:
    from tornado.concurrent import Future
    from tornado.web._application import Application


class HandlerBase:
    """The declarations of a handler's state. Nothing is done here."""

    application: Application
    request: HTTPServerRequest
    path_args: list[Any] = []
    path_kwargs: dict[str, Any] = {}

    _headers: HTTPHeaders
    _status_code: int = 200
    _reason: str = "OK"
    _write_buffer: list[bytes]
    _headers_written = False
    _finished = False
    _auto_finish = True
    _transforms: list[Any] | None = None
    _new_cookie: Any = None
    _stream_request_body = False
    _multipart_limits: Any = None  # of a class with @stream_multipart
    _multipart: Any = None  # its MultipartReader
    _client_has_left = False

    @property
    def settings(self) -> dict[str, Any]:
        """The application's settings."""
        return self.application.settings

    if TYPE_CHECKING:
        # Said here for the mixins; done in the files named.

        def set_status(self, status_code: int, reason: str | None = None) -> None: ...  # _headers
        def set_header(self, name: str, value: Any) -> None: ...  # _headers
        def add_header(self, name: str, value: Any) -> None: ...  # _headers
        def clear_header(self, name: str) -> None: ...  # _headers
        def get_status(self) -> int: ...  # _headers
        def redirect(  # _headers
            self, url: str, permanent: bool = False, status: int | None = None
        ) -> None: ...
        def get_argument(self, name: str, default: Any = ..., strip: bool = True) -> Any: ...
        def write(self, chunk: str | bytes | dict[str, Any]) -> None: ...  # _handler
        def flush(self, include_footers: bool = False) -> Future[None]: ...  # _handler
        def finish(self, chunk: Any = None) -> Future[None]: ...  # _handler
        def require_setting(self, name: str, feature: str = ...) -> None: ...  # _handler
        def static_url(  # _render
            self, path: str, include_host: bool | None = None, **kwargs: Any
        ) -> str: ...
        def reverse_url(self, name: str, /, *args: Any, **kwargs: Any) -> str: ...  # _render
        def clear(self) -> None: ...  # _headers
        def check_etag_header(self) -> bool: ...  # _etag
        def set_default_headers(self) -> None: ...  # _headers
        def decode_argument(self, value: bytes, name: str | None = None) -> str: ...  # _arguments
        def _check_forgery(self) -> None: ...  # _xsrf
        def prepare(self) -> Awaitable[None] | None: ...  # _execute
        def send_error(self, status_code: int = 500, **kwargs: Any) -> None: ...  # _execute
        def on_connection_close(self) -> None: ...  # _execute
        def _connection_closed(self) -> bool: ...  # _execute
        def _request_summary(self) -> str: ...  # _execute
        def _end(self) -> None: ...  # _execute
        def on_finish(self) -> None: ...  # _execute
        def _handle_request_exception(self, error: BaseException) -> None: ...  # _execute
        def _check_forgery(self) -> None: ...  # _xsrf
