"""A jar of cookies for a client, kept by the standard library's ``http.cookiejar``.

The jar sees a request and a response through the two small objects here, which have the methods
that ``http.cookiejar`` asks for. It does not know which domains belong to registries ("co.uk"): a
client of sites that do not trust each other wants a policy that does, or a jar for each.
"""

from __future__ import annotations

import warnings
from http.cookiejar import CookieJar
from typing import TYPE_CHECKING, Any

from tornado.httpclient._urls import URL, parse_url
from tornado.httputil import HTTPHeaders
from tornado.netutil import is_valid_ip

if TYPE_CHECKING:
    from tornado.httpclient._request import _RequestProxy
    from tornado.httpclient._response import HTTPResponse


class _Asking:
    """What ``http.cookiejar`` wants a request to be."""

    unverifiable = False

    def __init__(self, url: URL, headers: HTTPHeaders) -> None:
        self._headers = headers
        self.cookies: str | None = None
        self.type = url.scheme
        self.host = url.netloc
        self.origin_req_host = url.host
        self._full_url = url.public

    def get_full_url(self) -> str:
        return self._full_url

    def has_header(self, name: str) -> bool:
        return name in self._headers

    def get_header(self, name: str, default: str | None = None) -> str | None:
        found: str | None = self._headers.get(name, default)
        return found

    def add_unredirected_header(self, name: str, value: str) -> None:
        if name == "Cookie":
            self.cookies = value


class _Answer:
    """What it wants a response, and its headers, to be. One cookie each: of several it would drop
    all for one that it cannot read."""

    def __init__(self, line: str) -> None:
        self._line = line

    def info(self) -> _Answer:
        return self

    def get_all(self, name: str, default: Any = None) -> Any:
        return [self._line] if name == "Set-Cookie" else default


def with_cookies(jar: CookieJar, request: _RequestProxy) -> _RequestProxy:
    """``request`` with the jar's cookies for it; unchanged if it has a Cookie field of its own."""
    headers = request._headers
    assert isinstance(headers, HTTPHeaders)
    asking: Any = _Asking(parse_url(request.url), headers)
    jar.add_cookie_header(asking)
    if asking.cookies is None or "Cookie" in headers:
        return request
    sent = HTTPHeaders(headers)
    sent["Cookie"] = asking.cookies
    return request.changed(_headers=sent)


def keep_cookies(jar: CookieJar, request: _RequestProxy, response: HTTPResponse) -> None:
    """Put the cookies that a response sets into the jar. What is none of them is passed over, and
    so is a Domain that ends like the address it came from (RFC 6265 section 5.1.3)."""
    if "Set-Cookie" not in response.headers:
        return
    url = parse_url(request.url)
    asking: Any = _Asking(url, HTTPHeaders())
    is_address = is_valid_ip(url.host)
    with warnings.catch_warnings(action="ignore"):  # "http.cookiejar bug!", of "expires=9 Jum 40"
        for line in response.headers.get_list("Set-Cookie"):
            answer: Any = _Answer(line)
            for cookie in jar.make_cookies(answer, asking):
                wide = cookie.domain_specified and cookie.domain.lstrip(".") != url.host
                if not (is_address and wide):
                    jar.set_cookie_if_ok(cookie, asking)
