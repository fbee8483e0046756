"""The server that the raw requests are sent to: ``python server.py DIRECTORY`` prints its port.

``/echo`` answers any method with what it was given, as JSON; the rest of the routes are a feature
each. Limits are small, so that breaking them is quick. It ends when its standard input does.
"""

import asyncio
import json
import os
import sys

from tornado.httpserver import HTTPServer
from tornado.netutil import bind_sockets
from tornado.web import Application, HTTPError, RequestHandler, StaticFileHandler


class Hello(RequestHandler):
    def get(self):
        self.write("hello")


class Careless(RequestHandler):
    """Passes on what it is given, control characters and all; what is refused becomes a 400."""

    def given(self, name):
        return self.request.query_arguments[name][0].decode("latin-1")

    def pass_on(self, *args):
        raise NotImplementedError

    def get(self, *args):
        try:
            self.pass_on(*args)
        except ValueError:
            raise HTTPError(400) from None


class Echo(RequestHandler):
    SUPPORTED_METHODS = (*RequestHandler.SUPPORTED_METHODS, "PROPFIND")

    def answer(self):
        request = self.request
        shown = {
            "method": request.method,
            "uri": request.uri,
            "host": request.host,
            "headers": list(request.headers.get_all()),
            "body": request.body.decode("latin-1"),
            "arguments": {
                name: [value.decode("latin-1") for value in values]
                for name, values in request.arguments.items()
            },
            "files": {
                name: [[file.filename, file.body.decode("latin-1")] for file in files]
                for name, files in request.files.items()
            },
            "cookies": {name: morsel.value for name, morsel in request.cookies.items()},
        }
        self.set_header("Content-Type", "application/json")
        self.write(json.dumps(shown))

    get = head = post = put = delete = patch = options = propfind = answer


class Early(RequestHandler):
    """Answers a POST without looking at anything."""

    def post(self):
        self.write("early")


class Status(Careless):
    def pass_on(self, code):
        arguments = self.request.query_arguments
        reason = self.given("reason") if "reason" in arguments else None
        if "raise" in arguments:
            raise HTTPError(int(code), reason=reason)
        self.set_status(int(code), reason)


class SetHeader(Careless):
    def pass_on(self):
        self.set_header("X-Given", self.given("value"))
        self.write("set")


class Redirect(Careless):
    def pass_on(self):
        self.redirect(self.given("to"))


class SetCookie(Careless):
    def pass_on(self):
        self.set_cookie(**{name: self.given(name) for name in self.request.query_arguments})


class Signed(RequestHandler):
    def get(self, action):
        if action == "sign":
            self.write(self.create_signed_value(self.get_argument("name"), "text"))
        else:
            value = self.get_signed_cookie(self.get_argument("name"))
            self.write(value or "invalid")


class Guarded(RequestHandler):
    def post(self):
        self.check_xsrf_cookie()
        self.write("passed")


class Stream(RequestHandler):
    async def get(self):
        for piece in ("one", "two", "three"):
            self.write(piece)
            await self.flush()


class Fails(RequestHandler):
    def get(self):
        if self.get_argument("late", None):
            self.write("begun")
            self.flush()
        raise HTTPError(500, "on purpose")


def make_app(directory):
    files = {"path": os.path.join(directory, "static"), "default_filename": "index.html"}
    return Application(
        [
            (r"/", Hello),
            (r"/echo(?:/.*)?", Echo),
            (r"/early", Early),
            (r"/status/([0-9]+)", Status),
            (r"/set-header", SetHeader),
            (r"/redirect", Redirect),
            (r"/set-cookie", SetCookie),
            (r"/signed/(\w+)", Signed),
            (r"/guarded", Guarded),
            (r"/stream", Stream),
            (r"/fails", Fails),
            (r"/indexed/(.*)", StaticFileHandler, files),
            (r"//(.*)", StaticFileHandler, files),
        ],
        static_path=files["path"],
        cookie_secret="a secret of this test only",
    )


async def main(directory):
    server = HTTPServer(
        make_app(directory),
        max_header_size=16 * 1024,
        max_header_count=50,
        max_body_size=100_000,
        header_timeout=2,
        body_timeout=2,
    )
    (socket,) = bind_sockets(0, "127.0.0.1")
    server.add_sockets([socket])
    print(socket.getsockname()[1], flush=True)
    loop = asyncio.get_running_loop()
    ended = asyncio.Event()
    loop.add_reader(0, ended.set)
    await ended.wait()
    loop.remove_reader(0)
    server.stop()


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1]))
