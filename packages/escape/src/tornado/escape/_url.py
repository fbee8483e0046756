"""Percent-encoding of URLs, and query strings. All of it linear in the size of its input.

What needs no decoding is the usual case, and leaves after one search.
"""

from __future__ import annotations

from typing import overload
from urllib.parse import quote, quote_plus, unquote, unquote_to_bytes

from tornado.escape._text import to_unicode


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


def _unquote_field(field: bytes) -> bytes:
    if b"+" in field:
        field = field.replace(b"+", b" ")
    return unquote_to_bytes(field) if b"%" in field else field


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
    if isinstance(qs, str):
        qs = qs.encode("latin-1")
    separators = qs.count(b"&")
    if max_num_fields is not None and separators >= max_num_fields:
        raise ValueError(
            f"query string of {separators + 1} fields, of which at most {max_num_fields} are"
            " accepted (max_num_fields)"
        )
    # Decoding nothing is the usual case; one look at the whole saves four at every field.
    coded = b"%" in qs or b"+" in qs
    for field in qs.split(b"&"):
        name, equals, value = field.partition(b"=")
        if not value:
            if not equals and strict_parsing:
                raise ValueError(f"query field {field!r} has no '=' (strict_parsing)")
            if not (keep_blank_values and field):
                continue
        if coded:
            name = _unquote_field(name)
            value = _unquote_field(value)
        key = name.decode("latin-1")
        if key in fields:
            fields[key].append(value)
        else:
            fields[key] = [value]
    return fields
