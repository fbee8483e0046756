"""When a request that failed is tried again, and after how long. Only for ``retries`` above 0.

Laws:
1. A request that may have been carried out is repeated only if its method is idempotent
   (RFC 9110 section 9.2.2). One that never reached the server is repeated whatever its method.
2. What the program has seen is not taken back: a failure that may lie in the middle of a body is
   final for a request with a ``streaming_callback``.
3. Waiting grows by a factor of two from ``FIRST_WAIT`` to ``LONGEST_WAIT``, less up to one half at
   random, so that clients that failed together do not come back together. What Retry-After says
   (RFC 9110 section 10.2.3) is waited instead.
"""

from __future__ import annotations

import random
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from tornado.httpclient._errors import (
    BadCertificate,
    BodyTooLargeError,
    ClientClosed,
    HTTPConnectError,
    HTTPDecodeError,
    HTTPProtocolError,
    HTTPStreamClosedError,
    HTTPTimeoutError,
    Phase,
    ProxyError,
)
from tornado.httputil import HTTPHeaders, parse_http_date

if TYPE_CHECKING:
    from tornado.httpclient._request import _RequestProxy
    from tornado.httpclient._response import HTTPResponse

FIRST_WAIT = 0.25
LONGEST_WAIT = 30.0

_FINAL = (BodyTooLargeError, ClientClosed, HTTPDecodeError, HTTPProtocolError)
"""They would come again."""

IDEMPOTENT = frozenset(["GET", "HEAD", "PUT", "DELETE", "OPTIONS", "TRACE"])
STATUSES = frozenset([429, 502, 503, 504])


def retries(request: _RequestProxy, code: int, headers: HTTPHeaders) -> bool:
    """Whether a response with this header is thrown away and asked for again, if there is time.

    There is none where the server wants a longer wait than what is left of ``request_timeout``.
    """
    if not request.retries or code not in STATUSES or request.method not in IDEMPOTENT:
        return False
    said, limit = headers.get("Retry-After"), request.request_timeout
    return said is None or not limit or _seconds(said) < limit


def wait_before_retry(request: _RequestProxy, response: HTTPResponse, tried: int) -> float | None:
    """Seconds to wait, or None: the response is final.

    ``tried`` is how many times the request was retried already.
    """
    if not request.retries or not _may_repeat(request, response):
        return None
    said = response.headers.get("Retry-After")
    if said is not None and response._answered:
        return _seconds(said)
    return min(FIRST_WAIT * 2.0**tried, LONGEST_WAIT) * random.uniform(0.5, 1.0)


def _may_repeat(request: _RequestProxy, response: HTTPResponse) -> bool:
    error = response.error
    if response._answered:
        return retries(request, response.code, response.headers)
    if isinstance(error, HTTPConnectError):
        refused_for_good = isinstance(error, BadCertificate) or (
            isinstance(error, ProxyError) and error.status is not None
        )
        return not refused_for_good
    if isinstance(error, HTTPTimeoutError):
        if error.phase in (Phase.CONNECT, Phase.TLS):
            return True
        return error.phase is Phase.HEADERS and request.method in IDEMPOTENT
    return (
        isinstance(error, HTTPStreamClosedError)
        and not isinstance(error, _FINAL)
        and request.method in IDEMPOTENT
        and request.streaming_callback is None
    )


def _seconds(retry_after: str) -> float:
    if retry_after.isascii() and retry_after.isdigit() and len(retry_after) < 10:
        return float(retry_after)
    when = parse_http_date(retry_after)
    return max(0.0, (when - datetime.now(UTC)).total_seconds()) if when else FIRST_WAIT
