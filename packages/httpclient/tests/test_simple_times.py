"""Time limits, each with its name; the queue; the end of a client."""

import asyncio
import gc
import logging
import os
import socket
import subprocess
import sys
import threading

import pytest

from tornado.httpclient import (
    AsyncHTTPClient,
    HTTPStreamClosedError,
    HTTPTimeoutError,
    Phase,
)
from tornado.simple_httpclient import SimpleAsyncHTTPClient

OK = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"


@pytest.fixture
def silent(scripted):
    """``await silent(b"...")``: a server that sends that much of its answer, and waits."""

    async def start(answer=b"", **options):
        async def part(reader, writer):
            await reader.readuntil(b"\r\n\r\n")
            writer.write(answer)
            await reader.read()

        return await scripted(part, **options)

    return start


async def failure(fetch):
    with pytest.raises(HTTPTimeoutError) as caught:
        await fetch
    assert caught.value.code == 599
    return caught.value


@pytest.mark.parametrize(
    ("answer", "setting", "phase", "message"),
    [
        (b"", "request_timeout", Phase.TOTAL, "no complete response from {} within 0.02 s"),
        (b"HTTP/1.1 200", "headers_timeout", Phase.HEADERS, "no response headers from {} within"),
        (b"", "headers_timeout", Phase.HEADERS, "no response headers"),
        (OK[:-1], "body_timeout", Phase.BODY, "no complete body from {} within 0.02 s"),
        (OK[:-1], "request_timeout", Phase.TOTAL, "no complete response"),
    ],
)
async def test_limits_tell_themselves_apart(simple, silent, answer, setting, phase, message):
    server = await silent(answer)
    error = await failure(simple().fetch(f"http://127.0.0.1:{server.port}/", **{setting: 0.02}))
    assert error.phase is phase
    assert str(error).startswith(message.format(f"127.0.0.1:{server.port}"))
    assert setting in str(error)


async def test_limits_that_are_switched_off_or_not_reached(simple, canned):
    server = await canned(OK)
    url = f"http://127.0.0.1:{server.port}/"
    client = simple()
    await client.fetch(url, request_timeout=0, connect_timeout=0, queue_timeout=0)
    await client.fetch(url, headers_timeout=5, body_timeout=5)
    await client.fetch(url, method="POST", body=b"x" * 1_000_000, headers_timeout=5)
    assert client._pool.loop.time() > 0
    assert not client._pool.turns.running


@pytest.mark.parametrize(
    ("limits", "phase"),
    [
        ({"headers_timeout": 5, "request_timeout": 0.02}, Phase.TOTAL),
        ({"headers_timeout": 0.02, "request_timeout": 5}, Phase.HEADERS),
        ({"headers_timeout": 0.02, "body_timeout": 0.01}, Phase.HEADERS),
    ],
)
async def test_the_limit_that_is_due_first_counts(simple, silent, limits, phase):
    server = await silent()
    error = await failure(simple().fetch(f"http://127.0.0.1:{server.port}/", **limits))
    assert error.phase is phase


async def test_the_whole_is_limited_in_the_body_too(simple, silent):
    server = await silent(OK[:-1])
    error = await failure(
        simple().fetch(
            f"http://127.0.0.1:{server.port}/",
            request_timeout=0.05,
            headers_timeout=5,
            body_timeout=5,
        )
    )
    assert error.phase is Phase.TOTAL


async def test_no_connection_in_time(simple):
    """A listener whose queue is full answers nobody."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen(0)
        address = listener.getsockname()
        fillers = []
        for _ in range(4):
            filler = socket.socket()
            filler.setblocking(False)
            filler.connect_ex(address)
            fillers.append(filler)
        url = f"http://127.0.0.1:{address[1]}/"
        error = await failure(simple().fetch(url, connect_timeout=0.05))
        assert (error.phase, "connect_timeout" in str(error)) == (Phase.CONNECT, True)
        error = await failure(simple().fetch(url, connect_timeout=5, request_timeout=0.05))
        assert error.phase is Phase.TOTAL
        for filler in fillers:
            filler.close()


async def test_no_handshake_in_time(simple, scripted):
    async def part(reader, writer):
        await reader.read()

    server = await scripted(part)
    for setting in ({"tls_timeout": 0.02}, {"connect_timeout": 0.3}):
        error = await failure(simple().fetch(f"https://127.0.0.1:{server.port}/", **setting))
        assert error.phase is Phase.TLS


# -- the queue


async def test_waiting_for_a_turn_is_limited(simple, silent, caplog):
    server = await silent()
    url = f"http://127.0.0.1:{server.port}/"
    client = simple(max_clients=1)
    with caplog.at_level(logging.DEBUG, "tornado.general"):
        running = client.fetch(url)
        ahead = client.fetch(url)
        error = await failure(client.fetch(url, queue_timeout=0.02))
    assert error.phase is Phase.QUEUE
    assert "within 0.02 s (queue_timeout): 1 requests were running, 1 were ahead" in str(error)
    queued = [record for record in caplog.records if "waits for its turn" in record.message]
    assert [record.levelname for record in queued] == ["INFO", "DEBUG"]
    assert "1 are running, 2 are waiting (max_clients=1)" in queued[1].message
    for fetch in (running, ahead):
        fetch.cancel()


async def test_without_a_limit_of_its_own_the_queue_has_that_of_connecting(simple, silent):
    server = await silent()
    url = f"http://127.0.0.1:{server.port}/"
    client = simple(max_clients=1)
    running = client.fetch(url)
    for settings in ({"connect_timeout": 0.02}, {"request_timeout": 0.02}):
        assert (await failure(client.fetch(url, **settings))).phase is Phase.QUEUE
    running.cancel()


async def test_time_in_the_queue_is_not_the_requests(simple, scripted):
    """The limits of a request begin when its turn comes."""
    go_on = asyncio.Event()

    async def part(reader, writer):
        while await reader.readuntil(b"\r\n\r\n"):
            await go_on.wait()
            writer.write(OK)

    server = await scripted(part)
    url = f"http://127.0.0.1:{server.port}/"
    client = simple(max_clients=1)
    first = client.fetch(url)
    second = client.fetch(url, request_timeout=5, queue_timeout=0)
    await asyncio.sleep(0.02)
    go_on.set()
    await first
    response = await second
    assert response.time_info["queue"] >= 0.02
    assert response.request_time == response.time_info["total"]
    assert response.start_time > (await first).start_time


async def test_queued_requests_can_be_canceled(simple, silent, canned):
    stuck, quick = await silent(), await canned(OK)
    client = simple(max_clients=1)
    first = client.fetch(f"http://127.0.0.1:{stuck.port}/")
    queued = [client.fetch(f"http://127.0.0.1:{quick.port}/{n}") for n in range(4)]
    for number in (0, 2):
        queued[number].cancel()
    first.cancel()
    assert [(await queued[number]).code for number in (1, 3)] == [200, 200]
    assert [request.split()[1] for request in quick.received] == [b"/1", b"/3"]


async def test_places_that_fail_go_to_the_next(simple, silent, canned):
    """Whatever the end of an exchange: the place is free, and somebody's."""
    server = await canned(None, OK)
    url = f"http://127.0.0.1:{server.port}/"
    client = simple(max_clients=1)
    with socket.create_server(("127.0.0.1", 0)) as nobody:
        refused = f"http://127.0.0.1:{nobody.getsockname()[1]}/"
    urls = [url, refused, url, refused, url]
    ends = await asyncio.gather(*map(client.fetch, urls), return_exceptions=True)
    assert isinstance(ends[0], HTTPStreamClosedError)
    assert isinstance(ends[1], ConnectionRefusedError)
    assert [getattr(end, "code", None) for end in ends] == [599, 599, 200, 599, 200]


async def test_a_limit_for_each_host(simple, silent, canned):
    slow, quick = await silent(), await canned(OK)
    client = simple(max_clients=10, max_clients_per_host=2)
    stuck = [client.fetch(f"http://127.0.0.1:{slow.port}/") for _ in range(5)]
    for _ in range(3):
        await client.fetch(f"http://127.0.0.1:{quick.port}/")
    assert (len(client._pool.turns.running), client._pool.turns.waiting) == (2, 3)
    for fetch in stuck:
        fetch.cancel()


async def test_max_clients_can_be_changed(simple, silent):
    server = await silent()
    client = simple(max_clients=1)
    fetches = [client.fetch(f"http://127.0.0.1:{server.port}/") for _ in range(4)]
    client.max_clients = 3
    assert client.max_clients == 3
    assert (len(client._pool.turns.running), client._pool.turns.waiting) == (3, 1)
    with pytest.raises(ValueError, match="max_clients must be at least 1, got 0"):
        client.max_clients = 0
    for fetch in fetches:
        fetch.cancel()


# -- the end of a client


async def test_what_is_under_way_fails_when_the_client_is_closed(silent):
    server = await silent(OK[:-1])
    url = f"http://127.0.0.1:{server.port}/"
    client = SimpleAsyncHTTPClient(force_instance=True, max_clients=2)
    fetches = [client.fetch(url) for _ in range(3)]
    while server.connections < 2:
        await asyncio.sleep(0.001)
    client.close()
    client.close()
    for fetch in fetches:
        with pytest.raises(HTTPStreamClosedError, match="client was closed"):
            await fetch
    with pytest.raises(RuntimeError, match="closed"):
        client.fetch(url)


async def test_closing_closes_idle_connections(canned, scripted):
    ended = asyncio.Event()

    async def part(reader, writer):
        await reader.readuntil(b"\r\n\r\n")
        writer.write(OK)
        assert await reader.read() == b""
        ended.set()

    server = await scripted(part)
    async with SimpleAsyncHTTPClient(force_instance=True) as client:
        await client.fetch(f"http://127.0.0.1:{server.port}/")
    await ended.wait()
    assert client._pool._timer is None


def test_a_client_that_is_forgotten_closes_its_connections():
    """The usual program: nobody closes the client that the loop shares. Its connections end with
    it, not by the garbage collector's complaint about sockets."""
    ends = []

    def serve():
        connection, _ = server.accept()
        with connection:
            connection.recv(65536)
            connection.sendall(OK)
            ends.append(connection.recv(65536))

    async def main():
        await AsyncHTTPClient().fetch(f"http://127.0.0.1:{server.getsockname()[1]}/")

    with socket.create_server(("127.0.0.1", 0)) as server:
        thread = threading.Thread(target=serve)
        thread.start()
        asyncio.run(main())
        gc.collect()
        thread.join(5)
    assert ends == [b""]


async def test_a_client_that_is_forgotten_while_its_loop_goes_on(canned):
    """The loop watches what the client has kept: a number that is closed behind its back would be
    that of the next connection."""
    server = await canned(OK)
    url = f"http://127.0.0.1:{server.port}/"
    for _ in range(4):
        await SimpleAsyncHTTPClient(force_instance=True).fetch(url)
        gc.collect()
        await asyncio.sleep(0.01)
    watched = asyncio.get_running_loop()._selector.get_map().values()
    ours = [
        key for key in watched if "Connection" in repr(key.data) or "IOStream" in repr(key.data)
    ]
    assert ours == []


FORKS = """
import asyncio, os, sys
from tornado.simple_httpclient import SimpleAsyncHTTPClient

async def answer(reader, writer):
    await reader.readuntil(b"\\r\\n\\r\\n")
    writer.write(b"HTTP/1.1 200 OK\\r\\nContent-Length: 0\\r\\n\\r\\n")
    await closing.wait()
    writer.close()

async def fetch():
    server = await asyncio.start_server(answer, "127.0.0.1", 0)
    await client.fetch("http://127.0.0.1:%d/" % server.sockets[0].getsockname()[1])
    return server

async def notice():
    closing.set()
    while len(client._pool.idle):
        await asyncio.sleep(0.001)

loop = asyncio.new_event_loop()
asyncio.set_event_loop(loop)
closing = asyncio.Event()
client = SimpleAsyncHTTPClient(force_instance=True)
server = loop.run_until_complete(fetch())
child = os.fork()
if child:
    assert os.waitpid(child, 0)[1] == 0
    loop.run_until_complete(asyncio.wait_for(notice(), 5))
    client.close()
    server.close()
    print("noticed")
"""


@pytest.mark.skipif(not hasattr(os, "fork"), reason="there is no fork")
def test_a_child_that_ends_leaves_the_connections_of_its_parent_alone():
    """They share what the loop watches."""
    ran = subprocess.run([sys.executable, "-c", FORKS], capture_output=True, text=True, check=False)
    assert ran.stdout == "noticed\n", ran.stderr


@pytest.mark.parametrize("numbers", [{"idle_timeout": -1}, {"max_idle": -1}, {"max_clients": 0}])
async def test_settings_that_make_no_sense(numbers):
    with pytest.raises(ValueError, match=next(iter(numbers))):
        SimpleAsyncHTTPClient(force_instance=True, **numbers)
