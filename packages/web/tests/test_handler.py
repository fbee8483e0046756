"""The life of a request in its handler: order, writing, finishing, errors."""

import asyncio
import contextvars
import logging
import threading

import pytest

from tornado.web import (
    Application,
    Finish,
    HTTPError,
    MissingArgumentError,
    RequestHandler,
    stream_request_body,
)


def handler(**methods):
    return type("Handler", (RequestHandler,), methods)


# -- order


@pytest.mark.parametrize("kind", ["plain", "async"])
async def test_the_order_of_calls(serve, fetch, kind):
    calls = []

    class Ordered(RequestHandler):
        def initialize(self, word):
            calls.append(f"initialize {word}")

        def set_default_headers(self):
            calls.append("headers")
            self.set_header("X-Default", "yes")

        if kind == "plain":

            def prepare(self):
                calls.append("prepare")

            def get(self, group):
                calls.append(f"get {group}")
                self.write("done")

        else:

            async def prepare(self):
                await asyncio.sleep(0)
                calls.append("prepare")

            async def get(self, group):
                await asyncio.sleep(0)
                calls.append(f"get {group}")
                self.write("done")

        def on_finish(self):
            calls.append("on_finish")

    response = await fetch(serve([(r"/(\w+)", Ordered, {"word": "w"})]), "GET", "/x")
    assert (response.status, response.body) == (200, b"done")
    assert response.get("X-Default") == "yes"
    assert calls == ["headers", "initialize w", "prepare", "get x", "on_finish"]


@pytest.mark.parametrize("use_async", [False, True])
async def test_prepare_may_finish_the_request(serve, fetch, use_async):
    def prepare(self):
        self.finish("early")

    async def prepare_later(self):
        await asyncio.sleep(0)
        self.finish("early")

    def get(self):
        raise AssertionError

    page = handler(prepare=prepare_later if use_async else prepare, get=get)
    assert (await fetch(serve([("/", page)]))).body == b"early"


async def test_one_context_for_each_request(serve, fetch):
    user = contextvars.ContextVar("user", default="nobody")
    seen = []

    class Page(RequestHandler):
        async def prepare(self):
            assert user.get() == "nobody"
            user.set(self.get_argument("user"))
            await asyncio.sleep(0)

        async def get(self):
            await asyncio.sleep(0)
            self.write(user.get())

        def on_finish(self):
            seen.append(user.get())

    port = serve([("/", Page)])
    replies = await asyncio.gather(*[fetch(port, "GET", f"/?user={n}") for n in range(20)])
    assert [r.body for r in replies] == [b"%d" % n for n in range(20)]
    assert sorted(seen, key=int) == [str(n) for n in range(20)]
    assert user.get() == "nobody"


async def test_a_timeout_inside_an_async_handler(serve, fetch):
    async def get(self):
        try:
            async with asyncio.timeout(0.001):
                await asyncio.sleep(60)
        except TimeoutError:
            self.write("timed out")

    assert (await fetch(serve([("/", handler(get=get))]))).body == b"timed out"


# -- writing


@pytest.mark.parametrize(
    ("chunk", "body"),
    [("é", "é".encode()), (b"\xff", b"\xff"), ({"a": "</b>"}, b'{"a": "<\\/b>"}')],
)
async def test_what_write_takes(serve, fetch, chunk, body):
    response = await fetch(serve([("/", handler(get=lambda self: self.write(chunk)))]))
    assert response.body == body
    expected = "application/json; charset=UTF-8" if isinstance(chunk, dict) else "text/html; charset=UTF-8"
    assert response.get("Content-Type") == expected


@pytest.mark.parametrize("chunk", [["a"], 5, None])
async def test_what_write_refuses(serve, fetch, chunk, expect_log):
    port = serve([("/", handler(get=lambda self: self.write(chunk)))])
    with expect_log("tornado.application", r"write\(\) takes str, bytes or dict, got"):
        assert (await fetch(port)).status == 500


async def test_writing_after_the_end(serve, fetch, expect_log):
    def get(self):
        self.finish("done")
        with pytest.raises(RuntimeError, match=r"write\(\) after finish\(\)"):
            self.write("x")
        with pytest.raises(RuntimeError, match="called twice"):
            self.finish()

    assert (await fetch(serve([("/", handler(get=get))]))).body == b"done"


async def test_flushing_sends_pieces(serve, fetch):
    async def get(self):
        self.write("one")
        await self.flush()
        with pytest.raises(RuntimeError, match="headers have already been sent"):
            self.redirect("/")
        self.write("two")
        await self.flush()
        self.write("three")

    response = await fetch(serve([("/", handler(get=get))]))
    assert response.body == b"onetwothree"
    assert response.get("Transfer-Encoding") == "chunked"
    assert response.get("Etag") is None


async def test_a_finish_that_is_returned(serve, fetch):
    page = handler(get=lambda self: self.finish("x"))
    assert (await fetch(serve([("/", page)]))).body == b"x"


async def test_a_result_that_is_no_awaitable(serve, fetch, expect_log):
    port = serve([("/", handler(get=lambda self: "oops"))])
    with expect_log("tornado.application", r"Handler.get .*returned 'oops': a handler method"):
        assert (await fetch(port)).status == 500


async def test_clear_forgets_everything(serve, fetch):
    def get(self):
        self.set_status(404)
        self.set_header("X-A", "b")
        self.write("no")
        self.clear()
        self.write("yes")

    response = await fetch(serve([("/", handler(get=get))]))
    assert (response.status, response.body, response.get("X-A")) == (200, b"yes", None)


# -- status and headers


async def test_header_values(serve, fetch):
    import datetime

    def get(self):
        self.set_header("X-Int", 5)
        self.set_header("X-Bytes", b"\xe9")
        self.set_header("X-Date", datetime.datetime(2020, 1, 2, 3, 4, 5))
        self.add_header("X-Many", "a")
        self.add_header("X-Many", "b")
        self.set_header("X-Gone", "c")
        self.clear_header("x-gone")
        self.clear_header("never")
        self.set_status(299, "Odd One")
        assert self.get_status() == 299

    response = await fetch(serve([("/", handler(get=get))]))
    assert (response.status, response.reason) == (299, "Odd One")
    assert response.get("X-Int") == "5"
    assert response.get("X-Bytes") == "\xe9"
    assert response.get("X-Date") == "Thu, 02 Jan 2020 03:04:05 GMT"
    assert response.all("X-Many") == ["a", "b"]
    assert response.get("X-Gone") is None


@pytest.mark.parametrize(
    ("call", "error"),
    [
        (lambda h: h.set_header("X", "a\r\nb"), ValueError),
        (lambda h: h.add_header("X", "a\nb"), ValueError),
        (lambda h: h.set_header("X", b"a\0"), ValueError),
        (lambda h: h.set_header("X", "€"), ValueError),
        (lambda h: h.set_header("X Y", "a"), ValueError),
        (lambda h: h.set_header("X", None), TypeError),
        (lambda h: h.set_header("X", 1.5), TypeError),
        (lambda h: h.set_status(200, "a\r\nb"), ValueError),
        (lambda h: h.set_status(200, "<script>"), ValueError),
        (lambda h: h.set_status(99), ValueError),
        (lambda h: h.redirect("/", status=200), ValueError),
        (lambda h: h.redirect("/a\r\nSet-Cookie: b=c"), ValueError),
    ],
)
async def test_what_would_break_the_head(serve, fetch, call, error):
    def get(self):
        with pytest.raises(error):
            call(self)
        self.clear()
        self.write("fine")

    response = await fetch(serve([("/", handler(get=get))]))
    assert (response.status, response.body) == (200, b"fine")


@pytest.mark.parametrize(
    ("arguments", "status", "location"),
    [
        ({"url": "/x?y=1"}, 302, "/x?y=1"),
        ({"url": "/é b", "permanent": True}, 301, "/%C3%A9 b"),
        ({"url": "http://a/", "status": 307}, 307, "http://a/"),
    ],
)
async def test_redirects(serve, fetch, arguments, status, location):
    response = await fetch(serve([("/", handler(get=lambda self: self.redirect(**arguments)))]))
    assert (response.status, response.get("Location")) == (status, location)


# -- entity tags


async def test_an_unchanged_page_is_not_sent_again(serve, fetch):
    port = serve([("/", handler(get=lambda self: self.write("page")))])
    first = await fetch(port)
    tag = first.get("Etag")
    for header in (tag, f'"other", {tag}', f"W/{tag}", "*"):
        again = await fetch(port, headers={"If-None-Match": header})
        assert (again.status, again.body) == (304, b"")
        assert again.get("Etag") == tag
        assert again.get("Content-Length") is None
        assert again.get("Content-Type") is None
    for header in ('"other"', "nonsense", ""):
        assert (await fetch(port, headers={"If-None-Match": header})).status == 200


async def test_an_etag_of_your_own(serve, fetch, monkeypatch):
    page = handler(get=lambda self: self.write("x"), compute_etag=lambda self: '"mine"')
    port = serve([("/", page), ("/other", handler(get=lambda self: self.write("x")))])
    assert (await fetch(port)).get("Etag") == '"mine"'
    assert (await fetch(port, headers={"If-None-Match": '"mine"'})).status == 304
    monkeypatch.setattr(RequestHandler, "compute_etag", lambda self: None)
    assert (await fetch(port, "GET", "/other")).get("Etag") is None


async def test_posts_have_no_etag(serve, fetch):
    port = serve([("/", handler(post=lambda self: self.write("x")))])
    assert (await fetch(port, "POST")).get("Etag") is None


# -- arguments


async def test_arguments(serve, fetch):
    def post(self):
        self.write(
            {
                "last": self.get_argument("a"),
                "all": self.get_arguments("a"),
                "query": self.get_query_arguments("a"),
                "body": self.get_body_arguments("a"),
                "default": self.get_argument("none", "d"),
                "kept": self.get_argument("s", strip=False),
                "stripped": self.get_body_argument("s"),
                "none": self.get_query_argument("none", None),
            }
        )

    response = await fetch(
        serve([("/", handler(post=post))]),
        "POST",
        "/?a=1&a=%C3%A9",
        {"Content-Type": "application/x-www-form-urlencoded"},
        b"a=x+y&s=+z%00+",
    )
    import json

    assert json.loads(response.body) == {
        "last": "x y",
        "all": ["1", "é", "x y"],
        "query": ["1", "é"],
        "body": ["x y"],
        "default": "d",
        "kept": " z  ",
        "stripped": "z",
        "none": None,
    }


@pytest.mark.parametrize("path", ["/", "/?a=%ff", "/" + "?" + "&".join(["a=1"] * 1001)])
async def test_arguments_that_are_400(serve, fetch, path, expect_log):
    port = serve([("/", handler(get=lambda self: self.write(self.get_argument("a"))))])
    with expect_log("tornado.general", "400 GET", count=1) as records:
        assert (await fetch(port, "GET", path)).status == 400
    assert records[0].exc_info is None


def test_a_missing_argument_is_an_http_error():
    error = MissingArgumentError("name")
    assert (error.status_code, error.arg_name) == (400, "name")
    assert "Missing argument name" in str(error)


async def test_decode_argument_may_be_overridden(serve, fetch):
    class Latin(RequestHandler):
        def decode_argument(self, value, name=None):
            return f"{name}:{value.decode('latin-1')}"

        def get(self, group):
            self.write(f"{group} {self.get_argument('a')}")

    response = await fetch(serve([("/(.*)", Latin)]), "GET", "/%e9?a=%e8")
    assert response.body.decode() == "None:é a:è"


def test_a_default_in_place_of_strip():
    page = RequestHandler.__new__(RequestHandler)
    from tornado.httputil import HTTPServerRequest

    page.request = HTTPServerRequest("GET", "/")
    with pytest.raises(TypeError, match="get_arguments takes no default"):
        page.get_arguments("a", "default")


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


async def test_an_unknown_status(serve, fetch, expect_log):
    def get(self):
        raise HTTPError(799)

    port = serve([("/", handler(get=get))])
    with expect_log("tornado.general", "799"):
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


# -- methods


async def test_methods(serve, fetch):
    page = handler(
        **{
            name: lambda self: self.write(self.request.method)
            for name in ("get", "post", "put", "delete", "patch", "options")
        }
    )
    port = serve([("/", page), ("/none", RequestHandler)])
    for method in ("GET", "POST", "PUT", "DELETE", "PATCH", "OPTIONS"):
        assert (await fetch(port, method)).body == method.encode()
        assert (await fetch(port, method, "/none")).status == 405
    assert (await fetch(port, "TRACE")).status == 405
    head = await fetch(port, "HEAD")
    assert (head.status, head.body) == (405, b"")


async def test_a_method_of_your_own(serve, fetch):
    class Dav(RequestHandler):
        SUPPORTED_METHODS = (*RequestHandler.SUPPORTED_METHODS, "PROPFIND")

        def propfind(self):
            self.write("found")

    assert (await fetch(serve([("/", Dav)]), "PROPFIND")).body == b"found"


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


# -- bodies in pieces


@pytest.mark.parametrize("use_async", [False, True])
async def test_a_streamed_body(serve, fetch, use_async):
    calls = []

    @stream_request_body
    class Upload(RequestHandler):
        async def prepare(self):
            await asyncio.sleep(0)
            calls.append("prepare")
            self.size = 0

        if use_async:

            async def data_received(self, chunk):
                await asyncio.sleep(0)
                self.size += len(chunk)

        else:

            def data_received(self, chunk):
                self.size += len(chunk)

        def put(self):
            calls.append("put")
            assert self.request.body == b""
            self.write(str(self.size))

    port = serve([("/", Upload)])
    response = await fetch(port, "PUT", "/", body=b"x" * 300_000)
    assert response.body == b"300000"
    assert calls == ["prepare", "put"]


async def test_a_streamed_body_that_is_refused_in_prepare(serve, fetch):
    @stream_request_body
    class Refusing(RequestHandler):
        def prepare(self):
            raise HTTPError(401)

        def data_received(self, chunk):
            raise AssertionError

    response = await fetch(serve([("/", Refusing)]), "PUT", "/", body=b"x" * 1000)
    assert response.status == 401


async def test_an_error_in_data_received(serve, fetch, expect_log):
    @stream_request_body
    class Failing(RequestHandler):
        def data_received(self, chunk):
            raise ZeroDivisionError

        def put(self):
            raise AssertionError

    port = serve([("/", Failing)])
    with expect_log("tornado.application", "ZeroDivisionError", count=1):
        assert (await fetch(port, "PUT", "/", body=b"x" * 1000)).status == 500


async def test_a_streamed_body_larger_than_the_servers_limit(serve, fetch):
    @stream_request_body
    class Large(RequestHandler):
        def prepare(self):
            self.size = 0
            self.request.connection.set_max_body_size(10_000_000)

        def data_received(self, chunk):
            self.size += len(chunk)

        def put(self):
            self.write(str(self.size))

    application = Application([("/", Large)], log_function=lambda handler: None)
    port = serve(application, max_body_size=1000)
    assert (await fetch(port, "PUT", "/", body=b"x" * 2_000_000)).body == b"2000000"


async def test_a_streamed_body_whose_client_goes_away(serve):
    closed = asyncio.Event()

    @stream_request_body
    class Upload(RequestHandler):
        def data_received(self, chunk):
            pass

        def put(self):
            raise AssertionError

        def on_connection_close(self):
            closed.set()

    port = serve([("/", Upload)])
    _, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(b"PUT / HTTP/1.1\r\nHost: a\r\nContent-Length: 100\r\n\r\nabc")
    await asyncio.sleep(0.01)
    writer.close()
    await closed.wait()
    await asyncio.sleep(0)


def test_what_can_be_decorated():
    with pytest.raises(TypeError, match="decorates a RequestHandler class"):
        stream_request_body(object)


# -- what subclasses do


async def test_bases_with_a_constructor(serve, fetch):
    class Base:
        def __init__(self):
            self.state = "set"

    class Page(RequestHandler, Base):
        def get(self):
            self.write(self.state)

    assert (await fetch(serve([("/", Page)]))).body == b"set"


async def test_methods_patched_at_run_time_are_called(serve, fetch, monkeypatch):
    calls = []

    def wrap(cls, name):
        original = getattr(cls, name)

        def wrapper(self, *args, **kwargs):
            calls.append(name)
            return original(self, *args, **kwargs)

        monkeypatch.setattr(cls, name, wrapper)

    names = [
        "__init__", "clear", "prepare", "on_finish", "_execute", "write", "finish",
        "set_etag_header", "compute_etag", "_log", "set_default_headers",
    ]  # fmt: skip
    for name in names:
        wrap(RequestHandler, name)
    wrap(Application, "log_request")
    port = serve([("/", handler(get=lambda self: self.write("x")))])
    assert (await fetch(port)).status == 200
    assert sorted(calls) == sorted([*names, "log_request"])


async def test_flush_overridden(serve, fetch):
    calls = []

    class Page(RequestHandler):
        def get(self):
            self.write("x")

        def flush(self, include_footers=False, callback=None):
            calls.append(include_footers)
            return super().flush(include_footers, callback)

    assert (await fetch(serve([("/", Page)]))).body == b"x"
    assert calls == [True]


async def test_headers_edited_inside_clear(serve, fetch, monkeypatch):
    clear = RequestHandler.clear

    def other(self):
        clear(self)
        self._headers["Server"] += " and more"

    monkeypatch.setattr(RequestHandler, "clear", other)
    response = await fetch(serve([("/", handler(get=lambda self: self.write("x")))]))
    assert response.get("Server").endswith(" and more")


async def test_access_log(serve, fetch, expect_log):
    def get(self, status):
        self.set_status(int(status))

    application = Application([("/(.*)", handler(get=get))])
    port = serve(application)
    for status, level in ((200, logging.INFO), (404, logging.WARNING), (500, logging.ERROR)):
        with expect_log(
            "tornado.access", rf"{status} GET /{status} \(127.0.0.1\) [0-9.]+ms", count=1, level=level
        ) as records:
            await fetch(port, "GET", f"/{status}")
        assert records[0].levelno == level


async def test_log_function(serve, fetch):
    seen = []
    port = serve(
        [("/", handler(get=lambda self: None))],
        log_function=lambda h: seen.append((h.get_status(), h.request.request_time() >= 0)),
    )
    await fetch(port)
    assert seen == [(200, True)]


async def test_other_threads_ask_the_loop(serve, fetch):
    from tornado.ioloop import IOLoop

    class Threaded(RequestHandler):
        async def get(self):
            loop, done = IOLoop.current(), asyncio.Event()

            def work():
                loop.add_callback(lambda: (self.write("from a thread"), done.set()))

            thread = threading.Thread(target=work)
            thread.start()
            await done.wait()
            thread.join()

    assert (await fetch(serve([("/", Threaded)]))).body == b"from a thread"
