"""What can be written after the = of an option, by type."""

import datetime
from fractions import Fraction

import pytest

from tornado.options import BadValue, Error, OptionParser

D, TD = datetime.datetime, datetime.timedelta


def parse(type_, text, **kwargs):
    parser = OptionParser()
    parser.define("x", type=type_, **kwargs)
    parser.parse_command_line(["prog", f"--x={text}"])
    return parser.x


@pytest.mark.parametrize(
    ("type_", "text", "value"),
    [
        (str, "", ""),
        (str, "a=b, \u00e9", "a=b, \u00e9"),
        (int, "-5", -5),
        (float, "1e3", 1000.0),
        (bool, "true", True),
        (bool, "TRUE", True),
        (bool, "1", True),
        (bool, "t", True),
        (bool, "yes", True),
        (bool, "false", False),
        (bool, "F", False),
        (bool, "0", False),
        (bool, "off", False),
        (D, "2020-01-31", D(2020, 1, 31)),
        (D, "20200131", D(2020, 1, 31)),
        (D, "2020-01-31 23:59:58", D(2020, 1, 31, 23, 59, 58)),
        (D, "2020-01-31 23:59", D(2020, 1, 31, 23, 59)),
        (D, "2020-01-31T23:59", D(2020, 1, 31, 23, 59)),
        (D, "20200131 23:59:58", D(2020, 1, 31, 23, 59, 58)),
        (D, "20200131 23:59", D(2020, 1, 31, 23, 59)),
        (D, "23:59:58", D(1900, 1, 1, 23, 59, 58)),
        (D, "23:59", D(1900, 1, 1, 23, 59)),
        (D, "Thu Jan  1 00:00:01 2015", D(2015, 1, 1, 0, 0, 1)),
        (TD, "90", TD(seconds=90)),
        (TD, "1h30m", TD(minutes=90)),
        (TD, "1 hour 3 min -2s", TD(seconds=3778)),
        (TD, "-1.5d", TD(days=-1.5)),
        (TD, "2 weeks", TD(days=14)),
        (TD, "250ms", TD(milliseconds=250)),
        (TD, "7us", TD(microseconds=7)),
        (TD, "1e2sec", TD(seconds=100)),
        (Fraction, "1/3", Fraction(1, 3)),
    ],
)
def test_text_to_value(type_, text, value):
    got = parse(type_, text)
    assert got == value
    assert type(got) is type(value)


@pytest.mark.parametrize(
    ("type_", "text", "sentence"),
    [
        (int, "x", "option x takes an int, got 'x'"),
        (int, "", "option x takes an int, got ''"),
        (float, "1,5", "option x takes a float, got '1,5'"),
        (bool, "maybe", "option x takes true or false, got 'maybe'"),
        (D, "tomorrow", "option x takes a time like .*, got 'tomorrow'"),
        (D, "2020-02-30", "option x takes a time like .*"),
        (TD, "1 fortnight", "option x takes a duration like .*, got '1 fortnight'"),
        (TD, "", "option x takes a duration like .*"),
        (TD, "1h,", "option x takes a duration like .*"),
        (TD, "1e400d", "option x takes a timedelta, got '1e400d': .*"),
        (Fraction, "1/0", "option x takes a Fraction, got '1/0': .*"),
    ],
)
def test_a_bad_value_is_one_sentence(type_, text, sentence):
    with pytest.raises(BadValue, match=f"^{sentence}$") as caught:
        parse(type_, text)
    assert isinstance(caught.value, Error)
    assert isinstance(caught.value, ValueError)


def test_a_function_as_type():
    assert parse(lambda text: text.split("/"), "a/b") == ["a", "b"]
    parser = OptionParser()
    parser.define("x", type=len)
    parser.x = "anything: its type is not known"
    assert parser.x.startswith("anything")


@pytest.mark.parametrize(
    ("type_", "text", "value"),
    [
        (str, "a,b", ["a", "b"]),
        (str, "1:3", ["1:3"]),
        (str, "", [""]),
        (int, "1:3,7", [1, 2, 3, 7]),
        (int, "4:4", [4]),
        (int, "-2:1", [-2, -1, 0, 1]),
        (float, "1,2.5", [1.0, 2.5]),
        (TD, "1s,2m", [TD(seconds=1), TD(minutes=2)]),
    ],
)
def test_multiple(type_, text, value):
    assert parse(type_, text, multiple=True) == value


@pytest.mark.parametrize("text", ["x", "1:x", "", "1,,2", "5:1"])
def test_multiple_bad(text):
    with pytest.raises(BadValue, match=r"^option x takes .*, got "):
        parse(int, text, multiple=True)


def test_multiple_default_is_an_empty_list():
    parser = OptionParser()
    parser.define("x", multiple=True)
    assert parser.x == []
