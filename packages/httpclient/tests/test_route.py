"""The key of the pool: what makes two connections interchangeable, and what does not."""

import socket
import ssl

import pytest

from tornado.httpclient._proxy import Proxy
from tornado.httpclient._request import HTTPRequest
from tornado.httpclient._route import Route, TLSKey

SERVER = "https://example.com/"


def route(url=SERVER, **arguments):
    return Route.of(HTTPRequest(url, **arguments))


def test_a_route_is_the_server_and_not_the_resource():
    assert route("http://Example.COM/a?b#c") == route("http://example.com:80/", method="DELETE")
    assert route("http://example.com/").port == 80
    assert route("wss://example.com/").port == 443


def test_what_is_of_one_request_does_not_count():
    assert route() == route(
        auth_username="u", auth_password="p", headers={"Cookie": "a=b"}, connect_timeout=1
    )
    assert route("https://user:secret@example.com/") == route()


@pytest.mark.parametrize(
    "arguments",
    [
        {"url": "http://example.com/"},
        {"url": "https://example.org/"},
        {"url": "https://example.com:444/"},
        {"validate_cert": False},
        {"ca_certs": "/ca.pem"},
        {"client_cert": "/cert.pem"},
        {"client_cert": "/cert.pem", "client_key": "/key.pem"},
        {"ssl_options": {"cert_reqs": ssl.CERT_NONE}},
        {"network_interface": "127.0.0.1"},
        {"allow_ipv6": False},
        {"unix_socket": "/run/server"},
        {"proxy_host": "proxy", "proxy_port": 3128},
        {"proxy_host": "proxy", "proxy_port": 3128, "proxy_username": "u"},
        {"proxy_host": "proxy", "proxy_port": 3128, "proxy_username": "u", "proxy_password": "p"},
        {"proxy": "socks5://proxy"},
        {"proxy": "https://proxy"},
    ],
)
def test_everything_that_decides_about_a_connection_counts(arguments):
    assert route(**arguments) != route()
    assert route(**arguments) == route(**arguments)
    assert len({route(), route(**arguments), route(**arguments)}) == 2


def test_a_context_counts_by_identity():
    one, other = ssl.create_default_context(), ssl.create_default_context()
    assert route(ssl_options=one) == route(ssl_options=one)
    assert route(ssl_options=one) != route(ssl_options=other)


def test_options_count_by_value():
    assert route(ssl_options={"alpn_protocols": ["a"]}) == route(
        ssl_options={"alpn_protocols": ["a"]}
    )


def test_a_plain_connection_has_no_tls_settings():
    assert route("http://example.com/", validate_cert=False) == route("http://example.com/")
    assert route().tls == TLSKey()


def test_only_the_proxys_authorities_are_taken_to_an_https_proxy():
    found = route(proxy="https://proxy", ca_certs="/ca", client_cert="/cert", validate_cert=False)
    assert found.proxy_tls == TLSKey(False, "/ca")
    assert route(proxy="http://proxy", ca_certs="/ca").proxy_tls is None


def test_the_absolute_form_is_for_plain_http_through_an_http_proxy():
    assert route("http://a/", proxy="http://proxy").absolute_form
    assert route("http://a/", proxy="https://proxy").absolute_form
    assert not route("http://a/", proxy="socks5://proxy").absolute_form
    assert not route("https://a/", proxy="http://proxy").absolute_form
    assert not route("ws://a/", proxy="http://proxy").absolute_form
    assert not route("http://a/").absolute_form


def test_hosts_that_are_numbers_or_of_another_script():
    assert route("http://[::1]:8080/")[1:3] == ("::1", 8080)
    assert route("http://[fe80::1%25eth0]/").host == "fe80::1%eth0"
    assert route("http://bücher.example/").host == "xn--bcher-kva.example"


def test_ipv4_alone():
    assert route(allow_ipv6=False).family == socket.AF_INET
    assert route(allow_ipv6=True).family == socket.AF_UNSPEC


def test_the_older_arguments_of_a_proxy():
    found = route(proxy_host="[::1]", proxy_port=1, proxy_username="u", proxy_password="p")
    assert found.proxy == Proxy("http", "::1", 1, "u", "p")
    assert route(proxy_host="socks5h://proxy", proxy_port=1).proxy == Proxy("socks5h", "proxy", 1)


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        ({"url": "ftp://example.com/"}, "starts with http"),
        ({"url": "http:///path"}, "no host"),
        ({"url": "http://a:b/"}, "port"),
        ({"url": "http://a:99999/"}, "port"),
        ({"url": "http://a b/"}, "not allowed in a URL"),
        ({"proxy_host": "proxy"}, "proxy_port"),
        ({"proxy_host": "a b", "proxy_port": 1}, "host"),
        ({"proxy": "ftp://proxy"}, "scheme"),
        ({"proxy": "http://proxy", "proxy_auth_mode": "ntlm"}, "'basic' or 'digest'"),
        ({"proxy": "http://proxy", "unix_socket": "/s"}, "not both"),
    ],
)
def test_what_cannot_be_a_route(arguments, told):
    with pytest.raises(ValueError, match=told):
        route(**arguments)


def test_the_environment_counts_where_it_is_asked_for(monkeypatch):
    monkeypatch.setenv("https_proxy", "http://proxy:3128")
    monkeypatch.setenv("no_proxy", "internal.example")
    assert route().proxy is None
    assert route(proxy="environment").proxy == Proxy("http", "proxy", 3128)
    assert route("https://a.internal.example/", proxy="environment").proxy is None
