"""Whole sessions at random: WebSockets between our client and our server, and fetches from a server
of many moods. What a seed decides can differ in its timing from run to run; what must hold, holds.
"""

import asyncio
import random
import re

import pytest

from tornado.httpclient import AsyncHTTPClient, HTTPClientError
from tornado.web import Application
from tornado.websocket import WebSocketClosedError, WebSocketHandler, websocket_connect

SESSIONS = 60
FETCHES = 300
AT_ONCE = 10


async def in_turns(sessions):
    """Runs coroutines, so many at once."""
    turns = asyncio.Semaphore(AT_ONCE)

    async def run(session):
        async with turns, asyncio.timeout(30):
            await session

    await asyncio.gather(*map(run, sessions))


# -- WebSockets


class Echo(WebSocketHandler):
    """Sends everything back, at once or after a while; ``bye`` closes."""

    busy = False

    def initialize(self, slow, compressed, ends):
        self.slow = slow
        self.compressed = compressed
        self.ends = ends

    def get_compression_options(self):
        return {} if self.compressed else None

    def open(self):
        self.ends[self] = 0

    def on_message(self, message):
        assert not self.busy, "one message at a time"
        return self.answer_later(message) if self.slow else self.answer(message)

    async def answer_later(self, message):
        self.busy = True
        await asyncio.sleep(random.choice([0, 0, 0.001]))
        self.busy = False
        done = self.answer(message)
        if done is not None:
            await done

    def answer(self, message):
        if message == "bye":
            self.close(4000, "bye")
            return None
        return self.write_message(message, binary=isinstance(message, bytes))

    def on_close(self):
        self.ends[self] += 1


def a_message(rng, number):
    size = rng.choice([0, 1, 120, 130, 5000, 70_000])
    return f"{number}\u00e9" + "x" * size if rng.random() < 0.6 else b"%d" % number + bytes(size)


async def one_websocket(url, rng):
    compression = rng.choice([None, {}, {"server_no_context_takeover": True}])
    connection = await websocket_connect(url, compression_options=compression)
    end = rng.choice(["bye", "close", "close", "abort", "give up"])
    received = []

    async def read():
        async for message in connection:
            received.append(message)
            if rng.random() < 0.05:
                await asyncio.sleep(0.001)

    reader = asyncio.create_task(read())
    sent = [a_message(rng, number) for number in range(rng.randrange(60))]
    for message in sent:
        done = connection.write_message(message, binary=isinstance(message, bytes))
        if rng.random() < 0.3:
            await done
        if rng.random() < 0.05:
            connection.ping(b"ping")
    if end == "bye":
        connection.write_message("bye")
    elif end == "abort":
        connection.protocol.stream.close()
    else:
        connection.close(1000)
    if end == "give up":
        reader.cancel()
        await asyncio.gather(reader, return_exceptions=True)
        async with connection:
            pass
    else:
        await reader
    assert received == sent[: len(received)], "in order, without gaps"
    if end in ("bye", "close"):
        assert len(received) == len(sent)
        assert connection.close_code == (4000 if end == "bye" else 1000)
    with pytest.raises(WebSocketClosedError):
        await connection.write_message("too late")


@pytest.mark.parametrize("seed", [1, 2])
async def test_websockets(seed):
    rng, ends = random.Random(seed), {}
    kinds = [(slow, compressed) for slow in (False, True) for compressed in (False, True)]
    application = Application(
        [
            (f"/{number}", Echo, {"slow": slow, "compressed": compressed, "ends": ends})
            for number, (slow, compressed) in enumerate(kinds)
        ]
    )
    server = application.listen(0, "127.0.0.1")
    port = next(iter(server._sockets.values())).getsockname()[1]
    urls = [f"ws://127.0.0.1:{port}/{rng.randrange(len(kinds))}" for _ in range(SESSIONS)]
    await in_turns([one_websocket(url, rng) for url in urls])
    await server.drain(10)
    assert list(ends.values()) == [1] * SESSIONS, "each was told of its end, once"


# -- Fetches


def moods(body):
    """What the server may answer; without ``CLOSE`` at the end the connection stays open."""
    length = b"Content-Length: %d\r\n" % len(body)
    chunked = b"".join(b"%x\r\n%b\r\n" % (len(body), body) for body in (body[:7], body[7:]) if body)
    ok = b"HTTP/1.1 200 OK\r\n"
    usual = ok + length + b"\r\n" + body
    return [
        *[usual] * 6,
        usual + b"CLOSE",
        usual + b"and more",
        ok + b"Connection: close\r\n" + length + b"\r\n" + body + b"CLOSE",
        ok + b"Transfer-Encoding: chunked\r\n\r\n" + chunked + b"0\r\n\r\n",
        ok + b"\r\n" + body + b"CLOSE",
        ok + b"Content-Length: 100000\r\n\r\n" + body + b"CLOSE",
        b"HTTP/1.1 103 Hints\r\n\r\nHTTP/1.1 500 No\r\n" + length + b"\r\n" + body,
        b"HTTP/1.1 302 Found\r\nLocation: %b\r\n" + length + b"\r\n" + body,
        b"HTTP/1.1 204 Nothing\r\n\r\n",
        b"HTTP/9\r\n\r\n",
        b"CLOSE",
        b"RESET",
        b"",
    ]


async def moody(reader, writer):
    try:
        while True:
            head = await reader.readuntil(b"\r\n\r\n")
            path = head.split(b" ")[1]
            if length := re.search(rb"(?i)content-length: (\d+)", head):
                await reader.readexactly(int(length[1]))
            elif b"chunked" in head:
                await reader.readuntil(b"0\r\n\r\n")
            answer = random.choice(moods(path * random.choice([1, 1, 500])))
            answer = answer.replace(b"%b", path)
            if answer == b"RESET":
                writer.transport.abort()
                return
            writer.write(answer.removesuffix(b"CLOSE"))
            await writer.drain()
            if answer.endswith(b"CLOSE"):
                return
    except (asyncio.IncompleteReadError, ConnectionError):
        pass
    finally:
        writer.close()


async def one_fetch(client, url, rng):
    pieces = []
    settings = {"raise_error": False, "request_timeout": 0.5}
    if rng.random() < 0.3:
        settings |= {"method": "POST", "body": "x" * rng.choice([0, 10, 200_000])}
    elif rng.random() < 0.2:

        async def produce(write):
            for _ in range(3):
                await write(b"y" * 20_000)

        settings |= {"method": "PUT", "body_producer": produce}
    streamed = rng.random() < 0.3
    if streamed:
        settings["streaming_callback"] = pieces.append
    fetch = asyncio.ensure_future(client.fetch(url, **settings))
    if rng.random() < 0.1:
        asyncio.get_running_loop().call_later(rng.random() * 0.01, fetch.cancel)
    try:
        response = await fetch
    except (HTTPClientError, asyncio.CancelledError):
        return 0
    body = b"".join(pieces) if streamed else response.body
    path = url.encode()[url.encode().index(b"/", 8) :]
    if response.code in (200, 500):
        assert set(body.split(path)) == {b""}, "nobody else's answer"
    return 1


@pytest.mark.parametrize("engine", ["simple", "curl"])
async def test_fetches(engine):
    if engine == "curl":
        pytest.importorskip("pycurl")
        from tornado.curl_httpclient import CurlAsyncHTTPClient as Client
    else:
        from tornado.simple_httpclient import SimpleAsyncHTTPClient as Client
    rng, good, talks = random.Random(engine), [], []

    def accepted(reader, writer):
        # A task of its own: asyncio of 3.12.1 reports one that is cancelled at the end.
        talks.append(asyncio.ensure_future(moody(reader, writer)))

    server = await asyncio.start_server(accepted, "127.0.0.1", 0, limit=2**22)
    host, port = server.sockets[0].getsockname()

    async def fetch(number):
        good.append(await one_fetch(client, f"http://{host}:{port}/{number}.", rng))

    assert issubclass(Client, AsyncHTTPClient)
    async with Client(force_instance=True, max_clients=7) as client:
        await in_turns([fetch(number) for number in range(FETCHES)])
        # All places are free again: nobody waits for one.
        url, settings = f"http://{host}:{port}/last.", {"request_timeout": 0.5}
        last = [client.fetch(url, queue_timeout=0.01, **settings) for _ in range(7)]
        for error in await asyncio.gather(*last, return_exceptions=True):
            assert "queue_timeout" not in str(error)
    server.close()
    assert sum(good) > FETCHES / 3
