"""A chat room in the browser, by WebSocket, or by what the network lets through.

    python main.py                    http://127.0.0.1:8888/
    python main.py --port=0           any free port; the address is printed
    python main.py --redis=redis://localhost:6379/0
                                      one room for all servers that have the same Redis
    python main.py --help             all options

Ctrl-C (or SIGTERM) ends it cleanly: nobody new is let in, every request is answered, then it goes.
"""

from __future__ import annotations

import asyncio
import errno
import signal
import sys
from contextlib import suppress
from pathlib import Path

from handlers import make_app
from secret import cookie_secret

from tornado import locale
from tornado.httpserver import HTTPServer
from tornado.netutil import bind_sockets
from tornado.options import Error, define, options, parse_command_line
from tornado.rooms import Rooms

HERE = Path(__file__).resolve().parent
DRAIN_SECONDS = 5.0
PATIENCE_SECONDS = 3.0
BODY_LIMIT = 64 * 1024

define("port", default=8888, help="listen on this port; 0 takes any free one", type=int)
define("address", default="127.0.0.1", help="listen on this address", type=str)
define("history", default=200, help="how many messages somebody who comes is shown", type=int)
define(
    "redis", default="", help="share the room through this Redis (redis://host:port/0)", type=str
)
define("cookie_secret", default="", help="the key that signs cookies (else a file keeps one)")
define("debug", default=False, help="reload when a file changes, show tracebacks", type=bool)


async def serve() -> None:
    try:
        sockets = bind_sockets(options.port, options.address)
    except OSError as error:
        if error.errno != errno.EADDRINUSE:
            sys.exit(f"Cannot listen on {options.address} port {options.port}: {error.strerror}.")
        sys.exit(
            f"Port {options.port} is in use by another program: "
            "choose another with --port=N, or any free one with --port=0."
        )
    try:
        rooms = Rooms(options.redis or None, history=options.history, patience=PATIENCE_SECONDS)
    except (ImportError, ValueError) as error:
        sys.exit(str(error))
    app = make_app(
        rooms,
        cookie_secret=options.cookie_secret or cookie_secret(HERE / ".cookie_secret"),
        template_path=str(HERE / "templates"),
        static_path=str(HERE / "static"),
        debug=options.debug,
    )
    server = HTTPServer(app, max_body_size=BODY_LIMIT)
    server.add_sockets(sockets)
    host = f"[{options.address}]" if ":" in options.address else options.address
    print(f"Chat is at http://{host}:{sockets[0].getsockname()[1]}/", flush=True)

    await end_of_the_day()
    await rooms.close()
    await server.drain(DRAIN_SECONDS)


async def end_of_the_day() -> None:
    """Waits for SIGINT or SIGTERM. A second one ends the program on the spot."""
    loop = asyncio.get_running_loop()
    asked = asyncio.Event()
    signals = (signal.SIGINT, signal.SIGTERM)
    with suppress(NotImplementedError):  # Windows: Ctrl-C arrives as KeyboardInterrupt below
        for number in signals:
            loop.add_signal_handler(number, asked.set)
    await asked.wait()
    for number in signals:
        loop.remove_signal_handler(number)


def main() -> None:
    try:
        parse_command_line()
    except Error as error:
        sys.exit(str(error))
    locale.load_translations(str(HERE / "translations"))
    with suppress(KeyboardInterrupt):
        asyncio.run(serve())


if __name__ == "__main__":
    main()
