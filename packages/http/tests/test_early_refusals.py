"""What can be refused before its end is: nobody waits for a deadline to hear of it."""

import asyncio

import pytest

START = b"POST / HTTP/1.1\r\nHost: a\r\n"


@pytest.mark.parametrize(
    "pieces",
    [
        [b"GET / HTTP/1.1\nHost: a\n\n"],
        [b"GET / HTTP/1.1\r\nHost: a\n"],
        [b"GET / HTTP/1.1\r\nHo", b"st: a\n"],
        [b"GET / HTTP/1.1\r\nHost: a", b"\n"],
    ],
)
async def test_a_line_that_ends_with_a_bare_lf(serve, connect, pieces):
    client = await connect(serve())
    for piece in pieces:
        client.send(piece)
        await client.writer.drain()
    status, _, body = await client.response()
    assert status == 400
    assert b"LF" in body
    assert await client.rest() == b""


async def test_crlf_may_come_in_two_pieces(serve, connect):
    server = serve()
    client = await connect(server)
    sent = b""
    for piece in (b"GET / HTTP/1.1\r", b"\nHost: a\r", b"\n\r"):
        client.send(piece)
        sent += piece
        while not server.connections or server.connections[0]._ahead != sent:
            await asyncio.sleep(0.001)  # until it is there, and alone
    client.send(b"\n")
    assert (await client.response())[0] == 200


@pytest.mark.parametrize("size", [b"65", b"ffffffffffffffff"])
async def test_a_chunk_that_announces_too_much(serve, connect, size):
    client = await connect(serve(max_body_size=100))
    client.send(START + b"Transfer-Encoding: chunked\r\n\r\n" + size + b"\r\n")
    assert (await client.response())[0] == 413
    assert await client.rest() == b""


async def test_chunks_up_to_the_limit(serve, connect):
    client = await connect(serve(max_body_size=100))
    chunk = b"32\r\n" + b"x" * 50 + b"\r\n"
    client.send(START + b"Transfer-Encoding: chunked\r\n\r\n" + chunk * 2 + b"0\r\n\r\n")
    assert (await client.response())[0] == 200
    client.send(START + b"Transfer-Encoding: chunked\r\n\r\n" + chunk * 2 + b"1\r\n")
    assert (await client.response())[0] == 413


async def test_an_expectation_without_a_body_keeps_the_connection(serve, connect):
    client = await connect(serve())
    for _ in range(2):
        client.send(b"GET / HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\n\r\n")
        status, headers, _ = await client.response()
        assert status == 200
        assert "connection" not in headers
