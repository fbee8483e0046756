"""Choosing a locale by what a browser says it reads: the Accept-Language header.

RFC 9110 section 12.5.4. The header is a stranger's text: the work is linear in its length, and
what is beyond the limits below is not looked at.
"""

from __future__ import annotations

import re

from tornado.locale._locale import Locale
from tornado.locale._registry import registry

MAX_HEADER_LENGTH = 4096
MAX_LANGUAGES = 64

# RFC 9110 section 12.4.2, with as many digits as anybody likes to send.
_WEIGHT = re.compile(r"[ \t]*[qQ][ \t]*=[ \t]*([01](?:\.[0-9]*)?)[ \t]*", re.ASCII)


def accepted_languages(header: str) -> list[str]:
    """The language tags of an Accept-Language value, most wanted first, the refused left out.

    Entries that are not of the grammar are passed over.
    """
    weighted: list[tuple[float, str]] = []
    for entry in header[:MAX_HEADER_LENGTH].split(",", MAX_LANGUAGES)[:MAX_LANGUAGES]:
        tag, semicolon, parameter = entry.partition(";")
        weight = 1.0
        if semicolon:
            match = _WEIGHT.fullmatch(parameter)
            if match is None or float(match[1]) > 1:
                continue
            weight = float(match[1])
        tag = tag.strip(" \t")
        if tag and weight > 0:
            weighted.append((-weight, tag))
    weighted.sort(key=lambda item: item[0])  # stable: equals stay in the order of the header
    return [tag for _, tag in weighted]


def from_accept_language(header: str | None, default: str | None = None) -> Locale:
    """The supported locale that suits an Accept-Language header best.

    The languages are tried in the order of their weights. Each is looked up as `get_closest` does;
    if that finds nothing, any supported locale of the same language serves (``fr`` is content with
    ``fr_CA``). If no language of the header is supported or there is no header, the locale is that
    closest to ``default``, which is the default locale if not given.

    This never raises for a header, whatever is in it.
    """
    for tag in accepted_languages(header or ""):
        if tag == "*":
            break
        code = registry.lookup(tag) or registry.same_language(tag)
        if code is not None:
            return Locale.get(code)
    return Locale.get_closest(default)
