"""Deadlines of a connection, on a clock that the test moves."""

import asyncio

GET = b"GET / HTTP/1.1\r\nHost: a\r\n\r\n"


def later(server, seconds):
    """Tells every connection that so many seconds have passed."""
    for connection in server.connections:
        connection.clock.now += seconds
        connection.on_tick(connection.clock.now)


async def until(condition):
    while not condition():
        await asyncio.sleep(0.001)


async def test_a_head_that_takes_too_long_is_answered_408(serve, connect):
    server = serve(header_timeout=20)
    client = await connect(server)
    client.send(b"GET / HTTP/1.1\r\nHost: a\r\nX: ")
    await until(lambda: server.connections and server.connections[0]._ahead)
    for _ in range(4):  # a byte now and then does not help
        later(server, 4)
        client.send(b"x")
        seen = len(server.connections[0]._ahead)
        await until(lambda seen=seen: len(server.connections[0]._ahead) > seen)
    later(server, 5)
    status, headers, _ = await client.response()
    assert (status, headers["connection"]) == (408, "close")
    assert await client.rest() == b""


async def test_a_body_that_takes_too_long_is_answered_408(serve, connect):
    server = serve(body_timeout=10)
    client = await connect(server)
    client.send(b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 10\r\n\r\nabc")
    await until(lambda: server.app.requests and server.app.requests[0].chunks)
    later(server, 11)
    assert (await client.response())[0] == 408
    assert server.app.requests[0].lost


async def test_an_idle_connection_is_closed_silently(serve, connect):
    server = serve(idle_timeout=75)
    client = await connect(server)
    client.send(GET)
    await client.response()
    later(server, 75)
    client.send(GET)
    await client.response()
    later(server, 76)
    assert await client.rest() == b""


async def test_a_response_may_take_its_time(serve, connect, recorder):
    class Slow(recorder):
        def finish(self):
            self.finished = True

    server = serve(Slow)
    client = await connect(server)
    client.send(GET)
    await until(lambda: server.app.requests and server.app.requests[0].finished)
    later(server, 10_000)
    server.app.requests[0].answer(b"at last")
    assert (await client.response())[2] == b"at last"


async def test_a_reader_that_has_stalled_is_cut(serve, connect, recorder):
    class Endless(recorder):
        def finish(self):
            self.answer(b"x" * 20_000_000)

    server = serve(Endless, write_timeout=60)
    client = await connect(server, limit=1024)
    client.send(GET)
    await until(lambda: server.connections and server.connections[0].stream.writing())
    later(server, 1)
    later(server, 50)
    assert not server.app.closed
    later(server, 11)
    await until(lambda: server.app.closed)


async def test_an_idle_connection_forgets_the_last_headers(serve, connect):
    server = serve()
    client = await connect(server)
    client.send(GET)
    await client.response()
    assert server.connections[0]._section
    later(server, 10)
    assert not server.connections[0]._section
