"""What the tests here share: a real server, and a browser with a jar of one cookie per name.

``serve(handlers, **settings) -> port`` for ``async def`` tests; ``browser(port)`` makes a visitor
whose ``await visitor.get(path)`` sends its cookies and keeps those it is given.
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field

import pytest

from tornado.web import Application


@dataclass
class Response:
    status: int
    headers: list[tuple[str, str]]
    body: bytes

    def all(self, name):
        return [value for key, value in self.headers if key.lower() == name.lower()]

    @property
    def cookie(self):
        """The one Set-Cookie header, None if there is none."""
        found = self.all("Set-Cookie")
        assert len(found) <= 1
        return found[0] if found else None


@dataclass
class Browser:
    port: int
    jar: dict[str, str] = field(default_factory=dict)

    async def get(self, path="/", method="GET", **headers):
        if self.jar:
            headers["Cookie"] = "; ".join(f"{name}={value}" for name, value in self.jar.items())
        fields = "".join(f"{name.replace('_', '-')}: {text}\r\n" for name, text in headers.items())
        reader, writer = await asyncio.open_connection("127.0.0.1", self.port)
        try:
            start = f"{method} {path} HTTP/1.1\r\nHost: a.test\r\nConnection: close\r\n"
            writer.write(f"{start}{fields}\r\n".encode())
            answer = await reader.read()
        finally:
            writer.close()
            await writer.wait_closed()
        head, _, body = answer.partition(b"\r\n\r\n")
        status, *lines = head.decode("latin-1").split("\r\n")
        pairs = [(name, value.strip()) for name, _, value in (x.partition(":") for x in lines)]
        response = Response(int(status.split()[1]), pairs, body)
        for cookie in response.all("Set-Cookie"):
            name, _, rest = cookie.partition("=")
            value = rest.partition(";")[0]
            if value in ("", '""'):
                self.jar.pop(name, None)
            else:
                self.jar[name] = value
        return response

    def copy(self):
        return Browser(self.port, dict(self.jar))


@pytest.fixture
def browser():
    return Browser


@pytest.fixture
def serve():
    closing = []  # so that they are not collected before they are done

    def start(handlers, **settings):
        settings.setdefault("cookie_secret", "a secret of the tests")
        settings.setdefault("log_function", lambda handler: None)
        server = Application(handlers, **settings).listen(0, "127.0.0.1", xheaders=True)
        port = next(iter(server._sockets.values())).getsockname()[1]

        def stop(_):
            server.stop()
            closing.append(asyncio.ensure_future(server.close_all_connections()))

        asyncio.current_task().add_done_callback(stop)
        return port

    return start


class Clock:
    now = 1_700_000_000.0

    def __call__(self):
        return self.now


@pytest.fixture
def clock():
    return Clock()
