"""What a server sends back to raw bytes, read leniently, so that servers can be compared.

    with Conversation(port) as talk:
        talk.send(b"GET / HTTP/1.1\\r\\nHost: a\\r\\n\\r\\n")
        answer = talk.answer()          # None when the server has closed instead

A server that does not answer within ``PATIENCE`` seconds raises TimeoutError.
"""

from __future__ import annotations

import re
import socket
import struct
from dataclasses import dataclass, field

PATIENCE = 10  # seconds


@dataclass
class Answer:
    """One response. ``headers`` as they came; ``body`` without the framing of chunks."""

    status: int
    reason: str
    headers: list[tuple[str, str]] = field(default_factory=list)
    body: bytes = b""
    framing: str = ""
    """How the end of the body was known: length, chunked, close or none; cut if it never came."""

    def all(self, name: str) -> list[str]:
        return [value for key, value in self.headers if key.lower() == name.lower()]

    def get(self, name: str) -> str | None:
        return next(iter(self.all(name)), None)


class Conversation:
    """One connection to a server on this machine."""

    def __init__(self, port: int) -> None:
        self._socket = socket.create_connection(("127.0.0.1", port), timeout=PATIENCE)
        self._reader = self._socket.makefile("rb")

    def __enter__(self) -> Conversation:
        return self

    def __exit__(self, *_: object) -> None:
        self._reader.close()
        self._socket.close()

    def send(self, raw: bytes) -> None:
        """Sends it; that the server has hung up already shows when its answer is read."""
        try:
            self._socket.sendall(raw)
        except (BrokenPipeError, ConnectionResetError):
            pass

    def end(self) -> None:
        """Nothing more comes from this side."""
        try:
            self._socket.shutdown(socket.SHUT_WR)
        except OSError:
            pass  # the other side was quicker

    def answer(self, bodiless: bool = False) -> Answer | None:
        """The next response, or None where the connection ends. ``bodiless``: it is for a HEAD."""
        try:
            line = self._reader.readline()
            if not line:
                return None
            return self._after(line, bodiless)
        except ConnectionResetError:
            return None

    def rest(self) -> tuple[bytes, str]:
        """All that still comes, and how it ends: closed, reset or open (nothing for a while)."""
        data = b""
        try:
            while piece := self._reader.read1(65536):
                data += piece
        except ConnectionResetError:
            return data, "reset"
        except TimeoutError:
            return data, "open"
        return data, "closed"

    def reset(self) -> None:
        """Ends the connection the rude way."""
        linger = struct.pack("ii", 1, 0)
        self._socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger)
        self._reader.close()
        self._socket.close()

    def _after(self, line: bytes, bodiless: bool) -> Answer:
        match = re.fullmatch(rb"HTTP/1\.[01] (\d{3}) ?(.*?)\r\n", line)
        assert match, f"not a status line: {line!r}"
        answer = Answer(int(match[1]), match[2].decode("latin-1"))
        while (line := self._reader.readline()) not in (b"\r\n", b""):
            name, _, value = line.decode("latin-1").partition(":")
            answer.headers.append((name, value.strip()))
        length, coding = answer.get("Content-Length"), answer.get("Transfer-Encoding")
        if bodiless or answer.status < 200 or answer.status in (204, 304):
            answer.framing = "none"
        elif coding == "chunked":
            answer.framing = self._chunks(answer)
        elif length is not None:
            answer.body = self._reader.read(int(length))
            answer.framing = "length" if len(answer.body) == int(length) else "cut"
        else:
            answer.framing = "close"
            answer.body = self._reader.read()
        return answer

    def _chunks(self, answer: Answer) -> str:
        while line := self._reader.readline():
            size = int(line, 16)
            answer.body += self._reader.read(size)
            self._reader.readline()
            if not size:
                return "chunked"
        return "cut"
