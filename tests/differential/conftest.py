"""The same application on both servers: Tornado as published, and this repository.

The published one is a black box: it is installed once, from the package index, into an environment
of its own under ``build/``, and run as a process. ``/files`` of the application is a folder made
here.
"""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager
from pathlib import Path

import pytest
import venvs
from absence import not_here

RELEASE = "6.6.1"
APPLICATION = Path(__file__).parent / "application.py"


@contextmanager
def run(interpreter: Path | str, *command: Path, log: Path) -> Iterator[int]:
    """Runs a program that prints its port, which is the value."""
    with log.open("wb") as stderr:
        process = subprocess.Popen(
            [interpreter, *command],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=stderr,
        )
    assert process.stdin is not None
    assert process.stdout is not None
    try:
        line = process.stdout.readline()
        assert line, log.read_text()
        yield int(line)
        process.stdin.close()
        assert process.wait(10) == 0, log.read_text()
    finally:
        process.kill()
        process.wait()
        process.stdout.close()
        process.stdin.close()


@pytest.fixture(scope="session")
def serving() -> Callable[..., AbstractContextManager[int]]:
    return run


@pytest.fixture(scope="session")
def directory(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Files last modified Sun, 06 Nov 1994 08:49:37 GMT; ``static`` is served."""
    directory = tmp_path_factory.mktemp("differential")
    for name, content in {
        "static/digits.txt": b"0123456789",
        "static/empty.txt": b"",
        "static/page.html": b"<p>page",
        "static/style.css": b"p {}",
        "static/script.js": b"1",
        "static/data.json": b"{}",
        "static/image.png": b"\x89PNG" * 500,
        "static/image.svg": b"<svg/>",
        "static/a.tar.gz": b"\x1f\x8b",
        "static/a.unknownkind": b"?",
        "static/noextension": b"?",
        "static/a b.txt": b"space",
        "static/\u00e9.txt": b"accent",
        "static/.hidden": b"hidden",
        "static/big.txt": bytes(range(32, 127)) * 1000,
        "static/robots.txt": b"User-agent: *\n",
        "static/sub/index.html": b"<p>index",
        "secret.txt": b"secret",
    }.items():
        path = directory / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
        os.utime(path, (784111777, 784111777))
    (directory / "static/link.txt").symlink_to("../secret.txt")
    return directory


@pytest.fixture(scope="session")
def published() -> Path:
    """An interpreter that has Tornado as published."""
    try:
        return venvs.cached("published", [f"tornado=={RELEASE}"])
    except venvs.CommandFailed as error:
        how = (
            f"tornado=={RELEASE} could not be installed to compare with. With a package index in "
            f"reach: hatch test tests/differential\n{error}"
        )
        not_here(how)


@pytest.fixture(scope="session")
def ports(
    published: Path, directory: Path, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[tuple[int, int]]:
    """The ports of the published server and of ours."""
    logs = tmp_path_factory.mktemp("logs")
    with ExitStack() as stack:
        theirs = stack.enter_context(run(published, APPLICATION, directory, log=logs / "theirs"))
        ours = stack.enter_context(run(sys.executable, APPLICATION, directory, log=logs / "ours"))
        yield theirs, ours
