"""Fuzzing of a running server, over loopback.

Laws:
1. The server runs in a process of its own; here are only its clients, many at a time.
2. A connection sends either requests that are right, in any mixture and cut anywhere, and then
   every answer must be the right one; or bytes that are nearly right, and then what comes back must
   be a row of whole responses, none of them a 5xx (505 excepted: a version is refused that way).
3. Clients leave in all ways: in order, half closed, by reset, in the middle of anything.
4. Between rounds the server must answer a plain request soon. At the end its memory must not have
   grown beyond a bound and its log may hold refusals and nothing else.
"""

from __future__ import annotations

import asyncio
import json
import random
import re
import socket
import struct
import subprocess
import sys
import tempfile
import time
from hashlib import sha1
from pathlib import Path
from typing import Any

from mutations import Mutator

SERVER = Path(__file__).parent.parent / "tests" / "fuzz" / "server.py"
PATIENCE = 20.0  # seconds; the server's deadlines are 2, its longest linger 5
SOON = 5.0
MAX_GROWTH = 48 * 1024  # KiB
LAST = b"GET /echo/last HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n"

_status_line = re.compile(rb"HTTP/1\.1 ([1-9][0-9][0-9]) [\t -~\x80-\xff]*\r\n").fullmatch
_field_line = re.compile(rb"([!#$%&'*+.^_`|~0-9A-Za-z-]+):[ \t]*([\t -~\x80-\xff]*?)[ \t]*\r\n")
# One line of the log for a refused request: a warning of the framework.
_expected_line = re.compile(r"WARNING tornado\.general (?:4[0-9][0-9]|505) ").match


class Find(AssertionError):
    """Something that must not be."""


class FuzzedServer:
    """The server's process, as a context manager: ``port``, ``memory()``."""

    def __enter__(self) -> FuzzedServer:
        self._directory = tempfile.TemporaryDirectory()
        root = Path(self._directory.name)
        (root / "static" / "sub").mkdir(parents=True)
        (root / "static" / "digits.txt").write_text("0123456789")
        (root / "static" / "large.bin").write_bytes(bytes(300_000))
        (root / "static" / "sub" / "index.html").write_text("<p>index\n")
        (root / "secret.txt").write_text("for nobody")
        self._log = (root / "log").open("w+", errors="backslashreplace")
        self._process = subprocess.Popen(
            [sys.executable, "-W", "error", str(SERVER), str(root)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=self._log,
        )
        assert self._process.stdout is not None
        line = self._process.stdout.readline()
        if not line:
            raise RuntimeError(f"the server did not start:\n{self.log()}")
        self.port = int(line)
        return self

    def __exit__(self, kind: object, *rest: object) -> None:
        process = self._process
        assert process.stdin is not None
        assert process.stdout is not None
        try:
            process.stdin.close()
            status = process.wait(15)
        except subprocess.TimeoutExpired:
            status = None
        finally:
            process.kill()
            process.wait()
            process.stdout.close()
            log = self.log()
            self._log.close()
            self._directory.cleanup()
        if kind is None:
            if status != 0:
                raise Find(f"the server did not end well ({status}):\n{log[-3000:]}")
            check_log(log)

    def log(self) -> str:
        self._log.seek(0)
        return self._log.read()

    def memory(self) -> int:
        """Resident KiB; 0 where that cannot be told."""
        try:
            status = Path(f"/proc/{self._process.pid}/status").read_text()
        except OSError:
            return 0
        found = re.search(r"VmRSS:\s+(\d+) kB", status)
        return int(found[1]) if found else 0


def check_log(log: str) -> None:
    for line in log.splitlines():
        if not _expected_line(line):
            at = log.find(line)
            raise Find(f"the server's log:\n{log[max(at - 500, 0) : at + 3000]}")


async def read_responses(reader: asyncio.StreamReader, seen: list[Any]) -> None:
    """Appends (status, body) of every response to ``seen`` until the connection ends."""
    while True:
        line = await reader.readline()
        if not line:
            return
        match = _status_line(line)
        if not match:
            raise Find(f"not a status line after {len(seen)} responses: {line[:200]!r}")
        status = int(match[1])
        fields: dict[bytes, bytes] = {}
        while (line := await reader.readline()) != b"\r\n":
            found = _field_line.fullmatch(line)
            if not found:
                if not line.endswith(b"\n"):
                    return  # cut by the end of the connection
                raise Find(f"not a header line: {line[:200]!r}")
            fields[found[1].lower()] = found[2]
        if status >= 500 and status != 505:
            raise Find(f"{status} after {len(seen)} responses")
        if status < 200:
            continue
        body = b""
        if fields.get(b"x-method") != b"HEAD" and status not in (204, 304):
            if fields.get(b"transfer-encoding") == b"chunked":
                while size := int(await reader.readline() or b"0", 16):
                    body += await reader.readexactly(size)
                    await reader.readexactly(2)
                await reader.readline()
            elif b"content-length" in fields:
                body = await reader.readexactly(int(fields[b"content-length"]))
            else:
                body = await reader.read()
        if b"for nobody" in body:
            raise Find("a file that is outside of the directory")
        seen.append((status, body))
        if fields.get(b"connection", b"").lower() == b"close":
            more = await reader.read()
            if more:
                raise Find(f"after a response with Connection: close there came {more[:200]!r}")
            return


class Conversation:
    """One connection: what it sends, in which pieces, and how it ends."""

    def __init__(self, rng: random.Random, mutator: Mutator) -> None:
        self.rng = rng
        self.mutator = mutator
        self.expected: list[list[Any]] | None = None
        if rng.random() < 0.35:
            self.data = self._right()
        else:
            self.data = self.mutator.mutate(self.mutator.pick())
        self.leaves = rng.choice(("end", "end", "end", "probe", "half", "reset", "close"))
        if self.expected is not None or self.leaves == "probe":
            self.data += LAST
            self.leaves = "end"

    def _right(self) -> bytes:
        """Requests of which every answer is known."""
        rng, out = self.rng, []
        self.expected = []
        for number in range(rng.randint(1, 8)):
            path = rng.choice(("/echo", "/slow", "/stream")) if rng.random() < 0.9 else "/pieces"
            uri = f"{path}?{number}"
            body = rng.randbytes(rng.choice((0, 1, 5, 300, 5000, 39_000)))
            method = rng.choice(("POST", "PUT", "PATCH", "PROPFIND"))
            line = b"\r\n" * rng.choice((0, 0, 0, 1)) + f"{method} {uri} HTTP/1.1\r\n".encode()
            if rng.random() < 0.2:
                line = line.replace(b" /", b" http://other/", 1)
            head = line + b"Host: a\r\n"
            if rng.random() < 0.2:
                head += b"Expect: 100-continue\r\n"
            if rng.random() < 0.5:
                out.append(head + b"Content-Length: %d\r\n\r\n" % len(body) + body)
            else:
                out.append(head + b"Transfer-Encoding: chunked\r\n\r\n" + self._chunked(body))
            digest = sha1(body, usedforsecurity=False).hexdigest()
            self.expected.append([uri, len(body), digest])
        return b"".join(out)

    def _chunked(self, body: bytes) -> bytes:
        rng, out, at = self.rng, b"", 0
        while at < len(body):
            size = min(len(body) - at, rng.choice((1, 7, 100, 4096, 30_000)))
            extension = rng.choice((b"", b"", b";a", b' ;a="b;c"'))
            out += b"%x%b\r\n%b\r\n" % (size, extension, body[at : at + size])
            at += size
        return out + b"0\r\n" + rng.choice((b"", b"", b"T: v\r\n")) + b"\r\n"

    async def hold(self, port: int) -> None:
        """Talks to the server; raises Find."""
        reader, writer = await asyncio.open_connection("127.0.0.1", port, limit=2**20)
        sock = writer.get_extra_info("socket")
        seen: list[Any] = []
        reading = asyncio.ensure_future(read_responses(reader, seen))
        try:
            for piece in self.mutator.splits(self.data):
                if reading.done():
                    break
                writer.write(piece)
                await asyncio.sleep(self.rng.choice((0, 0, 0, 0.001)))
            if self.leaves == "half":
                writer.write_eof()
            elif self.leaves == "reset":
                sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
                writer.transport.abort()
            elif self.leaves == "close":
                writer.close()
            async with asyncio.timeout(PATIENCE):
                await reading
        except TimeoutError:
            raise Find(f"the server neither answers nor closes; {len(seen)} responses") from None
        except (ConnectionError, asyncio.IncompleteReadError):
            if self.expected is not None:
                raise Find(f"cut off after {len(seen)} responses") from None
        finally:
            reading.cancel()
            await asyncio.gather(reading, return_exceptions=True)
            writer.transport.abort()
        if self.expected is not None:
            self._compare(seen)

    def _compare(self, seen: list[Any]) -> None:
        assert self.expected is not None
        if len(seen) != len(self.expected) + 1:
            raise Find(f"{len(seen)} responses to {len(self.expected) + 1} requests: {seen!r:.500}")
        for (status, body), wanted in zip(seen, self.expected, strict=False):
            pieces = str(wanted[0]).startswith("/pieces")
            if status != 200 or (not pieces and json.loads(body) != wanted):
                raise Find(f"{status} {body[:200]!r} instead of {wanted!r}")


async def _probe(port: int) -> None:
    began = time.monotonic()
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(LAST)
    seen: list[Any] = []
    try:
        await asyncio.wait_for(read_responses(reader, seen), SOON)
    except TimeoutError:
        raise Find(f"a plain request has no answer after {SOON:g} s") from None
    finally:
        writer.transport.abort()
    if [status for status, _ in seen] != [200]:
        raise Find(f"a plain request was answered {seen!r}")
    if time.monotonic() - began > SOON:
        raise Find("a plain request took too long")


async def _round(port: int, conversations: list[Conversation]) -> list[tuple[Conversation, str]]:
    outcomes = await asyncio.gather(*(c.hold(port) for c in conversations), return_exceptions=True)
    finds = []
    for conversation, outcome in zip(conversations, outcomes, strict=True):
        if isinstance(outcome, Find):
            finds.append((conversation, str(outcome)))
        elif isinstance(outcome, BaseException):
            raise outcome
    return finds


def fuzz_live(
    mutator: Mutator, rounds: int | None, seconds: float, at_once: int = 60, report: Any = None
) -> int:
    """Rounds of ``at_once`` connections each, until ``rounds`` or ``seconds`` are over.

    Returns the number of connections. Raises Find with the bytes that led to it."""
    rng = mutator.rng
    ends = time.monotonic() + seconds
    done = 0
    with FuzzedServer() as server:
        first = 0
        while (rounds is None or done < rounds) and time.monotonic() < ends:
            conversations = [Conversation(rng, mutator) for _ in range(at_once)]
            finds = asyncio.run(_round(server.port, conversations))
            if finds:
                conversation, text = finds[0]
                raise Find(f"{text}\nsent ({conversation.leaves}): {conversation.data!r:.6000}")
            asyncio.run(_probe(server.port))
            done += 1
            if done == 10:
                first = server.memory()
            elif done > 10 and server.memory() > first + MAX_GROWTH:
                raise Find(f"the server has grown from {first} to {server.memory()} KiB")
            if report is not None and done % 20 == 0:
                report(f"live: {done * at_once} connections, {server.memory()} KiB")
        check_log(server.log())
    return done * at_once
