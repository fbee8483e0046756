"""What can go wrong between a generator and what runs it; all but TimeoutError are programming
errors, raised where the ``yield`` stands."""

from __future__ import annotations

from typing import Any


class BadYieldError(Exception):
    """Something was yielded that cannot be waited for."""


class KeyReuseError(Exception):
    """A key was given to `Callback` while an earlier use of it was not waited for."""


class UnknownKeyError(Exception):
    """`Wait` or `WaitAll` has a key that no `Callback` was given."""


class LeakedCallbackError(Exception):
    """A generator ended with callbacks that it never waited for."""


class Return(Exception):
    """``raise gen.Return(value)`` ends a coroutine with a result, as ``return value`` does.

    Generators of Python 2 could not return one.
    """

    def __init__(self, value: Any = None) -> None:
        super().__init__(value)
        self.value = value
