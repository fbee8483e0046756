"""What holds wherever sessions are kept: in the cookie, in memory, in SQLite, in Redis."""

import asyncio
import json
import os
import shutil
import subprocess
from contextlib import asynccontextmanager

import pytest

from tornado.sessions import MemoryStore, RedisStore, SessionMixin, Sessions, SQLiteStore, Store
from tornado.web import HTTPError, RequestHandler


class SlowStore(Store):
    """A memory store to wait for."""

    def __init__(self, **options):
        self.inner = MemoryStore(**options)

    async def load(self, key):
        await asyncio.sleep(0)
        return self.inner.load(key)

    async def create(self, key, text, expires):
        await asyncio.sleep(0)
        self.inner.create(key, text, expires)

    async def update(self, key, text, expires):
        await asyncio.sleep(0)
        return self.inner.update(key, text, expires)

    async def delete(self, key):
        await asyncio.sleep(0)
        self.inner.delete(key)


@pytest.fixture(scope="session")
def redis_url(tmp_path_factory):
    pytest.importorskip("redis", reason="redis is not here: pip install tornado-sessions[redis]")
    if not shutil.which("redis-server"):
        wanted = os.environ.get("TORNADO_REQUIRE_SERVERS") == "1"
        decide = pytest.fail if wanted else pytest.skip
        decide("redis-server is not here; on Debian: apt-get install redis-server")
    folder = tmp_path_factory.mktemp("redis")
    path = folder / "socket"
    server = subprocess.Popen(
        ["redis-server", "--port", "0", "--unixsocket", str(path), "--save", ""],
        cwd=folder,
        stdout=subprocess.PIPE,
        text=True,
    )
    for line in server.stdout:
        if "ready to accept connections" in line.lower():
            break
    yield f"unix://{path}"
    server.terminate()
    server.communicate()


KINDS = ["cookie", "memory", "waiting", "sqlite", "redis"]


@pytest.fixture(params=KINDS)
def make_store(request, tmp_path, clock):
    if request.param == "redis":
        url = request.getfixturevalue("redis_url")
        return lambda: RedisStore(url, clock=clock)
    return {
        "cookie": lambda: None,
        "memory": lambda: MemoryStore(clock=clock),
        "waiting": lambda: SlowStore(clock=clock),
        "sqlite": lambda: SQLiteStore(tmp_path / "sessions.db", clock=clock),
    }[request.param]


class Page(SessionMixin, RequestHandler):
    async def get(self, action):
        if action == "nothing":
            return self.finish("-")
        session = await self.load_session()
        assert session is self.session
        before = json.loads(json.dumps(dict(session)))
        new = session.new
        if action == "fail":
            session["n"] = 99
            raise HTTPError(503)
        if action == "refuse":
            session["n"] = 7
            raise HTTPError(403)
        if action == "logout-and-fail":
            session.destroy()
            raise HTTPError(503)
        if action == "add":
            session["n"] = session.get("n", 0) + 1
        elif action == "deep":
            session.setdefault("list", []).append(1)
        elif action == "login":
            session.login(self.get_argument("user"))
        elif action == "rotate":
            session.rotate()
        elif action == "logout":
            session.destroy()
        elif action == "again":
            session.destroy()
            session.flash("Good bye")
        elif action == "clear":
            session.clear()
        elif action == "flash":
            session.flash("Saved", "success")
        elif action == "flashes":
            return self.finish({"flashes": session.flashes()})
        elif action == "bad":
            session["x"] = object()
        elif action == "flushed":
            session["n"] = 5
            await self.flush()
        elif action == "upgrade":
            session["n"] = session.get("n", 0) + 1
            return await self.upgrade()
        self.finish({"before": before, "new": new})

    async def upgrade(self):
        """As a WebSocket's handler goes over to its protocol: without finish()."""
        self.set_status(101)
        self.flush()
        with pytest.raises(RuntimeError, match="the head of the response has been sent"):
            self.session["n"] = 99
        if self._session_task is not None:
            await self._session_task
        self.detach().close()


@pytest.fixture
def start(make_store, serve, browser, clock):
    """``async with start(**rules) as visitor``: a server with a store, and somebody who comes."""

    @asynccontextmanager
    async def begin(**rules):
        store = make_store()
        yield browser(serve([("/(.*)", Page)], sessions=Sessions(store, clock=clock, **rules)))
        if hasattr(store, "close"):
            await store.close()

    return begin


async def seen(visitor, path="/look", **headers):
    response = await visitor.get(path, **headers)
    assert response.status == 200, response
    return json.loads(response.body)["before"]


async def test_what_is_put_in_is_there_in_the_next_request(start):
    async with start() as visitor:
        assert await seen(visitor, "/add") == {}
        assert await seen(visitor, "/add") == {"n": 1}
        assert await seen(visitor, "/deep") == {"n": 2}
        assert await seen(visitor, "/deep") == {"n": 2, "list": [1]}
        assert await seen(visitor) == {"n": 2, "list": [1, 1]}


async def test_what_is_put_in_before_a_websocket_opens_is_kept(start):
    async with start() as visitor:
        for i in range(3):
            assert (await seen(visitor)).get("n", 0) == i
            assert (await visitor.get("/upgrade")).status == 101


async def test_who_does_not_ask_or_put_anything_in_gets_no_cookie(start):
    async with start() as visitor:
        response = await visitor.get("/nothing")
        assert response.cookie is None
        assert response.all("Vary") == []
        response = await visitor.get("/look")
        assert response.cookie is None
        assert response.all("Vary") == ["Cookie"]  # but the page depends on it
        assert json.loads(response.body)["new"] is True


async def test_attributes(start):
    async with start() as visitor:
        cookie = (await visitor.get("/add")).cookie
        parts = cookie.split("; ")[1:]
        assert sorted(parts) == ["HttpOnly", f"Max-Age={14 * 86400}", "Path=/", "SameSite=Lax"]
        cookie = (await visitor.get("/add", X_Scheme="https")).cookie
        assert "; Secure" in cookie


async def test_reading_alone_sends_no_cookie_until_renewal_is_due(start, clock):
    async with start(idle=2000, lifetime=5000) as visitor:
        await seen(visitor, "/add")
        assert (await visitor.get("/look")).cookie is None
        clock.now += 99
        assert (await visitor.get("/look")).cookie is None
        clock.now += 1
        assert "Max-Age=2000;" in (await visitor.get("/look")).cookie
        clock.now += 1999
        assert await seen(visitor) == {"n": 1}


async def test_idle_time(start, clock):
    async with start(idle=100) as visitor:
        await seen(visitor, "/add")
        clock.now += 100
        assert await seen(visitor) == {}


async def test_lifetime(start, clock):
    async with start(idle=100, lifetime=250) as visitor:
        await seen(visitor, "/add")
        for _ in range(3):
            clock.now += 80
            assert await seen(visitor) == {"n": 1}
        clock.now += 10
        assert await seen(visitor) == {}


async def test_a_login_begins_the_lifetime_anew_and_a_rotation_does_not(start, clock):
    async with start(idle=100, lifetime=100) as visitor:
        await seen(visitor, "/add")
        clock.now += 60
        await seen(visitor, "/login?user=ann")
        clock.now += 60
        assert await seen(visitor, "/rotate") == {"n": 1, "user": "ann"}
        clock.now += 40
        assert await seen(visitor) == {}


async def test_login_keeps_the_session_unless_it_was_another_users(start):
    async with start() as visitor:
        await seen(visitor, "/add")
        await seen(visitor, "/login?user=ann")
        assert await seen(visitor, "/login?user=ann") == {"n": 1, "user": "ann"}
        assert await seen(visitor, "/login?user=bob") == {"n": 1, "user": "ann"}
        assert await seen(visitor) == {"user": "bob"}


async def test_logout(start):
    async with start() as visitor:
        await seen(visitor, "/login?user=ann")
        response = await visitor.get("/logout")
        assert response.cookie.startswith('session=""') or response.cookie.startswith("session=;")
        assert visitor.jar == {}
        assert await seen(visitor) == {}


async def test_a_session_emptied_is_a_session_ended(start):
    async with start() as visitor:
        await seen(visitor, "/add")
        await seen(visitor, "/clear")
        assert visitor.jar == {}


async def test_after_destroy_a_new_one_may_begin(start):
    async with start() as visitor:
        await seen(visitor, "/login?user=ann")
        before = dict(visitor.jar)
        await seen(visitor, "/again")
        assert visitor.jar != before
        response = await visitor.get("/flashes")
        assert json.loads(response.body) == {"flashes": [["info", "Good bye"]]}
        assert visitor.jar == {}


async def test_flash_is_seen_once(start):
    async with start() as visitor:
        await seen(visitor, "/flash")
        for expected in ([["success", "Saved"]], []):
            response = await visitor.get("/flashes")
            assert json.loads(response.body) == {"flashes": expected}


async def test_a_failed_request_changes_nothing(start):
    async with start() as visitor:
        await seen(visitor, "/add")
        assert (await visitor.get("/fail")).cookie is None
        assert await seen(visitor) == {"n": 1}


async def test_a_refused_request_is_saved(start):
    async with start() as visitor:
        assert (await visitor.get("/refuse")).status == 403
        assert await seen(visitor) == {"n": 7}


async def test_logging_out_holds_even_if_the_page_fails(start):
    async with start() as visitor:
        await seen(visitor, "/login?user=ann")
        assert (await visitor.get("/logout-and-fail")).status == 503
        assert visitor.jar == {}


async def test_what_json_cannot_hold(start, expect_log):
    async with start() as visitor:
        with expect_log("tornado.application", "a session holds what JSON can hold"):
            response = await visitor.get("/bad")
        assert response.status == 500
        assert response.cookie is None


async def test_an_early_flush_has_the_cookie(start):
    async with start() as visitor:
        await visitor.get("/flushed")
        assert await seen(visitor) == {"n": 5}


async def test_a_made_up_cookie_is_no_session_and_stays_as_it_is(start):
    async with start() as visitor:
        for value in ("x", "A" * 43, "é".encode().decode("latin-1"), "2|1:0|10:1|7:session|0:|x"):
            visitor.jar["session"] = value
            response = await visitor.get("/look")
            assert json.loads(response.body) == {"before": {}, "new": True}
            assert response.cookie is None


async def test_fixation_the_name_that_an_attacker_planted_is_not_taken(start):
    async with start() as visitor:
        visitor.jar["session"] = planted = "A" * 43
        await seen(visitor, "/login?user=ann")
        assert visitor.jar["session"] != planted
        attacker = visitor.copy()
        attacker.jar["session"] = planted
        assert await seen(attacker) == {}


async def test_fixation_the_attackers_own_session_is_not_logged_in_with_the_victim(start):
    async with start() as attacker:
        await seen(attacker, "/add")
        victim = attacker.copy()
        await seen(victim, "/login?user=victim")
        assert victim.jar != attacker.jar
        assert "user" not in await seen(attacker)
        assert await seen(victim) == {"n": 1, "user": "victim"}


async def test_any_changed_byte_of_the_cookie_ends_it(start):
    async with start() as visitor:
        await seen(visitor, "/add")
        value = visitor.jar["session"]
        for at in range(0, len(value), max(1, len(value) // 40)):
            other = visitor.copy()
            other.jar["session"] = value[:at] + ("A" if value[at] != "A" else "B") + value[at + 1 :]
            assert await seen(other) == {}, at
