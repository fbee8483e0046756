"""What the tests here share: ``serve`` starts a real server, ``connect`` opens a raw WebSocket.

Both are for ``async def`` tests::

    async def test_echo(serve, connect):
        peer = await connect(serve([("/", Echo)]))
        peer.text("hello")
        assert await peer.receive() == (0x81, b"hello")

The peer knows nothing of the package that it tests: it writes the bytes that it is told to.
"""

from __future__ import annotations

import asyncio
import base64
import hashlib
import heapq
import itertools
import os
from collections.abc import Callable
from typing import Any

import pytest

from tornado.ioloop import IOLoop
from tornado.web import Application
from tornado.websocket._alarms import Alarms

GUID = b"258EAFA5-E914-47DA-95CA-C5AB0DC85B11"


def build_frame(
    first: int, payload: bytes = b"", mask: bytes | None = b"\x01\x02\x03\x04"
) -> bytes:
    """A frame of whatever is asked for. ``mask``: its key, None for none."""
    size = len(payload)
    bit = 0 if mask is None else 0x80
    if size < 126:
        head = bytes([first, bit | size])
    elif size < 1 << 16:
        head = bytes([first, bit | 126]) + size.to_bytes(2, "big")
    else:
        head = bytes([first, bit | 127]) + size.to_bytes(8, "big")
    if mask is None:
        return head + payload
    pad = (mask * (size // 4 + 1))[:size]
    laid = int.from_bytes(payload, "big") ^ int.from_bytes(pad, "big")
    return head + mask + laid.to_bytes(size, "big")


def build_handshake(path: str = "/", key: str = "", **fields: str | None) -> bytes:
    """A right handshake; ``fields`` (``_`` for ``-``) are added, None takes one away."""
    headers: dict[str, str | None] = {
        "Host": "example.com",
        "Upgrade": "websocket",
        "Connection": "Upgrade",
        "Sec-WebSocket-Key": key or "dGhlIHNhbXBsZSBub25jZQ==",
        "Sec-WebSocket-Version": "13",
    }
    for name, value in fields.items():
        wanted = name.replace("_", "-").lower()
        name = next((known for known in headers if known.lower() == wanted), wanted)
        headers[name] = value
    lines = [f"{name}: {value}" for name, value in headers.items() if value is not None]
    return "\r\n".join([f"GET {path} HTTP/1.1", *lines, "", ""]).encode()


class Peer:
    """A connection on which raw bytes are written, and frames and heads read."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.reader = reader
        self.writer = writer
        self.headers: dict[str, str] = {}
        self.cookies: list[str] = []

    def send(self, data: bytes) -> None:
        self.writer.write(data)

    def frame(self, first: int, payload: bytes = b"") -> None:
        self.send(build_frame(first, payload))

    def text(self, message: str) -> None:
        self.frame(0x81, message.encode())

    def close(self, code: int | None = None, reason: str = "") -> None:
        payload = b"" if code is None else code.to_bytes(2, "big") + reason.encode()
        self.frame(0x88, payload)

    async def head(self) -> int:
        """Reads the head of a response; its status."""
        head = (await self.reader.readuntil(b"\r\n\r\n")).decode()
        line, *fields = head.split("\r\n")[:-2]
        for field in fields:
            name, _, value = field.partition(": ")
            if name.lower() == "set-cookie":
                self.cookies.append(value)
            self.headers[name.lower()] = value
        return int(line.split(" ")[1])

    async def answer(self) -> tuple[int, str]:
        """Reads a whole response of HTTP: status and body."""
        status = await self.head()
        body = await self.reader.readexactly(int(self.headers["content-length"]))
        return status, body.decode()

    async def receive(self) -> tuple[int, bytes] | None:
        """The next frame: its first byte and its payload. None: the connection has ended."""
        try:
            first, second = await self.reader.readexactly(2)
            assert not second & 0x80, "a server must not mask"
            size = second
            if size > 125:
                size = int.from_bytes(await self.reader.readexactly(2 if size == 126 else 8), "big")
            return first, await self.reader.readexactly(size)
        except (asyncio.IncompleteReadError, ConnectionError):
            return None

    async def close_frame(self) -> tuple[int | None, str]:
        """Code and reason of the close frame that comes next."""
        frame = await self.receive()
        assert frame is not None
        assert frame[0] == 0x88, frame
        payload = frame[1]
        return (int.from_bytes(payload[:2], "big") if payload else None), payload[2:].decode()

    async def end(self) -> bytes:
        """What comes until the connection ends."""
        try:
            return await self.reader.read()
        except ConnectionError:
            return b""

    def leave(self) -> None:
        """Ends the connection without a word."""
        self.writer.transport.abort()


@pytest.fixture
def frame() -> Callable[..., bytes]:
    return build_frame


@pytest.fixture
def handshake() -> Callable[..., bytes]:
    return build_handshake


@pytest.fixture
def serve() -> Callable[..., int]:
    """``serve(routes, **settings) -> port``. ``serve.servers`` are those that were started."""
    closing: list[asyncio.Future[None]] = []

    def start(routes: list[Any], **settings: Any) -> int:
        settings.setdefault("log_function", lambda handler: None)
        server = Application(routes, **settings).listen(0, "127.0.0.1")
        start.servers.append(server)  # type: ignore[attr-defined]  # the tests look at it
        port: int = next(iter(server._sockets.values())).getsockname()[1]

        def stop(_: object) -> None:
            server.stop()
            for connection in list(server._connections):
                connection.close_now()
            closing.append(asyncio.ensure_future(server.close_all_connections()))

        task = asyncio.current_task()
        assert task is not None, "serve() is for async tests"
        task.add_done_callback(stop)
        return port

    start.servers = []  # type: ignore[attr-defined]  # see above
    return start


@pytest.fixture
def dial() -> Callable[..., Any]:
    """``await dial(port, limit=None) -> Peer``: a connection on which nothing has been sent.
    ``limit``: bytes that the system may receive ahead of the test."""

    async def open_connection(port: int, limit: int | None = None) -> Peer:
        if limit is None:
            reader, writer = await asyncio.open_connection("127.0.0.1", port)
        else:
            import socket

            sock = socket.socket()
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, limit)
            sock.setblocking(False)
            await asyncio.get_running_loop().sock_connect(sock, ("127.0.0.1", port))
            reader, writer = await asyncio.open_connection(sock=sock, limit=limit)
        task = asyncio.current_task()
        assert task is not None
        task.add_done_callback(lambda _: writer.transport.abort())
        return Peer(reader, writer)

    return open_connection


@pytest.fixture
def connect(dial: Callable[..., Any]) -> Callable[..., Any]:
    """``await connect(port, path="/", limit=None, **headers) -> Peer``, the handshake done."""

    async def open_websocket(
        port: int, path: str = "/", limit: int | None = None, **fields: str
    ) -> Peer:
        peer: Peer = await dial(port, limit)
        key = base64.b64encode(os.urandom(16)).decode()
        peer.send(build_handshake(path, key, **fields))
        assert await peer.head() == 101
        wanted = base64.b64encode(hashlib.sha1(key.encode() + GUID).digest()).decode()
        assert peer.headers["sec-websocket-accept"] == wanted
        return peer

    return open_websocket


async def until(condition: Callable[[], Any]) -> None:
    """Lets the loop run until ``condition()`` holds."""
    async with asyncio.timeout(10):
        while not condition():
            await asyncio.sleep(0.001)


@pytest.fixture
def wait_until() -> Callable[..., Any]:
    return until


class Clock:
    """Time as the test says it is."""

    def __init__(self) -> None:
        self.now = 1000.0
        self.due: list[Any] = []
        self.serial = itertools.count()

    def time(self) -> float:
        return self.now

    def call_at(self, when: float, callback: Callable[..., Any], *args: Any) -> None:
        heapq.heappush(self.due, (when, next(self.serial), callback, args))

    def advance(self, seconds: float) -> None:
        end = self.now + seconds
        while self.due and self.due[0][0] <= end:
            self.now, _, callback, args = heapq.heappop(self.due)
            callback(*args)
        self.now = end


@pytest.fixture
def make_clock() -> type[Clock]:
    return Clock


@pytest.fixture
def tell_time() -> Callable[[], Clock]:
    """``tell_time()`` puts a Clock in the place of the loop's, for WebSockets, and returns it."""

    def replace() -> Clock:
        clock = Clock()
        Alarms.of(IOLoop.current())._clock = clock
        return clock

    return replace
