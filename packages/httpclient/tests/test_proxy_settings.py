"""Proxies as values: from a URL, and from the environment where that is asked for."""

import pytest

from tornado.httpclient._proxy import Proxy, excluded


@pytest.mark.parametrize(
    ("url", "proxy"),
    [
        ("http://proxy", Proxy("http", "proxy", 8080)),
        ("proxy:3128", Proxy("http", "proxy", 3128)),
        ("https://proxy/", Proxy("https", "proxy", 443)),
        ("socks5://proxy", Proxy("socks5", "proxy", 1080)),
        ("SOCKS5H://[::1]:9", Proxy("socks5h", "::1", 9)),
        ("http://u%40x:p%3A%2F@proxy:1", Proxy("http", "proxy", 1, "u@x", "p:/")),
        ("http://user@proxy:1", Proxy("http", "proxy", 1, "user")),
    ],
)
def test_a_proxy_of_a_url(url, proxy):
    assert Proxy.parse(url) == proxy


@pytest.mark.parametrize(
    "url",
    ["ftp://proxy", "http://", "http://proxy:x", "http://proxy:0", "http://p/path", "http://a b:1",
     "socks4://proxy", "http://p:1/?q"],
)  # fmt: skip
def test_what_is_no_proxy(url):
    with pytest.raises(ValueError, match="proxy"):
        Proxy.parse(url)


@pytest.mark.parametrize(
    "url",
    ["http://u:secret@proxy:x", "u:secret@proxy:x", "u:secret@p/a", "http://u:se/secret@proxy:1",
     "u:s@secret@proxy:x", "socks5://u:s#secret@proxy:1"],
)  # fmt: skip
def test_passwords_are_not_told(url):
    with pytest.raises(ValueError) as caught:
        Proxy.parse(url)
    assert "secret" not in str(caught.value)
    proxy = Proxy.parse("http://u:secret@proxy")
    assert "secret" not in f"{proxy!r} {proxy}"


def test_basic_credentials():
    # RFC 7617 section 2: the example of the user Aladdin.
    assert (
        Proxy("http", "p", 1, "Aladdin", "open sesame").authorization
        == "Basic QWxhZGRpbjpvcGVuIHNlc2FtZQ=="
    )
    # Section 2.1: the example for UTF-8, "test" and "123£".
    assert Proxy("http", "p", 1, "test", "123£").authorization == "Basic dGVzdDoxMjPCow=="
    assert Proxy("http", "p", 1).authorization is None


ENVIRONMENT = {
    "http_proxy": "http://plain:1",
    "HTTPS_PROXY": "http://secure:2",
    "all_proxy": "socks5://all:3",
    "no_proxy": "localhost,.internal.example",
}


def test_the_variables_by_scheme():
    def found(url, **changes):
        return str(Proxy.from_environment(url, {**ENVIRONMENT, **changes}))

    assert found("http://a/") == found("ws://a/") == "http://plain:1"
    assert found("https://a/") == found("wss://a/") == "http://secure:2"
    assert found("https://a/", https_proxy="http://small:4") == "http://small:4"
    assert found("http://a/", http_proxy="") == "socks5://all:3"
    assert found("http://localhost:80/") == found("https://x.internal.example/") == "None"
    assert Proxy.from_environment("http://a/", {}) is None


def test_the_capital_http_proxy_is_a_header_under_cgi():
    # A CGI server makes HTTP_PROXY of the request's "Proxy" field.
    assert Proxy.from_environment("http://a/", {"HTTP_PROXY": "http://attacker:1"}) is None


@pytest.mark.parametrize(
    ("host", "port", "entries"),
    [
        ("example.com", None, "*"),
        ("example.com", None, "a, example.com"),
        ("www.example.com", None, "example.com"),
        ("www.example.com", None, ".example.com"),
        ("example.com", None, "*.example.com"),
        ("EXAMPLE.com.", None, "a example.COM"),
        ("10.1.2.3", None, "10.0.0.0/8"),
        ("10.1.2.3", None, "10.1.2.3"),
        ("::1", None, "[::1]"),
        ("fd00::7", None, "fd00::/8"),
        ("::1", 80, "[::1]:80"),
        ("example.com", 8080, "example.com:8080"),
    ],
)
def test_hosts_that_go_without_a_proxy(host, port, entries):
    assert excluded(host, port, entries)


@pytest.mark.parametrize(
    ("host", "port", "entries"),
    [
        ("example.com", None, ""),
        ("notexample.com", None, "example.com"),
        ("example.com", None, "www.example.com"),
        ("example.com", 80, "example.com:8080"),
        ("example.com", None, "example.com:8080"),
        ("11.1.2.3", None, "10.0.0.0/8"),
        ("1.10.1.2", None, "10.1.2"),
        ("example.com", None, ". , ,"),
    ],
)
def test_hosts_that_do_not(host, port, entries):
    assert not excluded(host, port, entries)
