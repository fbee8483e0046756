"""``ask`` sends raw bytes to a port and returns all that comes back."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any

import pytest

from tornado.httpserver import HTTPServer


@pytest.fixture
def serve() -> Callable[..., tuple[HTTPServer, int]]:
    """``serve(callback, **options)``: a server on a free port of 127.0.0.1, and the port."""
    closing: list[Any] = []

    def start(callback: Any, **options: Any) -> tuple[HTTPServer, int]:
        server: HTTPServer = HTTPServer(callback, **options)
        server.listen(0, "127.0.0.1")

        def stop(_: object) -> None:
            server.stop()
            closing.append(asyncio.ensure_future(server.close_all_connections()))

        task = asyncio.current_task()
        assert task is not None
        task.add_done_callback(stop)
        return server, next(iter(server._sockets.values())).getsockname()[1]

    return start


@pytest.fixture
def ask() -> Callable[..., Any]:
    async def send(port: int, data: bytes) -> bytes:
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        try:
            writer.write(data)
            return await reader.read()
        finally:
            writer.close()

    return send
