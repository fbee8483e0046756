"""Proves that each distribution stands on what it declares, and on nothing else.

    python tools/isolation.py [MEMBER ...]

Builds the wheels of all members, then for each member: a fresh virtual environment, its wheel from
there with the dependencies it declares, and its own tests, copied out of the repository and run
there. Two at a time. Beside the tests each environment must show that

- nothing is installed but the declared distributions and the test tools,
- every public module imports, from the environment and not from the repository; those of an extra
  (``OF_AN_EXTRA``) say instead how to get it,
- those that promise it (``WITHOUT_ASYNCIO``) leave asyncio alone.
"""

from __future__ import annotations

import os
import shutil
import sys
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import members
import venvs

TEST_TOOLS = ("pytest", "pytest-timeout", "hypothesis")
WITHOUT_ASYNCIO = frozenset({"util", "escape", "template", "locale", "options", "database"})
OF_AN_EXTRA = {"tornado.curl_httpclient": "tornado-httpclient[curl]"}
AT_ONCE = 2
TEST_SECONDS = 300

PROBE = """
import importlib, sys
for name in {modules!r}:
    module = importlib.import_module(name)
    assert module.__file__.startswith(sys.prefix), f"{{name}} came from {{module.__file__}}"
for name, extra in {of_an_extra!r}.items():
    try:
        importlib.import_module(name)
    except ImportError as error:
        assert extra in str(error), f"{{name}} does not say what it needs: {{error}}"
    else:
        raise AssertionError(f"{{name}} was imported without {{extra}}")
if {without_asyncio!r}:
    assert "asyncio" not in sys.modules, "asyncio was imported"
"""


class NotIsolated(Exception):
    """A member needs, or brings, something that it does not declare; or its own tests fail."""


def clean_environment() -> dict[str, str]:
    """Nothing of the caller's Python reaches the environments."""
    dropped = ("PYTHONPATH", "PYTHONHOME", "VIRTUAL_ENV", "PYTEST_ADDOPTS")
    return {name: value for name, value in os.environ.items() if name not in dropped}


def build(into: Path) -> None:
    """The wheels of all members, with the isolated builds that an installer would do."""
    uv = venvs.find_uv()
    for member in members.members():
        folder = members.PACKAGES / member
        if uv:
            venvs.run([uv, "build", "--quiet", "--wheel", "--out-dir", into, folder])
        else:
            pip = [sys.executable, "-m", "pip"]
            venvs.run(
                [*pip, "wheel", "--quiet", "--no-deps", "--wheel-dir", str(into), str(folder)]
            )


def expected(member: str) -> set[str]:
    return {members.FAMILY + name for name in members.closure(member)}


def check_contents(interpreter: Path, member: str) -> None:
    found = set(venvs.installed(interpreter))
    if found != expected(member):
        extra, missing = found - expected(member), expected(member) - found
        raise NotIsolated(f"installed but not declared: {extra}; declared, not there: {missing}")


def check_imports(interpreter: Path, member: str) -> None:
    modules = sorted(members.public_modules(member))
    program = PROBE.format(
        modules=[name for name in modules if name not in OF_AN_EXTRA],
        of_an_extra={name: OF_AN_EXTRA[name] for name in modules if name in OF_AN_EXTRA},
        without_asyncio=member in WITHOUT_ASYNCIO,
    )
    venvs.run([interpreter, "-I", "-W", "error", "-c", program], env=clean_environment())


def check_tests(interpreter: Path, member: str, folder: Path) -> str:
    """Runs the member's tests outside the repository; returns pytest's closing line."""
    shutil.copy(members.ROOT / "pyproject.toml", folder)
    (folder / "tools").mkdir()
    shutil.copy(members.ROOT / "tools" / "strictness.py", folder / "tools")
    shutil.copytree(
        members.PACKAGES / member,
        folder / "packages" / member,
        ignore=shutil.ignore_patterns("src", "__pycache__", ".pytest_cache"),
    )
    tests = folder / "packages" / member / "tests"
    printed = venvs.run(
        [interpreter, "-m", "pytest", "-q", "-p", "no:cacheprovider", tests],
        cwd=folder,
        env=clean_environment(),
        timeout=TEST_SECONDS,
    )
    return printed.strip().splitlines()[-1]


def prove(member: str, wheels: Path, work: Path) -> str:
    """All of it for one member; returns a line for the reader, raises if a proof fails."""
    began = time.monotonic()
    folder = work / member
    folder.mkdir()
    version = members.project_table(member)["version"]
    wanted = ["--find-links", str(wheels), f"{members.FAMILY}{member}=={version}"]
    interpreter = venvs.make(folder / "env", wanted)
    check_contents(interpreter, member)
    check_imports(interpreter, member)
    venvs.add(interpreter, TEST_TOOLS)
    closing = check_tests(interpreter, member, folder)
    shutil.rmtree(folder)
    return f"{member}: {closing.strip('= ')}; {time.monotonic() - began:.0f} s in all"


def main(chosen: list[str]) -> int:
    unknown = set(chosen) - set(members.members())
    if unknown:
        print(f"no such member: {', '.join(sorted(unknown))}", file=sys.stderr)
        return 2
    names = chosen or members.members()
    failed = []
    with tempfile.TemporaryDirectory(prefix="isolation-") as temporary:
        work = Path(temporary).resolve()
        wheels = work / "wheels"
        build(wheels)
        print(f"{len(list(wheels.glob('*.whl')))} wheels built", flush=True)
        with ThreadPoolExecutor(AT_ONCE) as pool:
            running = {name: pool.submit(prove, name, wheels, work) for name in names}
            for name, future in running.items():
                try:
                    print(future.result(), flush=True)
                except Exception as error:
                    failed.append(name)
                    print(f"{name}: NOT ISOLATED\n{error}", flush=True)
    if failed:
        print(f"isolation failed: {', '.join(failed)}")
        return 1
    print(f"isolation: {len(names)} distributions stand alone")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
