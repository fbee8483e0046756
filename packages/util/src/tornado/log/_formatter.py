"""LogFormatter: one record, one line that starts with a colored prefix.

Laws:
1. Formatting never raises and never loses a record: whatever is wrong with the message or its
   arguments becomes part of the line.
2. Only the first line of a record starts at the margin; what follows (a traceback, a message of
   several lines) is indented, so that nothing in it can be taken for a record of its own.
"""

from __future__ import annotations

import logging
import os
import sys
from collections.abc import Mapping
from typing import Any, Literal

_RESET = "\x1b[0m"
_INDENT = "\n    "


class LogFormatter(logging.Formatter):
    """Formats records as ``[I 261122 13:04:05 module:12] message``, colored on a terminal.

    ``fmt`` and ``datefmt`` are those of `logging.Formatter`, in the given ``style``; ``fmt`` may
    use two fields more, ``color`` and ``end_color``, which are empty where color makes no sense:
    with ``color=False`` and when standard error is not a terminal that understands it. ``colors``
    maps a level to the number of an ANSI color, 0 to 255.

    Bytes in a message are read as UTF-8 where they are UTF-8. A message that cannot be formatted,
    because its arguments do not fit, is shown with its parts and with what was wrong.
    """

    DEFAULT_FORMAT = (
        "%(color)s[%(levelname)1.1s %(asctime)s %(module)s:%(lineno)d]%(end_color)s %(message)s"
    )
    DEFAULT_DATE_FORMAT = "%y%m%d %H:%M:%S"
    #: blue, green, yellow, red, magenta
    DEFAULT_COLORS: Mapping[int, int] = {
        logging.DEBUG: 4,
        logging.INFO: 2,
        logging.WARNING: 3,
        logging.ERROR: 1,
        logging.CRITICAL: 5,
    }

    def __init__(
        self,
        fmt: str = DEFAULT_FORMAT,
        datefmt: str = DEFAULT_DATE_FORMAT,
        style: Literal["%", "{", "$"] = "%",
        color: bool = True,
        colors: Mapping[int, int] = DEFAULT_COLORS,
    ) -> None:
        super().__init__(fmt, datefmt, style, validate=False)
        self._colors: dict[int, str] = {}
        self._normal = ""
        if color and _terminal_has_colors():
            self._colors = {level: _ansi(number) for level, number in colors.items()}
            self._normal = _RESET

    def format(self, record: Any) -> str:
        """The record as text, without a newline at the end."""
        record.message = _message_of(record)
        if self.usesTime():
            record.asctime = self.formatTime(record, self.datefmt)
        record.color = self._colors.get(record.levelno, "")
        record.end_color = self._normal if record.color else ""
        text = self.formatMessage(record)
        if record.exc_info and not record.exc_text:
            record.exc_text = self.formatException(record.exc_info)
        parts = [text.rstrip()]
        if record.exc_text:
            parts.append(record.exc_text)
        if record.stack_info:
            parts.append(self.formatStack(record.stack_info))
        return "\n".join(parts).replace("\n", _INDENT)


def _message_of(record: logging.LogRecord) -> str:
    try:
        if isinstance(record.msg, bytes):
            text = record.msg.decode("utf-8", "backslashreplace")
            return text % record.args if record.args else text
        return record.getMessage()
    except Exception as error:
        return f"Bad message ({error!r}): msg={_shown(record.msg)} args={_shown(record.args)}"


def _shown(value: object) -> str:
    try:
        return repr(value)
    except Exception as error:
        return f"<{type(value).__name__} whose repr() raises {type(error).__name__}>"


def _ansi(number: int) -> str:
    if number < 8:
        return f"\x1b[{30 + number}m"
    return f"\x1b[38;5;{number}m"


def _terminal_has_colors() -> bool:
    """Whether standard error is a terminal that shows ANSI colors and nobody asked for none."""
    try:
        if not sys.stderr.isatty():
            return False
    except (AttributeError, ValueError):  # no stderr at all (pythonw), or a closed one
        return False
    if os.environ.get("NO_COLOR") or os.environ.get("TERM") == "dumb":
        return False
    if sys.platform == "win32":
        return any(name in os.environ for name in ("WT_SESSION", "ANSICON", "ConEmuANSI", "TERM"))
    return True
