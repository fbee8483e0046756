"""The locales that this process supports: what was loaded, and the default.

There is one `Registry`. Loading replaces everything that was loaded before, in one assignment, so
that other threads see the old translations or the new ones and nothing between.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, NamedTuple

from tornado.locale._codes import Code, parse_code, valid_code

if TYPE_CHECKING:
    from tornado.locale._locale import Locale

Factory = Callable[[str], "Locale"]

#: Where the scripts of a language are used, for languages whose translations are usually named by
#: territory and asked for by script.
_SCRIPT_TERRITORIES = {"Hans": ("CN", "SG"), "Hant": ("TW", "HK", "MO")}


class Loaded(NamedTuple):
    """One set of translations: their codes, how to make a Locale, and those made so far."""

    make: Factory
    codes: frozenset[str]
    made: dict[str, Locale]


class Registry:
    """Which locales there are."""

    def __init__(self) -> None:
        self._loaded: Loaded | None = None
        self.default = "en_US"

    def install(self, make: Factory, codes: Iterable[str]) -> None:
        """Take a new set of translations. ``make`` must serve any code, loaded or not."""
        self._loaded = Loaded(make, frozenset(codes), {})

    def set_default(self, code: str) -> None:
        """Choose the locale to use when nothing else fits."""
        self.default = valid_code(code)

    @property
    def loaded(self) -> Loaded:
        assert self._loaded is not None, "the face installs an empty set when it is imported"
        return self._loaded

    @property
    def supported(self) -> frozenset[str]:
        """All codes that `instance` serves: those with translations, and the default."""
        return self.loaded.codes | {self.default}

    def instance(self, code: str) -> Locale:
        """The Locale of a supported code; always the same object. `ValueError` for others."""
        loaded = self.loaded
        if code not in loaded.made:
            code = valid_code(code)
            if code not in self.supported:
                raise ValueError(
                    f"locale {code!r} has no translations here: "
                    f"supported are {', '.join(sorted(self.supported))}"
                )
        return loaded.made.get(code) or loaded.made.setdefault(code, loaded.make(code))

    def lookup(self, text: str) -> str | None:
        """The supported code closest to ``text`` without leaving its language's main line."""
        code = parse_code(text)
        if code is None:
            return None
        supported = self.supported
        return next((c for c in code.fallbacks() if c in supported), None)

    def same_language(self, text: str) -> str | None:
        """A supported code of the same language, from wherever: better than another language."""
        code = parse_code(text)
        if code is None:
            return None
        relatives = [c for c in sorted(self.supported) if c.partition("_")[0] == code.language]
        return min(relatives, key=lambda c: self._distance(code, c), default=None)

    def _distance(self, code: Code, candidate: str) -> tuple[bool, bool]:
        territories = _SCRIPT_TERRITORIES.get(code.script, ())
        other = parse_code(candidate)
        in_script = other is not None and other.territory in territories
        return not in_script, candidate != self.default


registry = Registry()


def set_default_locale(code: str) -> None:
    """Set the locale of the source text: what to use when no other fits, ``en_US`` at first.

    It is supported without any translations. Raises `ValueError` for what is no locale code.
    """
    registry.set_default(code)


def get_supported_locales(_cls: object = None) -> frozenset[str]:
    """The codes of all locales with translations, and of the default locale.

    The parameter is a leftover from 2009 and ignored.
    """
    return registry.supported
