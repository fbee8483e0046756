"""Locale: one language as this program speaks it."""

from __future__ import annotations

from tornado.locale._codes import parse_code
from tornado.locale._formats import Formats
from tornado.locale._names import name_of
from tornado.locale._registry import registry


class Locale(Formats):
    """Translates messages and formats dates, lists and numbers for one locale.

    `get` and `get_closest` give the instances; there is one for each supported code. ``code`` is
    the code, ``name`` the name of the language in itself, ``rtl`` whether it is written from right
    to left.
    """

    def __init__(self, code: str) -> None:
        parts = parse_code(code)
        self.code = code
        self.name = name_of(code)
        self.rtl = parts is not None and parts.rtl

    def __repr__(self) -> str:
        return f"<{type(self).__name__} {self.code}>"

    @classmethod
    def get_closest(cls, *locale_codes: str | None) -> Locale:
        """The supported locale for the first of the codes that has one.

        Each code is tried as it is, then without its script and territory: ``es`` serves
        ``es_GT``, and ``es-GT`` as well. Codes that make no sense are passed over. If none has a
        supported locale, it is the default one.
        """
        for code in locale_codes:
            found = registry.lookup(code) if code else None
            if found is not None:
                return cls.get(found)
        return cls.get(registry.default)

    @classmethod
    def get(cls, code: str) -> Locale:
        """The locale of exactly this code. Raises `ValueError` if it is not supported."""
        return registry.instance(code)

    def translate(
        self, message: str, plural_message: str | None = None, count: int | None = None
    ) -> str:
        """The translation of ``message``, or ``message`` itself if there is none.

        With ``plural_message``, ``count`` must be given and decides: ``message`` is for 1, and
        ``plural_message`` for other numbers, unless the language has rules of its own. Placeholders
        such as ``%(num)d`` are the caller's to fill in.
        """
        raise NotImplementedError

    def pgettext(
        self,
        context: str,
        message: str,
        plural_message: str | None = None,
        count: int | None = None,
    ) -> str:
        """`translate` for a message that means different things: ``context`` tells them apart.

        Only gettext catalogues have contexts; elsewhere this is `translate`.
        """
        return self.translate(message, plural_message, count)


def get(*locale_codes: str | None) -> Locale:
    """The supported locale closest to the given codes. See `Locale.get_closest`."""
    return Locale.get_closest(*locale_codes)


def required(count: int | None, plural_message: str) -> int:
    """``count``, without which there is no choice between two forms: `ValueError` for None."""
    if count is None:
        raise ValueError(f"a plural ({plural_message!r}) needs a count to choose by")
    return count
