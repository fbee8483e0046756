"""What the program's callbacks can do to a fetch: end it, be in its way, fail in odd manners."""

import asyncio
import gzip

import pytest

from tornado.httpclient import HTTPTimeoutError

OK = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"
ZIPPED = gzip.compress(bytes(1_000_000))
GZIP = b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: %d\r\n\r\n" % len(ZIPPED)


@pytest.fixture
def url(raw):
    """``await url(answer)``: of a server that gives this answer to all requests."""

    async def start(answer):
        async def part(server, reader, writer):
            while await reader.readuntil(b"\r\n\r\n"):
                writer.write(answer)

        return (await raw(part)).url

    return start


async def test_no_piece_follows_when_the_fetch_is_canceled(url, make):
    pieces = []

    def callback(piece):
        pieces.append(piece)
        fetch.cancel()

    fetch = make().fetch(await url(GZIP + ZIPPED), streaming_callback=callback)
    with pytest.raises(asyncio.CancelledError):
        await fetch
    assert len(pieces) == 1


async def test_what_a_callback_does_ends_with_the_fetch(url, make):
    pieces, ended = [], asyncio.Event()

    async def callback(piece):
        pieces.append(piece)
        try:
            await asyncio.Event().wait()
        finally:
            ended.set()

    with pytest.raises(HTTPTimeoutError):
        await make().fetch(
            await url(GZIP + ZIPPED), streaming_callback=callback, request_timeout=0.1
        )
    await ended.wait()
    await asyncio.sleep(0.01)
    assert len(pieces) == 1


async def canceled_later(_):
    raise asyncio.CancelledError


def canceled(_):
    raise asyncio.CancelledError


def stopped(_):
    next(iter(()))


@pytest.mark.parametrize("answer", [OK, GZIP + ZIPPED], ids=["plain", "gzip"])
@pytest.mark.parametrize("callback", [canceled_later, canceled, stopped])
async def test_a_callback_that_ends_like_that_fails_the_fetch(url, make, callback, answer):
    """Nobody has canceled who awaits the fetch, and a future does not take a StopIteration."""
    client = make()
    with pytest.raises(RuntimeError, match=r"ended by (CancelledError|StopIteration)"):
        await client.fetch(await url(answer), streaming_callback=callback)


@pytest.mark.parametrize("callback", [canceled_later, canceled, stopped])
async def test_so_does_a_producer(url, make, callback):
    with pytest.raises(RuntimeError, match=r"ended by (CancelledError|StopIteration)"):
        await make().fetch(await url(OK), method="POST", body_producer=callback)


@pytest.mark.parametrize("callback", [canceled, stopped])
async def test_so_does_a_header_callback(url, make, callback):
    with pytest.raises(RuntimeError, match=r"ended by (CancelledError|StopIteration)"):
        await make().fetch(await url(OK), header_callback=callback)


async def test_a_header_callback_that_cancels(url, make):
    lines = []

    def callback(line):
        lines.append(line)
        if line == "\r\n":
            fetch.cancel()

    client = make()
    fetch = client.fetch(
        await url(GZIP + ZIPPED),
        header_callback=callback,
        streaming_callback=lines.append,
        body_timeout=300,
    )
    with pytest.raises(asyncio.CancelledError):
        await fetch
    assert lines[-1] == "\r\n"
    await asyncio.sleep(0.01)
    assert lines[-1] == "\r\n"
    timers = asyncio.get_running_loop()._scheduled
    assert not [one for one in timers if "_too_late" in str(one) and not one.cancelled()]


async def test_a_fetch_within_a_callback_has_to_wait_for_its_turn(url, make):
    """With one place, which the outer one has: the inner one's time passes, nothing hangs."""
    client = make(max_clients=1)
    at = await url(OK)

    async def callback(piece):
        await client.fetch(at, queue_timeout=0.05)

    with pytest.raises(HTTPTimeoutError, match="queue_timeout"):
        await client.fetch(at, streaming_callback=callback)
    assert (await client.fetch(at)).body == b"ok"


async def test_closing_a_client_ends_what_would_be_tried_again(raw, make):
    async def silent(server, reader, writer):
        await reader.read()

    client = make()
    fetch = client.fetch((await raw(silent)).url, retries=3)
    await asyncio.sleep(0.05)
    client.close()
    with pytest.raises(Exception, match="client was closed"):
        await asyncio.wait_for(fetch, 0.2)


async def test_closing_a_client_ends_what_waits_to_be_tried_again(url, make):
    client = make()
    answer = b"HTTP/1.1 503 Busy\r\nRetry-After: 10\r\nContent-Length: 0\r\n\r\n"
    fetch = client.fetch(await url(answer), retries=3)
    while not client._waiting:
        await asyncio.sleep(0.001)
    client.close()
    with pytest.raises(Exception, match="client was closed"):
        await asyncio.wait_for(fetch, 0.2)
    assert not client._waiting


@pytest.mark.parametrize("streamed", [False, True])
async def test_the_body_of_an_answer_that_wants_too_long_a_wait(url, make, streamed):
    """It is final, though there are retries left."""
    at = await url(b"HTTP/1.1 503 Busy\r\nRetry-After: 60\r\nContent-Length: 4\r\n\r\nbusy")
    pieces = []
    response = await make().fetch(
        at,
        retries=3,
        raise_error=False,
        streaming_callback=pieces.append if streamed else None,
    )
    assert response.code == 503
    assert (b"".join(pieces) if streamed else response.body) == b"busy"
