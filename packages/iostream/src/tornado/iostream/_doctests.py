"""The examples in this module's docstrings, for test suites that collect them."""

from __future__ import annotations

import sys
import unittest


def doctests() -> unittest.TestSuite:
    """A unittest suite of the examples in the docstrings of ``tornado.iostream``."""
    import doctest

    return doctest.DocTestSuite(sys.modules["tornado.iostream"])
