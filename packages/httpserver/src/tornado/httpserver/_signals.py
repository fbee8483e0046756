"""Programs that serve until somebody ends them, and end well.

Laws:
1. The first SIGTERM or SIGINT begins a graceful end: nobody is accepted any more, what was asked is
   answered. A second SIGINT (somebody is impatient at a terminal) cuts what is left.
2. What was there before is put back: handlers of signals belong to the program.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import os
import signal
import sys
from collections.abc import Callable, Iterable, Iterator
from typing import TYPE_CHECKING, Any

from tornado.netutil import bind_sockets
from tornado.process import fork_processes

if TYPE_CHECKING:
    from tornado.httpserver._server import HTTPServer

gen_log = logging.getLogger("tornado.general")

USUAL_SIGNALS = (signal.SIGTERM, signal.SIGINT)
DRAIN_SECONDS = 30.0


@contextlib.contextmanager
def _caught(signals: Iterable[signal.Signals], caught: Callable[[int], None]) -> Iterator[None]:
    """``caught(number)`` is called by the loop for each of the signals."""
    loop = asyncio.get_running_loop()
    before: dict[signal.Signals, Any] = {}
    try:
        for number in signals:
            before[number] = signal.getsignal(number)
            try:
                loop.add_signal_handler(number, caught, int(number))
            except NotImplementedError:  # Windows

                def pass_on(number: int, _frame: object) -> None:
                    loop.call_soon_threadsafe(caught, number)

                signal.signal(number, pass_on)
        yield
    finally:
        for caught_before, handler in before.items():
            with contextlib.suppress(NotImplementedError):
                loop.remove_signal_handler(caught_before)
            if handler is not None:
                signal.signal(caught_before, handler)


async def serve_until_signal(
    servers: list[HTTPServer], timeout: float | None, signals: Iterable[signal.Signals]
) -> signal.Signals:
    """See ``HTTPServer.serve_until_signal``."""
    asked: asyncio.Future[signal.Signals] = asyncio.get_running_loop().create_future()
    ending: list[asyncio.Task[None]] = []

    def caught(number: int) -> None:
        if not asked.done():
            asked.set_result(signal.Signals(number))
        elif number == signal.SIGINT and asked.result() == signal.SIGINT:
            for task in ending:
                task.cancel()

    with _caught(signals, caught):
        got = await asked
        gen_log.info("%s: ending, up to %s s for requests under way", got.name, timeout)
        ending += [asyncio.ensure_future(server.drain(timeout)) for server in servers]
        await asyncio.gather(*ending, return_exceptions=True)
        for server, task in zip(servers, ending, strict=True):
            if task.cancelled():
                await server.close_all_connections()
            else:
                task.result()
    return got


def run(
    application: Any,
    port: int,
    address: str | None = None,
    *,
    processes: int | None = 1,
    timeout: float | None = DRAIN_SECONDS,
    **kwargs: Any,
) -> None:
    """Serves ``application`` on ``port`` until SIGTERM or Ctrl-C, then ends gracefully and returns.

    ``application`` and ``kwargs`` are HTTPServer's. Requests under way have ``timeout`` seconds to
    be answered (None: no limit). ``processes``: 1 is this one; more, or None for one a processor,
    are forked, and then ``run`` returns in each of them and in the parent, which starts again what
    dies, passes the signal on, and returns when all of them have ended. What must not be shared
    between processes (connections to a database) is to be opened after the fork: in handlers, or
    in a ``run`` of one process.
    """
    # Imported late: the server's class itself offers serve_until_signal.
    from tornado.httpserver._server import HTTPServer

    sockets = bind_sockets(port, address)
    if processes != 1 and not _forked(processes):
        for sock in sockets:
            sock.close()
        return

    async def serve() -> None:
        server: HTTPServer = HTTPServer(application, **kwargs)
        server.add_sockets(sockets)
        await server.serve_until_signal(timeout=timeout)

    asyncio.run(serve())


def _forked(processes: int | None) -> bool:
    """True in a child. False in the parent, when its children have ended."""
    before = signal.getsignal(signal.SIGINT)

    def as_sigterm(_number: int, _frame: object) -> None:
        # A terminal gives SIGINT to the children as well. One started by hand does not.
        os.kill(os.getpid(), signal.SIGTERM)

    signal.signal(signal.SIGINT, as_sigterm)
    for output in (sys.stdout, sys.stderr):  # or each child would print what is buffered
        if output is not None:
            output.flush()
    try:
        fork_processes(processes)
    except SystemExit as end:
        if end.code not in (0, 128 + signal.SIGTERM):
            raise
        return False
    finally:
        signal.signal(signal.SIGINT, before)
    return True
