"""The arguments of four eras.

Until 2018 a read took its callback as second positional argument, where newer signatures have
``max_bytes`` or ``partial``. A callback is callable and a limit is not, so both eras can be told
apart and called side by side.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any, TypeVar

Callback = Callable[..., Any]
T = TypeVar("T")


def sort_out(value: Any, callback: Any, default: T) -> tuple[T, Callback | None]:
    """``(option, callback)`` of ``f(x, option, callback)`` or of ``f(x, callback, option)``."""
    if callable(value):
        value, callback = (default if callback is None else callback), value
    if callback is not None and not callable(callback):
        raise TypeError(f"callback must be callable, not {callback!r}")
    return value, callback


def delimiter_bytes(delimiter: bytes | str) -> bytes:
    """A delimiter as bytes; a str is taken as UTF-8."""
    if isinstance(delimiter, str):
        delimiter = delimiter.encode()
    elif not isinstance(delimiter, bytes):
        raise TypeError(f"a delimiter is bytes or str, not {type(delimiter).__name__}")
    if not delimiter:
        raise ValueError("an empty delimiter is found everywhere; give at least one byte")
    return delimiter


def compile_pattern(regex: bytes | str | re.Pattern[bytes] | re.Pattern[str]) -> re.Pattern[bytes]:
    """A pattern over bytes; a str pattern is taken as UTF-8."""
    flags = 0
    if isinstance(regex, re.Pattern):
        if isinstance(regex.pattern, bytes):
            return regex
        flags = regex.flags & ~re.UNICODE
        regex = regex.pattern
    return re.compile(regex.encode() if isinstance(regex, str) else regex, flags)


def check_limit(name: str, value: Any) -> None:
    """Raise unless ``value`` is None or a whole number from 0."""
    if value is not None and (not isinstance(value, int) or value < 0):
        raise ValueError(f"{name} must be a number of bytes (0 or more) or None, not {value!r}")
