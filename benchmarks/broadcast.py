"""CPU of a broadcast for each member of a room, beside loops that write to the same connections.

    python benchmarks/broadcast.py                   10,000 members
    python benchmarks/broadcast.py --members 2000

The members are WebSockets over loopback, opened by this process, which reads and drops what comes;
the server is a process of its own and takes the time there. Printed for each way to tell them all:
microseconds of CPU, user and system, for each member, and for how long the server's loop did
nothing else at a stretch. The message is a text of 100 characters. Linux only.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import resource
import selectors
import socket
import subprocess
import sys
import threading
import time
from asyncio import Future
from collections.abc import Awaitable, Callable
from statistics import median
from typing import Any

from tornado.httpserver import HTTPServer
from tornado.netutil import bind_sockets
from tornado.rooms import Member, News, Rooms, RoomWebSocket
from tornado.web import Application
from tornado.websocket import PreparedMessage

ROUNDS = 7
TEXT = "x" * 100
SOCKETS: list[RoomWebSocket] = []
HANDSHAKE = (
    b"GET /lobby HTTP/1.1\r\nHost: localhost\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
    b"Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n"
)


# The server


class Socket(RoomWebSocket):
    def open(self, *args: str, **kwargs: str) -> Awaitable[None] | None:
        SOCKETS.append(self)
        return super().open(*args, **kwargs)


class Last(Member):
    """Joins after all others, and so is told after them."""

    def __init__(self) -> None:
        self.told = asyncio.Event()

    def deliver(self, news: News) -> Future[Any] | None:
        self.told.set()
        return None


async def by_room(rooms: Rooms, last: Last) -> None:
    last.told.clear()
    rooms["lobby"].broadcast(TEXT)
    await last.told.wait()


async def by_write_message(rooms: Rooms, last: Last) -> None:
    text = json.dumps({"data": TEXT})
    for handler in SOCKETS:
        handler.write_message(text)


async def by_prepared_message(rooms: Rooms, last: Last) -> None:
    message = PreparedMessage(json.dumps({"data": TEXT}))
    for handler in SOCKETS:
        handler.write_message(message)


async def by_send(rooms: Rooms, last: Last) -> None:
    payload = json.dumps({"data": TEXT}).encode()
    frame = bytes([0x81, len(payload)]) + payload
    for handler in SOCKETS:
        handler.ws_connection.stream.socket.send(frame)  # type: ignore[union-attr]  # it is open


WAYS: dict[str, Callable[[Rooms, Last], Awaitable[None]]] = {
    "room.broadcast": by_room,
    "loop of write_message(PreparedMessage)": by_prepared_message,
    "loop of write_message(str)": by_write_message,
    "loop of socket.send (the kernel's part)": by_send,
}


async def longest_stretch(work: Awaitable[None]) -> float:
    """Seconds for which the loop did nothing else while ``work`` was done."""
    longest, before = 0.0, time.perf_counter()
    task = asyncio.ensure_future(work)
    while not task.done():
        await asyncio.sleep(0)
        now = time.perf_counter()
        longest, before = max(longest, now - before), now
    return longest


async def measure(rooms: Rooms, last: Last) -> dict[str, tuple[float, float]]:
    found: dict[str, list[tuple[float, float]]] = {name: [] for name in WAYS}
    for _ in range(ROUNDS):
        for name, way in WAYS.items():
            began = time.process_time()
            stretch = await longest_stretch(way(rooms, last))
            cpu = time.process_time() - began
            found[name].append((cpu / len(SOCKETS) * 1e6, stretch * 1e3))
            await asyncio.sleep(len(SOCKETS) / 50_000)  # the readers catch up
    return {
        name: (median(cpu for cpu, _ in each), median(stretch for _, stretch in each))
        for name, each in found.items()
    }


async def serve() -> None:
    """The child: prints its port; at a line, what it has measured."""
    rooms = Rooms()
    application = Application([(r"/(\w+)", Socket)], rooms=rooms, log_function=lambda handler: None)
    sockets = bind_sockets(0, "127.0.0.1", backlog=1024)
    server = HTTPServer(application)
    server.add_sockets(sockets)
    print(sockets[0].getsockname()[1], flush=True)
    loop = asyncio.get_running_loop()
    await loop.run_in_executor(None, sys.stdin.readline)
    last = Last()
    rooms["lobby"].join(last)
    await last.told.wait()
    print(json.dumps(await measure(rooms, last)), flush=True)
    await loop.run_in_executor(None, sys.stdin.readline)


# The members


def open_socket(address: tuple[str, int]) -> socket.socket:
    client = socket.create_connection(address)
    client.sendall(HANDSHAKE)
    received = b""
    while b"\r\n\r\n" not in received:
        piece = client.recv(65536)
        assert piece, received
        received += piece
    assert received.startswith(b"HTTP/1.1 101 "), received
    client.setblocking(False)
    return client


def drop_all(clients: list[socket.socket], ended: threading.Event) -> None:
    with selectors.DefaultSelector() as selector:
        for client in clients:
            selector.register(client, selectors.EVENT_READ)
        while not ended.is_set():
            for key, _ in selector.select(0.1):
                key.fileobj.recv(65536)  # type: ignore[union-attr]  # a socket, registered above


def broadcast(members: int) -> dict[str, tuple[float, float]]:
    """What each way costs: microseconds of CPU a member, milliseconds at a stretch."""
    command = [sys.executable, __file__, "--serve"]
    child = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    assert child.stdin
    assert child.stdout
    clients: list[socket.socket] = []
    ended = threading.Event()
    reader = threading.Thread(target=drop_all, args=(clients, ended))
    try:
        address = ("127.0.0.1", int(child.stdout.readline()))
        for _ in range(members):
            clients.append(open_socket(address))
        reader.start()
        child.stdin.write("\n")
        child.stdin.flush()
        return {name: tuple(pair) for name, pair in json.loads(child.stdout.readline()).items()}
    finally:
        ended.set()
        if reader.ident is not None:
            reader.join()
        child.stdin.close()
        child.stdout.close()
        child.wait(timeout=20)
        for client in clients:
            client.close()


def main() -> None:
    parser = argparse.ArgumentParser(description="CPU of a broadcast for each member of a room")
    parser.add_argument("--members", type=int, default=10_000)
    parser.add_argument("--serve", action="store_true", help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    hard = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    if arguments.serve:
        asyncio.run(serve())
        return
    for name, (cpu, stretch) in broadcast(arguments.members).items():
        print(f"{name:40} {cpu:6.2f} us of CPU a member, {stretch:6.1f} ms at a stretch")


if __name__ == "__main__":
    main()
