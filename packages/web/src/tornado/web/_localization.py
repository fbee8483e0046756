"""Which language the user reads."""

from __future__ import annotations

import re
from typing import Any

from tornado import locale as locales
from tornado.web._base import HandlerBase

_MOST_LANGUAGES = 32
"""Languages of one Accept-Language header that are looked at; browsers send ten at most."""

_WEIGHT = re.compile(r"\s*q\s*=\s*([0-9](?:\.[0-9]{0,9})?)\s*", re.IGNORECASE)


class LocaleMixin(HandlerBase):
    """The methods of a request handler that deal with the user's language."""

    _locale: locales.Locale  # appears when it is known, as programs that look for it expect

    @property
    def locale(self) -> locales.Locale:
        """The locale of this request: what ``get_user_locale`` says, or else what the browser asks
        for. Worked out once, when first asked for; may be assigned to."""
        if not hasattr(self, "_locale"):
            chosen: Any = self.get_user_locale()
            if isinstance(chosen, str):
                chosen = locales.get(chosen)
            self._locale = chosen if chosen is not None else self.get_browser_locale()
        return self._locale

    @locale.setter
    def locale(self, value: locales.Locale) -> None:
        self._locale = value

    def get_user_locale(self) -> locales.Locale | str | None:
        """Override to take the language from the user's preferences: give a Locale or the code of
        one (``"es_MX"``). None leaves it to the browser."""
        return None

    def get_browser_locale(self, default: str = "en_US") -> locales.Locale:
        """The supported locale that suits the Accept-Language header best (RFC 9110 section
        12.5.4), or that of the code ``default`` if the header asks for none.

        Languages come in the order of their weights, and of the header among equals. One with
        weight 0 or a weight that is no number does not count.
        """
        header = self.request.headers.get("Accept-Language")
        codes = _languages(header) if header else ()
        return locales.get(*codes) if codes else locales.get(default)


def _languages(header: str) -> list[str]:
    """The codes that an Accept-Language header asks for, the dearest first."""
    weighted = []
    for item in header.split(",", _MOST_LANGUAGES)[:_MOST_LANGUAGES]:
        code, *parameters = item.split(";")
        code = code.strip()
        weight = 1.0
        for parameter in parameters:
            if parameter.lstrip()[:1] in ("q", "Q"):
                number = _WEIGHT.fullmatch(parameter)
                weight = min(float(number[1]), 1.0) if number else 0.0
        if code and code != "*" and weight > 0:
            weighted.append((weight, code))
    weighted.sort(key=lambda pair: -pair[0])
    return [code for _, code in weighted]
