"""start(): a running program notices changes and restarts in its own place."""

import asyncio
import gc
import os
import time

import pytest

import tornado.autoreload

SERVER = """
import os, sys
import tornado.autoreload
from tornado.ioloop import IOLoop
import data

loop = IOLoop.current()
{before}
tornado.autoreload.start({arguments})
loop.add_callback(lambda: print("ready", data.value, os.getpid(), sys.argv[1:], flush=True))
loop.start()
"""


def server(before="", arguments="100"):
    return SERVER.format(before=before, arguments=arguments)


def test_a_change_restarts_with_the_same_arguments_and_process(run, write):
    write("data.py", "value = 'one'")
    write("server.py", server())
    child = run("server.py", "--port=1", "a b")
    first = child.line("ready one")
    write("data.py", "value = 'two'")
    second = child.line("ready two")
    assert second == first.replace("one", "two")
    assert "['--port=1', 'a b']" in second
    write("server.py", server() + "# changed as well\n")
    child.line("ready two")


@pytest.mark.parametrize(
    "arguments", ["check_time=100", "loop, 100", "None, 100", "100, io_loop=loop"]
)
def test_arguments_of_every_era(run, write, arguments):
    write("data.py", "value = 'one'")
    write("server.py", server(arguments=arguments))
    child = run("server.py")
    child.line("ready one")
    write("data.py", "value = 'three'")
    child.line("ready three")


def test_a_change_of_the_same_size_within_the_second(run, write):
    """To Python, the compiled module of before would pass for the new one."""
    path = write("data.py", "value = 'one'")
    moment = int(os.stat(path).st_mtime) * 10**9
    os.utime(path, ns=(moment, moment))
    write("server.py", server())
    child = run("server.py")
    child.line("ready one")
    path = write("data.py", "value = 'two'")
    os.utime(path, ns=(moment, moment + 1))
    child.line("ready two")


def test_module_with_interpreter_options(run, write):
    write("data.py", "value = 'one'")
    write("package/__init__.py", "")
    write(
        "package/server.py",
        server(before="print('options', sys.warnoptions, sys.flags.dev_mode, __spec__.name)"),
    )
    child = run("-W", "ignore::UserWarning", "-X", "dev", "-m", "package.server", "x")
    first = child.line("options")
    assert "ignore::UserWarning" in first
    assert "True package.server" in first
    child.line("ready one")
    write("data.py", "value = 'two'")
    assert child.line("options") == first
    assert "['x']" in child.line("ready two")


def test_package_with_main(run, write):
    write("data.py", "value = 'one'")
    write("package/__init__.py", "")
    write("package/__main__.py", server())
    child = run("-m", "package", "x")
    child.line("ready one")
    write("package/__init__.py", "# changed")
    assert "['x']" in child.line("ready one")


def test_command_line_without_orig_argv(monkeypatch):
    import sys
    import types

    from tornado.autoreload._restart import command

    monkeypatch.setattr(sys, "orig_argv", [])
    monkeypatch.setattr(sys, "argv", ["/path/x.py", "--a"])
    for name, expected in [
        ("package.__main__", ["-m", "package", "--a"]),
        ("package.module", ["-m", "package.module", "--a"]),
        (None, ["/path/x.py", "--a"]),
    ]:
        main = types.ModuleType("__main__")
        main.__spec__ = types.SimpleNamespace(name=name) if name else None
        monkeypatch.setitem(sys.modules, "__main__", main)
        assert command() == [sys.executable, *expected]


def test_a_program_that_changes_its_directory_and_argv(run, write, tmp_path):
    write("data.py", "value = 'one'")
    write("server.py", server(before="os.chdir('/'); sys.argv.append('more')"))
    child = run("server.py")
    child.line("ready one")
    write("data.py", "value = 'two'")
    assert "['more']" in child.line("ready two")


def test_modules_imported_later_are_watched(run, write):
    write("data.py", "value = 'one'")
    write("late.py", "value = 1")
    later = (
        "def later():\n"
        "    import late\n"
        "    print('late', late.value, flush=True)\n"
        "    loop.call_later(0.5, print, 'seen', flush=True)\n"
        "loop.call_later(0.2, later)"
    )
    write("server.py", server(before=later))
    child = run("server.py")
    child.line("late 1")
    child.line("seen")
    write("late.py", "value = 22")
    child.line("late 22")


def test_watched_files(run, write):
    write("data.py", "value = 'one'")
    write("server.py", server(before="tornado.autoreload.watch('page.html')"))
    write("page.html", "<p>")
    child = run("server.py")
    child.line("ready one")
    write("page.html", "<p>{% end %} is no Python")
    child.line("ready one")


def test_a_file_that_vanishes_is_no_change(run, write, tmp_path):
    write("data.py", "value = 'one'")
    write("server.py", server(before="loop.call_later(1, print, 'alive', flush=True)"))
    child = run("server.py")
    child.line("ready one")
    (tmp_path / "data.py").unlink()
    child.line("alive")
    write("data.py", "value = 'two'")
    child.line("ready two")


def test_a_syntax_error_waits_for_its_mending(run, write):
    write("data.py", "value = 'one'")
    write("server.py", server(before="loop.call_later(1.5, print, 'still here', flush=True)"))
    child = run("server.py")
    child.line("ready one")
    write("data.py", "x = 1\nvalue = = 'two'")
    line = child.line("not restarting until this is mended")
    assert "data.py:2: invalid syntax" in line
    child.line("still here")
    assert sum("mended" in line for line in child.seen) == 1
    # Another file that is fine does not help.
    write("server.py", server() + "# more\n")
    assert "data.py:2" in child.line("not restarting until this is mended")
    write("data.py", "value = 'two'")
    child.line("ready two")


def test_hooks(run, write):
    write("data.py", "value = 'one'")
    hooks = (
        "tornado.autoreload.add_reload_hook(lambda: print('hook', data.value))\n"
        "tornado.autoreload.add_reload_hook(lambda: 1 / 0)\n"
        "tornado.autoreload.add_reload_hook(lambda: print('last hook', end=''))\n"
    )
    write("server.py", server(before=hooks))
    child = run("server.py")
    child.line("ready one")
    write("data.py", "value = 'two'")
    child.line("hook one")
    child.line("ZeroDivisionError")
    # Output that is still in the buffer, without a newline, is not lost.
    assert child.line("ready two").startswith("last hook")


def test_alarms_do_not_reach_the_new_process(run, write):
    write("data.py", "value = 'one'")
    alarm = (
        "import signal\n"
        "hook = lambda: signal.setitimer(signal.ITIMER_REAL, 0.3)\n"
        "tornado.autoreload.add_reload_hook(hook)\n"
        "loop.call_later(0.8, print, 'alive', data.value, flush=True)"
    )
    write("server.py", server(before=alarm))
    child = run("server.py")
    child.line("ready one")
    write("data.py", "value = 'two'")
    child.line("alive two")


def test_sockets_are_free_for_the_new_process(run, write):
    write("data.py", "value = 'one'")
    listen = (
        "import socket\n"
        "s = socket.socket(); s.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)\n"
        "s.bind(('127.0.0.1', int(os.environ.get('PORT', 0)))); s.listen()\n"
        "os.environ['PORT'] = str(s.getsockname()[1]); print('port', s.getsockname()[1])\n"
    )
    write("server.py", server(before=listen))
    child = run("server.py")
    port = child.line("port")
    child.line("ready one")
    write("data.py", "value = 'two'")
    assert child.line("port") == port
    child.line("ready two")


def test_by_notification(run, write):
    """With watchfiles, long before the next look at intervals is due."""
    pytest.importorskip("watchfiles")
    write("data.py", "value = 'one'")
    watching = "import threading; loop.call_later(1, lambda: print(*threading.enumerate()))"
    write("server.py", server(before=watching, arguments="3_600_000"))
    child = run("server.py")
    assert "tornado.autoreload" in child.line("MainThread")
    write("data.py", "value = 'two'")
    child.line("ready two")


def test_a_loop_is_watched_once_and_not_kept_alive():
    from tornado.autoreload import _watcher

    async def twice():
        tornado.autoreload.start(60_000)
        tornado.autoreload.start(60_000)
        return len(_watcher._watching)

    before = len(_watcher._watching)
    assert asyncio.run(twice()) == before + 1
    # The thread of the notifier may have the loop in its hand at this moment.
    deadline = time.monotonic() + 20
    while len(_watcher._watching) > before:
        assert time.monotonic() < deadline, "something keeps the closed loop alive"
        gc.collect()
        time.sleep(0.01)


def test_wrong_arguments():
    with pytest.raises(TypeError, match="check_time"):
        tornado.autoreload.start(100, 200)
