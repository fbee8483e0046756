"""Header values of the form ``value; name=text; other="quoted text"``.

One pass from left to right, at a cost proportional to the length, whatever quotes, semicolons and
spaces it is made of.
"""

from __future__ import annotations

import re
from urllib.parse import unquote_to_bytes

# Each piece can begin in one way only, and possessive repetition (``++``) never gives back: no
# input makes the expression try twice.
_quoted = re.compile(r'"((?:[^"\\]++|\\.)*+)"', re.DOTALL).match
_plain = re.compile(r"[^;]*+").match
_name = re.compile(r"[ \t;]*+([^=;]*+)").match
_end = re.compile(r"[ \t]*+(?=;|\Z)").match

# Browsers escape only these two; a backslash before anything else is part of a Windows path.
_undo_escapes = re.compile(r'\\(["\\])').sub

_CHARSETS = {"utf-8": "utf-8", "iso-8859-1": "latin-1", "us-ascii": "ascii"}


def parse_parameters(line: str) -> tuple[str, dict[str, str]]:
    """``("form-data", {"name": "a;b"})`` for ``form-data; name="a;b"``.

    Names come out in lower case, the value before the first ``;`` as it is. A parameter ``name*``
    in the extended notation of RFC 8187 is decoded and takes the place of a plain ``name``; one in
    a charset other than UTF-8, ISO-8859-1 and US-ASCII, or escaped wrongly, is as if absent. Pieces
    without ``=`` are skipped. ValueError is raised for a quoted text that does not end, or is not
    all of its value, and for a name that occurs twice (RFC 6266 section 4.1).
    """
    value, _, rest = line.partition(";")
    plain: dict[str, str] = {}
    extended: dict[str, str] = {}
    position, end = 0, len(rest)
    while position < end:
        match = _name(rest, position)
        assert match is not None  # it can be empty
        name = match[1].rstrip(" \t").lower()
        position = match.end()
        if not rest.startswith("=", position):
            continue
        position += 1
        while rest.startswith((" ", "\t"), position):
            position += 1
        if rest.startswith('"', position):
            match = _quoted(rest, position)
            if match is None:
                raise ValueError(f"the quoted text of {name[:40]!r} does not end")
            text = _undo_escapes(r"\1", match[1])
            after = _end(rest, match.end())
            if after is None:
                raise ValueError(f"something follows the quoted text of {name[:40]!r}")
            position = after.end()
        else:
            match = _plain(rest, position)
            assert match is not None  # it can be empty
            text = match[0].rstrip(" \t")
            position = match.end()
        if name in plain:
            raise ValueError(f"the parameter {name[:40]!r} occurs twice")
        plain[name] = text
        if name.endswith("*") and (decoded := _decode_extended(text)) is not None:
            extended[name[:-1]] = decoded
    plain.update(extended)
    return value.strip(" \t"), plain


def _decode_extended(text: str) -> str | None:
    """What ``UTF-8'en'%e2%82%ac`` means, or None if it cannot be told."""
    charset, _, rest = text.partition("'")
    codec = _CHARSETS.get(charset.lower())
    _language, quote, escaped = rest.partition("'")
    if codec is None or not quote:
        return None
    try:
        return unquote_to_bytes(escaped).decode(codec)
    except UnicodeDecodeError:
        return None
