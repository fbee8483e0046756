"""What an error response says, and in which form.

Who decides, from the first to the last: the handler's own ``write_error``; the application's
setting ``error_handlers``; in debug mode the traceback; and here, a short page in the form that the
client's Accept prefers. Nothing of this is touched by a request that succeeds.
"""

from __future__ import annotations

import inspect
import json
import traceback
from collections.abc import Callable, Mapping
from typing import Any

from tornado.escape import xhtml_escape
from tornado.web._accept import best_type
from tornado.web._base import HandlerBase
from tornado.web._debug_page import POLICY, debug_page, is_local
from tornado.web._errors import HTTPError

LOCALLY = "locally"
"""The value of ``serve_traceback`` that ``debug`` stands for: to clients on this machine only."""

_FORMS = ("text/html", "application/problem+json", "application/json", "text/plain")

ErrorFunction = Callable[[Any, int, BaseException | None], None]


def check_error_handlers(handlers: Any) -> None:
    """Raises TypeError or ValueError for a setting ``error_handlers`` that cannot work."""
    if not isinstance(handlers, Mapping):
        raise TypeError(f"error_handlers is a dict, got {handlers!r:.80}")
    for key, function in handlers.items():
        is_class = isinstance(key, type) and issubclass(key, BaseException)
        if not is_class and not (type(key) is int and 400 <= key <= 599):
            raise ValueError(
                "error_handlers: a key is a status of 400 to 599 or an exception class, "
                f"got {key!r}"
            )
        if not callable(function) or inspect.iscoroutinefunction(function):
            raise TypeError(
                f"error_handlers[{key!r}] is a plain function of (handler, status_code, error), "
                f"got {function!r}"
            )


def write_error_page(handler: HandlerBase, status: int, exc_info: Any) -> None:
    """Writes the response for an error, as far as the handler leaves it to the application."""
    settings = handler.settings
    error = exc_info[1] if exc_info else None
    functions = settings.get("error_handlers")
    if functions:
        by_class, otherwise = _functions(functions, status, error)
        if by_class is None and (error is None or isinstance(error, HTTPError)):
            by_class = otherwise
        if by_class is not None:
            by_class(handler, status, error)
            return
    if error is not None and settings.get("serve_traceback"):
        local = is_local(handler.request)
        if local or settings["serve_traceback"] != LOCALLY:
            _write_traceback(handler, error, local)
            return
    if functions and otherwise is not None:
        otherwise(handler, status, error)
        return
    _write_page(handler, status)


def _functions(
    functions: Mapping[Any, ErrorFunction], status: int, error: BaseException | None
) -> tuple[ErrorFunction | None, ErrorFunction | None]:
    """The function for the class of ``error``, and that for the status or for any error."""
    general = None
    for cls in type(error).__mro__ if error is not None else ():
        if cls in functions:
            if not issubclass(HTTPError, cls):
                return functions[cls], None
            general = general or functions[cls]
    return None, functions.get(status, general)


def _write_traceback(handler: HandlerBase, error: BaseException, local: bool) -> None:
    accept = handler.request.headers.get("Accept", "")
    if local and best_type(accept, ("text/plain", "text/html")) == "text/html":
        handler.set_header("Content-Security-Policy", POLICY)
        handler.finish(debug_page(error, f"{handler.request.method} {handler.request.path}"))
        return
    handler.set_header("Content-Type", "text/plain; charset=UTF-8")
    handler.finish("".join(traceback.format_exception(error)))


def _write_page(handler: HandlerBase, status: int) -> None:
    phrase = handler._reason
    accept = handler.request.headers.get("Accept")
    form = best_type(accept, _FORMS) if accept else None
    if form is None or form == "text/html":
        text = xhtml_escape(phrase)
        handler.finish(
            f"<!DOCTYPE html>\n<html><head><title>{status} {text}</title></head>"
            f"<body>{status} {text}</body></html>\n"
        )
        return
    handler.add_header("Vary", "Accept")
    if form == "text/plain":
        handler.set_header("Content-Type", "text/plain; charset=UTF-8")
        handler.finish(f"{status} {phrase}\n")
        return
    handler.set_header("Content-Type", "application/problem+json")  # RFC 9457
    handler.finish(json.dumps({"type": "about:blank", "title": phrase, "status": status}))
