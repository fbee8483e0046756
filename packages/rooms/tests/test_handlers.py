"""The three ways in, over real connections: WebSocket, server-sent events, long polling."""

import asyncio
import contextlib
import json
from urllib.parse import quote

import pytest

from tornado.rooms import RoomEvents, RoomPoll, Rooms, RoomWebSocket, Slow
from tornado.web import Application, HTTPError, RequestHandler
from tornado.websocket import websocket_connect


class Rules(RequestHandler):
    presence = True

    def get_current_user(self):
        return self.get_query_argument("name", None)

    async def may_join(self):
        return self.room.name != "private"

    def accept(self, data):
        if data == "refuse":
            raise HTTPError(400, reason="Not that")
        return None if data == "nothing" else {"text": data}


class Socket(Rules, RoomWebSocket):
    pass


class Events(Rules, RoomEvents):
    heartbeat = 0.05


class Poll(Rules, RoomPoll):
    patience = 0.2


class Quiet(RoomWebSocket):
    replay = False


class QuietPoll(RoomPoll):
    pass


ROUTES = [
    (r"/(\w+)/socket", Socket),
    (r"/(\w+)/events", Events),
    (r"/(\w+)/poll", Poll),
    (r"/(\w+)/quiet", Quiet),
    (r"/(\w+)/quietpoll", QuietPoll),
    (r"/nameless", Poll),
]


UPGRADE = """\
Upgrade: websocket\r
Sec-WebSocket-Version: 13\r
Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r
"""


@pytest.fixture
def site(serve):
    def start():
        rooms = Rooms(linger=0.05)
        return rooms, serve(ROUTES, rooms)

    return start


async def http(port, path, method="GET", body=b"", head=""):
    """(status, headers, body) of a request on a connection of its own."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    length = f"Content-Length: {len(body)}\r\n" if body else ""
    start = f"{method} {path} HTTP/1.1\r\nHost: a.test\r\nConnection: close\r\n{length}{head}\r\n"
    writer.write(start.encode() + body)
    head, _, body = (await reader.read()).partition(b"\r\n\r\n")
    writer.close()
    await writer.wait_closed()
    return int(head.split()[1]), head.decode("latin-1"), body


async def poll(port, room="lobby", since="", name=""):
    status, head, body = await http(port, f"/{room}/poll?since={since}&name={name}")
    assert status == 200, head
    assert "Cache-Control: no-store" in head
    return json.loads(body)


class Stream:
    """A connection to an event stream; ``await next()`` gives (id, document) and skips signs of
    life, which it counts."""

    beats = 0

    async def open(self, port, path, head=""):
        self.reader, self.writer = await asyncio.open_connection("127.0.0.1", port)
        self.writer.write(f"GET {path} HTTP/1.1\r\nHost: a.test\r\n{head}\r\n".encode())
        self.head = (await self.reader.readuntil(b"\r\n\r\n")).decode()
        self.buffer = b""
        assert await self.block() == "retry: 2000"
        return self

    async def block(self):
        while b"\n\n" not in self.buffer:
            size = int(await self.reader.readline(), 16)
            if size == 0:
                return None
            self.buffer += (await self.reader.readexactly(size + 2))[:-2]
        block, _, self.buffer = self.buffer.partition(b"\n\n")
        return block.decode()

    async def next(self):
        while (block := await self.block()) == ":":
            self.beats += 1
        if block is None:
            return None
        lines = block.split("\n")
        assert lines[0].startswith("id: ")
        assert all(line.startswith("data: ") for line in lines[1:])
        return lines[0][4:], json.loads("\n".join(line[6:] for line in lines[1:]))

    async def close(self):
        self.writer.close()
        with contextlib.suppress(OSError):
            await self.writer.wait_closed()


def texts(news):
    return [message["data"]["text"] for message in news["messages"]]


async def socket_news(socket):
    return json.loads(await socket.read_message())


async def test_three_ways_into_one_room(site):
    _, port = site()
    socket = await websocket_connect(f"ws://127.0.0.1:{port}/lobby/socket?name=ada")
    first = await socket_news(socket)
    assert (first["messages"], first["reset"]) == ([], True)
    assert [person["name"] for person in first["present"]] == ["ada"]
    stream = await Stream().open(port, "/lobby/events?name=bob")
    assert "Content-Type: text/event-stream; charset=utf-8" in stream.head
    assert "Cache-Control: no-store" in stream.head
    _, start = await stream.next()
    assert start["reset"]

    await socket.write_message(json.dumps("by socket"))
    status, _, body = await http(port, "/lobby/events?name=bob", "POST", b'"by events"')
    assert status == 201
    status, _, body = await http(port, "/lobby/poll?name=cy", "POST", b'"by poll"')
    assert status == 201
    polled = await poll(port)
    assert texts(polled) == ["by socket", "by events", "by poll"]
    assert [m["sender"] for m in polled["messages"]] == ["ada", "bob", "cy"]
    assert polled["cursor"] == json.loads(body)["id"]
    for next_news in (lambda: socket_news(socket), lambda: second_of(stream)):
        heard = []
        while len(heard) < 3:
            heard += (await next_news())["messages"]
        assert heard == polled["messages"]
    socket.close()
    await stream.close()


async def second_of(stream):
    return (await stream.next())[1]


async def test_every_way_goes_on_after_an_id(site):
    rooms, port = site()
    said = [await rooms["lobby"].broadcast({"text": number}) for number in range(5)]
    since = said[2].id
    assert texts(await poll(port, since=since)) == [3, 4]
    stream = await Stream().open(port, "/lobby/events", f"Last-Event-ID: {since}\r\n")
    id_, news = await stream.next()
    assert (id_, texts(news), news["reset"]) == (said[4].id, [3, 4], False)
    again = await Stream().open(port, f"/lobby/events?since={said[3].id}")
    assert texts((await again.next())[1]) == [4]
    socket = await websocket_connect(f"ws://127.0.0.1:{port}/lobby/socket?since={since}")
    news = await socket_news(socket)
    assert (texts(news), news["cursor"], news["reset"]) == ([3, 4], said[4].id, False)
    unknown = await poll(port, since="1-0")
    assert (texts(unknown), unknown["reset"]) == ([0, 1, 2, 3, 4], True)
    socket.close()
    await stream.close()
    await again.close()


async def test_a_poll_waits_for_news_or_for_its_time(site, until):
    rooms, port = site()
    said = await rooms["lobby"].broadcast({"text": "old"})
    task = asyncio.create_task(poll(port, since=said.id))
    await until(lambda: rooms["lobby"].size == 1)
    await rooms["lobby"].broadcast({"text": "new"})
    assert texts(await task) == ["new"]
    assert rooms["lobby"].size == 0
    nothing = await poll(port, room="empty")
    assert (nothing["messages"], nothing["reset"]) == ([], True)
    late = rooms["lobby"].cursor
    waited = await poll(port, since=late)
    assert (waited["messages"], waited["cursor"], waited["reset"]) == ([], late, False)


async def test_a_poll_is_told_who_is_there(site, until):
    rooms, port = site()
    first = await poll(port, name="ada")
    assert [person["name"] for person in first["present"]] == ["ada"]
    said = await rooms["lobby"].broadcast({"text": "hello"})
    await until(lambda: not rooms["lobby"].people)
    await until(lambda: not rooms["lobby"]._announcing)
    task = asyncio.create_task(poll(port, since=said.id))
    await until(lambda: rooms["lobby"].size == 1)
    bob = asyncio.create_task(poll(port, since=said.id, name="bob"))
    told = await task
    assert [person["name"] for person in told["present"]] == ["bob"]
    assert told["cursor"] == said.id
    await bob


async def test_who_goes_away_is_forgotten(site, until):
    rooms, port = site()
    await rooms["lobby"].broadcast({"text": "old"})
    late = rooms["lobby"].cursor
    stream = await Stream().open(port, f"/lobby/events?since={late}&name=ada")
    socket = await websocket_connect(f"ws://127.0.0.1:{port}/lobby/socket?name=bob")
    _, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(f"GET /lobby/poll?since={late}&name=cy HTTP/1.1\r\nHost: a\r\n\r\n".encode())
    await until(lambda: len(rooms["lobby"].people) == 3)
    await stream.close()
    socket.close()
    writer.close()
    await until(lambda: rooms["lobby"].size == 0 and rooms["lobby"].people == ())


async def test_signs_of_life(site):
    rooms, port = site()
    stream = await Stream().open(port, "/lobby/events")
    await stream.next()
    await asyncio.sleep(0.2)
    await rooms["lobby"].broadcast({"text": "hello"})
    assert texts((await stream.next())[1]) == ["hello"]
    assert stream.beats >= 2
    await stream.close()


async def test_who_may_not_join_is_refused(site, expect_log):
    rooms, port = site()
    upgrade = (
        "Upgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\n"
        "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n"
    )
    with expect_log("tornado.general", "may not join the room 'private'", count=4):
        for way, head in (("socket", upgrade), ("events", ""), ("poll", "")):
            assert (await http(port, f"/private/{way}", head=head))[0] == 403
        assert (await http(port, "/private/poll", "POST", b'"hello"'))[0] == 403
    assert rooms["private"].size == 0
    assert (await rooms["private"].history()).messages == ()


async def test_what_is_refused_to_be_said(site, expect_log):
    rooms, port = site()
    socket = await websocket_connect(f"ws://127.0.0.1:{port}/lobby/socket")
    await socket_news(socket)
    answers = []
    for sent in ("refuse", "x" * 70_000):
        await socket.write_message(json.dumps(sent))
        answers.append(await socket_news(socket))
    for sent in ("no { JSON", "[1e999]", "[" * 100_000 + "]" * 100_000, "9" * 5000):
        await socket.write_message(sent)
        assert await socket_news(socket) == {"error": "Not JSON"}
    assert answers == [{"error": "Not that"}, {"error": "Too Long"}]
    await socket.write_message(json.dumps("nothing"))
    with expect_log("tornado.general"):
        for body, status in ((b'"refuse"', 400), (b"x", 400), (b'"' + b"x" * 70_000 + b'"', 413)):
            assert (await http(port, "/lobby/poll", "POST", body))[0] == status
    assert (await http(port, "/lobby/poll", "POST", b'"nothing"'))[0] == 204
    socket.close()
    assert (await rooms["lobby"].history()).messages == ()


async def test_a_room_only_listens_unless_the_program_says_so(site):
    rooms, port = site()
    socket = await websocket_connect(f"ws://127.0.0.1:{port}/lobby/quiet")
    await socket.write_message('"hello"')
    assert await socket_news(socket) == {"error": "Nothing can be said here"}
    assert (await http(port, "/lobby/quietpoll", "POST", b'"hello"'))[0] == 403
    await rooms["lobby"].broadcast("new")
    assert [m["data"] for m in (await socket_news(socket))["messages"]] == ["new"]
    socket.close()


async def test_mistakes_of_a_program(site, serve, expect_log):
    _, port = site()
    with expect_log("tornado.general", "no group in its route"):
        assert (await http(port, "/nameless"))[0] == 500
    with expect_log("tornado.general", "name of a room is a str of 1 to 200"):
        assert (await http(port, f"/{'x' * 201}/poll"))[0] == 404
    for way in ("events", "quiet"):
        with expect_log("tornado.general", "name of a room is a str of 1 to 200"):
            assert (await http(port, f"/{'x' * 201}/{way}", head=UPGRADE))[0] == 404
    without = serve(ROUTES, None)
    with expect_log("tornado.application", r"needs Application\(\.\.\., rooms=Rooms\(\)\)"):
        assert (await http(without, "/lobby/poll"))[0] == 500


@pytest.mark.parametrize("way", [RoomEvents, RoomPoll])
async def test_a_hook_that_fails_is_an_error_of_the_server(serve, expect_log, way):
    class Failing(way):
        def member_name(self):
            raise ZeroDivisionError

    rooms = Rooms()
    port = serve([(r"/(\w+)", Failing)], rooms)
    with expect_log("tornado.application", "ZeroDivisionError"):
        assert (await http(port, "/lobby"))[0] == 500
    assert rooms["lobby"].size == 0


async def test_the_end_of_the_rooms(site):
    rooms, port = site()
    await rooms["lobby"].broadcast({"text": "old"})
    late = rooms["lobby"].cursor
    stream = await Stream().open(port, "/lobby/events")
    await stream.next()
    socket = await websocket_connect(f"ws://127.0.0.1:{port}/lobby/socket")
    await socket_news(socket)
    task = asyncio.create_task(poll(port, since=late))
    while rooms["lobby"].size < 3:
        await asyncio.sleep(0.01)
    await rooms.close()
    assert (await task)["messages"] == []
    assert await stream.next() is None
    assert await socket.read_message() is None
    assert socket.close_code == 1001
    await stream.close()


async def test_after_the_end_everybody_is_sent_away(site, expect_log):
    rooms, port = site()
    await rooms.close()
    with expect_log("tornado.general", "these rooms are closed"):
        assert (await http(port, "/lobby/poll"))[0] == 503
        assert (await http(port, "/lobby/poll", "POST", b'"hello"'))[0] == 503
    socket = await websocket_connect(f"ws://127.0.0.1:{port}/lobby/socket")
    assert await socket.read_message() is None
    assert socket.close_code == 1001
    # A browser gives up after an error, and comes back after this.
    stream = await Stream().open(port, "/lobby/events")
    assert await stream.next() is None
    await stream.close()


class Upper(RoomWebSocket):
    @staticmethod
    def document(news):
        Upper.made += 1
        return "\n".join(str(message.data).upper() for message in news.messages)

    made = 0


class UpperEvents(RoomEvents):
    document = staticmethod(Upper.document)


async def test_a_document_of_the_program_is_made_once(serve, until):
    rooms = Rooms()
    port = serve([(r"/(\w+)", Upper), (r"/(\w+)/events", UpperEvents)], rooms)
    sockets = [await websocket_connect(f"ws://127.0.0.1:{port}/lobby") for _ in range(20)]
    for socket in sockets:
        await socket.read_message()
    Upper.made = 0
    rooms["lobby"].broadcast("hello")
    assert [await socket.read_message() for socket in sockets] == ["HELLO"] * 20
    assert Upper.made == 1
    rooms["lobby"].broadcast("you")
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(b"GET /lobby/events HTTP/1.1\r\nHost: a.test\r\n\r\n")
    told = await reader.readuntil(b"data: HELLO\ndata: YOU\n\n")
    assert b"text/event-stream" in told
    for socket in sockets:
        socket.close()
    writer.close()


async def test_whatever_ends_a_line_ends_no_event(serve):
    """HTML section 9.2.6: CR alone ends a line, and a line may be a field."""

    class Plain(RoomEvents):
        @staticmethod
        def document(news):
            return str(news.messages[-1].data)

    rooms = Rooms()
    port = serve([(r"/(\w+)", Plain)], rooms)
    rooms["lobby"].broadcast("a\revent: forged\r\n\r\nid: 7\n\nb\u2028c")
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(b"GET /lobby HTTP/1.1\r\nHost: a.test\r\n\r\n")
    told = await reader.readuntil("data: b\u2028c\n\n".encode())
    expected = "\ndata: a\ndata: event: forged\ndata: \ndata: id: 7\ndata: \ndata: b\u2028c\n\n"
    assert told.decode().endswith(expected)
    writer.close()


@pytest.mark.parametrize("since", ['0-0"', "x", "\u0661-\u0660", "1-1\n2", "9" * 50 + "-1"])
async def test_a_since_that_is_no_id_is_not_repeated(serve, since):
    class Late(RoomPoll):
        patience = 0.0

    rooms = Rooms()
    port = serve([(r"/(\w+)", Late)], rooms)
    status, _, body = await http(port, f"/lobby?since={quote(since)}")
    assert status == 200
    assert json.loads(body)["cursor"] == "0-0"


async def stalled(port, path):
    """A client that opens a WebSocket, and then reads nothing anymore."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port, limit=2**10)
    writer.write(
        f"GET {path} HTTP/1.1\r\nHost: a.test\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
        "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n".encode()
    )
    await reader.readuntil(b"\r\n\r\n")
    return reader, writer


class Impatient(RoomWebSocket):
    slow = Slow.CLOSE


async def test_stalled_members_are_busy_and_delay_nobody(serve, until):
    rooms = Rooms(backlog=50, history=50)
    port = serve(
        [
            (r"/(\w+)", RoomWebSocket),
            (r"/(\w+)/close", Impatient),
            (r"/(\w+)/events", RoomEvents),
        ],
        rooms,
    )
    reader, writer = await stalled(port, "/lobby")
    _, closing_writer = await stalled(port, "/lobby/close")
    events_reader, events_writer = await stalled(port, "/lobby/events")
    socket = await websocket_connect(f"ws://127.0.0.1:{port}/lobby")
    await socket_news(socket)
    count = 0
    room = rooms["lobby"]
    while len(room._busy) < 2 or room.size > 3:
        room.broadcast("x" * 60_000 + str(count))
        heard = (await socket_news(socket))["messages"]
        assert [message["data"][60_000:] for message in heard] == [str(count)]
        count += 1
        assert count < 2000
    assert len(room._log) <= 50
    for seat in room._busy:
        handler = seat.member
        at_socket = isinstance(handler, RoomWebSocket)
        stream = (handler.ws_connection if at_socket else handler.request.connection).stream
        assert stream._total_write_index - stream._total_write_done_index < 200_000
    # What they are told once they read again is what the room remembers.
    room.broadcast("last")
    await socket_news(socket)
    for each in (reader, events_reader):
        found = b""
        while b'"data":"last"' not in found:
            found = (found + await each.read(2**20))[-2000:]
    await until(lambda: not room._busy)
    for each in (writer, closing_writer, events_writer):
        each.close()
    socket.close()


class Broken(RoomEvents):
    @staticmethod
    def document(news):
        raise RuntimeError("a bug")


class BrokenSocket(RoomWebSocket):
    document = staticmethod(Broken.document)


async def test_who_cannot_be_told_is_not_kept_waiting(serve, expect_log):
    rooms = Rooms()
    port = serve([(r"/(\w+)", Broken), (r"/(\w+)/socket", BrokenSocket)], rooms)
    with expect_log("tornado.application", "in the room 'lobby' failed.*a bug", count=2):
        stream = await Stream().open(port, "/lobby")
        assert await stream.next() is None
        socket = await websocket_connect(f"ws://127.0.0.1:{port}/lobby/socket")
        assert await socket.read_message() is None
        assert socket.close_code == 1011
    await stream.close()


async def test_async_accept_keeps_the_order(serve):
    class Slowly(RoomWebSocket):
        async def accept(self, data):
            await asyncio.sleep(0.02 if data % 2 else 0)
            if data == 5:
                raise HTTPError(400, reason="Not five")
            return data

    rooms = Rooms()
    port = serve([(r"/(\w+)", Slowly)], rooms)
    socket = await websocket_connect(f"ws://127.0.0.1:{port}/lobby?since=none")
    for number in range(8):
        await socket.write_message(str(number))
    heard, errors = [], []
    while len(heard) < 7:
        news = await socket_news(socket)
        heard += [message["data"] for message in news.get("messages", ())]
        errors += [news["error"]] if "error" in news else []
    assert heard == [0, 1, 2, 3, 4, 6, 7]
    assert errors == ["Not five"]
    socket.close()


def test_the_handlers_are_request_handlers():
    app = Application(ROUTES, rooms=Rooms())
    assert app.settings["rooms"] is not None
