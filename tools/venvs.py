"""Virtual environments for the proofs and the benchmarks: made with uv where it is, else with venv.

Hatch brings uv, so an environment of Hatch has it beside its interpreter; a bare Python does not.
"""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

from members import ROOT, normalize

CACHE = ROOT / "build" / "environments"


class CommandFailed(Exception):
    """A command ended with an error; the text is what it printed."""


def run(command: Sequence[str | Path], **options: Any) -> str:
    """Runs a command and returns what it printed; on failure raises CommandFailed with that."""
    done = subprocess.run(
        [str(part) for part in command],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        **options,
    )
    if done.returncode:
        shown = " ".join(str(part) for part in command)
        raise CommandFailed(f"$ {shown}\n{done.stdout}exit status {done.returncode}")
    return str(done.stdout)


def find_uv() -> str | None:
    """The uv beside this interpreter, or on PATH, or None."""
    beside = Path(sys.executable).parent / "uv"
    return str(beside) if beside.exists() else shutil.which("uv")


def python_of(environment: Path) -> Path:
    if os.name == "nt":
        return environment / "Scripts" / "python.exe"
    return environment / "bin" / "python"


def make(environment: Path, arguments: Iterable[str | Path], python: str = sys.executable) -> Path:
    """Makes a fresh environment, installs ARGUMENTS of pip in it, returns its interpreter."""
    uv = find_uv()
    if uv:
        run([uv, "venv", "--quiet", "--clear", "--python", python, environment])
    else:
        run([python, "-m", "venv", "--clear", environment])
    add(python_of(environment), arguments)
    return python_of(environment)


def cached(name: str, arguments: Sequence[str]) -> Path:
    """The interpreter of an environment under ``build/`` that is made once and kept, with
    ARGUMENTS of pip installed. Raises CommandFailed, for instance without a package index."""
    python = ".".join(map(str, sys.version_info[:2]))
    state = hashlib.sha256(repr((sys.base_prefix, arguments)).encode()).hexdigest()[:8]
    environment = CACHE / f"{name}-python-{python}-{state}"
    if not environment.exists():
        CACHE.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=CACHE) as making:
            make(Path(making, "environment"), arguments)
            try:
                Path(making, "environment").rename(environment)
            except OSError:  # another run was quicker
                if not environment.exists():
                    raise
    return python_of(environment)


def add(interpreter: Path, arguments: Iterable[str | Path]) -> None:
    """``pip install ARGUMENTS`` in an environment that exists."""
    wanted = list(arguments)
    uv = find_uv()
    if wanted and uv:
        run([uv, "pip", "install", "--quiet", "--python", interpreter, *wanted])
    elif wanted:
        run([interpreter, "-m", "pip", "install", "--quiet", *wanted])


def installed(interpreter: Path) -> dict[str, str]:
    """The distributions of an environment: normalized name to version, installers left out."""
    program = (
        "import importlib.metadata as m\n"
        "for d in m.distributions(): print(d.metadata['Name'], d.version)"
    )
    found = {}
    for line in run([interpreter, "-I", "-c", program]).splitlines():
        name, version = line.split()
        found[normalize(name)] = version
    return {name: v for name, v in found.items() if name not in ("pip", "setuptools", "uv")}
