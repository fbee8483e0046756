"""Tests of four plugins in one file: each has its own loop."""

import asyncio

import anyio
import pytest
import pytest_asyncio

from tornado.ioloop import IOLoop
from tornado.web import Application, RequestHandler


class Hello(RequestHandler):
    def get(self):
        self.write("Hello")


@pytest.fixture
def app():
    return Application([("/", Hello)])


@pytest_asyncio.fixture
async def loop_of_asyncio():
    return asyncio.get_running_loop()


@pytest.fixture
def anyio_backend():
    return "asyncio"


@pytest.fixture
async def loop_of_anyio(anyio_backend):
    return asyncio.get_running_loop()


@pytest.fixture
async def loop_of_ours(io_loop):
    loop = asyncio.get_running_loop()
    yield loop
    assert loop is asyncio.get_running_loop()


@pytest.mark.asyncio
async def test_asyncio(loop_of_asyncio):
    assert loop_of_asyncio is asyncio.get_running_loop()


@pytest.mark.anyio
async def test_anyio(loop_of_anyio):
    assert loop_of_anyio is asyncio.get_running_loop()
    await anyio.sleep(0)


async def test_ours(http_server_client, loop_of_ours, io_loop):
    assert loop_of_ours is io_loop.asyncio_loop is asyncio.get_running_loop()
    assert (await http_server_client.fetch("/")).body == b"Hello"


async def test_ours_without_fixtures():
    assert IOLoop.current(instance=False) is not None


def test_base_url(base_url):
    """That of pytest-base-url, for the whole session."""
    assert base_url == "http://staging.example.com"
