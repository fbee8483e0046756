"""Dates as HTTP writes them (RFC 9110 section 5.6.7).

Nothing here depends on the locale of the process: the names of days and months are English.
"""

from __future__ import annotations

import re
from calendar import timegm
from datetime import UTC, datetime
from time import gmtime, struct_time

DAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")


def format_timestamp(ts: float | tuple[int, ...] | struct_time | datetime) -> str:
    """A point in time as ``Sun, 27 Jan 2013 18:43:20 GMT``, the form for HTTP headers.

    ``ts`` is seconds since the epoch (int or float; fractions are cut off), a tuple or
    ``time.struct_time`` in UTC, or a ``datetime``: an aware one is converted, a naive one is taken
    to be UTC already. Anything else raises TypeError; a year past 9999, ValueError.

    >>> format_timestamp(1359312200)
    'Sun, 27 Jan 2013 18:43:20 GMT'
    """
    if isinstance(ts, (int, float)):
        year, month, day, hour, minute, second, weekday = gmtime(ts)[:7]
    elif isinstance(ts, datetime):
        year, month, day, hour, minute, second, weekday = ts.utctimetuple()[:7]
    elif isinstance(ts, tuple):  # struct_time is one too; its weekday field need not be right
        year, month, day, hour, minute, second, weekday = gmtime(timegm(ts))[:7]
    else:
        raise TypeError(f"want seconds, a time tuple or a datetime, got {ts!r}")
    if year > 9999:
        raise ValueError(f"HTTP dates have four digits for the year, got the year {year}")
    return (
        f"{DAYS[weekday]}, {day:02d} {MONTHS[month - 1]} {year:04d} "
        f"{hour:02d}:{minute:02d}:{second:02d} GMT"
    )


_MONTH = "(?P<month>" + "|".join(MONTHS) + ")"
_TIME = r"(?P<hour>[0-9]{2}):(?P<minute>[0-9]{2}):(?P<second>[0-9]{2})"
_FORMS = tuple(
    re.compile(form)
    for form in (
        rf"[A-Z][a-z]{{2}}, (?P<day>[0-9]{{2}}) {_MONTH} (?P<year>[0-9]{{4}}) {_TIME} GMT",
        rf"[A-Z][a-z]{{5,8}}, (?P<day>[0-9]{{2}})-{_MONTH}-(?P<year>[0-9]{{2}}) {_TIME} GMT",
        rf"[A-Z][a-z]{{2}} {_MONTH} (?P<day>[ 0-9][0-9]) {_TIME} (?P<year>[0-9]{{4}})",
    )
)


def parse_http_date(text: str) -> datetime | None:
    """The aware ``datetime`` (UTC) that a date header means, or None if it is not a date.

    All three forms that RFC 9110 requires of a recipient are understood: the usual one, the RFC 850
    one with a year of two digits (one that would lie more than 50 years ahead is in the past), and
    that of C's asctime().
    """
    for form in _FORMS:
        if match := form.fullmatch(text):
            break
    else:
        return None
    month = MONTHS.index(match["month"]) + 1
    year = int(match["year"])
    day, hour, minute = int(match["day"]), int(match["hour"]), int(match["minute"])
    second = 59 if match["second"] == "60" else int(match["second"])  # a leap second
    try:
        if len(match["year"]) == 2:
            now = datetime.now(UTC)
            year += now.year - now.year % 100
            if year > now.year + 50:
                year -= 100
        return datetime(year, month, day, hour, minute, second, tzinfo=UTC)
    except ValueError:
        return None
