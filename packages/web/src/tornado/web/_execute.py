"""How a request runs through its handler, and how it ends when something goes wrong.

Laws:
1. The order is: ``prepare``, the method, ``finish`` unless the method keeps the request open,
   ``on_finish``. A plain method runs at once, without a task; what returns an awaitable goes on in
   one task, in the same context.
2. Every exception ends in ``log_exception`` and, if nothing has been sent, in ``send_error``. One
   that comes after part of the response was sent closes the connection: a cut response must not
   look complete.
"""

from __future__ import annotations

import asyncio
import inspect
import logging
import sys
from collections.abc import Awaitable, Callable
from typing import Any

from tornado.httputil import HTTPInputError
from tornado.iostream import StreamClosedError
from tornado.web._base import HandlerBase
from tornado.web._error_pages import write_error_page
from tornado.web._errors import Finish, HTTPError

access_log = logging.getLogger("tornado.access")
app_log = logging.getLogger("tornado.application")
gen_log = logging.getLogger("tornado.general")

_SAFE_METHODS = frozenset(["GET", "HEAD", "OPTIONS"])


class ExecuteMixin(HandlerBase):
    SUPPORTED_METHODS: tuple[str, ...] = (
        "GET",
        "HEAD",
        "POST",
        "DELETE",
        "PATCH",
        "PUT",
        "OPTIONS",
    )

    _task: asyncio.Task[None] | None = None

    # -- the methods a subclass defines

    def _method_not_allowed(self, *args: Any, **kwargs: Any) -> None:
        raise HTTPError(405)

    def _allowed_methods(self) -> list[str]:
        """The HTTP methods that the class defines."""
        refusal = ExecuteMixin._method_not_allowed
        found = [
            (name, getattr(type(self), name.lower(), refusal)) for name in self.SUPPORTED_METHODS
        ]
        return [name for name, method in found if method is not refusal]

    #: The HTTP methods. A subclass defines those it answers; the others are answered 405. Each may
    #: be a plain method or return an awaitable.
    head: Callable[..., Any] = _method_not_allowed
    get: Callable[..., Any] = _method_not_allowed
    post: Callable[..., Any] = _method_not_allowed
    delete: Callable[..., Any] = _method_not_allowed
    patch: Callable[..., Any] = _method_not_allowed
    put: Callable[..., Any] = _method_not_allowed
    options: Callable[..., Any] = _method_not_allowed

    def prepare(self) -> Awaitable[None] | None:
        """Called before the method, whichever it is. If it finishes the request, the method is not
        called. May return an awaitable."""
        return None

    def on_finish(self) -> None:
        """Called after the response is complete. What it produces goes nowhere."""

    def on_connection_close(self) -> None:
        """Called if the client goes away before the response is complete."""

    def data_received(self, chunk: bytes) -> Awaitable[None] | None:
        """Called with each piece of the body, in handlers with ``@stream_request_body``."""
        raise NotImplementedError(
            f"{type(self).__name__} has @stream_request_body and must define data_received(chunk)"
        )

    # -- the run

    async def _execute(self, transforms: list[Any], *args: Any, **kwargs: Any) -> None:
        """Runs the request to its end. Kept for programs that wrap or override it, as tracing
        packages do; where nobody has, ``_run`` is called without it."""
        rest = self._run(transforms, *args, **kwargs)
        if rest is not None:
            await rest

    def _run(self, transforms: list[Any], *args: Any, **kwargs: Any) -> Awaitable[None] | None:
        """Runs the request; an awaitable stands for what is left to do."""
        self._transforms = transforms
        try:
            method: str = self.request.method  # type: ignore[assignment]  # str once received
            if method not in self.SUPPORTED_METHODS:
                raise HTTPError(405)
            if args:
                decoded = self.path_args = []
                for value in args:
                    decoded.append(value if value is None else self.decode_argument(value))
            if kwargs:
                self.path_kwargs = {
                    name: value if value is None else self.decode_argument(value, name=name)
                    for name, value in kwargs.items()
                }
            if method not in _SAFE_METHODS:
                self._check_forgery()
            pending = self.prepare()
            if pending is not None:
                return self._execute_rest(pending, prepared=False)
            if self._finished:
                return None
            if kwargs:
                pending = getattr(self, method.lower())(*self.path_args, **self.path_kwargs)
            elif args:
                pending = getattr(self, method.lower())(*self.path_args)
            elif method == "GET":
                pending = self.get()
            else:
                pending = getattr(self, method.lower())()
            if pending is None:
                if self._auto_finish and not self._finished:
                    self.finish()
                return None
            return self._after_method(pending)
        except Exception as error:
            pending = None  # it may hold the exception, whose traceback holds this frame
            self._handle_request_exception(error)
            return None

    def _run_method(self) -> Awaitable[None] | None:
        method = self.request.method
        assert method is not None
        return self._after_method(
            getattr(self, method.lower())(*self.path_args, **self.path_kwargs)
        )

    def _after_method(self, pending: Any) -> Awaitable[None] | None:
        if pending is not None:
            if not (isinstance(pending, asyncio.Future) and pending.done()):
                return self._execute_rest(pending, prepared=True)
            try:
                pending.result()
            finally:
                del pending  # as above
        if self._auto_finish and not self._finished:
            self.finish()
        return None

    async def _execute_rest(self, pending: Any, prepared: bool) -> None:
        try:
            await self._awaitable(pending)
            if not prepared:
                if self._finished:
                    return
                rest = self._run_method()
                if rest is not None:
                    await rest
                return
            if self._auto_finish and not self._finished:
                self.finish()
        except Exception as error:
            pending = None  # as above
            self._handle_request_exception(error)
        finally:
            self._task = None

    async def _execute_streaming(
        self,
        transforms: list[Any],
        prepared: asyncio.Future[None],
        body: asyncio.Future[None],
        *args: Any,
        **kwargs: Any,
    ) -> None:
        """The run of a handler that receives its body in pieces: prepared before the first piece,
        the method called after the last."""

        prepare = self.prepare

        async def prepare_then_body() -> None:
            pending = prepare()
            if pending is not None:
                try:
                    await self._awaitable(pending)
                finally:
                    del pending  # as above
            if not prepared.done():
                prepared.set_result(None)
            if not self._finished and self._multipart is None:
                await body

        self.prepare = prepare_then_body  # type: ignore[method-assign]  # this request only
        try:
            run: Any = self._run if type(self)._execute is EXECUTE else self._execute
            rest = run(transforms, *args, **kwargs)
            if rest is not None:
                await rest
        except asyncio.CancelledError:
            if not body.cancelled():
                raise
        finally:
            vars(self).pop("prepare", None)  # it holds the handler
            if self._multipart is not None:
                self._multipart._release()
            if not prepared.done():
                prepared.set_result(None)

    def _awaitable(self, pending: Any) -> Awaitable[Any]:
        """What a method returned, if it can be awaited; a sentence for the programmer if not."""
        if inspect.isawaitable(pending):
            return pending
        if isinstance(pending, (list, tuple, dict)) or hasattr(pending, "add_done_callback"):
            from tornado.gen import convert_yielded

            return convert_yielded(pending)
        where = f"{type(self).__name__}.{(self.request.method or '').lower()}"
        raise TypeError(
            f"{where} (or prepare) returned {pending!r}: a handler method returns None or an "
            "awaitable; a response is written with self.write()"
        )

    # -- the end

    def log_exception(self, typ: Any, value: BaseException | None, tb: Any) -> None:
        """Logs an exception that ended the request: one line for an HTTPError with a log message,
        a traceback for what nobody expected."""
        if isinstance(value, HTTPError):
            if value.log_message:
                gen_log.warning(
                    "%d %s: %s", value.status_code, self._request_summary(), value.get_message()
                )
        elif isinstance(value, HTTPInputError):
            gen_log.warning("%d %s: %s", value.status, self._request_summary(), value)
        else:
            app_log.error(
                "Uncaught exception %s\n%r",
                self._request_summary(),
                self.request,
                exc_info=(typ, value, tb),  # type: ignore[arg-type]  # as sys.exc_info gave it
            )

    def _handle_request_exception(self, error: BaseException) -> None:
        if isinstance(error, Finish):
            if not self._finished:
                self.finish(*error.args)
            return
        if isinstance(error, StreamClosedError) and (
            self._client_has_left or self._connection_closed()
        ):
            self._end()  # the client has gone: nobody to answer, nothing to report
            return
        try:
            self.log_exception(*sys.exc_info())
        except Exception:
            app_log.error("Error in exception logger", exc_info=True)
        if self._finished:
            return
        status, reason = 500, None
        if isinstance(error, HTTPError):
            status, reason = error.status_code, error.reason
            if not 100 <= status <= 999:
                gen_log.error("HTTPError with a status that does not exist: %r", status)
                status = 500
        elif isinstance(error, HTTPInputError):
            status = error.status
        self.send_error(status, exc_info=sys.exc_info(), reason=reason)

    def send_error(self, status_code: int = 500, **kwargs: Any) -> None:
        """Answers with ``status_code`` and the page that ``write_error`` makes.

        ``kwargs`` go to ``write_error``; ``reason`` is also the reason phrase. If part of the
        response has been sent, the connection is closed instead.
        """
        if self._headers_written:
            gen_log.error("Cannot send an error response: the headers have already been sent")
            if not self._finished:
                close = getattr(self.request.connection, "close", None)
                if close is not None:
                    close()
                self._end()
            return
        self.clear()
        if status_code == 405:  # RFC 9110 section 15.5.6
            self.set_header("Allow", ", ".join(self._allowed_methods()))
        reason = kwargs.get("reason")
        error = kwargs["exc_info"][1] if kwargs.get("exc_info") else None
        if isinstance(error, HTTPError) and error.reason:
            reason = error.reason
        try:
            self.set_status(status_code, reason=reason)
        except ValueError:
            self.set_status(status_code)
        if not (200 <= status_code < 300 or status_code == 304):
            try:
                old_style = getattr(self, "get_error_html", None)
                if old_style is not None:
                    self.finish(old_style(status_code, **_old_style_arguments(kwargs)))
                else:
                    self.write_error(status_code, **kwargs)
            except Exception:
                app_log.error("Uncaught exception in write_error", exc_info=True)
        if not self._finished:
            self.finish()

    def write_error(self, status_code: int, **kwargs: Any) -> None:
        """Writes an error page. Override it for your own; ``write``, ``render`` and ``set_header``
        work as usual.

        ``kwargs["exc_info"]`` is there if an exception led here. Not overridden, this calls the
        function that the setting ``error_handlers`` has for the exception or the status; or shows
        the traceback (the setting ``serve_traceback``; with ``debug``, to local clients); or writes
        a short page: HTML, ``application/problem+json`` or text, as the client prefers.
        """
        write_error_page(self, status_code, kwargs.get("exc_info"))

    def _request_summary(self) -> str:
        request = self.request
        summary = f"{request.method} {request.uri} ({request.remote_ip})"
        if summary.isprintable():
            return summary
        # A C1 control, such as NEL, would begin a new line of the log for some that read it.
        return summary.encode("unicode_escape").decode()

    def _connection_closed(self) -> bool:
        stream = getattr(self.request.connection, "stream", None)
        return stream is not None and stream.closed()

    def _end(self) -> None:
        """The request is over without a complete response."""
        if not self._finished:
            self._finished = True
            self.on_finish()

    if sys.version_info >= (3, 12):

        def _start_task(self, rest: Any, loop: asyncio.AbstractEventLoop, context: Any) -> None:
            task = asyncio.Task(_as_coroutine(rest), loop=loop, context=context, eager_start=True)
            if not task.done():
                self._task = task

    else:

        def _start_task(self, rest: Any, loop: asyncio.AbstractEventLoop, context: Any) -> None:
            self._task = loop.create_task(_as_coroutine(rest), context=context)


EXECUTE = ExecuteMixin._execute
"""A class whose ``_execute`` is this one is run by ``_run``, without a coroutine."""


def _as_coroutine(rest: Any) -> Any:
    return rest if inspect.iscoroutine(rest) else _wait(rest)


async def _wait(rest: Any) -> None:
    if inspect.isawaitable(rest):
        await rest


def _old_style_arguments(kwargs: dict[str, Any]) -> dict[str, Any]:
    """``get_error_html`` of 2009 was given the exception itself."""
    if kwargs.get("exc_info"):
        return {**kwargs, "exception": kwargs["exc_info"][1]}
    return kwargs
