"""Dates, lists and numbers in words.

The English patterns here are messages: they go through `translate` as any text of the program
does, so a catalogue that has them decides on order and punctuation.
"""

from __future__ import annotations

import datetime
from collections.abc import Sequence
from typing import Any

MONTHS = [
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
]
WEEKDAYS = ["Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"]

# Between now and these many seconds or days, the pattern is that of its row.
_SECONDS_SHOWN = 50
_MINUTES_SHOWN = 50
_WEEKDAYS_SHOWN = 5
_YEAR_HIDDEN = 334

_TWELVE_HOURS = ("en", "en_US")


class Formats:
    """The part of a `Locale` that formats; it needs ``code`` and `translate` beside it."""

    code: str

    def translate(
        self, message: str, plural_message: str | None = None, count: int | None = None
    ) -> str:
        """The translation of ``message``."""
        raise NotImplementedError

    def format_date(
        self,
        date: int | float | datetime.datetime,
        gmt_offset: int = 0,
        relative: bool = True,
        shorter: bool = False,
        full_format: bool = False,
    ) -> str:
        """A time as people say it: "2 minutes ago", "yesterday at 3:05 pm", "April 28 at 18:35".

        ``date`` is a `datetime` (UTC if it has no time zone) or seconds since 1970;
        ``gmt_offset`` is what to take off UTC for the reader's clock, in minutes: 300 in New York
        in winter. ``relative=False`` says times of the day instead of "2 minutes ago",
        ``shorter=True`` leaves them out for other days, and ``full_format=True`` gives date and
        time in any case.

        Times in the past only: one that is ahead by more than clocks disagree is given in full.
        """
        then = _utc(date)
        now = datetime.datetime.now(datetime.UTC)
        if then > now:
            if relative and (then - now).total_seconds() < 60:
                then = now
            else:
                full_format = True
        offset = datetime.timedelta(minutes=gmt_offset)
        local = then - offset
        age = now - then
        pattern = None
        if not full_format:
            if relative and age.days == 0:
                return self._ago(age.seconds)
            yesterday = (now - offset - datetime.timedelta(days=1)).date()
            pattern = self._near_pattern(
                age.days, relative and age.days == 1 and local.date() == yesterday, shorter
            )
        if pattern is None:
            day = self.translate("%(month_name)s %(day)s, %(year)s")
            with_time = self.translate("%(month_name)s %(day)s, %(year)s at %(time)s")
            pattern = day if shorter else with_time
        return pattern % {
            "month_name": self.translate(MONTHS[local.month - 1]),
            "weekday": self.translate(WEEKDAYS[local.weekday()]),
            "day": str(local.day),
            "year": str(local.year),
            "time": self._clock(local),
        }

    def _ago(self, seconds: int) -> str:
        if seconds < _SECONDS_SHOWN:
            return self.translate("1 second ago", "%(seconds)d seconds ago", seconds) % {
                "seconds": seconds
            }
        if seconds < _MINUTES_SHOWN * 60:
            minutes = round(seconds / 60)
            return self.translate("1 minute ago", "%(minutes)d minutes ago", minutes) % {
                "minutes": minutes
            }
        hours = round(seconds / 3600)
        return self.translate("1 hour ago", "%(hours)d hours ago", hours) % {"hours": hours}

    def _near_pattern(self, days: int, is_yesterday: bool, shorter: bool) -> str | None:
        """The pattern for a time less than a year back, None for older ones."""
        if days == 0:
            return self.translate("%(time)s")
        if is_yesterday:
            return self.translate("yesterday" if shorter else "yesterday at %(time)s")
        if days < _WEEKDAYS_SHOWN:
            return self.translate("%(weekday)s" if shorter else "%(weekday)s at %(time)s")
        if days < _YEAR_HIDDEN:
            day = "%(month_name)s %(day)s"
            return self.translate(day if shorter else day + " at %(time)s")
        return None

    def _clock(self, local: datetime.datetime) -> str:
        minute = f"{local.minute:02d}"
        hour = local.hour % 12 or 12
        if self.code in _TWELVE_HOURS:
            return f"{hour}:{minute} {'pm' if local.hour >= 12 else 'am'}"
        if self.code == "zh_CN":
            return f"{'下午' if local.hour >= 12 else '上午'}{hour}:{minute}"
        return f"{local.hour}:{minute}"

    def format_day(self, date: datetime.datetime, gmt_offset: int = 0, dow: bool = True) -> str:
        """A day without its year: "Monday, January 22", or "January 22" with ``dow=False``."""
        local = date - datetime.timedelta(minutes=gmt_offset)
        pattern = "%(month_name)s %(day)s"
        if dow:
            pattern = "%(weekday)s, " + pattern
        return self.translate(pattern) % {
            "month_name": self.translate(MONTHS[local.month - 1]),
            "weekday": self.translate(WEEKDAYS[local.weekday()]),
            "day": str(local.day),
        }

    def list(self, parts: Sequence[Any]) -> str:
        """An enumeration: "A, B and C", "A and B" or "A"; an empty one is empty."""
        if len(parts) < 2:
            return str(parts[0]) if parts else ""
        comma = " و " if self.code.startswith("fa") else ", "
        pattern = self.translate("%(commas)s and %(last)s")
        return pattern % {"commas": comma.join(map(str, parts[:-1])), "last": parts[-1]}

    def friendly_number(self, value: int) -> str:
        """A whole number with a comma between thousands in English, without elsewhere."""
        return f"{value:,}" if self.code in ("en", "en_US") else str(value)


def _utc(date: int | float | datetime.datetime) -> datetime.datetime:
    if isinstance(date, (int, float)):
        return datetime.datetime.fromtimestamp(date, datetime.UTC)
    if not isinstance(date, datetime.datetime):
        raise TypeError(
            f"a date is a datetime or seconds since 1970, got {date!r} ({type(date).__name__})"
        )
    if date.tzinfo is None:
        return date.replace(tzinfo=datetime.UTC)
    return date.astimezone(datetime.UTC)
