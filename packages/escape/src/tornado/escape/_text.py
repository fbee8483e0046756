"""Between ``str`` and ``bytes``, always in UTF-8; and two helpers over text.

What is already of the wanted type comes back as the same object, and None stays None, so that these
can stand in front of any optional argument.
"""

from __future__ import annotations

import re
from typing import Any, NoReturn, overload

_BLANKS = re.compile("[\x00-\x20]+")


def _refuse(function: str, value: object) -> NoReturn:
    raise TypeError(
        f"{function}() takes str, bytes or None, got {type(value).__name__};"
        " convert other values with str() first"
    )


@overload
def utf8(value: bytes) -> bytes: ...
@overload
def utf8(value: str) -> bytes: ...
@overload
def utf8(value: None) -> None: ...
def utf8(value: str | bytes | None) -> bytes | None:
    """The bytes of ``value``: a str is encoded as UTF-8, bytes and None come back unchanged.

    Raises TypeError for anything else, UnicodeEncodeError for a str with a lone surrogate.
    """
    if isinstance(value, str):
        return value.encode()
    if value is None or isinstance(value, bytes):
        return value
    _refuse("utf8", value)


@overload
def to_unicode(value: str) -> str: ...
@overload
def to_unicode(value: bytes) -> str: ...
@overload
def to_unicode(value: None) -> None: ...
def to_unicode(value: str | bytes | None) -> str | None:
    """The text of ``value``: bytes are decoded as UTF-8, a str and None come back unchanged.

    Raises TypeError for anything else, UnicodeDecodeError for bytes that are not UTF-8.
    """
    if value is None or isinstance(value, str):
        return value
    if isinstance(value, bytes):
        return value.decode()
    _refuse("to_unicode", value)


# Two names from the days when a native str was bytes; both mean text now.
native_str = to_unicode
to_basestring = to_unicode


def recursive_unicode(obj: Any) -> Any:
    """A copy of ``obj`` with every bytes in it decoded as UTF-8.

    Looks into dicts (keys and values), lists and tuples; everything else is kept as it is.
    """
    if isinstance(obj, bytes):
        return obj.decode()
    if isinstance(obj, dict):
        return {recursive_unicode(k): recursive_unicode(v) for k, v in obj.items()}
    if isinstance(obj, list):
        return [recursive_unicode(item) for item in obj]
    if isinstance(obj, tuple):
        return tuple(recursive_unicode(item) for item in obj)
    return obj


def squeeze(value: str | bytes) -> str:
    """``value`` (bytes as UTF-8) with every run of spaces and control characters made one space,
    and none at the ends."""
    return _BLANKS.sub(" ", to_unicode(value)).strip()
