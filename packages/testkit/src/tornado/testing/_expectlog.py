"""ExpectLog: a test says what will be logged."""

from __future__ import annotations

import logging
import re
from types import TracebackType

from tornado.log import app_log


class ExpectLog(logging.Filter):
    """Expects a line in the log, and keeps it out of the output of the tests::

        with ExpectLog("tornado.application", "Uncaught exception"):
            response = self.fetch("/broken")

    ``logger`` is a logger or its name, ``""`` for the root logger; records of loggers below it are
    not looked at. ``regex`` is a string or a compiled pattern; it has to match from the beginning
    of the message. All records that match are swallowed; if there is none, leaving the block raises
    `AssertionError`, unless ``required=False`` or an exception is on its way already.

    With ``level`` (``logging.WARNING``, ...) only records of just that level count, and the
    logger lets them through for the time of the block, whatever its own level is.

    What was found can be read afterwards: `matched`, the number of records, and `logged_stack`,
    whether any record of that logger, matching or not, came with a traceback.
    """

    def __init__(
        self,
        logger: logging.Logger | str,
        regex: str | re.Pattern[str],
        required: bool = True,
        level: int | None = None,
    ) -> None:
        super().__init__()
        if isinstance(logger, str):
            logger = logging.getLogger(logger)
        self.logger = logger
        self.regex = re.compile(regex)
        self.level, self.required = level, required
        #: How many records matched.
        self.matched = 0
        #: Whether a record with a traceback came.
        self.logged_stack = False
        self._old_level: int | None = None

    def filter(self, record: logging.LogRecord) -> bool:
        """Called by the logger with each record; False keeps it out of the output."""
        self.logged_stack = self.logged_stack or bool(record.exc_info)
        text = record.getMessage()
        if self.regex.match(text) is None:
            return True
        if self.level in (None, record.levelno):
            self.matched += 1
            return False
        app_log.warning(
            "%r was expected at level %s and came at level %s",
            text,
            logging.getLevelName(self.level),
            record.levelname,
        )
        return True

    def __enter__(self) -> ExpectLog:
        if self.level is not None and not self.logger.isEnabledFor(self.level):
            self._old_level = self.logger.level
            self.logger.setLevel(self.level)
        self.logger.addFilter(self)
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        if self._old_level is not None:
            self.logger.setLevel(self._old_level)
            self._old_level = None
        self.logger.removeFilter(self)
        if kind is None and self.required and not self.matched:
            raise AssertionError(
                f"the logger {self.logger.name!r} was expected to log something that matches "
                f"{self.regex.pattern!r}, and did not"
            )
