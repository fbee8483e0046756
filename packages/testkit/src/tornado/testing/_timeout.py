"""How long a test may wait."""

from __future__ import annotations

import os

DEFAULT_SECONDS = 5.0


def get_async_test_timeout() -> float:
    """Seconds that a test may wait for one thing: ``ASYNC_TEST_TIMEOUT`` of the environment, or 5.

    A value that is no number counts as none.
    """
    try:
        return float(os.environ["ASYNC_TEST_TIMEOUT"])
    except (KeyError, ValueError):
        return DEFAULT_SECONDS
