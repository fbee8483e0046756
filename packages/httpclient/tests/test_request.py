"""HTTPRequest, the defaults below it, and what is refused before anything is sent."""

from __future__ import annotations

import inspect
from datetime import UTC, datetime
from typing import Any

import pytest

from tornado.httpclient import HTTPRequest
from tornado.httpclient._request import _RequestProxy
from tornado.httpclient._validate import checked
from tornado.httputil import HTTPHeaders

URL = "http://a.example/"


def view(*args: Any, defaults: Any = HTTPRequest._DEFAULTS, **settings: Any) -> _RequestProxy:
    return _RequestProxy(HTTPRequest(*(args or (URL,)), **settings), defaults)


# -- HTTPRequest


def test_every_argument_becomes_an_attribute():
    plain = set(inspect.signature(HTTPRequest).parameters) - {"headers", "body", "use_gzip"}
    given = {name: object() for name in plain - {"if_modified_since"}}
    request = HTTPRequest(**given)  # type: ignore[arg-type]  # any object will do
    for name, value in given.items():
        assert getattr(request, name) is value


def test_what_is_not_given_is_none():
    request = HTTPRequest(URL)
    assert request.method == "GET"
    assert request.body is None
    assert request.expect_100_continue is False
    assert request.start_time > 0
    given = {"self", "url", "method", "headers", "expect_100_continue", "if_modified_since"}
    for name in set(inspect.signature(HTTPRequest).parameters) - given:
        assert getattr(request, name) is None


def test_headers_are_made_on_demand_and_can_be_set():
    request = HTTPRequest(URL)
    assert isinstance(request.headers, HTTPHeaders)
    request.headers["A"] = "1"
    assert request.headers == {"A": "1"}
    mapping = {"b": "2"}
    assert HTTPRequest(URL, headers=mapping).headers is mapping
    request.headers = None
    assert request.headers == {}


def test_a_body_of_text_is_utf8():
    request = HTTPRequest(URL, "POST", body="ü")
    assert request.body == b"\xc3\xbc"
    request.body = "é"
    assert request.body == b"\xc3\xa9"
    request.body = None
    assert request.body is None


def test_use_gzip_is_the_older_name():
    assert HTTPRequest(URL, use_gzip=False).decompress_response is False
    assert HTTPRequest(URL, use_gzip=False, decompress_response=True).decompress_response is True
    request = HTTPRequest(URL)
    request.use_gzip = False
    assert request.decompress_response is False


@pytest.mark.parametrize("when", [0, 0.0, datetime(1970, 1, 1, tzinfo=UTC), datetime(1970, 1, 1)])
def test_if_modified_since(when):
    given = {"X": "1"}
    request = HTTPRequest(URL, headers=given, if_modified_since=when)
    assert request.headers["If-Modified-Since"] == "Thu, 01 Jan 1970 00:00:00 GMT"
    assert given == {"X": "1"}


# -- defaults


def test_settings_then_defaults_then_none():
    made = view(connect_timeout=1, user_agent="mine")
    assert made.connect_timeout == 1
    assert made.request_timeout == 20
    assert made.follow_redirects is True
    assert made.user_agent == "mine"
    assert made.ca_certs is None
    assert view(defaults=None).request_timeout is None


def test_none_means_the_default_whenever_it_became_none():
    request = HTTPRequest(URL, connect_timeout=1)
    request.connect_timeout = None
    assert _RequestProxy(request, HTTPRequest._DEFAULTS).connect_timeout == 20


def test_false_and_zero_are_settings():
    made = view(follow_redirects=False, request_timeout=0, max_redirects=0)
    assert (made.follow_redirects, made.request_timeout, made.max_redirects) == (False, 0, 0)


def test_what_is_set_after_construction_counts():
    request = HTTPRequest(URL)
    request.validate_cert = False
    assert _RequestProxy(request, HTTPRequest._DEFAULTS).validate_cert is False


def test_a_subclass_can_have_settings_and_more():
    class Polite(HTTPRequest):
        user_agent = "polite"
        priority = 3

        @property
        def label(self) -> str:
            return "p"

    made = _RequestProxy(Polite(URL), HTTPRequest._DEFAULTS)
    assert (made.user_agent, made.priority, made.label) == ("polite", 3, "p")
    with pytest.raises(AttributeError):
        made.nothing  # noqa: B018  # the access is the test


def test_a_view_changes_alone():
    request = HTTPRequest(URL)
    made = _RequestProxy(request, HTTPRequest._DEFAULTS)
    made.method = "PUT"
    other = made.changed(url="http://b/")
    other.connect_timeout = 5
    assert (request.method, made.url, made.connect_timeout) == ("GET", URL, 20)
    assert (other.request, other.method) == (request, "PUT")


# -- refused


@pytest.mark.parametrize(
    ("settings", "reason"),
    [
        ({"method": "get"}, "unknown method 'get'"),
        ({"method": "BREW"}, "allow_nonstandard_methods"),
        ({"method": "BR EW", "allow_nonstandard_methods": True}, "a token"),
        ({"method": "GET /\r\nHost: x\r\n\r\n", "allow_nonstandard_methods": True}, "a token"),
        ({"method": "", "allow_nonstandard_methods": True}, "a token"),
        ({"method": b"GET"}, "a token"),
        ({"method": "POST"}, "POST needs a body"),
        ({"method": "PUT"}, "PUT needs a body"),
        ({"method": "PATCH"}, "PATCH needs a body"),
        ({"body": b"x"}, "GET does not have a body"),
        ({"body": b""}, "GET does not have a body"),
        ({"method": "HEAD", "body": "x"}, "HEAD does not have a body"),
        ({"method": "DELETE", "body": "x"}, "DELETE does not have a body"),
        ({"method": "OPTIONS", "body": "x"}, "OPTIONS does not have a body"),
        ({"body_producer": print}, "GET does not have a body"),
        ({"method": "POST", "body": b"", "body_producer": print}, "not both"),
        ({"method": "POST", "body": b"x", "headers": {"Content-Length": "2"}}, "has 1 bytes"),
        ({"method": "POST", "body": b"x", "headers": {"Content-Length": "+1"}}, "one number"),
        (
            {
                "method": "POST",
                "body_producer": print,
                "headers": {"Content-Length": "1", "Transfer-Encoding": "chunked"},
            },
            "not both",
        ),
        ({"headers": {"Content-Length": "5"}}, "has 0 bytes"),
        ({"headers": {"Content-Length": "0, 0"}}, "one number"),
        ({"headers": {"Transfer-Encoding": "gzip"}}, "is 'chunked', got 'gzip'"),
        ({"headers": {"A b": "x"}}, "not a token"),
        ({"headers": {"A\r\nB": "x"}}, "not a token"),
        ({"headers": {"": "x"}}, "not a token"),
        ({"headers": {"Ä": "x"}}, "not a token"),
        ({"headers": {"A": "x\r\nB: y"}}, "not allowed in a header value"),
        ({"headers": {"A": "x\ny"}}, "not allowed in a header value"),
        ({"headers": {"A": "x\0y"}}, "not allowed in a header value"),
        ({"headers": {"A": "\u4e2d"}}, "not allowed in a header value"),
        ({"headers": {"A": 5}}, "headers map str to str, got 'A': 5"),
        ({"headers": {"A": None}}, "headers map str to str, got 'A': None"),
        ({"headers": {b"A": "x"}}, "headers map str to str"),
        ({"user_agent": "a\r\nb"}, "not allowed in a header value"),
        ({"auth_mode": "ntlm"}, "'basic' or 'digest', got 'ntlm'"),
        ({"connect_timeout": -1}, "connect_timeout is a number of seconds"),
        ({"request_timeout": float("nan")}, "request_timeout is a number of seconds"),
        ({"request_timeout": float("inf")}, "0 for no limit"),
        ({"request_timeout": "5"}, "request_timeout is a number of seconds"),
        ({"max_redirects": -1}, "whole number"),
        ({"retries": 1.5}, "whole number"),
        ({"streaming_callback": "x"}, "streaming_callback is a function"),
    ],
)
def test_refused_with_the_reason(settings, reason):
    with pytest.raises(ValueError) as refused:
        checked(view(**settings))
    assert reason in str(refused.value)


@pytest.mark.parametrize("url", ["ws://a/", "wss://a/"])
def test_websockets_are_fetched_elsewhere(url):
    with pytest.raises(ValueError, match="http://"):
        checked(view(url))


def test_an_unknown_method_is_a_key_error_too():
    with pytest.raises(KeyError, match="unknown method 'BREW'"):
        checked(view(method="BREW"))


@pytest.mark.parametrize(
    "settings",
    [
        {"method": "BREW"},
        {"method": "GET", "body": b"x"},
        {"method": "DELETE", "body": "x"},
        {"method": "POST"},
    ],
)
def test_allowed_on_request(settings):
    checked(view(allow_nonstandard_methods=True, **settings))


@pytest.mark.parametrize("method", ["GET", "HEAD", "DELETE", "OPTIONS"])
def test_without_a_body(method):
    assert checked(view(method=method)).host == "a.example"


def test_the_headers_of_the_view_are_its_own():
    headers = HTTPHeaders({"A": "1"})
    made = view(headers=headers)
    checked(made)
    made.headers["A"] = "2"
    assert headers == {"A": "1"}
    assert isinstance(made.headers, HTTPHeaders)
