"""The Cookie header, read the way browsers write it.

Laws:
1. Only ``;`` separates cookies, quotes or not: a value cannot smuggle in another cookie.
2. Nothing is refused: servers see what other servers of the domain have set, well formed or not.
3. The time taken is proportional to the length of the header.
"""

from __future__ import annotations

import re

_ESCAPE = re.compile(r"\\(?:([0-3][0-7][0-7])|(.))", re.DOTALL)


def _unescape(match: re.Match[str]) -> str:
    octal: str | None = match[1]
    if octal is not None:
        return chr(int(octal, 8))
    plain: str = match[2]
    return plain


def unquote_cookie(value: str) -> str:
    """The text meant by ``value``: one in double quotes is taken out of them and its escapes
    (a backslash with three octal digits, or with the character itself) are undone."""
    if len(value) < 2 or value[0] != '"' or value[-1] != '"':
        return value
    value = value[1:-1]
    return _ESCAPE.sub(_unescape, value) if "\\" in value else value


def parse_cookie(cookie: str) -> dict[str, str]:
    """The names and values in a Cookie header (RFC 6265 section 5.4).

    A value in double quotes comes out unquoted. A piece without ``=`` is a value whose name is
    empty. Of several cookies with one name, the last counts.

    >>> parse_cookie('session=31d4d96e407aad42; theme="dark blue"')
    {'session': '31d4d96e407aad42', 'theme': 'dark blue'}
    """
    found: dict[str, str] = {}
    quoted = '"' in cookie
    for piece in cookie.split(";"):
        name, equals, value = piece.partition("=")
        if not equals:
            name, value = "", name
        name = name.strip(" \t")
        value = value.strip(" \t")
        if name or value:
            found[name] = unquote_cookie(value) if quoted else value
    return found
