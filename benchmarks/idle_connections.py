"""Resident memory of idle connections: of a TCP echo server, and of an HTTP server.

    python benchmarks/idle_connections.py                  10,000 connections, every way to serve
    python benchmarks/idle_connections.py --connections 2000 --only http

The server runs in a process of its own; the connections come from this one. Each connection sends
a line (to the web application: a request with the headers of a browser) and gets its answer before
it falls idle. Printed: KiB of resident memory of the server for each connection (the system's
memory for the sockets is not part of it). Linux only.
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

from tornado.httpserver import HTTPServer
from tornado.iostream import IOStream
from tornado.netutil import bind_sockets
from tornado.tcpserver import TCPServer
from tornado.web import Application, RequestHandler


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


class Hello(RequestHandler):
    def get(self) -> None:
        self.write("Hello, world")


class HelloAsync(RequestHandler):
    async def get(self) -> None:
        await asyncio.sleep(0)
        self.write("Hello, world")


def web() -> TCPServer:
    return HTTPServer(
        Application([("/", Hello), ("/async", HelloAsync)], log_function=lambda handler: None)
    )


SERVERS = {"coroutine": CoroutineEcho, "push": PushEcho, "http": web, "http async": web}
BROWSER = (
    "Host: 127.0.0.1:8888\r\n"
    "User-Agent: Mozilla/5.0 (X11; Linux x86_64; rv:128.0) Gecko/20100101 Firefox/128.0\r\n"
    "Accept: text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8\r\n"
    "Accept-Language: en-US,en;q=0.5\r\nAccept-Encoding: gzip, deflate, br, zstd\r\n"
    "Connection: keep-alive\r\nCookie: session=%d\r\n\r\n"
)


def question(kind: str, number: int) -> bytes:
    """What a connection sends; no two browsers send the same."""
    if kind.startswith("http"):
        path = "/async" if kind == "http async" else "/"
        return (f"GET {path} HTTP/1.1\r\n" + BROWSER % number).encode()
    return b"hello\n"


def take_answer(client: socket.socket) -> None:
    received = b""
    while not received.endswith((b"hello\n", b"Hello, world")):
        piece = client.recv(65536)
        assert piece, received
        received += piece


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
                client.sendall(question(kind, 0))
                take_answer(client)
        before = memory()
        for number in range(connections):
            client = socket.create_connection(address)
            client.sendall(question(kind, number))
            clients.append(client)
        for client in clients:
            take_answer(client)
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
    parser.add_argument("--only", nargs="+", choices=sorted(SERVERS), default=list(SERVERS))
    parser.add_argument("--serve", choices=sorted(SERVERS), help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    hard = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    if arguments.serve:
        asyncio.run(serve(arguments.serve))
        return
    for kind in arguments.only:
        kib = measure(kind, arguments.connections)
        print(f"{kind:10} {arguments.connections} connections: {kib:.2f} KiB each")


if __name__ == "__main__":
    main()
