"""Bodies that are received in pieces."""

from __future__ import annotations

from typing import TypeVar

from tornado.web._handler import RequestHandler

Handler = TypeVar("Handler", bound=type[RequestHandler])


def stream_request_body(cls: Handler) -> Handler:
    """Class decorator: the body is given to ``data_received`` piece by piece, not collected.

    ``prepare`` runs before the first piece, the method after the last. An awaitable from either
    ``prepare`` or ``data_received`` holds the next piece back. ``self.request.body`` stays empty;
    ``self.request.connection.set_max_body_size`` may be called in ``prepare``.
    """
    if not (isinstance(cls, type) and issubclass(cls, RequestHandler)):
        raise TypeError(f"@stream_request_body decorates a RequestHandler class, got {cls!r}")
    cls._stream_request_body = True
    return cls
