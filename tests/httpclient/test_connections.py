"""Connections: which are used again, how many there are, and what they never carry over."""

import asyncio
import json
import ssl

import pytest

from tornado.httpclient import HTTPClient, HTTPStreamClosedError

OK = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nhi"


async def answering(server, reader, writer):
    """A server that keeps its connections."""
    while True:
        await server.head(reader)
        writer.write(OK)


async def peers(client, url, count=3, **arguments):
    """The ports that requests one after another came from."""
    found = [(await client.json(url, **arguments))["peer"][1] for _ in range(count)]
    return len(set(found))


# Used again


async def test_one_connection_for_many_requests(origin, client):
    url = f"{origin().url}/echo"
    assert await peers(client, url, 5) == 1
    assert await peers(client, url, 3, method="POST", body="b" * 100_000) == 1


async def test_also_after_errors_redirects_and_no_content(raw, origin, client):
    site = origin()
    before = (await client.json(f"{site.url}/echo"))["peer"]
    await client.fetch(f"{site.url}/echo/404", raise_error=False)
    await client.fetch(f"{site.url}/loop/3")
    await client.fetch(f"{site.url}/echo", method="HEAD")
    await client.fetch(f"{site.url}/modified", if_modified_since=784111777, raise_error=False)
    await client.fetch(f"{site.url}/bytes/100000?chunked=1")
    await client.fetch(f"{site.url}/coded/gzip/100000")
    assert (await client.json(f"{site.url}/echo"))["peer"] == before


@pytest.mark.parametrize(
    "answer",
    [
        b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nConnection: close\r\n\r\nhi",
        b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nConnection: foo, close\r\n\r\nhi",
        b"HTTP/1.0 200 OK\r\nContent-Length: 2\r\n\r\nhi",
    ],
)
async def test_not_when_the_server_is_done_with_it(raw, client, answer):
    ended = asyncio.Event()

    async def part(server, reader, writer):
        await server.head(reader)
        writer.write(answer)
        assert await reader.read() == b""  # the client closes first
        ended.set()

    server = await raw(part)
    await client.fetch(server.url)
    await ended.wait()
    await client.fetch(server.url)
    assert server.connections == 2


async def test_not_when_the_request_says_so(site, client):
    url = f"{site().url}/echo"
    assert await peers(client, url, 3, headers={"Connection": "close"}) == 3


@pytest.mark.parametrize(
    "arguments",
    [
        {"network_interface": "127.0.0.9"},
        {"allow_ipv6": False, "network_interface": "127.0.0.8"},
        {"unix_socket": "path"},
    ],
)
async def test_not_by_another_way(site, client, arguments, tmp_path):
    url = f"{site().url}/echo"
    before = (await client.json(url))["peer"]
    if "unix_socket" in arguments:
        arguments = {"unix_socket": str(tmp_path / "none")}
        with pytest.raises(OSError):
            await client.fetch(url, **arguments)
        return
    assert (await client.json(url, **arguments))["peer"] != before


async def test_a_connection_of_another_certificate(site, client, certificates):
    """A connection that was opened with a client's certificate speaks for that client."""

    def me(name):
        return {"client_cert": certificates.cert(name), "client_key": certificates.key(name)}

    url = f"{site(certificates.server(client=ssl.CERT_OPTIONAL)).url}/echo"
    names = []
    for arguments in (me("client"), {}, me("stranger"), {}, me("client")):
        names.append((await client.json(url, **arguments))["client"])
    assert names == ["client", None, "stranger", None, "client"]


async def test_a_connection_that_was_not_verified(site, client, certificates):
    url = f"{site(certificates.server('other')).url}/echo"
    assert (await client.fetch(url, validate_cert=False)).code == 200
    with pytest.raises(ssl.SSLCertVerificationError):
        await client.fetch(url)


async def test_a_connection_that_was_just_closed(raw, client):
    """The server closes after its first answer without a word; the next request finds that out."""

    async def part(server, reader, writer):
        await server.head(reader)
        writer.write(OK)
        if server.connections > 1:
            await reader.read()

    server = await raw(part)
    assert (await client.fetch(server.url)).body == b"hi"
    assert (await client.fetch(server.url)).body == b"hi"
    assert server.connections == 2


async def test_a_connection_that_closes_at_the_next_request(raw, client):
    async def part(server, reader, writer):
        await server.head(reader)
        writer.write(OK)
        if server.connections == 1:
            await server.head(reader)  # and gone
        else:
            await answering(server, reader, writer)

    server = await raw(part)
    await client.fetch(server.url)
    assert (await client.fetch(server.url)).body == b"hi"
    assert (server.connections, len(server.requests)) == (2, 3)


async def test_a_new_connection_that_closes_is_not_tried_again(raw, client):
    async def part(server, reader, writer):
        await server.head(reader)

    server = await raw(part)
    with pytest.raises(HTTPStreamClosedError):
        await client.fetch(server.url)
    assert server.connections == 1


async def test_an_answer_nobody_asked_for(raw, client):
    """A second response in the wake of the first must not be taken for that to the next request."""

    async def part(server, reader, writer):
        await server.head(reader)
        writer.write(OK + b"HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nevil")
        await answering(server, reader, writer)

    server = await raw(part)
    bodies = [(await client.fetch(server.url, headers={"N": str(n)})).body for n in range(3)]
    assert b"evil" not in bodies[1:]
    assert bodies[0] == b"hi"


# How many


async def test_max_clients_can_be_changed(raw, make):
    async def silent(server, reader, writer):
        await reader.read()

    server = await raw(silent)
    client = make(max_clients=1)
    fetches = [client.fetch(server.url, request_timeout=0, connect_timeout=0) for _ in range(4)]
    while server.connections < 1:
        await asyncio.sleep(0.001)
    client.max_clients = 3
    assert client.max_clients == 3
    while server.connections < 3:
        await asyncio.sleep(0.001)
    with pytest.raises(ValueError, match="max_clients must be at least 1, got 0"):
        client.max_clients = 0
    for fetch in fetches:
        fetch.cancel()


async def test_max_clients(site, make):
    running = site()
    client = make(max_clients=3)
    fetching = [client.fetch(f"{running.url}/held") for _ in range(10)]
    while running.application.waiting < 3:
        running.application.arrived.clear()
        await running.application.arrived.wait()
    running.application.gate.set()
    assert {response.body for response in await asyncio.gather(*fetching)} == {b"released"}
    assert running.application.most == 3


async def test_a_hundred_at_once(origin, make, certificates):
    running = origin()
    client = make(max_clients=100, defaults={"ca_certs": certificates.authority})
    fetching = [client.fetch(f"{running.url}/held") for _ in range(100)]
    while running.application.waiting < 100:
        running.application.arrived.clear()
        await running.application.arrived.wait()
    running.application.gate.set()
    assert [response.body for response in await asyncio.gather(*fetching)] == [b"released"] * 100


async def test_a_failure_gives_its_turn_to_the_next(site, make, closed_port):
    running = site()
    client = make(max_clients=1)
    urls = [f"http://localhost:{closed_port}/", f"{running.url}/echo"] * 5
    found = await asyncio.gather(*map(client.fetch, urls), return_exceptions=True)
    assert [getattr(one, "code", None) for one in found] == [599, 200] * 5


async def test_a_fetch_from_a_callback_of_another(site, client):
    url = f"{site().url}/echo"
    inner = []
    await client.fetch(url, header_callback=lambda line: inner or inner.append(client.fetch(url)))
    assert (await inner[0]).code == 200


# One client in many places


async def test_one_client_for_each_loop(site, kind):
    first, second = kind(), kind()
    try:
        assert first is second
        assert kind(force_instance=True) is not first
        assert (await first.fetch(f"{site().url}/echo")).code == 200
    finally:
        first.close()
    assert kind() is not first
    kind().close()


async def test_as_a_context_manager(site, kind):
    async with kind(force_instance=True) as client:
        assert (await client.fetch(f"{site().url}/echo")).code == 200
    with pytest.raises(RuntimeError):
        client.fetch("http://localhost/")


def test_the_client_that_blocks(kind):
    import http.server
    import threading

    class Handler(http.server.BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self):
            body = json.dumps({"path": self.path, "port": self.client_address[1]}).encode()
            self.send_response(200)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *arguments):
            pass

    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        try:
            with HTTPClient(kind) as client:
                url = f"http://127.0.0.1:{server.server_address[1]}"
                found = [json.loads(client.fetch(f"{url}/{n}").body) for n in range(3)]
                assert [one["path"] for one in found] == ["/0", "/1", "/2"]
                assert len({one["port"] for one in found}) == 1
                with pytest.raises(ConnectionRefusedError):
                    client.fetch("http://127.0.0.1:1/")
        finally:
            server.shutdown()
            thread.join()


@pytest.mark.parametrize("name", ["uvloop"])
def test_on_another_loop(kind, name):
    loops = pytest.importorskip(name)

    async def main():
        async def answer(reader, writer):
            await reader.readuntil(b"\r\n\r\n")
            writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 1000000\r\n\r\n" + bytes(1000000))
            await writer.drain()
            writer.close()
            await writer.wait_closed()

        server = await asyncio.start_server(answer, "127.0.0.1", 0)
        port = server.sockets[0].getsockname()[1]
        async with server, kind(force_instance=True) as client:
            fetching = [client.fetch(f"http://127.0.0.1:{port}/") for _ in range(20)]
            return [len(response.body) for response in await asyncio.gather(*fetching)]

    with asyncio.Runner(loop_factory=loops.new_event_loop) as runner:
        assert runner.run(main()) == [1000000] * 20


# Trying again, where that is asked for


async def test_retries(raw, client):
    async def part(server, reader, writer):
        await server.head(reader)
        if server.connections > 2:
            writer.write(OK)

    server = await raw(part)
    assert (await client.fetch(server.url, retries=2)).body == b"hi"
    assert server.connections == 3


async def test_retries_when_nobody_listens_yet(raw, client, closed_port):
    async def answer(reader, writer):
        await reader.readuntil(b"\r\n\r\n")
        writer.write(OK)
        await writer.drain()
        writer.close()

    fetching = asyncio.ensure_future(client.fetch(f"http://127.0.0.1:{closed_port}/", retries=3))
    await asyncio.sleep(0.05)
    async with await asyncio.start_server(answer, "127.0.0.1", closed_port):
        assert (await fetching).body == b"hi"


async def test_what_may_have_been_done_is_not_done_again(raw, client):
    async def part(server, reader, writer):
        await server.head(reader)

    server = await raw(part)
    with pytest.raises(HTTPStreamClosedError):
        await client.fetch(server.url, method="POST", body=b"b", retries=2)
    assert server.connections == 1


async def test_statuses_that_are_asked_again(raw, client):
    async def part(server, reader, writer):
        while True:
            await server.head(reader)
            if len(server.requests) < 3:
                writer.write(
                    b"HTTP/1.1 503 Soon\r\nRetry-After: 0\r\nContent-Length: 4\r\n\r\nsoon"
                )
            else:
                writer.write(OK)

    server = await raw(part)
    pieces = []
    response = await client.fetch(server.url, retries=2, streaming_callback=pieces.append)
    assert (response.code, pieces) == (200, [b"hi"])
