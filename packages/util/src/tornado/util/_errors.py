"""Small tools for exceptions, and the one TimeoutError of the family."""

from __future__ import annotations

import builtins
from types import TracebackType
from typing import NoReturn

#: Raised by everything here that takes a timeout. It is the builtin, which on the Python versions
#: supported is also ``asyncio.TimeoutError`` and ``socket.timeout``.
TimeoutError = builtins.TimeoutError

ExcInfo = tuple[type[BaseException] | None, BaseException | None, TracebackType | None]


def raise_exc_info(exc_info: ExcInfo) -> NoReturn:
    """Raise again what ``sys.exc_info()`` gave, with its traceback.

    Raises `TypeError` if there is no exception in it.
    """
    try:
        error = exc_info[1]
        if error is None:
            raise TypeError("raise_exc_info() got (None, None, None): there is nothing to raise")
        raise error.with_traceback(exc_info[2])
    finally:
        # The frame is in the traceback: a reference back would be a cycle for the collector.
        del exc_info
        error = None


def errno_from_exception(e: BaseException) -> int | None:
    """The error number of an `OSError` (or of anything that imitates one), None if it has none.

    That is ``e.errno`` where it exists, else the first argument of the exception.
    """
    number = getattr(e, "errno", None)
    if number is None and not hasattr(e, "errno") and e.args:
        number = e.args[0]
    return number
