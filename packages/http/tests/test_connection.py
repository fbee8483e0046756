"""HTTP1ServerConnection over real sockets: one request after another, and ends."""

import asyncio
import socket

import pytest

from tornado.httputil import HTTPHeaders, HTTPOutputError, ResponseStartLine
from tornado.ioloop import IOLoop

GET = b"GET / HTTP/1.1\r\nHost: a\r\n\r\n"
CLOSE = b"GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n"


async def until(condition):
    while not condition():
        await asyncio.sleep(0.001)


# -- one after another


async def test_keep_alive_and_order(serve, connect):
    server = serve()
    client = await connect(server)
    for path in ("/a", "/b?c=d"):
        client.send(b"GET %b HTTP/1.1\r\nHost: a\r\n\r\n" % path.encode())
        status, _, body = await client.response()
        assert (status, body) == (200, b"hello")
    assert [r.start_line.path for r in server.app.requests] == ["/a", "/b?c=d"]
    assert len(server.connections) == 1


async def test_pipelined_requests_are_answered_in_order(serve, connect, recorder):
    class Echo(recorder):
        def finish(self):
            self.answer(self.start_line.path.encode())

    client = await connect(serve(Echo))
    paths = [f"/{n}".encode() for n in range(200)]
    client.send(b"".join(b"GET %b HTTP/1.1\r\nHost: a\r\n\r\n" % p for p in paths))
    assert [(await client.response())[2] for _ in paths] == paths


async def test_a_pipelined_request_waits_for_the_one_before(serve, connect, recorder):
    class Slow(recorder):
        def finish(self):
            self.finished = True

    server = serve(Slow)
    client = await connect(server)
    client.send(GET * 3)
    for number in range(3):
        await until(lambda n=number: len(server.app.requests) == n + 1)
        await asyncio.sleep(0)
        assert len(server.app.requests) == number + 1
        server.app.requests[number].answer(b"%d" % number)
    assert [(await client.response())[2] for _ in range(3)] == [b"0", b"1", b"2"]


async def test_a_client_that_reads_nothing_is_not_served_on(serve, connect, recorder):
    class Large(recorder):
        def finish(self):
            self.answer(b"x" * 1_000_000)

    server = serve(Large)
    client = await connect(server, limit=2**16)
    client.send(GET * 1000)
    await until(lambda: server.connections and server.connections[0].stream.writing())
    for _ in range(50):
        await asyncio.sleep(0.001)
    assert len(server.app.requests) < 30, "requests were served into a full socket"
    for _ in range(40):
        assert len((await client.response())[2]) == 1_000_000


async def test_what_is_sent_ahead_is_bounded(serve, connect, recorder):
    class Never(recorder):
        def finish(self):
            pass

    server = serve(Never)
    client = await connect(server)
    client.send(
        GET + b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 9000000\r\n\r\n" + b"x" * 9_000_000
    )
    await until(lambda: server.connections and len(server.connections[0]._ahead) > 64 * 1024)
    await asyncio.sleep(0.05)
    assert len(server.connections[0]._ahead) < 256 * 1024


async def test_a_stale_exchange_cannot_write_into_the_next_response(serve, connect):
    server = serve()
    client = await connect(server)
    client.send(GET)
    await client.response()
    stale = server.app.requests[0].connection
    client.send(GET)
    with pytest.raises(HTTPOutputError):
        stale.write(b"evil")
    with pytest.raises(HTTPOutputError):
        stale.write_headers(ResponseStartLine("", 200, "OK"), HTTPHeaders(), b"evil")
    stale.finish()
    assert (await client.response())[2] == b"hello"


async def test_the_same_headers_again_are_new_headers(serve, connect, recorder):
    class Changing(recorder):
        def headers_received(self, start_line, headers):
            assert headers.get_list("A") == ["1", "2"]
            headers["Host"] = "changed"
            headers.add("A", "3")

    client = await connect(serve(Changing))
    for _ in range(3):
        client.send(b"GET / HTTP/1.1\r\nHost: a\r\nA: 1\r\nA: 2\r\n\r\n")
        assert (await client.response())[0] == 200


# -- ends


async def test_detach_hands_over_what_was_sent_ahead(serve, connect, recorder):
    class Other(recorder):
        def finish(self):
            stream = self.connection.detach()
            stream.send(b"HTTP/1.1 101 Switching\r\n\r\n")

            async def echo():
                while True:
                    line = await stream.read_until(b"\n")
                    if line == b"end\n":
                        break
                    await stream.write(line.upper())
                stream.close()

            self.task = asyncio.ensure_future(echo())

    server = serve(Other)
    client = await connect(server)
    client.send(GET + b"one\ntw")
    await until(lambda: server.app.requests)
    client.send(b"o\nend\n")
    assert (await client.rest()).endswith(b"\r\n\r\nONE\nTWO\n")
    assert server.app.closed == 1


async def test_a_successor_is_drained_and_closed_as_the_connection_would_be(
    serve, connect, recorder
):
    class Other:
        def __init__(self, exchange):
            self.stream, self.told = exchange.stream, []
            self.ended = exchange.hand_over(self)
            self.stream.start_push(self)

        def data_received(self, data):
            self.stream.send(data.upper())

        def connection_lost(self, exc):
            self.ended()

        def drain(self):
            self.told.append("drain")
            self.stream.send(b"bye")

        def close_now(self):
            self.told.append("close")
            self.stream.close()

    class Upgraded(recorder):
        def finish(self):
            self.connection.stream.send(b"HTTP/1.1 101 Switching\r\n\r\n")
            server.others.append(Other(self.connection))

    server = serve(Upgraded)
    server.others = []
    client = await connect(server)
    client.send(GET + b"one")
    await until(lambda: server.others)
    (connection,), (other,) = server.connections, server.others
    assert server.app.closed == 0  # the server still counts it
    connection.drain()
    await until(lambda: other.told == ["drain"])
    await connection.close()
    assert other.told == ["drain", "close"]
    assert server.app.closed == 1
    assert await client.rest() == b"HTTP/1.1 101 Switching\r\n\r\nONEbye"
    await connection.close()  # again: nothing is left to close


async def test_drain_lets_the_present_request_end(serve, connect, recorder):
    class Slow(recorder):
        def finish(self):
            self.finished = True

    server = serve(Slow)
    busy, idle = await connect(server), await connect(server)
    busy.send(GET + GET)
    await until(lambda: server.app.requests and len(server.connections) == 2)
    for connection in server.connections:
        connection.drain()
    assert await idle.rest() == b""
    server.app.requests[0].answer(b"bye")
    _, headers, body = await busy.response()
    assert (body, headers["connection"]) == (b"bye", "close")
    assert await busy.rest() == b""
    assert len(server.app.requests) == 1


async def test_an_exception_in_a_delegate_is_answered_500(serve, connect, recorder, expect_log):
    class Broken(recorder):
        def finish(self):
            raise ZeroDivisionError

    client = await connect(serve(Broken))
    with expect_log("tornado.application", "Uncaught exception.*ZeroDivisionError", count=1):
        client.send(GET)
        status, headers, _ = await client.response()
    assert (status, headers["connection"]) == (500, "close")


async def test_a_refusal_is_one_line_in_the_log(serve, connect, expect_log):
    import logging

    client = await connect(serve())
    with expect_log("tornado.general", "Refused.*400", count=1, level=logging.INFO) as records:
        client.send(b"GET / HTTP/1.1\r\nHost: a\r\nX : y\r\n\r\n")
        await client.rest()
    assert records[0].exc_info is None


async def test_the_clock_stops_with_the_last_connection(serve, connect):
    server = serve()
    client = await connect(server)
    client.send(GET)
    await client.response()
    clock = server.connections[0].clock
    assert clock._timer is not None
    client.writer.close()
    await until(lambda: server.app.closed)
    assert clock._timer is None
    assert vars(IOLoop.current())["_http_clock"] is clock


async def test_one_recv_and_one_send_for_a_request(serve, connect):
    server = serve()
    client = await connect(server)
    client.send(GET)
    await client.response()
    stream = server.connections[0].stream
    calls = []

    class Counting:
        def __init__(self, real):
            self.real = real

        def __getattr__(self, name):
            calls.append(name)
            return getattr(self.real, name)

    stream.socket = Counting(stream.socket)
    client.send(GET)
    await client.response()
    stream.socket = stream.socket.real
    assert calls == ["recv", "send"]


async def test_half_closed_clients_get_their_answer(serve, connect):
    client = await connect(serve())
    client.send(CLOSE)
    client.writer.get_extra_info("socket").shutdown(socket.SHUT_WR)
    assert (await client.rest()).endswith(b"hello")
