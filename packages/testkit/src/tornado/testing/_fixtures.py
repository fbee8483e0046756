"""The fixtures of the pytest plugin. Their docstrings are what ``pytest --fixtures`` prints.

A module of tests says what is served by a fixture ``app``; all others can be overridden as well.
"""

from __future__ import annotations

import gc
import inspect
import socket
from collections.abc import Generator, Iterator
from typing import TYPE_CHECKING, Any

from tornado.testing._needs import pytest

if TYPE_CHECKING:
    from tornado.httpclient import AsyncHTTPClient, HTTPResponse
    from tornado.httpserver import HTTPServer
    from tornado.ioloop import IOLoop
    from tornado.testing._watch import Failure

OTHERS = ("asyncio", "anyio", "trio", "twisted")
"""Marks of plugins that run asynchronous tests on loops of their own."""

FAILURES: pytest.StashKey[list[Failure]] = pytest.StashKey()
"""Of a test: what happened on its io_loop, and was raised to nobody."""


def mark_of_others(node: pytest.Item) -> str | None:
    """The first mark of a test that says that another plugin runs it."""
    return next((name for name in OTHERS if node.get_closest_marker(name)), None)


def seconds(request: pytest.FixtureRequest) -> float:
    """How long the test, or a fixture of it, may take: the mark, the option, the file, the
    environment."""
    mark = request.node.get_closest_marker("gen_test")
    config = request.config
    for said in (
        mark and mark.kwargs.get("timeout"),
        config.getoption("async_test_timeout"),
        config.getini("async_test_timeout") or None,
    ):
        if said is not None:
            return float(said)
    from tornado.testing import get_async_test_timeout

    return get_async_test_timeout()


def judge(failures: list[Failure]) -> None:
    __tracebackhide__ = True
    if failures:
        first = failures[0]
        failures.clear()
        first.throw()


@pytest.fixture
def io_loop(request: pytest.FixtureRequest) -> Iterator[IOLoop]:
    """A new IOLoop, which is the current one during the test, and closed after it."""
    others = mark_of_others(request.node)
    if others is not None and inspect.iscoroutinefunction(getattr(request.node, "obj", None)):
        pytest.fail(
            f"{request.node.name} is run by the plugin of its mark {others!r}, not on the io_loop "
            "it asks for: take the mark away (pytest-asyncio sets it by itself in its mode auto)"
        )
    from tornado.testing._loops import LoopOfTest, new_loop
    from tornado.testing._watch import Watch

    loop = LoopOfTest(new_loop)
    failures: list[Failure] = []
    request.node.stash[FAILURES] = failures
    watch = Watch(loop.io_loop, failures.append, forgotten=True)
    try:
        yield loop.io_loop
    finally:
        loop.release()
        gc.collect()
        watch.release()
    judge(failures)


@pytest.fixture
def _unused_port() -> Iterator[tuple[socket.socket, int]]:
    """A socket that listens on a free port of 127.0.0.1, and the number of that port."""
    from tornado.testing import bind_unused_port

    sock, port = bind_unused_port()
    with sock:
        yield sock, port


@pytest.fixture
def http_port(_unused_port: tuple[socket.socket, int]) -> int:
    """The port of the http_server."""
    return _unused_port[1]


@pytest.fixture
def http_server(
    request: pytest.FixtureRequest, io_loop: IOLoop, _unused_port: tuple[socket.socket, int]
) -> Iterator[HTTPServer]:
    """A server for the value of the fixture ``app``, on a free port of 127.0.0.1."""
    yield from _serving(request, io_loop, _unused_port[0])


@pytest.fixture
def http_client(request: pytest.FixtureRequest, io_loop: IOLoop) -> Iterator[AsyncHTTPClient]:
    """An AsyncHTTPClient, and the http_server started if there is a fixture ``app``."""
    from tornado.httpclient import AsyncHTTPClient

    _start_if_there_is_an_app(request, "http_server")
    client = AsyncHTTPClient()
    yield client
    client.close()


@pytest.fixture
def http_server_client(
    http_client: AsyncHTTPClient, http_server: HTTPServer, http_port: int
) -> ServerClient:
    """The http_client for the http_server: ``await http_server_client.fetch("/path")``."""
    return ServerClient(http_client, f"http://127.0.0.1:{http_port}")


@pytest.fixture
def https_port(_unused_https_port: tuple[socket.socket, int]) -> int:
    """The port of the https_server."""
    return _unused_https_port[1]


@pytest.fixture
def _unused_https_port() -> Iterator[tuple[socket.socket, int]]:
    """As _unused_port, for the https_server."""
    from tornado.testing import bind_unused_port

    sock, port = bind_unused_port()
    with sock:
        yield sock, port


@pytest.fixture
def https_server(
    request: pytest.FixtureRequest, io_loop: IOLoop, _unused_https_port: tuple[socket.socket, int]
) -> Iterator[HTTPServer]:
    """As http_server, over TLS with a certificate that signs itself."""
    from tornado.testing._httpparts import certificate_files

    yield from _serving(request, io_loop, _unused_https_port[0], ssl_options=certificate_files())


@pytest.fixture
def https_base_url(request: pytest.FixtureRequest, https_port: int) -> str:
    """``https://127.0.0.1:PORT``, and the https_server started if there is a fixture ``app``."""
    _start_if_there_is_an_app(request, "https_server")
    return f"https://127.0.0.1:{https_port}"


@pytest.fixture
def https_client(io_loop: IOLoop) -> Iterator[AsyncHTTPClient]:
    """An AsyncHTTPClient that trusts the https_server, and nobody else."""
    from tornado.httpclient import AsyncHTTPClient
    from tornado.testing._httpparts import certificate_files

    trusted = {"ca_certs": certificate_files()["certfile"]}
    client = AsyncHTTPClient(force_instance=True, defaults=trusted)
    yield client
    client.close()


class BaseURL:
    """A plugin of one fixture, because another distribution may have one of this name."""

    @pytest.fixture
    def base_url(self, request: pytest.FixtureRequest, http_port: int) -> str:
        """``http://127.0.0.1:PORT``, and the http_server started if there is a fixture ``app``."""
        _start_if_there_is_an_app(request, "http_server")
        return f"http://127.0.0.1:{http_port}"


class ServerClient:
    """A client for one server: addresses are paths."""

    def __init__(self, http_client: AsyncHTTPClient, base_url: str) -> None:
        self.http_client = http_client
        self.base_url = base_url

    def get_url(self, path: str) -> str:
        """The address of a path."""
        return self.base_url + path

    async def fetch(self, path: str, **kwargs: Any) -> HTTPResponse:
        """As `AsyncHTTPClient.fetch`, for a path."""
        response: HTTPResponse = await self.http_client.fetch(self.get_url(path), **kwargs)
        return response


def _serving(
    request: pytest.FixtureRequest, io_loop: IOLoop, sock: socket.socket, **options: Any
) -> Generator[HTTPServer, None, None]:
    from tornado.httpserver import HTTPServer

    app = request.getfixturevalue(request.config.getoption("app_fixture"))
    server = HTTPServer(app, **options)
    server.add_socket(sock)
    yield server
    server.stop()
    io_loop.run_sync(server.close_all_connections, timeout=seconds(request))


def _start_if_there_is_an_app(request: pytest.FixtureRequest, server: str) -> None:
    app = request.config.getoption("app_fixture")
    try:
        request.getfixturevalue(app)
    except pytest.FixtureLookupError as error:
        if error.argname != app:
            raise
    else:
        request.getfixturevalue(server)
