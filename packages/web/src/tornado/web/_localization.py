"""Which language the user reads."""

from __future__ import annotations

from typing import Any

from tornado import locale as locales
from tornado.web._base import HandlerBase


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
        """The supported locale that suits the Accept-Language header best, or that of the code
        ``default`` if the header asks for none that is supported."""
        return locales.from_accept_language(self.request.headers.get("Accept-Language"), default)
