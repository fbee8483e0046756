"""Starting this program again, in its own place."""

from __future__ import annotations

import importlib.util
import logging
import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterable

gen_log = logging.getLogger("tornado.general")

_hooks: list[Callable[[], object]] = []

try:
    #: Paths in the arguments are relative to where the program was started.
    _started_in: str | None = os.getcwd()
except OSError:
    _started_in = None


def add_reload_hook(fn: Callable[[], object]) -> None:
    """Have ``fn()`` called before the program restarts.

    Open files and sockets of Python need none: they are closed by the operating system. What was
    made inheritable on purpose, and what other programs should know, is for hooks.
    """
    _hooks.append(fn)


def command() -> list[str]:
    """The command line that starts this program again."""
    if len(sys.orig_argv) > 1:
        # With the interpreter's own options: -m, -X, -W, ...
        return [sys.executable, *sys.orig_argv[1:]]
    # Python embedded in another program has no command line of its own.
    spec = getattr(sys.modules.get("__main__"), "__spec__", None)
    if spec is not None:
        name = spec.name.removesuffix(".__main__")
        return [sys.executable, "-m", name, *sys.argv[1:]]
    return [sys.executable, *sys.argv]


def restart(changed: Iterable[str]) -> None:
    """Run the hooks and replace this process by a new one with the same arguments.

    Comes back only if the operating system refuses.
    """
    for hook in _hooks:
        try:
            hook()
        except Exception:
            gen_log.exception("the reload hook %r failed", hook)
    for path in changed:
        _forget_bytecode(path)
    if hasattr(signal, "setitimer"):
        # A pending alarm survives exec and would kill the new process before it is ready.
        signal.setitimer(signal.ITIMER_REAL, 0)
    for stream in (sys.stdout, sys.stderr):
        try:
            stream.flush()
        except (AttributeError, OSError, ValueError):  # none, gone or closed
            pass
    if _started_in is not None:
        try:
            os.chdir(_started_in)
        except OSError:
            pass
    arguments = command()
    if sys.platform == "win32":
        # exec on Windows gives the terminal back to the shell.
        subprocess.Popen(arguments)
        os._exit(0)
    try:
        os.execv(sys.executable, arguments)
    except OSError as error:
        gen_log.error("cannot restart with %s: %s", arguments, error)


def _forget_bytecode(path: str) -> None:
    """Delete the compiled form of a changed module.

    Python takes it for current if size and second of the change are the same.
    """
    if not path.endswith(".py"):
        return
    try:
        os.unlink(importlib.util.cache_from_source(path))
    except (OSError, NotImplementedError):
        pass
