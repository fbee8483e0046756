"""Whatever a server does with its connections, an answer reaches the request it belongs to."""

import asyncio
import random

import pytest

from tornado.httpclient import HTTPStreamClosedError


def answer(chance, path):
    """An answer whose body is the path, framed in one of the ways there are; whether the connection
    has to end with it."""
    way = chance.randrange(4)
    if way == 0:
        pieces = [path[at : at + 3] for at in range(0, len(path), 3)]
        chunks = b"".join(b"%x\r\n%b\r\n" % (len(piece), piece) for piece in pieces)
        return b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n%b0\r\n\r\n" % chunks, False
    if way == 1:
        return b"HTTP/1.1 200 OK\r\n\r\n" + path, True
    close = b"Connection: close\r\n" if way == 2 else b""
    head = b"HTTP/1.1 200 OK\r\n%bContent-Length: %d\r\n\r\n" % (close, len(path))
    return head + path, way == 2


@pytest.mark.parametrize("seed", range(6))
async def test_every_request_gets_its_own_answer(simple, scripted, seed):
    """Split anywhere, late, on connections that end without a word, or with words too many."""
    chance = random.Random(seed)

    async def part(reader, writer):
        while True:
            path = (await reader.readuntil(b"\r\n\r\n")).split()[1]
            data, ends = answer(chance, path)
            while data and not writer.is_closing():
                size = chance.choice([1, 5, 40, 1000])
                writer.write(data[:size])
                data = data[size:]
                if data and chance.random() < 0.3:
                    await asyncio.sleep(chance.choice([0, 0.001]))
            if ends or chance.random() < 0.1:
                return
            if chance.random() < 0.1:
                writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nfalse")

    server = await scripted(part)
    client = simple(max_clients=8, idle_timeout=0.01)
    paths = iter(range(400))
    wrong = []

    async def worker():
        for number in paths:
            path = f"/{number}-{'x' * chance.randrange(30)}"
            fetch = client.fetch(f"http://127.0.0.1:{server.port}{path}")
            if chance.random() < 0.1:
                await asyncio.sleep(chance.choice([0, 0.001]))
                fetch.cancel()
                continue
            response = await fetch
            if response.body != path.encode():
                wrong.append((path, response.body))

    await asyncio.gather(*[worker() for _ in range(12)])
    assert wrong == []
    assert not client._pool.turns.everybody()
    assert server.failures == []


async def test_posts_are_never_carried_out_twice(simple, scripted):
    """A server that drops one in three before it answers: some fail, none comes again."""
    chance = random.Random(7)
    came = []

    async def part(reader, writer):
        while True:
            head = await reader.readuntil(b"\r\n\r\n")
            came.append(head.split()[1].decode())
            if chance.random() < 0.3:
                return
            writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n")

    server = await scripted(part)
    client = simple()
    failed = 0
    for number in range(100):
        try:
            await client.fetch(f"http://127.0.0.1:{server.port}/{number}", method="POST", body=b"")
        except HTTPStreamClosedError:
            failed += 1
    assert came == [f"/{number}" for number in range(100)]
    assert 10 < failed < 60
