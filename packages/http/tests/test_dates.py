"""Dates in headers: format_timestamp and the reader of the three forms of RFC 9110 5.6.7."""

import time
from datetime import UTC, datetime, timedelta, timezone

import pytest

from tornado.httputil import format_timestamp
from tornado.httputil._dates import parse_http_date

SECONDS = 1359312200
TEXT = "Sun, 27 Jan 2013 18:43:20 GMT"
MOMENT = datetime(2013, 1, 27, 18, 43, 20, tzinfo=UTC)


@pytest.mark.parametrize(
    "given",
    [
        SECONDS,
        SECONDS + 0.9,
        time.gmtime(SECONDS),
        tuple(time.gmtime(SECONDS)),
        (2013, 1, 27, 18, 43, 20),
        MOMENT,
        MOMENT.replace(tzinfo=None),
        MOMENT.astimezone(timezone(timedelta(hours=2))),
    ],
)
def test_every_kind_of_timestamp_gives_the_same_text(given):
    assert format_timestamp(given) == TEXT


def test_the_epoch_and_before():
    assert format_timestamp(0) == "Thu, 01 Jan 1970 00:00:00 GMT"
    assert format_timestamp(-1) == "Wed, 31 Dec 1969 23:59:59 GMT"


@pytest.mark.parametrize("given", ["2013", None, b"1", object()])
def test_what_is_no_time_is_a_type_error_that_shows_it(given):
    with pytest.raises(TypeError, match="got"):
        format_timestamp(given)


def test_a_year_of_five_digits_is_a_value_error():
    with pytest.raises(ValueError, match="33658"):
        format_timestamp(1e12)


@pytest.mark.parametrize(
    "text",
    [
        "Sun, 06 Nov 1994 08:49:37 GMT",
        "Sunday, 06-Nov-94 08:49:37 GMT",
        "Sun Nov  6 08:49:37 1994",
    ],
)
def test_a_recipient_must_accept_all_three_date_formats(text):
    assert parse_http_date(text) == datetime(1994, 11, 6, 8, 49, 37, tzinfo=UTC)


def test_a_two_digit_year_more_than_50_years_ahead_is_in_the_past():
    year = datetime.now(UTC).year
    assert parse_http_date(f"Sunday, 06-Nov-{(year + 51) % 100:02d} 08:49:37 GMT").year == year - 49
    assert parse_http_date(f"Sunday, 06-Nov-{(year + 49) % 100:02d} 08:49:37 GMT").year == year + 49


def test_a_leap_second_is_a_date():
    assert parse_http_date("Sat, 31 Dec 2016 23:59:60 GMT").second == 59


@pytest.mark.parametrize(
    "text",
    [
        "",
        "0",
        "Sun, 06 Nov 1994 08:49:37",
        "Sun, 06 Nov 1994 08:49:37 +0000",
        "Sun, 31 Feb 1994 08:49:37 GMT",
        "Sun, 06 Nov 0000 08:49:37 GMT",
        "Sun, 06 Nov 1994 24:00:00 GMT",
        "Sun, 06 Nov 1994 08:49:37 GMT\n",
        "Sun, \u0660\u0666 Nov 1994 08:49:37 GMT",
        "Sun, 06 Nov 1994 08:49:37 GMT" * 10000,
    ],
)
def test_what_is_no_date_is_none(text):
    assert parse_http_date(text) is None


def test_what_is_formatted_is_read_back():
    for seconds in range(-(10**9), 4 * 10**9, 123_456_789):
        assert parse_http_date(format_timestamp(seconds)).timestamp() == seconds
