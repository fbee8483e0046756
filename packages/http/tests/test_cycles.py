"""An exchange that is done leaves nothing for the garbage collector, on either side of it.

Counted with the collector off. The server is this package's, and so is the client, but for the
clients that misbehave: they are plain sockets.
"""

import asyncio
import gc
import logging
import socket

import pytest

from tornado.http1connection import HTTP1Connection, HTTP1ServerConnection
from tornado.httputil import (
    HTTPHeaders,
    HTTPMessageDelegate,
    HTTPServerConnectionDelegate,
    RequestStartLine,
    ResponseStartLine,
)
from tornado.iostream import IOStream, StreamClosedError
from tornado.tcpserver import TCPServer


class Receiver(HTTPMessageDelegate):
    """Answers as the path says."""

    def __init__(self, connection):
        self.connection = connection

    def headers_received(self, start_line, headers):
        self.path = start_line.path
        if self.path == "/gate":
            return asyncio.sleep(0)
        return None

    def data_received(self, chunk):
        return asyncio.sleep(0) if self.path == "/gate" else None

    def finish(self):
        connection, path = self.connection, self.path
        if path == "/fails":
            raise ZeroDivisionError
        if path == "/never":
            connection.set_close_callback(self.gone)
            return
        headers = HTTPHeaders() if path == "/chunked" else HTTPHeaders({"Content-Length": "5"})
        connection.write_headers(ResponseStartLine("", 200, "OK"), headers, b"he")
        connection.write(b"llo")
        connection.finish()

    def gone(self):
        self.connection.write_headers(ResponseStartLine("", 200, "OK"), HTTPHeaders(), b"late")


class Answers(TCPServer, HTTPServerConnectionDelegate):
    def __init__(self):
        super().__init__()
        self.listen(0, "127.0.0.1")
        self.address = next(iter(self._sockets.values())).getsockname()

    def handle_stream(self, stream, address):
        HTTP1ServerConnection(stream).start_serving(self)

    def start_request(self, server_conn, request_conn):
        return Receiver(request_conn)


class Response(HTTPMessageDelegate):
    body = b""

    def headers_received(self, start_line, headers):
        pass

    def data_received(self, chunk):
        self.body += chunk

    def finish(self):
        pass


async def ask(address, *paths, body=b""):
    """Requests one after another on one connection, by the client of this package."""
    stream = IOStream(socket.socket())
    await stream.connect(address)
    for path in paths:
        connection = HTTP1Connection(stream, True)
        headers = HTTPHeaders({"Host": "a"})
        if body:
            headers["Content-Length"] = str(len(body))
        connection.write_headers(RequestStartLine("POST" if body else "GET", path, ""), headers)
        if body:
            await connection.write(body)
        connection.finish()
        response = Response()
        assert await connection.read_response(response)
        assert response.body == b"hello"
    stream.close()


async def ask_in_vain(address, path):
    """The server answers nothing that this client would take."""
    stream = IOStream(socket.socket())
    await stream.connect(address)
    connection = HTTP1Connection(stream, True)
    connection.write_headers(RequestStartLine("GET", path, ""), HTTPHeaders({"Host": "a"}))
    connection.finish()
    try:
        await asyncio.wait_for(connection.read_response(Response()), 0.02)
    except (TimeoutError, StreamClosedError):
        pass
    stream.close()


async def send(address, data, and_read=True):
    loop = asyncio.get_running_loop()
    with socket.socket() as client:
        client.setblocking(False)
        await loop.sock_connect(client, address)
        await loop.sock_sendall(client, data)
        while and_read and await loop.sock_recv(client, 10_000):
            pass
        for _ in range(5):
            await asyncio.sleep(0)


SCENARIOS = {
    "one request": lambda to: ask(to, "/"),
    "keep-alive": lambda to: ask(to, "/", "/chunked", "/"),
    "chunked": lambda to: ask(to, "/chunked"),
    "body": lambda to: ask(to, "/", "/", body=b"x" * 100_000),
    "gate": lambda to: ask(to, "/gate", body=b"x" * 100_000),
    "pipelined": lambda to: send(
        to,
        b"GET / HTTP/1.1\r\nHost: a\r\n\r\n" * 5
        + b"GET /gate HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n",
    ),
    "delegate fails": lambda to: send(
        to, b"GET /fails HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n"
    ),
    "no answer": lambda to: ask_in_vain(to, "/never"),
    "malformed": lambda to: send(to, b"GET / HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n"),
    "bad chunk": lambda to: send(
        to, b"POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\nx\r\n"
    ),
    "gone in the head": lambda to: send(to, b"GET / HTTP/1.1\r\nHost: a\r\n", and_read=False),
    "gone in the body": lambda to: send(
        to, b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\nhe", and_read=False
    ),
    "gone in a gate": lambda to: send(
        to, b"POST /gate HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\nhe", and_read=False
    ),
    "gone before the answer": lambda to: send(
        to, b"GET /never HTTP/1.1\r\nHost: a\r\n\r\n", and_read=False
    ),
}


@pytest.fixture
def no_log():
    """A record that a handler keeps would keep the frames of a traceback too."""
    logging.disable()
    yield
    logging.disable(logging.NOTSET)


@pytest.mark.usefixtures("no_log")
@pytest.mark.parametrize("scenario", SCENARIOS.values(), ids=SCENARIOS)
async def test_nothing_is_left(scenario):
    server = Answers()
    gc.disable()
    try:
        for times in (1, 3):  # what is made on first use is no garbage
            gc.collect()
            for _ in range(times):
                await scenario(server.address)
            await asyncio.sleep(0.01)
        assert gc.collect() == 0
    finally:
        gc.enable()
        server.stop()


def test_the_count_would_notice():
    gc.collect()
    one = []
    one.append(one)
    del one
    assert gc.collect() > 0
