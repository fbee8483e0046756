"""Percent-encoding of URLs, and query strings. All of it linear in the size of its input.

What needs no decoding is the usual case, and leaves after one search.
"""

from __future__ import annotations

import re
from typing import overload
from urllib.parse import quote, quote_plus, unquote, unquote_to_bytes

from tornado.escape._text import to_unicode

_stray_percent = re.compile("%(?![0-9A-Fa-f]{2})").search
_DIGITS = "0123456789abcdefABCDEF"
# What two digits stand for, in Latin-1; but not of those whose meaning depends on the moment at
# which they are decoded.
_CHARACTERS = {
    pair: chr(int(pair, 16))
    for pair in (high + low for high in _DIGITS for low in _DIGITS)
    if chr(int(pair, 16)) not in "%&="
}
_FEW = 8  # different escapes


def url_escape(value: str | bytes, plus: bool = True) -> str:
    """Percent-encode ``value`` (str as UTF-8) so that it can stand in a URL.

    ``plus=True`` is for a query string: a space is ``+`` and ``/`` is encoded. ``plus=False`` is
    for a path: a space is ``%20`` and ``/`` stays. Raises TypeError for what is not str or bytes.
    """
    return quote_plus(value) if plus else quote(value)


@overload
def url_unescape(value: str | bytes, encoding: None, plus: bool = True) -> bytes: ...
@overload
def url_unescape(value: str | bytes, encoding: str = "utf-8", plus: bool = True) -> str: ...
def url_unescape(
    value: str | bytes, encoding: str | None = "utf-8", plus: bool = True
) -> str | bytes:
    """Undo percent-encoding.

    The bytes that come out are decoded with ``encoding`` (U+FFFD for what cannot be); with None
    they are returned as bytes. ``plus=True`` makes ``+`` a space, as in a query string; in a path
    it means itself: pass False. A ``%`` without two hexadecimal digits stays as it is.
    """
    text = to_unicode(value)
    if text is None:
        raise TypeError("url_unescape() takes str or bytes, got None")
    if plus and "+" in text:
        text = text.replace("+", " ")
    if encoding is None:
        return unquote_to_bytes(text) if "%" in text else text.encode()
    return unquote(text, encoding) if "%" in text else text


def parse_qs_bytes(
    qs: str | bytes,
    keep_blank_values: bool = False,
    strict_parsing: bool = False,
    *,
    max_num_fields: int | None = None,
) -> dict[str, list[bytes]]:
    """Split a query string, or a form body of that shape, into names and their values.

    Names are str (each byte the character of that number, ISO-8859-1) and values are bytes in their
    order, for the caller to decode: nobody says in which encoding a browser sent them. Fields are
    separated by ``&`` alone.

    - ``keep_blank_values``: keep ``a=`` and ``a``, as ``b""``; otherwise they are left out.
    - ``strict_parsing``: a field without ``=`` raises ValueError.
    - ``max_num_fields``: ValueError if there are more, before any of them is looked at.
    - A str ``qs`` with characters past U+00FF raises UnicodeEncodeError, a ValueError.
    """
    fields: dict[str, list[bytes]] = {}
    if not qs:
        return fields
    if isinstance(qs, bytes):
        qs = qs.decode("latin-1")
    elif not qs.isascii():
        qs.encode("latin-1")
    if max_num_fields is not None and len(qs) >= max_num_fields:
        separators = qs.count("&")
        if separators >= max_num_fields:
            raise ValueError(
                f"query string of {separators + 1} fields, of which at most {max_num_fields} are"
                " accepted (max_num_fields)"
            )
    # One look at the whole saves one at every field.
    if "+" in qs:
        qs = qs.replace("+", " ")
    coded = "%" in qs
    if coded and (decoded := _decode_whole(qs)) is not None:
        qs, coded = decoded, False
    for field in qs.split("&"):
        name, equals, value = field.partition("=")
        if not value:
            if not equals and strict_parsing:
                shown = field.encode("latin-1")
                raise ValueError(f"query field {shown!r} has no '=' (strict_parsing)")
            if not (keep_blank_values and field):
                continue
        raw = value.encode("latin-1")
        if coded:
            name = unquote_to_bytes(name.encode("latin-1")).decode("latin-1")
            raw = unquote_to_bytes(raw)
        if name in fields:
            fields[name].append(raw)
        else:
            fields[name] = [raw]
    return fields


def _decode_whole(text: str) -> str | None:
    """``text`` without its escapes, if they can be undone before it is split: each is whole, and
    none stands for ``&``, ``=`` or ``%``. Otherwise None.

    A text in one language has few different escapes and many of each. Since no ``%`` is stray and
    none is made, undoing one kind after another makes no escape that was not there.
    """
    if _stray_percent(text):
        return None
    for _ in range(_FEW):
        at = text.find("%")
        if at < 0:
            return text
        character = _CHARACTERS.get(text[at + 1 : at + 3])
        if character is None:
            return None
        text = text.replace(text[at : at + 3], character)
    first, *coded = text.split("%")
    try:
        return first + "".join([_CHARACTERS[part[:2]] + part[2:] for part in coded])
    except KeyError:
        return None
