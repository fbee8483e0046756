"""Context managers for the time of a test."""

from __future__ import annotations

import unittest
from contextlib import AbstractContextManager
from typing import TypeVar

T = TypeVar("T")


def setup_with_context_manager(testcase: unittest.TestCase, cm: AbstractContextManager[T]) -> T:
    """Enter ``cm`` now, in ``setUp``, and leave it when the test is over; gives what it entered.

    `unittest.TestCase.enterContext` does the same, from Python 3.11 on.
    """
    return testcase.enterContext(cm)
