"""Translations from gettext's compiled catalogues."""

from __future__ import annotations

import gettext
import logging
import os

from tornado.locale._codes import parse_code
from tornado.locale._csv import existing_directory
from tornado.locale._locale import Locale, required
from tornado.locale._registry import registry

gen_log = logging.getLogger("tornado.general")


class GettextLocale(Locale):
    """A locale whose translations were loaded by `load_gettext_translations`."""

    def __init__(self, code: str, translations: gettext.NullTranslations) -> None:
        self.translations = translations
        super().__init__(code)

    def translate(
        self, message: str, plural_message: str | None = None, count: int | None = None
    ) -> str:
        """The translation of ``message``; the catalogue has the rule for its plurals."""
        if plural_message is not None:
            count = required(count, plural_message)
            return self.translations.ngettext(message, plural_message, count)
        # The translation of nothing is where gettext keeps the header of the catalogue.
        return self.translations.gettext(message) if message else ""

    def pgettext(
        self,
        context: str,
        message: str,
        plural_message: str | None = None,
        count: int | None = None,
    ) -> str:
        """The translation that the catalogue has for ``message`` within ``context``.

        Without one, the translation that has no context serves. To extract such messages, call
        xgettext with ``--keyword=pgettext:1c,2 --keyword=pgettext:1c,2,3``.
        """
        if plural_message is None:
            original = message
            found = self.translations.pgettext(context, message)
        else:
            count = required(count, plural_message)
            original = message if count == 1 else plural_message
            found = self.translations.npgettext(context, message, plural_message, count)
        return found if found != original else self.translate(message, plural_message, count)


def load_gettext_translations(directory: str | os.PathLike[str], domain: str) -> None:
    """Load gettext catalogues, in place of the translations loaded before.

    They are where gettext expects them: ``{directory}/{locale}/LC_MESSAGES/{domain}.mo``. A
    catalogue that cannot be read is logged and skipped, and so is one whose folder is not named
    by a locale code. Raises `FileNotFoundError` or `NotADirectoryError` if ``directory`` is no
    directory.
    """
    catalogues: dict[str, gettext.NullTranslations] = {}
    for name in sorted(os.listdir(existing_directory(directory))):
        path = os.path.join(directory, name, "LC_MESSAGES", f"{domain}.mo")
        if not os.path.isfile(path):
            continue
        code = parse_code(name, exact=True)
        if code is None:
            gen_log.error("%s is skipped: %r is no locale code such as pt_BR", path, name)
            continue
        try:
            with open(path, "rb") as file:
                catalogues[str(code)] = gettext.GNUTranslations(file)
        except Exception as error:  # of many types, for a file that is something else
            gen_log.error("%s is skipped, it cannot be read: %s", path, error)
    nothing = gettext.NullTranslations()
    registry.install(lambda code: GettextLocale(code, catalogues.get(code, nothing)), catalogues)
    gen_log.debug("Supported locales: %s", sorted(registry.supported))
