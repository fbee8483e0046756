"""What Python has in itself today, under the names that programs of earlier years call."""

from __future__ import annotations

import datetime
import sys
from collections.abc import Mapping
from types import CodeType
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import unittest

#: True on Python 3, for programs that still ask.
PY3 = True

#: Whether the interpreter is shutting down; destructors ask before they use anything global.
is_finalizing = sys.is_finalizing


def exec_in(code: Any, glob: dict[str, Any], loc: Mapping[str, Any] | None = None) -> None:
    """Run source text or a code object with ``glob`` as its globals (and ``loc`` as its locals).

    Text is compiled by itself: no ``from __future__`` of this or any other module applies to it.
    """
    if not isinstance(code, CodeType):
        code = compile(code, "<string>", "exec", dont_inherit=True)
    exec(code, glob, loc)


def timedelta_to_seconds(td: datetime.timedelta) -> float:
    """``td.total_seconds()``, which Python 2.6 did not have."""
    return td.total_seconds()


def doctests() -> unittest.TestSuite:
    """The samples in the docstrings of this module as a suite, for unittest's ``load_tests``."""
    import doctest

    import tornado.util

    finder = doctest.DocTestFinder(exclude_empty=True)
    return doctest.DocTestSuite(tornado.util, test_finder=finder)
