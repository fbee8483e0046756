"""The request that the running code works for, and its id in every line of the log.

With the setting ``request_context`` each request is put into a context variable; without it
nothing is done, and there is no current request.
"""

from __future__ import annotations

import logging
from contextvars import ContextVar

from tornado.httputil import HTTPServerRequest

_current: ContextVar[HTTPServerRequest | None] = ContextVar("tornado_request", default=None)

begin = _current.set


def current_request() -> HTTPServerRequest | None:
    """The request in whose handler, or in a task it has started, the caller runs.

    None outside of requests, and in applications without the setting ``request_context``.
    ``asyncio.to_thread`` takes it along into the thread.
    """
    return _current.get()


class RequestIdFilter(logging.Filter):
    """Gives log records an attribute ``request_id``: the current request's, or ``absent``::

        handler = logging.StreamHandler()
        handler.addFilter(RequestIdFilter())
        handler.setFormatter(logging.Formatter("%(request_id)s %(message)s"))

    It belongs on a handler: filters of a logger do not see the records of the loggers below it.
    """

    def __init__(self, absent: str = "-") -> None:
        super().__init__()
        self._absent = absent

    def filter(self, record: logging.LogRecord) -> bool:
        request = _current.get()
        record.request_id = self._absent if request is None else request.request_id
        return True
