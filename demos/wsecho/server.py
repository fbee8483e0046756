"""A WebSocket server: every message comes back.

python server.py --port=9001
"""

import asyncio
import logging
import sys

from tornado.httpserver import HTTPServer
from tornado.netutil import bind_sockets
from tornado.options import Error, define, options, parse_command_line
from tornado.web import Application
from tornado.websocket import WebSocketHandler

define("port", default=9001, type=int, help="listen on this port (0: any free one)")
define("address", default="127.0.0.1", help="listen on this address")

log = logging.getLogger("echo")


class EchoHandler(WebSocketHandler):
    def get_compression_options(self):
        return {}  # yes, if the client wants it

    def open(self):
        log.info("%s has come", self.request.remote_ip)

    async def on_message(self, message):
        # Awaited: who does not read gets nothing more to read, and is not read either.
        await self.write_message(message, binary=isinstance(message, bytes))

    def on_close(self):
        log.info("%s has left: %s %s", self.request.remote_ip, self.close_code, self.close_reason)


async def main() -> None:
    application = Application(
        [("/echo", EchoHandler)],
        websocket_ping_interval=20,  # who is gone without a word is noticed
    )
    server = HTTPServer(application)
    sockets = bind_sockets(options.port, options.address)
    server.add_sockets(sockets)
    print(f"The echo is at ws://{options.address}:{sockets[0].getsockname()[1]}/echo", flush=True)
    await server.serve_until_signal(timeout=5)


if __name__ == "__main__":
    try:
        parse_command_line()
        asyncio.run(main())
    except (Error, OSError) as error:
        sys.exit(f"server.py: {error}")
