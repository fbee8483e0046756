"""Handlers that need no code of yours: errors, redirects, other servers' callables."""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable
from typing import Any
from urllib.parse import urlsplit

from tornado.httputil import HTTPServerRequest, url_concat
from tornado.web._errors import HTTPError
from tornado.web._handler import RequestHandler

_is_label = re.compile(r"[A-Za-z0-9-]+").fullmatch


class ErrorHandler(RequestHandler):
    """Answers every request with ``status_code``."""

    def initialize(self, status_code: int) -> None:
        self.set_status(status_code)

    def prepare(self) -> Awaitable[None] | None:
        raise HTTPError(self._status_code)

    def _check_forgery(self) -> None:
        # An error page changes nothing, and a 403 would hide the real answer.
        return


class RedirectHandler(RequestHandler):
    """Sends GET requests to ``url``, 301 if ``permanent`` (the default) else 302.

    ``url`` may hold what the route's groups matched: ``{0}``, ``{name}``. What is put in can change
    path and query only, never the scheme, the user, the host or the port. The query of the request
    is kept.

    ::

        (r"/pictures/(.*)", RedirectHandler, {"url": "/photos/{0}"})
    """

    _url: str = ""
    _permanent: bool = True

    def initialize(self, url: str, permanent: bool = True) -> None:
        self._url = url
        self._permanent = permanent

    def get(self, *args: Any, **kwargs: Any) -> None:
        # Groups come decoded; of what they may hold, a space would end the URL.
        target = self._url.format(*args, **kwargs).replace(" ", "%20")
        if not _stays(self._url, target, [*args, *kwargs.values()]):
            raise HTTPError(404, "Redirect of %r refused: it would leave %r", target, self._url)
        if self.request.query_arguments:
            pairs = [(n, v) for n, values in self.request.query_arguments.items() for v in values]
            target = url_concat(target, pairs)
        self.redirect(target, permanent=self._permanent)

    head = get


def _stays(template: str, target: str, values: list[str | None]) -> bool:
    """Whether what was put into ``template`` has left scheme and authority alone.

    Browsers take a backslash for a slash, ignore tabs and line ends, and read ``///`` as ``//``.
    Other clients take the backslash for part of a user's name: both readings have to be right.
    """
    seen = target.replace("\\", "/")
    if any(ord(char) <= 32 for char in seen) or (seen[:2] == "//" and template[:2] != "//"):
        return False
    fixed = urlsplit(template.partition("{")[0])
    try:
        actual, plain = urlsplit(seen), urlsplit(target)
    except ValueError:
        return False
    if fixed.scheme and not fixed.netloc:  # the program puts a group into the host: labels only
        return actual.scheme == fixed.scheme and all(_is_label(value or "") for value in values)
    own = (fixed.scheme, fixed.netloc)
    return own == (actual.scheme, actual.netloc) == (plain.scheme, plain.netloc)


class FallbackHandler(RequestHandler):
    """Hands the request to ``fallback``, a callable of one HTTPServerRequest such as a
    WSGIContainer."""

    fallback: Callable[[HTTPServerRequest], Any]

    def initialize(self, fallback: Callable[[HTTPServerRequest], Any]) -> None:
        self.fallback = fallback

    def prepare(self) -> Awaitable[None] | None:
        self.fallback(self.request)
        self._finished = True
        self.on_finish()
        return None
