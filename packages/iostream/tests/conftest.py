"""What the tests of the streams share. Streams are made inside the test's own loop."""

from __future__ import annotations

import asyncio
import shutil
import socket
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from tornado.iostream import IOStream

Pair = tuple[IOStream, socket.socket]


@pytest.fixture
def stream_and_peer() -> Iterator[Callable[..., Pair]]:
    """Makes a stream and the plain, non-blocking socket at its other end."""
    made: list[Pair] = []

    def make(kind: type[IOStream] = IOStream, **options: Any) -> Pair:
        ours, peer = socket.socketpair()
        peer.setblocking(False)
        made.append((kind(ours, **options), peer))
        return made[-1]

    yield make
    for stream, peer in made:
        peer.close()
        if stream.socket is not None:
            stream.socket.close()


@pytest.fixture
def tcp_pair() -> Iterator[Callable[..., Any]]:
    """Makes two streams connected over loopback TCP."""
    sockets: list[socket.socket] = []

    async def make(**options: Any) -> tuple[IOStream, IOStream]:
        with socket.create_server(("127.0.0.1", 0)) as listener:
            client = socket.socket()
            client.setblocking(False)
            await asyncio.get_running_loop().sock_connect(client, listener.getsockname())
            server, _address = listener.accept()
        sockets.extend([client, server])
        return IOStream(client, **options), IOStream(server, **options)

    yield make
    for sock in sockets:
        sock.close()


class Recorder:
    """A push consumer that writes down what it is told."""

    def __init__(self) -> None:
        self.chunks: list[bytes] = []
        self.lost: list[BaseException | None] = []
        self.changed = asyncio.Event()

    def data_received(self, data: bytes) -> None:
        self.chunks.append(data)
        self.changed.set()

    def connection_lost(self, exc: BaseException | None) -> None:
        self.lost.append(exc)
        self.changed.set()

    @property
    def data(self) -> bytes:
        return b"".join(self.chunks)

    async def until(self, condition: Callable[[], bool]) -> None:
        while not condition():
            self.changed.clear()
            await self.changed.wait()


@pytest.fixture
def recorder() -> type[Recorder]:
    return Recorder


class Certificates:
    """Files of a small authority and what it has signed, made by the openssl command."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.authority = self._path("authority.pem")
        self._run("req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes",
                  "-keyout", self._path("authority.key"), "-out", self.authority,
                  "-subj", "/CN=test authority", "-days", "2",
                  "-addext", "keyUsage=critical,keyCertSign,cRLSign")  # fmt: skip
        self.certificate, self.key = self._sign("good", "DNS:localhost,IP:127.0.0.1")
        self.other_name, self.other_key = self._sign("other", "DNS:elsewhere.example")
        self.expired, self.expired_key = self._sign("expired", "DNS:localhost", expired=True)

    def _path(self, name: str) -> str:
        return str(self.folder / name)

    def _run(self, *arguments: str) -> None:
        subprocess.run(["openssl", *arguments], check=True, capture_output=True)

    def _sign(self, name: str, names: str, expired: bool = False) -> tuple[str, str]:
        key, request, certificate = (self._path(f"{name}.{kind}") for kind in ("key", "csr", "pem"))
        extensions = self.folder / f"{name}.ext"
        extensions.write_text(f"subjectAltName={names}\nauthorityKeyIdentifier=keyid\n")
        self._run("req", "-new", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes",
                  "-keyout", key, "-out", request, "-subj", f"/CN={name}")  # fmt: skip
        # A certificate of minus one day has ended before it began.
        self._run("x509", "-req", "-in", request, "-CA", self.authority,
                  "-CAkey", self._path("authority.key"), "-CAcreateserial",
                  "-extfile", str(extensions), "-days", "-1" if expired else "2",
                  "-out", certificate)  # fmt: skip
        return certificate, key


@pytest.fixture(scope="session")
def certificates(tmp_path_factory: pytest.TempPathFactory) -> Certificates:
    if shutil.which("openssl") is None:
        pytest.skip("the openssl command is needed")
    return Certificates(tmp_path_factory.mktemp("certificates"))
