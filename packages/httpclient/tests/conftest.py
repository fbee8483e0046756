"""What the tests of the clients share: servers that play a written part, and certificates."""

from __future__ import annotations

import asyncio
import re
import shutil
import ssl
import subprocess
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest

from tornado.simple_httpclient import SimpleAsyncHTTPClient

Part = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]


class Scripted:
    """A running server: ``port`` of TCP or ``path`` of a local socket, ``connections`` so far.

    ``failures`` are what its part has failed with: a test that made assertions there looks at it.
    """

    def __init__(self, part: Part) -> None:
        self._part = part
        self._tasks: list[asyncio.Task[None]] = []
        self._writers: list[asyncio.StreamWriter] = []
        self.server: Any = None
        self.port = 0
        self.path = ""
        self.connections = 0
        self.failures: list[BaseException] = []

    def connected(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connections += 1
        self._writers.append(writer)
        self._tasks.append(asyncio.get_running_loop().create_task(self._play(reader, writer)))

    async def _play(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            await self._part(reader, writer)
            if not writer.is_closing():
                await writer.drain()
        except (ConnectionError, asyncio.IncompleteReadError, ssl.SSLError):
            pass  # the client has gone, as it may
        except asyncio.CancelledError:
            return
        except BaseException as error:
            self.failures.append(error)
        finally:
            writer.close()

    def stop(self) -> None:
        self.server.close()
        for task in self._tasks:
            task.cancel()
        for writer in self._writers:
            writer.transport.abort()


@pytest.fixture
def scripted() -> Callable[..., Any]:
    """``await scripted(part, ssl=context)``: a Scripted that runs until the test ends.

    ``part(reader, writer)`` is called for each connection, which is closed when it returns. With
    ``path=`` it listens on that local socket.
    """

    async def start(part: Part, *, path: str = "", **options: Any) -> Scripted:
        playing = Scripted(part)
        if path:
            playing.server = await asyncio.start_unix_server(playing.connected, path, **options)
            playing.path = path
        else:
            playing.server = await asyncio.start_server(
                playing.connected, "127.0.0.1", 0, **options
            )
            playing.port = playing.server.sockets[0].getsockname()[1]
        task = asyncio.current_task()
        assert task is not None
        task.add_done_callback(lambda _: playing.stop())
        return playing

    return start


@pytest.fixture
def canned(scripted: Callable[..., Any]) -> Callable[..., Any]:
    """``await canned(*answers)``: a Scripted that answers requests with one after another of these,
    in the end with the last one again and again. An answer is bytes; ``(bytes, "close")`` to close
    after it, ``None`` to close in its place.

    ``received`` has the requests, bodies included, ``served`` their number on each connection.
    """

    async def start(*answers: Any, **options: Any) -> Scripted:
        left = list(answers)
        received: list[bytes] = []
        served: list[int] = []

        async def part(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            here = len(served)
            served.append(0)
            while True:
                request = await reader.readuntil(b"\r\n\r\n")
                length = re.search(rb"(?i)^content-length: (\d+)", request, re.M)
                if length is not None:
                    request += await reader.readexactly(int(length[1]))
                elif re.search(rb"(?i)^transfer-encoding: chunked", request, re.M):
                    request += await reader.readuntil(b"0\r\n\r\n")
                received.append(request)
                served[here] += 1
                answer = left.pop(0) if len(left) > 1 else left[0]
                if answer is None:
                    return
                if isinstance(answer, tuple):
                    writer.write(answer[0])
                    return
                writer.write(answer)

        server: Any = await scripted(part, **options)
        server.received, server.served = received, served
        return server  # type: ignore[no-any-return]  # Any for the attributes that it gets here

    return start


@pytest.fixture
def simple() -> Callable[..., SimpleAsyncHTTPClient]:
    """``simple(**settings)``: a client that is closed when the test ends."""

    def make(**settings: Any) -> SimpleAsyncHTTPClient:
        client = SimpleAsyncHTTPClient(force_instance=True, **settings)
        task = asyncio.current_task()
        assert task is not None
        task.add_done_callback(lambda _: client.close())
        return client

    return make


class Certificates:
    """Files of a small authority and what it has signed, made by the openssl command.

    ``good`` is for localhost and 127.0.0.1, ``other`` for elsewhere.example, ``client`` for us;
    each has its key at ``key(name)`` and its certificate at ``cert(name)``.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.authority = self.cert("authority")
        self._run("req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes",
                  "-keyout", self.key("authority"), "-out", self.authority,
                  "-subj", "/CN=test authority", "-days", "2",
                  "-addext", "keyUsage=critical,keyCertSign,cRLSign")  # fmt: skip
        self._sign("good", "DNS:localhost,IP:127.0.0.1")
        self._sign("other", "DNS:elsewhere.example")
        self._sign("client", "DNS:client.example")

    def cert(self, name: str) -> str:
        return str(self.folder / f"{name}.pem")

    def key(self, name: str) -> str:
        return str(self.folder / f"{name}.key")

    def server(self, name: str = "good", client_wanted: bool = False) -> ssl.SSLContext:
        """The context of a server with this certificate."""
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(self.cert(name), self.key(name))
        context.set_alpn_protocols(["http/1.1"])
        if client_wanted:
            context.load_verify_locations(self.authority)
            context.verify_mode = ssl.CERT_REQUIRED
        return context

    def _run(self, *arguments: str) -> None:
        subprocess.run(["openssl", *arguments], check=True, capture_output=True)

    def _sign(self, name: str, names: str) -> None:
        request = str(self.folder / f"{name}.csr")
        extensions = self.folder / f"{name}.ext"
        extensions.write_text(f"subjectAltName={names}\nauthorityKeyIdentifier=keyid\n")
        self._run("req", "-new", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes",
                  "-keyout", self.key(name), "-out", request, "-subj", f"/CN={name}")  # fmt: skip
        self._run("x509", "-req", "-in", request, "-CA", self.authority,
                  "-CAkey", self.key("authority"), "-CAcreateserial",
                  "-extfile", str(extensions), "-days", "2", "-out", self.cert(name))  # fmt: skip


@pytest.fixture(scope="session")
def certificates(tmp_path_factory: pytest.TempPathFactory) -> Certificates:
    if shutil.which("openssl") is None:
        pytest.skip("the openssl command is needed")
    return Certificates(tmp_path_factory.mktemp("certificates"))
