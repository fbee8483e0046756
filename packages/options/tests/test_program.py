"""The shared parser, run as users run it: in programs of their own."""

import re
import subprocess
import sys

import pytest

import tornado.options

PROGRAM = """
import logging
from tornado.options import define, options, parse_command_line
define("port", default=8000, help="run on the given port", type=int)
rest = parse_command_line()
logging.debug("debug line")
logging.info("info line")
print(options.port, rest, options.group_dict("logging")["logging"])
"""


def run(*args, code=PROGRAM, **kwargs):
    return subprocess.run(
        [sys.executable, "-W", "error", "-c", code, *args],
        capture_output=True,
        text=True,
        timeout=30,
        **kwargs,
    )


def test_a_program():
    done = run("--port=9000", "x")
    assert done.returncode == 0, done.stderr
    assert done.stdout == "9000 ['x'] info\n"
    assert re.fullmatch(r"\[I \d{6} \d\d:\d\d:\d\d <string>:\d+\] info line\n", done.stderr)


def test_logging_options():
    assert "debug line" in run("--logging=debug").stderr
    assert run("--logging=none").stderr == ""
    assert run("--logging=ERROR").stderr == ""


def test_log_file(tmp_path):
    done = run(f"--log_file_prefix={tmp_path}/x.log", "--log-to-stderr")
    assert "info line" in (tmp_path / "x.log").read_text("utf-8")
    assert "info line" in done.stderr


@pytest.mark.parametrize(
    ("arg", "sentence"),
    [
        ("--prot=1", "unknown option --prot=1; did you mean --port?"),
        ("--port=x", "option port takes an int, got 'x'"),
        ("--logging=loud", "option logging takes a str, got 'loud': 'loud' is no level of "),
        ("--log-rotate-mode=x", "option log_rotate_mode takes a str, got 'x': 'x' is no way "),
    ],
)
def test_the_last_line_is_a_sentence(arg, sentence):
    done = run(arg)
    assert done.returncode == 1
    last = done.stderr.strip().splitlines()[-1]
    assert last.startswith("tornado.options.")
    assert sentence in last


def test_help_shows_the_options_of_logging():
    done = run("--help")
    assert done.returncode == 0
    assert "--log-file-prefix=PATH" in done.stdout
    assert "--logging=debug|info|warning|error|critical|none" in done.stdout


def test_import_is_light():
    done = run(
        code="import sys; before = set(sys.modules); import tornado.options\n"
        "heavy = {'asyncio', 'socket', 'ssl'} & (set(sys.modules) - before)\n"
        "sys.exit(repr(heavy) if heavy else 0)"
    )
    assert done.returncode == 0, done.stderr


def test_face():
    for name in tornado.options.__all__:
        assert hasattr(tornado.options, name)
    assert tornado.options.define.__self__ is tornado.options.options
    assert tornado.options.Error.__module__ == "tornado.options"
    assert tornado.options.OptionParser.__module__ == "tornado.options"
