"""A loop for each test: on asyncio, and on uvloop where that is installed."""

import asyncio
import socket

import pytest

from tornado.ioloop import IOLoop, UVLoop

try:
    import uvloop
except ImportError:
    uvloop = None

NO_UVLOOP = pytest.mark.skipif(uvloop is None, reason="uvloop is not installed")


@pytest.fixture(params=["asyncio", pytest.param("uvloop", marks=NO_UVLOOP)])
def io_loop(request):
    """A new IOLoop that is the current one of the thread."""
    loop = UVLoop() if request.param == "uvloop" else IOLoop()
    yield loop
    loop.close()


@pytest.fixture
def turns():
    """Awaiting ``turns(n)`` lets everything else run n times."""

    async def turns(n=3):
        for _ in range(n):
            await asyncio.sleep(0)

    return turns


@pytest.fixture
def pair():
    """Two sockets that are connected to each other."""
    left, right = socket.socketpair()
    left.setblocking(False)
    right.setblocking(False)
    with left, right:
        yield left, right
