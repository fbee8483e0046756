"""HTTP1ServerConnection over real sockets: order, backpressure, limits, deadlines and ends."""

import asyncio
import gzip
import socket

import pytest

from tornado.httputil import HTTPHeaders, HTTPOutputError, ResponseStartLine
from tornado.ioloop import IOLoop
from tornado.iostream import StreamClosedError

GET = b"GET / HTTP/1.1\r\nHost: a\r\n\r\n"


def later(server, seconds):
    """Tells every connection that so many seconds have passed."""
    for connection in server.connections:
        connection.clock.now += seconds
        connection.on_tick(connection.clock.now)


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
    client.send(GET + b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 9000000\r\n\r\n" + b"x" * 9_000_000)
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
        client.send(b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: %d\r\n\r\n" % size + b"x" * size)
    await client.writer.drain()
    status, headers, body = await client.response()
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


# -- deadlines, on a clock that the test moves


async def test_a_head_that_takes_too_long_is_answered_408(serve, connect):
    server = serve(header_timeout=20)
    client = await connect(server)
    client.send(b"GET / HTTP/1.1\r\nHost: a\r\nX: ")
    await until(lambda: server.connections and server.connections[0]._ahead)
    for _ in range(4):  # a byte now and then does not help
        later(server, 4)
        client.send(b"x")
        seen = len(server.connections[0]._ahead)
        await until(lambda seen=seen: len(server.connections[0]._ahead) > seen)
    later(server, 5)
    status, headers, _ = await client.response()
    assert (status, headers["connection"]) == (408, "close")
    assert await client.rest() == b""


async def test_a_body_that_takes_too_long_is_answered_408(serve, connect):
    server = serve(body_timeout=10)
    client = await connect(server)
    client.send(b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 10\r\n\r\nabc")
    await until(lambda: server.app.requests and server.app.requests[0].chunks)
    later(server, 11)
    assert (await client.response())[0] == 408
    assert server.app.requests[0].lost


async def test_an_idle_connection_is_closed_silently(serve, connect):
    server = serve(idle_timeout=75)
    client = await connect(server)
    client.send(GET)
    await client.response()
    later(server, 75)
    client.send(GET)
    await client.response()
    later(server, 76)
    assert await client.rest() == b""


async def test_a_response_may_take_its_time(serve, connect, recorder):
    class Slow(recorder):
        def finish(self):
            self.finished = True

    server = serve(Slow)
    client = await connect(server)
    client.send(GET)
    await until(lambda: server.app.requests and server.app.requests[0].finished)
    later(server, 10_000)
    server.app.requests[0].answer(b"at last")
    assert (await client.response())[2] == b"at last"


async def test_a_reader_that_has_stalled_is_cut(serve, connect, recorder):
    class Endless(recorder):
        def finish(self):
            self.answer(b"x" * 20_000_000)

    server = serve(Endless, write_timeout=60)
    client = await connect(server, limit=1024)
    client.send(GET)
    await until(lambda: server.connections and server.connections[0].stream.writing())
    later(server, 1)
    later(server, 50)
    assert not server.app.closed
    later(server, 11)
    await until(lambda: server.app.closed)


async def test_an_idle_connection_forgets_the_last_headers(serve, connect):
    server = serve()
    client = await connect(server)
    client.send(GET)
    await client.response()
    assert server.connections[0]._section
    later(server, 10)
    assert not server.connections[0]._section


# -- the framing of responses


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
    status, headers, body = await busy.response()
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
