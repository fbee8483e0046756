"""The life of a request in its handler: order, methods, what subclasses do."""

import asyncio
import contextvars
import logging
import threading

import pytest

from tornado.web import (
    Application,
    RequestHandler,
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
            "tornado.access",
            rf"{status} GET /{status} \(127.0.0.1\) [0-9.]+ms",
            count=1,
            level=level,
        ) as records:
            await fetch(port, "GET", f"/{status}")
        assert records[0].levelno == level


async def test_no_request_begins_a_line_of_the_log(serve, fetch, expect_log):
    port = serve(Application([]))
    with expect_log("tornado.access", r"404 GET /a\\xc2\\x85200 \(127", count=1):
        await fetch(port, "GET", "/a\x85200")


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
