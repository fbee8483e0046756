"""One of several servers behind a proxy: ``python frontend.py --port=0 --xheaders``.

``/`` tells how the request came, as JSON; ``/hold`` waits until somebody asks for ``/release``;
``/upload`` takes 1 MiB. SIGTERM ends it gracefully, SIGINT at once.
"""

import argparse
import asyncio
import contextlib
import os
import signal
import sys

from tornado.httpserver import HTTPServer
from tornado.netutil import bind_sockets
from tornado.web import Application, RequestHandler

MAX_UPLOAD = 1024 * 1024
DRAIN_SECONDS = 10

released = asyncio.Event()


class Tell(RequestHandler):
    def get(self):
        request = self.request
        self.write(
            {
                "process": os.getpid(),
                "peer": request.connection.context.address,
                "version": request.version,
                "connection": request.headers.get("Connection"),
                "remote_ip": request.remote_ip,
                "protocol": request.protocol,
                "host": request.host,
            }
        )


class Hold(RequestHandler):
    async def get(self):
        print("holding", file=sys.stderr, flush=True)
        await released.wait()
        self.write({"process": os.getpid()})


class Release(RequestHandler):
    def post(self):
        released.set()


class Upload(RequestHandler):
    def post(self):
        self.write({"bytes": len(self.request.body)})


async def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--port", type=int, default=0)
    parser.add_argument("--xheaders", action="store_true")
    options = parser.parse_args()
    application = Application(
        [("/", Tell), ("/hold", Hold), ("/release", Release), ("/(?:unbuffered/)?upload", Upload)]
    )
    server = HTTPServer(application, xheaders=options.xheaders, max_body_size=MAX_UPLOAD)
    sockets = bind_sockets(options.port, "127.0.0.1")
    server.add_sockets(sockets)
    ended = asyncio.Event()
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, ended.set)
    print(f"http://127.0.0.1:{sockets[0].getsockname()[1]}", flush=True)
    await ended.wait()
    print("draining", flush=True)
    await server.drain(DRAIN_SECONDS)


if __name__ == "__main__":
    with contextlib.suppress(KeyboardInterrupt):
        asyncio.run(main())
