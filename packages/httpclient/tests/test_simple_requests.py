"""What a request looks like on the wire, and how its body gets there."""

import asyncio
import base64

import pytest

from tornado.httpclient import HTTPRequest, HTTPStreamClosedError
from tornado.httputil import HTTPHeaders, HTTPOutputError
from tornado.simple_httpclient import _exchange

OK = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"
CONTINUE = b"HTTP/1.1 100 Continue\r\n\r\n"


async def sent(simple, canned, path="/", client=None, **settings):
    """The request as it came: its line, its fields as a list, its body."""
    server = await canned(OK)
    await (client or simple()).fetch(f"http://127.0.0.1:{server.port}{path}", **settings)
    head, _, body = server.received[0].partition(b"\r\n\r\n")
    line, *fields = head.decode("latin-1").split("\r\n")
    return line, [f for f in fields if not f.startswith("Host: 127.0.0.1:")], body


PLAIN = {"user_agent": "me", "decompress_response": False}


async def test_a_plain_get(simple, canned):
    server = await canned(OK)
    await simple().fetch(f"http://127.0.0.1:{server.port}/a?b=c#d", user_agent="Tea/1")
    line, host, agent, accept, *rest = server.received[0].split(b"\r\n")
    assert line == b"GET /a?b=c HTTP/1.1"
    assert host == b"Host: 127.0.0.1:%d" % server.port
    assert agent == b"User-Agent: Tea/1"
    assert accept.startswith(b"Accept-Encoding: gzip")
    assert rest == [b"", b""]


@pytest.mark.parametrize(
    ("settings", "fields", "body"),
    [
        ({}, [], b""),
        ({"method": "DELETE"}, [], b""),
        (
            {"method": "POST", "body": "é"},
            ["Content-Type: application/x-www-form-urlencoded", "Content-Length: 2"],
            b"\xc3\xa9",
        ),
        (
            {"method": "POST", "body": b"{}", "headers": {"content-type": "application/json"}},
            ["Content-Type: application/json", "Content-Length: 2"],
            b"{}",
        ),
        ({"method": "PUT", "body": b"x"}, ["Content-Length: 1"], b"x"),
        # RFC 9110 section 8.6: a method that means something by content says so when there is none
        (
            {"method": "POST", "allow_nonstandard_methods": True},
            ["Content-Length: 0"],
            b"",
        ),
        (
            {"method": "PUT", "body": b"x", "headers": {"Transfer-Encoding": "chunked"}},
            ["Transfer-Encoding: chunked"],
            b"1\r\nx\r\n0\r\n\r\n",
        ),
        (
            {"method": "DELETE", "body": b"x", "allow_nonstandard_methods": True},
            ["Content-Length: 1"],
            b"x",
        ),
        ({"headers": {"X": "1", "x": "2"}}, ["X: 2"], b""),
    ],
)
async def test_bodies_and_their_fields(simple, canned, settings, fields, body):
    line, found, content = await sent(simple, canned, **PLAIN, **settings)
    assert line == f"{settings.get('method', 'GET')} / HTTP/1.1"
    assert sorted(found) == sorted([*fields, "User-Agent: me"])
    assert content == body


async def test_fields_of_the_program_come_first(simple, canned):
    _, fields, _ = await sent(
        simple,
        canned,
        headers={"User-Agent": "a", "Accept-Encoding": "identity", "Accept": "x"},
    )
    assert fields == ["User-Agent: a", "Accept-Encoding: identity", "Accept: x"]
    server = await canned(OK)
    await simple().fetch(f"http://127.0.0.1:{server.port}/", headers={"Host": "elsewhere"})
    assert server.received[0].count(b"Host:") == 1
    assert b"\r\nHost: elsewhere\r\n" in server.received[0]


async def test_who_it_is(simple, canned):
    _, fields, _ = await sent(simple, canned)
    assert "User-Agent: Tornado/6.6.1" in fields
    client = simple(defaults={"user_agent": "Tea/2"})
    _, fields, _ = await sent(simple, canned, client=client)
    assert "User-Agent: Tea/2" in fields


async def test_basic_authentication(simple, canned):
    """RFC 7617; the credentials of the URL count where there are no others."""

    def field(user, password):
        return "Authorization: Basic " + base64.b64encode(f"{user}:{password}".encode()).decode()

    _, fields, _ = await sent(simple, canned, auth_username="Jürgen", auth_password="a:b")
    assert field("Jürgen", "a:b") in fields
    server = await canned(OK)
    await simple().fetch(f"http://user:p%40ss@127.0.0.1:{server.port}/")
    assert field("user", "p@ss").encode() in server.received[0]
    assert b"user" not in server.received[0].partition(b"\r\n")[0]
    with pytest.raises(ValueError, match="curl_httpclient"):
        await sent(simple, canned, auth_username="a", auth_password="b", auth_mode="digest")


async def test_through_a_proxy_the_whole_url_is_sent(simple, canned):
    """RFC 9112 section 3.2.2; without the fragment, and without credentials."""
    server = await canned(OK)
    await simple().fetch(
        "http://a:b@example.com:81/x?y#z", proxy=f"http://user:secret@127.0.0.1:{server.port}"
    )
    head = server.received[0].split(b"\r\n")
    assert head[0] == b"GET http://example.com:81/x?y HTTP/1.1"
    assert head[1] == b"Host: example.com:81"
    assert b"Proxy-Authorization: Basic " + base64.b64encode(b"user:secret") in head
    with pytest.raises(ValueError, match="not 'digest'"):
        await simple().fetch(
            "http://example.com/",
            proxy=f"http://user:secret@127.0.0.1:{server.port}",
            proxy_auth_mode="digest",
        )
    assert len(server.received) == 1


async def test_head_and_body_leave_in_one_piece(simple, scripted):
    """One segment for a small request: servers do not wait for a second one."""
    first = []

    async def part(reader, writer):
        first.append(await reader.read(65536))
        writer.write(OK)

    server = await scripted(part)
    await simple().fetch(f"http://127.0.0.1:{server.port}/", method="POST", body=b"x" * 1000)
    assert first[0].endswith(b"\r\n\r\n" + b"x" * 1000)


async def test_a_large_body(simple, canned):
    body = bytes(range(256)) * 20_000
    server = await canned(OK)
    await simple().fetch(f"http://127.0.0.1:{server.port}/", method="POST", body=body)
    assert server.received[0].partition(b"\r\n\r\n")[2] == body


# -- body_producer


async def produce(write):
    for piece in (b"one", b"", "zwö", b"three"):
        await write(piece)


async def test_a_body_in_chunks(simple, canned):
    _, fields, body = await sent(
        simple, canned, method="POST", body_producer=produce, headers={"Content-Type": "text/plain"}
    )
    assert "Transfer-Encoding: chunked" in fields
    assert body == b"3\r\none\r\n4\r\nzw\xc3\xb6\r\n5\r\nthree\r\n0\r\n\r\n"


async def test_a_body_of_announced_length(simple, canned):
    _, fields, body = await sent(
        simple, canned, method="PUT", body_producer=produce, headers={"Content-Length": "12"}
    )
    assert "Transfer-Encoding: chunked" not in fields
    assert body == b"onezw\xc3\xb6three"


def not_a_coroutine(write):
    write(b"at once")


async def test_a_producer_may_be_a_plain_function(simple, canned):
    assert (await sent(simple, canned, method="PUT", body_producer=not_a_coroutine))[2] == (
        b"7\r\nat once\r\n0\r\n\r\n"
    )


@pytest.mark.parametrize(("length", "what"), [(11, "longer"), (13, "shorter")])
async def test_a_body_of_another_length_than_announced(simple, scripted, length, what):
    """The request cannot be completed, so the connection is closed in the middle of it."""
    received = []

    async def part(reader, writer):
        received.append(await reader.read())

    server = await scripted(part)
    with pytest.raises(HTTPOutputError, match=f"{what} than its Content-Length by 1 bytes"):
        await simple().fetch(
            f"http://127.0.0.1:{server.port}/",
            method="PUT",
            body_producer=produce,
            headers={"Content-Length": str(length)},
        )
    while not received:
        await asyncio.sleep(0)


async def test_a_producer_that_hides_its_mistake(simple, scripted):
    async def producer(write):
        try:
            await write(b"12345")
        except HTTPOutputError:
            pass

    async def part(reader, writer):
        await reader.read()

    server = await scripted(part)
    with pytest.raises(HTTPOutputError, match="longer"):
        await simple().fetch(
            f"http://127.0.0.1:{server.port}/",
            method="PUT",
            body_producer=producer,
            headers={"Content-Length": "4"},
        )


@pytest.mark.parametrize("at_once", [False, True])
async def test_a_producer_that_fails(simple, scripted, at_once):
    async def later(write):
        await write(b"x")
        raise ZeroDivisionError

    def now(write):
        raise ZeroDivisionError

    async def part(reader, writer):
        await reader.read()

    server = await scripted(part)
    with pytest.raises(ZeroDivisionError):
        await simple().fetch(
            f"http://127.0.0.1:{server.port}/",
            method="PUT",
            body_producer=now if at_once else later,
        )


async def test_a_producer_is_held_back(simple, scripted):
    """Who awaits write() does not get ahead of a server that does not read."""
    go_on = asyncio.Event()
    written = 0

    async def producer(write):
        nonlocal written
        for _ in range(1000):
            await write(b"x" * 65536)
            written += 65536

    async def part(reader, writer):
        await go_on.wait()
        last = b""
        while not last.endswith(b"0\r\n\r\n"):
            last = last[-7:] + await reader.read(65536)
        writer.write(OK)

    server = await scripted(part)
    fetch = simple().fetch(f"http://127.0.0.1:{server.port}/", method="PUT", body_producer=producer)
    before = -1
    while written != before or not written:
        before = written
        for _ in range(50):
            await asyncio.sleep(0.001)
    assert written < 65_536_000 // 2
    go_on.set()
    assert (await fetch).code == 200
    assert written == 65_536_000


async def test_a_server_that_goes_away_while_a_body_is_sent(simple, scripted):
    async def producer(write):
        while True:
            await write(b"x" * 65536)

    async def part(reader, writer):
        await reader.readuntil(b"\r\n\r\n")

    server = await scripted(part)
    with pytest.raises(HTTPStreamClosedError):
        await simple().fetch(
            f"http://127.0.0.1:{server.port}/", method="PUT", body_producer=producer
        )


# -- Expect: 100-continue (RFC 9110 section 10.1.1)


def expecting(url, **settings):
    return HTTPRequest(url, method="PUT", expect_100_continue=True, **settings)


@pytest.mark.parametrize("body", [{"body": b"body"}, {"body_producer": lambda w: w(b"body")}])
async def test_the_body_waits_for_100_continue(simple, scripted, body):
    seen = []

    async def part(reader, writer):
        head = await reader.readuntil(b"\r\n\r\n")
        seen.append(head)
        assert b"Expect: 100-continue\r\n" in head
        await asyncio.sleep(0.01)
        assert reader._buffer == b""
        writer.write(CONTINUE)
        seen.append(await reader.readuntil(b"body"))
        writer.write(OK)

    server = await scripted(part)
    response = await simple().fetch(expecting(f"http://127.0.0.1:{server.port}/", **body))
    assert response.code == 200
    assert len(seen) == 2
    assert server.failures == []


async def test_a_final_answer_comes_in_place_of_100(simple, scripted):
    """The body is not sent, and the connection cannot be used again: it would be taken for it."""
    rest = []

    async def part(reader, writer):
        await reader.readuntil(b"\r\n\r\n")
        writer.write(b"HTTP/1.1 403 No\r\nContent-Length: 2\r\n\r\nno")
        rest.append(await reader.read())

    server = await scripted(part)
    client = simple()
    for _ in range(2):
        response = await client.fetch(
            expecting(f"http://127.0.0.1:{server.port}/", body=b"x"), raise_error=False
        )
        assert (response.code, response.body) == (403, b"no")
    while len(rest) < 2:
        await asyncio.sleep(0)
    assert rest == [b"", b""]
    assert server.connections == 2


async def test_nothing_is_told_after_a_producer_has_failed(simple, scripted):
    """100 made it begin, and the final answer came in one piece with that."""

    async def part(reader, writer):
        await reader.readuntil(b"\r\n\r\n")
        writer.write(b"HTTP/1.1 100 Continue\r\n\r\n" + OK)
        await reader.read()

    def producer(write):
        raise ZeroDivisionError

    server = await scripted(part)
    lines = []
    with pytest.raises(ZeroDivisionError):
        await simple().fetch(
            f"http://127.0.0.1:{server.port}/",
            method="POST",
            body_producer=producer,
            expect_100_continue=True,
            header_callback=lines.append,
        )
    assert lines == []


async def test_nobody_waits_for_100_for_ever(simple, canned, monkeypatch):
    monkeypatch.setattr(_exchange, "CONTINUE_WAIT", 0.01)
    server = await canned(OK)
    response = await simple().fetch(expecting(f"http://127.0.0.1:{server.port}/", body=b"x"))
    assert response.code == 200
    assert server.received[0].endswith(b"\r\n\r\nx")


async def test_417_is_answered_by_a_request_without_expectation(simple, scripted):
    received = []

    async def part(reader, writer):
        head = await reader.readuntil(b"\r\n\r\n")
        received.append(head)
        if b"Expect" in head:
            writer.write(b"HTTP/1.1 417 Expectation Failed\r\nContent-Length: 2\r\n\r\nno")
        else:
            received.append(await reader.readexactly(4))
            writer.write(OK)

    server = await scripted(part)
    response = await simple().fetch(expecting(f"http://127.0.0.1:{server.port}/", body=b"body"))
    assert (response.code, response.body) == (200, b"ok")
    assert received[2:] == [b"body"]
    assert received[1] == received[0].replace(b"Expect: 100-continue\r\n", b"")


async def test_nothing_is_expected_without_a_body(simple, canned):
    _, fields, _ = await sent(simple, canned, expect_100_continue=True)
    assert not any(field.startswith("Expect") for field in fields)


# -- what is never sent (the rest of it is in the tests of what both clients refuse)


@pytest.mark.parametrize(
    "settings",
    [
        {"headers": {"X": "a\r\nY: b"}},
        {"headers": {"X\r\nY": "b"}},
        {"user_agent": "a\nb"},
        {"method": "GET / HTTP/1.1\r\nX:", "allow_nonstandard_methods": True},
        {"method": "PUT", "body_producer": produce, "headers": {"Transfer-Encoding": "gzip"}},
        {"headers": {"X": "\u20ac"}},
        {"headers": HTTPHeaders.parse("Host: a\r\nHost: b\r\n")},
        {"method": "CONNECT", "allow_nonstandard_methods": True},
    ],
)
async def test_what_would_split_or_confuse_never_leaves(simple, canned, settings):
    server = await canned(OK)
    with pytest.raises((ValueError, HTTPOutputError)):
        await simple().fetch(f"http://127.0.0.1:{server.port}/", **settings)
    assert server.connections == 0
