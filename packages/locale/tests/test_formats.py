"""Dates, lists and numbers."""

import datetime

import pytest

import tornado.locale
from tornado.locale import CSVLocale

UTC = datetime.UTC
TD = datetime.timedelta
THEN = datetime.datetime(2013, 4, 28, 18, 35)


@pytest.fixture
def en():
    return tornado.locale.get("en_US")


def now():
    return datetime.datetime.now(UTC)


@pytest.mark.parametrize(
    ("age", "text"),
    [
        (TD(seconds=2), "2 seconds ago"),
        (TD(seconds=40), "40 seconds ago"),
        (TD(seconds=60), "1 minute ago"),
        (TD(minutes=2), "2 minutes ago"),
        (TD(minutes=49), "49 minutes ago"),
        (TD(minutes=55), "1 hour ago"),
        (TD(hours=5), "5 hours ago"),
        (TD(hours=-0.01), "0 seconds ago"),  # a clock that is a little ahead
    ],
)
@pytest.mark.parametrize("naive", [False, True])
def test_relative(en, age, text, naive):
    # Half a second of leeway in each direction: the clock goes on between here and there.
    date = now() - age - (TD(milliseconds=200) if age > TD(0) else TD(0))
    got = en.format_date(date.replace(tzinfo=None) if naive else date)
    assert got == text
    assert en.format_date(date.timestamp()) == text


def test_one_second(en):
    assert CSVLocale("en_US", {})._ago(1) == "1 second ago"


def clock(date):
    hour = date.hour % 12 or 12
    return f"{hour}:{date.minute:02d} {'pm' if date.hour >= 12 else 'am'}"


def test_days(en):
    # At noon by the reader's clock, whatever time it is here.
    today = now()
    offset = (today.hour - 12) * 60 + today.minute
    local_now = today - TD(minutes=offset)

    def said(age, **kwargs):
        return en.format_date(today - age, gmt_offset=offset, **kwargs)

    yesterday = TD(days=1, minutes=5)
    assert said(yesterday) == f"yesterday at {clock(local_now - yesterday)}"
    assert said(yesterday, shorter=True) == "yesterday"
    three = local_now - TD(days=3, minutes=5)
    weekday = f"{three:%A}"
    assert said(TD(days=3, minutes=5)) == f"{weekday} at {clock(three)}"
    assert said(TD(days=3, minutes=5), shorter=True) == weekday
    month = local_now - TD(days=100)
    assert said(TD(days=100)) == f"{month:%B} {month.day} at {clock(month)}"
    assert said(TD(days=100), shorter=True) == f"{month:%B} {month.day}"
    assert said(TD(minutes=5), relative=False) == clock(local_now - TD(minutes=5))
    assert said(yesterday, relative=False).split(" at ")[0] == f"{local_now - yesterday:%A}"


def test_full(en):
    assert en.format_date(THEN) == "April 28, 2013 at 6:35 pm"
    assert en.format_date(THEN, shorter=True) == "April 28, 2013"
    assert en.format_date(now(), full_format=True).count(str(now().year)) == 1
    assert en.format_date(THEN, gmt_offset=300) == "April 28, 2013 at 1:35 pm"
    assert en.format_date(THEN, gmt_offset=-600) == "April 29, 2013 at 4:35 am"
    assert en.format_date(0) == "January 1, 1970 at 12:00 am"
    noon = datetime.datetime(2013, 4, 28, 12, 5)
    assert en.format_date(noon) == "April 28, 2013 at 12:05 pm"


def test_time_zones(en):
    tokyo = datetime.timezone(TD(hours=9))
    assert en.format_date(THEN.replace(tzinfo=tokyo)) == "April 28, 2013 at 9:35 am"


def test_the_future_is_given_in_full(en):
    later = now() + TD(hours=2)
    said = en.format_date(later)
    assert said == f"{later:%B} {later.day}, {later.year} at {clock(later)}"
    soon = now() + TD(seconds=30)
    assert str(soon.year) in en.format_date(soon, relative=False)


def test_clocks():
    assert CSVLocale("fr", {}).format_date(THEN) == "April 28, 2013 at 18:35"
    assert CSVLocale("zh_CN", {}).format_date(THEN) == "April 28, 2013 at 下午6:35"
    early = THEN.replace(hour=0)
    assert CSVLocale("zh_CN", {}).format_date(early) == "April 28, 2013 at 上午12:35"
    assert CSVLocale("de", {}).format_date(early) == "April 28, 2013 at 0:35"


def test_patterns_are_translated():
    fr = CSVLocale(
        "fr",
        {
            "unknown": {
                "April": "avril",
                "Sunday": "dimanche",
                "%(month_name)s %(day)s, %(year)s at %(time)s": (
                    "le %(day)s %(month_name)s %(year)s, %(time)s"
                ),
                "%(weekday)s, %(month_name)s %(day)s": "%(weekday)s %(day)s %(month_name)s",
                "%(commas)s and %(last)s": "%(commas)s et %(last)s",
            },
            "plural": {"%(minutes)d minutes ago": "il y a %(minutes)d minutes"},
        },
    )
    assert fr.format_date(THEN) == "le 28 avril 2013, 18:35"
    assert fr.format_day(THEN) == "dimanche 28 avril"
    assert fr.list(["a", "b"]) == "a et b"
    assert fr._ago(300) == "il y a 5 minutes"


def test_a_date_is_a_datetime_or_seconds(en):
    with pytest.raises(TypeError, match="seconds since 1970, got '2013'"):
        en.format_date("2013")


def test_format_day(en):
    assert en.format_day(THEN) == "Sunday, April 28"
    assert en.format_day(THEN, dow=False) == "April 28"
    assert en.format_day(THEN, gmt_offset=-600) == "Monday, April 29"


@pytest.mark.parametrize(
    ("parts", "text"),
    [
        ([], ""),
        (["A"], "A"),
        (["A", "B"], "A and B"),
        (("A", "B", "C"), "A, B and C"),
        ([1, 2, 3], "1, 2 and 3"),
    ],
)
def test_list(en, parts, text):
    assert en.list(parts) == text


def test_list_in_persian():
    assert CSVLocale("fa_IR", {}).list(["a", "b", "c"]) == "a و b and c"


@pytest.mark.parametrize(
    ("value", "text"),
    [(0, "0"), (999, "999"), (1000, "1,000"), (1234567, "1,234,567"), (-1234, "-1,234")],
)
def test_friendly_number(en, value, text):
    assert en.friendly_number(value) == text
    assert CSVLocale("de", {}).friendly_number(value) == str(value)
