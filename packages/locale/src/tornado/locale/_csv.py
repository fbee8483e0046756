"""Translations from CSV files, one per locale.

A row is a message, its translation and a kind. The kind is empty ("unknown") for messages without
a number, ``singular`` or ``plural`` for the two forms of those with one, or a category of CLDR
(``one few many ...``) for languages with more forms; the message is then the plural one.
"""

from __future__ import annotations

import codecs
import csv
import errno
import logging
import os
from collections.abc import Mapping

from tornado.locale._codes import parse_code
from tornado.locale._locale import Locale, required
from tornado.locale._plurals import CATEGORIES, plural_rule
from tornado.locale._registry import registry

#: By kind, then by message.
Translations = Mapping[str, Mapping[str, str]]

_KINDS = CATEGORIES | {"singular", "plural", "unknown"}

gen_log = logging.getLogger("tornado.general")


class CSVLocale(Locale):
    """A locale whose translations were loaded by `load_translations`."""

    def __init__(self, code: str, translations: Translations) -> None:
        self.translations = translations
        super().__init__(code)
        self._by_category = bool(CATEGORIES & set(translations))

    def translate(
        self, message: str, plural_message: str | None = None, count: int | None = None
    ) -> str:
        """The translation of ``message``; see `Locale.translate`."""
        if plural_message is None:
            return self._find("unknown", message) or message
        count = required(count, plural_message)
        rule = plural_rule(self.code) if self._by_category else None
        if rule is not None:
            found = self._find(rule(count), plural_message)
            if found is not None:
                return found
        if count == 1:
            return self._find("singular", message) or message
        return self._find("plural", plural_message) or plural_message

    def _find(self, kind: str, message: str) -> str | None:
        return self.translations.get(kind, {}).get(message)


def load_translations(directory: str | os.PathLike[str], encoding: str | None = None) -> None:
    """Load the translations from all CSV files of a directory, in place of those loaded before.

    A file is named after its locale, ``es_GT.csv`` or ``fr.csv``. It has no header; its rows are
    a message, a translation and a kind::

        "Sign out","Salir"
        "One reply","Una respuesta","singular"
        "%(n)d replies","%(n)d respuestas","plural"

    The kind is left out for messages without a number. For languages with more than two forms it
    can be a CLDR category (``one few many other``), on rows whose message is the plural one; that
    takes Babel, which ``pip install tornado-locale[cldr]`` brings.

    Without ``encoding``, a file is UTF-8 unless it begins with a byte order mark of UTF-16.

    Files and rows that cannot be used are logged with their place, and skipped. Raises
    `NotADirectoryError` or `FileNotFoundError` if ``directory`` is no directory, and
    `UnicodeDecodeError` for a file in another encoding.
    """
    catalogues: dict[str, Translations] = {}
    for name in sorted(os.listdir(existing_directory(directory))):
        stem, extension = os.path.splitext(name)
        if extension != ".csv":
            continue
        path = os.path.join(directory, name)
        code = parse_code(stem, exact=True)
        if code is None:
            gen_log.error("%s is skipped: %r is no locale code such as pt_BR", path, stem)
            continue
        catalogues[str(code)] = _read(path, str(code), encoding)
    _install(catalogues)


def _install(catalogues: Mapping[str, Translations]) -> None:
    registry.install(lambda code: CSVLocale(code, catalogues.get(code, {})), catalogues)
    gen_log.debug("Supported locales: %s", sorted(registry.supported))


def existing_directory(directory: str | os.PathLike[str]) -> str | os.PathLike[str]:
    """``directory``, or an `OSError` that says for what it is missing."""
    if not os.path.exists(directory):
        raise FileNotFoundError(
            errno.ENOENT, "there is no such directory of translations", os.fspath(directory)
        )
    if not os.path.isdir(directory):
        raise NotADirectoryError(
            errno.ENOTDIR, "translations are loaded from a directory", os.fspath(directory)
        )
    return directory


def _read(path: str, code: str, encoding: str | None) -> Translations:
    translations: dict[str, dict[str, str]] = {}
    with open(path, encoding=encoding or _sniff(path), newline="") as file:
        rows = csv.reader(file)
        while True:
            try:
                row = next(rows, None)
            except csv.Error as error:
                gen_log.error("%s:%d is skipped: %s", path, rows.line_num, error)
                continue
            except UnicodeDecodeError as error:
                error.add_note(
                    f"in the translations {path}: give its encoding to load_translations"
                )
                raise
            if row is None:
                return translations
            cells = [cell.strip() for cell in row]
            if not any(cells):
                continue
            problem = _problem(cells, code)
            if problem:
                gen_log.error("%s:%d is skipped: %s", path, rows.line_num, problem)
                continue
            message, translation, kind = [*cells, ""][:3]
            translations.setdefault(kind or "unknown", {})[message] = translation


def _problem(cells: list[str], code: str) -> str | None:
    """What keeps a row from being used."""
    if len(cells) < 2:
        return "expected a message and its translation, got one column"
    kind = cells[2] if len(cells) > 2 else ""
    if kind and kind not in _KINDS:
        return f"the third column is singular, plural, unknown or empty, got {kind!r}"
    if kind in CATEGORIES and plural_rule(code) is None:
        return (
            f"the rule for {kind!r} in {code} is not known: "
            "pip install tornado-locale[cldr], or use singular and plural"
        )
    return None


def _sniff(path: str) -> str:
    with open(path, "rb") as file:
        start = file.read(2)
    return "utf-16" if start in (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE) else "utf-8-sig"


_install({})
