"""The current user, and the door that asks for one."""

import asyncio

import pytest

from tornado import gen
from tornado.template import DictLoader
from tornado.web import RequestHandler, authenticated


class Base(RequestHandler):
    asked = 0

    def get_current_user(self):
        self.asked += 1
        return self.get_secure_cookie("user")


class Plain(Base):
    @authenticated
    def get(self, *args):
        self.write(b"hello " + self.current_user)

    post = put = delete = patch = options = head = get


class Coroutine(Base):
    @authenticated
    async def get(self):
        await asyncio.sleep(0)
        self.write(b"hello " + self.current_user)


class Generator(Base):
    @authenticated
    @gen.coroutine
    def get(self):
        yield gen.moment
        self.write(b"hello " + self.current_user)


class GeneratorOutside(Base):
    @gen.coroutine
    @authenticated
    def get(self):
        self.write(b"hello " + self.current_user)


class Login(Base):
    def post(self):
        self.set_secure_cookie("user", self.get_argument("name"))
        self.redirect(self.get_argument("next", "/"))


SETTINGS = {"cookie_secret": "0123456789abcdef" * 2, "login_url": "/login"}
KINDS = [Plain, Coroutine, Generator, GeneratorOutside]


@pytest.mark.parametrize("kind", KINDS)
async def test_signing_in(serve, fetch, kind):
    port = serve([("/", kind), ("/login", Login)], **SETTINGS)
    sent_away = await fetch(port, "GET", "/")
    assert (sent_away.status, sent_away.get("Location")) == (302, "/login?next=%2F")
    form = {"Content-Type": "application/x-www-form-urlencoded"}
    done = await fetch(port, "POST", "/login?next=%2F", form, b"name=you")
    assert (done.status, done.get("Location")) == (302, "/")
    cookie = done.get("Set-Cookie").partition(";")[0]
    assert (await fetch(port, "GET", "/", {"Cookie": cookie})).body == b"hello you"


@pytest.mark.parametrize(
    "login_url, target",
    [
        ("/login", "/login?next=%2Fp%3Fq%3D1%26r%3D%25C3%25A9"),
        ("login", "login?next=%2Fp%3Fq%3D1%26r%3D%25C3%25A9"),
        ("/login#top", "/login?next=%2Fp%3Fq%3D1%26r%3D%25C3%25A9#top"),
        ("/login?x=1", "/login?x=1"),
        (
            "http://auth.example/l",
            "http://auth.example/l?next=http%3A%2F%2Fa.example%2Fp%3Fq%3D1%26r%3D%25C3%25A9",
        ),
        (
            "//auth.example/l",
            "//auth.example/l?next=http%3A%2F%2Fa.example%2Fp%3Fq%3D1%26r%3D%25C3%25A9",
        ),
        ("https://auth.example/l?next=5", "https://auth.example/l?next=5"),
    ],
)
async def test_where_it_sends_them(serve, fetch, login_url, target):
    port = serve([("/.*", Plain)], **(SETTINGS | {"login_url": login_url}))
    response = await fetch(port, "GET", "/p?q=1&r=%C3%A9", {"Host": "a.example"})
    assert (response.status, response.get("Location")) == (302, target)


@pytest.mark.parametrize(
    "path", ["//evil.example/x", "///evil.example/x", "/\\evil.example/x", "/\\/evil.example/x"]
)
async def test_next_never_leads_to_another_site(serve, fetch, path):
    # The login page of every tutorial redirects to what it finds in "next".
    port = serve([("(?s).*", Plain)], **SETTINGS)
    response = await fetch(port, "GET", path)
    assert response.get("Location") == "/login?next=%2Fevil.example%2Fx"


async def test_methods(serve, fetch):
    port = serve([("/", Plain)], **SETTINGS)
    for method in ("GET", "HEAD"):
        assert (await fetch(port, method, "/")).status == 302
    for method in ("POST", "PUT", "DELETE", "PATCH", "OPTIONS"):
        response = await fetch(port, method, "/")
        assert (response.status, response.get("Location")) == (403, None)


async def test_a_login_url_of_its_own(serve, fetch):
    class Own(Plain):
        def get_login_url(self):
            return "/special"

    response = await fetch(serve([("/", Own)], **SETTINGS), "GET", "/")
    assert response.get("Location") == "/special?next=%2F"


async def test_without_a_login_url(serve, fetch, expect_log):
    class NoUser(RequestHandler):
        get = Plain.get

    with expect_log("tornado.application", "login_url.*@tornado.web.authenticated"):
        assert (await fetch(serve([("/", NoUser)]), "GET", "/")).status == 500


async def test_an_asynchronous_get_current_user_lets_nobody_in(serve, fetch, expect_log):
    class Wrong(RequestHandler):
        async def get_current_user(self):
            return None

        @authenticated
        def get(self):
            self.write("secret")

    class WrongToo(Wrong):
        @gen.coroutine
        def get_current_user(self):
            return None

    port = serve([("/1", Wrong), ("/2", WrongToo)], **SETTINGS)
    for path in ("/1", "/2"):
        with expect_log("tornado.application", "is asynchronous.*assign it to self.current_user"):
            response = await fetch(port, "GET", path)
        assert response.status == 500
        assert b"secret" not in response.body


async def test_the_user_may_be_awaited_in_prepare(serve, fetch):
    class Right(RequestHandler):
        async def prepare(self):
            await asyncio.sleep(0)
            self.current_user = self.get_argument("user", None)

        @authenticated
        def get(self):
            self.write(self.current_user)

    port = serve([("/", Right)], **SETTINGS)
    assert (await fetch(port, "GET", "/?user=me")).body == b"me"
    assert (await fetch(port, "GET", "/")).status == 302


async def test_asked_once_and_only_if_needed(serve, fetch):
    class Count(Base):
        def get(self):
            before = self.asked, hasattr(self, "_current_user")
            user = self.current_user, self.current_user
            self.write(f"{before} {user} {self.asked}")

    port = serve([("/", Count)], **SETTINGS)
    assert (await fetch(port)).body == b"(0, False) (None, None) 1"


async def test_an_attribute_error_in_get_current_user_is_shown(serve, fetch, expect_log):
    class Wrong(RequestHandler):
        def get_current_user(self):
            return self.no_such_thing

        def get(self):
            self.write(str(self.current_user))

    with expect_log("tornado.application", "no_such_thing"):
        assert (await fetch(serve([("/", Wrong)]))).status == 500


async def test_in_templates(serve, fetch):
    class Page(Base):
        def get(self):
            self.render("t")

    loader = DictLoader({"t": "{{ current_user or 'nobody' }}"})
    assert (await fetch(serve([("/", Page)], template_loader=loader, **SETTINGS))).body == b"nobody"


def test_the_method_keeps_its_name():
    assert Plain.get.__name__ == "get"
    assert Plain.get.__qualname__ == "Plain.get"
