"""A fetch of several exchanges, against a step that answers from a list."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from http.cookiejar import CookieJar
from typing import Any

import pytest

from tornado.httpclient import (
    HTTPConnectError,
    HTTPRedirectError,
    HTTPRequest,
    HTTPResponse,
    HTTPTimeoutError,
    Phase,
    TooManyRedirectsError,
)
from tornado.httpclient import _retry as retry_policy
from tornado.httpclient._journey import Journey, body_is_final
from tornado.httpclient._request import _RequestProxy
from tornado.httputil import HTTPHeaders


class Handle:
    canceled = False

    def cancel(self) -> None:
        self.canceled = True


class Steps:
    """Answers each exchange with the next of ``script``: a status, (status, headers), or an error;
    None is an exchange that does not end. ``at_once``: before the step returns."""

    def __init__(self, *script: Any, at_once: bool = False, takes: float = 1.0) -> None:
        self.script = list(script)
        self.at_once = at_once
        self.takes = takes
        self.seen: list[_RequestProxy] = []
        self.handles: list[Handle] = []

    def __call__(self, request: _RequestProxy, done: Callable[[HTTPResponse], None]) -> Handle:
        self.seen.append(request)
        self.handles.append(Handle())
        answer = self.script.pop(0)
        if answer is None:
            return self.handles[-1]
        if isinstance(answer, ValueError):
            raise answer
        code, headers = answer if isinstance(answer, tuple) else (answer, {})
        error = None
        if isinstance(code, Exception):
            code, error = 599, code
        response = HTTPResponse(
            request,
            code,
            HTTPHeaders(headers),
            error=error,
            request_time=self.takes,
            start_time=1000.0 + len(self.seen),
        )
        if self.at_once:
            done(response)
        else:
            asyncio.get_running_loop().call_soon(done, response)
        return self.handles[-1]


def journey(steps: Steps, jar: CookieJar | None = None, **settings: Any) -> Any:
    request = _RequestProxy(HTTPRequest("http://a.example/", **settings), HTTPRequest._DEFAULTS)
    request.headers = HTTPHeaders(request.headers)
    loop = asyncio.get_running_loop()
    answer = loop.create_future()
    made = Journey(request, steps, answer.set_result, loop, jar)
    made.start()
    return made, answer


async def response_of(steps: Steps, **settings: Any) -> HTTPResponse:
    _, answer = journey(steps, **settings)
    response: HTTPResponse = await asyncio.wait_for(answer, 5)
    return response


REDIRECT = (302, {"Location": "/next"})


@pytest.mark.parametrize("at_once", [True, False])
async def test_one_exchange(at_once):
    steps = Steps(200, at_once=at_once)
    response = await response_of(steps)
    assert (response.code, response.request_time, response.start_time) == (200, 1.0, 1001.0)


@pytest.mark.parametrize("at_once", [True, False])
async def test_redirects_are_followed_and_accounted(at_once):
    steps = Steps(REDIRECT, (307, {"Location": "http://b.example/"}), 200, at_once=at_once)
    response = await response_of(steps)
    assert [seen.url for seen in steps.seen] == [
        "http://a.example/",
        "http://a.example/next",
        "http://b.example/",
    ]
    assert response.effective_url == "http://b.example/"
    assert response.request.url == "http://a.example/"
    assert (response.request_time, response.start_time) == (3.0, 1001.0)


async def test_each_exchange_has_what_is_left_of_the_time():
    steps = Steps(REDIRECT, REDIRECT, 200)
    await response_of(steps, request_timeout=10)
    assert [seen.request_timeout for seen in steps.seen] == [10, 9, 8]


async def test_no_limit_stays_no_limit():
    steps = Steps(REDIRECT, 200)
    await response_of(steps, request_timeout=0)
    assert [seen.request_timeout for seen in steps.seen] == [0, 0]


async def test_a_timeout_on_the_way_names_the_limit_of_the_whole():
    late = HTTPTimeoutError.of(Phase.TOTAL, 9, "a.example")
    response = await response_of(Steps(REDIRECT, late), request_timeout=10)
    assert (
        str(response.error) == "no complete response from a.example within 10 s (request_timeout)"
    )


async def test_too_many_redirects():
    steps = Steps(*[REDIRECT] * 4)
    response = await response_of(steps, max_redirects=3)
    assert isinstance(response.error, TooManyRedirectsError)
    assert response.error.response is response
    assert response.code == 302
    assert len(steps.seen) == 4


async def test_a_redirect_out_of_http_fails_fast():
    response = await response_of(Steps((302, {"Location": "ftp://a.example/"})))
    assert isinstance(response.error, HTTPRedirectError)
    assert response.code == 302


async def test_a_step_that_cannot_begin():
    response = await response_of(Steps(ValueError("no such certificate")))
    assert response.code == 599
    assert isinstance(response.error, ValueError)
    later = await response_of(Steps(REDIRECT, ValueError("no such certificate")))
    assert isinstance(later.error, ValueError)


@pytest.fixture
def quick(monkeypatch):
    monkeypatch.setattr(retry_policy, "FIRST_WAIT", 0.001)


async def test_retries_until_it_works(quick):
    steps = Steps(HTTPConnectError("refused"), 503, 200)
    response = await response_of(steps, retries=3)
    assert response.code == 200
    assert [seen.retries for seen in steps.seen] == [3, 2, 1]
    assert response.start_time == 1001.0
    assert response.request_time is not None
    assert response.request_time > 3


async def test_the_last_failure_is_the_answer(quick):
    steps = Steps(503, 503, 503)
    response = await response_of(steps, retries=2)
    assert response.code == 503
    assert len(steps.seen) == 3


async def test_no_retries_unless_asked_for():
    steps = Steps(503)
    assert (await response_of(steps)).code == 503


async def test_a_wait_past_the_limit_is_not_begun():
    steps = Steps((503, {"Retry-After": "60"}))
    assert (await response_of(steps, retries=1)).code == 503


async def test_redirects_and_retries_together(quick):
    steps = Steps(503, REDIRECT, 502, 200)
    assert (await response_of(steps, retries=2)).code == 200
    assert steps.seen[-1].url == "http://a.example/next"


async def test_cookies_of_redirects_count():
    jar = CookieJar()
    steps = Steps(
        (302, {"Location": "/next", "Set-Cookie": "sid=1"}),
        (302, {"Location": "http://b.example/"}),
        200,
    )
    _, answer = journey(steps, jar)
    await answer
    assert [seen.headers.get("Cookie") for seen in steps.seen] == [None, "sid=1", None]


async def test_cancel_ends_the_exchange_under_way():
    steps = Steps(REDIRECT, None)
    made, answer = journey(steps)
    while len(steps.seen) < 2:
        await asyncio.sleep(0)
    made.cancel()
    assert [handle.canceled for handle in steps.handles] == [False, True]
    assert not answer.done()
    made.cancel()


async def test_cancel_ends_the_wait_for_a_retry():
    steps = Steps((503, {"Retry-After": "5"}))
    made, answer = journey(steps, retries=1)
    await asyncio.sleep(0)
    await asyncio.sleep(0)
    made.cancel()
    assert not answer.done()


async def test_an_answer_after_cancel_is_dropped():
    steps = Steps(200)
    made, answer = journey(steps)
    made.cancel()
    await asyncio.sleep(0)
    await asyncio.sleep(0)
    assert not answer.done()


@pytest.mark.parametrize(
    ("code", "headers", "settings", "final"),
    [
        (200, {}, {}, True),
        (302, {"Location": "/"}, {}, False),
        (302, {"Location": "/"}, {"max_redirects": 0}, True),
        (302, {"Location": "/"}, {"follow_redirects": False}, True),
        (302, {}, {}, True),
        (304, {"Location": "/"}, {}, True),
        (503, {}, {}, True),
        (503, {}, {"retries": 1}, True),
        (503, {}, {"retries": 1, "streaming_callback": print}, False),
        (503, {"Retry-After": "60"}, {"retries": 1, "streaming_callback": print}, True),
        (500, {}, {"retries": 1}, True),
    ],
)
def test_whose_body_is_for_the_program(code, headers, settings, final):
    request = _RequestProxy(HTTPRequest("http://a/", **settings), HTTPRequest._DEFAULTS)
    assert body_is_final(request, code, HTTPHeaders(headers)) == final
