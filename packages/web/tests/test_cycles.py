"""A request that is done leaves nothing for the garbage collector: counted with it switched off.

Clients are plain sockets, so that what is counted is the server's alone.
"""

import asyncio
import gc
import logging
import socket

import pytest

from tornado import gen
from tornado.ioloop import IOLoop
from tornado.web import (
    Finish,
    HTTPError,
    RequestHandler,
    StaticFileHandler,
    asynchronous,
    stream_request_body,
)


class Plain(RequestHandler):
    def get(self):
        self.get_argument("a", None)
        self.get_cookie("b")
        self.write("hello")


class Form(RequestHandler):
    def post(self):
        self.write(self.get_body_argument("a"))


class Async(RequestHandler):
    async def prepare(self):
        await asyncio.sleep(0)

    async def get(self):
        await asyncio.sleep(0)
        self.write("hello")


class Pieces(RequestHandler):
    async def get(self):
        for _ in range(3):
            self.write("piece")
            await self.flush()


class Refuses(RequestHandler):
    def get(self):
        raise HTTPError(404)


class RefusesLater(RequestHandler):
    async def get(self):
        await asyncio.sleep(0)
        raise HTTPError(403)


class Finishes(RequestHandler):
    def get(self):
        raise Finish


class Fails(RequestHandler):
    def get(self):
        raise ZeroDivisionError


class FailsLater(RequestHandler):
    async def get(self):
        await asyncio.sleep(0)
        raise ZeroDivisionError


class CoroutineFails(RequestHandler):
    @gen.coroutine
    def get(self):
        raise ZeroDivisionError


class CoroutineFailsLater(RequestHandler):
    @gen.coroutine
    def get(self):
        yield gen.moment
        raise HTTPError(400)


class PrepareFails(RequestHandler):
    @gen.coroutine
    def prepare(self):
        yield gen.moment
        raise HTTPError(400)


class Old(RequestHandler):
    @asynchronous
    def get(self):
        IOLoop.current().add_callback(self.async_callback(self.on_answer, "hello"))

    def on_answer(self, text):
        self.finish(text)


class OldFails(Old):
    def on_answer(self, text):
        raise ZeroDivisionError


class Signed(RequestHandler):
    def get(self):
        self.set_signed_cookie("a", "b")
        self.xsrf_token  # noqa: B018  # it sets a cookie
        self.redirect("/plain")


class Page(RequestHandler):
    def get_template_path(self):
        return self.settings["templates"]

    def get(self):
        self.render("page.html", items=[1, 2])


@stream_request_body
class Streamed(RequestHandler):
    def prepare(self):
        self.size = 0

    async def data_received(self, chunk):
        await asyncio.sleep(0)
        self.size += len(chunk)

    def post(self):
        self.write(f"{self.size}")


class GoneWhileWaiting(RequestHandler):
    async def get(self):
        self.gone = asyncio.Event()
        await self.gone.wait()
        self.write("to nobody")

    def on_connection_close(self):
        self.gone.set()


class GoneWhileWriting(RequestHandler):
    async def get(self):
        while True:
            self.write(b"x" * 100_000)
            await self.flush()  # ends in StreamClosedError


@pytest.fixture
def port(serve, static_root, tmp_path):
    (tmp_path / "page.html").write_text("{% for i in items %}{{ i }}{% end %}")

    def start():
        return serve(
            [
                ("/plain", Plain),
                ("/form", Form),
                ("/async", Async),
                ("/pieces", Pieces),
                ("/refuses", Refuses),
                ("/refuses-later", RefusesLater),
                ("/finishes", Finishes),
                ("/fails", Fails),
                ("/fails-later", FailsLater),
                ("/coroutine-fails", CoroutineFails),
                ("/coroutine-fails-later", CoroutineFailsLater),
                ("/prepare-fails", PrepareFails),
                ("/old", Old),
                ("/old-fails", OldFails),
                ("/signed", Signed),
                ("/page", Page),
                ("/streamed", Streamed),
                ("/gone-while-waiting", GoneWhileWaiting),
                ("/gone-while-writing", GoneWhileWriting),
                ("/static/(.*)", StaticFileHandler, {"path": str(static_root)}),
            ],
            cookie_secret="s" * 32,
            templates=str(tmp_path),
        )

    return start


async def connect(port):
    client = socket.socket()
    client.setblocking(False)
    await asyncio.get_running_loop().sock_connect(client, ("127.0.0.1", port))
    return client


def request(path, body=b"", *fields, method=None):
    method = method or ("POST" if body else "GET")
    lines = [f"{method} {path} HTTP/1.1", "Host: a", "Cookie: b=c", *fields]
    if body:
        lines.append(f"Content-Length: {len(body)}")
    return "\r\n".join([*lines, "", ""]).encode() + body


async def exchange(port, data):
    """Sends and reads until the server ends the connection."""
    loop = asyncio.get_running_loop()
    with await connect(port) as client:
        await loop.sock_sendall(client, data)
        while await loop.sock_recv(client, 100_000):
            pass


async def go_away(port, data):
    """Sends, waits for a little, and closes."""
    loop = asyncio.get_running_loop()
    with await connect(port) as client:
        await loop.sock_sendall(client, data)
        for _ in range(10):
            await asyncio.sleep(0)


CLOSE = "Connection: close"
FORM = "Content-Type: application/x-www-form-urlencoded"
SCENARIOS = {
    "plain": lambda port: exchange(port, request("/plain?a=1", b"", CLOSE)),
    "form": lambda port: exchange(port, request("/form", b"a=1", CLOSE, FORM)),
    "async": lambda port: exchange(port, request("/async", b"", CLOSE)),
    "in pieces": lambda port: exchange(port, request("/pieces", b"", CLOSE)),
    "keep-alive": lambda port: exchange(
        port,
        b"".join(request(path) for path in ("/plain", "/async", "/nowhere", "/pieces"))
        + request("/plain", b"", CLOSE),
    ),
    "not found": lambda port: exchange(port, request("/nowhere", b"", CLOSE)),
    "not allowed": lambda port: exchange(port, request("/plain", b"", CLOSE, method="DELETE")),
    "refused": lambda port: exchange(port, request("/refuses", b"", CLOSE)),
    "refused later": lambda port: exchange(port, request("/refuses-later", b"", CLOSE)),
    "finish raised": lambda port: exchange(port, request("/finishes", b"", CLOSE)),
    "exception": lambda port: exchange(port, request("/fails", b"", CLOSE)),
    "exception later": lambda port: exchange(port, request("/fails-later", b"", CLOSE)),
    "coroutine fails": lambda port: exchange(port, request("/coroutine-fails", b"", CLOSE)),
    "coroutine fails later": lambda port: exchange(
        port, request("/coroutine-fails-later", b"", CLOSE)
    ),
    "prepare fails": lambda port: exchange(port, request("/prepare-fails", b"", CLOSE)),
    "callbacks": lambda port: exchange(port, request("/old", b"", CLOSE)),
    "callback fails": lambda port: exchange(port, request("/old-fails", b"", CLOSE)),
    "signed cookie, redirect": lambda port: exchange(port, request("/signed", b"", CLOSE)),
    "page": lambda port: exchange(port, request("/page", b"", CLOSE)),
    "streamed body": lambda port: exchange(port, request("/streamed", b"x" * 200_000, CLOSE)),
    "file": lambda port: exchange(port, request("/static/robots.txt", b"", CLOSE)),
    "large file": lambda port: exchange(port, request("/static/big.bin", b"", CLOSE)),
    "malformed": lambda port: exchange(port, b"GET / HTTP/1.1\r\nHost: a\r\nno field\r\n\r\n"),
    "missing argument": lambda port: exchange(port, request("/form", b"b=1", CLOSE, FORM)),
    "client gone before the end of the head": lambda port: go_away(port, b"GET / HT"),
    "client gone before the end of the body": lambda port: go_away(
        port, request("/form", b"a=1")[:-1]
    ),
    "client gone in a streamed body": lambda port: go_away(
        port, request("/streamed", b"x" * 1000)[:-1]
    ),
    "client gone while the handler waits": lambda port: go_away(
        port, request("/gone-while-waiting")
    ),
    "client gone while it is written to": lambda port: go_away(
        port, request("/gone-while-writing")
    ),
}


@pytest.fixture
def no_log():
    """A record that a handler keeps would keep the frames of a traceback too."""
    logging.disable()
    yield
    logging.disable(logging.NOTSET)


async def garbage_of(scenario, *args):
    """What the collector finds after it ran three times; once more before, for what is cached."""
    gc.disable()
    try:
        for times in (1, 3):
            gc.collect()
            for _ in range(times):
                await scenario(*args)
            await asyncio.sleep(0.01)  # both sides have seen the end
        return gc.collect()
    finally:
        gc.enable()


@pytest.mark.usefixtures("no_log")
@pytest.mark.parametrize("scenario", SCENARIOS.values(), ids=SCENARIOS)
async def test_nothing_is_left(port, scenario):
    assert await garbage_of(scenario, port()) == 0


async def test_the_count_would_notice(serve):
    class Holds(RequestHandler):
        def get(self):
            self.me = self

    port = serve([("/", Holds)])
    assert await garbage_of(exchange, port, request("/", b"", CLOSE)) > 0
