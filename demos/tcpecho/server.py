"""An echo server: every line comes back.

python server.py --port=9000 [--processes=0]
"""

import asyncio
import logging
import socket

from tornado.iostream import StreamClosedError
from tornado.netutil import bind_sockets
from tornado.options import define, options, parse_command_line
from tornado.process import fork_processes, task_id
from tornado.tcpserver import TCPServer

define("port", default=9000, type=int, help="listen on this port (0: any free one)")
define("address", default="127.0.0.1", help="listen on this address")
define("processes", default=1, type=int, help="serve by so many processes (0: one per processor)")

log = logging.getLogger("echo")

LONGEST_LINE = 64 * 1024


class EchoServer(TCPServer):
    async def handle_stream(self, stream, address):
        stream.set_nodelay(True)
        log.info("%s has come", address)
        try:
            while True:
                line = await stream.read_until(b"\n", max_bytes=LONGEST_LINE)
                await stream.write(line)
        except StreamClosedError as error:
            log.info("%s has left: %s", address, error.real_error or "goodbye")


async def serve(sockets: list[socket.socket]) -> None:
    EchoServer().add_sockets(sockets)
    await asyncio.Event().wait()


def main() -> None:
    parse_command_line()
    sockets = bind_sockets(options.port, options.address)
    port = sockets[0].getsockname()[1]
    print(f"The echo is at {options.address} port {port}", flush=True)
    if options.processes != 1:
        fork_processes(options.processes)
        log.info("process %d serves", task_id())
    try:
        asyncio.run(serve(sockets))
    except KeyboardInterrupt:
        pass


if __name__ == "__main__":
    main()
