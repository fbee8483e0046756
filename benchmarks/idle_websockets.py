"""Resident memory of idle WebSockets: ours and the peers of the websocket scenario.

    python benchmarks/idle_websockets.py                   10,000 connections, everybody
    python benchmarks/idle_websockets.py --connections 2000 --only ours upstream

Each server is a process of its own; the connections come from this one. Each has sent a message of
32 bytes and got it back before it falls idle. Printed: KiB of resident memory of the server for
each connection (the system's memory for the sockets is not part of it). Linux only.
"""

from __future__ import annotations

import argparse
import os
import resource
import socket
import sys
from pathlib import Path

import contenders
from bench import prepare
from scenarios import WEBSOCKET
from server import Server

WARM = 200
HANDSHAKE = (
    "GET /echo HTTP/1.1\r\nHost: 127.0.0.1:%d\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
    "User-Agent: Mozilla/5.0 (X11; Linux x86_64; rv:128.0) Gecko/20100101 Firefox/128.0\r\n"
    "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n"
    "Cookie: session=%d\r\n\r\n"
)
MESSAGE = b"x" * 32
MASKED = b"\x81\xa0\0\0\0\0" + MESSAGE
ANSWER = b"\x81\x20" + MESSAGE


def opened(port: int, number: int) -> socket.socket:
    """A WebSocket that has been used once."""
    client = socket.create_connection(("127.0.0.1", port), 20)
    client.sendall((HANDSHAKE % (port, number)).encode())
    received = b""
    while not received.endswith(b"\r\n\r\n"):
        received += more(client, received)
    client.sendall(MASKED)
    received = b""
    while len(received) < len(ANSWER):
        received += more(client, received)
    assert received == ANSWER, received
    return client


def more(client: socket.socket, received: bytes) -> bytes:
    piece = client.recv(4096)
    assert piece, f"closed after {received!r}"
    return piece


def resident_kib(pids: list[int]) -> int:
    total = 0
    for pid in pids:
        text = Path(f"/proc/{pid}/smaps_rollup").read_text()
        total += next(int(line.split()[1]) for line in text.splitlines() if "Rss:" in line)
    return total


def measure(contender: contenders.Contender, programs: Path, connections: int, core: int) -> float:
    """KiB for each connection."""
    clients: list[socket.socket] = []
    with Server(contender, programs, core) as server:
        try:
            for number in range(WARM):
                opened(server.port, number).close()
            before = resident_kib(server.pids)
            clients += [opened(server.port, number) for number in range(connections)]
            return (resident_kib(server.pids) - before) / connections
        finally:
            for client in clients:
                client.close()


def main() -> None:
    table = {
        name: row
        for name, row in contenders.table().items()
        if row.scenarios is None or WEBSOCKET.issubset(row.scenarios)
    }
    parser = argparse.ArgumentParser(description="memory of idle WebSockets")
    parser.add_argument("--connections", type=int, default=10_000)
    parser.add_argument("--only", nargs="+", choices=list(table), default=list(table))
    arguments = parser.parse_args()
    hard = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))  # the servers inherit it
    core = max(os.sched_getaffinity(0))
    for contender, programs in prepare([table[name] for name in arguments.only], sys.executable):
        kib = measure(contender, programs, arguments.connections, core)
        print(f"{contender.name:14} {arguments.connections} connections: {kib:.2f} KiB each")


if __name__ == "__main__":
    main()
