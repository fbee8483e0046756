"""A WebSocket server that sends back what it gets: ``python echo.py`` prints its port.

It uses the interface of Tornado and nothing of one implementation. ``GET /closed`` says how the
last connection ended for its handler. It ends when its standard input does.
"""

import asyncio
import logging
import sys

import tornado.web
from tornado.httpserver import HTTPServer
from tornado.netutil import bind_sockets
from tornado.websocket import WebSocketHandler

ended: asyncio.Queue = asyncio.Queue()


class Echo(WebSocketHandler):
    told = 0

    def open(self, *args):
        self.write_message(f"open {self.selected_subprotocol}")

    def on_message(self, message):
        if message == "close me":
            self.close(4000, "as you wish")
        elif message == "fail":
            raise RuntimeError("on purpose")
        elif message == "dictionary":
            self.write_message({"a": 1})
        else:
            self.write_message(message, binary=isinstance(message, bytes))

    def on_close(self):
        self.told += 1
        ended.put_nowait(f"{self.told} {self.close_code} {self.close_reason}")

    def select_subprotocol(self, subprotocols):
        return next((name for name in subprotocols if name.startswith("chat")), None)


class Deflate(Echo):
    def get_compression_options(self):
        return {}


class Closed(tornado.web.RequestHandler):
    async def get(self):
        try:
            self.write(await asyncio.wait_for(ended.get(), 2))
        except TimeoutError:
            self.write("not told")


async def main():
    logging.disable()
    application = tornado.web.Application(
        [("/echo", Echo), ("/deflate", Deflate), ("/group/(.*)", Echo), ("/closed", Closed)],
        websocket_max_message_size=1000,
    )
    server = HTTPServer(application)
    sockets = bind_sockets(0, "127.0.0.1")
    server.add_sockets(sockets)
    print(sockets[0].getsockname()[1], flush=True)
    await asyncio.to_thread(sys.stdin.read)


asyncio.run(main())
