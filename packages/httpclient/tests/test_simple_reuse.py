"""Which connection a request goes on: a kept one, and above all when not."""

import asyncio
import logging
import ssl

import pytest

from tornado.httpclient import HTTPStreamClosedError

OK = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"


async def until(condition):
    while not condition():
        await asyncio.sleep(0.001)


async def test_one_connection_for_one_after_another(simple, canned):
    client = simple()
    server = await canned(OK)
    for _ in range(5):
        response = await client.fetch(f"http://127.0.0.1:{server.port}/")
        assert response.body == b"ok"
    assert server.served == [5]
    # Nothing about the connection is said: HTTP/1.1 keeps it by itself (RFC 9112 section 9.3).
    assert b"Connection" not in server.received[-1]
    assert response.time_info.keys() == {"queue", "starttransfer", "total"}


async def test_as_many_connections_as_are_needed_at_once(simple, canned):
    client = simple()
    server = await canned(OK)
    url = f"http://127.0.0.1:{server.port}/"
    for _ in range(3):
        await asyncio.gather(*[client.fetch(url) for _ in range(4)])
    assert len(server.served) == 4
    assert sum(server.served) == 12


# -- the whole way has to be the same


@pytest.mark.parametrize(
    ("first", "second"),
    [
        ({}, {"network_interface": "127.0.0.2"}),
        ({"network_interface": "127.0.0.2"}, {"network_interface": "127.0.0.3"}),
        ({}, {"allow_ipv6": False}),
        ({}, {"proxy": "proxy"}),
        ({"proxy": "proxy"}, {"proxy": "user:secret@proxy"}),
        ({"proxy": "user:secret@proxy"}, {"proxy": "user:other@proxy"}),
        ({"proxy": "user:secret@proxy"}, {"proxy": "else:secret@proxy"}),
    ],
)
async def test_another_way_is_another_connection(simple, canned, first, second):
    client = simple()
    server = await canned(OK)

    async def fetch(settings):
        if "proxy" in settings:  # a server that is its own proxy sees every way
            proxy = settings["proxy"].replace("proxy", f"127.0.0.1:{server.port}")
            settings = {"proxy": f"http://{proxy}"}
        await client.fetch(f"http://127.0.0.1:{server.port}/", **settings)

    await fetch(first)
    await fetch(second)
    assert server.served == [1, 1]
    await fetch(first)
    await fetch(second)
    assert server.served == [2, 2]


async def test_another_host_or_port_is_another_connection(simple, canned):
    one, two = await canned(OK), await canned(OK)
    mapping = {"a.example": "127.0.0.1", "b.example": "127.0.0.1"}
    client = simple(hostname_mapping=mapping)
    for _ in range(2):
        for host in mapping:
            for server in (one, two):
                await client.fetch(f"http://{host}:{server.port}/")
    assert one.served == two.served == [2, 2]


async def test_another_local_socket_is_another_connection(simple, canned, tmp_path):
    client = simple()
    for name in ("one", "two"):
        server = await canned(OK, path=str(tmp_path / name))
        for _ in range(2):
            await client.fetch("http://example.com/", unix_socket=server.path)
        assert server.served == [2]


async def test_the_settings_of_tls_are_part_of_the_way(simple, canned, certificates):
    """A connection with a client certificate is not for a request that has none, nor one that was
    made without looking at the server's certificate for one that wants it looked at."""
    client = simple()
    server = await canned(OK, ssl=certificates.server())
    contexts = [ssl.create_default_context(cafile=certificates.authority) for _ in range(2)]
    trusting = {"ca_certs": certificates.authority}
    cert, key = certificates.cert("client"), certificates.key("client")
    ways = [
        {"validate_cert": False},
        trusting,
        {**trusting, "client_cert": cert, "client_key": key},
        {
            **trusting,
            "client_cert": certificates.cert("good"),
            "client_key": certificates.key("good"),
        },
        {"ssl_options": contexts[0]},
        {"ssl_options": contexts[1]},
    ]
    for _ in range(2):
        for way in ways:
            await client.fetch(f"https://localhost:{server.port}/", **way)
    assert server.served == [2] * len(ways)
    assert server.failures == []


async def test_cleartext_and_tls_are_never_one_connection(simple, canned, certificates):
    client = simple()
    server = await canned(OK, ssl=certificates.server())
    url = f"localhost:{server.port}/"
    await client.fetch("https://" + url, validate_cert=False)
    with pytest.raises(HTTPStreamClosedError):
        await client.fetch("http://" + url)
    assert server.served == [1]


# -- what ends a connection


@pytest.mark.parametrize(
    "answer",
    [
        b"HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 2\r\n\r\nok",
        b"HTTP/1.1 200 OK\r\nConnection: x, Close\r\nContent-Length: 2\r\n\r\nok",
        b"HTTP/1.0 200 OK\r\nContent-Length: 2\r\n\r\nok",
        # RFC 9112 section 6.1: a transfer coding in HTTP/1.0 is a faulty framing
        b"HTTP/1.0 200 OK\r\nConnection: keep-alive\r\nTransfer-Encoding: chunked\r\n\r\n"
        b"2\r\nok\r\n0\r\n\r\n",
        # ... section 9.6: nothing that follows may be taken for an answer
        OK + b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nfalse",
        b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\n\r\n",
        b"HTTP/1.1 204 No Content\r\nContent-Length: 2\r\n\r\nok",
    ],
    ids=[
        "close",
        "close among others",
        "1.0",
        "chunked in 1.0",
        "more behind it",
        "101",
        "204 with a body",
    ],
)
async def test_not_after_such_an_answer(simple, canned, answer):
    client = simple()
    server = await canned(answer)
    for _ in range(2):
        await client.fetch(f"http://127.0.0.1:{server.port}/", raise_error=False)
    assert server.served == [1, 1]


async def test_http_1_0_can_keep_alive_too(simple, canned):
    client = simple()
    answer = b"HTTP/1.0 200 OK\r\nConnection: keep-alive\r\nContent-Length: 2\r\n\r\nok"
    server = await canned(answer)
    for _ in range(2):
        await client.fetch(f"http://127.0.0.1:{server.port}/")
    assert server.served == [2]


async def test_not_after_a_body_that_ends_with_the_connection(simple, canned):
    client = simple()
    server = await canned((b"HTTP/1.1 200 OK\r\n\r\nuntil the end", "close"))
    for _ in range(2):
        assert (await client.fetch(f"http://127.0.0.1:{server.port}/")).body == b"until the end"
    assert server.served == [1, 1]


async def test_not_when_the_request_said_close(simple, canned):
    client = simple()
    server = await canned(OK)
    for _ in range(2):
        url = f"http://127.0.0.1:{server.port}/"
        await client.fetch(url, headers={"Connection": "close"})
    assert server.served == [1, 1]


async def test_keep_alive_can_be_switched_off(simple, canned):
    server = await canned(OK)
    for setting in ({"keep_alive": False}, {"max_idle": 0}):
        client = simple(**setting)
        for _ in range(2):
            await client.fetch(f"http://127.0.0.1:{server.port}/")
    assert server.served == [1] * 4
    assert all(b"Connection: close\r\n" in request for request in server.received)


async def test_not_after_a_time_limit_or_a_cancellation(simple, canned):
    client = simple()
    server = await canned(b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhe")
    url = f"http://127.0.0.1:{server.port}/"
    with pytest.raises(Exception, match="request_timeout"):
        await client.fetch(url, request_timeout=0.02)
    fetch = client.fetch(url)
    await until(lambda: len(server.received) == 2)
    fetch.cancel()
    with pytest.raises(asyncio.CancelledError):
        await fetch
    third = client.fetch(url)
    await until(lambda: len(server.received) == 3)
    third.cancel()
    assert server.served == [1, 1, 1]
    # All of it is free at once: nothing runs, nothing waits, nothing is kept.
    turns, idle = client._pool.turns, client._pool.idle
    assert (len(turns.running), turns.waiting, len(idle)) == (0, 0, 0)


async def test_not_after_an_error_of_a_callback(simple, canned):
    client = simple()

    def failing(data):
        raise ZeroDivisionError

    server = await canned(OK)
    url = f"http://127.0.0.1:{server.port}/"
    for callback in ({"streaming_callback": failing}, {"header_callback": failing}):
        with pytest.raises(ZeroDivisionError):
            await client.fetch(url, **callback)
    await client.fetch(url)
    assert server.served == [1, 1, 1]


async def test_not_when_the_answer_came_before_the_request_was_sent(simple, scripted):
    client = simple()

    async def part(reader, writer):
        await reader.readuntil(b"\r\n\r\n")
        writer.write(b"HTTP/1.1 413 Too Large\r\nContent-Length: 2\r\n\r\nno")
        await reader.read()

    canceled = []

    async def producer(write):
        try:
            await write(b"first")
            await asyncio.Event().wait()
        except asyncio.CancelledError:
            canceled.append(True)
            raise

    server = await scripted(part)
    url = f"http://127.0.0.1:{server.port}/"
    for number in (1, 2):
        response = await client.fetch(url, method="POST", body_producer=producer, raise_error=False)
        assert (response.code, response.body) == (413, b"no")
        await until(lambda: len(canceled) == server.connections)
        assert server.connections == number


# -- what happens while nobody uses it


async def test_a_connection_that_the_server_closes_is_noticed(simple, canned):
    client = simple()
    server = await canned((OK, "close"), OK)
    url = f"http://127.0.0.1:{server.port}/"
    await client.fetch(url)
    assert len(client._pool.idle) == 1
    await until(lambda: not len(client._pool.idle))
    await client.fetch(url)
    assert server.served == [1, 1]


async def test_what_no_request_asked_for_is_no_answer(simple, scripted, caplog):
    """Response smuggling: an answer that is there before its request belongs to nobody."""
    client = simple()
    go_on = asyncio.Event()

    async def part(reader, writer):
        await reader.readuntil(b"\r\n\r\n")
        writer.write(OK)
        await go_on.wait()
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nfalse")
        await reader.read()

    server = await scripted(part)
    url = f"http://127.0.0.1:{server.port}/"
    await client.fetch(url)
    with caplog.at_level(logging.DEBUG, "tornado.general"):
        go_on.set()
        await until(lambda: not len(client._pool.idle))
    assert "43 bytes from 127.0.0.1 that no request has asked for" in caplog.text
    assert (await client.fetch(url)).body == b"ok"
    assert server.connections == 2


async def test_idle_connections_end(simple, canned):
    server = await canned(OK)
    url = f"http://127.0.0.1:{server.port}/"
    client = simple(idle_timeout=0.02)
    await client.fetch(url)
    assert len(client._pool.idle) == 1
    await until(lambda: not len(client._pool.idle))
    await client.fetch(url)
    assert server.served == [1, 1]


async def test_no_more_than_max_idle_are_kept(simple, canned):
    server = await canned(OK)
    url = f"http://127.0.0.1:{server.port}/"
    client = simple(max_idle=2)
    await asyncio.gather(*[client.fetch(url) for _ in range(5)])
    assert len(client._pool.idle) == 2


# -- a request on a connection that has just ended


@pytest.mark.parametrize("method", ["GET", "HEAD", "PUT", "DELETE", "OPTIONS"])
async def test_sent_once_more_if_that_does_no_harm(simple, canned, method):
    """RFC 9112 section 9.3.1: a connection may be closed at any time, and an idempotent request
    repeated by itself."""
    client = simple()
    server = await canned(OK, None, b"HTTP/1.1 204 Again\r\n\r\n")
    url = f"http://127.0.0.1:{server.port}/"
    await client.fetch(url)
    body = b"x" if method == "PUT" else None
    response = await client.fetch(url, method=method, body=body)
    assert response.code == 204
    assert server.served == [2, 1]
    assert server.received[1] == server.received[2]


async def test_what_is_expected_is_sent_once_more_too(simple, canned):
    """The server ends the connection in place of ``100 Continue``; the body has not left."""
    client = simple()
    server = await canned(OK, None, OK)
    url = f"http://127.0.0.1:{server.port}/"
    await client.fetch(url)
    fetch = client.fetch(url, method="PUT", body=b"", expect_100_continue=True)
    assert (await fetch).code == 200
    assert server.served == [2, 1]


@pytest.mark.parametrize("method", ["POST", "PATCH"])
async def test_not_sent_again_if_it_may_have_been_carried_out(simple, canned, method):
    client = simple()
    server = await canned(OK, None, OK)
    url = f"http://127.0.0.1:{server.port}/"
    await client.fetch(url)
    with pytest.raises(HTTPStreamClosedError, match="closed the connection, before it answered"):
        await client.fetch(url, method=method, body=b"x")
    assert server.served == [2]


async def test_a_post_through_a_proxy_has_a_connection_of_its_own(simple, canned):
    """tinyproxy, for one, closes each connection without having said so."""
    proxy = await canned(OK)
    client = simple()
    through = {"proxy": f"http://127.0.0.1:{proxy.port}"}
    await client.fetch("http://a.example/", **through)
    await client.fetch("http://a.example/", method="POST", body=b"x", **through)
    await client.fetch("http://a.example/", **through)
    assert proxy.served == [1, 2]


@pytest.mark.parametrize(("method", "again"), [("GET", True), ("POST", False)])
async def test_408_on_a_kept_connection(simple, canned, method, again):
    """RFC 9110 section 15.5.9: it says that the server was closing an idle connection."""
    late = b"HTTP/1.1 408 Request Timeout\r\nConnection: close\r\nContent-Length: 4\r\n\r\nlate"
    client = simple()
    server = await canned(OK, (late, "close"), OK)
    url = f"http://127.0.0.1:{server.port}/"
    await client.fetch(url)
    body = b"" if method == "POST" else None
    response = await client.fetch(url, method=method, body=body, raise_error=False)
    assert (response.code, response.body) == ((200, b"ok") if again else (408, b"late"))
    assert server.served == ([2, 1] if again else [2])


async def test_408_on_a_new_connection_is_an_answer(simple, canned):
    server = await canned(b"HTTP/1.1 408 Request Timeout\r\nContent-Length: 0\r\n\r\n")
    url = f"http://127.0.0.1:{server.port}/"
    assert (await simple().fetch(url, raise_error=False)).code == 408


async def test_once_more_and_not_again_and_again(simple, canned):
    client = simple()
    server = await canned(OK, None)
    url = f"http://127.0.0.1:{server.port}/"
    await client.fetch(url)
    with pytest.raises(HTTPStreamClosedError):
        await client.fetch(url)
    assert server.served == [2, 1]


async def test_not_once_more_on_a_connection_that_was_new(simple, canned):
    client = simple()
    server = await canned(None)
    with pytest.raises(HTTPStreamClosedError):
        await client.fetch(f"http://127.0.0.1:{server.port}/")
    assert server.served == [1]


async def test_not_once_more_after_a_part_of_an_answer(simple, canned):
    client = simple()
    server = await canned(OK, (b"HTTP/1.1 2", "close"), OK)
    url = f"http://127.0.0.1:{server.port}/"
    await client.fetch(url)
    with pytest.raises(HTTPStreamClosedError):
        await client.fetch(url)
    assert server.served == [2]


@pytest.mark.parametrize(
    "late",
    [b"", b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nfalse"],
    ids=["its end", "an answer"],
)
async def test_a_connection_is_looked_at_before_it_is_taken(simple, scripted, late):
    """Its end, or the answer that nobody asked for, is there, but the event loop has not come to
    tell of it."""
    client = simple()

    async def part(reader, writer):
        await reader.readuntil(b"\r\n\r\n")
        writer.write(OK)
        await shown.wait()
        writer.write(late)
        if not late:
            return
        await reader.read()

    shown = asyncio.Event()
    server = await scripted(part)
    url = f"http://127.0.0.1:{server.port}/"
    await client.fetch(url)
    (connection,) = client._pool.idle._since
    connection.stream.pause_reading()  # as if the loop were busy
    shown.set()
    while not connection.stale():
        await asyncio.sleep(0.001)
    response = await client.fetch(url, method="POST", body=b"")
    assert response.body == b"ok"
    assert server.connections == 2
