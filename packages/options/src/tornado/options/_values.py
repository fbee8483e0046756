"""From text to values: what can be written after the ``=`` of an option.

Every function takes text and gives the value or raises `Expected`, which says what would be right.
Pure: nothing here knows about options or where the text is from.
"""

from __future__ import annotations

import datetime
import numbers
import re
from collections.abc import Callable
from typing import Any

from tornado.escape import to_unicode

Parser = Callable[[str], Any]


class Expected(ValueError):
    """The text is of another form; the message says of which it should be."""


_TRUE = frozenset(("true", "t", "1", "yes", "y", "on"))
_FALSE = frozenset(("false", "f", "0", "no", "n", "off"))


def parse_bool(text: str) -> bool:
    """true/t/1/yes/y/on or false/f/0/no/n/off, in any case."""
    word = text.strip().lower()
    if word in _TRUE or word in _FALSE:
        return word in _TRUE
    raise Expected("true or false")


#: Forms of a time besides those of ISO 8601. Without a date, the day is 1900-01-01.
_TIME_FORMS = (
    "%a %b %d %H:%M:%S %Y",
    "%Y%m%d %H:%M:%S",
    "%Y%m%d %H:%M",
    "%H:%M:%S",
    "%H:%M",
)


def parse_datetime(text: str) -> datetime.datetime:
    """A date, a time or both: ISO 8601, ``20200131 23:59``, ``23:59``, or as `time.ctime` does."""
    for form in _TIME_FORMS:
        try:
            return datetime.datetime.strptime(text, form)
        except ValueError:
            pass
    try:
        return datetime.datetime.fromisoformat(text)
    except ValueError:
        raise Expected("a time like 2020-01-31 or '2020-01-31 23:59:59' or 23:59") from None


_UNITS = {
    "w": "weeks",
    "d": "days",
    "h": "hours",
    "m": "minutes",
    "min": "minutes",
    "s": "seconds",
    "sec": "seconds",
    "ms": "milliseconds",
    "us": "microseconds",
    "": "seconds",
}
_UNITS |= {full: full for full in _UNITS.values()}
_UNITS |= {full.removesuffix("s"): full for full in _UNITS.values()}

_AMOUNT = re.compile(
    r"\s* ([-+]? (?:[0-9]+ (?:\.[0-9]*)? | \.[0-9]+) (?:[eE][-+]?[0-9]+)?) \s* ([a-z]*) \s*",
    re.VERBOSE,
)


def parse_timedelta(text: str) -> datetime.timedelta:
    """The sum of amounts with units, ``1h30m``, ``2 days -3.5s``; a number alone is seconds."""
    total = datetime.timedelta()
    at = 0
    while at < len(text) or not text:
        match = _AMOUNT.match(text, at)
        if match is None or match[2] not in _UNITS:
            raise Expected("a duration like 90s, 1h30m or '2 days' (units w d h m s ms us)")
        total += datetime.timedelta(**{_UNITS[match[2]]: float(match[1])})
        at = match.end()
    return total


_PARSERS: dict[Any, Parser] = {
    bool: parse_bool,
    str: to_unicode,
    datetime.datetime: parse_datetime,
    datetime.timedelta: parse_timedelta,
}


def parser_of(type_: Callable[[str], Any]) -> Parser:
    """The function that reads text of ``type_``: ``type_`` itself unless it is special here."""
    return _PARSERS.get(type_, type_)


def parse_list(text: str, type_: Callable[[str], Any]) -> list[Any]:
    """Values separated by commas. Among integers, ``2:5`` stands for ``2,3,4,5``."""
    parse = parser_of(type_)
    ranges = isinstance(type_, type) and issubclass(type_, numbers.Integral)
    values: list[Any] = []
    for part in text.split(","):
        if ranges and ":" in part:
            low, _, high = part.partition(":")
            first, last = parse(low), parse(high)
            if last < first:
                raise Expected(f"ranges that go up, unlike {part}")
            values.extend(range(first, last + 1))
        else:
            values.append(parse(part))
    return values
