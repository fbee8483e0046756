"""Bodies on their way to a delegate: pieces, the gate, limits, gzip."""

import asyncio
import gzip

import pytest

GET = b"GET / HTTP/1.1\r\nHost: a\r\n\r\n"


async def until(condition):
    while not condition():
        await asyncio.sleep(0.001)


# -- bodies and the gate


@pytest.mark.parametrize("chunked", [False, True])
async def test_a_body_comes_in_pieces_of_chunk_size(serve, connect, chunked):
    server = serve(chunk_size=1000)
    client = await connect(server)
    body = bytes(range(256)) * 40
    if chunked:
        head, sent = b"Transfer-Encoding: chunked", b"%x\r\n%b\r\n0\r\n\r\n" % (len(body), body)
    else:
        head, sent = b"Content-Length: %d" % len(body), body
    client.send(b"POST / HTTP/1.1\r\nHost: a\r\n%b\r\n\r\n%b" % (head, sent) + GET)
    await client.response()
    await client.response()
    first, second = server.app.requests
    assert b"".join(first.chunks) == body
    assert max(map(len, first.chunks)) <= 1000
    assert second.chunks == []


@pytest.mark.parametrize("body", [b"", b"hello"])
async def test_an_awaitable_from_headers_received_holds_everything_back(
    serve, connect, recorder, body
):
    gate = asyncio.get_running_loop().create_future()

    class Gated(recorder):
        def headers_received(self, start_line, headers):
            return gate

    server = serve(Gated)
    client = await connect(server)
    client.send(b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: %d\r\n\r\n%b" % (len(body), body))
    client.send(GET)
    await until(lambda: server.app.requests)
    await asyncio.sleep(0.02)
    request = server.app.requests[0]
    assert not request.chunks
    assert not request.finished
    assert len(server.app.requests) == 1
    gate.set_result(None)
    await client.response()
    await client.response()
    assert b"".join(request.chunks) == body


async def test_an_awaitable_from_data_received_stops_reading(serve, connect, recorder):
    gates = []

    class Gated(recorder):
        def data_received(self, chunk):
            super().data_received(chunk)
            gates.append(asyncio.get_running_loop().create_future())
            return gates[-1]

    server = serve(Gated)
    client = await connect(server)
    size = 20_000_000
    client.send(b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: %d\r\n\r\n" % size + b"x" * size)
    await until(lambda: gates)
    for _ in range(20):
        await asyncio.sleep(0.001)
    assert len(gates) == 1
    while not server.app.requests[0].finished:
        gates[-1].done() or gates[-1].set_result(None)
        await asyncio.sleep(0)
    assert sum(map(len, server.app.requests[0].chunks)) == size
    assert (await client.response())[0] == 200


@pytest.mark.parametrize("apart", [False, True], ids=["with its head", "after its head"])
async def test_a_body_of_one_piece_waits_at_the_gate(serve, connect, recorder, apart):
    gate = asyncio.get_running_loop().create_future()

    class Gated(recorder):
        def data_received(self, chunk):
            super().data_received(chunk)
            return gate

    server = serve(Gated)
    client = await connect(server)
    client.send(b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\n")
    if apart:
        await until(lambda: server.app.requests)
    client.send(b"hello")
    await until(lambda: server.app.requests and server.app.requests[0].chunks)
    client.send(GET)
    await asyncio.sleep(0.02)
    [request] = server.app.requests
    assert (request.chunks, request.finished) == ([b"hello"], False)
    gate.set_result(None)
    assert (await client.response())[0] == 200
    assert (await client.response())[0] == 200


@pytest.mark.parametrize("apart", [False, True], ids=["with its head", "after its head"])
async def test_a_delegate_that_fails_at_its_body(serve, connect, recorder, expect_log, apart):
    class Broken(recorder):
        def data_received(self, chunk):
            raise ZeroDivisionError

    server = serve(Broken)
    client = await connect(server)
    with expect_log("tornado.application", "Uncaught exception.*ZeroDivisionError", count=1):
        client.send(b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\n")
        if apart:
            await until(lambda: server.app.requests)
        client.send(b"hello")
        status, headers, _ = await client.response()
    assert (status, headers["connection"]) == (500, "close")


async def test_a_client_that_goes_away_in_the_middle(serve, connect):
    server = serve()
    client = await connect(server)
    client.send(b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 10\r\n\r\nhel")
    await until(lambda: server.app.requests and server.app.requests[0].chunks)
    client.writer.close()
    await until(lambda: server.app.closed)
    assert server.app.requests[0].lost
    assert not server.app.requests[0].finished


async def test_close_callback_while_the_response_is_open(serve, connect, recorder):
    lost = []

    class Open(recorder):
        def finish(self):
            self.connection.set_close_callback(lambda: lost.append(1))

    server = serve(Open)
    client = await connect(server)
    client.send(GET)
    await until(lambda: server.app.requests)
    client.writer.close()
    await until(lambda: lost)
    assert not server.app.requests[0].lost, "the request was complete"


async def test_expect_100_continue(serve, connect):
    client = await connect(serve())
    client.send(b"PUT / HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\nExpect: 100-Continue\r\n\r\n")
    assert await client.head() == "HTTP/1.1 100 Continue"
    client.send(b"ok")
    assert (await client.response())[0] == 200


async def test_an_early_answer_instead_of_continue_ends_the_connection(serve, connect, recorder):
    class No(recorder):
        def headers_received(self, start_line, headers):
            self.answer(b"no", 403)

    server = serve(No)
    client = await connect(server)
    client.send(b"PUT / HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\nExpect: 100-continue\r\n\r\n")
    status, headers, _ = await client.response()
    assert (status, headers["connection"]) == (403, "close")
    assert await client.rest() == b""


@pytest.mark.parametrize(("size", "stays"), [(1000, True), (10_000_000, False)])
async def test_a_body_that_nobody_waits_for(serve, connect, recorder, size, stays):
    """A small rest is read and dropped, a large one ends the connection; either answer arrives."""

    class No(recorder):
        def headers_received(self, start_line, headers):
            super().headers_received(start_line, headers)
            if start_line.method == "POST":
                self.answer(b"no", 403)

        def finish(self):
            if self.start_line.method == "GET":
                super().finish()

    server = serve(No)
    client = await connect(server)
    client.send(b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: %d\r\n\r\n" % size + b"x" * size)
    status, headers, _ = await client.response()
    assert status == 403
    assert headers.get("connection") == (None if stays else "close")
    if stays:
        client.send(GET)
        assert (await client.response())[0] == 200
    else:
        assert await client.rest() == b""


async def test_a_limit_set_by_the_delegate(serve, connect, recorder):
    class Own(recorder):
        def headers_received(self, start_line, headers):
            self.connection.set_max_body_size(20 if start_line.path == "/more" else 5)

    server = serve(Own, max_body_size=10)
    client = await connect(server)
    post = b"POST %b HTTP/1.1\r\nHost: a\r\nContent-Length: 15\r\n\r\n123456789012345"
    client.send(post % b"/more")
    assert (await client.response())[0] == 200
    client.send(post % b"/")
    status, headers, body = await client.response()
    assert (status, headers["connection"]) == (413, "close")
    assert b"at most 5" in body
    assert server.app.requests[-1].lost


@pytest.mark.parametrize("chunked", [False, True])
async def test_413_is_read_by_a_client_that_sends_everything_first(serve, connect, chunked):
    server = serve(max_body_size=1000)
    client = await connect(server)
    size = 5_000_000
    if chunked:
        client.send(b"POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n")
        client.send(b"%x\r\n%b\r\n0\r\n\r\n" % (size, b"x" * size))
    else:
        client.send(
            b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: %d\r\n\r\n" % size + b"x" * size
        )
    await client.writer.drain()
    status, headers, _ = await client.response()
    assert (status, headers["connection"]) == (413, "close")
    assert await client.rest() == b""


# -- gzip


async def test_gzip_bodies_are_unfolded(serve, connect):
    server = serve(decompress=True, chunk_size=1000)
    client = await connect(server)
    body = b"hello" * 10_000
    packed = gzip.compress(body)
    client.send(
        b"POST / HTTP/1.1\r\nHost: a\r\nContent-Encoding: gzip\r\nContent-Length: %d\r\n\r\n%b"
        % (len(packed), packed)
    )
    await client.response()
    request = server.app.requests[0]
    assert b"".join(request.chunks) == body
    assert max(map(len, request.chunks)) <= 1000
    assert request.headers["X-Consumed-Content-Encoding"] == "gzip"
    assert "Content-Encoding" not in request.headers


@pytest.mark.parametrize(
    ("packed", "status"),
    [
        (gzip.compress(b"0" * 5_000_000), 413),
        (gzip.compress(b"hello")[:-4], 400),
        (gzip.compress(b"hello") + b"garbage", 400),
        (b"not gzip at all", 400),
    ],
    ids=["bomb", "truncated", "garbage", "nonsense"],
)
async def test_gzip_bodies_that_are_refused(serve, connect, packed, status):
    server = serve(decompress=True, max_body_size=100_000)
    client = await connect(server)
    client.send(
        b"POST / HTTP/1.1\r\nHost: a\r\nContent-Encoding: gzip\r\nContent-Length: %d\r\n\r\n%b"
        % (len(packed), packed)
    )
    assert (await client.response())[0] == status
    assert sum(map(len, server.app.requests[0].chunks)) <= 200_000
