"""A request that is answered before its end: whatever becomes of its body, it has one response.

A second one would be taken for the answer to the client's next request, or, behind a proxy, for the
answer to somebody else's.
"""

import asyncio

import pytest

from tornado.httputil import HTTPInputError

HEAD = b"POST / HTTP/1.1\r\nHost: a\r\n"
NEXT = b"GET /next HTTP/1.1\r\nHost: a\r\n\r\n"


@pytest.fixture
def early(recorder):
    class Early(recorder):
        """Answers a POST when it has seen its head."""

        def headers_received(self, start_line, headers):
            super().headers_received(start_line, headers)
            if start_line.method == "POST":
                self.answer(b"early")

        def finish(self):
            if self.start_line.method != "POST":
                super().finish()

    return Early


@pytest.fixture
def at_first_piece(recorder):
    class AtFirstPiece(recorder):
        def data_received(self, chunk):
            super().data_received(chunk)
            if len(self.chunks) == 1:
                self.answer(b"early")

    return AtFirstPiece


@pytest.mark.parametrize(
    "rest",
    [
        b"Content-Length: 50\r\n\r\n",  # over the limit
        b"Expect: x\r\n\r\n",
        b"Expect: x\r\nContent-Length: 5\r\n\r\nhello",
        b"Transfer-Encoding: chunked\r\n\r\nzz\r\n",
        b"Transfer-Encoding: chunked\r\n\r\nffff\r\n",
        b"Transfer-Encoding: chunked\r\n\r\n5\r\nhello!",
    ],
)
async def test_what_would_be_refused(serve, connect, early, rest):
    client = await connect(serve(early, max_body_size=10))
    client.send(HEAD + rest)
    status, _, body = await client.response()
    assert (status, body) == (200, b"early")
    client.writer.write_eof()
    assert await client.rest() == b""


async def test_a_chunked_body_ends_the_connection(serve, connect, early):
    client = await connect(serve(early))
    client.send(HEAD + b"Transfer-Encoding: chunked\r\n\r\n")
    _, headers, _ = await client.response()
    assert headers["connection"] == "close"
    client.send(b"zz\r\n")
    assert await client.rest() == b""


async def test_a_body_with_a_length_is_dropped_and_the_next_request_served(serve, connect, early):
    server = serve(early)
    client = await connect(server)
    client.send(HEAD + b"Content-Length: 10\r\n\r\nhello")
    assert (await client.response())[2] == b"early"
    client.send(b"there" + NEXT)
    assert (await client.response())[2] == b"hello"
    assert server.app.requests[0].chunks == []


@pytest.mark.parametrize("limit", ["body_timeout", "idle_timeout"])
async def test_a_body_that_never_comes(serve, connect, early, limit):
    client = await connect(serve(early, **{limit: 0.5}))
    client.send(HEAD + b"Content-Length: 10\r\n\r\n")
    assert (await client.response())[2] == b"early"
    assert await client.rest() == b""


async def test_answered_at_the_first_piece(serve, connect, at_first_piece):
    client = await connect(serve(at_first_piece, body_timeout=0.5))
    client.send(HEAD + b"Content-Length: 10\r\n\r\nhello")
    assert (await client.response())[2] == b"early"
    assert await client.rest() == b""


async def test_a_delegate_that_fails_after_its_answer(serve, connect, recorder, expect_log):
    class Fails(recorder):
        def finish(self):
            super().finish()
            raise RuntimeError("on purpose")

    client = await connect(serve(Fails))
    with expect_log("tornado.application", "on purpose", count=1):
        client.send(NEXT)
        assert (await client.response())[2] == b"hello"
        assert await client.rest() == b""


async def test_a_refusal_out_of_a_gate_after_the_end_is_no_error(serve, connect, recorder):
    opened = asyncio.Event()

    class Gated(recorder):
        def data_received(self, chunk):
            return self.later()

        async def later(self):
            await opened.wait()
            raise HTTPInputError("too late")

    server = serve(Gated)
    client = await connect(server)
    client.send(HEAD + b"Content-Length: 10\r\n\r\nhello")
    while not server.app.requests or not server.connections[0]._gated:
        await asyncio.sleep(0.01)
    server.connections[0].close_now()
    while not server.app.closed:
        await asyncio.sleep(0.01)
    opened.set()
    await asyncio.sleep(0.05)


async def test_draining_while_an_answered_body_is_received(serve, connect, early):
    server = serve(early)
    client = await connect(server)
    client.send(HEAD + b"Content-Length: 10\r\n\r\n")
    assert (await client.response())[2] == b"early"
    server.connections[0].drain()
    assert await client.rest() == b""


async def test_draining_while_a_response_is_written(serve, connect, recorder):
    """Its head has said nothing of an end, and yet no other request is taken."""

    class Piecemeal(recorder):
        def finish(self):
            from tornado.httputil import HTTPHeaders, ResponseStartLine

            headers = HTTPHeaders({"Content-Length": "4"})
            self.connection.write_headers(ResponseStartLine("", 200, "OK"), headers, b"ab")

    server = serve(Piecemeal)
    client = await connect(server)
    client.send(NEXT)
    await client.head()
    server.connections[0].drain()
    connection = server.app.requests[0].connection
    connection.write(b"cd")
    connection.finish()
    assert await client.rest() == b"abcd"
