"""A socket wrapped in a stream: read until something, write, be told of the end.

It serves one page by hand, fetches it from itself over a second stream, and prints what came.
Use a stream where nobody else has done it already, for instance for a new database; for HTTP
there is a server.

python streams.py --port=8888
"""

import socket

from tornado.ioloop import IOLoop
from tornado.iostream import IOStream
from tornado.options import define, options, parse_command_line
from tornado.tcpserver import TCPServer

define("port", default=8888, help="listen on this port; 0 takes any free one", type=int)


class PageServer(TCPServer):
    async def handle_stream(self, stream, address):
        await stream.read_until(b"\r\n\r\n")
        body = b"BYTES: 12 Foobar!"
        head = b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\nConnection: close\r\n\r\n"
        await stream.write(head % len(body) + body)
        stream.close()


class Fetch:
    """Each step is a callback of the step before."""

    def __init__(self, port):
        sock = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
        self.stream = IOStream(sock)
        # if a socket is closed, call a callback
        self.stream.set_close_callback(self.on_close)
        self.stream.connect(("127.0.0.1", port), self.on_connect)

    def on_connect(self):
        # write out to the socket
        self.stream.write("GET / HTTP/1.1\r\nHost: localhost\r\n\r\n", self.on_written)

    def on_written(self):
        # read until exact string match
        self.stream.read_until("\r\n\r\n", self.on_headers)

    def on_headers(self, data):
        print("first line:", data.split(b"\r\n")[0].decode(), flush=True)
        # read until a regular expression is matched
        self.stream.read_until_regex(rb"BYTES: \d+\s+", self.on_bytes)

    def on_bytes(self, data):
        print("matched:", data.decode(), flush=True)
        # read until the socket closes
        self.stream.read_until_close(self.on_rest)

    def on_rest(self, data):
        print("the rest:", data.decode(), flush=True)

    def on_close(self):
        print("closed:", self.stream.closed(), flush=True)


if __name__ == "__main__":
    parse_command_line()
    sock = socket.create_server(("127.0.0.1", options.port))
    sock.setblocking(False)
    port = sock.getsockname()[1]
    server = PageServer()
    server.add_socket(sock)
    print(f"Listening on http://127.0.0.1:{port}/", flush=True)
    IOLoop.instance().add_callback(Fetch, port)
    try:
        IOLoop.instance().start()
    except KeyboardInterrupt:
        pass
