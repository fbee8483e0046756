"""CONNECT on the wire: what is sent, and every kind of answer (RFC 9110 section 9.3.6)."""

import pytest

from tornado.httpclient._connect import HEAD_LIMIT
from tornado.httpclient._dial import Dialer
from tornado.httpclient._errors import HTTPTimeoutError, Phase, ProxyError
from tornado.httpclient._request import HTTPRequest
from tornado.httpclient._route import Route


class Answering:
    """A proxy that keeps the request and sends ``answer``, then what ``after`` does."""

    def __init__(self, answer, after=None):
        self.answer, self.after, self.request = answer, after, b""

    async def __call__(self, reader, writer):
        self.request = await reader.readuntil(b"\r\n\r\n")
        writer.write(self.answer)
        if self.after is not None:
            await self.after(reader, writer)


@pytest.fixture
def dial(scripted):
    async def through(part, url="ws://server.example:81/", timeout=5.0, **arguments):
        proxy = await scripted(part)
        route = Route.of(
            HTTPRequest(url, proxy_host="127.0.0.1", proxy_port=proxy.port, **arguments)
        )
        dialer = Dialer()
        try:
            return await dialer.dial(route, connect_timeout=timeout)
        finally:
            dialer.close()

    return through


async def echo(reader, writer):
    while data := await reader.read(1000):
        writer.write(data)


async def test_the_request_for_a_tunnel(dial):
    # "A client MUST send the port number even if the CONNECT request is based on a URI reference
    # that contains an authority component with an elided port"
    part = Answering(b"HTTP/1.1 200 OK\r\n\r\n", echo)
    stream = await dial(part, "ws://server.example/")
    assert part.request == b"CONNECT server.example:80 HTTP/1.1\r\nHost: server.example:80\r\n\r\n"
    await stream.write(b"hello")
    assert await stream.read_bytes(5) == b"hello"
    stream.close()


async def test_the_credentials_of_a_tunnel(dial):
    part = Answering(b"HTTP/1.1 200 OK\r\n\r\n")
    (await dial(part, proxy_username="Aladdin", proxy_password="open sesame")).close()
    assert part.request == (
        b"CONNECT server.example:81 HTTP/1.1\r\nHost: server.example:81\r\n"
        b"Proxy-Authorization: Basic QWxhZGRpbjpvcGVuIHNlc2FtZQ==\r\n\r\n"
    )


async def test_an_ipv6_address_has_brackets(dial):
    part = Answering(b"HTTP/1.1 200 OK\r\n\r\n")
    (await dial(part, "ws://[::1]:7/")).close()
    assert part.request == b"CONNECT [::1]:7 HTTP/1.1\r\nHost: [::1]:7\r\n\r\n"


@pytest.mark.parametrize(
    "head",
    [
        b"HTTP/1.1 200 Connection established\r\n\r\n",
        b"HTTP/1.0 200\r\n\r\n",
        b"HTTP/1.1 204 No\nServer: bare line feeds\n\n",
        # "A client MUST ignore any Content-Length or Transfer-Encoding header fields received in a
        # successful response to CONNECT."
        b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\nTransfer-Encoding: chunked\r\n\r\n",
        b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 102 P\r\nA: b\r\n\r\nHTTP/1.1 299 x\r\n\r\n",
    ],
    ids=["200", "1.0", "bare LF", "length and chunked", "after interim ones"],
)
async def test_any_2xx_opens_the_tunnel_and_what_follows_is_the_servers(dial, head):
    stream = await dial(Answering(head + b"first words"))
    assert await stream.read_bytes(11) == b"first words"
    stream.close()


@pytest.mark.parametrize(
    ("answer", "status", "reason", "told"),
    [
        (b"HTTP/1.1 403 Filtered\r\nContent-Length: 3\r\n\r\nno!", 403, "Filtered", "403 Filtered"),
        (b"HTTP/1.1 502 Bad Gateway\r\n\r\n", 502, "Bad Gateway", "no tunnel to server.example:81"),
        (b"HTTP/1.1 101 Go On\r\n\r\n", 101, "Go On", "101 Go On"),
        (b"HTTP/1.1 302 Found\r\nLocation: http://a/\r\n\r\n", 302, "Found", "302 Found"),
        (
            b'HTTP/1.1 407 Who\r\nProxy-Authenticate: Basic realm="x"\r\n\r\n',
            407,
            "Who",
            'wants credentials .407 Who; it accepts Basic realm="x"',
        ),
        (b"SSH-2.0-OpenSSH\r\n\r\n", None, None, "does not speak HTTP"),
        (b"HTTP/1.1 200 OK\r\nBad Field: a\r\n\r\n", None, None, "does not speak HTTP"),
        (b"", None, None, "closed the connection instead of an answer"),
        (b"HTTP/1.1 200 OK\r\nServer: unf", None, None, "closed the connection instead"),
        (b"HTTP/1.1 103 Hints\r\n\r\n" * 11, None, None, "more than 10 interim"),
    ],
)
async def test_refusals(dial, answer, status, reason, told):
    with pytest.raises(ProxyError, match=told) as caught:
        await dial(Answering(answer))
    assert (caught.value.code, caught.value.status, caught.value.reason) == (599, status, reason)


async def test_refused_credentials_are_named_without_the_password(dial):
    with pytest.raises(ProxyError, match="credentials of 'me'") as caught:
        await dial(
            Answering(b"HTTP/1.1 407 No\r\n\r\n"), proxy_username="me", proxy_password="secret"
        )
    assert "secret" not in str(caught.value)


async def test_an_endless_answer_is_cut(dial):
    async def endless(reader, writer):
        while True:
            writer.write(b"A: b\r\n" * 1000)
            await writer.drain()

    with pytest.raises(ProxyError, match=f"longer than {HEAD_LIMIT} bytes"):
        await dial(Answering(b"HTTP/1.1 200 OK\r\n", endless))


async def test_a_silent_proxy(dial):
    async def wait(reader, writer):
        await reader.read()

    with pytest.raises(HTTPTimeoutError, match="no tunnel by the proxy") as caught:
        await dial(Answering(b"", wait), timeout=0.1)
    assert caught.value.phase is Phase.CONNECT


async def test_no_tunnel_for_plain_http(dial):
    # The request itself goes to the proxy, in absolute form: RFC 9112 section 3.2.2.
    async def first(reader, writer):
        writer.write(await reader.read(5))

    stream = await dial(first, "http://server.example/")
    await stream.write(b"hello")
    assert await stream.read_bytes(5) == b"hello"
    stream.close()


async def test_digest_at_a_proxy_is_for_the_other_client(dial):
    with pytest.raises(ValueError, match="curl_httpclient knows both"):
        await dial(Answering(b""), proxy_username="u", proxy_auth_mode="digest")


async def test_words_before_the_handshake_are_refused(dial):
    # They would pass for words of the server, which is behind TLS.
    async def also_wait(reader, writer):
        await reader.read()

    with pytest.raises(ProxyError, match="words of its own"):
        await dial(Answering(b"HTTP/1.1 200 OK\r\n\r\nevil", also_wait), "https://server.example/")


async def test_a_proxy_that_is_not_there(scripted):
    gone = await scripted(echo)
    gone.stop()
    route = Route.of(HTTPRequest("https://a.invalid/", proxy=f"http://127.0.0.1:{gone.port}"))
    with pytest.raises(
        ProxyError, match=f"no connection to the proxy http://127.0.0.1:{gone.port}"
    ):
        await Dialer().dial(route, connect_timeout=5)
