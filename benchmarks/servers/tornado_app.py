"""The scenarios on Tornado's API: this program runs on ours and on upstream, unchanged.

``python tornado_app.py PORT FOLDER [uvloop]``
"""

import asyncio
import sys

from scenarios import ITEM

import tornado.httpserver
import tornado.web
import tornado.websocket


class Hello(tornado.web.RequestHandler):
    def get(self):
        self.write("Hello, world")


class Item(tornado.web.RequestHandler):
    def get(self, number):
        self.set_header("X-Item", number)
        self.write(f"{number} {self.get_argument('q')} {self.get_cookie('user')}")


class Json(tornado.web.RequestHandler):
    def get(self):
        self.write(ITEM)


class Form(tornado.web.RequestHandler):
    def post(self):
        self.write(self.get_body_argument("last"))


class Echo(tornado.websocket.WebSocketHandler):
    def on_message(self, message):
        self.write_message(message)


def application(folder):
    return tornado.web.Application(
        [
            ("/", Hello),
            (r"/items/(\d+)", Item),
            ("/json", Json),
            ("/form", Form),
            ("/echo", Echo),
            (r"/static/(.*)", tornado.web.StaticFileHandler, {"path": folder}),
        ],
        log_function=lambda handler: None,
    )


async def main(port, folder):
    server = tornado.httpserver.HTTPServer(application(folder))
    server.listen(int(port), "127.0.0.1")
    await asyncio.Event().wait()


def new_loop(kind):
    if kind == "uvloop":
        import uvloop

        return uvloop.new_event_loop()
    return asyncio.new_event_loop()


if __name__ == "__main__":
    port, folder, *kind = sys.argv[1:]
    with asyncio.Runner(loop_factory=lambda: new_loop(*kind or ["asyncio"])) as runner:
        runner.run(main(port, folder))
