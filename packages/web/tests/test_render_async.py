"""Pages of templates that await: whole, and in chunks."""

import asyncio

import pytest

from tornado.template import DictLoader
from tornado.web import RequestHandler, UIModule

TEMPLATES = {
    "page.html": "<h1>{{ title }}</h1>{% async for x in rows() %}<p>{{ x }}{% end %}",
    "wait.html": "<head>{{ await wait() }}</head>",
    "fail.html": "<head>{{ await fail() }}",
    "module.html": "<head></head>{{ await title() }}{% module Styled() %}",
    "plain.html": "{% module Plain() %}{{ await title() }}",
}


class Styled(UIModule):
    def render(self):
        return "<i>"

    def embedded_css(self):
        return "i { color: red }"


class Plain(UIModule):
    def render(self):
        return "<b>"


@pytest.fixture
def start(serve):
    def begin(routes, **settings):
        loader = DictLoader(TEMPLATES)
        modules = {"Styled": Styled, "Plain": Plain}
        return serve(routes, template_loader=loader, ui_modules=modules, **settings)

    return begin


async def rows():
    for x in "a<":
        await asyncio.sleep(0)
        yield x


async def title():
    return "t"


async def ask(port, path):
    """The whole answer, cut or not."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(f"GET {path} HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n".encode())
    answer = await reader.read()
    writer.close()
    await writer.wait_closed()
    return answer


class Whole(RequestHandler):
    async def get(self, name):
        await self.render_async(name, title="T" if name == "page.html" else title, rows=rows)


class Streamed(RequestHandler):
    async def get(self, name):
        self.set_cookie("a", "b")
        await self.render_stream(name, title="T" if name == "page.html" else title, rows=rows)


async def test_whole(start, fetch):
    response = await fetch(start([("/(.*)", Whole)]), "GET", "/page.html")
    assert response.body == b"<h1>T</h1><p>a<p>&lt;"
    assert response.get("Content-Length") == "21"
    assert response.get("Etag")


async def test_whole_with_modules(start, fetch):
    response = await fetch(start([("/(.*)", Whole)]), "GET", "/module.html")
    assert b"i { color: red }" in response.body.partition(b"</head>")[0]


async def test_streamed(start, fetch):
    response = await fetch(start([("/(.*)", Streamed)]), "GET", "/page.html")
    assert response.body == b"<h1>T</h1><p>a<p>&lt;"
    assert response.get("Transfer-Encoding") == "chunked"
    assert response.get("Set-Cookie") == "a=b; Path=/"


async def test_what_there_is_is_with_the_client_before_the_rest_is_made(start):
    event = asyncio.Event()

    async def wait():
        await event.wait()
        return "x"

    class Slow(RequestHandler):
        async def get(self):
            await self.render_stream("wait.html", wait=wait)

    reader, writer = await asyncio.open_connection("127.0.0.1", start([("/", Slow)]))
    writer.write(b"GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n")
    await reader.readuntil(b"6\r\n<head>\r\n")
    event.set()
    assert await reader.read() == b"8\r\nx</head>\r\n0\r\n\r\n"
    writer.close()
    await writer.wait_closed()


async def test_modules_in_a_stream(start, fetch, expect_log):
    port = start([("/(.*)", Streamed)])
    response = await fetch(port, "GET", "/plain.html")
    assert response.body == b"<b>t"
    with expect_log("tornado", r"use render_async\(\)|headers have already been sent", count=2):
        answer = await ask(port, "/module.html")
    assert b"<i>" not in answer


async def test_a_failure_in_the_middle_cuts_the_response(start, expect_log):
    async def fail():
        raise LookupError("gone")

    class Failing(RequestHandler):
        async def get(self):
            await self.render_stream("fail.html", fail=fail)

    with expect_log("tornado", "gone|headers have already been sent", count=2):
        answer = await ask(start([("/", Failing)]), "/")
    assert answer.endswith(b"6\r\n<head>\r\n")  # no last chunk: the client sees that it is cut


async def test_after_finish(start, fetch, expect_log):
    class Twice(RequestHandler):
        async def get(self):
            self.finish("x")
            for render in (self.render_async, self.render_stream):
                with pytest.raises(RuntimeError, match="finished request"):
                    await render("page.html")

    assert (await fetch(start([("/", Twice)]))).body == b"x"
