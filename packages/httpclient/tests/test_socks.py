"""SOCKS 5 on the wire, byte by byte (RFC 1928, RFC 1929)."""

import asyncio
import socket

import pytest

from tornado.httpclient._dial import Dialer
from tornado.httpclient._errors import HTTPConnectError, HTTPTimeoutError, Phase, ProxyError
from tornado.httpclient._request import HTTPRequest
from tornado.httpclient._route import Route
from tornado.httpclient._socks import REPLIES
from tornado.netutil import OverrideResolver, Resolver

OPEN = b"\x05\x00\x00\x01\x7f\x00\x00\x01\x1f\x90"


class Playing:
    """A proxy that expects and answers in turns: ``[(expected, answer), ...]``, then echoes."""

    def __init__(self, *turns):
        self.turns = turns
        self.got = []

    async def __call__(self, reader, writer):
        for expected, answer in self.turns:
            self.got.append(await reader.readexactly(len(expected)))
            writer.write(answer)
            if answer.endswith(b"BYE"):
                return
        while data := await reader.read(1000):
            writer.write(data)

    @property
    def understood(self):
        return self.got == [expected for expected, _ in self.turns]


@pytest.fixture
def dial(scripted):
    async def through(
        part, url="http://server.example:81/", scheme="socks5h", user="", timeout=5.0, **arguments
    ):
        proxy = await scripted(part)
        url_of_proxy = f"{scheme}://{user}127.0.0.1:{proxy.port}"
        resolver = OverrideResolver(Resolver(), {"server.example": "127.0.0.9"})
        dialer = Dialer(resolver)
        return await dialer.dial(
            Route.of(HTTPRequest(url, proxy=url_of_proxy, **arguments)), connect_timeout=timeout
        )

    return through


NAMED = b"\x05\x01\x00\x03\x0eserver.example\x00\x51"


@pytest.mark.parametrize(
    ("scheme", "url", "request_sent"),
    [
        # The name goes to the proxy: address type 3, its length, its bytes, the port.
        ("socks5h", "http://server.example:81/", NAMED),
        # The name is looked up here: address type 1.
        ("socks5", "http://server.example:81/", b"\x05\x01\x00\x01\x7f\x00\x00\x09\x00\x51"),
        ("socks5h", "http://10.1.2.3/", b"\x05\x01\x00\x01\x0a\x01\x02\x03\x00\x50"),
        ("socks5", "http://[::1]:443/", b"\x05\x01\x00\x04" + b"\0" * 15 + b"\x01\x01\xbb"),
    ],
    ids=["name", "name looked up here", "IPv4", "IPv6"],
)
async def test_a_tunnel_without_credentials(dial, scheme, url, request_sent):
    part = Playing((b"\x05\x01\x00", b"\x05\x00"), (request_sent, OPEN))
    stream = await dial(part, url, scheme)
    assert part.understood, part.got
    await stream.write(b"hello")
    assert await stream.read_bytes(5) == b"hello"
    stream.close()


async def test_a_username_and_a_password(dial):
    part = Playing(
        (b"\x05\x02\x00\x02", b"\x05\x02"),
        (b"\x01\x02me\x06se:ret", b"\x01\x00"),
        (NAMED, OPEN),
    )
    (await dial(part, user="me:se%3Aret@")).close()
    assert part.understood, part.got


async def test_a_proxy_may_go_without_the_credentials_it_was_offered(dial):
    part = Playing((b"\x05\x02\x00\x02", b"\x05\x00"), (NAMED, OPEN))
    (await dial(part, user="me:secret@")).close()
    assert part.understood, part.got


@pytest.mark.parametrize(
    "reply",
    [
        b"\x05\x00\x00\x03\x05proxy\x00\x01",
        b"\x05\x00\x00\x04" + b"\x01" * 16 + b"\x00\x01",
        OPEN,
    ],
    ids=["name", "IPv6", "IPv4"],
)
async def test_the_address_in_the_reply_is_passed_over_exactly(dial, reply):
    part = Playing((b"\x05\x01\x00", b"\x05\x00"), (NAMED, reply + b"first words"))
    stream = await dial(part)
    assert await stream.read_bytes(11) == b"first words"
    stream.close()


@pytest.mark.parametrize("reply", [*REPLIES, 77])
async def test_every_refusal_has_its_text(dial, reply):
    part = Playing((b"\x05\x01\x00", b"\x05\x00"), (NAMED, bytes([5, reply]) + OPEN[2:]))
    text = REPLIES.get(reply, "without a meaning")
    with pytest.raises(
        ProxyError, match=f"no tunnel to server.example port 81: .*{text}"
    ) as caught:
        await dial(part)
    assert (caught.value.code, caught.value.status) == (599, reply)


@pytest.mark.parametrize(
    ("user", "turns", "told"),
    [
        ("", [(b"\x05\x01\x00", b"\x05\xff")], "wants credentials: give proxy_username"),
        ("u:p@", [(b"\x05\x02\x00\x02", b"\x05\xff")], "accepts neither"),
        ("", [(b"\x05\x01\x00", b"\x05\x02")], "was not offered, 2"),
        (
            "u:secret@",
            [(b"\x05\x02\x00\x02", b"\x05\x02"), (b"\x01\x01u\x06secret", b"\x01\x01")],
            "does not accept the credentials of 'u'",
        ),
        ("", [(b"\x05\x01\x00", b"HTTP/1.1 400 BYE")], "does not speak SOCKS 5: .* 0x48"),
        ("", [(b"\x05\x01\x00", b"\x05BYE"[:1] + b"")], "closed the connection"),
        (
            "",
            [(b"\x05\x01\x00", b"\x05\x00"), (NAMED, b"\x05\x00\x00\x09" + b"1" * 20)],
            "unknown type of address, 9",
        ),
    ],
)
async def test_disagreements(dial, user, turns, told):
    part = Playing(*turns)

    async def then_close(reader, writer):
        for expected, answer in part.turns:
            await reader.readexactly(len(expected))
            writer.write(answer)

    with pytest.raises(ProxyError, match=told) as caught:
        await dial(then_close, user=user)
    assert "secret" not in str(caught.value)


async def test_what_does_not_fit_is_refused_here(dial):
    part = Playing((b"\x05\x02\x00\x02", b"\x05\x02"))
    with pytest.raises(ValueError, match="255"):
        await dial(part, user="u:" + "p" * 256 + "@")


async def test_a_silent_proxy(dial):
    with pytest.raises(HTTPTimeoutError, match="no tunnel") as caught:
        await dial(Playing((b"\x05\x01\x00", b"")), timeout=0.1)
    assert caught.value.phase is Phase.CONNECT


async def test_an_unknown_host_is_told_by_who_looked(dial):
    with pytest.raises(OSError, match=r"nosuch.invalid") as caught:
        await dial(Playing((b"\x05\x01\x00", b"\x05\x00")), "http://nosuch.invalid/", "socks5")
    assert not isinstance(caught.value, ProxyError)


async def test_a_resolver_without_an_answer(scripted):
    class Empty(Resolver):
        async def resolve(self, host, port, family=socket.AF_UNSPEC):
            return [] if host == "a.example" else [(socket.AF_INET, (host, port))]

    proxy = await scripted(Playing((b"\x05\x01\x00", b"\x05\x00")))
    route = Route.of(HTTPRequest("http://a.example/", proxy=f"socks5://127.0.0.1:{proxy.port}"))
    with pytest.raises(HTTPConnectError, match=r"a.example:80: the resolver gave no address"):
        await Dialer(Empty()).dial(route, connect_timeout=5)


async def test_cancelled_halfway(scripted):
    here = asyncio.Event()
    ended = asyncio.Event()

    async def hang(reader, writer):
        await reader.readexactly(3)
        here.set()
        assert await reader.read() == b""
        ended.set()

    proxy = await scripted(hang)
    route = Route.of(HTTPRequest("http://a.example/", proxy=f"socks5h://127.0.0.1:{proxy.port}"))
    dialing = asyncio.get_running_loop().create_task(Dialer().dial(route, connect_timeout=None))
    await here.wait()
    dialing.cancel()
    await ended.wait()  # the stream has been closed
    with pytest.raises(asyncio.CancelledError):
        await dialing
