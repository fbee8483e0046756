"""One suite for both clients: every test that asks for ``client`` runs once with each.

Servers run in the loop of the test, so that it sees what arrives.
"""

from __future__ import annotations

import asyncio
import json
import socket
import ssl
from collections.abc import Awaitable, Callable
from typing import Any

import pytest
from certificates import Certificates
from origin import Origin

from tornado.httpclient import HTTPResponse
from tornado.httpserver import HTTPServer
from tornado.netutil import bind_sockets
from tornado.simple_httpclient import SimpleAsyncHTTPClient

IMPLEMENTATIONS = ["simple", "curl"]


def implementation(name: str) -> type[Any]:
    if name == "simple":
        return SimpleAsyncHTTPClient
    pytest.importorskip("pycurl")
    from tornado.curl_httpclient import CurlAsyncHTTPClient

    return CurlAsyncHTTPClient


def at_the_end(action: Callable[[], object]) -> None:
    """Call ``action()`` when the test's task has ended."""
    task = asyncio.current_task()
    assert task is not None
    task.add_done_callback(lambda _: action())


@pytest.fixture(params=IMPLEMENTATIONS)
def kind(request: pytest.FixtureRequest) -> type[Any]:
    """The class of the client."""
    return implementation(request.param)


@pytest.fixture
def make(kind: type[Any]) -> Callable[..., Any]:
    """``make(**arguments)``: a client of its own, closed when the test ends."""

    def start(**arguments: Any) -> Any:
        made = kind(force_instance=True, **arguments)
        at_the_end(made.close)
        return made

    return start


class Lazy:
    """A client that is made when the test has a loop. ``json`` gives what ``/echo`` says."""

    def __init__(self, make: Callable[..., Any], certificates: Certificates) -> None:
        self._make = make
        self._client: Any = None
        self._authority = certificates.authority

    def fetch(self, url: Any, *arguments: Any, **named: Any) -> Awaitable[HTTPResponse]:
        if self._client is None:
            self._client = self._make(
                defaults={"ca_certs": self._authority, "request_timeout": 15.0}
            )
        return self._client.fetch(url, *arguments, **named)  # type: ignore[no-any-return]  # it is

    async def json(self, url: Any, **named: Any) -> Any:
        return json.loads((await self.fetch(url, **named)).body)


@pytest.fixture
def client(make: Callable[..., Any], certificates: Certificates) -> Lazy:
    return Lazy(make, certificates)


@pytest.fixture(scope="session")
def certificates(tmp_path_factory: pytest.TempPathFactory) -> Certificates:
    return Certificates(tmp_path_factory.mktemp("certificates"))


class Site:
    """A running origin server. ``url`` has no slash at its end."""

    def __init__(self, scheme: str, context: ssl.SSLContext | None, **options: Any) -> None:
        self.application = Origin()
        self.server = HTTPServer(self.application, ssl_options=context, **options)
        sockets = bind_sockets(0, "127.0.0.1")
        self.port: int = sockets[0].getsockname()[1]
        self.server.add_sockets(sockets)
        self.url = f"{scheme}://localhost:{self.port}"
        at_the_end(self.stop)

    def stop(self) -> None:
        self.server.stop()
        self.application.gate.set()
        for connection in list(self.server._connections):
            connection.stream.close()


@pytest.fixture
def site() -> Callable[..., Site]:
    """``site()``: an origin server without TLS; ``site(context)`` with it."""

    def start(context: ssl.SSLContext | None = None, **options: Any) -> Site:
        return Site("https" if context else "http", context, **options)

    return start


@pytest.fixture(params=["http", "https"])
def origin(
    request: pytest.FixtureRequest, site: Callable[..., Site], certificates: Certificates
) -> Callable[[], Site]:
    """``origin()``: an origin server; the test runs once with TLS and once without."""
    if request.param == "http":
        return site
    return lambda: site(certificates.server())


class Raw:
    """A server that plays a part: ``part(reader, writer)`` for each connection."""

    def __init__(self, part: Callable[..., Any]) -> None:
        self._part = part
        self._tasks: list[asyncio.Task[None]] = []
        self._writers: list[asyncio.StreamWriter] = []
        self.connections = 0
        self.requests: list[bytes] = []
        self.changed = asyncio.Event()
        self.port = 0

    async def start(self, context: ssl.SSLContext | None) -> None:
        server = await asyncio.start_server(self.connected, "127.0.0.1", 0, ssl=context)
        self.port = server.sockets[0].getsockname()[1]
        self.url = f"{'https' if context else 'http'}://localhost:{self.port}"
        self._server = server

    def connected(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connections += 1
        self._writers.append(writer)
        self._tasks.append(asyncio.get_running_loop().create_task(self._play(reader, writer)))
        self.changed.set()

    async def _play(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            await self._part(self, reader, writer)
            await writer.drain()
        except (ConnectionError, asyncio.IncompleteReadError, ssl.SSLError):
            pass  # the client has gone, as it may
        except asyncio.CancelledError:
            return
        finally:
            self.changed.set()
            writer.close()

    async def head(self, reader: asyncio.StreamReader) -> bytes:
        """The next request's head, which is kept in ``requests``."""
        self.requests.append(await reader.readuntil(b"\r\n\r\n"))
        self.changed.set()
        return self.requests[-1]

    def field(self, name: str, at: int = -1) -> str | None:
        """The value of a field of one of the requests."""
        for line in self.requests[at].decode("latin-1").split("\r\n"):
            found, _, value = line.partition(":")
            if found.lower() == name.lower():
                return value.strip()
        return None

    def stop(self) -> None:
        self._server.close()
        for task in self._tasks:
            task.cancel()
        for writer in self._writers:
            writer.transport.abort()


@pytest.fixture
def raw() -> Callable[..., Any]:
    """``await raw(part)``: a Raw; ``part(server, reader, writer)`` plays for each connection.

    ``part`` may also be bytes: the answer to the first request of a connection, which is closed
    after it.
    """

    async def start(part: Any, context: ssl.SSLContext | None = None) -> Raw:
        if isinstance(part, bytes):
            answer = part

            async def part(server: Raw, reader: Any, writer: Any) -> None:
                await server.head(reader)
                writer.write(answer)

        server = Raw(part)
        await server.start(context)
        at_the_end(server.stop)
        return server

    return start


@pytest.fixture
def closed_port() -> int:
    """A port where nobody listens."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port: int = listener.getsockname()[1]
    return port
