"""Translations, and dates, lists and numbers in the reader's language.

Load the translations once when the program starts; get a `Locale` for each reader::

    import tornado.locale

    tornado.locale.load_translations("translations")  # es.csv, fr_CA.csv, ...
    locale = tornado.locale.get("es_GT")              # es, the closest there is
    locale.translate("Sign out")

Messages are in the language of the default locale, ``en_US`` unless `set_default_locale` says
another. Translations are CSV files (`load_translations`) or gettext catalogues
(`load_gettext_translations`). Request handlers of `tornado.web` have the reader's locale as
``self.locale``, and templates have ``_`` for its `translate`.
"""

from tornado.locale._accept import from_accept_language
from tornado.locale._csv import CSVLocale, load_translations
from tornado.locale._gettext import GettextLocale, load_gettext_translations
from tornado.locale._locale import Locale, get
from tornado.locale._names import LOCALE_NAMES
from tornado.locale._registry import get_supported_locales, set_default_locale

__all__ = [
    "CONTEXT_SEPARATOR",
    "LOCALE_NAMES",
    "CSVLocale",
    "GettextLocale",
    "Locale",
    "from_accept_language",
    "get",
    "get_supported_locales",
    "load_gettext_translations",
    "load_translations",
    "set_default_locale",
]

#: What gettext puts between a context and a message.
CONTEXT_SEPARATOR = "\x04"

for _shown in (
    CSVLocale,
    GettextLocale,
    Locale,
    from_accept_language,
    get,
    get_supported_locales,
    load_gettext_translations,
    load_translations,
    set_default_locale,
):
    _shown.__module__ = __name__
del _shown
