"""What a fetch fails with.

::

    HTTPClientError (HTTPError)      the server answered with an error, or code 599: no answer
     ├── HTTPTimeoutError            a time limit has passed; ``phase`` says which
     ├── HTTPStreamClosedError       the server closed the connection before its answer was complete
     └── ProxyError                  the proxy refused, or did not speak its protocol
"""

from __future__ import annotations

from enum import StrEnum
from typing import Any

from tornado.httputil import responses


class Phase(StrEnum):
    """The part of a fetch that a time limit belongs to."""

    QUEUE = "queue"
    CONNECT = "connect"
    TLS = "tls"
    HEADERS = "headers"
    BODY = "body"
    TOTAL = "total"


class HTTPClientError(Exception):
    """A fetch that did not give a usable response.

    ``code`` is the status of the response, or 599 when there was none; ``response`` is the
    :class:`HTTPResponse`, if any; ``message`` a reason for people.
    """

    def __init__(self, code: int, message: str | None = None, response: Any = None) -> None:
        self.code = code
        self.message = message or responses.get(code, "Unknown")
        self.response = response
        super().__init__(code, message, response)

    def __str__(self) -> str:
        return f"HTTP {self.code}: {self.message}"

    def __repr__(self) -> str:
        return f"{type(self).__name__}(code={self.code}, message={self.message!r})"


HTTPError = HTTPClientError


class HTTPTimeoutError(HTTPClientError):
    """A time limit has passed; ``phase`` says in which part of the fetch."""

    def __init__(self, message: str | None = None, phase: Phase = Phase.TOTAL) -> None:
        super().__init__(599, message)
        self.phase = phase

    def __str__(self) -> str:
        return self.message


class HTTPStreamClosedError(HTTPClientError):
    """The connection was closed before the answer was complete."""

    def __init__(self, message: str | None = None) -> None:
        super().__init__(599, message)

    def __str__(self) -> str:
        return self.message


class ProxyError(HTTPClientError):
    """The proxy did not open the way to the server.

    ``code`` is 599, for the server itself was not reached. ``status`` and ``reason`` are what an
    HTTP proxy answered to CONNECT; for SOCKS ``status`` is the number of its reply, and None when
    the proxy did not speak its protocol at all.
    """

    def __init__(
        self, message: str | None = None, status: int | None = None, reason: str | None = None
    ) -> None:
        super().__init__(599, message)
        self.status = status
        self.reason = reason

    def __str__(self) -> str:
        return self.message
