"""From a host name to addresses.

All resolvers answer alike: a list of ``(family, address)`` in the order of the system's choice,
where ``address`` is what ``socket.connect`` takes. They differ in who asks the system.
"""

from __future__ import annotations

import asyncio
import concurrent.futures
import os
import socket
from collections.abc import Awaitable, Callable, Mapping
from typing import Any

from tornado.concurrent import dummy_executor
from tornado.ioloop import IOLoop
from tornado.util import Configurable

Addresses = list[tuple[int, Any]]


def look_up(host: str, port: int, family: socket.AddressFamily = socket.AF_UNSPEC) -> Addresses:
    """Ask the system, and stand still until it answers."""
    found = socket.getaddrinfo(host, port, family, socket.SOCK_STREAM)
    return [(info[0], info[4]) for info in found]


class Resolver(Configurable):
    """The interface; ``Resolver()`` gives the configured kind, :class:`DefaultLoopResolver`.

    The kinds: :class:`DefaultLoopResolver`, :class:`DefaultExecutorResolver`,
    :class:`OverrideResolver`, and ``tornado.platform.caresresolver.CaresResolver`` of
    tornado-platform; older ones are :class:`BlockingResolver`, :class:`ThreadedResolver`,
    :class:`ExecutorResolver`. Choose one for the whole program by
    ``Resolver.configure("tornado.netutil.ThreadedResolver")``.
    """

    @classmethod
    def configurable_base(cls) -> type[Resolver]:
        return Resolver

    @classmethod
    def configurable_default(cls) -> type[Resolver]:
        return DefaultLoopResolver

    def resolve(
        self,
        host: str,
        port: int,
        family: socket.AddressFamily = socket.AF_UNSPEC,
        callback: Callable[[Addresses], Any] | None = None,
    ) -> Awaitable[Addresses]:
        """The addresses of ``host``, as ``[(family, address), ...]``.

        ``family`` limits them to one. Raises OSError (``socket.gaierror``) when there are none. In
        the older style ``callback(addresses)`` is called with the result.
        """
        answer = self._resolve(host, port, family)
        if callback is None:
            return answer
        future = asyncio.ensure_future(answer)
        future.add_done_callback(lambda done: _pass_on(done, callback))
        return future

    def _resolve(self, host: str, port: int, family: socket.AddressFamily) -> Awaitable[Addresses]:
        raise NotImplementedError(f"{type(self).__name__} must override resolve()")

    def close(self) -> None:
        """Give back threads and sockets, if the resolver has any of its own."""


def _pass_on(done: asyncio.Future[Addresses], callback: Callable[[Addresses], Any]) -> None:
    # A failure is in the Future; the older style has no place for it and it counts as seen.
    if not done.cancelled() and done.exception() is None:
        callback(done.result())


class DefaultLoopResolver(Resolver):
    """Asks by the event loop's ``getaddrinfo``, which uses its default executor."""

    def initialize(self, io_loop: IOLoop | None = None) -> None:
        self.io_loop = io_loop

    async def _resolve(self, host: str, port: int, family: socket.AddressFamily) -> Addresses:
        found = await asyncio.get_running_loop().getaddrinfo(
            host, port, family=family, type=socket.SOCK_STREAM
        )
        return [(info[0], info[4]) for info in found]


class DefaultExecutorResolver(Resolver):
    """Asks in a thread of the event loop's default executor."""

    def initialize(self, io_loop: IOLoop | None = None) -> None:
        self.io_loop = io_loop

    async def _resolve(self, host: str, port: int, family: socket.AddressFamily) -> Addresses:
        loop = self.io_loop or IOLoop.current()
        found: Addresses = await loop.run_in_executor(None, look_up, host, port, family)
        return found


class ExecutorResolver(Resolver):
    """Asks in an executor of your own, which ``close()`` shuts down unless told otherwise.

    Without an executor it asks in place, and the loop stands still meanwhile.
    """

    executor: concurrent.futures.Executor

    def initialize(
        self,
        executor: concurrent.futures.Executor | None = None,
        close_executor: bool = True,
        io_loop: IOLoop | None = None,
    ) -> None:
        self.io_loop = io_loop
        self.executor = dummy_executor if executor is None else executor
        self.close_executor = close_executor and executor is not None

    async def _resolve(self, host: str, port: int, family: socket.AddressFamily) -> Addresses:
        return await asyncio.wrap_future(self.executor.submit(look_up, host, port, family))

    def close(self) -> None:
        if self.close_executor:
            self.executor.shutdown(wait=False)
        self.close_executor = False


class BlockingResolver(ExecutorResolver):
    """Asks in place: the loop stands still until the answer is there. For scripts."""

    def initialize(  # type: ignore[override]  # a constructor: kinds may differ
        self, io_loop: IOLoop | None = None
    ) -> None:
        super().initialize(io_loop=io_loop)


class ThreadedResolver(ExecutorResolver):
    """Asks in a pool of threads that all resolvers of this kind share.

    The first one that is made says how many threads there are.
    """

    def initialize(  # type: ignore[override]  # as above
        self, num_threads: int = 10, io_loop: IOLoop | None = None
    ) -> None:
        super().initialize(_shared_pool(num_threads), close_executor=False, io_loop=io_loop)


_pools: dict[int, concurrent.futures.ThreadPoolExecutor] = {}


def _shared_pool(num_threads: int) -> concurrent.futures.ThreadPoolExecutor:
    """The pool of this process: threads do not survive a fork."""
    pool = _pools.get(os.getpid())
    if pool is None:
        _pools.clear()
        pool = _pools[os.getpid()] = concurrent.futures.ThreadPoolExecutor(
            num_threads, thread_name_prefix="resolver"
        )
    return pool


class OverrideResolver(Resolver):
    """Answers some names otherwise, as a hosts file does, and asks ``resolver`` for the rest.

    ``mapping`` has three kinds of keys, the most precise one wins: ``(host, port, family)`` and
    ``(host, port)`` whose values are ``(host, port)``, and ``host`` whose value is a host::

        OverrideResolver(
            Resolver(), {"example.com": "127.0.0.1", ("api", 443): ("localhost", 8443)}
        )
    """

    def initialize(self, resolver: Resolver, mapping: Mapping[Any, Any]) -> None:
        self.resolver = resolver
        self.mapping = mapping

    def _resolve(self, host: str, port: int, family: socket.AddressFamily) -> Awaitable[Addresses]:
        mapping = self.mapping
        if (host, port, family) in mapping:
            host, port = mapping[host, port, family]
        elif (host, port) in mapping:
            host, port = mapping[host, port]
        elif host in mapping:
            host = mapping[host]
        return self.resolver.resolve(host, port, family)

    def close(self) -> None:
        self.resolver.close()
