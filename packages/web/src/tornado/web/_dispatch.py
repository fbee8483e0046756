"""From the server's delegate calls to a handler's run."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable
from contextvars import copy_context
from typing import TYPE_CHECKING, Any

from tornado.httputil import HTTPMessageDelegate, HTTPServerRequest

if TYPE_CHECKING:
    from tornado.web._application import Application
    from tornado.web._handler import RequestHandler

app_log = logging.getLogger("tornado.application")

_new = object.__new__  # for what every request makes: half the price of calling the class


class HandlerDelegate(HTTPMessageDelegate):
    """Collects a request's body, makes the handler, and runs it in a context of its own.

    What ``prepare`` sets in a ``contextvars.ContextVar`` is seen by the method and ``on_finish``
    of the same request and by nobody else.
    """

    application: Application
    request: HTTPServerRequest
    handler_class: type[RequestHandler]
    handler_kwargs: dict[str, Any] | None = None
    path_args: list[bytes] | None = None
    path_kwargs: dict[str, bytes] | None = None
    handler: RequestHandler | None = None
    chunks: list[bytes] | None = None
    body: asyncio.Future[None] | None = None  # of a handler that takes it in pieces

    def __init__(
        self,
        application: Application,
        request: HTTPServerRequest,
        handler_class: type[RequestHandler],
        handler_kwargs: dict[str, Any] | None,
        path_args: list[bytes] | None,
        path_kwargs: dict[str, bytes] | None,
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
        self._run(prepared)
        return None if prepared.done() else prepared

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
        if pending is None:
            return None
        return self._receive(handler, pending)

    async def _receive(self, handler: RequestHandler, pending: Awaitable[None]) -> None:
        try:
            await handler._awaitable(pending)
        except Exception as error:
            handler._handle_request_exception(error)
            self._end_body()

    def _end_body(self) -> None:
        """The handler has failed: whoever waits for the rest of the body waits no longer."""
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
        self._run(None)

    def on_connection_close(self) -> None:
        self.chunks = None
        if self.body is not None:
            self._end_body()
            if self.handler is not None and not self.handler._finished:
                self.handler.on_connection_close()

    def execute(self) -> None:
        """Runs the handler for a request that is complete already."""
        self._run(None)

    def _run(self, prepared: asyncio.Future[None] | None) -> None:
        context = copy_context()
        rest = context.run(self._start, prepared)
        handler = self.handler
        if handler is None or handler._finished:
            return
        if rest is not None:
            handler._start_task(rest, asyncio.get_running_loop(), context)
        if not handler._finished and prepared is None:
            watch = getattr(self.request.connection, "set_close_callback", None)
            if watch is not None:
                watch(handler.on_connection_close)

    def _start(self, prepared: asyncio.Future[None] | None) -> Awaitable[None] | None:
        application, request = self.application, self.request
        if application._volatile:
            application._forget_caches()
        try:
            if self.handler_kwargs:
                handler = self.handler_class(application, request, **self.handler_kwargs)
            else:
                handler = self.handler_class(application, request)
        except Exception:
            self._not_made(prepared)
            return None
        self.handler = handler
        makers = application.transforms
        transforms = [make(request) for make in makers] if makers else []
        args, kwargs = self.path_args, self.path_kwargs
        if prepared is not None:
            assert self.body is not None
            return handler._execute_streaming(
                transforms, prepared, self.body, *(args or ()), **(kwargs or {})
            )
        if args:
            return handler._execute(transforms, *args)
        if kwargs:
            return handler._execute(transforms, **kwargs)
        return handler._execute(transforms)

    def _not_made(self, prepared: asyncio.Future[None] | None) -> None:
        request = self.request
        app_log.error(
            "Uncaught exception making %s for %s %s",
            self.handler_class.__name__,
            request.method,
            request.uri,
            exc_info=True,
        )
        if prepared is not None:
            prepared.set_result(None)
        self.application._error_handler(request).send_error(500)


class RequestDelegate(HandlerDelegate):
    """A request that has just come in: routes it, and runs the handler it is routed to.

    This is what ``Application.start_request`` gives to the server; one object where a general
    router needs two.
    """

    _other: HTTPMessageDelegate | None = None

    @classmethod
    def _of(
        cls, application: Application, server_conn: object, request_conn: Any
    ) -> RequestDelegate:
        self: RequestDelegate = _new(cls)
        self.application = application
        self._server_connection = server_conn
        self._connection = request_conn
        self._other = self.body = self.chunks = self.handler = None
        self.path_args = self.path_kwargs = None
        return self

    def headers_received(self, start_line: Any, headers: Any) -> Awaitable[None] | None:
        request = self.request = HTTPServerRequest._received(
            start_line, headers, self._connection, self._server_connection
        )
        router = self.application._router
        rule = None
        if router is not None and router._indexed == len(router.rules):
            rule = router._exact.get(request.path)
            if rule is None:
                found = router.resolve(request.path)
                if found is not None:
                    rule, self.path_args, self.path_kwargs = found
        if rule is not None:
            target = self.handler_class = rule.target
            self.handler_kwargs = rule.target_kwargs
            if not target._stream_request_body:
                return None
        else:
            other = self.application.find_handler(request)
            if type(other) is not HandlerDelegate:
                self._other = other
                return other.headers_received(start_line, headers)
            self.handler_class = other.handler_class
            self.handler_kwargs = other.handler_kwargs
            self.path_args = other.path_args
            self.path_kwargs = other.path_kwargs
        return super().headers_received(start_line, headers)

    def data_received(self, chunk: bytes) -> Awaitable[None] | None:
        if self._other is not None:
            return self._other.data_received(chunk)
        return super().data_received(chunk)

    def finish(self) -> None:
        if self._other is not None:
            self._other.finish()
        elif self.body is None and self.chunks is None:
            self._run(None)
        else:
            super().finish()

    def on_connection_close(self) -> None:
        if self._other is not None:
            self._other.on_connection_close()
        else:
            super().on_connection_close()
