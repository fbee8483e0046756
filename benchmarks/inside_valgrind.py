"""Answers requests in one process, for instructions.py to count: CASE REQUESTS.

The server is the real one. In the cases "in memory" its stream is an object that hands over bytes
and keeps the answer, so that no system call and no client is counted; in the case "through a
socket" it is a real IOStream on a socket pair, and the loop, the system calls' Python side and a
client of two calls are in the figure.
"""

from __future__ import annotations

import asyncio
import socket
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from scenarios import BROWSER, FORM

WARMING_UP = 200
START = b"GET / HTTP/1.1\r\nHost: 127.0.0.1:8888\r\n"
ELEVEN = START + "".join(f"{name}: {value}\r\n" for name, value in BROWSER.items()).encode()
POST = (
    "POST /form HTTP/1.1\r\nHost: 127.0.0.1:8888\r\n"
    "Content-Type: application/x-www-form-urlencoded\r\n"
    f"Content-Length: {len(FORM)}\r\n\r\n{FORM}"
).encode()

HANDSHAKE = (
    b"GET /echo HTTP/1.1\r\nHost: 127.0.0.1:8888\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
    b"Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\r\n"
)

# A text of 32 bytes in a frame whose mask is four spaces.
MESSAGE = b"\x81\xa0    " + b"what is small here was large, so".swapcase()
ECHO = b"\x81\x20" + bytes(byte ^ 32 for byte in MESSAGE[6:])


def one_header(number: int) -> bytes:
    return START + b"\r\n"


def eleven_headers(number: int) -> bytes:
    return ELEVEN + b"\r\n"


def eleven_changing(number: int) -> bytes:
    return ELEVEN.replace(b"=100000", b"=%06d" % number) + b"\r\n"


def form(number: int) -> bytes:
    return POST


def message(number: int) -> bytes:
    return MESSAGE


@dataclass(frozen=True)
class Case:
    what: str
    request: Callable[[int], bytes]
    socket: bool = False
    answer: bytes = b"Hello, world"
    first: bytes = b""
    """What opens the connection; its answer is not looked at."""


CASES = {
    "hello-1": Case("1 header, in memory", one_header),
    "hello-11": Case("11 browser headers, the same again, in memory", eleven_headers),
    "hello-11-new": Case("11 browser headers, one new each time, in memory", eleven_changing),
    "hello-1-socket": Case("1 header, through a socket", one_header, socket=True),
    "websocket-socket": Case(
        "a message of 32 bytes and back, through a socket",
        message,
        socket=True,
        answer=ECHO,
        first=HANDSHAKE,
    ),
    "form": Case(f"a form of {len(FORM)} bytes, in memory", form, answer=b"42"),
}


class MemoryStream:
    """What an HTTP connection uses of an IOStream in push mode, without a socket."""

    socket = None
    error = None
    max_write_buffer_size = None
    _total_write_done_index = 0

    def __init__(self) -> None:
        from tornado.ioloop import IOLoop

        self.io_loop = IOLoop.current()
        self.consumer: Any = None
        self.sent: bytes = b""
        self._closed = False

    def start_push(self, consumer: Any) -> None:
        self.consumer = consumer

    def send(self, data: bytes) -> bool:
        self.sent = data
        return True

    def call_when_drained(self, callback: Callable[[], Any]) -> None:
        self.io_loop.add_callback(callback)

    def writing(self) -> bool:
        return False

    def closed(self) -> bool:
        return self._closed

    def close(self, exc_info: Any = False) -> None:
        if not self._closed:
            self._closed = True
            self.consumer.connection_lost(None)

    def set_nodelay(self, value: bool) -> None: ...

    def set_close_callback(self, callback: Any) -> None: ...

    def pause_reading(self) -> None: ...

    def resume_reading(self) -> None: ...


async def in_memory(server: Any, case: Case, requests: int) -> bytes:
    stream = MemoryStream()
    server.handle_stream(stream, ("127.0.0.1", 1))
    received = stream.consumer.data_received
    answer = b""
    for number in range(requests):
        stream.sent = b""
        received(case.request(number))
        while not (answer := bytes(stream.sent)):
            await asyncio.sleep(0)
    stream.close()
    return answer


async def through_socket(server: Any, case: Case, requests: int) -> bytes:
    from tornado.iostream import IOStream

    ours, client = socket.socketpair()
    ours.setblocking(False)
    client.setblocking(False)
    stream = IOStream(ours)
    server.handle_stream(stream, ("127.0.0.1", 1))
    answer = b""
    for number in range(-1 if case.first else 0, requests):
        client.send(case.first if number < 0 else case.request(number))
        answer = b""
        while not answer:
            await asyncio.sleep(0)
            try:
                answer = client.recv(65536)
            except BlockingIOError:
                pass
    client.close()
    if case.first:
        await asyncio.sleep(0.01)  # the server says that the WebSocket has ended
    stream.close()
    return answer


async def main(case: Case, requests: int) -> None:
    from tornado_app import application

    import tornado.httpserver

    server = tornado.httpserver.HTTPServer(application("."))
    work = through_socket if case.socket else in_memory
    answer = await work(server, case, WARMING_UP + requests)
    if case.first:
        assert answer == case.answer, answer
    else:
        assert answer.startswith(b"HTTP/1.1 200 "), answer
        assert answer.endswith(b"\r\n\r\n" + case.answer), answer


if __name__ == "__main__":
    sys.path.append(str(Path(__file__).resolve().parent / "servers"))
    asyncio.run(main(CASES[sys.argv[1]], int(sys.argv[2])))
