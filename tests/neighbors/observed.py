"""A small application, asked from within: what the two programs beside this file observe.

Plain methods, coroutines, errors, a subclass that overrides what tracing packages patch, a body in
pieces. ``run(check)`` starts it, calls ``check(port)`` in a thread, and ends.
"""

import asyncio
import http.client

import tornado.web
from tornado.httpserver import HTTPServer


class Plain(tornado.web.RequestHandler):
    def get(self, name):
        self.write(f"hello {name}")


class Later(tornado.web.RequestHandler):
    def initialize(self):
        pass  # as most do, without super

    async def prepare(self):
        await asyncio.sleep(0)

    async def get(self):
        await asyncio.sleep(0)
        self.set_status(202)
        self.write("later")

    def on_finish(self):
        self.application.finished.append(self.request.path)


class Fails(tornado.web.RequestHandler):
    async def post(self):
        await asyncio.sleep(0)
        raise ZeroDivisionError("on purpose")


class Refuses(tornado.web.RequestHandler):
    def get(self):
        raise tornado.web.HTTPError(403, "not you")


@tornado.web.stream_request_body
class Upload(tornado.web.RequestHandler):
    received = 0

    def data_received(self, chunk):
        self.received += len(chunk)

    def put(self):
        self.write(str(self.received))


def make_app():
    application = tornado.web.Application(
        [
            (r"/plain/(\w+)", Plain),
            (r"/later", Later),
            (r"/fails", Fails),
            (r"/refuses", Refuses),
            (r"/upload", Upload),
        ],
        cookie_secret="secret",
    )
    application.finished = []
    return application


def ask(port, method, path, body=None, **headers):
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=20)
    try:
        connection.request(method, path, body, headers)
        response = connection.getresponse()
        return response.status, dict(response.getheaders()), response.read()
    finally:
        connection.close()


def run(check):
    async def main():
        application = make_app()
        server = HTTPServer(application)
        server.listen(0, "127.0.0.1")
        (listening,) = server._sockets.values()
        await asyncio.to_thread(check, listening.getsockname()[1])
        assert application.finished == ["/later"]
        server.stop()
        await server.close_all_connections()

    asyncio.run(main())
