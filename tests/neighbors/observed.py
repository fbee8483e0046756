"""A small application, asked from within: what the two programs beside this file observe.

Plain methods, coroutines, errors, a subclass that overrides what tracing packages patch, a body in
pieces, a handler that asks another server, a WebSocket. ``run(check)`` starts it, calls
``check(port)`` in a thread, and ends.
"""

import asyncio
import http.client

import tornado.web
import tornado.websocket
from tornado.httpclient import AsyncHTTPClient
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


class Asks(tornado.web.RequestHandler):
    async def get(self):
        response = await AsyncHTTPClient().fetch(f"http://{self.request.host}/asked")
        self.write(response.body)


class Asked(tornado.web.RequestHandler):
    def get(self):
        self.write({"traceparent": self.request.headers.get("traceparent")})


class Socket(tornado.websocket.WebSocketHandler):
    def on_message(self, message):
        if message == "fail":
            raise LookupError("in a WebSocket")
        self.write_message(message)


def make_app():
    application = tornado.web.Application(
        [
            (r"/plain/(\w+)", Plain),
            (r"/later", Later),
            (r"/fails", Fails),
            (r"/refuses", Refuses),
            (r"/upload", Upload),
            (r"/asks", Asks),
            (r"/asked", Asked),
            (r"/socket", Socket),
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


def talk(port, *messages):
    """What a WebSocket answers to each message; the last answer is None if it was closed."""

    async def main():
        connection = await tornado.websocket.websocket_connect(f"ws://127.0.0.1:{port}/socket")
        answers = []
        for message in messages:
            await connection.write_message(message)
            answers.append(await connection.read_message())
        connection.close()
        return answers

    return asyncio.run(main())


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
