"""URLs: read strictly, into one meaning."""

from __future__ import annotations

import pytest

from tornado.httpclient._urls import parse_url, resolve


@pytest.mark.parametrize(
    ("url", "host", "port", "netloc", "target"),
    [
        ("http://example.com", "example.com", 80, "example.com", "/"),
        ("HTTP://Example.COM:80/", "example.com", 80, "example.com", "/"),
        ("https://example.com:8443/a?b=c#d", "example.com", 8443, "example.com:8443", "/a?b=c"),
        ("http://example.com?q", "example.com", 80, "example.com", "/?q"),
        ("http://example.com#f", "example.com", 80, "example.com", "/"),
        ("http://example.com:/x", "example.com", 80, "example.com", "/x"),
        ("http://[::1]:8000/", "::1", 8000, "[::1]:8000", "/"),
        ("http://[2001:DB8:0::1]", "2001:db8::1", 80, "[2001:db8::1]", "/"),
        ("http://127.0.0.1/", "127.0.0.1", 80, "127.0.0.1", "/"),
        ("http://a_b.example./", "a_b.example.", 80, "a_b.example.", "/"),
        ("http://h/%7Ex/../y;z?a=[1]|2", "h", 80, "h", "/%7Ex/../y;z?a=[1]|2"),
        ("http://h//double", "h", 80, "h", "//double"),
        ("http://h/?a=http://x/", "h", 80, "h", "/?a=http://x/"),
        ("http://h/@x:1", "h", 80, "h", "/@x:1"),
    ],
)
def test_parts(url, host, port, netloc, target):
    parsed = parse_url(url)
    assert (parsed.host, parsed.port, parsed.netloc, parsed.target) == (host, port, netloc, target)
    assert parsed.text == url


def test_credentials_are_decoded_and_not_shown():
    parsed = parse_url("http://us%65r:p%40ss%3A@h/x#f")
    assert (parsed.username, parsed.password) == ("user", "p@ss:")
    assert parsed.public == "http://h/x"
    assert parse_url("http://user@h").password == ""
    assert parse_url("http://h").username is None
    for url in ("http://user:secret@h:bad/", "http://u:secret/x@h/", "http://u:secret?x#y@h:1/"):
        with pytest.raises(ValueError, match="a port is a number") as refused:
            parse_url(url)
        assert "secret" not in str(refused.value)


@pytest.mark.parametrize(
    ("url", "text"),
    [
        ("http://bücher.example/", "http://xn--bcher-kva.example/"),
        ("http://h/café?q=ü#ö", "http://h/caf%C3%A9?q=%C3%BC#%C3%B6"),
        ("http://h/%C3%A9é", "http://h/%C3%A9%C3%A9"),
        ("http://ü:ö@h:81/", "http://%C3%BC:%C3%B6@h:81/"),
        ("http://例え.テスト/引き割り", "http://xn--r8jz45g.xn--zckzah/%E5%BC%95%E3%81%8D%E5%89%B2%E3%82%8A"),
    ],
)  # fmt: skip
def test_other_letters_become_ascii(url, text):
    parsed = parse_url(url)
    assert parsed.text == text
    assert parse_url(text)[1:] == parsed[1:]


@pytest.mark.parametrize(
    ("url", "reason"),
    [
        ("", "starts with http://"),
        ("example.com", "starts with http://"),
        ("/path", "starts with http://"),
        ("//example.com/", "starts with http://"),
        ("http:/example.com", "starts with http://"),
        ("http:example.com", "starts with http://"),
        ("ftp://example.com", "starts with http://"),
        ("file:///etc/passwd", "starts with http://"),
        ("javascript:alert(1)", "starts with http://"),
        ("http://", "no host"),
        ("http:///path", "no host"),
        ("http://:80/", "no host"),
        ("http://user@/", "no host"),
        ("http://h:0/", "1 to 65535"),
        ("http://h:65536/", "1 to 65535"),
        ("http://h:80a/", "1 to 65535"),
        ("http://h:-1/", "1 to 65535"),
        ("http://h:+80/", "1 to 65535"),
        ("http://h:80:80/", "1 to 65535"),
        ("http://h:\u0668\u0660/", "1 to 65535"),
        ("http://[::1/", "IPv6"),
        ("http://[::1]x/", "IPv6"),
        ("http://[1.2.3.4]/", "IPv6"),
        ("http://[fe80::1%eth0]/", "IPv6"),
        ("http://::1/", "no host"),
        ("http://" + "x" * 64 + ".example/", "not the name of a host"),
        ("http://a b/", "' ' at position 8"),
        (" http://a/", "position 0"),
        ("http://a/\r\nHost: b", r"'\r'"),
        ("http://a/\x00", r"'\x00'"),
        ("http://a/\x7f", r"'\x7f'"),
        ("http://a/\x85", r"'\x85'"),
        ("http://a/b c", "write %20"),
        ("http://good.example\\@evil.example/", "backslash"),
        ("http://good.example\\.evil/", "backslash"),
        ("http://a..b/", "not the name of a host"),
        ("http://.a/", "not the name of a host"),
        ("http://a%2eb/", "not the name of a host"),
        ("http://a<b/", "not the name of a host"),
        ("http://" + "a" * 300 + "/", "not the name of a host"),
        ("http://a\u2100b/", "not the name of a host"),  # becomes "aa/cb"
        ("http://\u00ad/", "host"),  # becomes nothing
        ("http://" + "ü" * 100 + "/", "ASCII"),
        (b"http://a/", "a URL is a str, got bytes"),
        (None, "a URL is a str, got NoneType"),
    ],
)
def test_refused_with_the_reason(url, reason):
    with pytest.raises(ValueError) as refused:
        parse_url(url)
    assert reason in str(refused.value)


def test_a_zone_is_kept():
    # RFC 6874 section 2.
    assert parse_url("http://[fe80::1%25eth0]:81/").host == "fe80::1%eth0"


def test_a_zone_is_told_to_nobody_else():
    # RFC 6874 section 3: a client removes it from an outgoing URI.
    url = parse_url("http://[fe80::1%25eth0]:81/a")
    assert url.netloc == "[fe80::1]:81"
    assert url.public == "http://[fe80::1]:81/a"


@pytest.mark.parametrize(
    ("location", "target"),
    [
        # RFC 3986 section 5.4, for the base http://a/b/c/d;p?q
        ("g", "http://a/b/c/g"),
        ("./g", "http://a/b/c/g"),
        ("g/", "http://a/b/c/g/"),
        ("/g", "http://a/g"),
        ("//g", "http://g"),
        ("?y", "http://a/b/c/d;p?y"),
        ("g?y", "http://a/b/c/g?y"),
        ("..", "http://a/b/"),
        ("../../../g", "http://a/g"),
        ("https://other/x", "https://other/x"),
        (" /g ", "http://a/g"),
        ("/a b", "http://a/a%20b"),
        ("", "http://a/b/c/d;p?q"),
    ],
)
def test_location_is_resolved(location, target):
    assert resolve("http://a/b/c/d;p?q", location) == target


def test_a_fragment_is_inherited():
    # RFC 9110 section 10.2.2, its two examples.
    assert resolve("http://www.example.org/~tim", "/People.html#tim") == (
        "http://www.example.org/People.html#tim"
    )
    assert resolve("http://www.example.org/index.html#larry", "http://www.example.net/index.html")
    assert resolve("http://a/x#larry", "/y") == "http://a/y#larry"
    assert resolve("http://a/x#larry", "/y#moe") == "http://a/y#moe"


@pytest.mark.parametrize(
    "location", ["ftp://a/", "file:///etc/passwd", "javascript:1", "ws://a/", "http://[x/"]
)
def test_a_target_that_is_no_url_of_http_is_refused(location):
    with pytest.raises(ValueError):
        resolve("http://a/", location)
