"""Responses that wait for their session to be saved, on connections that do other things too."""

import asyncio

import pytest

from tornado.sessions import MemoryStore, SessionMixin, Sessions
from tornado.web import RequestHandler


class Gate(MemoryStore):
    """A store that saves when it is told to."""

    def __init__(self):
        super().__init__()
        self.asked = asyncio.Event()
        self.open = asyncio.Event()

    async def create(self, key, text, expires):
        self.asked.set()
        await self.open.wait()
        super().create(key, text, expires)


class Save(SessionMixin, RequestHandler):
    async def prepare(self):
        await self.load_session()

    def get(self):
        self.session["n"] = 1
        self.write("saved")

    post = head = get

    def put(self):
        self.session["n"] = 1
        self.redirect("/there")

    def on_finish(self):
        self.settings["ended"].append(self._status_code)


class Plain(RequestHandler):
    def get(self):
        self.write("plain")


@pytest.fixture
def start(serve):
    def begin():
        store, ended = Gate(), []
        routes = [("/", Save), ("/plain", Plain)]
        return serve(routes, sessions=Sessions(store), ended=ended), store, ended

    return begin


async def test_requests_that_come_at_once_are_answered_in_order(start):
    port, store, ended = start()
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(
        b"GET / HTTP/1.1\r\nHost: a\r\n\r\nHEAD / HTTP/1.1\r\nHost: a\r\n\r\n"
        b"PUT / HTTP/1.1\r\nHost: a\r\nContent-Length: 0\r\n\r\n"
        b"GET /plain HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n"
    )
    await store.asked.wait()
    assert ended == []  # nothing was answered before it was saved
    store.open.set()
    answer = await reader.read()
    heads = [part.partition(b"\r\n")[0] for part in answer.split(b"HTTP/1.1 ")[1:]]
    assert heads == [b"200 OK", b"200 OK", b"302 Found", b"200 OK"]
    assert answer.count(b"Set-Cookie: session=") == 3
    assert answer.endswith(b"plain")
    assert ended == [200, 200, 302]
    assert len(store) == 3
    writer.close()
    await writer.wait_closed()


async def test_a_client_that_goes_away_meanwhile_is_no_error(start):
    port, store, ended = start()
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(b"GET / HTTP/1.1\r\nHost: a\r\n\r\n")
    await store.asked.wait()
    writer.close()
    await writer.wait_closed()
    await asyncio.sleep(0.05)  # for the server to see it
    store.open.set()
    for _ in range(100):
        if ended:
            break
        await asyncio.sleep(0.01)
    assert len(ended) == 1
    assert len(store) == 1
    assert await reader.read() == b""


async def test_what_is_written_meanwhile_is_refused(serve):
    store = Gate()
    seen = []

    class Twice(Save):
        async def get(self):
            self.session["n"] = 1
            done = self.finish("first")
            await store.asked.wait()
            for call in (self.write, self.finish):
                with pytest.raises(RuntimeError):
                    call("second")
            store.open.set()
            await done
            seen.append("done")

    port = serve([("/", Twice)], sessions=Sessions(store), ended=[])
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(b"GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n")
    answer = await reader.read()
    assert answer.endswith(b"\r\n\r\nfirst")
    assert seen == ["done"]
    writer.close()
    await writer.wait_closed()
