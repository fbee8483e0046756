"""What the tests of the documents share: programs that run, and curl lines as they are printed."""

from __future__ import annotations

import re
import shlex
import shutil
import socket
import subprocess
from collections.abc import Callable, Iterator
from contextlib import ExitStack

import pytest
from absence import not_here
from programs import Program, running
from visitor import Visitor

HELLO_TRIES = 3


@pytest.fixture(scope="module")
def run() -> Iterator[Callable[[str], Program]]:
    """``run("tutorial/home.py")`` starts a demo once for the module, on a port of its own."""
    programs: dict[str, Program] = {}
    with ExitStack() as stack:

        def run(path: str) -> Program:
            if path not in programs:
                programs[path] = stack.enter_context(running(f"demos/{path}", "--port=0"))
            return programs[path]

        yield run


@pytest.fixture(scope="module")
def hello() -> Iterator[Callable[[str], Program]]:
    """Starts a hello: those print the port they were given, so it has to be a free one."""
    with ExitStack() as stack:

        def hello(path: str) -> Program:
            for _ in range(HELLO_TRIES):
                with socket.create_server(("127.0.0.1", 0)) as probe:
                    port = probe.getsockname()[1]
                attempt = running(f"demos/helloworld/{path}", f"--port={port}")
                try:
                    return stack.enter_context(attempt)
                except AssertionError as error:
                    if "in use" not in str(error):
                        raise
            raise AssertionError(f"no free port for {path}")

        yield hello


@pytest.fixture
def visit(run: Callable[[str], Program]) -> Callable[..., Visitor]:
    """``visit("tutorial/home.py", language="es")``: a new visitor of that program."""

    def visit(path: str, language: str = "en-US") -> Visitor:
        return Visitor(run(path).url, language)

    return visit


@pytest.fixture(scope="session")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """``ssl_options`` of a server on localhost, with a certificate that it has signed itself."""
    if shutil.which("openssl") is None:
        pytest.skip("the openssl command is needed")
    folder = tmp_path_factory.mktemp("certificate")
    options = {"certfile": str(folder / "server.pem"), "keyfile": str(folder / "server.key")}
    command = ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256"]
    command += ["-nodes", "-days", "2", "-subj", "/CN=localhost"]
    command += ["-keyout", options["keyfile"], "-out", options["certfile"]]
    subprocess.run(command, check=True, capture_output=True)
    return options


@pytest.fixture
def curl() -> Callable[[Program, str], str]:
    """``curl(program, line)`` runs a printed line and gives what curl prints.

    The host and port of the line become those of the program; a prompt, and a forgotten ``curl``,
    are no matter.
    """
    if shutil.which("curl") is None:
        not_here("curl is not here; on Debian: apt-get install curl")

    def curl(program: Program, line: str) -> str:
        line = re.sub(r"localhost:\d+", f"127.0.0.1:{program.port}", line.removeprefix("$ "))
        command = ["curl", "--silent", "--show-error", "--max-time", "20"]
        command += shlex.split(line.removeprefix("curl "))
        return subprocess.run(command, capture_output=True, text=True, check=True).stdout

    return curl
