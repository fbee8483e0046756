"""Urlencoded bodies, and which bodies are taken for forms at all."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tornado.httputil import (
    HTTPHeaders,
    HTTPInputError,
    ParseBodyConfig,
    ParseMultipartConfig,
    ParseUrlEncodedConfig,
    parse_body_arguments,
    set_parse_body_config,
)

FORM = "application/x-www-form-urlencoded"
PART = b'--x\r\nContent-Disposition: form-data; name="a"\r\n\r\nb\r\n--x--\r\n'


def parse(content_type, body, headers=None, config=None):
    arguments, files = {}, {}
    parse_body_arguments(content_type, body, arguments, files, headers, config=config)
    assert files == {}
    return arguments


@pytest.mark.parametrize(
    "body, expected",
    [
        (b"", {}),
        (b"a=b", {"a": [b"b"]}),
        (b"a=b&c=d&a=e", {"a": [b"b", b"e"], "c": [b"d"]}),
        (b"a=&b", {"a": [b""], "b": [b""]}),
        (b"=b", {"": [b"b"]}),
        (b"&&a=1&&", {"a": [b"1"]}),
        (b"a=b=c", {"a": [b"b=c"]}),
        (b"a=b;c=d", {"a": [b"b;c=d"]}),
        (b"a+b=c+d%20e%2B", {"a b": [b"c d e+"]}),
        (b"a=%zz%4", {"a": [b"%zz%4"]}),
        (b"a=%26%3D&b=1", {"a": [b"&="], "b": [b"1"]}),
        (b"%e2%82%ac=%e2%82%ac", {"\xe2\x82\xac": [b"\xe2\x82\xac"]}),
        (b"\xe9=\xff", {"\xe9": [b"\xff"]}),
    ],
)
def test_urlencoded(body, expected):
    assert parse(FORM, body) == expected


@pytest.mark.parametrize(
    "content_type", [FORM + "; charset=utf-8", FORM + " ;charset=x", FORM.upper()]
)
def test_the_media_type_ignores_case_and_parameters(content_type):
    assert parse(content_type, b"a=b") == {"a": [b"b"]}


@pytest.mark.parametrize(
    "content_type", ["", "text/plain", FORM + "2", "multipart/mixed; boundary=x"]
)
def test_other_bodies_are_left_alone(content_type):
    assert parse(content_type, PART, HTTPHeaders({"Content-Encoding": "gzip"})) == {}


def test_what_is_there_already_stays():
    arguments = {"a": [b"1"]}
    parse_body_arguments(FORM, b"a=2&b=3", arguments, {})
    assert arguments == {"a": [b"1", b"2"], "b": [b"3"]}


@pytest.mark.parametrize("content_type", [FORM, "multipart/form-data; boundary=x"])
@pytest.mark.parametrize("coding", ["gzip", "identity", ""])
def test_an_encoded_form_is_refused(content_type, coding):
    headers = HTTPHeaders({"content-encoding": coding})
    with pytest.raises(HTTPInputError, match="Content-Encoding") as caught:
        parse(content_type, PART, headers)
    assert caught.value.status == 400


def test_a_thousand_arguments_and_no_more():
    assert len(parse(FORM, b"&".join(b"a%d=1" % i for i in range(1000)))) == 1000
    with pytest.raises(HTTPInputError, match=r"1001 .*1000"):
        parse(FORM, b"&".join(b"a%d=1" % i for i in range(1001)))


def test_the_limit_is_checked_before_splitting():
    with pytest.raises(HTTPInputError):
        parse(FORM, b"&" * 20_000_000)


def test_a_config_given_to_the_call_wins():
    config = ParseBodyConfig(urlencoded=ParseUrlEncodedConfig(max_arguments=2))
    assert parse(FORM, b"a=1&b=2", config=config) == {"a": [b"1"], "b": [b"2"]}
    with pytest.raises(HTTPInputError):
        parse(FORM, b"a=1&b=2&c=3", config=config)


def test_the_default_config_can_be_replaced():
    try:
        set_parse_body_config(
            ParseBodyConfig(ParseMultipartConfig(enabled=False), ParseUrlEncodedConfig(1))
        )
        with pytest.raises(HTTPInputError, match="not accepted"):
            parse("multipart/form-data; boundary=x", PART)
        with pytest.raises(HTTPInputError):
            parse(FORM, b"a=1&b=2")
    finally:
        set_parse_body_config(ParseBodyConfig())
    assert parse("multipart/form-data; boundary=x", PART) == {"a": [b"b"]}
    with pytest.raises(TypeError, match="ParseBodyConfig"):
        set_parse_body_config(ParseMultipartConfig())


@pytest.mark.parametrize(
    "boundary", ["", "; boundary", "; boundary=", '; boundary=""', "; Bound=x"]
)
def test_multipart_without_a_boundary_is_refused(boundary):
    with pytest.raises(HTTPInputError, match="boundary"):
        parse("multipart/form-data" + boundary, PART)


@pytest.mark.parametrize("boundary", ["*=utf-8''%E2%82%AC", "=\u00e9", "*=utf-8''%00"])
def test_a_boundary_that_no_body_can_have(boundary):
    with pytest.raises(HTTPInputError, match="begin"):
        parse("multipart/form-data; boundary" + boundary, PART)


@pytest.mark.parametrize("boundary", ['"x"', "x", "x; charset=utf-8", '"x" ; charset=utf-8'])
def test_the_boundary_parameter(boundary):
    assert parse("multipart/form-data; a=b; Boundary=" + boundary, PART) == {"a": [b"b"]}


@pytest.mark.parametrize("filling", [b"%", b"+", b"%2", b"=", b"%41", b"a"])
def test_a_hostile_body_costs_what_its_length_costs(filling):
    parse(FORM, b"a=" + filling * (1_000_000 // len(filling)))


@given(st.lists(st.tuples(st.text(), st.binary())))
def test_what_was_encoded_comes_back(pairs):
    from urllib.parse import urlencode

    expected = {}
    for name, value in pairs:
        if name or value:
            expected.setdefault(name.encode().decode("latin-1"), []).append(value)
    body = urlencode([(n, v) for n, v in pairs if n or v]).encode()
    assert parse(FORM, body) == expected
