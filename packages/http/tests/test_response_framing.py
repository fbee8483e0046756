"""How responses are framed, and what is refused on the way out."""

import asyncio

import pytest

from tornado.httputil import HTTPHeaders, HTTPOutputError, ResponseStartLine
from tornado.iostream import StreamClosedError

GET = b"GET / HTTP/1.1\r\nHost: a\r\n\r\n"


async def until(condition):
    while not condition():
        await asyncio.sleep(0.001)


async def answer_with(serve, connect, recorder, request, write):
    class Writing(recorder):
        def finish(self):
            write(self.connection)

    client = await connect(serve(Writing))
    client.send(request)
    return await client.rest()


OK = ResponseStartLine("", 200, "OK")
CLOSE = b"GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n"


async def test_without_length_a_1_1_client_gets_chunks(serve, connect, recorder):
    def write(connection):
        connection.write_headers(OK, HTTPHeaders(), b"hel")
        connection.write(b"")
        connection.write(b"lo")
        connection.finish()

    answer = await answer_with(serve, connect, recorder, CLOSE, write)
    assert answer == (
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nConnection: close\r\n\r\n"
        b"3\r\nhel\r\n2\r\nlo\r\n0\r\n\r\n"
    )


async def test_without_length_a_1_0_client_gets_the_end(serve, connect, recorder):
    def write(connection):
        connection.write_headers(OK, HTTPHeaders(), b"hel")
        connection.write(b"lo")
        connection.finish()

    request = b"GET / HTTP/1.0\r\nConnection: keep-alive\r\n\r\n"
    answer = await answer_with(serve, connect, recorder, request, write)
    assert answer == b"HTTP/1.1 200 OK\r\nConnection: close\r\n\r\nhello"


async def test_keep_alive_of_1_0_is_said(serve, connect):
    client = await connect(serve())
    client.send(b"GET / HTTP/1.0\r\nConnection: Keep-Alive\r\n\r\n")
    assert (await client.response())[1]["connection"] == "Keep-Alive"
    client.send(b"GET / HTTP/1.0\r\n\r\n")
    assert (await client.response())[1]["connection"] == "close"
    assert await client.rest() == b""


async def test_head_has_the_head_only(serve, connect, recorder):
    def write(connection):
        connection.write_headers(OK, HTTPHeaders({"Content-Length": "5"}), b"hello")
        connection.finish()

    request = CLOSE.replace(b"GET", b"HEAD")
    answer = await answer_with(serve, connect, recorder, request, write)
    assert answer == b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\nConnection: close\r\n\r\n"


@pytest.mark.parametrize("status", [204, 304])
async def test_statuses_without_a_body(serve, connect, recorder, status):
    def write(connection):
        connection.write_headers(ResponseStartLine("", status, "X"), HTTPHeaders())
        connection.finish()

    answer = await answer_with(serve, connect, recorder, CLOSE, write)
    assert answer == b"HTTP/1.1 %d X\r\nConnection: close\r\n\r\n" % status


async def test_interim_responses_are_for_1_1_clients(serve, connect, recorder):
    def write(connection):
        connection.write_headers(
            ResponseStartLine("", 103, "Early Hints"), HTTPHeaders({"Link": "</a>"})
        )
        connection.write_headers(OK, HTTPHeaders({"Content-Length": "0"}))
        connection.finish()

    answer = await answer_with(serve, connect, recorder, CLOSE, write)
    assert answer.startswith(b"HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\nHTTP/1.1 200 OK\r\n")
    answer = await answer_with(serve, connect, recorder, b"GET / HTTP/1.0\r\n\r\n", write)
    assert answer.startswith(b"HTTP/1.1 200 OK\r\n")


async def test_a_body_longer_than_announced(serve, connect, recorder):
    def write(connection):
        connection.write_headers(OK, HTTPHeaders({"Content-Length": "3"}), b"he")
        with pytest.raises(HTTPOutputError, match="longer than its Content-Length by 1"):
            connection.write(b"ll")

    answer = await answer_with(serve, connect, recorder, GET, write)
    assert answer.endswith(b"\r\n\r\nhe")


async def test_a_body_shorter_than_announced(serve, connect, recorder):
    def write(connection):
        connection.write_headers(OK, HTTPHeaders({"Content-Length": "3"}), b"he")
        with pytest.raises(HTTPOutputError, match="shorter than its Content-Length by 1"):
            connection.finish()

    assert (await answer_with(serve, connect, recorder, GET, write)).endswith(b"\r\n\r\nhe")


@pytest.mark.parametrize("reason", ["a\r\nb", "a\nb", "a\0"])
async def test_a_reason_cannot_split_the_head(serve, connect, recorder, reason):
    def write(connection):
        with pytest.raises(HTTPOutputError, match="control character"):
            connection.write_headers(ResponseStartLine("", 200, reason), HTTPHeaders())
        with pytest.raises(HTTPOutputError):
            connection.respond(200, reason, HTTPHeaders({"Content-Length": "0"}), b"")
        connection.close()

    assert await answer_with(serve, connect, recorder, GET, write) == b""


async def test_a_future_for_each_write(serve, connect, recorder):
    seen = []

    class Streaming(recorder):
        def finish(self):
            self.task = asyncio.ensure_future(self.run())

        async def run(self):
            await self.connection.write_headers(OK, HTTPHeaders())
            for _ in range(100):
                await self.connection.write(b"x" * 100_000)
                seen.append(self.connection.stream.writing())
            self.connection.finish()

    client = await connect(serve(Streaming))
    client.send(CLOSE)
    answer = await client.rest()
    assert answer.count(b"x") == 10_000_000
    assert not any(seen)


async def test_writing_to_a_client_that_has_gone(serve, connect, recorder):
    class Open(recorder):
        def finish(self):
            self.connection.write_headers(OK, HTTPHeaders())

    server = serve(Open)
    client = await connect(server)
    client.send(GET)
    await client.head()
    client.writer.transport.abort()
    await until(lambda: server.app.closed)
    connection = server.app.requests[0].connection
    with pytest.raises(StreamClosedError):
        await connection.write(b"x")
    connection.write(b"y")  # and nobody has to look at the future
    connection.finish()
