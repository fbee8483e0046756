"""What published programs do to these classes, which must go on working.

Each test is the shape of such a program: names it patches, private names it reads, methods it
overrides. The names are listed as kept for compatibility.
"""

import asyncio
import contextvars
import functools
import hashlib
import inspect
import logging
from http.cookies import Morsel, SimpleCookie

import pytest

from tornado.httputil import format_timestamp
from tornado.template import DictLoader
from tornado.web import HTTPError, RequestHandler, UIModule, authenticated, stream_request_body

SECRET = "0123456789abcdef" * 2
FORM = {"Content-Type": "application/x-www-form-urlencoded"}


def session_token(handler):
    """As a notebook hub makes it: from the session cookie, kept where the framework keeps its."""
    if hasattr(handler, "_xsrf_token"):
        return handler._xsrf_token
    session = handler.get_signed_cookie("session") or b"anonymous"
    handler._xsrf_token = hashlib.sha256(session).hexdigest().encode()
    return handler._xsrf_token


def check_session_token(handler):
    if handler.request.headers.get("Authorization") == "token good":
        return
    sent = handler.get_argument("_xsrf", None) or handler.request.headers.get("X-Xsrftoken")
    if (sent or "").encode() != handler.xsrf_token:
        raise HTTPError(403, "not the token of the session")


async def check_the_session_token_counts(serve, fetch, expect_log, base):
    class Page(base):
        def get(self):
            self.render("page")

        def post(self):
            self.write("done")

    loader = DictLoader({"page": "{{ xsrf_form_html() }}"})
    port = serve([("/", Page)], xsrf_cookies=True, cookie_secret=SECRET, template_loader=loader)
    page = await fetch(port)
    token = hashlib.sha256(b"anonymous").hexdigest()
    assert f'value="{token}"' in page.body.decode()
    assert page.get("Set-Cookie") is None
    assert (await fetch(port, "POST", "/", {"X-Xsrftoken": token})).status == 200
    assert (await fetch(port, "POST", "/", {"Authorization": "token good"})).status == 200
    with expect_log("tornado.general", "not the token of the session"):
        assert (await fetch(port, "POST", "/", {"X-Xsrftoken": "other"})).status == 403
    assert (await fetch(port, "POST", "/nowhere")).status == 404


async def test_a_hub_overrides_the_token_in_its_base_class(serve, fetch, expect_log):
    class Base(RequestHandler):
        xsrf_token = property(session_token)
        check_xsrf_cookie = check_session_token

    await check_the_session_token_counts(serve, fetch, expect_log, Base)


async def test_a_server_replaces_the_token_on_the_class_of_everybody(
    serve, fetch, expect_log, monkeypatch
):
    monkeypatch.setattr(RequestHandler, "xsrf_token", property(session_token))
    monkeypatch.setattr(RequestHandler, "check_xsrf_cookie", check_session_token)
    await check_the_session_token_counts(serve, fetch, expect_log, RequestHandler)


async def test_a_server_asks_whether_the_user_is_known_yet(serve, fetch):
    class Base(RequestHandler):
        def initialize(self):
            pass  # without super, as most do

        async def prepare(self):
            if not hasattr(self, "_current_user"):
                self._current_user = {"name": "from the token"}

        def get_current_user(self):
            raise AssertionError("the user was found in prepare")

        @authenticated
        def get(self):
            self.write(self.current_user["name"])

    port = serve([("/", Base)], cookie_secret=SECRET, login_url="/login")
    assert (await fetch(port)).body == b"from the token"


async def test_a_property_in_place_of_the_user(serve, fetch):
    class Base(RequestHandler):
        @property
        def current_user(self):
            return self.get_argument("user", None)

        @authenticated
        def get(self):
            self.write(self.current_user)

    port = serve([("/", Base)], login_url="/login")
    assert (await fetch(port, "GET", "/?user=me")).body == b"me"
    assert (await fetch(port)).status == 302


async def test_a_decorator_around_authenticated(serve, fetch):
    def allow(method):
        @functools.wraps(method)
        def checked(self, *args, **kwargs):
            if self.current_user == "banned":
                raise HTTPError(403)
            return method(self, *args, **kwargs)

        return checked

    class Page(RequestHandler):
        def get_current_user(self):
            return self.get_argument("user", None)

        @allow
        @authenticated
        async def get(self):
            self.write("in")

    port = serve([("/", Page)], login_url="/login")
    assert (await fetch(port, "GET", "/?user=me")).body == b"in"
    assert (await fetch(port, "GET", "/?user=banned")).status == 403
    assert (await fetch(port)).status == 302


async def test_cookies_sent_by_the_program_itself(serve, fetch):
    class Upgrade(RequestHandler):
        """As programs do that answer without flush: a websocket's handshake."""

        def get(self):
            assert hasattr(self, "_new_cookie")
            for cookie in self._new_cookie.values():
                raise AssertionError(f"{cookie} was set by nobody")
            self.set_cookie("a", "1", httponly=True)
            for cookie in self._new_cookie.values():
                self.add_header("X-Copy", cookie.OutputString(None))

        def post(self):
            morsel = Morsel()
            morsel.set("old", "", '""')
            morsel["expires"] = format_timestamp(0)
            morsel["path"] = "/"
            self.add_header("Set-Cookie", morsel.OutputString())
            self.set_cookie("new", "1")

    port = serve([("/", Upgrade)])
    response = await fetch(port)
    assert response.all("X-Copy") == response.all("Set-Cookie") == ["a=1; HttpOnly; Path=/"]
    assert (await fetch(port, "POST", "/")).all("Set-Cookie") == [
        'old=""; expires=Thu, 01 Jan 1970 00:00:00 GMT; Path=/',
        "new=1; Path=/",
    ]


async def test_cookies_read_as_a_jar_and_put_into_one(serve, fetch):
    class Jar(RequestHandler):
        def prepare(self):
            if self.get_argument("fake", None):
                self.request.cookies = SimpleCookie("who=fake")

        def get(self):
            jar = {name: morsel.value for name, morsel in self.request.cookies.items()}
            self.write({"jar": jar, "who": self.get_cookie("who")})

    port = serve([("/", Jar)])
    cookie = {"Cookie": "who=me; n=1"}
    assert (await fetch(port, "GET", "/", cookie)).body == (
        b'{"jar": {"who": "me", "n": "1"}, "who": "me"}'
    )
    assert (await fetch(port, "GET", "/?fake=1", cookie)).body == (
        b'{"jar": {"who": "fake"}, "who": "fake"}'
    )


async def test_a_login_cookie_with_options_from_a_configuration(serve, fetch):
    options = {"httponly": True, "secure": True, "path": "/base/", "expires_days": None}

    class Login(RequestHandler):
        def get(self):
            self.set_secure_cookie("user", "me", **dict(options, samesite="Lax"))

        def post(self):
            self.clear_cookie("user", path="/base/", domain=None)
            self.clear_cookie("user-legacy", path="/base/", domain="a.example")

    port = serve([("/", Login)], cookie_secret=SECRET)
    value = (await fetch(port)).get("Set-Cookie")
    assert value.endswith('"; HttpOnly; Path=/base/; SameSite=Lax; Secure')
    first, second = (await fetch(port, "POST", "/")).all("Set-Cookie")
    assert first.startswith('user=""; expires=')
    assert second.startswith('user-legacy=""; Domain=a.example; expires=')


async def test_state_that_initialize_without_super_would_have_made(serve, fetch):
    class NoSuper(RequestHandler):
        def __init__(self, application, request, **kwargs):
            self.early = hasattr(self, "ui") or True
            super().__init__(application, request, **kwargs)

        def initialize(self, **kwargs):
            pass

        def get(self):
            self.render("page")

    loader = DictLoader({"page": "{% module Template('part') %} {{ xsrf_token }}", "part": "part"})

    class WithToken(NoSuper):
        def get_template_namespace(self):
            names = super().get_template_namespace()
            names["xsrf_token"] = self.xsrf_token
            return names

    response = await fetch(serve([("/", WithToken)], template_loader=loader))
    assert response.body.startswith(b"part 2|")


async def test_ui_changed_by_a_handler(serve, fetch):
    class Greeting(UIModule):
        def render(self):
            return self.ui.greeting("you")

    class Page(RequestHandler):
        def prepare(self):
            self.ui["greeting"] = lambda name: f"hello {name}"

        def get(self):
            self.render("page")

    loader = DictLoader({"page": "{{ greeting('me') }}, {% module Greeting() %}"})
    port = serve([("/", Page)], template_loader=loader, ui_modules={"Greeting": Greeting})
    assert (await fetch(port)).body == b"hello me, hello you"


async def test_another_template_language_by_overriding_render_string(serve, fetch):
    class Page(RequestHandler):
        def render_string(self, template_name, **kwargs):
            names = self.get_template_namespace()
            names.update(kwargs)
            return f"{template_name}: {names['who']} {sorted(names)[0]}"

        def get(self):
            self.render("page.jinja", who="me")

    assert (await fetch(serve([("/", Page)]))).body == b"page.jinja: me _"


async def test_templates_of_2009_with_and_without_autoescape(serve, fetch):
    class Entry(UIModule):
        def render(self, entry):
            return f"<i>{entry}</i>"

        def embedded_css(self):
            return ".entry{}"

    class Page(RequestHandler):
        def get(self):
            self.render("page", title="<t>")

        def post(self):
            self.write("posted")

    source = "<head></head>{{ escape(title) }}{{ modules.Entry('x') }}{{ xsrf_form_html() }}</body>"
    bodies = []
    for autoescape in (None, "xhtml_escape"):
        loader = DictLoader({"page": source}, autoescape=autoescape)
        port = serve(
            [("/", Page)], template_loader=loader, ui_modules={"Entry": Entry}, xsrf_cookies=True
        )
        response = await fetch(port)
        cookie = response.get("Set-Cookie").partition(";")[0]
        html = response.body.decode()
        token = html.split('value="')[1].partition('"')[0]
        headers = {"Cookie": cookie} | FORM
        posted = await fetch(port, "POST", "/", headers, f"_xsrf={token}".encode())
        assert posted.body == b"posted"
        bodies.append(html.replace(token, "TOKEN"))
    assert bodies[1].startswith("<head><style")
    assert "&lt;t&gt;<i>x</i><input" in bodies[0]
    assert bodies[0] == bodies[1]


@pytest.mark.parametrize("level", [logging.DEBUG])
async def test_a_log_function_that_reads_the_user_and_the_locale(serve, fetch, level):
    seen = []

    class Page(RequestHandler):
        def get_current_user(self):
            return "me"

        def get(self):
            self.set_cookie("a", "b")

    def log(handler):
        seen.append((handler.current_user, handler.locale.code, handler.get_cookie("c")))

    await fetch(serve([("/", Page)], log_function=log), "GET", "/", {"Cookie": "c=d"})
    assert seen == [("me", "en_US", "d")]


async def test_a_coroutine_around_execute(serve, fetch, monkeypatch):
    """As error reporters do: they look whether it is a coroutine function, and await it."""
    original = RequestHandler._execute
    assert inspect.iscoroutinefunction(original)
    span = contextvars.ContextVar("span", default="none")
    seen = []

    async def execute(self, *args, **kwargs):
        token = span.set(self.request.path)
        seen.append("begin")
        try:
            return await original(self, *args, **kwargs)
        finally:
            seen.append(("end", self.get_status(), span.get()))
            span.reset(token)

    monkeypatch.setattr(RequestHandler, "_execute", execute)

    class Plain(RequestHandler):
        def get(self, word):
            self.write(f"{word} in {span.get()}")

    class Later(RequestHandler):
        async def prepare(self):
            await asyncio.sleep(0)

        async def get(self, word):
            await asyncio.sleep(0)
            self.write(f"{word} in {span.get()}")

    @stream_request_body
    class Upload(RequestHandler):
        def data_received(self, chunk):
            pass

        def put(self):
            self.write(span.get())

    port = serve([(r"/plain/(.*)", Plain), (r"/later/(.*)", Later), ("/upload", Upload)])
    for path in ("/plain/x", "/later/x"):
        assert (await fetch(port, "GET", path)).body == f"x in {path}".encode()
        assert seen == ["begin", ("end", 200, path)]
        seen.clear()
    assert (await fetch(port, "PUT", "/upload", {}, b"body")).body == b"/upload"
    assert seen == ["begin", ("end", 200, "/upload")]


async def test_execute_overridden_by_a_plain_method(serve, fetch):
    """As a session server of sockets does: it takes the request over and answers when it likes."""

    class Session(RequestHandler):
        def _execute(self, transforms, *args, **kwargs):
            self._transforms = transforms
            self._auto_finish = False
            asyncio.get_running_loop().call_soon(self.answer, *args)

        def answer(self, word):
            assert not self._finished
            self.write(word)
            self.finish()
            assert self._finished

    class Delegating(RequestHandler):
        async def _execute(self, transforms, *args, **kwargs):
            await super()._execute(transforms, b"changed")

        def get(self, word):
            self.write(word)

    port = serve([(r"/session/(.*)", Session), (r"/delegating/(.*)", Delegating)])
    assert (await fetch(port, "GET", "/session/x")).body == b"x"
    assert (await fetch(port, "GET", "/delegating/x")).body == b"changed"


async def test_a_tag_set_by_the_program_is_kept(serve, fetch):
    class Page(RequestHandler):
        def get(self):
            self.set_header("Etag", '"revision-7"')
            self.write("page")

    port = serve([("/", Page)])
    assert (await fetch(port)).get("Etag") == '"revision-7"'
    known = {"If-None-Match": '"revision-7"'}
    assert (await fetch(port, "GET", "/", known)).status == 304


async def test_error_pages_that_show_the_reason(serve, fetch):
    class Page(RequestHandler):
        def get(self, code):
            assert self._reason == "OK"
            if code == "201":
                self.set_status(201)
                self.write(self._reason)
            else:
                raise HTTPError(int(code), reason=self.get_argument("reason", None))

        def write_error(self, status_code, **kwargs):
            self.finish({"code": status_code, "message": self._reason})

    port = serve([(r"/(\d+)", Page)])
    assert (await fetch(port, "GET", "/201")).body == b"Created"
    assert (await fetch(port, "GET", "/404")).body == b'{"code": 404, "message": "Not Found"}'
    response = await fetch(port, "GET", "/404?reason=Gone+away")
    assert (response.reason, response.body) == (
        "Gone away",
        b'{"code": 404, "message": "Gone away"}',
    )
    assert (await fetch(port, "GET", "/799")).body == b'{"code": 799, "message": "Unknown"}'
