"""What can go wrong with options.

::

    Error                 anything below, and a name defined twice
    +-- UnknownOption     the command line names an option that nobody defined
    +-- BadValue          a value that is not of the option's type (a ValueError too)
"""

from __future__ import annotations

import difflib
from collections.abc import Iterable


class Error(Exception):
    """Raised for mistakes in options. The text is a sentence to show to whoever made it."""


class UnknownOption(Error):
    """The command line names an option that was not defined."""


class BadValue(Error, ValueError):
    """A value does not fit its option. It is a `ValueError` too, as ``int("x")`` would raise."""


def did_you_mean(wrong: str, names: Iterable[str]) -> str:
    """``"; did you mean ...?"`` with the known name closest to ``wrong``, or nothing."""
    close = difflib.get_close_matches(wrong, names, n=1)
    return f"; did you mean {close[0]}?" if close else ""
