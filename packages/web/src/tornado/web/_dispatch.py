"""From the server's delegate calls to a handler's run.

A handler runs in a context of its own: what ``prepare`` sets in a ``contextvars.ContextVar`` is
seen by the method and ``on_finish`` of the same request and by nobody else.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable
from contextvars import Context, copy_context
from typing import TYPE_CHECKING, Any

from tornado.httputil import HTTPMessageDelegate, HTTPServerRequest
from tornado.web._execute import EXECUTE

if TYPE_CHECKING:
    from tornado.web._application import Application
    from tornado.web._handler import RequestHandler

app_log = logging.getLogger("tornado.application")


def run_handler(
    application: Application,
    request: HTTPServerRequest,
    handler_class: type[RequestHandler],
    handler_kwargs: dict[str, Any] | None,
    path_args: list[Any] | None,
    path_kwargs: dict[str, Any] | None,
) -> None:
    """Answers a request that is complete: at once, or in a task that goes on from here."""
    context = copy_context()
    unfinished = context.run(
        start_handler, application, request, handler_class, handler_kwargs, path_args, path_kwargs
    )
    if unfinished is not None:
        follow(*unfinished, context)


def start_handler(
    application: Application,
    request: HTTPServerRequest,
    handler_class: type[RequestHandler],
    handler_kwargs: dict[str, Any] | None,
    path_args: list[Any] | None,
    path_kwargs: dict[str, Any] | None,
) -> tuple[RequestHandler, Awaitable[None] | None] | None:
    """Makes the handler and runs it as far as it goes without waiting. None if the request is then
    finished; otherwise the handler, and what of it is to be awaited."""
    if application._volatile:
        application._before_request(request)
    try:
        if handler_kwargs:
            handler = handler_class(application, request, **handler_kwargs)
        else:
            handler = handler_class(application, request)
    except Exception:
        _not_made(application, request, handler_class)
        return None
    makers = application.transforms
    transforms = [make(request) for make in makers] if makers else []
    run: Any = handler._run if handler_class._execute is EXECUTE else handler._execute
    if path_args:
        rest = run(transforms, *path_args)
    elif path_kwargs:
        rest = run(transforms, **path_kwargs)
    else:
        rest = run(transforms)
    return None if handler._finished else (handler, rest)


def follow(handler: RequestHandler, rest: Awaitable[None] | None, context: Context) -> None:
    if rest is not None:
        handler._start_task(rest, asyncio.get_running_loop(), context)
    if not handler._finished:
        watch = getattr(handler.request.connection, "set_close_callback", None)
        if watch is not None:
            watch(handler._client_left)
        seconds = handler.request_timeout
        if seconds is None:
            seconds = handler.application._request_timeout
        if seconds:
            handler._limit_time(seconds, context)


def _not_made(
    application: Application, request: HTTPServerRequest, handler_class: type[RequestHandler]
) -> None:
    app_log.error(
        "Uncaught exception making %s for %s %s",
        handler_class.__name__,
        request.method,
        request.uri,
        exc_info=True,
    )
    application._error_handler(request).send_error(500)


class HandlerDelegate(HTTPMessageDelegate):
    """Collects a request's body, then makes the handler and runs it; or, if the handler takes its
    body in pieces, runs it first and hands the pieces on."""

    handler: RequestHandler | None = None  # only of the second kind
    chunks: list[bytes] | None = None
    body: asyncio.Future[None] | None = None  # only of the second kind

    def __init__(
        self,
        application: Application,
        request: HTTPServerRequest,
        handler_class: type[RequestHandler],
        handler_kwargs: dict[str, Any] | None,
        path_args: list[Any] | None,
        path_kwargs: dict[str, Any] | None,
    ) -> None:
        self.application = application
        self.request = request
        self.handler_class = handler_class
        self.handler_kwargs = handler_kwargs
        self.path_args = path_args
        self.path_kwargs = path_kwargs

    def headers_received(self, start_line: Any, headers: Any) -> Awaitable[None] | None:
        if not self.handler_class._stream_request_body:
            return None
        loop = asyncio.get_running_loop()
        self.body = self.request._body_future = loop.create_future()
        prepared: asyncio.Future[None] = loop.create_future()
        context = copy_context()
        rest = context.run(self._start_streaming, prepared)
        handler = self.handler
        if handler is not None and not handler._finished and rest is not None:
            follow(handler, rest, context)
        return None if prepared.done() else prepared

    def _start_streaming(self, prepared: asyncio.Future[None]) -> Awaitable[None] | None:
        application, request = self.application, self.request
        if application._volatile:
            application._before_request(request)
        try:
            handler = self.handler_class(application, request, **(self.handler_kwargs or {}))
        except Exception:
            prepared.set_result(None)
            _not_made(application, request, self.handler_class)
            return None
        self.handler = handler
        transforms = [make(request) for make in application.transforms]
        assert self.body is not None
        if handler._multipart_limits is not None:
            from tornado.web._multipart import MultipartReader

            handler._multipart = MultipartReader(request, self.body, handler._multipart_limits)
        return handler._execute_streaming(
            transforms,
            prepared,
            self.body,
            *(self.path_args or ()),
            **(self.path_kwargs or {}),
        )

    def data_received(self, chunk: bytes) -> Awaitable[None] | None:
        if self.body is None:
            if self.chunks is None:
                self.chunks = [chunk]
            else:
                self.chunks.append(chunk)
            return None
        handler = self.handler
        if handler is None or handler._finished:
            return None
        try:
            pending = handler.data_received(chunk)
        except Exception as error:
            handler._handle_request_exception(error)
            self._end_body()
            return None
        if pending is not None:
            return self._receive(handler, pending)
        if handler._finished:
            self._end_body()
        return None

    async def _receive(self, handler: RequestHandler, pending: Awaitable[None]) -> None:
        try:
            await handler._awaitable(pending)
        except Exception as error:
            del pending  # it may hold the exception, whose traceback holds this frame
            handler._handle_request_exception(error)
            self._end_body()
        if handler._finished:
            self._end_body()

    def _end_body(self) -> None:
        """The handler has failed or answered: whoever waits for the rest of the body waits no
        longer."""
        if self.body is not None and not self.body.done():
            self.body.cancel()

    def finish(self) -> None:
        if self.body is not None:
            if not self.body.done():
                self.body.set_result(None)
            return
        chunks = self.chunks
        if chunks is not None:
            self.request.body = chunks[0] if len(chunks) == 1 else b"".join(chunks)
            self.chunks = None
        self.execute()

    def on_connection_close(self) -> None:
        self.chunks = None
        if self.body is not None:
            self._end_body()
            if self.handler is not None and not self.handler._finished:
                self.handler._client_left()

    def execute(self) -> None:
        """Runs the handler for a request that is complete already."""
        run_handler(
            self.application,
            self.request,
            self.handler_class,
            self.handler_kwargs,
            self.path_args,
            self.path_kwargs,
        )
