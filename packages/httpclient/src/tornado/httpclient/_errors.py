"""What a fetch fails with, for both implementations.

::

    HTTPClientError (HTTPError)        the server answered, with a status that is no success
     ├── HTTPRedirectError             a redirect that is not followed; ``code`` is the redirect's
     │    └── TooManyRedirectsError    more of them than max_redirects
     │                                 -- from here on code is 599: there is no usable answer
     ├── HTTPTimeoutError              a time limit has passed; ``phase`` says which
     ├── HTTPConnectError (OSError)    no connection: a name without address, a refusal, TLS
     │    └── ProxyError               the proxy did not open the way
     └── HTTPStreamClosedError         the connection ended before the answer was complete
          ├── HTTPProtocolError        what came is not HTTP
          ├── HTTPDecodeError          the body is not in the coding that its header names
          └── BodyTooLargeError        the body passed max_body_size, as it came or decoded

Laws:
1. Everything that can go wrong with a peer is an HTTPClientError, so one ``except`` is enough.
2. The system's own errors stay what they are to programs that catch those: a refused connection is
   a ConnectionRefusedError too, an unknown host a ``socket.gaierror``, a bad certificate an
   ``ssl.SSLCertVerificationError``. The original is the ``__cause__``.
3. A request that cannot be sent is not here: that is the program's mistake, a ValueError.
4. Messages name the server and the limit, never credentials.
"""

from __future__ import annotations

import socket
import ssl
from enum import StrEnum
from typing import TYPE_CHECKING, ClassVar

from tornado.httputil import responses

if TYPE_CHECKING:
    from tornado.httpclient._response import HTTPResponse


class Phase(StrEnum):
    """The part of a fetch that a time limit belongs to."""

    QUEUE = "queue"
    CONNECT = "connect"
    TLS = "tls"
    HEADERS = "headers"
    BODY = "body"
    TOTAL = "total"


_WAITED_FOR = {
    Phase.QUEUE: ("no free connection to {host}", "queue_timeout"),
    Phase.CONNECT: ("no connection to {host}", "connect_timeout"),
    Phase.TLS: ("no TLS with {host}", "tls_timeout"),
    Phase.HEADERS: ("no response headers from {host}", "headers_timeout"),
    Phase.BODY: ("no complete body from {host}", "body_timeout"),
    Phase.TOTAL: ("no complete response from {host}", "request_timeout"),
}


class HTTPClientError(Exception):
    """A fetch without success.

    ``code`` is the status of the response, and 599 where there is no usable response. ``message``
    is the reason phrase or what went wrong, ``response`` the HTTPResponse or None. ``HTTPError`` is
    the name that this class had first, and still has.

    >>> str(HTTPClientError(404))
    'HTTP 404: Not Found'
    """

    def __init__(
        self, code: int, message: str | None = None, response: HTTPResponse | None = None
    ) -> None:
        self.code = code
        self.message = message or responses.get(code, "Unknown")
        self.response = response
        super().__init__(code, message, response)

    def __str__(self) -> str:
        return f"HTTP {self.code}: {self.message}"

    # BaseException's shows the arguments: the whole response among them.
    def __repr__(self) -> str:
        return f"{type(self).__name__}({self.code}, {self.message!r})"


HTTPError = HTTPClientError


class HTTPRedirectError(HTTPClientError):
    """A redirect whose target cannot be fetched: another scheme than http or https, a bad URL.

    ``response`` is the redirect itself, ``code`` its status.
    """


class TooManyRedirectsError(HTTPRedirectError):
    """The server redirected more than ``max_redirects`` times; ``response`` is the last one."""


class _NoAnswer(HTTPClientError):
    """Code 599: the message alone says what happened."""

    #: What a message is when none is given.
    _usual: ClassVar[str] = "no answer"

    def __init__(self, message: str | None = None) -> None:
        super().__init__(599, message or self._usual)
        self.args = (message,)

    def __str__(self) -> str:
        return self.message


class HTTPTimeoutError(_NoAnswer):
    """A time limit has passed. ``phase`` says which one; ``code`` is 599.

    Name resolution counts as part of ``Phase.CONNECT``.
    """

    _usual = "a time limit has passed"

    def __init__(self, message: str | None = None, phase: Phase = Phase.TOTAL) -> None:
        super().__init__(message)
        self.phase = phase

    @classmethod
    def of(cls, phase: Phase, limit: float, host: str) -> HTTPTimeoutError:
        """With a message that says what was waited for, how long, and which setting that was.

        >>> str(HTTPTimeoutError.of(Phase.CONNECT, 20, "example.com"))
        'no connection to example.com within 20 s (connect_timeout)'
        """
        missing, setting = _WAITED_FOR[phase]
        return cls(f"{missing.format(host=host)} within {limit:g} s ({setting})", phase)


class HTTPConnectError(_NoAnswer, OSError):
    """There is no connection to the server. ``errno`` is the system's number, if it gave one."""

    _usual = "no connection"

    def __init__(self, message: str | None = None, errno: int | None = None) -> None:
        super().__init__(message)
        self.args = (message, errno)
        self.errno = errno
        self.strerror = self.message

    @classmethod
    def of(cls, error: OSError, host: str) -> HTTPConnectError:
        """The system's ``error`` on the way to ``host``, as an error that is of both kinds.

        Raise it ``from error``.
        """
        for kind, both in _BOTH.items():
            if isinstance(error, kind):
                made = both
                break
        else:
            made = HTTPConnectError
        what = error.strerror or str(error) or type(error).__name__
        found = made(f"no connection to {host}: {what}", error.errno)
        found.__dict__.update(error.__dict__)  # verify_code and verify_message of a certificate
        return found


class ConnectionRefused(HTTPConnectError, ConnectionRefusedError):
    """Of both kinds, as law 2 says."""


class ConnectionReset(HTTPConnectError, ConnectionResetError):
    """Of both kinds."""


class UnknownHost(HTTPConnectError, socket.gaierror):
    """Of both kinds."""


class BadCertificate(HTTPConnectError, ssl.SSLCertVerificationError):
    """Of both kinds."""


class TLSFailed(HTTPConnectError, ssl.SSLError):
    """Of both kinds."""


_BOTH: dict[type[OSError], type[HTTPConnectError]] = {
    ConnectionRefusedError: ConnectionRefused,
    ConnectionResetError: ConnectionReset,
    socket.gaierror: UnknownHost,
    ssl.SSLCertVerificationError: BadCertificate,
    ssl.SSLError: TLSFailed,
}


class ProxyError(HTTPConnectError):
    """The proxy did not open the way to the server.

    ``status`` and ``reason`` are what an HTTP proxy answered to CONNECT; for SOCKS ``status`` is
    the number of its reply. None when the proxy did not speak its protocol at all. ``code`` is 599:
    the server itself was not reached.
    """

    _usual = "the proxy did not open the way"

    def __init__(
        self, message: str | None = None, status: int | None = None, reason: str | None = None
    ) -> None:
        super().__init__(message)
        self.args = (message, status, reason)
        self.status = status
        self.reason = reason


class HTTPStreamClosedError(_NoAnswer):
    """The connection ended before the response was complete. ``code`` is 599.

    ``real_error`` is the system's error, a ConnectionResetError for instance, or None: the peer
    just closed, or the client was closed.
    """

    _usual = "the connection was closed before the response was complete"
    real_error: BaseException | None = None


class ClientClosed(HTTPStreamClosedError):
    """By the program, so there is no use in trying again."""

    _usual = "the client was closed before the response was complete"


class HTTPProtocolError(HTTPStreamClosedError):
    """The peer sent what is not HTTP; the connection was closed for that."""

    _usual = "what came is not HTTP"


class HTTPDecodeError(HTTPStreamClosedError):
    """The body is not in the coding that its Content-Encoding names, or ends inside it."""

    _usual = "the body cannot be decoded"


class BodyTooLargeError(HTTPStreamClosedError):
    """The body is longer than ``max_body_size``, as it came or when decoded."""

    _usual = "the body is too large"
