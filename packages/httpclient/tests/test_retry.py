"""What is tried again, and when."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from tornado.httpclient import (
    BodyTooLargeError,
    HTTPConnectError,
    HTTPDecodeError,
    HTTPProtocolError,
    HTTPRequest,
    HTTPResponse,
    HTTPStreamClosedError,
    HTTPTimeoutError,
    Phase,
    ProxyError,
)
from tornado.httpclient._errors import BadCertificate
from tornado.httpclient._request import _RequestProxy
from tornado.httpclient._retry import wait_before_retry
from tornado.httputil import HTTPHeaders, format_timestamp


def wait(
    code: int = 599,
    error: Exception | None = None,
    tried: int = 0,
    headers: HTTPHeaders | None = None,
    **settings: Any,
) -> float | None:
    if settings.get("method") in ("POST", "PATCH", "PUT"):
        settings["body"] = b""
    settings.setdefault("retries", 3)
    view = _RequestProxy(HTTPRequest("http://a/", **settings), HTTPRequest._DEFAULTS)
    response = HTTPResponse(view, code, headers, error=error)
    return wait_before_retry(view, response, tried)


@pytest.mark.parametrize(
    ("error", "get", "post"),
    [
        (HTTPConnectError("refused"), True, True),
        (ProxyError("no proxy there"), True, True),
        (ProxyError("Proxy Authentication Required", 407), False, False),
        (BadCertificate("expired"), False, False),
        (HTTPTimeoutError("t", Phase.CONNECT), True, True),
        (HTTPTimeoutError("t", Phase.TLS), True, True),
        (HTTPTimeoutError("t", Phase.HEADERS), True, False),
        (HTTPTimeoutError("t", Phase.BODY), False, False),
        (HTTPTimeoutError("t", Phase.TOTAL), False, False),
        (HTTPTimeoutError("t", Phase.QUEUE), False, False),
        (HTTPStreamClosedError("gone"), True, False),
        (HTTPProtocolError("not HTTP"), False, False),
        (HTTPDecodeError("not gzip"), False, False),
        (BodyTooLargeError("too large"), False, False),
        (ValueError("bad request"), False, False),
    ],
)
def test_failures(error, get, post):
    # RFC 9110 section 9.2.2: "A client SHOULD NOT automatically retry a request with a
    # non-idempotent method unless it has some means to know that the request semantics are actually
    # idempotent ... or some means to detect that the original request was never applied."
    assert (wait(error=error) is not None) == get
    assert (wait(error=error, method="PUT") is not None) == get
    assert (wait(error=error, method="POST") is not None) == post
    assert wait(error=error, retries=0) is None


@pytest.mark.parametrize("code", [429, 502, 503, 504])
def test_statuses_that_pass(code):
    assert wait(code) is not None
    assert wait(code, method="POST") is None


@pytest.mark.parametrize("code", [200, 302, 400, 404, 500, 501, 505])
def test_statuses_that_stay(code):
    assert wait(code) is None


def test_what_was_streamed_is_not_streamed_twice():
    gone = HTTPStreamClosedError("gone")
    assert wait(error=gone, streaming_callback=print) is None
    assert wait(error=HTTPConnectError("refused"), streaming_callback=print) is not None


def test_waits_grow_with_jitter_to_a_limit():
    for tried, most in ((0, 0.25), (1, 0.5), (4, 4.0), (20, 30.0)):
        waits = [wait(503, tried=tried) for _ in range(50)]
        assert all(w is not None and most / 2 <= w <= most for w in waits)
        assert len(set(waits)) > 1


def test_retry_after():
    # RFC 9110 section 10.2.3: seconds, or a date.
    assert wait(503, headers=HTTPHeaders({"Retry-After": "7"})) == 7
    assert wait(429, headers=HTTPHeaders({"Retry-After": "0"})) == 0
    later = format_timestamp(datetime.now(UTC) + timedelta(seconds=60))
    seconds = wait(503, headers=HTTPHeaders({"Retry-After": later}), request_timeout=0)
    assert seconds is not None
    assert 57 < seconds <= 60
    assert wait(503, headers=HTTPHeaders({"Retry-After": later}), request_timeout=20) is None
    assert wait(503, headers=HTTPHeaders({"Retry-After": format_timestamp(0)})) == 0
    nonsense = wait(503, headers=HTTPHeaders({"Retry-After": "soon"}))
    assert nonsense is not None
    assert nonsense < 1
