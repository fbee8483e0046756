"""Error pages: their form, the application's own, and the page for programmers."""

import json

import pytest

from tornado.web import Application, HTTPError, RequestHandler

BROWSER = "text/html,application/xhtml+xml,application/xml;q=0.9,image/webp,*/*;q=0.8"
SECRET = "s-" + "123"
FAILED = "Uncaught exception"


class Missing(RequestHandler):
    def get(self):
        raise HTTPError(404, "for the log <only>")


class Failing(RequestHandler):
    def get(self):
        api_key = SECRET  # noqa: F841 (to be looked for in the page)
        options = {"password": SECRET, "deep": [{"session_id": SECRET}], "color": "<blue>"}
        return self.inner(options, "x" * 5000)

    def inner(self, options, long):
        try:
            raise LookupError("the first & <one>")
        except LookupError as error:
            raise KeyError("the second") from error


# -- their form


@pytest.mark.parametrize(
    "accept, content_type, body",
    [
        (None, "text/html; charset=UTF-8", b"<title>404 Not Found</title>"),
        ("", "text/html; charset=UTF-8", b"<title>"),
        ("*/*", "text/html; charset=UTF-8", b"<title>"),
        (BROWSER, "text/html; charset=UTF-8", b"<title>"),
        ("image/png", "text/html; charset=UTF-8", b"<title>"),
        ("application/json", "application/problem+json", None),
        ("application/json, text/plain, */*", "application/problem+json", None),
        ("application/problem+json, text/html;q=0.9", "application/problem+json", None),
        ("text/plain", "text/plain; charset=UTF-8", b"404 Not Found\n"),
        ("text/html;q=0.2, text/plain;q=0.3", "text/plain; charset=UTF-8", b"404 Not Found\n"),
    ],
)
async def test_the_form_is_what_the_client_prefers(
    serve, fetch, accept, content_type, body, expect_log
):
    headers = {} if accept is None else {"Accept": accept}
    with expect_log("tornado.general", "404 GET / .*for the log"):
        response = await fetch(serve([("/", Missing)]), "GET", "/", headers)
    assert response.status == 404
    assert response.get("Content-Type") == content_type
    assert response.get("Vary") == (None if content_type.startswith("text/html") else "Accept")
    assert b"for the log" not in response.body
    if body is None:
        problem = {"type": "about:blank", "title": "Not Found", "status": 404}
        assert json.loads(response.body) == problem
    else:
        assert body in response.body


async def test_a_success_is_not_negotiated(serve, fetch):
    class Page(RequestHandler):
        def get(self):
            self.write("ok")

    response = await fetch(serve([("/", Page)]), "GET", "/", {"Accept": "application/json"})
    assert (response.body, response.get("Vary")) == (b"ok", None)


# -- the application's own


async def test_error_handlers(serve, fetch, expect_log):
    calls = []

    def lost(handler, status_code, error):
        calls.append((type(handler).__name__, status_code, type(error).__name__))
        handler.write("lost")

    def no_key(handler, status_code, error):
        handler.set_status(410)
        handler.finish(f"no key {error}")

    class Silent(RequestHandler):
        def get(self):
            self.send_error(404)

    class Other(RequestHandler):
        def get(self):
            raise ZeroDivisionError

    class Own(Missing):
        def write_error(self, status_code, **kwargs):
            self.write("own")

    routes = [
        ("/missing", Missing),
        ("/failing", Failing),
        ("/silent", Silent),
        ("/other", Other),
        ("/own", Own),
    ]
    handlers = {404: lost, LookupError: no_key, Exception: lost}
    port = serve(routes, error_handlers=handlers)
    assert (await fetch(port, "GET", "/nowhere")).body == b"lost"
    assert (await fetch(port, "GET", "/silent")).body == b"lost"
    with expect_log("tornado.general", "404 GET /missing"):
        missing = await fetch(port, "GET", "/missing")
    assert (missing.status, missing.body) == (404, b"lost")
    with expect_log("tornado.application", FAILED):
        response = await fetch(port, "GET", "/failing")
    assert (response.status, response.body) == (410, b"no key 'the second'")
    with expect_log("tornado.application", FAILED):
        response = await fetch(port, "GET", "/other")
    assert (response.status, response.body) == (500, b"lost")
    with expect_log("tornado.general", "404 GET /own"):
        assert (await fetch(port, "GET", "/own")).body == b"own"
    assert calls == [
        ("ErrorHandler", 404, "HTTPError"),
        ("Silent", 404, "NoneType"),
        ("Missing", 404, "HTTPError"),
        ("Other", 500, "ZeroDivisionError"),
    ]


async def test_an_error_handler_that_fails(serve, fetch, expect_log):
    port = serve([], error_handlers={404: lambda handler, status_code, error: 1 / 0})
    with expect_log("tornado.application", "Uncaught exception in write_error"):
        assert (await fetch(port, "GET", "/")).status == 404


async def test_the_traceback_comes_before_the_page_for_the_unexpected(serve, fetch, expect_log):
    def page(handler, status_code, error):
        handler.write("page")

    handlers = {500: page, 404: page}
    routes = [("/failing", Failing)]
    port = serve(routes, error_handlers=handlers, serve_traceback=True)
    assert (await fetch(port, "GET", "/")).body == b"page"
    with expect_log("tornado.application", FAILED):
        assert b"the second" in (await fetch(port, "GET", "/failing")).body
    port = serve(routes, error_handlers=handlers)
    with expect_log("tornado.application", FAILED):
        assert (await fetch(port, "GET", "/failing")).body == b"page"


async def coroutine(handler, status_code, error):
    pass


@pytest.mark.parametrize(
    "handlers, error, words",
    [
        ([404], TypeError, r"a dict, got \[404\]"),
        ({200: print}, ValueError, "a status of 400 to 599 or an exception class, got 200"),
        ({"404": print}, ValueError, "got '404'"),
        ({int: print}, ValueError, "got <class 'int'>"),
        ({404: "page.html"}, TypeError, "a plain function of .*, got 'page.html'"),
        ({404: coroutine}, TypeError, "a plain function"),
    ],
)
def test_a_wrong_setting_is_told_at_once(handlers, error, words):
    with pytest.raises(error, match=words):
        Application([], error_handlers=handlers)


# -- the page for programmers


@pytest.fixture
def debugging(serve):
    settings = {"debug": True, "autoreload": False}
    return lambda **more: serve([("/", Failing)], **{**settings, **more})


async def test_a_browser_on_this_machine_gets_the_code(debugging, fetch, expect_log):
    with expect_log("tornado.application", FAILED):
        response = await fetch(debugging(), "GET", "/?token=q-123", {"Accept": BROWSER})
    assert response.status == 500
    assert response.get("Content-Type") == "text/html; charset=UTF-8"
    assert response.get("Content-Security-Policy").startswith("default-src 'none'")
    page = response.body.decode()
    first, then = page.index("<h1>KeyError"), page.index("<h1>LookupError")
    assert first < page.index("This was the cause") < then
    assert "the first &amp; &lt;one&gt;" in page
    assert page.index("in Failing.get") < page.index("in Failing.inner")
    assert "<mark>" in page
    assert "raise KeyError(&quot;the second&quot;) from error" in page
    assert "api_key = (not shown)" in page
    assert page.count("(not shown)") >= 3
    assert "&lt;blue&gt;" in page
    assert "s-123" not in page
    assert "q-123" not in page
    assert "x" * 300 not in page


@pytest.mark.parametrize(
    "headers",
    [
        {"X-Forwarded-For": "127.0.0.1"},
        {"Forwarded": "for=127.0.0.1"},
        {"Host": "rebound.example.com"},
    ],
    ids=str,
)
async def test_others_get_the_usual_page(debugging, fetch, headers, expect_log):
    with expect_log("tornado.application", FAILED):
        response = await fetch(debugging(), "GET", "/", {"Accept": BROWSER, **headers})
    assert response.status == 500
    assert b"500 Internal Server Error" in response.body
    assert b"Failing" not in response.body


async def test_another_machine_gets_the_usual_page(serve, fetch, expect_log):
    application = Application(
        [("/", Failing)], debug=True, autoreload=False, log_function=lambda handler: None
    )
    port = serve(application, xheaders=True)
    headers = {"Accept": BROWSER, "X-Real-Ip": "8.8.8.8"}
    with expect_log("tornado.application", FAILED):
        assert b"Failing" not in (await fetch(port, "GET", "/", headers)).body


@pytest.mark.parametrize("headers", [{}, {"Accept": "*/*"}, {"Accept": "text/plain"}], ids=str)
async def test_programs_get_a_traceback_in_text(debugging, fetch, headers, expect_log):
    with expect_log("tornado.application", FAILED):
        response = await fetch(debugging(), "GET", "/", headers)
    assert response.get("Content-Type") == "text/plain; charset=UTF-8"
    assert response.body.startswith(b"Traceback")


async def test_serve_traceback_by_itself_is_for_everybody(debugging, fetch, expect_log):
    port = debugging(serve_traceback=True)
    with expect_log("tornado.application", FAILED):
        response = await fetch(port, "GET", "/", {"Accept": BROWSER, "X-Forwarded-For": "8.8.8.8"})
    assert response.get("Content-Type") == "text/plain; charset=UTF-8"
    assert response.body.startswith(b"Traceback")
