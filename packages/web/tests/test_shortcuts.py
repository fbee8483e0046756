"""What the short way of a request must not skip: steps that a program has replaced, and what one
request may see of another that came on the same connection."""

from __future__ import annotations

import asyncio
import re

import pytest

from tornado.httputil import HTTPHeaders, HTTPMessageDelegate, ResponseStartLine
from tornado.web import Application, RequestHandler, stream_request_body

GET = b"GET / HTTP/1.1\r\nHost: a\r\n\r\n"


class Hello(RequestHandler):
    def get(self):
        self.write("hello")


@pytest.fixture
def talk():
    """``await talk(port, request, ...)``: sends each after the answer to the one before, on one
    connection, and returns the answers as (head, body)."""

    async def answers(port, *requests):
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        got = []
        try:
            for request in requests:
                writer.write(request)
                head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1")
                length = re.search(r"(?im)^Content-Length: (\d+)", head)
                got.append((head, await reader.readexactly(int(length[1]) if length else 0)))
        finally:
            writer.close()
        return got

    return answers


@pytest.mark.parametrize(
    "name", ["compute_etag", "set_etag_header", "check_etag_header", "flush", "finish", "write",
             "clear", "prepare", "on_finish", "set_default_headers", "initialize", "_log"],
)  # fmt: skip
async def test_a_method_patched_at_run_time_is_called(serve, talk, monkeypatch, name):
    class Patched(Hello):
        pass

    port = serve([("/", Patched)])
    await talk(port, GET)
    called = []
    own = getattr(Patched, name)

    def patched(self, *args, **kwargs):
        called.append(name)
        return own(self, *args, **kwargs)

    monkeypatch.setattr(Patched, name, patched)
    [(head, body)] = await talk(port, GET)
    assert called
    assert head.startswith("HTTP/1.1 200 OK\r\n")
    assert body == b"hello"


@pytest.mark.parametrize("where", ["instance", "class"])
@pytest.mark.parametrize("name", ["start_request", "find_handler", "get_handler_delegate"])
async def test_a_step_of_routing_patched_at_run_time_is_called(
    serve, talk, monkeypatch, name, where
):
    class Own(Application):
        pass

    application = Own([("/", Hello)], log_function=lambda handler: None)
    port = serve(application)
    await talk(port, GET)
    called = []
    own = getattr(Application, name)

    def patched(self, *args, **kwargs):
        called.append(name)
        return own(self, *args, **kwargs)

    if where == "class":
        monkeypatch.setattr(Own, name, patched)
    else:
        monkeypatch.setattr(
            application, name, lambda *args, **kwargs: patched(application, *args, **kwargs)
        )
    [(_, body)] = await talk(port, GET)
    assert called == [name]
    assert body == b"hello"


async def test_check_etag_header_decides_without_if_none_match(serve, talk):
    class Unchanged(Hello):
        def check_etag_header(self):
            return True

    port = serve([("/", Unchanged)])
    [(head, _)] = await talk(port, GET)
    assert head.startswith("HTTP/1.1 304 ")


async def test_a_late_handler_cannot_write_into_the_next_response(serve, talk):
    finished = []

    class Late(Hello):
        def on_finish(self):
            finished.append(self)

    port = serve([("/", Late)])
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(GET)
    await reader.readuntil(b"hello")
    stale = finished[0]
    with pytest.raises(RuntimeError, match="after finish"):
        stale.write("more")
    with pytest.raises(RuntimeError, match="twice"):
        stale.finish()
    stale.request.connection.finish()
    head = ResponseStartLine("HTTP/1.1", 200, "OK")
    with pytest.raises(Exception, match="already been written"):
        stale.request.connection.write_headers(head, HTTPHeaders({"Content-Length": "0"}))
    with pytest.raises(Exception, match="after its end"):
        stale.request.connection.write(b"more")
    with pytest.raises(Exception, match="already been written"):
        stale.request.connection.respond(200, "OK", HTTPHeaders({"Content-Length": "4"}), b"more")
    writer.write(GET)
    rest = await reader.readuntil(b"hello")
    assert rest.startswith(b"HTTP/1.1 200 OK\r\n")
    assert b"more" not in rest
    writer.close()


async def test_headers_changed_in_one_request_are_as_sent_in_the_next(serve, talk):
    class Meddling(RequestHandler):
        def prepare(self):
            self.request.headers["Host"] = "changed"
            self.request.headers.add("X-New", "1")
            del self.request.headers["Cookie"]

        def get(self):
            self.write(f"{self.request.headers.get('Host')} {self.get_cookie('c')}")

    class Plain(RequestHandler):
        def get(self):
            headers = self.request.headers
            self.write(f"{headers['Host']} {'X-New' in headers} {self.get_cookie('c')}")

    port = serve([("/meddling", Meddling), ("/plain", Plain)])
    section = b" HTTP/1.1\r\nHost: a\r\nCookie: c=1\r\n\r\n"
    got = await talk(port, *(b"GET " + path + section for path in (b"/meddling", b"/plain") * 2))
    assert [body for _, body in got] == [b"changed None", b"a False 1"] * 2


async def test_headers_put_in_place_of_the_received_ones_count(serve, talk):
    class Replaced(Hello):
        def prepare(self):
            self.request.headers = HTTPHeaders({"If-None-Match": "*", "Cookie": "c=2"})
            assert self.get_cookie("c") == "2"

    [(head, _)] = await talk(serve([("/", Replaced)]), GET)
    assert head.startswith("HTTP/1.1 304 ")


async def test_the_tag_of_a_short_body_is_that_of_a_long_one(serve, talk):
    import hashlib

    class Sized(RequestHandler):
        def get(self, size):
            self.write("x" * int(size))

    port = serve([("/(.*)", Sized)])
    for size in (0, 1, 256, 257, 1):
        [(head, body)] = await talk(port, GET.replace(b"/ ", b"/%d " % size, 1))
        assert f'Etag: "{hashlib.sha1(body).hexdigest()}"\r\n' in head


async def test_a_streaming_handler_keeps_its_place_in_the_table(serve, talk):
    @stream_request_body
    class Streaming(RequestHandler):
        def get(self):
            self.write("streaming")

        def data_received(self, chunk):
            pass

    port = serve([("/a", Streaming), ("/b.*", Streaming), ("/a", Hello), ("/bc", Hello),
                  ("/c", Hello)])  # fmt: skip
    got = await talk(port, *(GET.replace(b"/ ", path + b" ", 1) for path in (b"/a", b"/bc", b"/c")))
    assert [body for _, body in got] == [b"streaming", b"streaming", b"hello"]


async def test_find_handler_of_a_program_may_give_any_delegate(serve, talk):
    class Own(HTTPMessageDelegate):
        def __init__(self, connection):
            self.connection = connection

        def finish(self):
            head = ResponseStartLine("HTTP/1.1", 200, "OK")
            self.connection.write_headers(head, HTTPHeaders({"Content-Length": "3"}), b"own")
            self.connection.finish()

    class Routed(Application):
        def find_handler(self, request, **kwargs):
            if request.path == "/own":
                return Own(request.connection)
            if request.path == "/none":
                return None
            return super().find_handler(request, **kwargs)

    port = serve(Routed([("/", Hello)], log_function=lambda handler: None))
    got = await talk(port, *(GET.replace(b"/ ", p + b" ", 1) for p in (b"/own", b"/none", b"/")))
    assert [head[9:12] for head, _ in got] == ["200", "404", "200"]
    assert [body for _, body in got] == [b"own", b"", b"hello"]
