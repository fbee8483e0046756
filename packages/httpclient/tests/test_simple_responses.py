"""How a response is read: framing, limits, decoding, and who gets the body."""

import asyncio
import gzip
import logging
import ssl
import zlib

import pytest

from tornado.httpclient import (
    BodyTooLargeError,
    HTTPDecodeError,
    HTTPProtocolError,
    HTTPStreamClosedError,
)

OK = b"HTTP/1.1 200 OK\r\n"
HINTS = b"HTTP/1.1 103 Early Hints\r\nLink: </a.css>; rel=preload\r\n\r\n"


def whole(body, *fields):
    lines = b"".join(field + b"\r\n" for field in fields)
    return OK + lines + b"Content-Length: %d\r\n\r\n" % len(body) + body


def packed(body, *fields):
    return whole(gzip.compress(body, mtime=0), b"Content-Encoding: gzip", *fields)


@pytest.fixture
def fetch(simple, canned):
    """``await fetch(answer, client=..., **settings)``: the response to one request."""

    async def run(answer, client=None, **settings):
        server = await canned(answer)
        return await (client or simple()).fetch(f"http://127.0.0.1:{server.port}/", **settings)

    return run


@pytest.mark.parametrize(
    ("answer", "body"),
    [
        (whole(b"hello"), b"hello"),
        (whole(b""), b""),
        (
            OK + b"Transfer-Encoding: chunked\r\n\r\n2;x=y\r\nhe\r\n3\r\nllo\r\n0\r\nT: x\r\n\r\n",
            b"hello",
        ),
        ((OK + b"\r\nuntil the end", "close"), b"until the end"),
        # RFC 9112 section 6.3: these end with the first empty line
        (b"HTTP/1.1 204 No Content\r\n\r\n", b""),
        (HINTS * 10 + whole(b"hello"), b"hello"),
        # ... section 5.1: a repeated length of one value is that value
        (OK + b"Content-Length: 5, 5\r\n\r\nhello", b"hello"),
        (b"HTTP/1.1 200\r\nContent-Length: 5\r\n\r\nhello", b"hello"),
    ],
    ids=[
        "length",
        "empty",
        "chunked",
        "until the end",
        "204",
        "after interim ones",
        "length twice",
        "no reason",
    ],
)
async def test_bodies(fetch, answer, body):
    response = await fetch(answer)
    assert (response.code, response.body) == (200 if body or b"204" not in answer else 204, body)


async def test_what_the_response_tells(fetch):
    answer = b"HTTP/1.1 418 I'm a teapot\r\nX: 1\r\nx: 2\r\nContent-Length: 1\r\n\r\nx"
    response = await fetch(answer, raise_error=False)
    assert (response.code, response.reason) == (418, "I'm a teapot")
    assert response.headers.get_list("X") == ["1", "2"]
    assert response.effective_url == response.request.url
    assert 0 < response.request_time < 5
    assert response.time_info["total"] == response.request_time
    info = response.time_info
    assert 0 < info["connect"] < info["starttransfer"] < info["total"]
    assert info["queue"] == 0.0


async def test_head_and_304_have_no_body(fetch):
    for settings in ({"method": "HEAD"}, {"headers": {"If-None-Match": '"x"'}}):
        status = b"200 OK" if "method" in settings else b"304 Not Modified"
        answer = b"HTTP/1.1 %b\r\nContent-Encoding: gzip\r\nContent-Length: 500\r\n\r\n" % status
        response = await fetch(answer, raise_error=False, **settings)
        assert response.body == b""
        assert response.headers["Content-Encoding"] == "gzip"
        assert response.headers["Content-Length"] == "500"


# -- what is not HTTP


@pytest.mark.parametrize(
    "answer",
    [
        b"garbage\r\n\r\n",
        b"HTTP/2 200 OK\r\n\r\n",
        b"HTTP/1.1 2000 OK\r\n\r\n",
        b"HTTP/1.1 099 Early\r\n\r\n",
        # RFC 9112 section 6.3: an unrecoverable error, the connection is closed
        OK + b"Content-Length: 5\r\nContent-Length: 6\r\n\r\nhello",
        OK + b"Content-Length: -5\r\n\r\nhello",
        OK + b"Transfer-Encoding: chunked\r\nContent-Length: 5\r\n\r\n0\r\n\r\n",
        OK + b"Transfer-Encoding: chunked, chunked\r\n\r\n0\r\n\r\n",
        OK + b"Transfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n",
        OK + b"Transfer-Encoding: chunked\r\n\r\n5 \r\nhello\r\n0\r\n\r\n",
        OK + b"Transfer-Encoding: chunked\r\n\r\n0x5\r\nhello\r\n0\r\n\r\n",
        OK + b"Transfer-Encoding: chunked\r\n\r\n5\r\nhelloo\r\n0\r\n\r\n",
        # ... section 5.1: no whitespace before the colon; 5.2: no folding
        OK + b"X : y\r\n\r\n",
        OK + b"X: y\r\n z\r\n\r\n",
        OK + b"X: a\x00b\r\n\r\n",
        b"HTTP/1.1 200 OK\nContent-Length: 0\n\n",
        # RFC 9110 section 15.2: an interim response has no content, and there is an end of them
        b"HTTP/1.1 103 Early Hints\r\nContent-Length: 1\r\n\r\nx" + whole(b""),
        HINTS * 11 + whole(b""),
    ],
    ids=[
        "garbage",
        "version",
        "status of four digits",
        "status below 100",
        "two lengths",
        "negative length",
        "length and chunked",
        "chunked twice",
        "gzip, chunked",
        "space behind the size",
        "0x in the size",
        "chunk longer than its size",
        "space before the colon",
        "folded",
        "NUL",
        "bare LF",
        "interim one with a body",
        "eleven interim ones",
    ],
)
async def test_what_is_not_http(fetch, answer):
    with pytest.raises(HTTPProtocolError, match=r"response from 127\.0\.0\.1:\d+: "):
        await fetch(answer)


async def test_ten_interim_responses_and_no_more(fetch):
    for answer, goes in ((HINTS * 10, True), (HINTS * 11, False)):
        if goes:
            assert (await fetch(answer + whole(b"x"))).body == b"x"
        else:
            with pytest.raises(HTTPProtocolError, match="more than 10 interim"):
                await fetch(answer + whole(b"x"))


@pytest.mark.parametrize(
    "answer",
    [
        None,
        (b"HTTP/1.1 200", "close"),
        (OK + b"Content-Length: 6\r\n\r\nhello", "close"),
        (OK + b"Transfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n", "close"),
        (OK + b"Transfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n", "close"),
    ],
    ids=["nothing", "status line", "body", "chunks", "last chunk"],
)
async def test_an_answer_that_is_not_whole(fetch, answer):
    """RFC 9112 section 8: such a message is incomplete, and not taken for a whole one."""
    with pytest.raises(HTTPStreamClosedError, match="closed the connection, before"):
        await fetch(answer)


async def test_a_truncated_tls_connection_is_no_end(simple, scripted, certificates):
    """RFC 9112 section 9.8: without close_notify, a body that lasts until the end is incomplete."""

    async def part(reader, writer):
        await reader.readuntil(b"\r\n\r\n")
        writer.write(OK + b"\r\nlet me pay you $100")
        await writer.drain()
        await asyncio.sleep(0.01)
        writer.transport.abort()

    async def orderly(reader, writer):
        await reader.readuntil(b"\r\n\r\n")
        writer.write(OK + b"\r\nthe whole of it")

    for play, goes in ((part, False), (orderly, True)):
        server = await scripted(play, ssl=certificates.server())
        fetch = simple().fetch(f"https://localhost:{server.port}/", ca_certs=certificates.authority)
        if goes:
            assert (await fetch).body == b"the whole of it"
        else:
            with pytest.raises(HTTPStreamClosedError) as caught:
                await fetch
            assert isinstance(caught.value.real_error, (ssl.SSLError, ConnectionError))


# -- limits


@pytest.mark.parametrize("where", ["client", "request", "both"])
@pytest.mark.parametrize(
    "answer",
    [
        whole(b"x" * 101),
        OK + b"Transfer-Encoding: chunked\r\n\r\n65\r\n" + b"x" * 101 + b"\r\n0\r\n\r\n",
        OK + b"Transfer-Encoding: chunked\r\n\r\nffffffff\r\n",
        (OK + b"\r\n" + b"x" * 101, "close"),
        # What counts is what comes out.
        packed(b"x" * 101),
        whole(zlib.compress(b"x" * 101), b"Content-Encoding: deflate"),
    ],
    ids=["length", "chunked", "chunk announced", "until the end", "gzip", "deflate"],
)
async def test_a_body_that_is_too_large(fetch, simple, answer, where):
    client = simple(max_body_size={"client": 100, "request": 1 << 20, "both": 10_000}[where])
    settings = {} if where == "client" else {"max_body_size": 100}
    with pytest.raises(BodyTooLargeError, match="100 bytes"):
        await fetch(answer, client, **settings)


async def test_a_body_of_exactly_the_limit(fetch, simple):
    for answer in (whole(b"x" * 100), packed(b"x" * 100), (OK + b"\r\n" + b"x" * 100, "close")):
        assert (await fetch(answer, simple(max_body_size=100))).body == b"x" * 100
        assert (await fetch(answer, simple(max_body_size=1), max_body_size=100)).body == b"x" * 100


async def test_a_bomb_unfolds_no_further_than_the_limit(fetch, simple):
    given = []
    with pytest.raises(BodyTooLargeError):
        await fetch(
            packed(bytes(50_000_000)),
            simple(max_body_size=200_000),
            streaming_callback=lambda piece: given.append(len(piece)),
        )
    assert sum(given) <= 200_000
    assert max(given) <= 65536


async def test_the_limit_holds_for_a_streamed_body(fetch, simple):
    given = []
    with pytest.raises(BodyTooLargeError):
        await fetch(
            (OK + b"\r\n" + b"x" * 100_000, "close"),
            simple(max_body_size=1000),
            streaming_callback=given.append,
        )
    assert sum(map(len, given)) <= 1000


@pytest.mark.parametrize(
    "head",
    [
        OK + b"X: " + b"y" * 2000 + b"\r\n\r\n",
        OK + b"X: " + b"y" * 2000,
        OK + b"X: y\r\n" * 200 + b"\r\n",
        b"HTTP/1.1 200 " + b"O" * 2000 + b"\r\n\r\n",
    ],
    ids=["field", "field without end", "many fields", "reason"],
)
async def test_a_head_that_is_too_large(fetch, simple, head):
    with pytest.raises(HTTPProtocolError, match="head of more than 1000 bytes"):
        await fetch(head, simple(max_header_size=1000))


async def test_too_many_fields(fetch):
    with pytest.raises(HTTPProtocolError, match="256 header lines"):
        await fetch(OK + b"X: y\r\n" * 257 + b"\r\n")


# -- decoding


async def test_a_decoded_body_says_what_it_was(fetch):
    response = await fetch(packed(b"hello" * 1000))
    assert response.body == b"hello" * 1000
    assert response.headers["X-Consumed-Content-Encoding"] == "gzip"
    assert "Content-Encoding" not in response.headers


async def test_codings_that_nobody_asked_to_undo(fetch):
    raw = gzip.compress(b"hello")
    response = await fetch(packed(b"hello"), decompress_response=False)
    assert response.body[:3] == raw[:3]
    assert response.headers["Content-Encoding"] == "gzip"
    response = await fetch(whole(b"?", b"Content-Encoding: rot13"))
    assert response.body == b"?"
    assert response.headers["Content-Encoding"] == "rot13"


@pytest.mark.parametrize(
    "spoil",
    [lambda d: d[:-4], lambda d: b"no gzip", lambda d: d + b"more"],
    ids=["torn", "another kind", "more behind it"],
)
async def test_a_body_that_is_not_what_its_header_says(fetch, spoil):
    data = spoil(gzip.compress(b"hello" * 100))
    with pytest.raises(HTTPDecodeError):
        await fetch(whole(data, b"Content-Encoding: gzip"))


# -- callbacks


async def test_a_streaming_callback(fetch):
    for answer in (whole(b"hello"), packed(b"hello"), (OK + b"\r\nhello", "close")):
        pieces = []
        response = await fetch(answer, streaming_callback=pieces.append)
        assert b"".join(pieces) == b"hello"
        assert response.body == b""


@pytest.mark.parametrize("encode", [whole, packed])
async def test_a_streaming_callback_holds_the_server_back(simple, scripted, encode):
    """While it waits, no more is read: the server has to wait too."""
    body = bytes(range(256)) * 40_000
    data = encode(body)
    go_on = asyncio.Event()
    pieces = []
    waiting = 0

    async def callback(piece):
        nonlocal waiting
        waiting += 1
        assert waiting == 1
        pieces.append(piece)
        await go_on.wait()
        waiting -= 1

    async def part(reader, writer):
        await reader.readuntil(b"\r\n\r\n")
        for at in range(0, len(data), 65536):
            writer.write(data[at : at + 65536])
            await writer.drain()
        await reader.read()

    server = await scripted(part)
    fetch = simple().fetch(f"http://127.0.0.1:{server.port}/", streaming_callback=callback)
    while not pieces:
        await asyncio.sleep(0.001)
    for _ in range(30):
        await asyncio.sleep(0.001)
    assert len(pieces) == 1
    go_on.set()
    await fetch
    assert b"".join(pieces) == body


async def test_a_callback_that_gives_up_slowly(simple, canned):
    async def failing(piece):
        await asyncio.sleep(0)
        raise ZeroDivisionError

    server = await canned(whole(b"hello"))
    with pytest.raises(ZeroDivisionError):
        await simple().fetch(f"http://127.0.0.1:{server.port}/", streaming_callback=failing)


async def test_a_fetch_is_canceled_while_its_callback_waits(simple, canned):
    begun = asyncio.Event()

    async def waiting(piece):
        begun.set()
        await asyncio.sleep(0.01)

    server = await canned(whole(b"hello"))
    client = simple()
    fetch = client.fetch(f"http://127.0.0.1:{server.port}/", streaming_callback=waiting)
    await begun.wait()
    fetch.cancel()
    with pytest.raises(asyncio.CancelledError):
        await fetch
    assert not client._pool.turns.running
    await asyncio.sleep(0.02)


async def test_a_connection_that_ends_while_a_callback_has_the_last_piece(simple, scripted):
    """The answer came early, and what is still sent resets the connection: it is whole even so."""

    async def part(reader, writer):
        await reader.readuntil(b"\r\n\r\n")
        writer.write(whole(b"enough"))

    stopped = asyncio.Event()
    pieces = []

    async def producer(write):
        try:
            while True:
                await write(b"x" * 1000)
                await asyncio.sleep(0.001)
        finally:
            stopped.set()

    async def callback(piece):
        pieces.append(piece)
        await stopped.wait()
        await asyncio.sleep(0.01)

    server = await scripted(part)
    response = await simple().fetch(
        f"http://127.0.0.1:{server.port}/",
        method="POST",
        body_producer=producer,
        streaming_callback=callback,
    )
    assert response.code == 200
    assert pieces == [b"enough"]


async def test_a_header_callback(fetch):
    lines = []
    await fetch(
        HINTS + b"HTTP/1.1 200 Fine\r\nA: 1\r\na: 2\r\nContent-Length: 0\r\n\r\n",
        header_callback=lines.append,
    )
    assert lines == [
        "HTTP/1.1 200 Fine\r\n",
        "A: 1\r\n",
        "A: 2\r\n",
        "Content-Length: 0\r\n",
        "\r\n",
    ]


async def test_the_body_of_a_redirect_is_nobodys(simple, canned):
    pieces, lines = [], []
    moved = b"HTTP/1.1 302 Found\r\nLocation: /b\r\nContent-Length: 5\r\n\r\nmoved"
    server = await canned(moved, whole(b"hello"))
    response = await simple().fetch(
        f"http://127.0.0.1:{server.port}/a",
        streaming_callback=pieces.append,
        header_callback=lines.append,
    )
    assert pieces == [b"hello"]
    assert [line for line in lines if line.startswith("HTTP/")] == [
        "HTTP/1.1 302 Found\r\n",
        "HTTP/1.1 200 OK\r\n",
    ]
    assert response.effective_url.endswith("/b")
    assert server.served == [2]


async def test_an_endless_body_of_a_redirect_is_not_read(simple, scripted):
    """A small one is, so that the connection can be used again."""

    async def part(reader, writer):
        while True:
            path = (await reader.readuntil(b"\r\n\r\n")).split()[1]
            moved = b"HTTP/1.1 302 Found\r\nLocation: /there\r\n"
            if path == b"/there":
                writer.write(whole(b"there"))
            elif path == b"/small":
                writer.write(moved + b"Content-Length: 200000\r\n\r\n" + b"x" * 200_000)
            else:
                writer.write(moved + b"Transfer-Encoding: chunked\r\n\r\n")
                while True:
                    writer.write(b"3e8\r\n" + b"x" * 1000 + b"\r\n")
                    await writer.drain()

    server = await scripted(part)
    client = simple()
    for path, connections in (("small", 1), ("endless", 2)):
        response = await client.fetch(f"http://127.0.0.1:{server.port}/{path}")
        assert response.body == b"there"
        assert server.connections == connections


async def test_the_loop_says_nothing_of_a_peers_mistakes(fetch, caplog):
    """They are in the error. A log line each would be the peer's way to fill a disk."""
    with caplog.at_level(logging.INFO), pytest.raises(HTTPProtocolError):
        await fetch(b"garbage\r\n\r\n")
    assert not [r for r in caplog.records if r.name.startswith("tornado")]
