"""The watcher of a running program: looks for changes, and restarts when they make sense.

A changed file with a syntax error does not end a server that works: the error is logged once, and
the restart waits until all changed files compile.
"""

from __future__ import annotations

import logging
import weakref
from typing import Any

from tornado.autoreload._files import Snapshot
from tornado.autoreload._notify import Notifier
from tornado.autoreload._restart import restart
from tornado.ioloop import IOLoop, PeriodicCallback

gen_log = logging.getLogger("tornado.general")

CHECK_TIME_MS = 500

#: With notifications from the system, polling only finds modules imported since.
_SLOWER_WITH_NOTIFIER = 4


class Watcher:
    """Finds changes and restarts. It has no clock: somebody calls `check`."""

    def __init__(self) -> None:
        self.snapshot = Snapshot()
        self._changed: set[str] = set()

    def check(self) -> None:
        """Restart if files have changed and all of them compile."""
        news = self.snapshot.changed()
        if not news:
            return
        self._changed.update(news)
        broken = [error for error in map(syntax_error, sorted(self._changed)) if error]
        if broken:
            for error in broken:
                gen_log.error("not restarting until this is mended: %s", error)
            return
        gen_log.info("%s changed; restarting", ", ".join(sorted(self._changed)))
        restart(self._changed)
        self._changed.clear()


def syntax_error(path: str) -> str | None:
    """What is wrong with a Python file, None if nothing is or if it is not one."""
    if not path.endswith((".py", ".pyw")):
        return None
    try:
        with open(path, "rb") as file:
            source = file.read()
    except OSError as error:
        return f"{path}: {error.strerror}"
    try:
        compile(source, path, "exec", dont_inherit=True)
    except SyntaxError as error:
        return f"{path}:{error.lineno or 1}: {error.msg}"
    except ValueError as error:  # null bytes
        return f"{path}: {error}"
    return None


_watching: weakref.WeakSet[IOLoop] = weakref.WeakSet()


def start(check_time: Any = 500, *legacy: Any, io_loop: IOLoop | None = None) -> None:
    """Watch the program's files from the current loop, and restart the program when they change.

    ``check_time`` is the time between two looks in milliseconds; with the package ``watchfiles``
    installed (``pip install tornado-autoreload[watch]``), changes are noticed at once. A loop that
    watches already is left alone. An application with ``debug=True`` calls this by itself.

    Until 2018, the loop was the first argument: ``start(io_loop, check_time)`` works too.
    """
    if check_time is None or isinstance(check_time, IOLoop):
        io_loop = check_time
        check_time = legacy[0] if legacy else CHECK_TIME_MS
    elif legacy:
        raise TypeError("start() takes check_time, or a loop and check_time")
    loop = io_loop if io_loop is not None else IOLoop.current()
    if loop in _watching:
        return
    _watching.add(loop)
    watcher = Watcher()
    # The thread of the notifier must not keep the loop alive.
    to_loop = weakref.ref(loop)

    def on_news() -> None:
        alive = to_loop()
        if alive is not None:
            alive.add_callback(watcher.check)

    notifier = Notifier(on_news, watcher.snapshot.directories())
    weakref.finalize(loop, notifier.close)

    def look() -> None:
        watcher.check()
        notifier.follow(watcher.snapshot.directories())

    if notifier.works:
        check_time *= _SLOWER_WITH_NOTIFIER
    PeriodicCallback(look, check_time, io_loop=loop).start()
