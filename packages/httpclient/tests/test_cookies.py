"""A jar over the standard library's."""

from __future__ import annotations

from http.cookiejar import CookieJar
from typing import Any

from tornado.httpclient import HTTPRequest, HTTPResponse
from tornado.httpclient._cookies import keep_cookies, with_cookies
from tornado.httpclient._request import _RequestProxy
from tornado.httputil import HTTPHeaders


def view(url: str, **headers: str) -> _RequestProxy:
    made = _RequestProxy(HTTPRequest(url), HTTPRequest._DEFAULTS)
    made.headers = HTTPHeaders(headers)
    return made


def answered(jar: CookieJar, url: str, *cookies: str) -> None:
    request: Any = view(url)
    headers = HTTPHeaders()
    for cookie in cookies:
        headers.add("Set-Cookie", cookie)
    keep_cookies(jar, request, HTTPResponse(request, 200, headers))


def sent(jar: CookieJar, url: str, **headers: str) -> Any:
    return with_cookies(jar, view(url, **headers)).headers.get("Cookie")


def test_what_is_set_is_sent_back():
    jar = CookieJar()
    answered(jar, "http://a.example/", "one=1", "two=2; Path=/sub", "three=3; Max-Age=0")
    assert sent(jar, "http://a.example/") == "one=1"
    assert sorted(sent(jar, "http://a.example/sub/x").split("; ")) == ["one=1", "two=2"]
    assert sent(jar, "http://b.example/") is None


def test_secure_cookies_stay_off_plain_http():
    jar = CookieJar()
    answered(jar, "https://a.example/", "s=1; Secure")
    assert sent(jar, "https://a.example/") == "s=1"
    assert sent(jar, "http://a.example/") is None


def test_domains():
    jar = CookieJar()
    answered(jar, "http://www.a.example/", "wide=1; Domain=a.example", "evil=1; Domain=b.example")
    assert sent(jar, "http://other.a.example/") == "wide=1"
    assert sent(jar, "http://b.example/") is None


def test_ports_do_not_separate():
    # RFC 6265 section 8.5: "Cookies do not provide isolation by port."
    jar = CookieJar()
    answered(jar, "http://localhost:8000/", "c=1")
    assert sent(jar, "http://localhost:9000/") == "c=1"
    answered(jar, "http://127.0.0.1:8000/", "ip=1")
    assert sent(jar, "http://127.0.0.1:9000/") == "ip=1"


def test_addresses_have_no_domain():
    # RFC 6265 section 5.1.3: a suffix matches only if "the string is a host name (i.e., not an IP
    # address)".
    jar = CookieJar()
    answered(jar, "http://127.0.0.1/", "evil=1; Domain=.0.0.1", "own=1; Domain=127.0.0.1", "a=1")
    answered(jar, "http://[::1]/", "six=1")
    assert sent(jar, "http://10.0.0.1/") is None
    assert sorted(sent(jar, "http://127.0.0.1/").split("; ")) == ["a=1", "own=1"]
    assert sent(jar, "http://[::1]/") == "six=1"


def test_a_field_of_the_program_wins_and_its_request_is_not_changed():
    jar = CookieJar()
    answered(jar, "http://a.example/", "c=1")
    assert sent(jar, "http://a.example/", Cookie="mine=1") == "mine=1"
    request = view("http://a.example/")
    assert with_cookies(jar, request) is not request
    assert "Cookie" not in request.headers


def test_credentials_of_the_url_do_not_confuse_the_jar():
    jar = CookieJar()
    answered(jar, "http://user:pw@a.example/", "c=1")
    assert [cookie.domain for cookie in jar] == ["a.example"]
    assert sent(jar, "http://a.example/") == "c=1"


def test_a_cookie_that_cannot_be_read_takes_no_other_with_it():
    jar = CookieJar()
    bad = "bad=1; expires=Wed, 09 Jum 2040 10:18:14 GMT"
    answered(jar, "http://a.example/", "one=1", bad, "two=2")
    assert sent(jar, "http://a.example/") == "one=1; two=2"
