"""Request lines and header sections are remembered; nobody must notice but by the clock."""

from __future__ import annotations

import asyncio

import pytest

from tornado.http1connection._parser import (
    _LONGEST_REMEMBERED_LINE,
    _MAX_REMEMBERED_LINES,
    USUAL_LINES,
)

SECTION = b"Host: a\r\n\r\n"


@pytest.fixture(autouse=True)
def _nothing_is_remembered():
    USUAL_LINES.clear()
    yield
    USUAL_LINES.clear()


def test_a_usual_line_is_taken_apart():
    start_line, *rest = USUAL_LINES[b"GET /a?b=1?c HTTP/1.1"]
    assert start_line == ("GET", "/a?b=1?c", "HTTP/1.1")
    assert rest == ["GET", "/a?b=1?c", "/a", "b=1?c"]


@pytest.mark.parametrize(
    "line",
    [
        b"",
        b"GET",
        b"GET / HTTP/1.0",
        b"GET / HTTP/2.0",
        b"GET  / HTTP/1.1",
        b"GET /a b HTTP/1.1",
        b"GET / HTTP/1.1 ",
        b"GET\t/ HTTP/1.1",
        b"GET /\x00 HTTP/1.1",
        b"GET /\n HTTP/1.1",
        b"GET /\x85 HTTP/1.1",
        b"get / HTTP/1.1",
        b"GET http://a/ HTTP/1.1",
        b"OPTIONS * HTTP/1.1",
    ],
)
def test_any_other_line_is_left_to_the_strict_reader(line):
    assert USUAL_LINES[line] is None
    assert not USUAL_LINES


def test_the_memory_is_bounded():
    for number in range(_MAX_REMEMBERED_LINES + 10):
        assert USUAL_LINES[b"GET /%d HTTP/1.1" % number] is not None
        assert len(USUAL_LINES) <= _MAX_REMEMBERED_LINES
    assert USUAL_LINES[b"GET /5 HTTP/1.1"][3] == "/5"
    USUAL_LINES.clear()
    assert USUAL_LINES[b"GET /" + b"x" * _LONGEST_REMEMBERED_LINE + b" HTTP/1.1"] is not None
    assert not USUAL_LINES


async def test_a_repeated_section_is_the_same_headers(serve, connect):
    server = serve()
    client = await connect(server)
    for path in (b"/1", b"/2", b"/1"):
        client.send(b"GET " + path + b" HTTP/1.1\r\n" + SECTION)
        assert (await client.response())[0] == 200
    assert [r.start_line.path for r in server.app.requests] == ["/1", "/2", "/1"]
    assert [dict(r.headers) for r in server.app.requests] == [{"Host": "a"}] * 3


async def test_empty_lines_after_a_request_without_headers_are_ignored(serve, connect):
    """RFC 9112 section 2.2; such a request ends with the bytes that two empty lines are."""
    client = await connect(serve())
    client.send(b"GET / HTTP/1.1\r\n" + SECTION)
    await client.response()
    client.send(b"\r\n\r\n")
    client.send(b"\r\nGET /after HTTP/1.1\r\n" + SECTION)
    assert (await client.response())[0] == 200


async def test_a_remembered_section_does_not_complete_an_incomplete_head(serve, connect):
    server = serve()
    client = await connect(server)
    client.send(b"GET /1 HTTP/1.1\r\n" + SECTION)
    await client.response()
    client.send(b"GET /2 HTTP/1.1\r\n")
    while b"/2" not in bytes(server.connections[0]._ahead):
        await asyncio.sleep(0)
    assert len(server.app.requests) == 1
    client.send(SECTION)
    assert (await client.response())[0] == 200
    assert server.app.requests[1].start_line.path == "/2"


async def test_the_limit_of_a_head_holds_for_a_remembered_section(serve, connect):
    client = await connect(serve(max_header_size=60))
    client.send(b"GET / HTTP/1.1\r\n" + SECTION)
    assert (await client.response())[0] == 200
    client.send(b"GET /" + b"x" * 60 + b" HTTP/1.1\r\n" + SECTION)
    assert (await client.response())[0] in (414, 431)
