"""Who takes part: one row each. Programs are in ``servers/``, environments in ``.envs/``."""

from __future__ import annotations

import hashlib
import shutil
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent / "tools"))

import members  # noqa: E402  (their folder was put on the path above)
import venvs  # noqa: E402
from scenarios import HTTP, WEBSOCKET  # noqa: E402

SERVERS = HERE / "servers"
ENVIRONMENTS = HERE / ".envs"
STATIC_FOLDER = ENVIRONMENTS / "static"
BASELINE = "upstream"
UPSTREAM_RELEASE = "6.6.1"


class Unavailable(Exception):
    """A contender can't take part here; the text says why, in a line or two."""


@dataclass(frozen=True)
class Contender:
    name: str
    what: str
    environment: str
    """Name of the virtual environment; contenders may share one."""
    install: Callable[[], list[str]]
    """Arguments of ``pip install`` for the environment."""
    command: Callable[[Path, int], list[str]]
    """The command line, from the folder of the environment's programs and a port."""
    scenarios: frozenset[str] | None = None
    """None: all of them."""


def ours() -> list[str]:
    """The members that the programs need, editable, with uvloop for the contender that uses it."""
    arguments = ["uvloop"]
    for member in members.closure("websocket"):
        arguments += ["--editable", str(members.PACKAGES / member)]
    return arguments


def fingerprint(arguments: list[str]) -> str:
    """Changes when an environment must be made again."""
    state = hashlib.sha256(repr((sys.version, arguments)).encode())
    for argument in arguments:
        manifest = Path(argument) / "pyproject.toml"
        if manifest.is_file():
            state.update(manifest.read_bytes())
    return state.hexdigest()


def tornado_app(*more: str) -> Callable[[Path, int], list[str]]:
    program = str(SERVERS / "tornado_app.py")
    return lambda programs, port: [
        str(programs / "python"),
        program,
        str(port),
        str(STATIC_FOLDER),
        *more,
    ]


def uvicorn(programs: Path, port: int) -> list[str]:
    options = "--loop uvloop --http httptools --no-access-log --log-level warning"
    return [str(programs / "uvicorn"), "starlette_app:app", "--port", str(port), *options.split()]


def granian(programs: Path, port: int) -> list[str]:
    options = "--interface rsgi --workers 1 --loop uvloop --no-ws --log-level warning --http 1"
    return [str(programs / "granian"), "granian_app:app", "--port", str(port), *options.split()]


def websocket_app(name: str, *more: str) -> Callable[[Path, int], list[str]]:
    return lambda programs, port: [
        str(programs / "python"),
        str(SERVERS / f"{name}_app.py"),
        str(port),
        *more,
    ]


def epoll(programs: Path, port: int) -> list[str]:
    source, program = SERVERS / "epoll.c", ENVIRONMENTS / "epoll"
    compiler = shutil.which("cc")
    if compiler is None:
        raise Unavailable("no C compiler: install one (Debian: apt-get install gcc libc6-dev)")
    if not program.exists() or program.stat().st_mtime < source.stat().st_mtime:
        venvs.run([compiler, "-O2", "-o", program, source])
    return [str(program), str(port), str(STATIC_FOLDER)]


def nginx(programs: Path, port: int) -> list[str]:
    binary = shutil.which("nginx") or shutil.which("/usr/sbin/nginx")
    if binary is None:
        raise Unavailable("no nginx: install it (Debian: apt-get install nginx-light)")
    folder = ENVIRONMENTS / "nginx"
    folder.mkdir(exist_ok=True)
    settings = folder / "nginx.conf"
    kinds = ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
    paths = " ".join(f"{kind}_temp_path {folder}/{kind};" for kind in kinds)
    settings.write_text(
        f"daemon off; worker_processes 1; pid {folder}/pid; error_log stderr error;\n"
        "events { worker_connections 512; }\n"
        f"http {{ access_log off; sendfile on; tcp_nopush on; {paths}\n"
        "  keepalive_requests 100000000;\n"
        f"  server {{ listen 127.0.0.1:{port}; location /static/ {{ alias {STATIC_FOLDER}/; }}\n"
        "    location = / { return 200 'Hello, world'; } } }\n"
    )
    return [binary, "-e", "stderr", "-p", str(folder), "-c", str(settings)]


def websocket_peers() -> list[Contender]:
    """Those who take part with WebSockets alone."""
    rows = []
    for name, what in (("picows", "in Cython, no framework"), ("aiohttp", "its C extensions")):
        for loop in ("asyncio", "uvloop"):
            rows.append(
                Contender(
                    name if loop == "asyncio" else f"{name}+uvloop",
                    f"{what}, {loop}",
                    name,
                    lambda name=name: [name, "uvloop"],  # type: ignore[misc]  # of this turn
                    websocket_app(name, loop),
                    scenarios=WEBSOCKET,
                )
            )
    rows.append(
        Contender(
            "websockets",
            "asyncio's loop",
            "websockets",
            lambda: ["websockets"],
            websocket_app("websockets"),
            scenarios=WEBSOCKET,
        )
    )
    return rows


def table() -> dict[str, Contender]:
    rows = [
        Contender("ours", "this repository, asyncio's loop", "ours", ours, tornado_app()),
        Contender("ours+uvloop", "this repository, uvloop", "ours", ours, tornado_app("uvloop")),
        Contender(
            BASELINE,
            f"Tornado {UPSTREAM_RELEASE}, asyncio's loop",
            BASELINE,
            lambda: [f"tornado=={UPSTREAM_RELEASE}"],
            tornado_app(),
        ),
        Contender(
            "uvicorn+starlette",
            "uvloop, httptools",
            "starlette",
            lambda: ["uvicorn", "uvloop", "httptools", "starlette", "python-multipart"],
            uvicorn,
            scenarios=HTTP,
        ),
        Contender(
            "granian",
            "RSGI without a framework",
            "granian",
            lambda: ["granian", "uvloop"],
            granian,
            scenarios=HTTP,
        ),
        Contender(
            "epoll in C",
            "the limit: no HTTP to speak of",
            "",
            list,
            epoll,
            scenarios=frozenset({"hello", "browser", "params", "json", "static"}),
        ),
        Contender(
            "nginx",
            "sendfile",
            "",
            list,
            nginx,
            scenarios=frozenset({"hello", "browser", "static"}),
        ),
        *websocket_peers(),
    ]
    return {row.name: row for row in rows}


def prepare(contender: Contender, python: str = sys.executable) -> Path:
    """Makes the contender's environment unless it is there; returns the folder of its programs."""
    ENVIRONMENTS.mkdir(exist_ok=True)
    if not contender.environment:
        return ENVIRONMENTS
    folder = ENVIRONMENTS / contender.environment
    arguments = contender.install()
    wanted = fingerprint([python, *arguments])
    stamp = folder / "made-from"
    programs = venvs.python_of(folder).parent
    if stamp.is_file() and stamp.read_text() == wanted:
        return programs
    print(f"making the environment {folder.name} ...", file=sys.stderr, flush=True)
    try:
        venvs.make(folder, arguments, python)
    except venvs.CommandFailed as error:
        raise Unavailable(f"its environment can't be made:\n{error}") from error
    stamp.write_text(wanted)
    return programs


def versions(contender: Contender) -> str:
    """What is installed for the contender, as ``name version`` pairs; of ours the interpreter's."""
    if not contender.environment:
        return contender.what
    interpreter = venvs.python_of(ENVIRONMENTS / contender.environment)
    found = venvs.installed(interpreter)
    shown: tuple[str, ...] = ("tornado", "tornado-web", "starlette", "uvicorn", "granian")
    shown += ("picows", "aiohttp", "websockets", "uvloop", "httptools")
    pairs = [f"{name} {found[name]}" for name in shown if name in found]
    return f"{contender.what}; {', '.join(pairs)}"
