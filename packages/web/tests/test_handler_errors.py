"""Errors in handlers, and clients that go away."""

import asyncio

import pytest

from tornado.web import (
    Finish,
    HTTPError,
    MissingArgumentError,
    RequestHandler,
)


def handler(**methods):
    return type("Handler", (RequestHandler,), methods)


# -- errors


@pytest.mark.parametrize("use_async", [False, True])
@pytest.mark.parametrize("where", ["prepare", "get"])
async def test_http_errors(serve, fetch, expect_log, where, use_async):
    def fail(self):
        raise HTTPError(403, "who is %s?", "%s", reason="Not You")

    async def fail_later(self):
        await asyncio.sleep(0)
        fail(self)

    page = handler(**{"get": lambda self: None, where: fail_later if use_async else fail})
    port = serve([("/", page)])
    with expect_log("tornado.general", r"403 GET / \(127.0.0.1\): who is %s\?", count=1):
        response = await fetch(port)
    assert (response.status, response.reason) == (403, "Not You")
    assert b"<title>403 Not You</title>" in response.body
    assert b"who" not in response.body


@pytest.mark.parametrize("use_async", [False, True])
async def test_uncaught_exceptions(serve, fetch, expect_log, use_async):
    def fail(self):
        self.write("half")
        self.set_header("X-Half", "1")
        raise ZeroDivisionError("secret")

    async def fail_later(self):
        await asyncio.sleep(0)
        fail(self)

    port = serve([("/", handler(get=fail_later if use_async else fail))])
    with expect_log("tornado.application", "Uncaught exception GET /", count=1) as records:
        response = await fetch(port)
    assert records[0].exc_info
    assert (response.status, response.get("X-Half")) == (500, None)
    assert b"half" not in response.body
    assert b"secret" not in response.body


async def test_tracebacks_are_shown_in_debug_mode_only(serve, fetch, expect_log):
    def get(self):
        raise ZeroDivisionError("secret")

    port = serve([("/", handler(get=get))], serve_traceback=True)
    with expect_log("tornado.application", "secret"):
        response = await fetch(port)
    assert b"ZeroDivisionError: secret" in response.body
    assert response.get("Content-Type") == "text/plain; charset=UTF-8"


async def test_the_reason_is_escaped_in_the_page(serve, fetch):
    def get(self):
        raise HTTPError(400, reason='a"b&c')

    assert b"400 a&quot;b&amp;c" in (await fetch(serve([("/", handler(get=get))]))).body


async def test_an_error_after_the_head_cuts_the_connection(serve, fetch, expect_log):
    async def get(self):
        self.write("half")
        await self.flush()
        raise ZeroDivisionError

    port = serve([("/", handler(get=get))])
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    with (
        expect_log("tornado.application", "ZeroDivisionError"),
        expect_log("tornado.general", "headers have already been sent"),
    ):
        writer.write(b"GET / HTTP/1.1\r\nHost: a\r\n\r\n")
        answer = await reader.read()
    assert answer.endswith(b"4\r\nhalf\r\n"), "a cut response must not look complete"
    writer.close()


async def test_error_pages_of_your_own(serve, fetch, expect_log):
    class New(RequestHandler):
        def get(self):
            raise HTTPError(409)

        def write_error(self, status_code, **kwargs):
            self.write({"status": status_code, "kind": kwargs["exc_info"][0].__name__})

    class Old(RequestHandler):
        def get(self):
            raise HTTPError(409)

        def get_error_html(self, status_code, **kwargs):
            return f"{status_code} {kwargs['exception'].status_code}"

    class Broken(RequestHandler):
        def get(self):
            raise HTTPError(409)

        def write_error(self, status_code, **kwargs):
            raise KeyError

    port = serve([("/new", New), ("/old", Old), ("/broken", Broken)])
    assert (await fetch(port, "GET", "/new")).body == b'{"status": 409, "kind": "HTTPError"}'
    assert (await fetch(port, "GET", "/old")).body == b"409 409"
    with expect_log("tornado.application", "write_error"):
        response = await fetch(port, "GET", "/broken")
    assert (response.status, response.body) == (409, b"")


@pytest.mark.parametrize("status", [204, 304])
async def test_errors_without_a_body(serve, fetch, status):
    def get(self):
        raise HTTPError(status)

    response = await fetch(serve([("/", handler(get=get))]))
    assert (response.status, response.body, response.get("Content-Length")) == (status, b"", None)


async def test_finish_as_an_exception(serve, fetch):
    def get(self):
        self.set_status(201)
        self.write("a")
        raise Finish("b")

    response = await fetch(serve([("/", handler(get=get))]))
    assert (response.status, response.body) == (201, b"ab")


async def test_an_initialize_that_fails(serve, fetch, expect_log):
    def initialize(self):
        raise ZeroDivisionError

    port = serve([("/", handler(initialize=initialize))])
    with expect_log("tornado.application", "Uncaught exception making Handler"):
        assert (await fetch(port)).status == 500


async def test_an_unknown_status(serve, fetch):
    def get(self):
        raise HTTPError(799)

    response = await fetch(serve([("/", handler(get=get))]))
    assert (response.status, response.reason) == (799, "Unknown")


async def test_a_status_that_is_none(serve, fetch, expect_log):
    def get(self):
        raise HTTPError(1799)

    port = serve([("/", handler(get=get))])
    with expect_log("tornado.general", "1799"):
        assert (await fetch(port)).status == 500


async def test_log_exception_may_be_overridden(serve, fetch):
    logged = []

    class Quiet(RequestHandler):
        def get(self):
            raise ZeroDivisionError

        def log_exception(self, typ, value, tb):
            logged.append((typ, tb is not None))

    assert (await fetch(serve([("/", Quiet)]))).status == 500
    assert logged == [(ZeroDivisionError, True)]


def test_http_error_texts():
    assert str(HTTPError(404)) == "HTTP 404: Not Found"
    assert str(HTTPError(404, "a %s", "b")) == "HTTP 404: Not Found (a b)"
    assert str(HTTPError(404, "100%")) == "HTTP 404: Not Found (100%)"
    assert HTTPError(404, "100%").log_message == "100%%"
    assert HTTPError(599).get_message() == ""
    import pickle

    for error in (HTTPError(404, "a %s", "b", reason="r"), MissingArgumentError("x")):
        twin = pickle.loads(pickle.dumps(error))
        assert (str(twin), twin.reason) == (str(error), error.reason)


# -- clients that go away


async def test_on_connection_close(serve):
    closed = asyncio.Event()

    class Waiting(RequestHandler):
        async def get(self):
            await asyncio.Event().wait()

        def on_connection_close(self):
            closed.set()

    port = serve([("/", Waiting)])
    _, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(b"GET / HTTP/1.1\r\nHost: a\r\n\r\n")
    await asyncio.sleep(0.01)
    assert not closed.is_set()
    writer.close()
    await closed.wait()


async def test_writing_to_a_client_that_has_gone_is_no_error(serve):
    ended = asyncio.Event()

    class Endless(RequestHandler):
        async def get(self):
            while True:
                self.write("x" * 100_000)
                await self.flush()

        def on_finish(self):
            ended.set()

    port = serve([("/", Endless)])
    _, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(b"GET / HTTP/1.1\r\nHost: a\r\n\r\n")
    await asyncio.sleep(0.01)
    writer.transport.abort()
    await ended.wait()
