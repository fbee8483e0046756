"""Plural categories of CLDR, with Babel where it is installed.

English has two forms, Russian has four, Arabic six. CLDR calls them zero, one, two, few, many and
other, and knows for each language which number takes which.
"""

from __future__ import annotations

import functools
from collections.abc import Callable

CATEGORIES = frozenset(("zero", "one", "two", "few", "many", "other"))


@functools.cache
def plural_rule(code: str) -> Callable[[int], str] | None:
    """The function from a number to its category, None without Babel or for a language unknown."""
    try:
        # Whether it is there when types are checked is unknown: both ignores are needed.
        import babel  # type: ignore[import-not-found, unused-ignore]
    except ModuleNotFoundError:
        return None
    try:
        rule: Callable[[int], str] = babel.Locale.parse(code.partition("@")[0]).plural_form
    except (ValueError, babel.UnknownLocaleError):
        return None
    return rule
