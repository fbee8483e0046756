"""pytest, which only the plugin needs, or a sentence that says how to get it."""

from __future__ import annotations

try:
    import pytest as pytest
except ImportError as error:
    raise ImportError(
        "the fixtures of tornado.testing are a plugin of pytest, which is not installed; "
        "pip install 'tornado-testkit[pytest]' brings it"
    ) from error
