"""``python -m tornado.autoreload``: run a program, and run it again when its files change.

The program is run in this process, so that what it has imported is known here. When it has ended,
well or not, the process waits for a change and starts itself again.
"""

from __future__ import annotations

import importlib.util
import os
import runpy
import sys
import threading
import tokenize
import traceback
from types import ModuleType, TracebackType
from typing import NamedTuple, NoReturn

from tornado.autoreload._files import watch
from tornado.autoreload._notify import Notifier
from tornado.autoreload._watcher import CHECK_TIME_MS, Watcher
from tornado.util import exec_in

USAGE = """\
Usage:
  python -m tornado.autoreload [--until-success] -m MODULE [ARGUMENT ...]
  python -m tornado.autoreload [--until-success] SCRIPT [ARGUMENT ...]

Runs the program, and again whenever one of its files changes.
With --until-success, that ends once the program has ended with status 0.
"""


class Target(NamedTuple):
    """The program to run."""

    name: str
    is_module: bool
    arguments: list[str]
    until_success: bool


def main() -> None:
    """Run the program that the command line names, and wait for changes when it has ended."""
    target = _target(sys.argv[1:])
    if target is None:
        print(USAGE, file=sys.stderr)
        sys.exit(2)
    try:
        status = _run(target)
        if target.until_success and status == 0:
            return
        _watch_the_program(target)
        watcher = Watcher()
        print(
            f"{target.name} has ended with status {status}; waiting for a change",
            file=sys.stderr,
            flush=True,
        )
        _wait(watcher)
    except KeyboardInterrupt:
        sys.exit(130)  # what a shell expects of a program that Ctrl-C has ended


def wait() -> NoReturn:
    """Wait for a change of the program's files and restart it. To be called when it is done.

    For programs that end, such as test runners; servers call `start`.
    """
    _wait(Watcher())


def _wait(watcher: Watcher) -> NoReturn:
    news = threading.Event()
    notifier = Notifier(news.set, watcher.snapshot.directories())
    try:
        while True:
            news.wait(CHECK_TIME_MS / 1000)
            news.clear()
            watcher.check()
            notifier.follow(watcher.snapshot.directories())
    finally:
        notifier.close()


def _target(words: list[str]) -> Target | None:
    until_success = words[:1] == ["--until-success"]
    if until_success:
        words = words[1:]
    is_module = words[:1] == ["-m"]
    if is_module:
        words = words[1:]
    if not words or words[0].startswith("-"):
        return None
    return Target(words[0], is_module, words[1:], until_success)


def _run(target: Target) -> int:
    """Run the target to its end and return its exit status. Errors are reported, not raised."""
    sys.argv = [target.name, *target.arguments]
    try:
        if target.is_module:
            runpy.run_module(target.name, run_name="__main__", alter_sys=True)
        else:
            _run_script(target.name)
    except SystemExit as end:
        if end.code is None or isinstance(end.code, int):
            return int(end.code or 0)  # unittest ends with a bool
        print(end.code, file=sys.stderr)
        return 1
    except Exception as error:
        traceback.print_exception(error.with_traceback(_inside(error.__traceback__)))
        _watch_the_scene_of(error)
        return 1
    return 0


def _inside(trace: TracebackType | None) -> TracebackType | None:
    """A traceback without the steps from here to the program."""
    ours = (__file__, exec_in.__code__.co_filename, runpy.run_module.__code__.co_filename)
    while trace is not None and trace.tb_frame.f_code.co_filename in ours:
        trace = trace.tb_next
    return trace


def _run_script(path: str) -> None:
    module = ModuleType("__main__")
    module.__file__ = path
    sys.modules["__main__"] = module
    sys.path[0] = os.path.dirname(os.path.abspath(path))
    with tokenize.open(path) as file:
        source = file.read()
    exec_in(compile(source, path, "exec", dont_inherit=True), vars(module))


def _watch_the_scene_of(error: BaseException | None) -> None:
    """A module that failed is not in `sys.modules`; the mistake is probably in its file."""
    while error is not None:
        if isinstance(error, SyntaxError) and error.filename:
            watch(error.filename)
        for frame in traceback.extract_tb(error.__traceback__):
            if not frame.filename.startswith("<"):
                watch(frame.filename)
        error = error.__cause__ or error.__context__


def _watch_the_program(target: Target) -> None:
    if not target.is_module:
        watch(target.name)
        return
    for name in (target.name, f"{target.name}.__main__"):
        try:
            spec = importlib.util.find_spec(name)
        except (ImportError, ValueError, AttributeError):
            continue
        if spec is not None and spec.has_location and spec.origin:
            watch(spec.origin)
