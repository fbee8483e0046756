"""What a proxy gets to read, and what it does not. Real ones are in tests/interop."""

import asyncio

import pytest

from tornado.httpclient import HTTPTimeoutError, Phase, ProxyError

OK = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nhi"
SECRETS = {"Authorization": "Basic c2VydmVy", "Cookie": "a=b", "X-Private": "yes"}
ME = {"proxy_username": "me", "proxy_password": "secret"}


def tunnel(port):
    """A proxy that opens every tunnel, and leads all of them to one port."""

    async def part(server, reader, writer):
        await server.head(reader)
        far_reader, far_writer = await asyncio.open_connection("127.0.0.1", port)
        writer.write(b"HTTP/1.1 200 OK\r\nX-Proxy: seen\r\n\r\n")

        async def pump(source, target):
            while data := await source.read(1 << 16):
                target.write(data)
            target.close()

        try:
            await asyncio.gather(pump(reader, far_writer), pump(far_reader, writer))
        finally:
            far_writer.close()

    return part


def through(server):
    return {"proxy_host": "localhost", "proxy_port": server.port}


async def test_plain_http_has_the_whole_url(raw, client):
    proxy = await raw(OK)
    await client.fetch("http://me:pw@server.example:81/a?b#c", **through(proxy), **ME)
    head = proxy.requests[0]
    assert head.startswith(b"GET http://server.example:81/a?b HTTP/1.1\r\n")
    assert proxy.field("Host") == "server.example:81"
    assert proxy.field("Proxy-Authorization") == "Basic bWU6c2VjcmV0"
    assert proxy.field("Authorization") == "Basic bWU6cHc="


async def test_a_tunnel_reads_nothing_of_the_request(raw, site, client, certificates):
    running = site(certificates.server())
    proxy = await raw(tunnel(running.port))
    lines = []
    seen = await client.json(
        f"{running.url}/echo",
        headers=SECRETS,
        header_callback=lines.append,
        **through(proxy),
        **ME,
    )
    (head,) = proxy.requests
    assert head.startswith(b"CONNECT localhost:%d HTTP/1.1\r\n" % running.port)
    assert proxy.field("Proxy-Authorization") == "Basic bWU6c2VjcmV0"
    assert not any(proxy.field(name) for name in SECRETS)
    assert "proxy-authorization" not in seen["headers"]
    assert not any("X-Proxy" in line for line in lines)
    assert sum(line.startswith("HTTP/") for line in lines) == 1


async def test_a_tunnel_of_one_user_is_not_anothers(raw, site, client, certificates):
    running = site(certificates.server())
    proxy = await raw(tunnel(running.port))
    url = f"{running.url}/echo"
    other = {"proxy_username": "other", "proxy_password": "secret"}
    ports = []
    for who in (ME, {}, other, {**ME, "proxy_password": "changed"}):
        ports.append((await client.json(url, **through(proxy), **who))["peer"][1])
    assert len(set(ports)) == len(proxy.requests) == 4
    ports.append((await client.json(url))["peer"][1])
    assert len(set(ports)) == 5
    before = len(proxy.requests)
    await client.json(url, **through(proxy), **ME)
    assert len(proxy.requests) == before


async def test_credentials_do_not_stay_for_plain_http(raw, client):
    async def part(server, reader, writer):
        while True:
            await server.head(reader)
            writer.write(OK)

    proxy = await raw(part)
    for who in (ME, {}, {"proxy_username": "other"}):
        await client.fetch("http://server.example/", **through(proxy), **who)
    assert [proxy.field("Proxy-Authorization", at) for at in range(3)] == [
        "Basic bWU6c2VjcmV0", None, "Basic b3RoZXI6"]  # fmt: skip


async def test_a_redirect_goes_through_the_proxy_too(raw, client):
    async def part(server, reader, writer):
        while True:
            head = await server.head(reader)
            if b"first.example" in head.split(b"\r\n")[0]:
                writer.write(
                    b"HTTP/1.1 302 Found\r\nLocation: http://second.example/\r\n"
                    b"Content-Length: 0\r\n\r\n"
                )
            else:
                writer.write(OK)

    proxy = await raw(part)
    response = await client.fetch("http://first.example/", headers=SECRETS, **through(proxy), **ME)
    assert response.effective_url == "http://second.example/"
    assert proxy.field("Proxy-Authorization") == "Basic bWU6c2VjcmV0"
    assert proxy.field("Authorization") is None
    assert proxy.field("Cookie") is None


@pytest.mark.parametrize(
    ("answer", "status"),
    [
        (b"HTTP/1.1 403 Filtered\r\nContent-Length: 0\r\n\r\n", 403),
        (b"HTTP/1.1 502 Bad Gateway\r\nConnection: close\r\n\r\n", 502),
        (b'HTTP/1.1 407 No\r\nProxy-Authenticate: Basic realm="x"\r\n\r\n', 407),
        (b"SSH-2.0-OpenSSH\r\n\r\n", None),
        (b"", None),
    ],
)
async def test_refusals(raw, client, answer, status):
    proxy = await raw(answer)
    with pytest.raises(ProxyError) as caught:
        await client.fetch("https://server.example/", **through(proxy), **ME)
    assert caught.value.code == 599
    assert caught.value.status == status
    assert "secret" not in str(caught.value)


async def test_a_proxy_without_a_word(raw, client):
    async def part(server, reader, writer):
        await server.head(reader)
        await reader.read()

    proxy = await raw(part)
    with pytest.raises(HTTPTimeoutError) as caught:
        await client.fetch("https://server.example/", connect_timeout=0.1, **through(proxy))
    assert caught.value.phase is Phase.CONNECT


async def test_digest_at_a_proxy(raw, client, kind):
    async def part(server, reader, writer):
        while True:
            await server.head(reader)
            if server.field("Proxy-Authorization") is None:
                writer.write(
                    b"HTTP/1.1 407 Who\r\nContent-Length: 3\r\n"
                    b'Proxy-Authenticate: Digest realm="x", qop="auth", nonce="n"\r\n\r\nwho'
                )
            else:
                writer.write(OK)

    proxy = await raw(part)
    named = {**through(proxy), **ME, "proxy_auth_mode": "digest"}
    if kind.__name__ == "SimpleAsyncHTTPClient":
        with pytest.raises(ValueError, match="curl_httpclient"):
            await client.fetch("http://server.example/", **named)
        return
    assert (await client.fetch("http://server.example/", **named)).body == b"hi"
    assert proxy.field("Proxy-Authorization").startswith('Digest username="me"')
