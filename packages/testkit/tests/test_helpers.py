"""ExpectLog, LogTrapTestCase, ports and the time limit."""

import logging
import re
import socket
import subprocess
import sys

import pytest

from tornado.log import app_log, gen_log
from tornado.testing import (
    ExpectLog,
    bind_unused_port,
    get_async_test_timeout,
    get_unused_port,
)


def test_expect_log_swallows_what_it_expects(caplog):
    with ExpectLog(app_log, "a thing [0-9]") as log:
        app_log.warning("a thing %d, and more", 7)
        app_log.error("a thing 8")
    assert log.matched == 2
    assert caplog.records == []


def test_expect_log_by_name_and_pattern():
    with ExpectLog("tornado.general", re.compile("A THING", re.IGNORECASE)):
        gen_log.warning("a thing")


def test_expect_log_fails_without_the_record():
    with (
        pytest.raises(AssertionError, match=r"'tornado.general' was expected to log .*'a thing'"),
        ExpectLog(gen_log, "a thing"),
    ):
        gen_log.info("not quite a thing")


def test_expect_log_leaves_other_loggers_and_records(expect_log):
    with (
        expect_log("tornado.general", "another", count=1),
        expect_log("tornado.application", "a thing", count=1),
        ExpectLog(gen_log, "a thing", required=False),
    ):
        gen_log.warning("another")
        app_log.warning("a thing")


def test_expect_log_does_not_hide_an_exception():
    with pytest.raises(KeyError), ExpectLog(gen_log, "a thing"):
        raise KeyError


def test_expect_log_of_a_level(expect_log):
    gen_log.setLevel(logging.ERROR)
    try:
        with ExpectLog(gen_log, "a thing", level=logging.INFO) as log:
            gen_log.info("a thing")
        assert log.matched == 1
        assert gen_log.level == logging.ERROR
        with (
            expect_log("tornado.application", "expected at level INFO and came at level ERROR"),
            expect_log("tornado.general", "a thing"),
            pytest.raises(AssertionError),
            ExpectLog(gen_log, "a thing", level=logging.INFO),
        ):
            gen_log.error("a thing")
    finally:
        gen_log.setLevel(logging.NOTSET)


def test_expect_log_sees_tracebacks(expect_log):
    with expect_log("tornado.general", "other"), ExpectLog(gen_log, "it", required=False) as log:
        assert not log.logged_stack
        try:
            raise KeyError
        except KeyError:
            gen_log.error("other", exc_info=True)
    assert log.logged_stack
    assert log.matched == 0


TRAPPED = """
import logging
import unittest
from tornado.testing import LogTrapTestCase

class Trapped(LogTrapTestCase):
    def test_passes(self):
        logging.getLogger("tornado.general").warning("nobody wants to know")

    def test_fails(self):
        logging.getLogger("tornado.general").warning("how it came to that")
        self.fail()

    def test_skipped(self):
        self.skipTest("not today")

    @unittest.expectedFailure
    def test_passes_unexpectedly(self):
        logging.getLogger("tornado.general").warning("a surprise")
"""


def run_trapped(tmp_path, preparation):
    program = f"{preparation}\n{TRAPPED}\nunittest.main()\n"
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", program],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        timeout=30,
    )
    assert "Ran 4 tests" in done.stderr, done.stderr
    return [text for text in ("nobody wants", "how it came", "a surprise") if text in done.stderr]


@pytest.mark.parametrize(
    "preparation",
    [
        "",
        "import logging; logging.basicConfig()",
        "import tornado.log as l; l.enable_pretty_logging()",
    ],
)
def test_the_log_of_failures_alone_is_shown(tmp_path, preparation):
    assert run_trapped(tmp_path, preparation) == ["how it came", "a surprise"]


def test_a_log_kept_by_others_is_left_alone(tmp_path):
    two = "import logging; logging.basicConfig(); logging.root.addHandler(logging.StreamHandler())"
    assert len(run_trapped(tmp_path, two)) == 3


def test_unused_ports():
    sock, port = bind_unused_port()
    with sock:
        assert sock.getsockname() == ("127.0.0.1", port)
        assert not sock.getblocking()
        socket.create_connection(("127.0.0.1", port)).close()
        with pytest.raises(OSError):
            socket.create_server(("127.0.0.1", port))
    free = get_unused_port()
    socket.create_server(("127.0.0.1", free)).close()


def test_unused_port_elsewhere():
    sock, port = bind_unused_port(address="127.0.0.2")
    with sock:
        assert sock.getsockname() == ("127.0.0.2", port)


@pytest.mark.skipif(not hasattr(socket, "SO_REUSEPORT"), reason="this system has no SO_REUSEPORT")
def test_reuse_port():
    sock, _ = bind_unused_port(reuse_port=True)
    with sock:
        assert sock.getsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT)


@pytest.mark.parametrize(
    "said, seconds", [(None, 5), ("12.5", 12.5), ("", 5), ("a while", 5), ("0", 0)]
)
def test_time_limit(monkeypatch, said, seconds):
    if said is None:
        monkeypatch.delenv("ASYNC_TEST_TIMEOUT", raising=False)
    else:
        monkeypatch.setenv("ASYNC_TEST_TIMEOUT", said)
    assert get_async_test_timeout() == seconds


def test_names_are_loaded_when_asked_for():
    import tornado.testing

    assert set(tornado.testing.__all__) <= set(dir(tornado.testing))
    with pytest.raises(AttributeError, match="has no attribute 'nothing'"):
        tornado.testing.nothing  # noqa: B018
    assert "tornado.testing._isolated" not in sys.modules or tornado.testing.AsyncTestCase
