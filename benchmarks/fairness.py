"""Is everybody served? Many connections to one echo server, all of them asking without a pause.

    python benchmarks/fairness.py                      1,000 connections for 4 seconds
    python benchmarks/fairness.py --connections 200 --seconds 1

The server (tornado.tcpserver, a coroutine for each connection) is a process of its own. Printed:
answers per connection, and the waits for an answer as multiples of the median wait. The exit
status is 1 if some connection waited longer than 5 medians.
"""

from __future__ import annotations

import argparse
import asyncio
import gc
import statistics
import subprocess
import sys
import time
from typing import Any

from tornado.iostream import IOStream
from tornado.netutil import bind_sockets
from tornado.tcpclient import TCPClient
from tornado.tcpserver import TCPServer

ALLOWED = 5.0
QUESTION = b"x" * 31 + b"\n"


class Echo(TCPServer):
    async def handle_stream(self, stream: IOStream, address: Any) -> None:
        while True:
            await stream.write(await stream.read_until(b"\n"))


class Asker:
    """Asks again as soon as the answer is there; notes how long each one took."""

    __slots__ = ("asked", "stream", "waits")

    def __init__(self, stream: IOStream) -> None:
        self.stream = stream
        self.waits: list[float] = []

    def begin(self) -> None:
        self.stream.start_push(self)
        self.asked = time.perf_counter()
        self.stream.send(QUESTION)

    def data_received(self, data: bytes) -> None:
        now = time.perf_counter()
        self.waits.append(now - self.asked)
        self.asked = now
        self.stream.send(QUESTION)

    def connection_lost(self, exc: BaseException | None) -> None:
        pass


async def serve() -> None:
    sockets = bind_sockets(0, "127.0.0.1", backlog=1024)
    Echo().add_sockets(sockets)
    print(sockets[0].getsockname()[1], flush=True)
    await asyncio.get_running_loop().run_in_executor(None, sys.stdin.read)


async def measure(port: int, connections: int, seconds: float) -> bool:
    client = TCPClient()
    askers = [Asker(await client.connect("127.0.0.1", port)) for _connection in range(connections)]
    gc.collect()
    gc.freeze()  # what is measured is the server, not a collection of the client's
    for asker in askers:
        asker.begin()
    await asyncio.sleep(seconds)
    now = time.perf_counter()
    for asker in askers:
        asker.waits.append(now - asker.asked)  # the one that has not ended, or has never begun
        asker.stream.close()
    counts = sorted(len(asker.waits) - 1 for asker in askers)
    print(
        f"answers: {sum(counts) / seconds:.0f} a second; for a connection "
        f"{counts[0]} at least, {statistics.median(counts):.0f} median, {counts[-1]} at most"
    )
    # The first answers belong to the start, when all the questions come at once.
    usual = statistics.median(wait for asker in askers for wait in asker.waits[1:-1])
    worst = max(max(asker.waits[1:], default=seconds) for asker in askers)
    print(f"wait: median {usual * 1e3:.1f} ms; longest {worst / usual:.1f} medians")
    return counts[0] > 0 and worst <= ALLOWED * usual


def main() -> None:
    parser = argparse.ArgumentParser(description="fairness among busy connections")
    parser.add_argument("--connections", type=int, default=1000)
    parser.add_argument("--seconds", type=float, default=4)
    parser.add_argument("--serve", action="store_true", help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.serve:
        asyncio.run(serve())
        return
    child = subprocess.Popen(
        [sys.executable, __file__, "--serve"], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    )
    assert child.stdin
    assert child.stdout
    try:
        port = int(child.stdout.readline())
        fair = asyncio.run(measure(port, arguments.connections, arguments.seconds))
    finally:
        child.stdin.close()
        child.stdout.close()
        child.wait(timeout=20)
    sys.exit(not fair)


if __name__ == "__main__":
    main()
