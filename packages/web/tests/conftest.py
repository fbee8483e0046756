"""What the tests here share: ``serve`` starts a real server, ``fetch`` speaks raw HTTP to it.

Both are for ``async def`` tests. The server listens on a free port of 127.0.0.1 in the test's own
event loop and is gone when the test is over::

    async def test_hello(serve, fetch):
        port = serve([("/", Hello)], debug=True)      # or serve(application)
        response = await fetch(port, "GET", "/")
        assert response.status == 200 and response.body == b"Hello"
"""

from __future__ import annotations

import asyncio
import os
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from tornado.httpserver import HTTPServer
from tornado.web import Application


@dataclass
class Response:
    """``headers`` is a list of (name, value) as they came; ``body`` is without chunk framing."""

    status: int
    reason: str
    headers: list[tuple[str, str]]
    body: bytes

    def all(self, name: str) -> list[str]:
        """The values of every header of this name."""
        return [value for key, value in self.headers if key.lower() == name.lower()]

    def get(self, name: str) -> str | None:
        """The value of the header of this name, of which there is at most one."""
        values = self.all(name)
        assert len(values) <= 1, f"{name} came {len(values)} times: {values}"
        return values[0] if values else None


@pytest.fixture
def serve() -> Callable[..., int]:
    """``serve(application, **server_options) -> port``; a list of routes makes an Application of
    them, with the keywords as its settings and without an access log."""

    closing: list[asyncio.Future[None]] = []  # so that they are not collected before they are done

    def start(application: Any, **options: Any) -> int:
        if isinstance(application, list):
            options.setdefault("log_function", lambda handler: None)
            application, options = Application(application, **options), {}
        server = HTTPServer(application, **options)
        server.listen(0, "127.0.0.1")
        port: int = next(iter(server._sockets.values())).getsockname()[1]

        def stop(_: object) -> None:
            server.stop()
            for connection in list(server._connections):
                connection.close_now()  # the loop may not come to the future's first step
            closing.append(asyncio.ensure_future(server.close_all_connections()))

        task = asyncio.current_task()
        assert task is not None, "serve() is for async tests"
        task.add_done_callback(stop)
        return port

    return start


@pytest.fixture
def fetch() -> Callable[..., Any]:
    """``await fetch(port, method, path, headers={}, body=b"") -> Response``

    What is given goes out as it is, but Host, Content-Length (for a body) and Connection: close are
    added where they are missing. ``headers`` is a dict, or pairs if a name comes twice.
    """

    async def ask(
        port: int,
        method: str = "GET",
        path: str = "/",
        headers: Mapping[str, str] | Iterable[tuple[str, str]] = (),
        body: bytes = b"",
    ) -> Response:
        pairs = list(headers.items() if isinstance(headers, Mapping) else headers)
        there = {name.lower() for name, _ in pairs}
        for name, value in (("Host", f"127.0.0.1:{port}"), ("Connection", "close")):
            if name.lower() not in there:
                pairs.append((name, value))
        if "content-length" not in there and (body or method in ("POST", "PUT", "PATCH")):
            pairs.append(("Content-Length", str(len(body))))
        head = "".join(f"{name}: {value}\r\n" for name, value in pairs)
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        try:
            writer.write(f"{method} {path} HTTP/1.1\r\n{head}\r\n".encode() + body)
            answer = await reader.read()
        finally:
            writer.close()
            await writer.wait_closed()
        return parse(answer)

    return ask


@pytest.fixture
def static_root(tmp_path: Path) -> Path:
    """A directory of files, all last modified Sun, 06 Nov 1994 08:49:37 GMT. A link leads out."""
    directory = tmp_path / "static"
    for name, content in {
        "robots.txt": b"User-agent: *\nDisallow: /\n",
        "empty": b"",
        "sub/index.html": b"<p>index",
        "page.html": b"<p>page" * 1000,
        "a.tar.gz": b"\x1f\x8b",
        "a.txt.bz2": b"BZh",
        "a.unknownkind": b"?",
        "style.css": b"p{}",
        "big.bin": bytes(range(256)) * 4096,
    }.items():
        path = directory / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
        os.utime(path, (784111777, 784111777))
    (tmp_path / "outside.txt").write_text("outside")
    (directory / "link").symlink_to("../outside.txt")
    return directory


def parse(answer: bytes) -> Response:
    """One response, and nothing after it."""
    head, blank, rest = answer.partition(b"\r\n\r\n")
    assert blank, f"no whole response: {answer!r}"
    status_line, *lines = head.decode("latin-1").split("\r\n")
    version, status, reason = status_line.split(" ", 2)
    assert version == "HTTP/1.1"
    headers = [(name, value.strip(" \t")) for name, _, value in (x.partition(":") for x in lines)]
    if ("transfer-encoding", "chunked") in [(name.lower(), value) for name, value in headers]:
        rest = unchunk(rest)
    return Response(int(status), reason, headers, rest)


def unchunk(rest: bytes) -> bytes:
    whole = b""
    while True:
        size, _, rest = rest.partition(b"\r\n")
        count = int(size, 16)
        if not count:
            return whole
        whole, rest = whole + rest[:count], rest[count + 2 :]
