"""How handlers of 2009 to 2018 kept a request open: ``@asynchronous`` and callbacks."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any, TypeVar

from tornado.stack_context import ExceptionStackContext
from tornado.web._base import HandlerBase

Method = TypeVar("Method", bound=Callable[..., Any])


def asynchronous(method: Method) -> Method:
    """Decorator: the request stays open after the method returns, until ``self.finish()``.

    For methods that answer from a callback. An ``async def`` method needs no decorator; with it,
    or with one that returns an awaitable, the request ends when the awaitable is done, as ever.

    An exception in a callback that the method schedules on the loop answers the request too.
    """

    @functools.wraps(method)
    def wrapper(self: HandlerBase, *args: Any, **kwargs: Any) -> Any:
        self._auto_finish = False

        def answer(kind: Any, error: BaseException | None, traceback: Any) -> bool:
            if not isinstance(error, Exception):
                return False
            self._handle_request_exception(error)
            return True

        pending = None
        with ExceptionStackContext(answer):
            pending = method(self, *args, **kwargs)
        if hasattr(pending, "__await__"):
            self._auto_finish = True
        else:
            pending = None
        return pending

    return wrapper  # type: ignore[return-value]  # same signature


class LegacyMixin(HandlerBase):
    def async_callback(
        self, callback: Callable[..., Any] | None, *args: Any, **kwargs: Any
    ) -> Callable[..., Any] | None:
        """Wraps a callback, with leading arguments, so that an exception in it answers the request
        with an error instead of leaving the client waiting."""
        if callback is None:
            return None
        if args or kwargs:
            callback = functools.partial(callback, *args, **kwargs)
        wrapped = callback

        def guarded(*args: Any, **kwargs: Any) -> Any:
            try:
                return wrapped(*args, **kwargs)
            except Exception as error:
                self._handle_request_exception(error)

        return guarded
