"""A client that shuts its sending side and waits for its answers (RFC 9112 section 9.6)."""

import asyncio
import socket
import struct

import pytest

GET = b"GET / HTTP/1.1\r\nHost: a\r\n\r\n"
WHOLE = b"x" * 8_000_000


async def until(condition):
    while not condition():
        await asyncio.sleep(0.001)


@pytest.fixture
def slow(recorder):
    class Slow(recorder):
        """Answers when the test says so."""

        def finish(self):
            self.finished = True

    return Slow


async def half_closed(server, client, sent=GET, requests=1):
    client.send(sent)
    await until(lambda: len(server.app.requests) == requests and server.app.requests[-1].finished)
    client.writer.write_eof()


def tick(server, seconds):
    (connection,) = server.connections
    connection.clock.now += seconds
    connection.on_tick(connection.clock.now)


async def test_usually_the_end_of_a_clients_data_is_the_end(serve, connect, slow):
    """A handler that waits is told at once when its browser has gone away."""
    server = serve(slow)
    lost = asyncio.Event()
    client = await connect(server)
    client.send(GET)
    await until(lambda: server.app.requests)
    server.app.requests[0].connection.set_close_callback(lost.set)
    client.writer.write_eof()
    await asyncio.wait_for(lost.wait(), 5)
    assert await client.rest() == b""


async def test_a_response_that_is_complete_leaves_in_full(serve, connect, recorder):
    class Large(recorder):
        def finish(self):
            self.answer(WHOLE)

    server = serve(Large)
    client = await connect(server, limit=1024)
    client.send(GET)
    client.writer.write_eof()
    await until(lambda: server.connections and server.connections[0]._half_closed)
    assert (await client.rest()).endswith(b"\r\n\r\n" + WHOLE)
    await until(lambda: server.app.closed)


async def test_an_answer_that_comes_later(serve, connect, slow):
    server = serve(slow, half_close=True)
    client = await connect(server)
    await half_closed(server, client)
    await until(lambda: server.connections[0]._half_closed)
    tick(server, 30)
    server.app.requests[0].answer(b"at last")
    _, headers, body = await client.response()
    assert (headers["connection"], body) == ("close", b"at last")
    assert await client.rest() == b""
    await until(lambda: server.app.closed)


async def test_a_response_that_has_begun(serve, connect, recorder):
    class Piecemeal(recorder):
        def finish(self):
            from tornado.httputil import HTTPHeaders, ResponseStartLine

            headers = HTTPHeaders({"Content-Length": "4"})
            self.connection.write_headers(ResponseStartLine("", 200, "OK"), headers, b"ab")
            self.finished = True

    server = serve(Piecemeal, half_close=True)
    client = await connect(server)
    await half_closed(server, client)
    await until(lambda: server.connections[0]._half_closed)
    connection = server.app.requests[0].connection
    connection.write(b"cd")
    connection.finish()
    assert (await client.rest()).endswith(b"\r\n\r\nabcd")


@pytest.mark.parametrize("rest", [b"", b"GET /torn HTTP/1.1\r\nHo"])
@pytest.mark.parametrize("count", [2, 40])
async def test_what_was_sent_ahead_is_answered_and_what_is_torn_is_not(
    serve, connect, recorder, count, rest
):
    class FirstWaits(recorder):
        def finish(self):
            self.finished = True
            if len(self.app.requests) > 1:
                self.answer(b"hello")

    server = serve(FirstWaits, half_close=True)
    client = await connect(server)
    await half_closed(server, client, GET * count + rest)
    await until(lambda: server.connections[0]._half_closed)
    server.app.requests[0].answer(b"hello")
    for _ in range(count):
        assert (await client.response())[2] == b"hello"
    assert await client.rest() == b""
    assert len(server.app.requests) == count


async def test_the_last_of_what_was_sent_ahead_waits_too(serve, connect, slow):
    server = serve(slow, half_close=True)
    client = await connect(server)
    await half_closed(server, client, GET * 2)
    await until(lambda: server.connections[0]._half_closed)
    server.app.requests[0].answer(b"1")
    await until(lambda: len(server.app.requests) == 2)
    server.app.requests[1].answer(b"2")
    assert (await client.response())[2] == b"1"
    assert (await client.response())[2] == b"2"
    assert await client.rest() == b""


async def test_a_body_that_is_torn_ends_its_request(serve, connect, recorder):
    server = serve(half_close=True)
    client = await connect(server)
    client.send(b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 9\r\n\r\nabc")
    await until(lambda: server.app.requests and server.app.requests[0].chunks)
    client.writer.write_eof()
    assert await client.rest() == b""
    assert server.app.requests[0].lost


async def test_one_that_waits_in_vain_is_cut(serve, connect, slow):
    server = serve(slow, half_close=True, write_timeout=60)
    client = await connect(server)
    await half_closed(server, client)
    await until(lambda: server.connections[0]._half_closed)
    tick(server, 1)
    tick(server, 59)
    assert not server.app.closed
    tick(server, 2)
    assert await client.rest() == b""
    assert server.app.closed


async def test_a_reset_after_the_end_is_noticed(serve, connect, slow):
    server = serve(slow, half_close=True)
    lost = asyncio.Event()
    client = await connect(server)
    await half_closed(server, client)
    await until(lambda: server.connections[0]._half_closed)
    server.app.requests[0].connection.set_close_callback(lost.set)
    linger = struct.pack("ii", 1, 0)
    client.writer.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger)
    client.writer.transport.abort()
    while not lost.is_set():
        if not server.connections[0].stream.closed():
            tick(server, 1)
        await asyncio.sleep(0.01)


async def test_waiting_costs_nothing(serve, connect, slow):
    """The end stays readable: a stream that went on looking for it would never sleep."""
    server = serve(slow, half_close=True)
    client = await connect(server)
    await half_closed(server, client)
    await until(lambda: server.connections[0]._half_closed)
    assert not server.connections[0].stream._reader_on
