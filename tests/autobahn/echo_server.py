"""The server that Autobahn's suite talks to: every message comes back as it is.

Prints its address. Takes larger messages than by default, for section 9 has some of 16 MiB.
"""

import asyncio
import contextlib

from tornado.httpserver import HTTPServer
from tornado.netutil import bind_sockets
from tornado.web import Application
from tornado.websocket import WebSocketClosedError, WebSocketHandler

LARGEST = 64 * 1024 * 1024


class Echo(WebSocketHandler):
    def get_compression_options(self):
        return {}

    def on_message(self, message):
        with contextlib.suppress(WebSocketClosedError):  # some cases leave without waiting for it
            self.write_message(message, binary=isinstance(message, bytes))


async def main():
    application = Application([("/", Echo)], websocket_max_message_size=LARGEST)
    server = HTTPServer(application)
    sockets = bind_sockets(0, "127.0.0.1")
    server.add_sockets(sockets)
    print(f"ws://127.0.0.1:{sockets[0].getsockname()[1]}", flush=True)
    await asyncio.Event().wait()


asyncio.run(main())
