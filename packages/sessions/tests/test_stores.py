"""What is particular to sessions in a store, and to each store."""

import asyncio
import hashlib
import sqlite3
import sys

import pytest

from tornado.sessions import MemoryStore, RedisStore, SessionMixin, Sessions, SQLiteStore, Store
from tornado.web import Application, RequestHandler


class Add(SessionMixin, RequestHandler):
    def get(self):
        self.session["n"] = self.session.get("n", 0) + 1
        self.write(str(self.session["n"]))


class Login(SessionMixin, RequestHandler):
    def get(self):
        self.session.login("ann")


class Look(SessionMixin, RequestHandler):
    async def get(self):
        session = await self.load_session()
        self.write(repr(sorted(session.items())))


class Late(SessionMixin, RequestHandler):
    """Waits between reading the session and changing it."""

    waiting: asyncio.Event
    go_on: asyncio.Event

    async def get(self):
        session = await self.load_session()
        self.waiting.set()
        await self.go_on.wait()
        session["late"] = True
        self.write("done")


class Destroy(SessionMixin, RequestHandler):
    async def get(self):
        (await self.load_session()).destroy()


class FlushFirst(SessionMixin, RequestHandler):
    async def get(self):
        session = await self.load_session()
        self.write("a")
        await self.flush()
        try:
            session["late"] = True
        except RuntimeError as error:
            self.write(str(error))


ROUTES = [
    ("/add", Add),
    ("/login", Login),
    ("/look", Look),
    ("/late", Late),
    ("/destroy", Destroy),
    ("/flush-first", FlushFirst),
]


async def test_the_store_has_the_digest_of_what_the_browser_has(serve, browser):
    store = MemoryStore()
    visitor = browser(serve(ROUTES, sessions=Sessions(store)))
    await visitor.get("/add")
    key = visitor.jar["session"]
    assert list(store._kept) == [hashlib.sha256(key.encode()).hexdigest()]
    assert key not in repr(store._kept)


async def test_login_gives_a_new_name_and_forgets_the_old(serve, browser):
    store = MemoryStore()
    visitor = browser(serve(ROUTES, sessions=Sessions(store)))
    await visitor.get("/add")
    old = visitor.copy()
    await visitor.get("/login")
    assert old.jar != visitor.jar
    assert len(store) == 1
    assert (await old.get("/look")).body == b"[]"
    assert (await visitor.get("/look")).body == b"[('n', 1), ('user', 'ann')]"


@pytest.mark.parametrize("end", ["/destroy", "/login"])
async def test_a_late_request_does_not_bring_back_a_session_that_has_ended(serve, browser, end):
    store = MemoryStore()
    visitor = browser(serve(ROUTES, sessions=Sessions(store)))
    await visitor.get("/add")
    Late.waiting, Late.go_on = asyncio.Event(), asyncio.Event()
    old = visitor.copy()
    late = asyncio.ensure_future(old.get("/late"))
    await Late.waiting.wait()
    await visitor.get(end)
    Late.go_on.set()
    assert (await late).body == b"done"
    assert len(store) == (0 if end == "/destroy" else 1)
    assert (await old.get("/look")).body == b"[]"


async def test_of_two_requests_at_once_the_last_one_counts(serve, browser):
    visitor = browser(serve(ROUTES, sessions=Sessions(MemoryStore())))
    await visitor.get("/add")
    Late.waiting, Late.go_on = asyncio.Event(), asyncio.Event()
    late = asyncio.ensure_future(visitor.copy().get("/late"))
    await Late.waiting.wait()
    await visitor.get("/add")
    Late.go_on.set()
    await late
    assert (await visitor.get("/look")).body == b"[('late', True), ('n', 1)]"


async def test_after_the_head_what_has_a_cookie_can_still_change(serve, browser):
    visitor = browser(serve(ROUTES, sessions=Sessions(MemoryStore())))
    response = await visitor.get("/flush-first")
    assert b"the head of the response has been sent" in response.body
    await visitor.get("/add")
    assert b"head" not in (await visitor.get("/flush-first")).body
    assert (await visitor.get("/look")).body == b"[('late', True), ('n', 1)]"


async def test_a_store_to_wait_for_says_so(serve, browser, tmp_path, expect_log):
    store = SQLiteStore(tmp_path / "s.db")
    visitor = browser(serve(ROUTES, sessions=Sessions(store)))
    with expect_log("tornado.application", r"await self.load_session\(\) first"):
        assert (await visitor.get("/add")).status == 500


class Broken(MemoryStore):
    def create(self, key, text, expires):
        raise OSError("disk full")


class BrokenLater(MemoryStore):
    async def load(self, key):
        return MemoryStore.load(self, key)

    async def create(self, key, text, expires):
        await asyncio.sleep(0)
        raise OSError("disk full")


class LoadFirst(SessionMixin, RequestHandler):
    async def prepare(self):
        await self.load_session()

    def get(self):
        self.session["n"] = 1
        self.write("not sent")


@pytest.mark.parametrize("store", [Broken, BrokenLater])
async def test_what_could_not_be_saved_is_an_error_of_the_server(serve, browser, expect_log, store):
    visitor = browser(serve([("/", LoadFirst)], sessions=Sessions(store())))
    with expect_log("tornado.application", "disk full", count=1):
        response = await visitor.get("/")
    assert response.status == 500
    assert response.cookie is None
    assert b"not sent" not in response.body


@pytest.mark.parametrize("store", [Broken, BrokenLater])
async def test_what_could_not_be_saved_before_a_websocket_opens_is_told(
    serve, browser, expect_log, store
):
    class Upgrading(SessionMixin, RequestHandler):
        async def get(self):
            (await self.load_session())["n"] = 1
            self.set_status(101)
            self.flush()
            if self._session_task is not None:
                await asyncio.wait([self._session_task])
            self.detach().close()

    visitor = browser(serve([("/", Upgrading)], sessions=Sessions(store())))
    with expect_log("tornado.application", "disk full", count=1):
        assert (await visitor.get()).status == 101


async def test_a_store_that_waits_without_saying_so(serve, browser, expect_log):
    class Sly(MemoryStore):
        def create(self, key, text, expires):
            return asyncio.sleep(0.01)

    visitor = browser(serve([("/", LoadFirst)], sessions=Sessions(Sly())))
    with expect_log("tornado.application", "define it with async def"):
        assert (await visitor.get("/")).status == 500


class Twice(SessionMixin, RequestHandler):
    async def get(self):
        (await self.load_session())["n"] = 1
        await self.finish("whole")
        try:
            self.finish()
        except RuntimeError:
            self.finished_again = False
        Twice.ended = self._finished

    def on_finish(self):
        Twice.calls += 1

    calls = 0


async def test_finish_can_be_awaited_and_ends_the_request_once(serve, browser, tmp_path):
    store = SQLiteStore(tmp_path / "s.db")
    visitor = browser(serve([("/", Twice), *ROUTES], sessions=Sessions(store)))
    response = await visitor.get("/")
    assert response.body == b"whole"
    assert (await visitor.get("/look")).body == b"[('n', 1)]"
    assert Twice.ended
    assert Twice.calls == 1
    await store.close()


# -- memory


def test_memory_gives_up_what_is_over(clock):
    store = MemoryStore(clock=clock)
    for number in range(5000):
        clock.now += 1
        store.create(str(number), "{}", clock.now + 100)
    assert len(store) < 1200
    assert store.load("4999") == "{}"
    assert store.load("100") is None
    assert store.update("100", "{}", clock.now + 1) is False


# -- SQLite


async def test_sqlite_keeps_across_programs_and_cleans_up(tmp_path, clock):
    path = tmp_path / "s.db"
    store = SQLiteStore(path, clock=clock)
    await store.create("old", "1", clock.now + 10)
    await store.create("kept", "2", clock.now + 10_000)
    await store.close()
    clock.now += 1000
    store = SQLiteStore(path, clock=clock)
    assert await store.load("old") is None
    assert await store.load("kept") == "2"
    assert await store.update("old", "3", clock.now + 1) is False
    await store.create("new", "4", clock.now + 1)
    await store.close()
    connection = sqlite3.connect(path)
    rows = connection.execute("select key from sessions order by key").fetchall()
    connection.close()
    assert rows == [("kept",), ("new",)]


async def test_two_sqlite_stores_share_a_file(tmp_path):
    first, second = SQLiteStore(tmp_path / "s.db"), SQLiteStore(tmp_path / "s.db")
    await asyncio.gather(
        *(store.create(f"{store}{n}", "x", 2e9 * 2) for n in range(50) for store in (first, second))
    )
    assert await first.load(f"{second}49") == "x"
    await first.close()
    await second.close()


async def test_sqlite_names_the_file_it_cannot_open(tmp_path):
    store = SQLiteStore(tmp_path / "none" / "s.db")
    with pytest.raises(sqlite3.OperationalError) as caught:
        await store.load("x")
    assert str(tmp_path) in caught.value.__notes__[0]
    await store.close()


async def test_sqlite_leaves_the_loop_alone(tmp_path):
    store = SQLiteStore(tmp_path / "s.db")
    await store.load("x")
    locker = sqlite3.connect(tmp_path / "s.db", isolation_level=None)
    locker.execute("begin exclusive")
    blocked = asyncio.ensure_future(store.create("a", "1", 4e9))
    for _ in range(20):
        await asyncio.sleep(0)
    assert not blocked.done()
    locker.execute("rollback")
    locker.close()
    await blocked
    await store.close()


# -- Redis


def test_redis_is_asked_for_by_name(monkeypatch):
    monkeypatch.setitem(sys.modules, "redis", None)
    with pytest.raises(ImportError, match=r"tornado-sessions\[redis\]"):
        RedisStore("redis://localhost")


# -- the rules


def test_rules_that_contradict_each_other():
    for wrong in (
        {"idle": 0},
        {"lifetime": -1},
        {"host_prefix": True, "secure": False},
        {"host_prefix": True, "domain": "a.test"},
        {"host_prefix": True, "path": "/x"},
        {"samesite": "None", "secure": False},
    ):
        with pytest.raises(ValueError):
            Sessions(**wrong)
    with pytest.raises(TypeError):
        Sessions("sqlite")
    with pytest.raises(TypeError):
        Store()


async def test_a_setting_of_another_kind(serve, browser, expect_log):
    visitor = browser(serve(ROUTES, sessions="memory"))
    with expect_log("tornado.application", "must be a Sessions"):
        assert (await visitor.get("/add")).status == 500


def test_the_application_is_the_one_of_web():
    assert issubclass(SessionMixin, RequestHandler)
    assert Application
