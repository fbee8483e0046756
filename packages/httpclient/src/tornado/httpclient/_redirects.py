"""Which request follows a redirect (RFC 9110 section 15.4, and the Fetch standard).

Laws:
1. 303 turns everything but HEAD into GET; 301 and 302 do that to POST only; 307 and 308 change
   nothing. A method that is changed loses its body, and the fields that describe it.
2. To another origin (scheme, host, port) go no credentials: not Authorization, Cookie or
   Proxy-Authorization, not ``auth_username`` or a client certificate, not those of the URL.
3. Only http and https are followed. A redirect without Location is an ordinary response.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from tornado.httpclient._errors import HTTPRedirectError, TooManyRedirectsError
from tornado.httpclient._urls import parse_url, resolve, shown
from tornado.httputil import HTTPHeaders

if TYPE_CHECKING:
    from tornado.httpclient._request import _RequestProxy
    from tornado.httpclient._response import HTTPResponse

STATUSES = frozenset([301, 302, 303, 307, 308])

_OF_A_BODY = (
    "Content-Encoding",
    "Content-Language",
    "Content-Length",
    "Content-Location",
    "Content-Type",
    "Transfer-Encoding",
    "Expect",
)
_SECRETS = ("Authorization", "Cookie", "Cookie2", "Proxy-Authorization")


def redirects(request: _RequestProxy, code: int, headers: HTTPHeaders) -> bool:
    """Whether a response of this status and header is a redirect that is to be followed."""
    return code in STATUSES and bool(request.follow_redirects) and "Location" in headers


def follow(request: _RequestProxy, response: HTTPResponse) -> _RequestProxy | None:
    """The request that follows ``response``, or None if the response is the final one.

    ``max_redirects`` of the request that is returned is one less. Raises TooManyRedirectsError, and
    HTTPRedirectError for a target that cannot be fetched.
    """
    code = response.code
    if not redirects(request, code, response.headers):
        return None
    location = _text(response.headers.get_list("Location")[0])
    left = request.max_redirects
    if not left:
        raise TooManyRedirectsError(
            code,
            f"redirected once more than max_redirects allows, to {shown(location)!r}",
            response,
        )
    try:
        url = resolve(request.url, location)
    except ValueError as error:
        raise HTTPRedirectError(
            code, f"redirected to {shown(location)!r}, which cannot be fetched: {error}", response
        ) from None
    headers = HTTPHeaders(request._headers or {})
    following = request.changed(url=url, max_redirects=left - 1, _headers=headers)
    method = request.method
    if (code == 303 and method != "HEAD") or (code in (301, 302) and method == "POST"):
        following.method = "GET"
        following._body = following.body_producer = None
        following.expect_100_continue = False
        _remove(headers, _OF_A_BODY)
    # The URL's host comes anew; a Host that the program set belonged to the URL it set.
    old, new = parse_url(request.url), parse_url(url)
    if old.origin != new.origin:
        _remove(headers, _SECRETS)
        _remove(headers, ("Host",))
        following.auth_username = following.auth_password = following.auth_mode = None
        following.client_cert = following.client_key = None
        if isinstance(following.ssl_options, dict):
            following.ssl_options = {
                name: value
                for name, value in following.ssl_options.items()
                if name not in ("certfile", "keyfile")
            }
    elif request.auth_username is None and old.username is not None and new.username is None:
        following.auth_username, following.auth_password = old.username, old.password
    return following


def _remove(headers: HTTPHeaders, names: tuple[str, ...]) -> None:
    for name in names:
        headers.pop(name, None)


def _text(value: str) -> str:
    """What servers mean by bytes outside ASCII, which are not allowed here: UTF-8."""
    if value.isascii():
        return value
    try:
        return value.encode("latin-1").decode()
    except UnicodeError:
        return value
