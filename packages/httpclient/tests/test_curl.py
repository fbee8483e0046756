"""What is special about the client on libcurl; what both clients do is tested once for both."""

import asyncio
import gc
import os
import subprocess
import sys
import weakref

import pytest

pycurl = pytest.importorskip("pycurl")

from tornado.curl_httpclient import CurlAsyncHTTPClient, CurlError  # noqa: E402 - needs pycurl
from tornado.curl_httpclient._errors import Circumstances, error_of  # noqa: E402 - as above
from tornado.curl_httpclient._options import options  # noqa: E402 - as above
from tornado.httpclient import (  # noqa: E402 - as above
    HTTPClientError,
    HTTPConnectError,
    HTTPProtocolError,
    HTTPRequest,
    HTTPStreamClosedError,
    HTTPTimeoutError,
    Phase,
    ProxyError,
)
from tornado.httpclient._request import _RequestProxy  # noqa: E402 - as above
from tornado.httpclient._route import Route  # noqa: E402 - as above
from tornado.httpclient._urls import parse_url  # noqa: E402 - as above


class Answering:
    """Keeps the heads of requests; answers all of them on one connection."""

    def __init__(self):
        self.heads = []

    async def __call__(self, reader, writer):
        while True:
            self.heads.append(await reader.readuntil(b"\r\n\r\n"))
            writer.write(
                b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nSet-Cookie: sent=back; Path=/\r\n\r\nhi"
            )


@pytest.fixture
def client():
    """``client()``: made in the loop of the test and closed at its end."""

    def make(**arguments):
        made = CurlAsyncHTTPClient(force_instance=True, **arguments)
        asyncio.current_task().add_done_callback(lambda _: made.close())
        return made

    return make


# Options


def made(url="http://example.com/a/../b?c#d", **arguments):
    view = _RequestProxy(HTTPRequest(url, **arguments), dict(HTTPRequest._DEFAULTS))
    return dict(options(view, parse_url(url), Route.of(view)))


def test_libcurl_makes_one_exchange_and_speaks_http_only():
    found = made()
    assert found[pycurl.FOLLOWLOCATION] == 0
    assert found[pycurl.PROTOCOLS] == pycurl.PROTO_HTTP | pycurl.PROTO_HTTPS
    assert pycurl.COOKIEFILE not in found
    assert pycurl.NETRC not in found
    assert found[pycurl.PROXY] == "", "or the environment would be asked"
    assert found[pycurl.NOSIGNAL] == 1


def test_the_url_goes_without_credentials_and_as_it_was_written():
    found = made("http://me:secret@example.com/a/../b?c#d")
    assert found[pycurl.URL] == "http://example.com/a/../b?c"
    assert found[pycurl.PATH_AS_IS] == 1
    assert (found[pycurl.USERNAME], found[pycurl.PASSWORD]) == (b"me", b"secret")


def test_fields_in_the_way_of_libcurl():
    found = made(headers={"A": "b", "Empty": "", "Letters": "\xe9"}, user_agent="Tea/1")
    assert {b"A: b", b"Empty;", b"Letters: \xe9", b"User-Agent: Tea/1"} <= set(
        found[pycurl.HTTPHEADER]
    )
    assert b"Expect:" in found[pycurl.HTTPHEADER]


@pytest.mark.parametrize(("seconds", "milliseconds"), [(0, 2**31 - 1), (1e-9, 1), (1.5, 1500)])
def test_no_limit_is_not_libcurls_own(seconds, milliseconds):
    assert made(connect_timeout=seconds)[pycurl.CONNECTTIMEOUT_MS] == milliseconds


def test_tls():
    found = made("https://example.com/")
    assert (found[pycurl.SSL_VERIFYPEER], found[pycurl.SSL_VERIFYHOST]) == (1, 2)
    found = made("https://example.com/", validate_cert=False)
    assert (found[pycurl.SSL_VERIFYPEER], found[pycurl.SSL_VERIFYHOST]) == (0, 0)
    found = made("https://example.com/", ca_certs="/ca", client_cert="/both")
    assert found[pycurl.CAINFO] == b"/ca"
    assert (found[pycurl.SSLCERT], found[pycurl.SSLKEY]) == (b"/both", b"/both")
    found = made("https://example.com/", ssl_options={"certfile": "/c", "keyfile": "/k"})
    assert (found[pycurl.SSLCERT], found[pycurl.SSLKEY]) == (b"/c", b"/k")
    with pytest.raises(ValueError, match="'ciphers'"):
        made("https://example.com/", ssl_options={"ciphers": "ALL"})


def test_a_proxy():
    found = made(proxy="socks5h://me:s%40@[::1]:1080")
    assert found[pycurl.PROXY] == "socks5h://[::1]:1080"
    assert (found[pycurl.PROXYUSERNAME], found[pycurl.PROXYPASSWORD]) == (b"me", b"s@")
    assert found[pycurl.NOPROXY] == ""
    found = made(proxy="http://u:p@proxy", proxy_auth_mode="digest")
    assert found[pycurl.PROXYAUTH] == pycurl.HTTPAUTH_DIGEST
    found = made(proxy="https://proxy", ca_certs="/ca", client_cert="/cert")
    assert (found[pycurl.PROXY_CAINFO], found[pycurl.PROXY_SSL_VERIFYHOST]) == (b"/ca", 2)
    assert pycurl.PROXY_SSLCERT not in found


@pytest.mark.parametrize(
    "arguments",
    [
        {"method": "HEAD", "body": "b", "allow_nonstandard_methods": True},
        {"unix_socket": "\0abstract"},
    ],
)
def test_what_libcurl_cannot_do_is_said(arguments):
    with pytest.raises(ValueError):
        made(**arguments)


# Errors

SEEN = Circumstances(
    host="example.com",
    proxy=None,
    os_errno=0,
    connect_status=0,
    proxy_verified=True,
    tunneled=True,
    connected=True,
    secured=True,
    connect_timeout=5.0,
)


def test_curl_error():
    error = CurlError(7, "no")
    assert (error.code, error.errno, error.message) == (599, 7, "no")
    assert isinstance(error, HTTPClientError)
    assert str(error) == "HTTP 599: no"


@pytest.mark.parametrize(
    ("errno", "changes", "kind"),
    [
        (pycurl.E_COULDNT_RESOLVE_HOST, {}, OSError),
        (pycurl.E_COULDNT_CONNECT, {"os_errno": 111, "connected": False}, ConnectionRefusedError),
        (pycurl.E_COULDNT_CONNECT, {"os_errno": 113, "connected": False}, HTTPConnectError),
        (pycurl.E_SSL_CONNECT_ERROR, {}, HTTPConnectError),
        (pycurl.E_PEER_FAILED_VERIFICATION, {}, HTTPConnectError),
        (pycurl.E_INTERFACE_FAILED, {}, HTTPConnectError),
        (pycurl.E_GOT_NOTHING, {}, HTTPStreamClosedError),
        (pycurl.E_PARTIAL_FILE, {}, HTTPStreamClosedError),
        (pycurl.E_UNSUPPORTED_PROTOCOL, {}, HTTPProtocolError),
        (pycurl.E_HTTP2, {}, HTTPProtocolError),
        (pycurl.E_COULDNT_RESOLVE_PROXY, {"proxy": "http://p:1"}, ProxyError),
        (pycurl.E_COULDNT_CONNECT, {"proxy": "http://p:1", "connected": False}, ProxyError),
        (pycurl.E_RECV_ERROR, {"proxy": "http://p:1", "connect_status": 403}, ProxyError),
        (
            pycurl.E_PEER_FAILED_VERIFICATION,
            {"proxy": "https://p:1", "proxy_verified": False},
            ProxyError,
        ),
        (pycurl.E_RECV_ERROR, {"proxy": "http://p:1", "tunneled": False}, ProxyError),
        (pycurl.E_RECV_ERROR, {"proxy": "http://p:1"}, HTTPStreamClosedError),
        (97, {"proxy": "socks5://p:1"}, ProxyError),
        (pycurl.E_OUT_OF_MEMORY, {}, CurlError),
    ],
)
def test_the_class_of_an_error(errno, changes, kind):
    error = error_of(errno, "the reason", SEEN._replace(**changes))
    assert isinstance(error, kind)
    assert isinstance(error, CurlError)
    assert error.errno == errno
    assert "example.com" in str(error) or "p:1" in str(error)


@pytest.mark.parametrize(
    ("connected", "secured", "phase"),
    [(False, False, Phase.CONNECT), (True, False, Phase.TLS), (True, True, Phase.TOTAL)],
)
def test_the_phase_of_a_limit(connected, secured, phase):
    seen = SEEN._replace(connected=connected, secured=secured)
    error = error_of(pycurl.E_OPERATION_TIMEDOUT, "late", seen)
    assert isinstance(error, HTTPTimeoutError)
    assert error.phase is phase
    assert ("5 s (connect_timeout)" in str(error)) == (phase is not Phase.TOTAL)


@pytest.mark.parametrize(("reply", "status"), [("(5)", 5), ("(77)", 77), ("", None)])
def test_the_reply_of_a_socks_proxy(reply, status):
    message = f"cannot complete SOCKS5 connection to a.example. {reply}"
    error = error_of(97, message, SEEN._replace(proxy="socks5://p:1"))
    assert isinstance(error, ProxyError)
    assert error.status == status


# What a program does to a handle


async def test_nothing_that_a_program_sets_stays(client, scripted):
    """Each exchange has a handle of its own: cookies, credentials and headers are gone with it."""

    def everything(curl):
        curl.setopt(pycurl.COOKIEFILE, "")
        curl.setopt(pycurl.COOKIELIST, "Set-Cookie: mine=yes; Domain=127.0.0.1; Path=/")
        curl.setopt(pycurl.USERPWD, "me:secret")
        curl.setopt(pycurl.REFERER, "http://referer/")
        curl.setopt(pycurl.CUSTOMREQUEST, "BREW")

    part = Answering()
    url = f"http://127.0.0.1:{(await scripted(part)).port}/"
    fetch = client().fetch
    await fetch(url, prepare_curl_callback=everything)
    await fetch(url)
    first, second = part.heads
    for word in (b"BREW", b"mine=yes", b"Authorization:", b"referer"):
        assert word in first
        assert word not in second
    assert b"Cookie" not in second


async def test_a_callback_that_fails(client, scripted):
    url = f"http://127.0.0.1:{(await scripted(Answering())).port}/"
    fetch = client(max_clients=1).fetch
    with pytest.raises(ZeroDivisionError):
        await fetch(url, prepare_curl_callback=lambda curl: 1 / 0)
    assert (await fetch(url)).body == b"hi"


@pytest.mark.parametrize("url", ["file:///etc/passwd", "ftp://127.0.0.1/", "telnet://127.0.0.1/"])
async def test_no_other_protocol_whatever_is_set(client, url):
    with pytest.raises(HTTPClientError) as caught:
        await client().fetch(
            "http://127.0.0.1/", prepare_curl_callback=lambda curl: curl.setopt(pycurl.URL, url)
        )
    assert caught.value.errno == pycurl.E_UNSUPPORTED_PROTOCOL


async def test_libcurls_own_redirects_stay_off(client, scripted):
    async def redirecting(reader, writer):
        await reader.readuntil(b"\r\n\r\n")
        writer.write(
            b"HTTP/1.1 302 No\r\nLocation: file:///etc/passwd\r\nContent-Length: 0\r\n\r\n"
        )

    url = f"http://127.0.0.1:{(await scripted(redirecting)).port}/"
    assert (await client().fetch(url, follow_redirects=False, raise_error=False)).code == 302
    with pytest.raises(HTTPClientError, match="cannot be fetched"):
        await client().fetch(url)


async def test_times(client, scripted):
    url = f"http://127.0.0.1:{(await scripted(Answering())).port}/"
    times = (await client().fetch(url)).time_info
    assert set(times) == {
        "queue", "namelookup", "connect", "appconnect", "pretransfer", "starttransfer", "total",
        "redirect",
    }  # fmt: skip
    assert 0 < times["connect"] <= times["starttransfer"] <= times["total"]


# Producers


async def test_a_producer_begins_again_with_libcurl(client, scripted):
    """A kept connection ends as the body goes out: libcurl sends all of it on another one."""

    async def part(reader, writer):
        await reader.readuntil(b"\r\n\r\n")
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nhi")
        await writer.drain()
        if server.connections == 1:
            await reader.readuntil(b"0\r\n\r\n")  # and gone
        else:
            await reader.read()

    server = await scripted(part)
    url = f"http://127.0.0.1:{server.port}/"
    fetch = client().fetch
    await fetch(url)
    called = []

    async def produce(write):
        called.append(len(called))
        await write(b"hello")
        await write(b"world")

    assert (await fetch(url, method="PUT", body_producer=produce)).body == b"hi"
    assert called == [0, 1]


async def test_a_producer_that_fails_at_once_and_one_that_has_nothing(client, scripted):
    async def part(reader, writer):
        await reader.readuntil(b"0\r\n\r\n")
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nhi")

    url = f"http://127.0.0.1:{(await scripted(part)).port}/"
    fetch = client().fetch

    def fail(write):
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        await fetch(url, method="PUT", body_producer=fail)
    assert (await fetch(url, method="PUT", body_producer=lambda write: None)).body == b"hi"


async def test_writing_after_the_end(client, scripted):
    async def part(reader, writer):
        await reader.readuntil(b"\r\n\r\n")
        writer.write(b"HTTP/1.1 413 No\r\nContent-Length: 2\r\nConnection: close\r\n\r\nno")
        await writer.drain()
        await asyncio.sleep(0.05)

    url = f"http://127.0.0.1:{(await scripted(part)).port}/"
    kept = []

    async def produce(write):
        kept.append(write)
        while True:
            await write(bytes(1 << 20))

    fetching = client().fetch(url, method="PUT", body_producer=produce, raise_error=False)
    assert (await fetching).code == 413
    with pytest.raises(OSError):
        kept[0](b"more")


# Resources


async def test_nothing_is_left_of_an_exchange(client, scripted):
    url = f"http://127.0.0.1:{(await scripted(Answering())).port}/"
    making = client()
    await making.fetch(url)
    seen = []

    def look(curl):
        seen.append(weakref.ref(curl))

    gc.collect()
    for _ in range(3):
        await making.fetch(url, prepare_curl_callback=look)
    with pytest.raises(HTTPClientError):
        await making.fetch("http://127.0.0.1:1/", prepare_curl_callback=look)
    gc.collect()
    assert [ref() for ref in seen] == [None] * 4
    assert not making._engine.multi._running
    assert not making._engine.turns.running


@pytest.mark.skipif(not os.path.isdir("/proc/self/fd"), reason="counts descriptors in /proc")
async def test_closing_gives_all_descriptors_back(scripted):
    url = f"http://127.0.0.1:{(await scripted(Answering())).port}/"

    def sockets():
        count = 0
        for name in os.listdir("/proc/self/fd"):
            try:
                count += os.readlink(f"/proc/self/fd/{name}").startswith("socket:")
            except OSError:
                pass
        return count

    before = sockets()
    making = CurlAsyncHTTPClient(force_instance=True)
    await asyncio.gather(*(making.fetch(url) for _ in range(10)))
    during = sockets()
    making.close()
    await asyncio.sleep(0.05)  # the server sees the ends
    assert during > before
    assert sockets() <= before


async def test_the_loop_that_watches_descriptors(client, scripted):
    """On Windows that is another one than the loop itself."""

    class Watching:
        def __init__(self, loop):
            self.loop, self.readers = loop, 0

        def add_reader(self, *arguments):
            self.readers += 1
            self.loop.add_reader(*arguments)

        def __getattr__(self, name):
            return getattr(self.loop, name)

    url = f"http://127.0.0.1:{(await scripted(Answering())).port}/"
    making = client()
    watching = Watching(asyncio.get_running_loop())
    making._engine.multi._loop = watching
    assert (await making.fetch(url)).body == b"hi"
    assert watching.readers


async def test_where_a_failed_callback_is_told(scripted):
    told = []

    class Client(CurlAsyncHTTPClient):
        def handle_callback_exception(self, callback):
            told.append(sys.exc_info()[1])

    url = f"http://127.0.0.1:{(await scripted(Answering())).port}/"
    making = Client(force_instance=True)

    def fail(response):
        raise ZeroDivisionError

    making.fetch_impl(made_view(url), fail)
    while not told:
        await asyncio.sleep(0.01)
    making.close()
    assert isinstance(told[0], ZeroDivisionError)


def made_view(url):
    from tornado.httpclient._validate import checked

    view = _RequestProxy(HTTPRequest(url), dict(HTTPRequest._DEFAULTS))
    checked(view)
    return view


def test_without_pycurl_the_reason_is_told():
    program = "import sys; sys.modules['pycurl'] = None; import tornado.curl_httpclient"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True)
    assert "pip install 'tornado-httpclient[curl]'" in done.stderr
