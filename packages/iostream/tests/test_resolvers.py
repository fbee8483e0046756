"""From names to addresses."""

from __future__ import annotations

import asyncio
import concurrent.futures
import socket

import pytest

from tornado.netutil import (
    BlockingResolver,
    DefaultExecutorResolver,
    DefaultLoopResolver,
    ExecutorResolver,
    OverrideResolver,
    Resolver,
    ThreadedResolver,
)

KINDS = [BlockingResolver, ThreadedResolver, DefaultExecutorResolver, DefaultLoopResolver]


@pytest.mark.parametrize("kind", KINDS)
async def test_localhost(kind):
    resolver = kind()
    found = await resolver.resolve("localhost", 80, socket.AF_INET)
    assert found == [(socket.AF_INET, ("127.0.0.1", 80))]
    everything = await resolver.resolve("localhost", 80)
    assert (socket.AF_INET, ("127.0.0.1", 80)) in everything
    resolver.close()


@pytest.mark.parametrize("kind", KINDS)
async def test_unknown_name(kind):
    with pytest.raises(socket.gaierror):
        await kind().resolve("no.such.host.invalid", 80)


async def test_callback():
    resolver = Resolver()
    answer = asyncio.get_running_loop().create_future()
    await resolver.resolve("127.0.0.1", 80, socket.AF_INET, answer.set_result)
    assert await answer == [(socket.AF_INET, ("127.0.0.1", 80))]


async def test_own_executor():
    with concurrent.futures.ThreadPoolExecutor(1) as executor:
        resolver = ExecutorResolver(executor=executor, close_executor=False)
        assert await resolver.resolve("127.0.0.1", 1, socket.AF_INET)
        resolver.close()
        assert executor.submit(int).result() == 0
        ExecutorResolver(executor=executor).close()
        with pytest.raises(RuntimeError):
            executor.submit(int)


async def test_override():
    mapping = {
        "example.com": "127.0.0.1",
        ("example.com", 443): ("127.0.0.2", 8443),
        ("example.com", 443, socket.AF_INET6): ("::1", 9443),
    }
    resolver = OverrideResolver(Resolver(), mapping)
    for query, address in [
        (("example.com", 80), ("127.0.0.1", 80)),
        (("example.com", 443), ("127.0.0.2", 8443)),
        (("127.0.0.3", 7), ("127.0.0.3", 7)),
    ]:
        assert await resolver.resolve(*query, socket.AF_INET) == [(socket.AF_INET, address)]
    [(family, address)] = await resolver.resolve("example.com", 443, socket.AF_INET6)
    assert (family, address[:2]) == (socket.AF_INET6, ("::1", 9443))
    resolver.close()


def test_configure():
    saved = Resolver._save_configuration()
    try:
        assert isinstance(Resolver(), DefaultLoopResolver)
        Resolver.configure("tornado.netutil.ThreadedResolver", num_threads=3)
        assert isinstance(Resolver(), ThreadedResolver)
        Resolver.configure(BlockingResolver)
        assert type(Resolver()) is BlockingResolver
    finally:
        Resolver._restore_configuration(saved)


async def test_a_kind_of_somebody_else():
    class Fixed(Resolver):
        def initialize(self, address):
            self.address = address

        async def resolve(self, host, port, family=socket.AF_UNSPEC):
            return [(socket.AF_INET, (self.address, port))]

    resolver = Fixed(address="127.0.0.9")
    assert await resolver.resolve("anything", 5) == [(socket.AF_INET, ("127.0.0.9", 5))]
