"""Formatting, and where enable_pretty_logging sends the log."""

import io
import logging
import logging.handlers
import os
import re
import subprocess
import sys
from types import SimpleNamespace

import pytest

from tornado.log import (
    LogFormatter,
    access_log,
    app_log,
    define_logging_options,
    enable_pretty_logging,
    gen_log,
)


def record(msg, *args, level=logging.INFO, exc_info=None, stack_info=None):
    return logging.LogRecord(
        "test", level, "/src/module.py", 12, msg, args, exc_info, sinfo=stack_info
    )


@pytest.fixture
def plain():
    return LogFormatter(color=False)


@pytest.fixture
def logger():
    logger = logging.Logger("tornado_log_test")  # not registered: nobody else equips it
    yield logger
    for handler in list(logger.handlers):
        handler.close()
        logger.removeHandler(handler)


def make_options(**changes):
    values = {
        "logging": "info",
        "log_to_stderr": None,
        "log_file_prefix": None,
        "log_file_max_size": 100_000_000,
        "log_file_num_backups": 10,
        "log_rotate_when": "midnight",
        "log_rotate_interval": 1,
        "log_rotate_mode": "size",
    }
    return SimpleNamespace(**{**values, **changes})


class FakeTerminal(io.StringIO):
    def isatty(self):
        return True


@pytest.fixture
def terminal(monkeypatch):
    monkeypatch.delenv("NO_COLOR", raising=False)
    monkeypatch.setenv("TERM", "xterm")

    # In the test itself: pytest puts its own stream there between fixtures and test.
    return lambda: monkeypatch.setattr(sys, "stderr", FakeTerminal())


# -- the three loggers


def test_logger_names():
    assert [log.name for log in (access_log, app_log, gen_log)] == [
        "tornado.access",
        "tornado.application",
        "tornado.general",
    ]


# -- format


def test_format(plain):
    line = plain.format(record("hello %s", "world"))
    assert re.fullmatch(r"\[I \d{6} \d\d:\d\d:\d\d module:12\] hello world", line)


def test_text_and_bytes(plain):
    assert plain.format(record("\u00e9")).endswith("] \u00e9")
    assert plain.format(record("\u00e9".encode())).endswith("] \u00e9")
    assert plain.format(record(b"\xe9 %d", 1)).endswith("] \\xe9 1")
    assert plain.format(record("%s", b"\xe9")).endswith("] b'\\xe9'")


class Hostile:
    def __str__(self):
        raise RuntimeError("no text for you")

    __repr__ = __str__


@pytest.mark.parametrize(
    "broken",
    [
        record("%d", "x"),
        record("%s %s", "one"),
        record("none", "too many"),
        record("%s", Hostile()),
        record(Hostile()),
        record(b"%d", "x"),
    ],
)
def test_a_broken_record_is_shown_not_lost(plain, broken):
    assert "Bad message" in plain.format(broken)


def test_following_lines_are_indented(plain):
    forged = plain.format(record("GET /\n[I 990101 00:00:00 web:1] forged"))
    assert forged.split("\n")[1] == "    [I 990101 00:00:00 web:1] forged"


def test_traceback_and_stack_are_part_of_the_record(plain):
    try:
        raise ValueError("\u00e9\nsecond line")
    except ValueError:
        text = plain.format(record("failed", exc_info=sys.exc_info()))
    lines = text.split("\n")
    assert lines[1] == "    Traceback (most recent call last):"
    assert "ValueError: \u00e9" in text
    assert all(line.startswith("    ") for line in lines[1:])
    assert plain.format(record("x", stack_info="Stack:\n  here")).endswith(
        "\n    Stack:\n      here"
    )


def test_own_format_and_style():
    formatter = LogFormatter(fmt="%(name)s|%(color)s|%(message)s", color=False)
    assert formatter.format(record("m")) == "test||m"
    braces = LogFormatter(fmt="{levelname}:{message}", style="{", color=False)
    assert braces.format(record("m")) == "INFO:m"
    dated = LogFormatter(fmt="%(asctime)s %(message)s", datefmt="%Y", color=False)
    assert re.fullmatch(r"\d{4} m", dated.format(record("m")))


# -- color


def test_color_on_a_terminal(terminal):
    terminal()
    formatter = LogFormatter()
    assert formatter.format(record("m")).startswith("\x1b[32m[I ")
    assert formatter.format(record("m")).endswith("]\x1b[0m m")
    assert formatter.format(record("m", level=logging.ERROR)).startswith("\x1b[31m")
    # a level without a color is not reset either
    assert "\x1b" not in formatter.format(record("m", level=25))


def test_own_colors(terminal):
    terminal()
    formatter = LogFormatter(colors={logging.INFO: 200, 25: 6})
    assert formatter.format(record("m")).startswith("\x1b[38;5;200m")
    assert formatter.format(record("m", level=25)).startswith("\x1b[36m")
    assert "\x1b" not in formatter.format(record("m", level=logging.ERROR))


@pytest.mark.parametrize(("name", "value"), [("NO_COLOR", "1"), ("TERM", "dumb")])
def test_no_color_where_nobody_wants_it(terminal, monkeypatch, name, value):
    terminal()
    assert "\x1b" in LogFormatter().format(record("m"))
    monkeypatch.setenv(name, value)
    assert "\x1b" not in LogFormatter().format(record("m"))


@pytest.mark.parametrize("stream", [None, io.StringIO()])
def test_no_color_without_a_terminal(monkeypatch, stream):
    monkeypatch.setattr(sys, "stderr", stream)
    assert "\x1b" not in LogFormatter().format(record("m"))


# -- enable_pretty_logging


@pytest.mark.parametrize("off", [None, "none", "None"])
def test_none_leaves_logging_alone(logger, off):
    level = logger.level
    enable_pretty_logging(make_options(logging=off), logger)
    assert (logger.handlers, logger.level) == ([], level)


def test_stderr_unless_there_is_a_handler(logger):
    enable_pretty_logging(make_options(logging="WARNING"), logger)
    (handler,) = logger.handlers
    assert isinstance(handler, logging.StreamHandler)
    assert isinstance(handler.formatter, LogFormatter)
    assert logger.level == logging.WARNING
    enable_pretty_logging(make_options(), logger)
    assert len(logger.handlers) == 1
    enable_pretty_logging(make_options(log_to_stderr=True), logger)
    assert len(logger.handlers) == 2


def test_stderr_refused(logger):
    enable_pretty_logging(make_options(log_to_stderr=False), logger)
    assert logger.handlers == []


def test_file_by_size(logger, tmp_path):
    path = tmp_path / "server.log"
    enable_pretty_logging(
        make_options(log_file_prefix=str(path), log_file_max_size=400, log_file_num_backups=2),
        logger,
    )
    (handler,) = logger.handlers
    assert isinstance(handler, logging.handlers.RotatingFileHandler)
    for number in range(40):
        logger.info("caf\u00e9 %d", number)
    handler.close()
    files = sorted(p.name for p in tmp_path.iterdir())
    assert files == ["server.log", "server.log.1", "server.log.2"]
    assert "caf\u00e9 39" in path.read_text("utf-8")


def test_file_by_time(logger, tmp_path):
    enable_pretty_logging(
        make_options(
            log_file_prefix=str(tmp_path / "x.log"),
            log_rotate_mode="time",
            log_rotate_when="H",
            log_rotate_interval=2,
            log_file_num_backups=3,
        ),
        logger,
    )
    (handler,) = logger.handlers
    assert isinstance(handler, logging.handlers.TimedRotatingFileHandler)
    assert (handler.when, handler.interval, handler.backupCount) == ("H", 7200, 3)


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"logging": "loud"}, "'loud'.*debug.*none"),
        ({"log_rotate_mode": "moon", "log_file_prefix": "x"}, "'moon'.*size or time"),
    ],
)
def test_unknown_names_are_told(logger, changes, words):
    with pytest.raises(ValueError, match=words):
        enable_pretty_logging(make_options(**changes), logger)


def test_options_are_defined_on_any_parser_like_object(logger):
    defined, callbacks = {}, []
    parser = SimpleNamespace(
        define=lambda name, **kwargs: defined.update({name: kwargs}),
        add_parse_callback=callbacks.append,
    )
    define_logging_options(parser)
    assert set(defined) == set(vars(make_options()))
    for name, kwargs in defined.items():
        assert kwargs["default"] == getattr(make_options(), name)
        assert kwargs["help"]
    assert len(callbacks) == 1
    with pytest.raises(ValueError, match="loud"):
        defined["logging"]["callback"]("loud")


def test_works_where_tornado_options_is_not_installed():
    code = (
        "import sys; sys.modules['tornado.options'] = None\n"
        "import logging, tornado.log\n"
        "tornado.log.enable_pretty_logging()\n"
        "logging.info('it works'); logging.debug('hidden')\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, env=os.environ
    )
    assert re.fullmatch(r"\[I [^]]+\] it works\n", done.stderr)
