"""What every program of this folder does at its end: take --port, say where it is, serve."""

from __future__ import annotations

import sys

import tornado.httpserver
import tornado.ioloop
import tornado.netutil
import tornado.options
import tornado.web
from tornado.options import define, options


def serve(application: tornado.web.Application, port: int = 8888) -> None:
    """Runs ``application`` until Ctrl-C, on ``port`` unless the command line has --port."""
    define("port", default=port, help="run on the given port; 0 takes any free one", type=int)
    define("xheaders", default=False, help="believe X-Real-IP and X-Scheme: behind a proxy only")
    try:
        tornado.options.parse_command_line()
        sockets = tornado.netutil.bind_sockets(options.port, "127.0.0.1")
    except (tornado.options.Error, OSError) as error:
        sys.exit(str(error))
    http_server = tornado.httpserver.HTTPServer(application, xheaders=options.xheaders)
    http_server.add_sockets(sockets)
    print(f"Listening on http://127.0.0.1:{sockets[0].getsockname()[1]}/", flush=True)
    try:
        tornado.ioloop.IOLoop.current().start()
    except KeyboardInterrupt:
        pass
