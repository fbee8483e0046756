"""RequestHandler: one object for each request, made of the rooms beside this file."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tornado.escape import json_encode, utf8
from tornado.httputil import HTTPServerRequest, ResponseStartLine
from tornado.web._arguments import ArgumentsMixin
from tornado.web._cookies import CookiesMixin
from tornado.web._etag import EtagMixin
from tornado.web._execute import ExecuteMixin
from tornado.web._headers import HeadersMixin
from tornado.web._identity import IdentityMixin
from tornado.web._legacy import LegacyMixin
from tornado.web._localization import LocaleMixin
from tornado.web._presence import PresenceMixin
from tornado.web._render import RenderMixin
from tornado.web._send_file import FileMixin
from tornado.web._xsrf import XsrfMixin

if TYPE_CHECKING:
    from tornado.concurrent import Future
    from tornado.iostream import IOStream
    from tornado.web._application import Application

#: Fields that describe a body, which a response without one must not have.
_BODY_FIELDS = ("Content-Encoding", "Content-Language", "Content-Type")
_BODILESS = frozenset([204, 304])  # and 1xx
_TAGGED_METHODS = frozenset(["GET", "HEAD"])


class RequestHandler(
    ExecuteMixin,
    ArgumentsMixin,
    HeadersMixin,
    EtagMixin,
    CookiesMixin,
    XsrfMixin,
    IdentityMixin,
    LocaleMixin,
    RenderMixin,
    PresenceMixin,
    FileMixin,
    LegacyMixin,
):
    """Base class of handlers: a subclass for each kind of URL, an instance for each request.

    Define ``get``, ``post``, ... as plain methods or ``async def``; write with ``write``,
    ``render`` or ``redirect``. A response is complete when the method returns, unless it is
    decorated with ``asynchronous``. Override ``initialize`` for arguments from the route,
    ``prepare`` for what comes before every method.

    A handler belongs to the thread of its loop: other threads use ``IOLoop.add_callback``.
    """

    def __init__(
        self,
        application: Application,
        request: HTTPServerRequest,
        *transforms: Any,  # passed on by subclasses of 2009, and given again to _execute
        **kwargs: Any,
    ) -> None:
        if self._has_more_bases:
            super().__init__()
        self.application = application
        self.request = request
        # Defaults of the class as well, for subclasses that never come here; said again because
        # an attribute of the instance is found several times faster.
        self._auto_finish = True
        self._finished = self._headers_written = False
        self.clear()
        if kwargs:
            self.initialize(**kwargs)
        else:
            self.initialize()

    _has_more_bases = False  # other than ours, with an __init__ that wants to be called

    def __init_subclass__(cls, **kwargs: Any) -> None:
        super().__init_subclass__(**kwargs)
        behind = cls.__mro__[cls.__mro__.index(RequestHandler) + 1 : -1]
        cls._has_more_bases = any("__init__" in vars(base) for base in behind)

    def _initialize(self, transforms: Any = None) -> None:
        pass

    #: Called first, with the keyword arguments of the route's third item. Need not call super.
    initialize: Any = _initialize

    def require_setting(self, name: str, feature: str = "this feature") -> None:
        """Raises Exception, in a sentence, if the application setting ``name`` is not set."""
        if not self.settings.get(name):
            raise Exception(f"set {name!r} in the application settings to use {feature}")

    # -- the body of the response

    def write(self, chunk: str | bytes | dict[str, Any]) -> None:
        """Adds to the response. A dict is sent as JSON, with that content type.

        A list is not accepted: a JSON response whose top is a list could be read across sites by
        old browsers. Nothing is sent before ``flush`` or ``finish``.
        """
        if self._finished:
            raise RuntimeError("cannot write() after finish()")
        if type(chunk) is str:
            self._write_buffer.append(chunk.encode())
        elif isinstance(chunk, (str, bytes)):
            self._write_buffer.append(utf8(chunk))
        elif isinstance(chunk, dict):
            self._write_buffer.append(utf8(json_encode(chunk)))
            self.set_header("Content-Type", "application/json; charset=UTF-8")
        else:
            hint = (
                ": wrap a list in a dict, or encode it yourself" if isinstance(chunk, list) else ""
            )
            raise TypeError(f"write() takes str, bytes or dict, got {chunk!r:.80}{hint}")

    def flush(self, include_footers: bool = False, callback: Any = None) -> Future[None]:
        """Sends what has been written so far, with the head if it has not been sent.

        The future is done when the client's end has taken it: awaiting it keeps a fast writer from
        filling the memory.
        """
        buffer = self._write_buffer
        chunk = buffer[0] if len(buffer) == 1 else b"".join(buffer)
        self._write_buffer = []
        connection = self.request.connection
        if self._headers_written:
            for transform in self._transforms or ():
                chunk = transform.transform_chunk(chunk, include_footers)
            done = connection.write(chunk)
        else:
            self._headers_written = True
            for transform in self._transforms or ():
                self._status_code, self._headers, chunk = transform.transform_first_chunk(
                    self._status_code, self._headers, chunk, include_footers
                )
            if self._new_cookie:
                for cookie in self._cookie_headers():
                    self.add_header("Set-Cookie", cookie)
            done = connection.write_headers(
                ResponseStartLine("", self._status_code, self._reason), self._headers, chunk
            )
        if callback is not None:
            done.add_done_callback(lambda _: callback())
        return done  # type: ignore[no-any-return]  # the connection may be another server's

    def finish(self, chunk: str | bytes | dict[str, Any] | None = None) -> Future[None]:
        """Completes the response, after adding ``chunk`` to it.

        The future is done when the response has left. Raises RuntimeError if called twice.
        """
        if self._finished:
            raise RuntimeError(
                "finish() called twice: perhaps a method that finishes by itself (render, "
                "redirect, send_error) was called before"
            )
        if chunk is not None:
            self.write(chunk)
        connection = self.request.connection
        if self._headers_written:
            done = self.flush(include_footers=True)
            connection.finish()
        else:
            body = self._complete_head()
            if (
                self._transforms
                or self._new_cookie
                or type(self).flush is not _FLUSH
                or not hasattr(connection, "respond")
            ):
                done = self.flush(include_footers=True)
                connection.finish()
            else:
                self._write_buffer = []
                self._headers_written = True
                done = connection.respond(self._status_code, self._reason, self._headers, body)
        self._finished = True
        self._log()
        self.on_finish()
        return done

    def _complete_head(self) -> bytes:
        """Sets what can be said in the head once the whole body is known. Returns the body."""
        status = self._status_code
        if status == 200:
            if self.request.method in _TAGGED_METHODS:
                if "Etag" not in self._headers._fields:
                    self.set_etag_header()
                if self.check_etag_header():
                    self._write_buffer = []
                    self._status_code = 304
                    self._reason = "Not Modified"
                    return self._complete_bodiless_head()
        elif status in _BODILESS or 100 <= status < 200:
            return self._complete_bodiless_head()
        buffer = self._write_buffer
        body = buffer[0] if len(buffer) == 1 else b"".join(buffer)
        fields = self._headers._fields
        if "Content-Length" not in fields:
            fields["Content-Length"] = str(len(body))
        return body

    def _complete_bodiless_head(self) -> bytes:
        if self._write_buffer:
            raise RuntimeError(f"a response with status {self._status_code} has no body")
        for name in _BODY_FIELDS:
            self._headers._fields.pop(name, None)
        return b""

    def detach(self) -> IOStream:
        """Takes the connection's stream away from HTTP, for another protocol. This handler then
        has no more to say; the stream is the caller's to close."""
        self._finished = True
        return self.request.connection.detach()  # type: ignore[no-any-return]  # an IOStream

    def _log(self) -> None:
        self.application.log_request(self)


_FLUSH = RequestHandler.flush
"""``finish`` does without ``flush`` only if it is this one."""
