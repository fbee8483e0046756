"""Samples and promises that need a page, a setting or a file which the programs do not have."""

import asyncio
import functools
import socket
import time
from contextlib import ExitStack, asynccontextmanager

from visitor import Visitor

import tornado.escape
import tornado.locale
import tornado.web
from tornado.httpserver import HTTPServer
from tornado.ioloop import IOLoop
from tornado.netutil import bind_sockets
from tornado.template import DictLoader, Template
from tornado.web import Application, RequestHandler, StaticFileHandler

MANY = 300
"""Requests that stay open at once."""


@asynccontextmanager
async def site(application):
    """``get`` and ``post`` of a visitor of this application, to be awaited."""
    server = HTTPServer(application)
    sockets = bind_sockets(0, "127.0.0.1")
    server.add_sockets(sockets)
    visitor = Visitor("http://127.0.0.1:%d" % sockets[0].getsockname()[1])

    class Site:
        get = staticmethod(functools.partial(asyncio.to_thread, visitor.get))
        post = staticmethod(functools.partial(asyncio.to_thread, visitor.post))
        cookies = visitor.cookies

    try:
        yield Site
    finally:
        server.stop()
        await server.close_all_connections()


# Overview


async def test_a_default_need_not_be_text():
    class WrapHandler(RequestHandler):
        def post(self):
            width = self.get_argument("width", 40)
            self.write("%d" % int(width))

    async with site(Application([(r"/wrap", WrapHandler)])) as visitor:
        assert (await visitor.post("/wrap")).text == "40"
        assert (await visitor.post("/wrap", {"width": "12"})).text == "12"


# Talk


def test_a_template_imports():
    text = '{% import textwrap %}{{ textwrap.shorten("one two three", 11) }}'
    assert Template(text).generate() == b"one [...]"


def test_the_loop_takes_a_descriptor_and_a_time():
    class TCPServer:
        def __init__(self, ioloop=None):
            self._ioloop = ioloop or IOLoop.instance()

    mine = IOLoop(make_current=False)
    assert TCPServer(mine)._ioloop is mine
    mine.close()
    ioloop = TCPServer()._ioloop
    assert ioloop is IOLoop.instance()

    sock, peer = socket.socketpair()
    called = []

    def callback(fd, events):
        called.append((fd, events))
        if events & ioloop.READ:
            ioloop.update_handler(sock.fileno(), ioloop.WRITE)
        else:
            ioloop.remove_handler(sock.fileno())
            ioloop.add_timeout(time.time() + 0.001, ioloop.stop)

    with sock, peer:
        ioloop.add_handler(sock.fileno(), callback, ioloop.READ)
        ioloop.add_callback(peer.sendall, b"x")
        ioloop.start()
        assert called == [(sock.fileno(), ioloop.READ), (sock.fileno(), ioloop.WRITE)]
    ioloop.close()


# Manual: templates

MAIN = """
class MainHandler(tornado.web.RequestHandler):
    def get(self):
        items = ["Item 1", "Item 2", "Item 3"]
        self.render("template.html", title="My title", items=items)
"""


async def test_a_template_in_the_folder_of_the_python_file(tmp_path):
    page = "{{ title }}{% if len(items) > 2 %}: {{ items[0] }}{% end %}"
    (tmp_path / "template.html").write_text(page)
    names = {"tornado": tornado}
    exec(compile(MAIN, str(tmp_path / "main.py"), "exec"), names)
    async with site(Application([(r"/", names["MainHandler"])])) as visitor:
        assert (await visitor.get("/")).text == "My title: Item 1"


def test_a_template_is_a_python_function_with_its_expressions():
    code = Template("{{ items[0] or 'none' }}").code
    assert code.startswith("def ")
    assert "items[0] or 'none'" in code


# Manual: users, forms


async def test_nobody_is_the_user_unless_a_handler_says_so():
    class MainHandler(RequestHandler):
        def get(self):
            self.render("page", here=self.current_user)

    loader = DictLoader({"page": "{{ here is None }} {{ current_user is None }}"})
    async with site(Application([(r"/", MainHandler)], template_loader=loader)) as visitor:
        assert (await visitor.get("/")).text == "True True"


async def test_the_function_for_the_hidden_field_as_an_expression():
    class MainHandler(RequestHandler):
        def get(self):
            self.render("page")

        def post(self):
            self.write("Posted")

    application = Application(
        [(r"/", MainHandler)],
        template_loader=DictLoader({"page": "<form>{{ xsrf_form_html() }}</form>"}),
        xsrf_cookies=True,
    )
    async with site(application) as visitor:
        page = (await visitor.get("/")).text
        assert '<form><input type="hidden" name="_xsrf" value="' in page
        token = page.split('value="')[1].split('"')[0]
        assert "_xsrf" in visitor.cookies
        assert (await visitor.post("/", {"_xsrf": token})).text == "Posted"


# Manual: static files


async def test_what_is_asked_for_without_static_comes_from_there_too(tmp_path, expect_log):
    (tmp_path / "favicon.ico").write_bytes(b"an icon")
    (tmp_path / "robots.txt").write_bytes(b"User-agent: *")
    (tmp_path / "foo.png").write_bytes(b"a picture")
    try:
        async with site(Application([], static_path=str(tmp_path))) as visitor:
            for name in ("favicon.ico", "robots.txt"):
                contents = (tmp_path / name).read_bytes()
                assert (await visitor.get("/" + name)).body == contents
                assert (await visitor.get("/static/" + name)).body == contents
            assert (await visitor.get("/static/foo.png")).body == b"a picture"
            with expect_log("tornado.access", "404 GET /foo.png"):
                assert (await visitor.get("/foo.png")).status == 404
    finally:
        StaticFileHandler.reset()


# Manual: localization

SPANISH = """"Translate this string","Traduce este texto"
"A person liked this","A una persona le gustó esto","singular"
"%(num)d people liked this","A %(num)d personas les gustó esto","plural"
"""


class LocalizedHandler(RequestHandler):
    def get_current_user(self):
        class User:
            prefs = dict(pair.split("=") for pair in self.get_arguments("pref"))

        return User()

    def get_user_locale(self):
        if "locale" not in self.current_user.prefs:
            # Use the Accept-Language header
            return None
        return self.current_user.prefs["locale"]

    def get(self):
        people = ["somebody"] * 3
        _ = self.locale.translate
        liked = _("A person liked this", "%(num)d people liked this", len(people))
        liked %= {"num": len(people)}
        self.write(f"{self.locale.code}|{_('Translate this string')}|{liked}|")
        self.write(self.render_string("page"))


async def test_translate_in_a_handler_and_a_preference_by_its_name(tmp_path):
    (tmp_path / "es.csv").write_text(SPANISH, encoding="utf-8")
    loader = DictLoader({"page": "{{ locale.code }} {{ _('Translate this string') }}"})
    spanish = "es|Traduce este texto|A 3 personas les gustó esto|es Traduce este texto"
    english = "en_US|Translate this string|3 people liked this|en_US Translate this string"
    tornado.locale.load_translations(str(tmp_path))
    try:
        application = Application([(r"/", LocalizedHandler)], template_loader=loader)
        async with site(application) as visitor:
            for page, language, text in (
                ("/?pref=locale=es", "en-US", spanish),
                ("/", "es-GT", spanish),
                ("/?pref=color=red", "es-GT,en;q=0.5", spanish),
                ("/?pref=locale=en_US", "es", english),
                ("/", "de", english),
                ("/", "", english),
            ):
                answer = await visitor.get(page, Accept_Language=language)
                assert answer.text == text, (page, language)
    finally:
        (tmp_path / "es.csv").unlink()
        tornado.locale.load_translations(str(tmp_path))


# Manual: UI modules


class Entry(tornado.web.UIModule):
    def embedded_css(self):
        return ".entry { margin-bottom: 1em; }"

    def css_files(self):
        return "/entry.css"

    def embedded_javascript(self):
        return "entries()"

    def javascript_files(self):
        return ["/entry.js"]

    def render(self, entry, show_comments=False):
        return self.render_string("module-entry.html", entry=entry, show_comments=show_comments)


async def test_css_is_in_the_head_and_scripts_are_before_the_end_of_the_body():
    class HomeHandler(RequestHandler):
        def get(self):
            self.render("home.html", entries=["one", "two", "three"])

    pages = {
        "home.html": "<html><head><title>Blog</title></head><body>"
        "{% for entry in entries %}\n  {{ modules.Entry(entry) }}\n{% end %}"
        "{{ modules.Entry('four', show_comments=True) }}<p>The end</p></body></html>",
        "module-entry.html": "<b>{{ entry }}</b>{% if show_comments %}Comments{% end %}",
    }
    application = Application(
        [(r"/", HomeHandler)], template_loader=DictLoader(pages), ui_modules={"Entry": Entry}
    )
    async with site(application) as visitor:
        html = (await visitor.get("/")).text
    assert html.count("<b>") == 4
    assert html.count("Comments") == 1
    head, body = html.split("</head>")
    after = body.split("<p>The end</p>")[1]
    for css in ("/entry.css", ".entry { margin-bottom: 1em; }"):
        assert head.count(css) == html.count(css) == 1
    for script in ("/entry.js", "entries()"):
        assert after.count(script) == html.count(script) == 1
    assert after.endswith("</body></html>")


# Manual: requests that stay open


async def test_finish_ends_what_asynchronous_keeps_open(expect_log):
    class MainHandler(RequestHandler):
        @tornado.web.asynchronous
        def get(self):
            self.write("Hello, world")
            self.finish()

    class FetchHandler(RequestHandler):
        @tornado.web.asynchronous
        def get(self):
            IOLoop.current().add_callback(self.async_callback(self.on_response), b'{"entries": 1}')

        def on_response(self, body):
            json = tornado.escape.json_decode(body)
            self.write("Fetched " + str(len(json["entries"])) + " entries")
            self.finish()

    async with site(Application([(r"/", MainHandler), (r"/fetch", FetchHandler)])) as visitor:
        assert (await visitor.get("/")).text == "Hello, world"
        with (
            expect_log("tornado.application", "Uncaught exception GET /fetch.*TypeError"),
            expect_log("tornado.access", "500 GET /fetch"),
        ):
            assert (await visitor.get("/fetch")).status == 500


def test_many_requests_stay_open(run):
    program = run("tutorial/long_polling.py")
    visitor = Visitor(program.url)
    with ExitStack() as stack:
        open_ones = []
        for _ in range(MANY):
            peer = stack.enter_context(socket.create_connection(("127.0.0.1", program.port), 20))
            peer.sendall(b"GET /listen HTTP/1.0\r\n\r\n")
            open_ones.append(peer)
        heard = 0
        deadline = time.monotonic() + 20
        while heard < MANY and time.monotonic() < deadline:
            heard += visitor.post("/say", {"text": "Hello"}).json()["heard"]
        assert heard == MANY
        for peer in open_ones:
            with peer.makefile("rb") as answer:
                assert answer.read().endswith(b"\r\n\r\nHello")
