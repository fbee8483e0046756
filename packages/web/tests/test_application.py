"""Application: its table of routes, its settings, and what it serves by itself."""

import asyncio
import re

import pytest

from tornado.httputil import HTTPHeaders, HTTPServerRequest, ResponseStartLine
from tornado.routing import AnyMatches, PathMatches, Rule, RuleRouter
from tornado.web import Application, RequestHandler, URLSpec, url


def says(word):
    class Handler(RequestHandler):
        def get(self, *args, **kwargs):
            self.write(f"{word} {list(args)} {kwargs}")

    return Handler


async def body(fetch, port, path, **headers):
    response = await fetch(port, "GET", path, headers)
    return response.body.decode() if response.status == 200 else response.status


async def test_the_order_of_the_table_decides(serve, fetch):
    port = serve(
        [
            (r"/early/.*", says("early")),
            (r"/early/x", says("never")),
            (r"/a", says("a")),
            (r"/a", says("second a")),
            (r"/(?P<one>\d+)/(?P<two>\w*)", says("named")),
            (r"/(\w+)/(.*)", says("groups")),
            (r"/late", says("late")),
            (r"/l.*", says("never")),
        ]
    )
    assert await body(fetch, port, "/early/x") == "early [] {}"
    assert await body(fetch, port, "/a") == "a [] {}"
    assert await body(fetch, port, "/12/") == "named [] {'one': '12', 'two': ''}"
    assert await body(fetch, port, "/x/%C3%A9%2Fz") == "groups ['x', 'é/z'] {}"
    assert await body(fetch, port, "/late?query") == "late [] {}"
    assert await body(fetch, port, "/nothing") == 404


async def test_a_path_that_is_not_utf8(serve, fetch, expect_log):
    port = serve([("/(.*)", says("x"))])
    with expect_log("tornado.general", "400 GET"):
        assert await body(fetch, port, "/%ff") == 400


async def test_hosts(serve, fetch):
    application = Application([("/", says("wildcard"))], log_function=lambda h: None)
    application.add_handlers(r"www\.a\.com", [("/", says("a")), ("/only", says("only"))])
    application.add_handlers(r".*\.b\.com", [("/(.*)", says("b"))])
    port = serve(application)
    assert await body(fetch, port, "/", Host="www.a.com") == "a [] {}"
    assert await body(fetch, port, "/", Host="WWW.A.COM:80") == "a [] {}"
    assert await body(fetch, port, "/", Host="x.b.com") == "b [''] {}"
    assert await body(fetch, port, "/", Host="other") == "wildcard [] {}"
    assert await body(fetch, port, "/only", Host="other") == 404


async def test_default_host(serve, fetch):
    application = Application([], default_host="www.a.com", log_function=lambda h: None)
    application.add_handlers(r"www\.a\.com", [("/", says("a"))])
    port = serve(application)
    assert await body(fetch, port, "/", Host="1.2.3.4") == "a [] {}"
    assert await body(fetch, port, "/", Host="1.2.3.4", **{"X-Real-Ip": "1.1.1.1"}) == 404


async def test_rules_of_every_kind(serve, fetch):
    def function(request):
        headers = HTTPHeaders({"Content-Length": "8"})
        request.connection.write_headers(ResponseStartLine("", 200, "OK"), headers, b"function")
        request.connection.finish()

    inner = Application([("/inner/app", says("application"))], log_function=lambda h: None)
    port = serve(
        [
            url(r"/spec/(.)", says("spec"), name="spec"),
            Rule(PathMatches(r"/rule"), says("rule")),
            (PathMatches(r"/matcher/.*"), [("/matcher/list", says("list"))]),
            (r"/inner/.*", inner),
            (r"/router", RuleRouter([(AnyMatches(), function)])),
            (re.compile(r"/CASE", re.IGNORECASE), says("compiled")),
            (r"/dotted", "tornado.web.ErrorHandler", {"status_code": 418}),
        ]
    )
    assert await body(fetch, port, "/spec/x") == "spec ['x'] {}"
    assert await body(fetch, port, "/rule") == "rule [] {}"
    assert await body(fetch, port, "/matcher/list") == "list [] {}"
    assert await body(fetch, port, "/matcher/none") == 404
    assert await body(fetch, port, "/inner/app") == "application [] {}"
    assert await body(fetch, port, "/router") == "function"
    assert await body(fetch, port, "/case") == "compiled [] {}"
    assert (await fetch(port, "GET", "/dotted")).status == 418


async def test_rules_added_later_are_found(serve, fetch):
    application = Application([("/a", says("a"))], log_function=lambda h: None)
    port = serve(application)
    assert await body(fetch, port, "/b") == 404
    application.wildcard_router.add_rules([("/b", says("b"))])
    assert await body(fetch, port, "/b") == "b [] {}"
    application.wildcard_router.rules.insert(0, URLSpec("/a", says("first")))
    assert await body(fetch, port, "/a") == "first [] {}"


async def test_overridden_routing(serve, fetch):
    class Own(Application):
        def find_handler(self, request, **kwargs):
            request.path = request.path.lower()
            return super().find_handler(request, **kwargs)

    port = serve(Own([("/a", says("a"))], log_function=lambda h: None))
    assert await body(fetch, port, "/A") == "a [] {}"


def test_reverse_url():
    application = Application(
        [url("/a/(.*)", says("a"), name="a"), Rule(AnyMatches(), [url("/b", says("b"), name="b")])]
    )
    assert application.reverse_url("a", "x y") == "/a/x%20y"
    assert application.reverse_url("b") == "/b"
    with pytest.raises(KeyError, match="no route is named 'c'"):
        application.reverse_url("c")


async def test_not_found_by_a_handler_of_your_own(serve, fetch):
    class Lost(RequestHandler):
        def initialize(self, word):
            self.word = word

        def prepare(self):
            self.set_status(404)
            self.finish(self.word)

    port = serve([], default_handler_class=Lost, default_handler_args={"word": "gone"})
    response = await fetch(port, "GET", "/x")
    assert (response.status, response.body) == (404, b"gone")


async def test_the_static_path(serve, fetch, tmp_path):
    (tmp_path / "a.txt").write_text("static")
    (tmp_path / "robots.txt").write_text("robots")
    port = serve([("/(.*)", says("page"))], static_path=str(tmp_path))
    assert await body(fetch, port, "/static/a.txt") == "static"
    assert await body(fetch, port, "/robots.txt") == "robots"
    assert await body(fetch, port, "/static_a.txt") == "page ['static_a.txt'] {}"
    port = serve([], static_path=str(tmp_path), static_url_prefix="/files.d/")
    assert await body(fetch, port, "/files.d/a.txt") == "static"
    assert await body(fetch, port, "/filesxd/a.txt") == 404


async def test_called_with_a_request(fetch):
    written = []

    class Connection:
        context = None

        def write_headers(self, start_line, headers, chunk=None):
            written.append((start_line.code, chunk))
            done = asyncio.get_running_loop().create_future()
            done.set_result(None)
            return done

        def finish(self):
            written.append("finish")

    application = Application([("/", says("x"))], log_function=lambda h: None)
    application(HTTPServerRequest("GET", "/", headers=HTTPHeaders(), connection=Connection()))
    assert written == [(200, b"x [] {}"), "finish"]


async def test_settings_are_shared(serve, fetch):
    class Page(RequestHandler):
        def get(self):
            self.require_setting("database")
            with pytest.raises(Exception, match="set 'other' in the application settings to use X"):
                self.require_setting("other", "X")
            self.write(self.settings["database"])
            assert self.application.settings is self.settings

    assert await body(fetch, serve([("/", Page)], database="db"), "/") == "db"


async def test_debug_reads_templates_anew(serve, fetch, tmp_path):
    class Page(RequestHandler):
        def get(self):
            self.render("a.html")

    for debug in (False, True):
        (tmp_path / "a.html").write_text("one")
        settings = {"template_path": str(tmp_path), "debug": debug, "autoreload": False}
        port = serve([("/", Page)], **settings)
        assert await body(fetch, port, "/") == "one"
        (tmp_path / "a.html").write_text("two")
        assert await body(fetch, port, "/") == ("two" if debug else "one")


async def test_listen_returns_the_server():
    server = Application([]).listen(0, "127.0.0.1", max_header_size=1234)
    assert server.conn_params.max_header_size == 1234
    server.stop()


async def test_reversing_by_name_and_with_parts_left_out(serve, fetch):
    class Page(RequestHandler):
        def get(self, name, page=None):
            self.write(f"{name} {page} {self.reverse_url('page', name=name, page=3)}")

    application = Application(
        [URLSpec(r"/(?P<name>\w+)(?:/(?P<page>\d+))?", Page, name="page")],
        log_function=lambda handler: None,
    )
    assert application.reverse_url("page", "a") == "/a"
    assert application.reverse_url("page", name="a", page=2) == "/a/2"
    with pytest.raises(ValueError, match="takes name, page, got the name 'number'"):
        application.reverse_url("page", "a", number=2)
    port = serve(application)
    assert (await fetch(port, "GET", "/a")).body == b"a None /a/3"
    assert (await fetch(port, "GET", "/a/2")).body == b"a 2 /a/3"


async def test_favicon_and_robots_are_claimed_only_if_they_are_there(serve, fetch, static_root):
    class Own(RequestHandler):
        def get(self):
            self.write("own")

    class Any(RequestHandler):
        def get(self, path):
            self.write("any " + path)

    own = [("/favicon.ico", Own), ("/robots.txt", Own)]
    port = serve(own, static_path=str(static_root))
    assert (await fetch(port, "GET", "/favicon.ico")).body == b"own"
    assert (await fetch(port, "GET", "/robots.txt")).body.startswith(b"User-agent")
    port = serve([("/(.*)", Any)], static_path=str(static_root))
    assert (await fetch(port, "GET", "/favicon.ico")).body == b"any favicon.ico"
    port = serve([], static_path=str(static_root))
    (static_root / "favicon.ico").write_bytes(b"icon")  # made later
    assert (await fetch(port, "GET", "/favicon.ico")).body == b"icon"


@pytest.mark.parametrize(
    ("handlers", "error", "words"),
    [
        ({"/": RequestHandler}, TypeError, "a list of tuples"),
        (RequestHandler, TypeError, "a list of tuples"),
        ("/", TypeError, "a list of tuples"),
        ([RequestHandler], TypeError, "a rule is a Rule or a tuple"),
        ([("/",)], ValueError, "got 1 items"),
        ([("/", RequestHandler, {}, "name", "more")], ValueError, "got 5 items"),
        ([("/(", RequestHandler)], re.error, r"route '/\(' is no regular expression"),
    ],
)
def test_handlers_that_are_no_rules(handlers, error, words):
    with pytest.raises(error, match=words):
        Application(handlers)
