"""LogTrapTestCase: the log of a test that passes is not worth reading."""

from __future__ import annotations

import logging
import unittest


class LogTrapTestCase(unittest.TestCase):
    """Shows the log of the tests that fail, and drops that of those that pass.

    It does so where the log goes to the terminal, by one handler of the root logger; under a runner
    that keeps the log of each test apart, such as pytest, it leaves it alone. From before 2014;
    ``python -m unittest --buffer`` does the same today::

        class HelloTest(AsyncHTTPTestCase, LogTrapTestCase):
            ...
    """

    def run(self, result: unittest.TestResult | None = None) -> unittest.TestResult | None:
        root = logging.getLogger()
        if not root.handlers:
            logging.basicConfig()
        if result is None or len(root.handlers) != 1:
            return super().run(result)
        (shown,) = root.handlers
        if not isinstance(shown, logging.StreamHandler) or type(shown).emit is not _usual_emit:
            return super().run(result)
        kept = _Keeper(shown.level)
        root.handlers = [kept]
        before = _bad(result)
        try:
            return super().run(result)
        finally:
            root.handlers = [shown]
            if _bad(result) > before:
                for record in kept.records:
                    shown.handle(record)


_usual_emit = logging.StreamHandler.emit


class _Keeper(logging.Handler):
    def __init__(self, level: int) -> None:
        super().__init__(level)
        self.records: list[logging.LogRecord] = []

    def emit(self, record: logging.LogRecord) -> None:
        self.records.append(record)


def _bad(result: unittest.TestResult) -> int:
    return len(result.failures) + len(result.errors) + len(result.unexpectedSuccesses)
