"""Sessions in the cookie itself, and what a cookie says about itself."""

import json
import time

from tornado.sessions import SessionMixin, Sessions
from tornado.web import RequestHandler, create_signed_value

SECRET = "a secret of the tests"


class Add(SessionMixin, RequestHandler):
    def get(self):
        self.session["n"] = self.session.get("n", 0) + 1
        self.write(str(self.session["n"]))


class Big(SessionMixin, RequestHandler):
    def get(self, size):
        self.session["x"] = "x" * int(size)
        self.write("fits")


class ClearOther(SessionMixin, RequestHandler):
    def get(self):
        self.session.get("n")
        self.clear_all_cookies()


class Stream(SessionMixin, RequestHandler):
    async def get(self):
        self.session["n"] = 1
        await self.flush()
        try:
            self.session["n"] = 2
        except RuntimeError as error:
            self.write(str(error))


class First(SessionMixin, RequestHandler):
    async def get(self):
        self.write("a")
        await self.flush()
        self.session.get("n")
        try:
            self.session["n"] = 1
        except RuntimeError as error:
            self.write(str(error))


ROUTES = [
    ("/", Add),
    ("/big/(.*)", Big),
    ("/clear", ClearOther),
    ("/stream", Stream),
    ("/first", First),
]


async def test_without_any_setting_but_the_secret(serve, browser):
    visitor = browser(serve(ROUTES))
    assert [(await visitor.get()).body for _ in range(3)] == [b"1", b"2", b"3"]


async def test_without_a_secret(serve, browser, expect_log):
    visitor = browser(serve(ROUTES, cookie_secret=None))
    with expect_log("tornado.application", "set 'cookie_secret' in the application settings"):
        assert (await visitor.get()).status == 500


async def test_other_signed_cookies_are_no_sessions(serve, browser):
    visitor = browser(serve(ROUTES))
    now = int(time.time())
    payload = json.dumps({"c": now, "s": now, "d": {"n": 41}})
    for name in ("session", "other", "tornado.sessions:other"):
        visitor.jar["session"] = create_signed_value(SECRET, name, payload).decode()
        assert (await visitor.get()).body == b"1"
    visitor.jar["session"] = create_signed_value(
        SECRET, "tornado.sessions:session", payload
    ).decode()
    assert (await visitor.get()).body == b"42"


async def test_only_the_second_version_of_signatures(serve, browser):
    visitor = browser(serve(ROUTES))
    now = int(time.time())
    payload = json.dumps({"c": now, "s": now, "d": {"n": 41}})
    name = "tornado.sessions:session"
    visitor.jar["session"] = create_signed_value(SECRET, name, payload, version=1).decode()
    assert (await visitor.get()).body == b"1"


async def test_keys_can_be_changed(serve, browser):
    visitor = browser(serve(ROUTES, cookie_secret={1: "one"}, key_version=1))
    await visitor.get()
    visitor.port = serve(ROUTES, cookie_secret={1: "one", 2: "two"}, key_version=2)
    assert (await visitor.get()).body == b"2"
    visitor.port = serve(ROUTES, cookie_secret={2: "two"}, key_version=2)
    assert (await visitor.get()).body == b"3"


async def test_what_does_not_fit_into_a_cookie(serve, browser, expect_log):
    visitor = browser(serve(ROUTES))
    assert (await visitor.get("/big/2000")).body == b"fits"
    assert len((await visitor.get("/big/2800")).cookie) <= 4096
    with expect_log("tornado.application", "bytes as a cookie, and browsers keep 4096"):
        response = await visitor.get("/big/4000")
    assert response.status == 500
    assert response.cookie is None


async def test_names_and_attributes(serve, browser):
    visitor = browser(serve(ROUTES, sessions=Sessions(host_prefix=True, persistent=False)))
    cookie = (await visitor.get(X_Scheme="https")).cookie
    assert cookie.startswith("__Host-session=")
    parts = set(cookie.split("; ")[1:])
    assert parts == {"HttpOnly", "Path=/", "SameSite=Lax", "Secure"}
    rules = Sessions(cookie="s", domain="a.test", path="/", samesite="Strict", secure=True)
    visitor = browser(serve(ROUTES, sessions=rules))
    cookie = (await visitor.get()).cookie
    assert cookie.startswith("s=")
    assert {"Domain=a.test", "SameSite=Strict", "Secure"} <= set(cookie.split("; "))


async def test_a_program_may_clear_the_cookie_itself(serve, browser):
    visitor = browser(serve(ROUTES))
    await visitor.get()
    await visitor.get("/clear")
    assert visitor.jar == {}


async def test_after_the_head_it_is_too_late(serve, browser):
    visitor = browser(serve(ROUTES))
    body = (await visitor.get("/stream")).body
    assert b"the session went with it: change the session before the first flush()" in body
    assert (await visitor.get()).body == b"2"
    assert b"the session went with it" in (await visitor.get("/first")).body


async def test_a_conditional_request_may_still_set_the_cookie(serve, browser):
    class Same(SessionMixin, RequestHandler):
        def get(self):
            self.session["n"] = self.session.get("n", 0) + 1
            self.write("same")

    visitor = browser(serve([("/", Same), ("/n", Add)]))
    etag = (await visitor.get()).all("Etag")[0]
    assert (await visitor.get(If_None_Match=etag)).status == 304
    assert (await visitor.get("/n")).body == b"3"
