"""What test_websocket.py runs: a page, and WebSockets that echo, close and compress."""

import asyncio

from tornado.httpserver import HTTPServer
from tornado.netutil import bind_sockets
from tornado.web import Application, RequestHandler
from tornado.websocket import WebSocketHandler


class Page(RequestHandler):
    def get(self):
        self.write("<!DOCTYPE html><title>page</title><p>page</p>")


class Echo(WebSocketHandler):
    def select_subprotocol(self, subprotocols):
        return "second" if "second" in subprotocols else None

    def on_message(self, message):
        if isinstance(message, str) and message.startswith("close "):
            _, code, reason = message.split(" ", 2)
            self.close(int(code), reason)
        else:
            self.write_message(message, binary=isinstance(message, bytes))

    def on_close(self):
        print(f"closed {self.close_code} {self.close_reason}", flush=True)


class Compressed(Echo):
    def get_compression_options(self):
        return {}


async def main():
    routes = [("/", Page), ("/echo", Echo), ("/compressed", Compressed)]
    server = HTTPServer(Application(routes))
    sockets = bind_sockets(0, "127.0.0.1")
    server.add_sockets(sockets)
    print(f"http://127.0.0.1:{sockets[0].getsockname()[1]}", flush=True)
    await asyncio.Event().wait()


try:
    asyncio.run(main())
except KeyboardInterrupt:
    pass
