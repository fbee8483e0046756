"""Refuses a request that cannot be sent, before a connection is opened for it.

Everything here is the program's mistake and a ValueError that says what would be right.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from math import isfinite
from typing import Any

from tornado.httpclient._request import HTTPRequest, _RequestProxy
from tornado.httpclient._urls import URL, parse_url
from tornado.httputil import HTTPHeaders, HTTPInputError
from tornado.httputil._headers import is_token

METHODS = frozenset(["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"])
WITH_BODY = frozenset(["POST", "PUT", "PATCH"])


class UnknownMethodError(ValueError, KeyError):
    """A method outside the standard ones; programs know it as a KeyError."""

    __str__ = Exception.__str__  # KeyError's shows the repr


def checked(request: _RequestProxy) -> URL:
    """The request's URL; its headers become an HTTPHeaders of its own. Raises ValueError."""
    url = parse_url(request.url)
    if url.scheme[0] != "h":
        raise ValueError(f"a URL starts with http:// or https://, got {url.scheme}://")
    check_settings(request)
    method = request.method
    if method not in METHODS and not request.allow_nonstandard_methods:
        raise UnknownMethodError(
            f"unknown method {method!r}: want one of {', '.join(sorted(METHODS))}, in capitals, "
            "or allow_nonstandard_methods=True"
        )
    headers = request._headers
    request._headers = HTTPHeaders() if headers is None else own_headers(headers)
    _check_body(request, method)
    fields = request._headers._fields
    if type(fields.get("Host")) is list:
        raise ValueError("a request has one Host field")  # RFC 9112 section 3.2
    if "Content-Length" in fields or "Transfer-Encoding" in fields:
        _check_framing(request._headers, request._body, request.body_producer is not None)
    return url


def check_settings(request: _RequestProxy) -> None:
    """What the request sets, each for itself. Raises ValueError."""
    given = request.request
    # A subclass may have settings of its class, which the view has found.
    for name in vars(given if type(given) is HTTPRequest else request):
        check = _CHECKS.get(name)
        if check is not None:
            check(name, getattr(request, name))


def check_defaults(defaults: dict[str, Any]) -> None:
    """What a client sets for its requests. Raises ValueError."""
    for name, value in defaults.items():
        check = _CHECKS.get(name)
        if check is not None:
            check(name, value)


def own_headers(headers: HTTPHeaders | Mapping[str, str]) -> HTTPHeaders:
    """A copy, whose names are tokens and whose values are free of line ends. ValueError."""
    try:
        return HTTPHeaders(headers)
    except HTTPInputError as error:
        raise ValueError(str(error)) from None
    except (AttributeError, TypeError):
        wrong = [
            f"{name!r}: {value!r}"
            for name, value in dict(headers).items()
            if not (isinstance(name, str) and isinstance(value, str))
        ]
        raise ValueError(f"headers map str to str, got {', '.join(wrong)[:200]}") from None


def _check_body(request: _RequestProxy, method: str) -> None:
    body, producer = request._body, request.body_producer
    if body is None and producer is None:
        if method in WITH_BODY and not request.allow_nonstandard_methods:
            raise ValueError(
                f"{method} needs a body: give body=b'' for an empty one, "
                "or allow_nonstandard_methods=True to send none"
            )
        return
    if method not in WITH_BODY and not request.allow_nonstandard_methods:
        raise ValueError(
            f"{method} does not have a body: leave it out, or give allow_nonstandard_methods=True"
        )
    if body is not None and producer is not None:
        raise ValueError("a request has a body or a body_producer, not both")


def _check_framing(headers: HTTPHeaders, body: bytes | None, has_producer: bool) -> None:
    """What the program says about the length of the body has to be so: a server that waits for
    the rest takes it from the next request on the connection."""
    length, coding = headers.get("Content-Length"), headers.get("Transfer-Encoding")
    if coding is not None:
        if length is not None:
            raise ValueError("a request has a Content-Length or a Transfer-Encoding, not both")
        if coding.lower() != "chunked":
            raise ValueError(f"Transfer-Encoding of a request is 'chunked', got {coding!r}")
    elif length is not None:
        if not (length.isascii() and length.isdigit()):
            raise ValueError(f"Content-Length is one number, got {length!r}")
        actual = len(body or b"")
        if not has_producer and int(length) != actual:
            raise ValueError(f"Content-Length is {length}, but the body has {actual} bytes")


def _method(name: str, value: Any) -> None:
    if not (isinstance(value, str) and is_token(value)):
        raise ValueError(f"a method is a token like GET, got {value!r:.80}")
    if value == "CONNECT":
        raise ValueError("CONNECT makes a tunnel, not a fetch; the setting proxy uses it")


def _seconds(name: str, value: Any) -> None:
    if value is None:
        return
    if not isinstance(value, (int, float)) or not (isfinite(value) and value >= 0):
        raise ValueError(f"{name} is a number of seconds, or 0 for no limit; got {value!r}")


def _count(name: str, value: Any) -> None:
    if value is not None and (not isinstance(value, int) or value < 0):
        raise ValueError(f"{name} is a whole number from 0, got {value!r}")


def _auth_mode(name: str, value: Any) -> None:
    if value not in (None, "basic", "digest"):
        raise ValueError(f"{name} is 'basic' or 'digest', got {value!r}")


def _one_line(name: str, value: Any) -> None:
    if value is not None:
        own_headers({"User-Agent": value})


def _callable(name: str, value: Any) -> None:
    if value is not None and not callable(value):
        raise ValueError(f"{name} is a function, got {value!r}")


_CHECKS: dict[str, Callable[[str, Any], None]] = {
    "method": _method,
    "user_agent": _one_line,
    "auth_mode": _auth_mode,
    "proxy_auth_mode": _auth_mode,
    **dict.fromkeys(["max_redirects", "max_body_size", "retries", "proxy_port"], _count),
    **dict.fromkeys(["streaming_callback", "header_callback", "body_producer"], _callable),
    **dict.fromkeys(
        [
            "connect_timeout",
            "request_timeout",
            "queue_timeout",
            "tls_timeout",
            "headers_timeout",
            "body_timeout",
        ],
        _seconds,
    ),
}
"""By the setting. The defaults of a client are looked at once, when it is made."""
