"""The wrapper, python -m tornado.autoreload, and wait()."""

import pytest


def test_a_script_runs_again_when_it_changes(run, write):
    write("folder/helper.py", "value = 1")
    script = (
        "import sys, helper\n"
        "print('run', helper.value, __name__, __file__, sys.argv, sys.modules['__main__'].helper)\n"
    )
    write("folder/script.py", script)
    child = run("-m", "tornado.autoreload", "folder/script.py", "-m", "x")
    line = child.line("run 1")
    assert "__main__ folder/script.py ['folder/script.py', '-m', 'x']" in line
    child.line("folder/script.py has ended with status 0; waiting for a change")
    write("folder/helper.py", "value = 22")
    assert child.line("run 22") == line.replace("run 1", "run 22")
    child.line("waiting for a change")
    write("folder/script.py", script + "print('more')")
    child.line("more")


def test_a_module(run, write):
    write("package/__init__.py", "")
    write("package/__main__.py", "import sys; print('run', __name__, __spec__.name, sys.argv[1:])")
    child = run("-m", "tornado.autoreload", "-m", "package", "x")
    child.line("run __main__ package.__main__ ['x']")
    child.line("waiting")
    write("package/__main__.py", "print('second')")
    child.line("second")


@pytest.mark.parametrize(
    ("broken", "said"),
    [
        ("x = 1\ny = = 2\n", "SyntaxError"),
        ("import no_such_module_here\n", "No module named 'no_such_module_here'"),
        ("def f():\n    return 1 / 0\nf()\n", "ZeroDivisionError"),
    ],
)
@pytest.mark.parametrize("where", ["script.py", "helper.py"])
def test_a_failure_waits_for_its_mending(run, write, where, broken, said):
    write("helper.py", "")
    write("script.py", "import helper\nprint('fine')\n")
    write(where, broken)
    child = run("-m", "tornado.autoreload", "script.py")
    child.line(said)
    child.line("script.py has ended with status 1; waiting for a change")
    output = "\n".join(child.seen)
    assert "autoreload/_main.py" not in output
    assert "runpy" not in output
    write(where, "import sys\nprint('fine')\n")
    child.line("fine")


@pytest.mark.parametrize(
    ("source", "status"),
    [("", 0), ("import sys; sys.exit()", 0), ("import sys; sys.exit(3)", 3), ("exit('no')", 1)],
)
def test_exit_status(run, write, source, status):
    write("script.py", source)
    child = run("-m", "tornado.autoreload", "script.py")
    child.line(f"script.py has ended with status {status}; waiting")
    if status == 1:
        assert "no" in child.seen


def test_until_success(run, write):
    write("script.py", "raise SystemExit(1)")
    child = run("-m", "tornado.autoreload", "--until-success", "script.py")
    child.line("status 1; waiting for a change")
    write("script.py", "print('good')")
    child.line("good")
    assert child.end() == 0
    assert not any("waiting" in line for line in child.seen[child.seen.index("good") :])


def test_unittest_finds_its_tests(run, write):
    test = (
        "import unittest\n"
        "class Test(unittest.TestCase):\n"
        "    def test(self):\n"
        "        self.assertEqual({}, 1)\n"
        "unittest.main()\n"
    )
    write("test_x.py", test.format(2))
    child = run("-m", "tornado.autoreload", "test_x.py")
    child.line("FAILED (failures=1)")
    child.line("test_x.py has ended with status 1")
    write("test_x.py", test.format(1))
    child.line("Ran 1 test")
    child.line("OK")


@pytest.mark.parametrize("arguments", [[], ["-m"], ["--until-success"], ["--help"]])
def test_usage(run, arguments):
    child = run("-m", "tornado.autoreload", *arguments)
    assert child.end() == 2
    assert "Usage:" in child.seen


def test_interrupt(run, write):
    import signal

    write("script.py", "print('x')")
    child = run("-m", "tornado.autoreload", "script.py")
    child.line("waiting for a change")
    child.process.send_signal(signal.SIGINT)
    assert child.end() == 130
    assert not any("Traceback" in line for line in child.seen)


def test_wait_at_the_end_of_a_program(run, write):
    write("helper.py", "value = 1")
    write(
        "tests.py",
        "import helper, tornado.autoreload\n"
        "tornado.autoreload.add_reload_hook(lambda: print('hook'))\n"
        "tornado.autoreload.watch('ready')\n"
        "print('value', helper.value)\n"
        "tornado.autoreload.wait()\n",
    )
    child = run("tests.py")
    child.line("value 1")
    # wait() does not say when it begins to look: an edit may come before that, the next does not.
    sizes = iter(range(1, 100))
    line = None
    while line is None:
        write("ready", "x" * next(sizes))
        line = child.next_line(0.3)
    assert line == "hook"
    child.line("value 1")


def test_a_server_in_the_wrapper_restarts_in_the_wrapper(run, write):
    server = (
        "import tornado.autoreload\n"
        "from tornado.ioloop import IOLoop\n"
        "tornado.autoreload.start(100)\n"
        "loop = IOLoop.current()\n"
        "loop.add_callback(print, 'ready')\n"
        "loop.start()\n"
    )
    write("server.py", server)
    child = run("-m", "tornado.autoreload", "server.py")
    child.line("ready")
    # A mistake that is no syntax error kills the server; the wrapper waits for the mending.
    write("helper.py", "")
    write("server.py", "import nothing_like_this\n" + server)
    child.line("No module named 'nothing_like_this'")
    child.line("waiting for a change")
    write("server.py", server)
    child.line("ready")
