"""The examples in the docstrings, as a test suite."""

from __future__ import annotations

import unittest


def doctests() -> unittest.TestSuite:
    """The examples in this module's docstrings, for ``unittest``."""
    import doctest
    from importlib import import_module

    suite = unittest.TestSuite()
    for name in ("_headers", "_startline", "_urls", "_dates", "_cookies", "_bodies", "_multipart"):
        suite.addTest(doctest.DocTestSuite(import_module(f"tornado.httputil.{name}")))
    return suite
