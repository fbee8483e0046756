"""What a test needs and this machine does not have."""

from __future__ import annotations

import os
from typing import NoReturn

import pytest


def not_here(how: str) -> NoReturn:
    """Skips the test; where ``TORNADO_REQUIRE_SERVERS=1`` is set it fails. ``how`` says what is
    missing, and how to get it."""
    if os.environ.get("TORNADO_REQUIRE_SERVERS") == "1":
        pytest.fail(how)
    pytest.skip(how)
