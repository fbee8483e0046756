"""HTTP1Connection, the client's side, against servers that send exactly the bytes of a test."""

import asyncio
import gzip

import pytest

from tornado.http1connection import HTTP1Connection, HTTP1ConnectionParameters
from tornado.httputil import (
    HTTPHeaders,
    HTTPMessageDelegate,
    HTTPOutputError,
    RequestStartLine,
)
from tornado.iostream import IOStream, StreamClosedError

GET = RequestStartLine("GET", "/", "HTTP/1.1")


class Collector(HTTPMessageDelegate):
    def __init__(self, gate=None):
        self.events = []
        self.body = b""
        self.gate = gate

    def headers_received(self, start_line, headers):
        self.start_line, self.headers = start_line, headers
        self.events.append("headers")
        return self.gate and self.gate()

    def data_received(self, chunk):
        self.body += chunk
        return self.gate and self.gate()

    def finish(self):
        self.events.append("finish")

    def on_connection_close(self):
        self.events.append("lost")


@pytest.fixture
def exchange():
    """``await exchange(answers, **parameters)``: an HTTP1Connection to a server that reads one head
    and sends the pieces of ``answers``, then ends unless told to stay; ``received`` is what it got.
    """
    running = []

    async def start(*answers, stays=False, **params):
        received = bytearray()

        async def serve(reader, writer):
            try:
                received.extend(await reader.readuntil(b"\r\n\r\n"))
                for answer in answers:
                    writer.write(answer)
                    await writer.drain()
                    await asyncio.sleep(0)
                while stays and (data := await reader.read(65536)):
                    received.extend(data)
            except (asyncio.IncompleteReadError, ConnectionError):
                pass  # the client has gone
            finally:
                writer.close()

        def accepted(reader, writer):
            # A task of its own: asyncio of 3.12.1 reports one that is cancelled at the end.
            running.append(asyncio.ensure_future(serve(reader, writer)))

        server = await asyncio.start_server(accepted, "127.0.0.1", 0)
        stream = IOStream(__import__("socket").socket())
        await stream.connect(server.sockets[0].getsockname())
        connection = HTTP1Connection(stream, True, HTTP1ConnectionParameters(**params))
        connection.received = received
        task = asyncio.current_task()
        task.add_done_callback(lambda _: (server.close(), stream.close()))
        running.append(server)
        return connection

    return start


async def get(connection, delegate=None, method="GET"):
    delegate = delegate or Collector()
    connection.write_headers(RequestStartLine(method, "/", ""), HTTPHeaders({"Host": "a"}))
    connection.finish()
    delegate.whole = await connection.read_response(delegate)
    return delegate


def split(data):
    return [data[i : i + 1] for i in range(len(data))]


OK = b"HTTP/1.1 200 OK\r\n"
OLD = b"HTTP/1.0 200 OK\r\n"
FIVE = b"Content-Length: 5\r\n"
CHUNKS = b"Transfer-Encoding: chunked\r\n\r\n2\r\nhe\r\n3;x\r\nllo\r\n0\r\nA: b\r\n\r\n"
HINTS = b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Hints\r\nLink: x\r\n\r\n"


@pytest.mark.parametrize(
    ("answer", "body", "reusable"),
    [
        (OK + FIVE + b"\r\nhello", b"hello", True),
        (OK + b"Content-Length: 0\r\n\r\n", b"", True),
        (b"HTTP/1.1 200\r\n" + CHUNKS, b"hello", True),
        (OK + b"Connection: close\r\n\r\nhello", b"hello", False),
        (OLD + FIVE + b"\r\nhello", b"hello", False),
        (OLD + FIVE + b"Connection: keep-alive\r\n\r\nhello", b"hello", True),
        (OK + FIVE + b"Connection: close\r\n\r\nhello", b"hello", False),
        (b"HTTP/1.1 204 No Content\r\n\r\n", b"", True),
        (b"HTTP/1.1 304 Not Modified\r\n" + FIVE + b"\r\n", b"", True),
        (HINTS + OK + b"Content-Length: 1\r\n\r\nx", b"x", True),
        (OK + b"Content-Length: 1\r\n\r\nxunasked", b"x", False),
        # RFC 9112 section 6.1: such a message is processed, then the connection is closed
        (OLD + b"Connection: keep-alive\r\n" + CHUNKS, b"hello", False),
        # ... section 6.3: a 204 ends with the first empty line, whatever its fields say
        (b"HTTP/1.1 204 No Content\r\n" + FIVE + b"\r\n", b"", False),
    ],
)
@pytest.mark.parametrize("pieces", [lambda data: [data], split], ids=["whole", "bytes"])
@pytest.mark.parametrize("gated", [False, True])
async def test_responses(exchange, answer, body, reusable, pieces, gated):
    connection = await exchange(*pieces(answer))
    gate = (lambda: asyncio.sleep(0)) if gated else None
    response = await get(connection, Collector(gate))
    assert response.whole is True
    assert response.body == body
    assert response.events == ["headers", "finish"]
    if not (reusable is False and b"unasked" in answer and pieces is split):
        assert connection.reusable is reusable


async def test_head_has_no_body(exchange):
    connection = await exchange(b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n", stays=True)
    response = await get(connection, method="HEAD")
    assert (response.whole, response.body, connection.reusable) == (True, b"", True)


@pytest.mark.parametrize(
    "answer",
    [
        b"",
        b"HTTP/1.1 200 OK\r\n",
        b"HTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\nhello",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nContent-Length: 5\r\n\r\nhello",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip\r\n\r\nhello",
        b"HTTP/1.1 200 OK\r\nContent-Length: +5\r\n\r\nhello",
        b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\nContent-Length: 6\r\n\r\nhello",
        b"HTTP/1.1 200 OK\r\nA : b\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nA: b\r\n c\r\n\r\n",
        b"HTTP/2 200 OK\r\n\r\n",
        b"HTTP/1.1 099 Early\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nX: a" + b"b" * 70_000,
        b"garbage\r\n\r\n",
        b"HTTP/1.1 103 Hints\r\n\r\n" * 11 + b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n",
        b"HTTP/1.1 103 Hints\r\nContent-Length: 3\r\n\r\nabc",
        b"HTTP/1.1 200 OK\r\nX: " + b"y" * 70_000 + b"\r\n\r\n",
    ],
)
async def test_responses_that_are_not_whole(exchange, answer):
    connection = await exchange(answer)
    lost = []
    connection.set_close_callback(lambda: lost.append(1))
    response = await get(connection)
    assert response.whole is False
    assert response.events[-1] == "lost"
    assert connection.stream.closed()
    assert not connection.reusable


@pytest.mark.parametrize("chunked", [False, True])
async def test_the_size_of_a_body_is_limited(exchange, chunked):
    body = b"x" * 2000
    if chunked:
        answer = b"Transfer-Encoding: chunked\r\n\r\n7d0\r\n%b\r\n0\r\n\r\n" % body
    else:
        answer = b"Connection: close\r\n\r\n" + body
    connection = await exchange(b"HTTP/1.1 200 OK\r\n" + answer, max_body_size=1000)
    assert (await get(connection)).whole is False
    connection = await exchange(b"HTTP/1.1 200 OK\r\n" + answer, max_body_size=1000)
    connection.set_max_body_size(5000)
    assert (await get(connection)).whole is True


async def test_gzip(exchange):
    packed = gzip.compress(b"hello" * 1000)
    head = b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: %d\r\n\r\n" % len(packed)
    response = await get(await exchange(head + packed, decompress=True))
    assert response.body == b"hello" * 1000
    bomb = await exchange(head + packed, decompress=True, max_body_size=1000)
    assert (await get(bomb)).whole is False
    torn = await exchange(head + packed[:-3] + b"xyz", decompress=True)
    assert (await get(torn)).whole is False


async def test_a_body_that_takes_too_long(exchange):
    connection = await exchange(
        b"HTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\nhello", stays=True, body_timeout=0.01
    )
    assert (await get(connection)).whole is False


async def test_an_exception_of_the_delegate(exchange):
    class Broken(Collector):
        def data_received(self, chunk):
            raise ZeroDivisionError

    connection = await exchange(b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello", stays=True)
    with pytest.raises(ZeroDivisionError):
        await get(connection, Broken())
    assert connection.stream.closed()


async def test_the_stream_is_free_afterwards(exchange):
    connection = await exchange(b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello", b"more\n")
    await get(connection)
    assert await connection.stream.read_until(b"\n") == b"more\n"


@pytest.mark.parametrize("pieces", [lambda data: [data], split], ids=["whole", "bytes"])
async def test_lines_that_end_with_lf_are_refused_at_once(exchange, pieces):
    connection = await exchange(*pieces(b"HTTP/1.1 200 OK\nContent-Length: 0\n\n"), stays=True)
    assert (await get(connection)).whole is False


@pytest.mark.parametrize("pieces", [lambda data: [data], split], ids=["whole", "bytes"])
async def test_a_stream_taken_for_another_protocol(exchange, pieces):
    """RFC 9110 section 15.2.2: the protocol changes right after the empty line."""

    class Switches(Collector):
        def headers_received(self, start_line, headers):
            assert start_line.code == 101
            self.stream = connection.detach()

    connection = await exchange(
        *pieces(b"HTTP/1.1 101 Switching\r\nUpgrade: x\r\n\r\nmore\n"), stays=True
    )
    connection.write_headers(RequestStartLine("GET", "/", ""), HTTPHeaders({"Host": "a"}))
    connection.finish()
    response = Switches()
    reading = connection.read_response(response)
    while not hasattr(response, "stream"):
        await asyncio.sleep(0)
    assert await response.stream.read_until(b"\n") == b"more\n"
    assert not reading.done()
    assert response.body == b""


async def test_two_exchanges_on_one_stream(exchange):
    answer = b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello"
    first = await exchange(answer, b"", stays=True)
    await get(first)
    assert first.reusable
    second = HTTP1Connection(first.stream, True)
    second.write_headers(GET, HTTPHeaders({"Host": "b"}))
    second.finish()
    while b"Host: b" not in first.received:
        await asyncio.sleep(0)
    with pytest.raises(HTTPOutputError):
        first.write(b"late")


# -- requests


@pytest.mark.parametrize(
    ("method", "fields", "pieces", "sent"),
    [
        ("GET", {}, [], b"\r\n"),
        (
            "POST",
            {"Content-Length": "5"},
            [b"he", b"llo"],
            b"Content-Length: 5\r\n\r\nhello",
        ),
        (
            "PUT",
            {},
            [b"he", b"", b"llo"],
            b"Transfer-Encoding: chunked\r\n\r\n2\r\nhe\r\n3\r\nllo\r\n0\r\n\r\n",
        ),
    ],
)
async def test_what_is_sent(exchange, method, fields, pieces, sent):
    connection = await exchange(stays=True)
    sent = b"%b / HTTP/1.1\r\nHost: a\r\n%b" % (method.encode(), sent)
    connection.write_headers(
        RequestStartLine(method, "/", ""), HTTPHeaders({"Host": "a", **fields})
    )
    for piece in pieces:
        await connection.write(piece)
    connection.finish()
    while len(connection.received) < len(sent):
        await asyncio.sleep(0)
    assert bytes(connection.received) == sent


@pytest.mark.parametrize(
    "start_line",
    [
        ("G T", "/", ""),
        ("GET\r\nX: y", "/", ""),
        ("GET", "/ HTTP/1.1\r\nX: y", ""),
        ("GET", "/a b", ""),
        ("GET", "", ""),
        ("GET", "/é", ""),
        ("GET", "/", "HTTP/1.1\r\nX: y"),
    ],
)
async def test_requests_that_are_never_sent(exchange, start_line):
    connection = await exchange(stays=True)
    with pytest.raises(HTTPOutputError):
        connection.write_headers(RequestStartLine(*start_line), HTTPHeaders())
    await asyncio.sleep(0)
    assert not connection.received


async def test_bodies_that_are_not_as_announced(exchange):
    for pieces, message in (([b"toolong"], "longer"), ([b"ab"], "shorter")):
        connection = await exchange(stays=True)
        connection.write_headers(
            RequestStartLine("POST", "/", ""), HTTPHeaders({"Content-Length": "3"})
        )
        with pytest.raises(HTTPOutputError, match=message):
            for piece in pieces:
                connection.write(piece)
            connection.finish()
        assert connection.stream.closed()
        with pytest.raises(HTTPOutputError, match="after its end"):
            connection.write(b"x")
    connection = await exchange(stays=True)
    with pytest.raises(HTTPOutputError, match="before its head"):
        connection.write(b"x")
    connection.stream.close()
    with pytest.raises(StreamClosedError):
        await connection.write_headers(GET, HTTPHeaders())
    response = Collector()
    assert await connection.read_response(response) is False


async def test_a_server_has_another_class(exchange):
    connection = await exchange()
    with pytest.raises(ValueError, match="HTTP1ServerConnection"):
        HTTP1Connection(connection.stream, False)


async def test_nothing_is_decoded_for_a_delegate_that_has_lost_its_connection(exchange):
    body = gzip.compress(bytes(1_000_000), mtime=0)
    head = b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: %d\r\n\r\n" % len(body)
    connection = await exchange(head + body, stays=True, decompress=True)
    begun, go_on = asyncio.Event(), asyncio.Event()

    class Slow(Collector):
        def data_received(self, chunk):
            self.events.append("data")
            begun.set()
            return go_on.wait()

    delegate = Slow()
    connection.write_headers(GET, HTTPHeaders({"Host": "h"}))
    connection.finish()
    response = connection.read_response(delegate)
    await begun.wait()
    connection.close()
    assert await response is False
    go_on.set()
    for _ in range(20):
        await asyncio.sleep(0)
    assert delegate.events == ["headers", "data", "lost"]
