"""Redirects as a table: method, body, credentials, target."""

from __future__ import annotations

from typing import Any

import pytest

from tornado.httpclient import (
    HTTPRedirectError,
    HTTPRequest,
    HTTPResponse,
    TooManyRedirectsError,
)
from tornado.httpclient._redirects import follow
from tornado.httpclient._request import _RequestProxy
from tornado.httputil import HTTPHeaders

BODY = {"Content-Type": "text/plain", "Content-Length": "4", "Content-Language": "en"}


def view(url: str = "http://a.example/x", **settings: Any) -> _RequestProxy:
    return _RequestProxy(HTTPRequest(url, **settings), HTTPRequest._DEFAULTS)


def redirected(request: _RequestProxy, code: int, location: str | None) -> _RequestProxy | None:
    headers = HTTPHeaders() if location is None else HTTPHeaders({"Location": location})
    return follow(request, HTTPResponse(request, code, headers))


# RFC 9110 sections 15.4.2 to 15.4.9, and "HTTP-redirect fetch" of the Fetch standard, step 12.
@pytest.mark.parametrize(
    ("code", "method", "then"),
    [
        (301, "GET", "GET"),
        (301, "HEAD", "HEAD"),
        (301, "POST", "GET"),
        (301, "PUT", "PUT"),
        (301, "DELETE", "DELETE"),
        (302, "GET", "GET"),
        (302, "POST", "GET"),
        (302, "PATCH", "PATCH"),
        (303, "GET", "GET"),
        (303, "HEAD", "HEAD"),
        (303, "POST", "GET"),
        (303, "PUT", "GET"),
        (303, "DELETE", "GET"),
        (307, "POST", "POST"),
        (307, "PUT", "PUT"),
        (308, "POST", "POST"),
        (308, "GET", "GET"),
    ],
)
def test_method_and_body(code, method, then):
    has_body = method in ("POST", "PUT", "PATCH")
    request = view(
        method=method,
        body=b"body" if has_body else None,
        headers={**(BODY if has_body else {}), "Accept": "*/*"},
        expect_100_continue=has_body,
    )
    following = redirected(request, code, "/y")
    assert following is not None
    assert following.method == then
    assert following.url == "http://a.example/y"
    assert following.headers["Accept"] == "*/*"
    keeps = has_body and method == then
    assert following.body == (b"body" if keeps else None)
    assert following.expect_100_continue == keeps
    assert {n for n in following.headers if n.startswith("Content-")} == (
        set(BODY) if keeps else set()
    )


def test_the_request_before_is_not_changed():
    request = view(method="POST", body=b"x", headers={"Authorization": "secret"})
    redirected(request, 303, "http://b.example/")
    assert (request.method, request.body, request.max_redirects) == ("POST", b"x", 5)
    assert request.headers == {"Authorization": "secret"}


def test_a_body_producer_is_kept_or_dropped_with_the_body():
    async def produce(write):
        pass

    request = view(method="POST", body_producer=produce)
    kept, dropped = redirected(request, 307, "/y"), redirected(request, 302, "/y")
    assert kept is not None
    assert kept.body_producer is produce
    assert dropped is not None
    assert dropped.body_producer is None


@pytest.mark.parametrize(
    ("url", "location", "same"),
    [
        ("http://a.example/x", "/y", True),
        ("http://a.example/x", "http://A.EXAMPLE:80/y", True),
        ("http://a.example/x", "https://a.example/y", False),
        ("https://a.example/x", "http://a.example/y", False),
        ("https://a.example/x", "https://a.example:444/y", False),
        ("http://a.example/x", "http://b.example/y", False),
        ("http://a.example/x", "http://sub.a.example/y", False),
        ("http://a.example/x", "//b.example/y", False),
        ("http://a.example/x", "http://a.example.evil/y", False),
        ("http://a.example/x", "http://a.example@evil.example/y", False),
    ],
)
def test_credentials_stay_with_their_origin(url, location, same):
    request = view(
        url,
        headers={
            "Authorization": "Basic c2VjcmV0",
            "Cookie": "sid=1",
            "Proxy-Authorization": "Basic cHJveHk=",
            "Host": "virtual.example",
            "X-Other": "1",
        },
        auth_username="user",
        auth_password="secret",
        auth_mode="digest",
        client_cert="cert.pem",
        client_key="key.pem",
        proxy_host="proxy.example",
        proxy_port=1,
        proxy_username="p",
    )
    following = redirected(request, 302, location)
    assert following is not None
    kept = set(following.headers)
    assert kept == (set(request.headers) if same else {"X-Other"})
    expected = ("user", "secret", "digest", "cert.pem", "key.pem") if same else (None,) * 5
    assert expected == (
        following.auth_username,
        following.auth_password,
        following.auth_mode,
        following.client_cert,
        following.client_key,
    )
    assert following.proxy_username == "p"  # the proxy's, which is the same


def test_a_certificate_among_the_options_of_tls_stays_too():
    options = {"certfile": "cert.pem", "keyfile": "key.pem", "ca_certs": "ca.pem"}
    request = view("https://a.example/x", ssl_options=options)
    near = redirected(request, 302, "/y")
    far = redirected(request, 302, "https://b.example/")
    assert near is not None
    assert near.ssl_options == options
    assert far is not None
    assert far.ssl_options == {"ca_certs": "ca.pem"}


def test_credentials_of_the_url():
    request = view("http://user:secret@a.example/x")
    relative, near = redirected(request, 302, "/y"), redirected(request, 302, "http://a.example/y")
    far = redirected(request, 302, "http://b.example/y")
    assert relative is not None
    assert relative.url == "http://user:secret@a.example/y"
    assert near is not None
    assert near.auth_username == "user"
    assert near.auth_password == "secret"
    assert far is not None
    assert far.auth_username is None
    assert "secret" not in far.url
    own = redirected(request, 302, "http://other:pw@a.example/")
    assert own is not None
    assert own.auth_username is None
    assert own.url.startswith("http://other:pw@")


def test_credentials_that_were_dropped_do_not_come_back():
    away = redirected(view(auth_username="user", headers={"Cookie": "a"}), 302, "http://b.example/")
    assert away is not None
    back = redirected(away, 302, "http://a.example/")
    assert back is not None
    assert back.auth_username is None
    assert "Cookie" not in back.headers


@pytest.mark.parametrize("code", [200, 201, 300, 304, 305, 306, 400, 599])
def test_other_statuses_are_final(code):
    assert redirected(view(), code, "/y") is None


def test_without_location_it_is_an_ordinary_response():
    assert redirected(view(), 302, None) is None


def test_not_when_the_program_does_not_want_it():
    assert redirected(view(follow_redirects=False), 302, "/y") is None


def test_max_redirects():
    request: _RequestProxy | None = view(max_redirects=2)
    for _ in range(2):
        assert request is not None
        request = redirected(request, 302, "/again")
    assert request is not None
    with pytest.raises(TooManyRedirectsError, match="max_redirects") as failed:
        redirected(request, 302, "/again")
    assert failed.value.code == 302
    assert failed.value.response.headers["Location"] == "/again"


@pytest.mark.parametrize(
    "location",
    ["ftp://a.example/", "file:///etc/passwd", "javascript:alert(1)", "http://a.example:0/"],
)
def test_a_target_that_cannot_be_fetched(location):
    with pytest.raises(HTTPRedirectError, match="cannot be fetched") as failed:
        redirected(view(), 302, location)
    assert failed.value.code == 302


def test_a_location_in_utf8_as_servers_send_it():
    raw = "/café".encode().decode("latin-1")
    following = redirected(view(), 302, raw)
    assert following is not None
    assert following.url == "http://a.example/caf%C3%A9"
    latin = redirected(view(), 302, "/caf\xe9")
    assert latin is not None
    assert latin.url == "http://a.example/caf%C3%A9"


def test_messages_have_no_credentials():
    for location, settings in (
        ("ftp://user:secret@b.example/", {}),
        ("http://user:secret@b.example/", {"max_redirects": 0}),
    ):
        with pytest.raises(HTTPRedirectError, match=r"b\.example") as failed:
            redirected(view(**settings), 302, location)
        assert "secret" not in str(failed.value)
