"""Signed values: the formats on the wire, and everything a client may try with them."""

import base64
import hashlib
import hmac

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tornado.web import (
    DEFAULT_SIGNED_VALUE_MIN_VERSION,
    DEFAULT_SIGNED_VALUE_VERSION,
    MAX_SUPPORTED_SIGNED_VALUE_VERSION,
    MIN_SUPPORTED_SIGNED_VALUE_VERSION,
    create_signed_value,
    decode_signed_value,
    get_signature_key_version,
)

SECRET = "s3cret"
THEN = 1300000000
DAY = 86400

# As released versions of the framework of this API write them.
V1 = b"dg==|1300000000|ef8a720c08fea6a0968ef2221b5943cd2a9bde4c"
V2 = (
    b"2|1:0|10:1300000000|1:n|4:dg==|"
    b"878987bac61a8eb51c469c0fa0bc62bc90c02a006ff468c59dfadc3579ba4464"
)
V2_KEY_3_OF_DICT = (
    b"2|1:3|10:1300000000|1:n|4:dg==|"
    b"49b8adbcd0ee0fe72ed16ad8e09ed540cfe568f2a3dcf61c94258a70d6127772"
)


def then():
    return THEN


def sign(value="v", secret=SECRET, name="n", clock=then, **more):
    return create_signed_value(secret, name, value, clock=clock, **more)


def read(signed, secret=SECRET, name="n", clock=then, **more):
    return decode_signed_value(secret, name, signed, clock=clock, **more)


def test_the_formats_on_the_wire():
    assert sign() == V2
    assert sign(version=2) == V2
    assert sign(version=1) == V1
    assert sign(secret={0: "a", 3: "b"}, key_version=3) == V2_KEY_3_OF_DICT
    assert sign(secret=SECRET.encode(), name=b"n", value=b"v") == V2
    assert sign(clock=lambda: THEN + 0.9) == V2


def test_the_versions_that_there_are():
    assert (MIN_SUPPORTED_SIGNED_VALUE_VERSION, MAX_SUPPORTED_SIGNED_VALUE_VERSION) == (1, 2)
    assert (DEFAULT_SIGNED_VALUE_MIN_VERSION, DEFAULT_SIGNED_VALUE_VERSION) == (1, 2)


def test_both_formats_are_read():
    assert read(V1) == b"v"
    assert read(V2) == b"v"
    assert read(V2.decode()) == b"v"
    assert read(V2_KEY_3_OF_DICT, secret={3: b"b"}) == b"v"


@given(st.binary(), st.sampled_from([1, 2]), st.integers(0, 2**40))
def test_any_value_comes_back(value, version, now):
    signed = sign(value, version=version, clock=lambda: now)
    # A version 1 timestamp of 0 has a leading zero, which none of our time has.
    expected = value if now or version == 2 else None
    assert read(signed, clock=lambda: now) == expected


def test_min_version():
    assert read(V1, min_version=2) is None
    assert read(V2, min_version=2) == b"v"
    with pytest.raises(ValueError, match="min_version can be 1 or 2, not 3"):
        read(V2, min_version=3)


def test_age():
    for signed in (V1, V2):
        assert read(signed, clock=lambda: THEN + 31 * DAY) == b"v"
        assert read(signed, clock=lambda: THEN + 31 * DAY + 1) is None
        assert read(signed, clock=lambda: THEN + 2 * DAY, max_age_days=1) is None
        assert read(signed, clock=lambda: THEN + DAY / 4, max_age_days=0.5) == b"v"


def test_a_clock_that_runs_ahead_is_forgiven_but_not_a_month():
    for signed in (V1, V2):
        assert read(signed, clock=lambda: THEN - 31 * DAY) == b"v"
        assert read(signed, clock=lambda: THEN - 31 * DAY - 1) is None


def test_the_name_is_part_of_it():
    for signed in (V1, V2):
        assert read(signed, name="m") is None
    for version in (1, 2):
        assert read(sign(name="na", version=version), name="n") is None


def test_another_secret():
    for signed in (V1, V2):
        assert read(signed, secret="other") is None
        assert read(signed, secret=b"other") is None


@pytest.mark.parametrize("payload", [b"11110000", b"11112222"])
def test_digits_moved_from_the_value_to_the_timestamp(payload):
    # Version 1 signs its parts without marks between them.
    genuine = sign(base64.b64decode(payload), version=1)
    signed_payload, stamp, signature = genuine.split(b"|")
    assert signed_payload == payload
    for moved in range(1, len(payload) + 1):
        forged = b"|".join((payload[:-moved], payload[-moved:] + stamp, signature))
        assert read(forged) is None


@given(st.sampled_from([V1, V2]), st.data())
def test_no_byte_can_be_changed(signed, data):
    at = data.draw(st.integers(0, len(signed) - 1))
    byte = data.draw(st.integers(0, 255))
    changed = signed[:at] + bytes([byte]) + signed[at + 1 :]
    assert read(changed) == (b"v" if changed == signed else None)


@given(st.one_of(st.binary(), st.text(), st.from_regex(rb"\A2(\|\d{0,3}:?\w*){0,6}\Z")))
def test_whatever_comes_reading_it_never_fails(junk):
    assert read(junk) is None
    get_signature_key_version(junk)


@pytest.mark.parametrize(
    "junk",
    [
        None,
        "",
        b"",
        b"|",
        b"||",
        b"2|",
        b"2||||",
        b"3|1:0|10:1300000000|1:n|4:dg==|00",
        b"999|x",
        b"0|x|y",
        V2 + b"0",
        V2[:-1],
        V2.upper(),
        b" " + V2,
        b"|" + V2,
        V2.replace(b"2|1:0|", b"2|+1:0|"),
        V2.replace(b"2|1:0|", b"2| 1:0|"),
        V2.replace(b"2|1:0|", b"2|0_1:0|"),
        V2.replace(b"2|1:0|", b"2|-1:0|"),
        V2.replace(b"2|1:0|", b"2|" + b"9" * 5000 + b":0|"),
        V2.decode().replace("10:", "1\u0660:"),
        "2|1:\u0660|" + V2.decode()[6:],
        "\ud800",
    ],
)
def test_what_is_no_signed_value(junk):
    assert read(junk) is None


@pytest.mark.parametrize(
    "head",
    [
        b"2|1:x|10:1300000000|1:n|4:dg==|",
        b"2|2:+0|10:1300000000|1:n|4:dg==|",
        b"2|1:0|3:1e9|1:n|4:dg==|",
        b"2|1:0|11:+1300000000|1:n|4:dg==|",
        b"2|+1:0|10:1300000000|1:n|4:dg==|",
        b"2|1:0|10:1300000000|1:n;4:dg==|",
        b"2|1:0|10:1300000000|1:n|3:dg=|",
        b"2|1:0|10:1300000000|1:n|5:d g==|",
    ],
)
def test_a_signature_does_not_excuse_a_wrong_form(head):
    signature = hmac.new(SECRET.encode(), head, hashlib.sha256).hexdigest().encode()
    assert read(head + signature) is None


def test_keys_are_chosen_by_number():
    secrets = {0: "old", 1: "new"}
    assert read(sign(secret=secrets, key_version=0), secret=secrets) == b"v"
    assert read(sign(secret=secrets, key_version=1), secret=secrets) == b"v"
    assert read(sign(secret=secrets, key_version=0), secret={1: "new"}) is None
    assert read(V1, secret=secrets) is None


def test_the_number_of_the_key_can_be_asked_for():
    assert get_signature_key_version(V2) == 0
    assert get_signature_key_version(V2_KEY_3_OF_DICT.decode()) == 3
    for junk in (V1, "", "zz", "2|1:x|3:abc", "2"):
        assert get_signature_key_version(junk) is None


@pytest.mark.parametrize(
    "secret, more, error, message",
    [
        ("", {}, ValueError, "the secret for signing is empty"),
        (b"", {}, ValueError, "the secret for signing is empty"),
        ({0: ""}, {"key_version": 0}, ValueError, "the secret for signing is empty"),
        (None, {}, TypeError, "must be a str, bytes or a dict of key versions, not NoneType"),
        (5, {}, TypeError, "must be a str, bytes or a dict of key versions, not int"),
        ({0: "a"}, {}, ValueError, "say with key_version which one"),
        ({0: "a", 2: "b"}, {"key_version": 1}, ValueError, "no key of version 1.*has 0, 2"),
        ({0: "a"}, {"version": 1}, ValueError, "no room for a key version"),
        ("a", {"version": 3}, ValueError, "have version 1 or 2, not 3"),
    ],
)
def test_a_secret_that_cannot_work_is_said_to_be_one(secret, more, error, message):
    with pytest.raises(error, match=message):
        sign(secret=secret, **more)


def test_reading_with_a_secret_that_cannot_work():
    with pytest.raises(ValueError, match="is empty"):
        read(V2, secret="")
    with pytest.raises(TypeError, match="not NoneType"):
        read(V2, secret=None)
