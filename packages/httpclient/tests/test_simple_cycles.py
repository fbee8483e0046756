"""A fetch that is done leaves nothing for the garbage collector. Counted with the collector off."""

import asyncio
import gc
import gzip
import logging

import pytest

from tornado.httpclient import HTTPClientError

OK = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"
ZIPPED = gzip.compress(b"hello" * 50_000)
GZIP = b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: %d\r\n\r\n" % len(ZIPPED)
MOVED = b"HTTP/1.1 302 Found\r\nLocation: /ok\r\nContent-Length: 0\r\n\r\n"
ANSWERS = {
    "/ok": OK,
    "/gzip": GZIP + ZIPPED,
    "/moved": MOVED,
    "/garbage": b"garbage\r\n\r\n",
    "/close": (OK, "close"),
    "/none": None,
    "/part": OK[:-1],
    "/error": b"HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n",
}


async def producer(write):
    await write(b"x")
    await asyncio.sleep(0)
    await write(b"y")


async def slow(piece):
    await asyncio.sleep(0)


def fails(piece):
    raise ZeroDivisionError


async def canceled(client, url):
    fetch = client.fetch(url)
    for _ in range(5):
        await asyncio.sleep(0)
    fetch.cancel()
    del fetch


async def get(client, url, **settings):
    try:
        await client.fetch(url, **settings)
    except (HTTPClientError, ZeroDivisionError, OSError) as error:
        # As a program's last frame has it: a traceback is not a leak of ours.
        error.__traceback__ = None


SCENARIOS = {
    "get": lambda client, at: get(client, at + "/ok"),
    "post": lambda client, at: get(client, at + "/ok", method="POST", body=b"x"),
    "produced": lambda client, at: get(client, at + "/ok", method="PUT", body_producer=producer),
    "gzip": lambda client, at: get(client, at + "/gzip"),
    "streamed": lambda client, at: get(client, at + "/gzip", streaming_callback=slow),
    "callback fails": lambda client, at: get(client, at + "/ok", streaming_callback=fails),
    "redirect": lambda client, at: get(client, at + "/moved"),
    "error": lambda client, at: get(client, at + "/error"),
    "garbage": lambda client, at: get(client, at + "/garbage"),
    "closed": lambda client, at: get(client, at + "/close"),
    "no answer": lambda client, at: get(client, at + "/none"),
    "too late": lambda client, at: get(client, at + "/part", request_timeout=0.01),
    "canceled": lambda client, at: canceled(client, at + "/part"),
    "refused": lambda client, at: get(client, "http://127.0.0.1:1/"),
    "several": lambda client, at: asyncio.gather(*[get(client, at + "/ok") for _ in range(20)]),
}


@pytest.fixture
def no_log():
    """A record that a handler keeps would keep the frames of a traceback too."""
    logging.disable()
    yield
    logging.disable(logging.NOTSET)


@pytest.mark.usefixtures("no_log")
@pytest.mark.parametrize("scenario", SCENARIOS.values(), ids=SCENARIOS)
async def test_nothing_is_left(scenario, simple, scripted):
    async def part(reader, writer):
        while True:
            head = await reader.readuntil(b"\r\n\r\n")
            if b"POST" in head:
                await reader.readexactly(1)
            elif b"PUT" in head:
                await reader.readuntil(b"0\r\n\r\n")
            answer = ANSWERS[head.split()[1].decode()]
            if answer is None or isinstance(answer, tuple):
                writer.write(answer[0] if answer else b"")
                return
            writer.write(answer)

    server = await scripted(part)
    client = simple()
    url = f"http://127.0.0.1:{server.port}"
    await get(client, url + "/ok")
    gc.disable()
    try:
        for times in (1, 3):  # what is made on first use is no garbage
            gc.collect()
            for _ in range(times):
                await scenario(client, url)
            await asyncio.sleep(0.02)
        left = gc.collect()
        assert left == 0
    finally:
        gc.enable()
