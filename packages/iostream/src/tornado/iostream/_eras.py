"""The arguments of four eras.

Until 2018 the callback was the second positional argument of a read, where newer signatures have
``max_bytes`` or ``partial``; and programs mix positions and keywords in every way. A callback is
callable and an option is not, so all the orders can be told apart and used side by side: what
comes behind the first argument is taken by kind, not by place.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

Callback = Callable[..., Any]


def by_kind(behind: tuple[Any, ...], option: Any, callback: Any) -> tuple[Any, Callback | None]:
    """``(option, callback)`` of a call: keywords as given, positional arguments by their kind."""
    if len(behind) > 2:
        raise TypeError(f"too many positional arguments: {behind!r}")
    for value in behind:
        if callable(value):
            if callback is not None:
                raise TypeError("two callbacks were given")
            callback = value
        elif value is not None:
            option = value
    check_callback(callback)
    return option, callback


def by_kind_streaming(
    behind: tuple[Any, ...], partial: Any, callback: Any, streaming: Any
) -> tuple[bool, Callback | None, Callback | None]:
    """``(partial, callback, streaming callback)`` of a call of read_bytes.

    The older order is callback, streaming callback, partial; the newer one begins with partial.
    """
    if len(behind) > 3:
        raise TypeError(f"too many positional arguments: {behind!r}")
    if behind and isinstance(behind[0], (bool, int)):
        partial, behind = behind[0], behind[1:]
    if len(behind) > 0 and behind[0] is not None:
        callback = behind[0]
    if len(behind) > 1 and behind[1] is not None:
        streaming = behind[1]
    if len(behind) > 2:
        partial = behind[2]
    check_callback(callback)
    check_callback(streaming)
    return bool(partial), callback, streaming


def check_callback(callback: Any) -> None:
    """Raise TypeError unless ``callback`` is None or can be called."""
    if callback is not None and not callable(callback):
        raise TypeError(f"callback must be callable, not {callback!r}")


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
