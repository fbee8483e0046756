"""``serve`` puts a delegate behind real sockets; ``Client`` speaks raw bytes to it."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any

import pytest

from tornado.http1connection import HTTP1ConnectionParameters, HTTP1ServerConnection
from tornado.httputil import (
    HTTPHeaders,
    HTTPMessageDelegate,
    HTTPServerConnectionDelegate,
    ResponseStartLine,
)
from tornado.tcpserver import TCPServer


class Recorder(HTTPMessageDelegate):
    """Keeps what it is given and answers ``hello``. Tests override what they are about."""

    def __init__(self, app: Delegate, connection: Any) -> None:
        self.app = app
        self.connection = connection
        self.start_line: Any = None
        self.headers: Any = None
        self.chunks: list[bytes] = []
        self.finished = False
        self.lost = False

    def headers_received(self, start_line: Any, headers: Any) -> Any:
        self.start_line, self.headers = start_line, headers

    def data_received(self, chunk: bytes) -> Any:
        self.chunks.append(chunk)

    def finish(self) -> None:
        self.finished = True
        self.answer(b"hello")

    def on_connection_close(self) -> None:
        self.lost = True

    def answer(self, body: bytes, status: int = 200, **headers: str) -> None:
        fields = HTTPHeaders({"Content-Length": str(len(body)), **headers})
        self.connection.write_headers(ResponseStartLine("", status, "Fine"), fields, body)
        self.connection.finish()


class Delegate(HTTPServerConnectionDelegate):
    def __init__(self, kind: type[Recorder]) -> None:
        self.kind = kind
        self.requests: list[Recorder] = []
        self.closed = 0

    def start_request(self, server_conn: object, request_conn: Any) -> Recorder:
        self.requests.append(self.kind(self, request_conn))
        return self.requests[-1]

    def on_close(self, server_conn: object) -> None:
        self.closed += 1


class Server(TCPServer):
    """``port``, ``app`` (the Delegate) and ``connections`` (HTTP1ServerConnection, as accepted)."""

    def __init__(self, kind: type[Recorder], params: dict[str, Any]) -> None:
        super().__init__()
        self.app = Delegate(kind)
        self.params = HTTP1ConnectionParameters(**params)
        self.connections: list[HTTP1ServerConnection] = []
        self.listen(0, "127.0.0.1")
        self.port: int = next(iter(self._sockets.values())).getsockname()[1]

    def handle_stream(self, stream: Any, address: Any) -> None:
        connection = HTTP1ServerConnection(stream, self.params, None)
        self.connections.append(connection)
        connection.start_serving(self.app)


class Client:
    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.reader, self.writer = reader, writer

    def send(self, data: bytes) -> None:
        self.writer.write(data)

    async def head(self) -> str:
        """The next response's head, without the blank line."""
        return (await self.reader.readuntil(b"\r\n\r\n"))[:-4].decode("latin-1")

    async def response(self) -> tuple[int, dict[str, str], bytes]:
        """The next response with a Content-Length: status, headers in lower case, body."""
        head = await self.head()
        status_line, *lines = head.split("\r\n")
        headers = {n.lower(): v.strip() for n, _, v in (line.partition(":") for line in lines)}
        body = await self.reader.readexactly(int(headers.get("content-length", "0")))
        return int(status_line.split(" ")[1]), headers, body

    async def rest(self) -> bytes:
        """All that comes until the server ends the connection."""
        return await self.reader.read()


@pytest.fixture
def recorder() -> type[Recorder]:
    """The delegate class, to be subclassed by tests."""
    return Recorder


@pytest.fixture
def serve() -> Callable[..., Server]:
    """``serve(kind=Recorder, **parameters)``: a Server that ends with the test's task."""

    def start(kind: type[Recorder] = Recorder, **params: Any) -> Server:
        server = Server(kind, params)

        def stop(_: object) -> None:
            server.stop()
            for connection in server.connections:
                connection.close_now()

        task = asyncio.current_task()
        assert task is not None
        task.add_done_callback(stop)
        return server

    return start


@pytest.fixture
def connect() -> Callable[..., Any]:
    """``await connect(server)``: a Client."""

    async def start(server: Server, **options: Any) -> Client:
        client = Client(*await asyncio.open_connection("127.0.0.1", server.port, **options))
        task = asyncio.current_task()
        assert task is not None
        task.add_done_callback(lambda _: client.writer.close())
        return client

    return start
