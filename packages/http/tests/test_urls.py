"""url_concat, split_host_and_port, qs_to_qsl, and Basic credentials."""

import pytest

from tornado.httputil import encode_username_password, qs_to_qsl, split_host_and_port, url_concat


@pytest.mark.parametrize(
    "url, args, expected",
    [
        ("https://localhost/path", [("y", "/y"), ("z", "z")], "https://localhost/path?y=%2Fy&z=z"),
        ("https://localhost/path?", [("y", "y")], "https://localhost/path?y=y"),
        ("https://localhost/path?x", [("y", "y")], "https://localhost/path?x=&y=y"),
        ("https://localhost/path?x&", [("y", "y")], "https://localhost/path?x=&y=y"),
        ("https://localhost/path?a=1&b=2", {"y": "y"}, "https://localhost/path?a=1&b=2&y=y"),
        ("https://localhost/path?r=1&t=2", [], "https://localhost/path?r=1&t=2"),
        ("https://localhost/path?r=1&t=2", None, "https://localhost/path?r=1&t=2"),
        ("https://localhost/path#tab", [("y", "y")], "https://localhost/path?y=y#tab"),
        ("https://localhost/path#a?b", [("y", "y")], "https://localhost/path?y=y#a?b"),
        ("http://e/?r=1&r=2", (("y", "1"), ("y", "2")), "http://e/?r=1&r=2&y=1&y=2"),
        ("/p", {"n": 1, "none": None, "text": "\u20ac"}, "/p?n=1&none=None&text=%E2%82%AC"),
        ("http://e/?q=%E9&s=a%20b", {"a": b"\xff"}, "http://e/?q=%E9&s=a%20b&a=%FF"),
        ("http://e/?q=a b\u00e9", {"a": "b"}, "http://e/?q=a%20b%C3%A9&a=b"),
    ],
)
def test_url_concat(url, args, expected):
    assert url_concat(url, args) == expected


def test_url_concat_refuses_a_ready_made_query():
    with pytest.raises(TypeError, match="str"):
        url_concat("http://e/", "a=b")


@pytest.mark.parametrize(
    "netloc, expected",
    [
        ("example.com:80", ("example.com", 80)),
        ("example.com", ("example.com", None)),
        ("[::1]:8080", ("[::1]", 8080)),
        ("[::1]", ("[::1]", None)),
        ("example.com:", ("example.com:", None)),
        ("example.com:99x", ("example.com:99x", None)),
        ("example.com:+80", ("example.com:+80", None)),
        ("example.com:\u0668\u0660", ("example.com:\u0668\u0660", None)),
        (":80", (":80", None)),
        ("", ("", None)),
    ],
)
def test_split_host_and_port(netloc, expected):
    assert split_host_and_port(netloc) == expected


def test_an_endless_port_is_no_port_and_no_error():
    netloc = "a:" + "1" * 100_000
    assert split_host_and_port(netloc) == (netloc, None)
    assert split_host_and_port("a" + ":" * 1_000_000) == ("a" + ":" * 1_000_000, None)


def test_qs_to_qsl_gives_a_pair_per_value():
    assert list(qs_to_qsl({"a": [b"1", b"2"], "b": [b"3"]})) == [
        ("a", b"1"),
        ("a", b"2"),
        ("b", b"3"),
    ]


def test_basic_credentials_are_utf8_in_normal_form_c():
    assert encode_username_password("Aladdin", "open sesame") == b"Aladdin:open sesame"
    assert encode_username_password("e\u0301", "\u00fc") == b"\xc3\xa9:\xc3\xbc"
    assert encode_username_password(b"\xff", "x") == b"\xff:x"
