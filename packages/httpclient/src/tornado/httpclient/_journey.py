"""A fetch from its first request to its final response: redirects, cookies, retries.

Laws:
1. An implementation knows one exchange of a request for a response; which exchange comes next is
   decided here, for all implementations, from the pure rules of ``_redirects``, ``_retry`` and
   ``_cookies``.
2. A fetch that is answered at once costs one object and no task, timer or copy.
3. ``request_timeout`` is for all of it: each exchange gets what is left.
4. The callback is called once; never after ``cancel``.
5. One that waits before it tries again is known to nobody but ``waiting``, which ends it with its
   client.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from http.cookiejar import CookieJar
from typing import Protocol

from tornado.httpclient._cookies import keep_cookies, with_cookies
from tornado.httpclient._errors import ClientClosed, HTTPClientError, HTTPTimeoutError, Phase
from tornado.httpclient._redirects import STATUSES, follow, redirects
from tornado.httpclient._request import _RequestProxy
from tornado.httpclient._response import HTTPResponse
from tornado.httpclient._retry import retries, wait_before_retry
from tornado.httpclient._urls import parse_url
from tornado.httputil import HTTPHeaders

_SOON = 0.001
"""Seconds that an exchange gets when there is no time left for it: it then fails as it should."""

Done = Callable[[HTTPResponse], None]


class Cancelable(Protocol):
    def cancel(self) -> object: ...


Step = Callable[[_RequestProxy, Done], Cancelable | None]
"""One exchange. Calls ``done(response)`` once, with an HTTPResponse of code 599 and an ``error`` if
there is none from the server; by then the connection is free for the exchange that may follow.
What it returns can end the exchange: ``cancel()`` frees the connection, and ``done`` is not called
any more.
"""


def body_is_final(request: _RequestProxy, code: int, headers: HTTPHeaders) -> bool:
    """Whether the body of a response with this header is for the program.

    If not it is that of a redirect, or the request will be tried again and a ``streaming_callback``
    must not see it. Where there is no such callback the body is kept until it is tried again: time
    may be too short for that.
    """
    if code < 300:
        return True
    if request.max_redirects and redirects(request, code, headers):
        return False
    return request.streaming_callback is None or not retries(request, code, headers)


class Journey:
    """Drives the exchanges of one fetch. ``start`` it; ``cancel`` ends it.

    ``request`` has been checked. ``callback`` gets the final response. ``loop`` is needed for
    waiting between retries, and ``waiting``, a set of the client's, holds those who do that.
    """

    __slots__ = (
        "_callback",
        "_current",
        "_handle",
        "_jar",
        "_loop",
        "_request",
        "_retried",
        "_start_time",
        "_step",
        "_used",
        "_waiting",
    )

    def __init__(
        self,
        request: _RequestProxy,
        step: Step,
        callback: Done,
        loop: asyncio.AbstractEventLoop,
        cookie_jar: CookieJar | None = None,
        waiting: set[Journey] | None = None,
    ) -> None:
        self._request = self._current = request
        self._step = step
        self._callback: Done | None = callback
        self._loop = loop
        self._jar = cookie_jar
        self._waiting: set[Journey] = set() if waiting is None else waiting
        self._handle: Cancelable | None = None
        self._start_time: float | None = None
        self._used = 0.0
        self._retried = 0

    def start(self) -> None:
        self._exchange(self._request)

    def cancel(self) -> None:
        """Nobody wants the response any more."""
        self._callback = None
        self._waiting.discard(self)
        handle, self._handle = self._handle, None
        if handle is not None:
            handle.cancel()

    def client_closed(self) -> None:
        """It waits in vain."""
        handle, self._handle = self._handle, None
        if handle is not None:
            handle.cancel()
        self._waiting.discard(self)
        self._arrived(HTTPResponse(self._current, 599, error=ClientClosed()))

    def _exchange(self, request: _RequestProxy) -> None:
        self._current = request
        try:
            sent = request if self._jar is None else with_cookies(self._jar, request)
            handle = self._step(sent, self._arrived)
        except Exception as error:
            # It is about the request: a proxy or a certificate that cannot be used, for instance.
            self._arrived(HTTPResponse(request, 599, error=error))
            return
        # The exchange may have been over before it returned, and the next one begun.
        if self._current is request and self._handle is None and self._callback is not None:
            self._handle = handle

    def _arrived(self, response: HTTPResponse) -> None:
        if self._callback is None:
            return
        self._handle = None
        request = self._current
        if self._jar is not None:
            keep_cookies(self._jar, request, response)
        if (response.code in STATUSES or request.retries) and self._goes_on(request, response):
            return
        if self._start_time is not None:
            self._account(response)
        callback, self._callback = self._callback, None
        callback(response)

    def _goes_on(self, request: _RequestProxy, response: HTTPResponse) -> bool:
        try:
            following = follow(request, response) if response._answered else None
        except HTTPClientError as error:
            response.error = error
            return False
        limit = self._request.request_timeout
        used = self._used + (response.request_time or 0.0)
        wait = 0.0
        if following is None:
            retry_after = wait_before_retry(request, response, self._retried)
            if retry_after is None or (limit and used + retry_after >= limit):
                return False
            wait = retry_after
            self._retried += 1
            following = request.changed(retries=(request.retries or 0) - 1)
        if self._start_time is None:
            self._start_time = response.start_time
        self._used = used + wait
        if limit:
            following.request_timeout = max(limit - self._used, _SOON)
        if wait:
            self._waiting.add(self)
            self._handle = self._loop.call_later(wait, self._try_again, following)
        else:
            self._exchange(following)
        return True

    def _try_again(self, request: _RequestProxy) -> None:
        self._waiting.discard(self)
        self._handle = None
        self._exchange(request)

    def _account(self, response: HTTPResponse) -> None:
        """Makes the final response tell of the whole journey."""
        response.start_time = self._start_time
        response.request_time = self._used + (response.request_time or 0.0)
        error, limit = response.error, self._request.request_timeout
        if isinstance(error, HTTPTimeoutError) and error.phase is Phase.TOTAL and limit:
            host = parse_url(self._current.url).netloc
            response.error = HTTPTimeoutError.of(Phase.TOTAL, limit, host)
