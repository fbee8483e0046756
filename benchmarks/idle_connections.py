"""Resident memory of idle TCP connections, held by an echo server of tornado.tcpserver.

    python benchmarks/idle_connections.py                  10,000 connections, both ways to serve
    python benchmarks/idle_connections.py --connections 2000

The server runs in a process of its own; the connections come from this one. Each connection sends
a line and gets it back before it falls idle. Printed: KiB of resident memory of the server for
each connection (the system's memory for the sockets is not part of it). Linux only.
"""

from __future__ import annotations

import argparse
import asyncio
import gc
import resource
import socket
import subprocess
import sys
from typing import Any

from tornado.iostream import IOStream
from tornado.netutil import bind_sockets
from tornado.tcpserver import TCPServer


class CoroutineEcho(TCPServer):
    """Lines, by a coroutine for each connection."""

    async def handle_stream(self, stream: IOStream, address: Any) -> None:
        while True:
            await stream.write(await stream.read_until(b"\n"))


class PushEcho(TCPServer):
    """Whatever comes, by a consumer for each connection."""

    def handle_stream(self, stream: IOStream, address: Any) -> None:
        stream.start_push(Consumer(stream))


class Consumer:
    __slots__ = ("stream",)

    def __init__(self, stream: IOStream) -> None:
        self.stream = stream

    def data_received(self, data: bytes) -> None:
        self.stream.send(data)

    def connection_lost(self, exc: BaseException | None) -> None:
        pass


SERVERS = {"coroutine": CoroutineEcho, "push": PushEcho}


def resident_kib() -> int:
    with open("/proc/self/smaps_rollup") as file:
        return next(int(line.split()[1]) for line in file if line.startswith("Rss:"))


async def serve(kind: str) -> None:
    """The child: prints its port, then its memory for every line that it is given."""
    server = SERVERS[kind]()
    sockets = bind_sockets(0, "127.0.0.1", backlog=1024)
    server.add_sockets(sockets)
    print(sockets[0].getsockname()[1], flush=True)
    loop = asyncio.get_running_loop()
    while await loop.run_in_executor(None, sys.stdin.readline):
        gc.collect()
        print(resident_kib(), flush=True)


def measure(kind: str, connections: int) -> float:
    """KiB for each connection."""
    command = [sys.executable, __file__, "--serve", kind]
    child = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    assert child.stdin
    assert child.stdout

    def memory() -> int:
        child.stdin.write("\n")
        child.stdin.flush()
        return int(child.stdout.readline())

    clients: list[socket.socket] = []
    try:
        address = ("127.0.0.1", int(child.stdout.readline()))
        for _warm in range(100):
            with socket.create_connection(address) as client:
                client.sendall(b"x\n")
                client.recv(2)
        before = memory()
        for _connection in range(connections):
            client = socket.create_connection(address)
            client.sendall(b"hello\n")
            clients.append(client)
        for client in clients:
            assert client.recv(6) == b"hello\n"
        return (memory() - before) / connections
    finally:
        for client in clients:
            client.close()
        child.stdin.close()
        child.stdout.close()
        child.wait(timeout=20)


def main() -> None:
    parser = argparse.ArgumentParser(description="memory of idle connections")
    parser.add_argument("--connections", type=int, default=10_000)
    parser.add_argument("--serve", choices=sorted(SERVERS), help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    hard = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    if arguments.serve:
        asyncio.run(serve(arguments.serve))
        return
    for kind in SERVERS:
        kib = measure(kind, arguments.connections)
        print(f"{kind:10} {arguments.connections} connections: {kib:.2f} KiB each")


if __name__ == "__main__":
    main()
