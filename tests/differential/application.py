"""The application that both servers run: ``python application.py DIRECTORY`` prints its port.

It uses the interface of Tornado and nothing of one implementation. ``/echo`` answers with what it
was given, as JSON; the rest of the routes are a feature each. It ends when its standard input does.
"""

import asyncio
import datetime
import logging
import os
import sys

import tornado.web
from tornado import gen
from tornado.httpserver import HTTPServer
from tornado.netutil import bind_sockets
from tornado.template import DictLoader
from tornado.web import HTTPError, RequestHandler

TEMPLATES = {
    "page.html": "<head><title>{{ title }}</title></head>"
    "{% for item in items %}<li>{{ item }}{% end %}{% module Box('b') %}</body>",
    "box.html": "<i>{{ text }}</i>",
}


class Box(tornado.web.UIModule):
    def render(self, text):
        return self.render_string("box.html", text=text)

    def embedded_css(self):
        return "i { color: red }"

    def javascript_files(self):
        return "box.js"


class Hello(RequestHandler):
    def get(self):
        self.write("hello")


class Echo(RequestHandler):
    SUPPORTED_METHODS = (*RequestHandler.SUPPORTED_METHODS, "PROPFIND")

    def answer(self, *args, **kwargs):
        request = self.request
        self.write(
            {
                "method": request.method,
                "uri": request.uri,
                "path": request.path,
                "query": request.query,
                "version": request.version,
                "host": request.host,
                "host_name": request.host_name,
                "protocol": request.protocol,
                "remote_ip": request.remote_ip,
                "full_url": request.full_url(),
                "headers": sorted(request.headers.get_all()),
                "body": request.body.decode("latin-1"),
                "arguments": plain(request.arguments),
                "query_arguments": plain(request.query_arguments),
                "body_arguments": plain(request.body_arguments),
                "files": {
                    name: [
                        [f["filename"], f["content_type"], f["body"].decode("latin-1")] for f in v
                    ]
                    for name, v in request.files.items()
                },
                "cookies": {name: morsel.value for name, morsel in request.cookies.items()},
                "path_args": [args, kwargs],
            }
        )

    get = head = post = put = delete = patch = options = propfind = answer


def plain(arguments):
    return {name: [value.decode("latin-1") for value in v] for name, v in arguments.items()}


class Argument(RequestHandler):
    def get(self):
        self.write(
            {
                "a": self.get_argument("a"),
                "raw": self.get_argument("a", strip=False),
                "all": self.get_arguments("a"),
                "query": self.get_query_argument("a", "none"),
                "body": self.get_body_argument("a", "none"),
            }
        )

    post = get


class Status(RequestHandler):
    def get(self, code):
        self.set_status(int(code), self.get_argument("reason", None))
        if self.get_argument("body", None):
            self.write(self.get_argument("body"))

    head = get


class Raises(RequestHandler):
    def get(self, code):
        raise HTTPError(
            int(code), self.get_argument("log", None), reason=self.get_argument("reason", None)
        )

    head = post = get


class Fails(RequestHandler):
    async def get(self, when):
        if when == "late":
            self.write("begun")
            await self.flush()
        elif when == "twice":
            self.finish("one")
            self.finish("two")
        elif when == "written":
            self.write("this must not be seen")
            self.set_header("X-Given", "nor this")
        raise ZeroDivisionError("on purpose")


class OwnErrors(RequestHandler):
    def get(self):
        raise HTTPError(int(self.get_argument("code")))

    def write_error(self, status_code, **kwargs):
        self.finish({"error": status_code, "kind": kwargs["exc_info"][0].__name__})


class Finishes(RequestHandler):
    def prepare(self):
        if self.get_argument("where") == "prepare":
            self.finish("from prepare")
        elif self.get_argument("where") == "raise":
            self.set_status(202)
            raise tornado.web.Finish("raised")

    def get(self):
        self.finish(self.get_argument("where"))


class OldStyle(RequestHandler):
    @gen.coroutine
    def get(self):
        yield gen.moment
        value = yield self.later()
        self.write(value)

    @gen.coroutine
    def later(self):
        yield gen.sleep(0)
        raise gen.Return("from a generator")


class Writes(RequestHandler):
    def get(self, kind):
        self.write(
            {
                "text": "text \u20ac",
                "bytes": b"\x00\xff",
                "dict": {"a": "</script>", "b": [1, None, True, 1.5], "\u20ac": "\u20ac"},
                "empty": "",
            }[kind]
        )

    head = get


class WritesBadly(RequestHandler):
    def get(self, kind):
        self.write({"list": [1], "none": None, "number": 3}[kind])


class Sets(RequestHandler):
    def get(self, kind):
        if kind == "date":
            self.set_header("X-Given", datetime.datetime(2020, 1, 2, 3, 4, 5))
        elif kind == "number":
            self.set_header("X-Given", 7)
        elif kind == "twice":
            self.add_header("X-Given", "a")
            self.add_header("X-Given", "b")
        elif kind == "replace":
            self.add_header("x-given", "a")
            self.set_header("X-GIVEN", "b")
        elif kind == "clear":
            self.set_header("X-Given", "a")
            self.clear_header("x-given")
        elif kind == "length":
            self.set_header("Content-Length", "3")
            self.write("abc")
        elif kind == "wrong-length":
            self.set_header("Content-Length", "4")
            self.write("abc")
        elif kind == "type":
            self.set_header("Content-Type", "text/plain")
            self.write("abc")
        elif kind == "no-type":
            self.clear_header("Content-Type")
            self.write("abc")
        elif kind == "close":
            self.set_header("Connection", "close")
            self.write("bye")
        elif kind == "given":
            self.set_header("X-Given", self.request.query_arguments["v"][0])


class Cookies(RequestHandler):
    def get(self, kind):
        if kind == "set":
            self.set_cookie("a", self.get_argument("v"))
        elif kind == "attributes":
            self.set_cookie(
                "a", "b", domain="a.example", path="/p", httponly=True, secure=True, samesite="Lax"
            )
        elif kind == "expires":
            self.set_cookie("a", "b", expires=datetime.datetime(2030, 1, 2, 3, 4, 5))
        elif kind == "max-age":
            self.set_cookie("a", "b", max_age=5)
        elif kind == "days":
            self.set_cookie("a", "b", expires_days=1)
        elif kind == "clear":
            self.clear_cookie("a", path="/p", domain="a.example")
        elif kind == "clear-all":
            self.clear_all_cookies()
        elif kind == "two":
            self.set_cookie("a", "1")
            self.set_cookie("b", "2")
            self.set_cookie("a", "3")
        elif kind == "read":
            self.write({"a": self.get_cookie("a", "none"), "b": self.get_cookie("b")})


class Signed(RequestHandler):
    def get(self, kind):
        name = self.get_argument("name", "name")
        if kind == "set":
            self.set_signed_cookie(name, "value \u20ac", expires_days=None)
        elif kind == "value":
            self.write(self.create_signed_value(name, "value"))
        elif kind == "value1":
            self.write(self.create_signed_value(name, "value", version=1))
        elif kind == "fixed":
            version = int(self.get_argument("version"))
            value = tornado.web.create_signed_value(
                "secret", name, "value", version=version, clock=lambda: 1300000000
            )
            self.write(value)
        elif kind == "key":
            self.write(repr(self.get_signed_cookie_key_version(name)))
        else:
            self.write(self.get_signed_cookie(name, max_age_days=100000) or "invalid")


class Page(RequestHandler):
    def get(self):
        self.render("page.html", title="<t>", items=["a", "<b>", "\u20ac"])


class Users(RequestHandler):
    def get_current_user(self):
        return self.get_cookie("user")

    @tornado.web.authenticated
    def get(self):
        self.write(self.current_user)

    post = get


class Redirects(RequestHandler):
    def get(self):
        status = self.get_argument("status", None)
        self.redirect(
            self.get_argument("to"),
            permanent=bool(self.get_argument("permanent", None)),
            status=int(status) if status else None,
        )


class Slash(RequestHandler):
    @tornado.web.removeslash
    def get(self):
        self.write("no slash")

    head = post = get


class Unslashed(RequestHandler):
    @tornado.web.addslash
    def get(self):
        self.write("slash")

    head = get


class Tagged(RequestHandler):
    def get(self, kind):
        if kind == "none":
            self.compute_etag = lambda: None
        elif kind == "weak":
            self.set_header("Etag", 'W/"weak"')
        elif kind == "own":
            self.set_header("Etag", '"own"')
        self.write("tagged")

    head = post = get


class Stream(RequestHandler):
    async def get(self):
        for piece in ("one", "", "two", "three"):
            self.write(piece)
            await self.flush()

    head = get


@tornado.web.stream_request_body
class Upload(RequestHandler):
    def initialize(self):
        self.received = 0

    def prepare(self):
        if self.request.headers.get("X-Limit"):
            self.request.connection.set_max_body_size(int(self.request.headers["X-Limit"]))

    async def data_received(self, chunk):
        self.received += len(chunk)
        await asyncio.sleep(0)

    def put(self):
        self.write(str(self.received))

    post = put


class Language(RequestHandler):
    def get(self):
        self.write(self.locale.code)


class Xsrf(RequestHandler):
    """The application does not set xsrf_cookies; these do by hand what the setting does."""

    def prepare(self):
        if self.request.method not in ("GET", "HEAD", "OPTIONS"):
            self.check_xsrf_cookie()

    def get(self):
        self.write(self.xsrf_form_html())

    def post(self):
        self.write("passed")

    put = delete = post


def make_app(directory):
    files = os.path.join(directory, "static")
    return tornado.web.Application(
        [
            (r"/", Hello),
            (r"/echo(?:/.*)?", Echo),
            (r"/groups/(\w+)/(?:(\d+))?", Echo),
            (r"/named/(?P<name>[^/]*)", Echo),
            (r"/argument", Argument),
            (r"/status/(\d+)", Status),
            (r"/raises/(\d+)", Raises),
            (r"/fails/(\w+)", Fails),
            (r"/own-errors", OwnErrors),
            (r"/finishes", Finishes),
            (r"/old-style", OldStyle),
            (r"/writes/(\w+)", Writes),
            (r"/writes-badly/(\w+)", WritesBadly),
            (r"/sets/([\w-]+)", Sets),
            (r"/cookies/([\w-]+)", Cookies),
            (r"/signed/(\w+)", Signed),
            (r"/page", Page),
            (r"/users", Users),
            (r"/redirects", Redirects),
            (r"/slash/*", Slash),
            (r"/unslashed/?", Unslashed),
            (r"/tagged/(\w+)", Tagged),
            (r"/stream", Stream),
            (r"/upload", Upload),
            (r"/language", Language),
            (r"/xsrf", Xsrf),
            (r"/old/(.*)", tornado.web.RedirectHandler, {"url": "/new/{0}"}),
            (
                r"/moved",
                tornado.web.RedirectHandler,
                {"url": "http://a.example/x", "permanent": False},
            ),
            (r"/gone", tornado.web.ErrorHandler, {"status_code": 410}),
            (
                r"/files/(.*)",
                tornado.web.StaticFileHandler,
                {"path": files, "default_filename": "index.html"},
            ),
        ],
        static_path=files,
        cookie_secret="secret",
        login_url="/login",
        template_loader=DictLoader(TEMPLATES),
        ui_modules={"Box": Box},
        transforms=[tornado.web.GZipContentEncoding],  # not Brotli, where that is installed
    )


async def main(directory):
    logging.basicConfig(level=logging.CRITICAL)
    application = make_app(directory)
    server = HTTPServer(application, max_header_size=16 * 1024, max_body_size=100_000)
    (socket,) = bind_sockets(0, "127.0.0.1")
    server.add_sockets([socket])
    print(socket.getsockname()[1], flush=True)
    ended = asyncio.Event()
    loop = asyncio.get_running_loop()
    loop.add_reader(0, ended.set)
    await ended.wait()
    loop.remove_reader(0)
    server.stop()


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1]))
