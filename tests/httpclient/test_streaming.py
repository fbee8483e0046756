"""Bodies piece by piece, both ways, with backpressure; and what is decoded on the way."""

import asyncio
import json
import zlib

import pytest

from tornado import gen
from tornado.httpclient import (
    BodyTooLargeError,
    HTTPClientError,
    HTTPDecodeError,
    HTTPTimeoutError,
    Phase,
)
from tornado.httputil import HTTPOutputError

KIBIBYTE, MEBIBYTE = 1 << 10, 1 << 20


# Down


@pytest.mark.parametrize("query", ["", "?chunked=1"])
async def test_streaming(origin, client, query):
    pieces = []
    response = await client.fetch(
        f"{origin().url}/bytes/{MEBIBYTE}{query}", streaming_callback=pieces.append
    )
    assert b"".join(pieces) == bytes(range(256)) * (MEBIBYTE // 256)
    assert len(pieces) > 1
    assert response.body == b""
    assert response.headers["Content-Type"]


async def test_reading_waits_for_an_awaitable(raw, client):
    sent = 0

    async def part(server, reader, writer):
        nonlocal sent
        await server.head(reader)
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n" % (30 * MEBIBYTE))
        for _ in range(480):
            writer.write(bytes(64 * KIBIBYTE))
            await writer.drain()
            sent += 64 * KIBIBYTE

    server = await raw(part)
    release = asyncio.Event()
    received = most_at_once = at_once = 0

    async def take(piece):
        nonlocal received, at_once, most_at_once
        at_once += 1
        most_at_once = max(most_at_once, at_once)
        received += len(piece)
        await release.wait()
        at_once -= 1

    fetching = client.fetch(server.url, streaming_callback=take)
    before = -1
    while sent != before or not received:  # until the server is stuck
        before = sent
        await asyncio.sleep(0.1)
    assert received <= 256 * KIBIBYTE
    assert sent < 25 * MEBIBYTE
    release.set()
    await fetching
    assert (received, most_at_once) == (30 * MEBIBYTE, 1)


async def test_an_awaitable_that_fails(site, client):
    async def fail(piece):
        await asyncio.sleep(0)
        raise ZeroDivisionError("in a callback")

    running = site()
    for size in (10, MEBIBYTE):
        with pytest.raises(ZeroDivisionError, match="in a callback"):
            await client.fetch(f"{running.url}/bytes/{size}", streaming_callback=fail)


async def test_the_last_piece_is_waited_for(site, client):
    taken = []

    async def take(piece):
        await asyncio.sleep(0.05)
        taken.append(piece)

    await client.fetch(f"{site().url}/bytes/5", streaming_callback=take)
    assert taken == [bytes(range(5))]


async def test_time_goes_on_while_the_program_thinks(site, client):
    stuck = asyncio.Event()

    async def wait(piece):
        await stuck.wait()

    with pytest.raises(HTTPTimeoutError) as caught:
        await client.fetch(
            f"{site().url}/bytes/{MEBIBYTE}", streaming_callback=wait, request_timeout=0.1
        )
    assert caught.value.phase is Phase.TOTAL


async def test_header_lines_as_they_came(raw, client):
    server = await raw(b"HTTP/1.1 200 Fine\r\nX-One: a\r\nX-One: b\r\nContent-Length: 2\r\n\r\nhi")
    events = []
    await client.fetch(
        server.url,
        header_callback=events.append,
        streaming_callback=lambda piece: events.append(piece),
    )
    assert events[0].startswith("HTTP/1.1 200 Fine")
    assert [line.rstrip() for line in events[1:4]] == [
        "X-One: a", "X-One: b", "Content-Length: 2"]  # fmt: skip
    assert events[4:] == ["\r\n", b"hi"]
    assert all(line.endswith("\r\n") for line in events[:5])


async def test_trailers_are_no_headers(raw, client):
    server = await raw(
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nTrailer: X\r\n\r\n"
        b"2\r\nhi\r\n0\r\nX: y\r\nSet-Cookie: a=b\r\n\r\n"
    )
    lines = []
    response = await client.fetch(server.url, header_callback=lines.append)
    assert response.body == b"hi"
    assert "X" not in response.headers
    assert "Set-Cookie" not in response.headers
    assert not any(line.startswith(("X:", "Set-Cookie")) for line in lines)


# Up


def producer(*pieces):
    async def produce(write):
        for piece in pieces:
            await write(piece)

    return produce


async def test_a_produced_body_goes_in_chunks(raw, client):
    async def part(server, reader, writer):
        await server.head(reader)
        body = await reader.readuntil(b"0\r\n\r\n")
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n%b" % (len(body), body))

    server = await raw(part)
    response = await client.fetch(
        server.url, method="PUT", body_producer=producer(b"hello", b" world")
    )
    assert server.field("Transfer-Encoding") == "chunked"
    assert server.field("Content-Length") is None
    assert server.field("Expect") is None
    assert response.body in (
        b"5\r\nhello\r\n6\r\n world\r\n0\r\n\r\n",
        b"b\r\nhello world\r\n0\r\n\r\n",
    )


@pytest.mark.parametrize("method", ["POST", "PUT", "PATCH"])
async def test_a_produced_body_arrives(origin, client, method):
    pieces = (b"one ", b"", "zwölf ", b"three")
    seen = await client.json(f"{origin().url}/echo", method=method, body_producer=producer(*pieces))
    assert seen["method"] == method
    assert seen["body"].encode("latin-1").decode() == "one zwölf three"


async def test_a_produced_body_of_known_length(site, client):
    seen = await client.json(
        f"{site().url}/echo",
        method="PUT",
        headers={"Content-Length": "11"},
        body_producer=producer(b"hello", b" world"),
    )
    assert (seen["body"], seen["headers"]["content-length"]) == ("hello world", "11")
    assert "transfer-encoding" not in seen["headers"]


async def test_a_large_produced_body(origin, client):
    response = await client.fetch(
        f"{origin().url}/sink",
        method="PUT",
        body_producer=producer(*[bytes(300 * KIBIBYTE)] * 20),
    )
    assert json.loads(response.body)["size"] == 6000 * KIBIBYTE


async def test_a_producer_that_is_a_generator(site, client):
    @gen.coroutine
    def produce(write):
        yield write(b"hello")
        yield gen.moment
        yield write(b" world")

    seen = await client.json(f"{site().url}/echo", method="POST", body_producer=produce)
    assert seen["body"] == "hello world"


async def test_a_producer_waits_for_a_slow_server(raw, client):
    release = asyncio.Event()

    async def part(server, reader, writer):
        await server.head(reader)
        await release.wait()
        size = 0
        while size < 30 * MEBIBYTE:
            size += len(await reader.read(MEBIBYTE))
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nhi")

    server = await raw(part)
    written = 0

    async def produce(write):
        nonlocal written
        for _ in range(30):
            await write(bytes(MEBIBYTE))
            written += MEBIBYTE

    fetching = client.fetch(
        server.url,
        method="PUT",
        headers={"Content-Length": str(30 * MEBIBYTE)},
        body_producer=produce,
    )
    before = -1
    while written != before:
        before = written
        await asyncio.sleep(0.1)
    assert written < 20 * MEBIBYTE
    release.set()
    assert (await fetching).body == b"hi"


async def test_a_producer_that_fails(raw, client):
    ended = asyncio.Event()

    async def part(server, reader, writer):
        try:
            await reader.readuntil(b"0\r\n\r\n")
        finally:
            ended.set()

    async def produce(write):
        await write(b"hello")
        raise ZeroDivisionError("in a producer")

    server = await raw(part)
    with pytest.raises(ZeroDivisionError, match="in a producer"):
        await client.fetch(server.url, method="PUT", body_producer=produce)
    await ended.wait()


@pytest.mark.parametrize("pieces", [(b"hell",), (b"hello", b" world")])
async def test_a_producer_that_is_not_as_long_as_it_said(raw, client, pieces):
    async def part(server, reader, writer):
        await reader.read()

    server = await raw(part)
    with pytest.raises(HTTPOutputError):
        await client.fetch(
            server.url,
            method="PUT",
            headers={"Content-Length": "5"},
            body_producer=producer(*pieces),
        )


async def test_an_answer_before_the_body_has_ended(raw, client):
    async def part(server, reader, writer):
        await server.head(reader)
        writer.write(b"HTTP/1.1 413 Enough\r\nContent-Length: 2\r\nConnection: close\r\n\r\nno")
        await writer.drain()
        while await reader.read(MEBIBYTE):
            pass

    async def produce(write):
        while True:
            await write(bytes(KIBIBYTE))
            await asyncio.sleep(0.001)

    server = await raw(part)
    response = await client.fetch(
        server.url, method="PUT", body_producer=produce, raise_error=False
    )
    assert (response.code, response.body) == (413, b"no")


async def test_expect_100_continue_holds_a_producer_back(raw, client):
    told = asyncio.Event()
    called = []

    async def part(server, reader, writer):
        await server.head(reader)
        await asyncio.sleep(0.05)
        assert not called
        told.set()
        writer.write(b"HTTP/1.1 100 Continue\r\n\r\n")
        await reader.readuntil(b"0\r\n\r\n")
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nhi")

    async def produce(write):
        called.append(told.is_set())
        await write(b"hello")

    server = await raw(part)
    response = await client.fetch(
        server.url, method="PUT", body_producer=produce, expect_100_continue=True
    )
    assert (response.body, called) == (b"hi", [True])


# Decoding


@pytest.mark.parametrize("coding", ["gzip", "deflate", "br", "zstd"])
async def test_decoding(origin, client, coding):
    running = origin()
    response = await client.fetch(f"{running.url}/coded/{coding}/100000")
    assert response.body == bytes(100000)
    assert "Content-Encoding" not in response.headers
    assert response.headers["X-Consumed-Content-Encoding"] == coding
    response = await client.fetch(f"{running.url}/coded/{coding}/100000", decompress_response=False)
    assert len(response.body) < 1000
    assert response.headers["Content-Encoding"] == coding


@pytest.mark.parametrize("coding", ["gzip", "deflate", "br", "zstd"])
async def test_bombs(site, make, coding):
    running = site()
    client = make(max_body_size=MEBIBYTE)
    url = f"{running.url}/coded/{coding}/{20 * MEBIBYTE}"
    with pytest.raises(BodyTooLargeError):
        await client.fetch(url)
    received = []
    with pytest.raises(BodyTooLargeError):
        await client.fetch(url, streaming_callback=received.append)
    assert sum(map(len, received)) <= MEBIBYTE
    assert (await client.fetch(f"{running.url}/coded/{coding}/{MEBIBYTE}")).code == 200


@pytest.mark.parametrize("coding", ["gzip", "deflate", "br", "zstd"])
async def test_a_coding_that_breaks_off(site, client, coding):
    with pytest.raises(HTTPDecodeError):
        await client.fetch(f"{site().url}/coded/{coding}/100000?cut=1")


async def test_a_body_that_is_not_what_it_says(raw, client):
    server = await raw(
        b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: 5\r\n\r\nhello"
    )
    with pytest.raises(HTTPDecodeError, match="gzip"):
        await client.fetch(server.url)


async def test_an_unknown_coding_is_left_alone(raw, client):
    server = await raw(
        b"HTTP/1.1 200 OK\r\nContent-Encoding: rot13\r\nContent-Length: 5\r\n\r\nuryyb"
    )
    response = await client.fetch(server.url)
    assert (response.body, response.headers["Content-Encoding"]) == (b"uryyb", "rot13")


async def test_decoding_waits_for_the_program(site, client):
    received = most_at_once = at_once = 0

    async def take(piece):
        nonlocal received, at_once, most_at_once
        at_once += 1
        most_at_once = max(most_at_once, at_once)
        received += len(piece)
        await asyncio.sleep(0)
        at_once -= 1

    await client.fetch(f"{site().url}/coded/gzip/{3 * MEBIBYTE}", streaming_callback=take)
    assert (received, most_at_once) == (3 * MEBIBYTE, 1)


async def test_a_head_of_compressed_content(raw, client):
    server = await raw(b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: 50\r\n\r\n")
    response = await client.fetch(server.url, method="HEAD")
    assert (response.body, response.headers["Content-Encoding"]) == (b"", "gzip")


async def test_what_comes_in_one_byte_at_a_time(raw, client):
    compressed = zlib.compress(b"hello world")

    async def part(server, reader, writer):
        await server.head(reader)
        answer = b"HTTP/1.1 200 OK\r\nContent-Encoding: deflate\r\nContent-Length: %d\r\n\r\n%b"
        for byte in answer % (len(compressed), compressed):
            writer.write(bytes([byte]))
            await writer.drain()

    server = await raw(part)
    assert (await client.fetch(server.url)).body == b"hello world"


# Limits


@pytest.mark.parametrize("query", ["", "?chunked=1"])
@pytest.mark.parametrize("streaming", [False, True])
async def test_the_limit_of_a_body(site, make, query, streaming):
    running = site()
    client = make(max_body_size=100 * KIBIBYTE)
    received = []
    arguments = {"streaming_callback": received.append} if streaming else {}
    url = f"{running.url}/bytes/{{}}{query}"
    await client.fetch(url.format(100 * KIBIBYTE), **arguments)
    received.clear()
    with pytest.raises(BodyTooLargeError):
        await client.fetch(url.format(100 * KIBIBYTE + 1), **arguments)
    assert sum(map(len, received)) <= 100 * KIBIBYTE
    await client.fetch(url.format(200 * KIBIBYTE), max_body_size=200 * KIBIBYTE, **arguments)


async def test_the_limit_of_a_body_until_the_end(raw, make):
    server = await raw(b"HTTP/1.0 200 OK\r\n\r\n" + bytes(2000))
    with pytest.raises(BodyTooLargeError):
        await make(max_body_size=1000).fetch(server.url)


async def test_head_may_announce_more(raw, make):
    server = await raw(b"HTTP/1.1 200 OK\r\nContent-Length: 2000\r\n\r\n")
    assert (await make(max_body_size=1000).fetch(server.url, method="HEAD")).code == 200


async def test_an_endless_redirect_body(raw, make):
    async def part(server, reader, writer):
        await server.head(reader)
        writer.write(b"HTTP/1.1 302 Found\r\nLocation: /\r\n\r\n")
        while True:
            writer.write(bytes(MEBIBYTE))
            await writer.drain()

    server = await raw(part)
    with pytest.raises(HTTPClientError):
        await make(max_body_size=MEBIBYTE).fetch(server.url)
