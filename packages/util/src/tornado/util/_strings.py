"""Text: the names of its types across Python versions, and undoing `re.escape`."""

from __future__ import annotations

import re

unicode_type = str
bytes_type = bytes
basestring_type = str

_ESCAPED = re.compile(r"\\(.)", re.DOTALL)


def re_unescape(s: str) -> str:
    """The text that `re.escape` turned into ``s``.

    Raises `ValueError` for what `re.escape` never writes: a backslash before an ASCII letter or
    digit is a class or a reference (``\\d``, ``\\1``), which stands for no single text.
    """

    def literal(match: re.Match[str]) -> str:
        character = match[1]
        if character.isascii() and character.isalnum():
            raise ValueError(
                f"{match[0]!r} in {s!r} is not an escaped character: it has no single text"
            )
        return character

    return _ESCAPED.sub(literal, s)


def b(s: str) -> bytes:
    """A byte string from a literal, as programs of Python 2.5 wrote it: ``b("GET /")``."""
    return s.encode("latin1")


def u(s: str) -> str:
    """A text from a literal, as programs for both Python 2 and 3.2 wrote it."""
    return s
