"""The server that fuzzing attacks: ``python server.py DIRECTORY`` prints its port.

A route for each way to answer: at once, later, in pieces, before the body, never looking at it.
Limits and deadlines are small, so that breaking them is quick. It ends when its standard input
does.
"""

import asyncio
import json
import logging
import os
import sys
from hashlib import sha1

from tornado.httpserver import HTTPServer
from tornado.netutil import bind_sockets
from tornado.web import (
    Application,
    HTTPError,
    RedirectHandler,
    RequestHandler,
    StaticFileHandler,
    addslash,
    authenticated,
    removeslash,
    stream_multipart,
    stream_request_body,
)

METHODS = (*RequestHandler.SUPPORTED_METHODS, "PROPFIND")


class Handler(RequestHandler):
    """Every response says to which method it is the answer: without that it cannot be read."""

    SUPPORTED_METHODS = METHODS

    def set_default_headers(self):
        self.set_header("X-Method", self.request.method)

    def show(self):
        digest = sha1(self.request.body, usedforsecurity=False).hexdigest()
        self.write(json.dumps([self.request.uri, len(self.request.body), digest]))


class Echo(Handler):
    get = head = post = put = delete = patch = options = propfind = Handler.show


class Slow(Handler):
    async def get(self):
        for _ in range(3):
            await asyncio.sleep(0)
        self.show()

    head = post = put = delete = patch = options = propfind = get


class Pieces(Handler):
    async def get(self):
        for _ in range(3):
            self.write("piece" * 100)
            await self.flush()

    head = post = put = delete = patch = options = propfind = get


class Early(Handler):
    """Answers without looking at the body."""

    def prepare(self):
        self.finish("early")


@stream_request_body
class Refused(Handler):
    """Answers before the body."""

    def prepare(self):
        raise HTTPError(403)

    def data_received(self, chunk):
        raise AssertionError("a piece of the body after the answer")


@stream_request_body
class Enough(Handler):
    """Answers in the middle of the body."""

    async def data_received(self, chunk):
        await asyncio.sleep(0)
        self.finish("enough")

    def post(self):
        self.write("nothing")


@stream_request_body
class Stream(Handler):
    def prepare(self):
        self.digest = sha1(usedforsecurity=False)
        self.length = 0

    async def data_received(self, chunk):
        await asyncio.sleep(0)
        self.digest.update(chunk)
        self.length += len(chunk)

    def answer(self):
        self.write(json.dumps([self.request.uri, self.length, self.digest.hexdigest()]))

    get = head = post = put = delete = patch = options = propfind = answer


class Everything(Handler):
    """Looks at all that a request may carry."""

    def answer(self):
        request = self.request
        seen = [request.arguments, request.query_arguments, request.body_arguments, request.files]
        texts = [self.get_arguments(name) for name in request.arguments]
        self.get_signed_cookie("user")
        parts = [len(seen), len(texts), len(request.cookies), request.remote_ip, request.host_name]
        parts += [self.locale.code, request.full_url(), self.get_cookie("a"), len(self.xsrf_token)]
        if request.method not in ("GET", "HEAD", "OPTIONS"):
            self.check_xsrf_cookie()
        self.write(json.dumps(parts))

    get = head = post = put = delete = patch = options = propfind = answer


class Json(Handler):
    def answer(self):
        self.write({"value": self.get_json()})

    get = head = post = put = delete = patch = options = propfind = answer


@stream_multipart
class Multipart(Handler):
    async def answer(self):
        form = await self.multipart.form()
        self.write({name: len(texts) for name, texts in form.fields.items()})

    get = head = post = put = delete = patch = options = propfind = answer


class Added(Handler):
    @addslash
    def get(self):
        self.write("slash")

    head = get


class Removed(Handler):
    @removeslash
    def get(self):
        self.write("no slash")

    head = get


class Private(Handler):
    @authenticated
    def get(self):
        raise AssertionError("nobody is signed in")

    head = post = get


class Files(Handler, StaticFileHandler):
    pass


class Moved(Handler, RedirectHandler):
    pass


class Missing(Handler):
    def prepare(self):
        raise HTTPError(404)


def make_app(directory):
    files = {"path": os.path.join(directory, "static"), "default_filename": "index.html"}
    return Application(
        [
            (r"/", Echo),
            (r"/echo(?:/.*)?", Echo),
            (r"/slow", Slow),
            (r"/pieces", Pieces),
            (r"/early", Early),
            (r"/refused", Refused),
            (r"/enough", Enough),
            (r"/stream", Stream),
            (r"/everything", Everything),
            (r"/json", Json),
            (r"/multipart", Multipart),
            (r"/+added/?", Added),
            (r"/+removed/?", Removed),
            (r"/private", Private),
            (r"/moved/(.*)", Moved, {"url": "/echo/{0}"}),
            (r"/static/(.*)", Files, files),
            (r"//(.*)", Files, files),
        ],
        default_handler_class=Missing,
        compress_response=True,
        cookie_secret="a secret of fuzzing only",
        login_url="/login",
    )


async def main(directory):
    logging.basicConfig(format="%(levelname)s %(name)s %(message)s", level=logging.WARNING)
    logging.getLogger("tornado.access").setLevel(logging.ERROR)
    server = HTTPServer(
        make_app(directory),
        xheaders=True,
        decompress_request=True,
        max_header_size=8 * 1024,
        max_header_count=50,
        max_body_size=40_000,
        header_timeout=2,
        body_timeout=2,
        idle_connection_timeout=2,
        write_timeout=2,
    )
    (socket,) = bind_sockets(0, "127.0.0.1")
    server.add_sockets([socket])
    print(socket.getsockname()[1], flush=True)
    loop = asyncio.get_running_loop()
    ended = asyncio.Event()
    loop.add_reader(0, ended.set)
    await ended.wait()
    loop.remove_reader(0)
    await server.drain(1)


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1]))
