"""websocket_connect and WebSocketClientConnection, against our server over real sockets."""

import asyncio
import gc
import json
import socket

import pytest

from tornado.httpclient import HTTPRequest
from tornado.httpserver import HTTPServer
from tornado.ioloop import IOLoop
from tornado.netutil import bind_unix_socket
from tornado.web import Application
from tornado.websocket import (
    WebSocketClientConnection,
    WebSocketClosedError,
    WebSocketHandler,
    websocket_connect,
)


class Echo(WebSocketHandler):
    def get_compression_options(self):
        return {} if self.get_argument("deflate", None) else None

    def select_subprotocol(self, subprotocols):
        return "second" if "second" in subprotocols else None

    def on_message(self, message):
        if message == "ask":
            request = self.request
            self.write_message(
                {
                    "headers": dict(request.headers.get_all()),
                    "uri": request.uri,
                    "cookie": self.get_cookie("user"),
                }
            )
        elif message == "leave":
            self.close(4321, "enough")
        elif message == "ping":
            self.ping(b"there?")
        else:
            self.write_message(message, binary=isinstance(message, bytes))

    def on_pong(self, data):
        self.write_message(f"pong {data!r}")


@pytest.fixture
def url(serve):
    """The address of an echo; only for async tests."""
    return lambda path="": f"ws://127.0.0.1:{serve([('/.*', Echo)])}/{path}"


async def test_text_bytes_and_dicts_come_back(url):
    connection = await websocket_connect(url())
    assert isinstance(connection, WebSocketClientConnection)
    for message, back in (("grüße", "grüße"), ("", ""), ({"a": 1}, '{"a": 1}')):
        await connection.write_message(message)
        assert await connection.read_message() == back
    await connection.write_message(b"\x00\xff", binary=True)
    assert await connection.read_message() == b"\x00\xff"
    await connection.write_message(b"text", binary=False)
    assert await connection.read_message() == "text"
    connection.close()


async def test_a_large_message_makes_the_way_in_both_directions(url):
    text = "0123456789" * 100_000
    async with websocket_connect(url()) as connection:
        connection.write_message(text)
        assert await connection.read_message() == text


async def test_messages_by_async_for_until_the_server_closes(url):
    async with websocket_connect(url()) as connection:
        for message in ("a", "b", "c", "leave"):
            connection.write_message(message)
        assert [message async for message in connection] == ["a", "b", "c"]
    assert (connection.close_code, connection.close_reason) == (4321, "enough")


async def test_the_future_and_the_connection_can_both_be_entered(url):
    address = url()
    async with websocket_connect(address) as first:
        assert not first.protocol.is_closing()
    async with await websocket_connect(address) as second:
        pass
    for connection in (first, second):
        assert connection.protocol.stream.closed()
        await connection.wait_closed()


async def test_after_the_end_every_read_gives_none(url):
    connection = await websocket_connect(url())
    connection.write_message("leave")
    assert [await connection.read_message() for _ in range(3)] == [None] * 3


async def test_readers_get_messages_in_the_order_in_which_they_asked(url):
    async with websocket_connect(url()) as connection:
        reads = [connection.read_message() for _ in range(3)]
        reads[1].cancel()
        connection.write_message("first")
        connection.write_message("second")
        assert (await reads[0], await reads[2]) == ("first", "second")


async def test_a_callback_of_read_message_gets_the_future(url):
    async with websocket_connect(url()) as connection:
        connection.write_message("x")
        got = asyncio.get_running_loop().create_future()
        connection.read_message(callback=got.set_result)
        assert (await got).result() == "x"


# -- on_message_callback


async def test_a_callback_gets_every_message_and_none_at_the_end(url):
    got = asyncio.Queue()
    connection = await websocket_connect(url(), on_message_callback=got.put_nowait)
    for message in ("a", {"b": 1}, "leave"):
        connection.write_message(message)
    assert [await got.get() for _ in range(3)] == ["a", '{"b": 1}', None]


async def test_with_a_callback_there_is_nothing_to_read(url):
    async with websocket_connect(url(), on_message_callback=print) as connection:
        with pytest.raises(RuntimeError, match="on_message_callback"):
            connection.read_message()


async def test_a_coroutine_as_callback_is_awaited_before_the_next_message(url):
    events = asyncio.Queue()
    go_on = asyncio.Event()

    async def slowly(message):
        events.put_nowait(f"begin {message}")
        await go_on.wait()
        events.put_nowait(f"end {message}")

    connection = await websocket_connect(url(), on_message_callback=slowly)
    connection.write_message("a")
    connection.write_message("b")
    connection.write_message("leave")
    assert await events.get() == "begin a"
    await asyncio.sleep(0.05)
    assert events.empty()
    go_on.set()
    assert [await events.get() for _ in range(5)] == [
        "end a", "begin b", "end b", "begin None", "end None",
    ]  # fmt: skip


async def test_the_name_of_the_connection_is_bound_when_the_first_message_comes(serve):
    class Greeting(WebSocketHandler):
        def open(self):
            self.write_message("welcome")

    got = asyncio.get_running_loop().create_future()
    connection = await websocket_connect(
        f"ws://127.0.0.1:{serve([('/', Greeting)])}/",
        on_message_callback=lambda message: got.done() or got.set_result((connection, message)),
    )
    assert await got == (connection, "welcome")
    connection.close()


async def test_an_exception_of_the_callback_is_logged_and_ends_the_connection(url, expect_log):
    seen = []

    def bad(message):
        seen.append(message)
        if message is not None:
            raise ZeroDivisionError

    with expect_log("tornado.application", "Exception in the callback of a WebSocket"):
        connection = await websocket_connect(url(), on_message_callback=bad)
        connection.write_message("x")
        await connection.wait_closed()
    assert seen == ["x", None]


# -- the handshake's contents


async def test_headers_cookies_and_credentials_are_sent(url):
    address = url("room?a=b%20c").replace("//", "//ada:s%40cret@")
    request = HTTPRequest(address, headers={"Cookie": "user=ada", "X-Mine": "1"}, user_agent="me/1")
    async with websocket_connect(request) as connection:
        connection.write_message("ask")
        answer = json.loads(await connection.read_message())
    headers = answer["headers"]
    assert answer["uri"] == "/room?a=b%20c"
    assert answer["cookie"] == "ada"
    assert headers["X-Mine"] == "1"
    assert headers["User-Agent"] == "me/1"
    assert headers["Authorization"] == "Basic YWRhOnNAY3JldA=="  # ada:s@cret
    assert headers["Sec-Websocket-Version"] == "13"
    assert connection.headers["Upgrade"] == "websocket"
    assert request.headers == {"Cookie": "user=ada", "X-Mine": "1"}  # it is the program's


async def test_auth_username_of_the_request_wins_over_the_url(url):
    request = HTTPRequest(url().replace("//", "//ada:x@"), auth_username="bob", auth_password="y")
    async with websocket_connect(request) as connection:
        connection.write_message("ask")
        assert "Basic Ym9iOnk=" in await connection.read_message()  # bob:y


async def test_subprotocols_are_offered_and_the_servers_choice_is_known(url):
    address = url()
    async with websocket_connect(address, subprotocols=["first", "second"]) as connection:
        assert connection.selected_subprotocol == "second"
    async with websocket_connect(address, subprotocols=["first"]) as connection:
        assert connection.selected_subprotocol is None
    # As programs did before there was an argument for it.
    request = HTTPRequest(address, headers={"Sec-WebSocket-Protocol": "second"})
    async with websocket_connect(request) as connection:
        assert connection.selected_subprotocol == "second"


@pytest.mark.parametrize(
    "options",
    [
        {},
        {"compression_level": 9, "mem_level": 9},
        {"client_no_context_takeover": True, "server_no_context_takeover": True},
        {"server_max_window_bits": 9, "client_max_window_bits": 10},
    ],
)
async def test_messages_are_compressed_as_agreed(url, options):
    async with websocket_connect(url("?deflate=1"), compression_options=options) as connection:
        assert "permessage-deflate" in connection.headers["Sec-WebSocket-Extensions"]
        for text in ("a" * 10_000, "short", "", "a" * 10_000):
            connection.write_message(text)
            assert await connection.read_message() == text


async def test_compression_that_the_server_does_not_want_is_not_used(url):
    async with websocket_connect(url(), compression_options={}) as connection:
        assert "Sec-WebSocket-Extensions" not in connection.headers
        connection.write_message("plain")
        assert await connection.read_message() == "plain"


async def test_frames_are_masked_with_a_new_key_each(serve):
    """RFC 6455 section 5.3: the masking key is a fresh one for every frame."""
    keys = []
    received = asyncio.Event()

    class Spy(Echo):
        def open(self):
            protocol = self.ws_connection
            feed = protocol.data_received

            def look(data):
                assert data[1] & 0x80
                keys.append(data[2:6])
                received.set()
                feed(data)

            self.ws_connection.stream.stop_push()
            spy = type("", (), {})()
            spy.data_received = look
            spy.connection_lost = protocol.connection_lost
            self.ws_connection.stream.start_push(spy)

    async with websocket_connect(f"ws://127.0.0.1:{serve([('/', Spy)])}/") as connection:
        for _ in range(8):
            connection.write_message("the same message")
            assert await connection.read_message() == "the same message"
    assert len(set(keys)) == len(keys) >= 8


async def test_a_local_socket_is_dialed_in_place_of_the_host(tmp_path):
    server = HTTPServer(Application([("/", Echo)]))
    sock = bind_unix_socket(str(tmp_path / "socket"))
    server.add_socket(sock)
    request = HTTPRequest("ws://somewhere/", unix_socket=str(tmp_path / "socket"))
    async with websocket_connect(request) as connection:
        connection.write_message("ask")
        assert '"Host": "somewhere"' in await connection.read_message()
    server.stop()
    await server.close_all_connections()


# -- pings


async def test_pings_go_both_ways(url):
    pongs = asyncio.Queue()
    connection = await websocket_connect(url())
    connection.on_pong = pongs.put_nowait
    connection.ping(b"hello")
    assert await pongs.get() == b"hello"
    pings = asyncio.Queue()
    connection.on_ping = pings.put_nowait
    connection.write_message("ping")
    assert await pings.get() == b"there?"
    assert await connection.read_message() == "pong b'there?'"
    connection.close()


# -- the end


async def test_close_sends_code_and_reason(serve):
    closed = asyncio.get_running_loop().create_future()

    class Told(WebSocketHandler):
        def on_close(self):
            closed.set_result((self.close_code, self.close_reason))

    async with websocket_connect(f"ws://127.0.0.1:{serve([('/', Told)])}/") as connection:
        connection.close(1001, "going")
        connection.close(1002, "too late, without effect")
    assert await closed == (1001, "going")


@pytest.mark.parametrize("code", [0, 999, 1004, 1005, 1006, 1015, 2999, 5000])
async def test_a_code_that_may_not_be_sent_is_refused(url, code):
    async with websocket_connect(url()) as connection:
        with pytest.raises(ValueError, match=f"{code} may not be sent"):
            connection.close(code)
        with pytest.raises(ValueError, match="at most 123"):
            connection.close(1000, "x" * 124)
        connection.write_message("still open")
        assert await connection.read_message() == "still open"


async def test_writing_on_a_closed_connection_is_an_error_that_needs_no_reader(url):
    connection = await websocket_connect(url())
    connection.close()
    with pytest.raises(WebSocketClosedError):
        await connection.write_message("x")
    with pytest.raises(WebSocketClosedError):
        connection.ping()
    await connection.wait_closed()
    with pytest.raises(WebSocketClosedError):
        connection.write_message("x")


async def test_nothing_is_left_unread_when_the_server_goes_away_in_the_middle(serve, url):
    connection = await websocket_connect(url())
    writes = [connection.write_message("x" * 100_000) for _ in range(50)]
    connection.protocol.stream.socket.shutdown(socket.SHUT_RDWR)
    while await connection.read_message() is not None:
        pass
    assert connection.close_code is None
    del writes
    gc.collect()  # what nobody awaited says nothing; the plugin of the tests looks


async def test_a_program_that_does_not_read_is_not_flooded(serve):
    """The connection stops receiving; the server notices by its own backpressure."""
    sent = 0

    class Flood(WebSocketHandler):
        send_high_water = 1

        async def open(self):
            nonlocal sent
            while True:
                await self.write_message(b"x" * 65536, binary=True)
                sent += 1

    connection = await websocket_connect(f"ws://127.0.0.1:{serve([('/', Flood)])}/")
    receiving = connection.protocol.stream.socket
    receiving.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1 << 18)
    before = -1
    while before != sent:
        before = sent
        await asyncio.sleep(0.1)
    assert len(connection._inbox._messages) <= 33
    for _ in range(sent + 100):  # and goes on when it reads again
        assert await connection.read_message() == b"x" * 65536
    connection.close()
    await connection.wait_closed()


async def test_closing_with_unread_messages_does_not_wait_for_a_reader(serve):
    class Many(WebSocketHandler):
        def open(self):
            for _ in range(200):
                self.write_message("x" * 1000)

        def on_close(self):
            closed.set_result(self.close_code)

    closed = asyncio.get_running_loop().create_future()
    async with websocket_connect(f"ws://127.0.0.1:{serve([('/', Many)])}/") as connection:
        while len(connection._inbox._messages) < 32:
            await asyncio.sleep(0.01)
        connection.close(1000)
    assert await closed == 1000


async def test_what_was_sent_before_the_answer_to_a_close_is_read_in_full(serve):
    class Late(WebSocketHandler):
        def on_message(self, message):
            for number in range(500):
                self.write_message(str(number))

    connection = await websocket_connect(f"ws://127.0.0.1:{serve([('/', Late)])}/")
    await connection.write_message("go")
    connection.close(1000)
    received = []
    async for message in connection:
        received.append(message)
        await asyncio.sleep(0)
    assert received == [str(number) for number in range(500)]
    assert connection.close_code == 1000


async def test_a_message_past_max_message_size_closes_the_connection(url):
    connection = await websocket_connect(url(), max_message_size=1000)
    connection.write_message("x" * 1000)
    assert await connection.read_message() == "x" * 1000
    connection.write_message("x" * 1001)
    assert await connection.read_message() is None
    await connection.wait_closed()


async def test_a_server_that_stops_answering_pings_is_given_up(serve):
    class Frozen(WebSocketHandler):
        def open(self):
            self.ws_connection.stream.pause_reading()

    connection = await websocket_connect(
        f"ws://127.0.0.1:{serve([('/', Frozen)])}/", ping_interval=0.05, ping_timeout=0.05
    )
    assert await connection.read_message() is None
    await connection.wait_closed()


# -- older ways


def test_a_loop_of_its_own_runs_until_connected():
    async def start():
        server = HTTPServer(Application([("/", Echo)]))
        server.listen(0, "127.0.0.1")
        return server, next(iter(server._sockets.values())).getsockname()[1]

    loop = IOLoop(make_current=False)
    try:
        server, port = loop.run_sync(start)
        connection = loop.run_sync(lambda: websocket_connect(f"ws://127.0.0.1:{port}/"))
        connection.write_message("x")
        assert loop.run_sync(connection.read_message) == "x"
        connection.close()
        loop.run_sync(connection.wait_closed)
        server.stop()
        loop.run_sync(server.close_all_connections)
    finally:
        loop.close(all_fds=True)


async def test_the_loop_in_second_place_and_the_callback_behind_it(url):
    address, loop = url(), IOLoop.current()
    got = loop.asyncio_loop.create_future()
    websocket_connect(address, loop, got.set_result)
    (await got).result().close()
    (await websocket_connect(address, loop, None, 5)).close()
    compressed = await websocket_connect(f"{address}?deflate=1", loop, None, 5, None, {})
    assert "Sec-WebSocket-Extensions" in compressed.headers
    compressed.close()
    got = loop.asyncio_loop.create_future()
    websocket_connect(address, None, got.set_result)
    (await got).result().close()
    (await websocket_connect(address, io_loop=loop)).close()


async def test_the_callback_gets_a_failure_that_then_needs_nobody_else():
    got = asyncio.get_running_loop().create_future()
    with socket.create_server(("127.0.0.1", 0)) as probe:
        port = probe.getsockname()[1]
    websocket_connect(f"ws://127.0.0.1:{port}/", callback=got.set_result)
    assert isinstance((await got).exception(), ConnectionRefusedError)


# -- messages in pieces


class Numbers(WebSocketHandler):
    """Sends what it is asked for, in pieces, and says how long what it gets is."""

    async def on_message(self, message):
        if len(message) < 10:

            async def pieces():
                for number in range(int(message)):
                    yield f"{number} " * 1000

            await self.write_message(pieces())
        else:
            await self.write_message(f"got {len(message)}")


async def test_a_message_is_read_while_it_arrives(serve):
    url = f"ws://127.0.0.1:{serve([('/', Numbers)])}/"
    async with websocket_connect(url, stream_messages=True, max_message_size=1 << 30) as connection:
        connection.write_message("400")
        message = await connection.read_message()
        lengths = [len(piece) async for piece in message]
        assert len(lengths) > 1
        assert sum(lengths) == 1000 * sum(len(f"{n} ") for n in range(400))


async def test_what_is_not_read_of_a_message_is_passed_over(serve):
    url = f"ws://127.0.0.1:{serve([('/', Numbers)])}/"
    async with websocket_connect(url, stream_messages=True) as connection:
        for count in ("300", "2"):
            connection.write_message(count)
        first = await anext(aiter(connection))
        assert (await anext(first)).startswith("0 0 0")
        second = await anext(aiter(connection))
        assert await second.read() == "0 " * 1000 + "1 " * 1000


async def test_a_callback_gets_messages_in_pieces_too(serve):
    url = f"ws://127.0.0.1:{serve([('/', Numbers)])}/"
    got = asyncio.Queue()

    async def take(message):
        got.put_nowait(None if message is None else await message.read())

    connection = await websocket_connect(url, on_message_callback=take, stream_messages=True)
    connection.write_message("1")
    connection.write_message("2")
    assert [len(await got.get()), len(await got.get())] == [2000, 4000]
    connection.close()
    assert await got.get() is None


async def test_a_message_is_sent_while_it_is_made(serve):
    async def pieces():
        for _ in range(100):
            yield "0123456789" * 1000

    async with websocket_connect(f"ws://127.0.0.1:{serve([('/', Numbers)])}/") as connection:
        await connection.write_message(piece async for piece in pieces())
        assert await connection.read_message() == "got 1000000"
