"""Code 599: everything that keeps an answer from coming, with its class and its phase."""

import asyncio
import socket
import ssl

import pytest

from tornado.httpclient import (
    HTTPClientError,
    HTTPConnectError,
    HTTPProtocolError,
    HTTPRequest,
    HTTPStreamClosedError,
    HTTPTimeoutError,
    Phase,
)


async def silent(server, reader, writer):
    """Accepts, and never answers."""
    while await reader.read(1 << 16):
        pass


async def test_nobody_listens(client, closed_port):
    with pytest.raises(ConnectionRefusedError, match=f"localhost:{closed_port}") as caught:
        await client.fetch(f"http://localhost:{closed_port}/")
    assert isinstance(caught.value, HTTPConnectError)
    assert caught.value.code == 599
    assert caught.value.response is None


@pytest.mark.parametrize("scheme", ["http", "https"])
async def test_an_unknown_name(client, scheme):
    with pytest.raises(socket.gaierror, match=r"nosuch\.invalid") as caught:
        await client.fetch(f"{scheme}://nosuch.invalid/")
    assert isinstance(caught.value, HTTPConnectError)


async def test_raise_error_false_is_about_statuses(client, closed_port):
    with pytest.raises(ConnectionRefusedError):
        await client.fetch(f"http://localhost:{closed_port}/", raise_error=False)


async def test_ipv4_alone(client):
    with pytest.raises(HTTPConnectError):
        await client.fetch("http://[::1]:1/", allow_ipv6=False)


# TLS


@pytest.mark.parametrize(
    ("name", "arguments"),
    [("good", {"ca_certs": None}), ("other", {})],
    ids=["unknown authority", "wrong host"],
)
async def test_certificates_that_do_not_hold(site, make, certificates, name, arguments):
    url = f"{site(certificates.server(name)).url}/echo"
    client = make()
    arguments = {"ca_certs": certificates.authority, **arguments}
    with pytest.raises(HTTPConnectError) as caught:
        await client.fetch(url, **arguments)
    assert isinstance(caught.value, ssl.SSLCertVerificationError)
    assert (await client.fetch(url, validate_cert=False)).code == 200
    # What one request was ready to accept does not count for the next.
    with pytest.raises(ssl.SSLCertVerificationError):
        await client.fetch(url, **arguments)


async def test_a_server_that_does_not_speak_tls(raw, client):
    server = await raw(b"HTTP/1.1 400 This is HTTP\r\n\r\n")

    async def answer_nonsense(server, reader, writer):
        await reader.read(100)
        writer.write(b"HTTP/1.1 400 This is HTTP\r\n\r\n")

    server = await raw(answer_nonsense)
    with pytest.raises(ssl.SSLError) as caught:
        await client.fetch(server.url.replace("http:", "https:"))
    assert isinstance(caught.value, HTTPConnectError)


async def test_a_missing_file_of_authorities(site, client, certificates, tmp_path):
    url = f"{site(certificates.server()).url}/echo"
    with pytest.raises(OSError):
        await client.fetch(url, ca_certs=str(tmp_path / "none"))


async def test_client_certificates(site, client, certificates):
    url = f"{site(certificates.server(client=ssl.CERT_REQUIRED)).url}/echo"
    arguments = {
        "client_cert": certificates.cert("client"),
        "client_key": certificates.key("client"),
    }
    assert (await client.json(url, **arguments))["client"] == "client"
    with pytest.raises(HTTPClientError) as caught:
        await client.fetch(url)
    assert caught.value.code == 599


async def test_ssl_options(site, client, certificates):
    url = f"{site(certificates.server()).url}/echo"
    assert (await client.fetch(url, ssl_options={"cert_reqs": ssl.CERT_NONE})).code == 200
    options = {"ca_certs": certificates.authority}
    assert (await client.fetch(url, ssl_options=options)).code == 200


# Time


@pytest.mark.parametrize(
    ("arguments", "phase", "told"),
    [
        ({"request_timeout": 0.1}, Phase.TOTAL, "request_timeout"),
        ({"headers_timeout": 0.1}, Phase.HEADERS, "headers_timeout"),
        ({"connect_timeout": 5, "request_timeout": 0.1}, Phase.TOTAL, "request_timeout"),
    ],
)
async def test_no_answer(raw, client, arguments, phase, told):
    server = await raw(silent)
    with pytest.raises(HTTPTimeoutError, match=rf"0\.1 s \({told}\)") as caught:
        await client.fetch(server.url, **arguments)
    assert (caught.value.phase, caught.value.code) == (phase, 599)


@pytest.mark.parametrize(
    "arguments", [{"connect_timeout": 0.4}, {"connect_timeout": 5, "tls_timeout": 0.1}]
)
async def test_no_handshake(raw, client, arguments):
    server = await raw(silent)
    with pytest.raises(HTTPTimeoutError) as caught:
        await client.fetch(server.url.replace("http:", "https:"), **arguments)
    assert caught.value.phase is Phase.TLS


async def test_no_end_of_the_body(raw, client):
    async def part(server, reader, writer):
        await server.head(reader)
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhalf.")
        await reader.read()

    server = await raw(part)
    with pytest.raises(HTTPTimeoutError, match="body_timeout") as caught:
        await client.fetch(server.url, headers_timeout=5, body_timeout=0.1)
    assert caught.value.phase is Phase.BODY


async def test_no_connection(client):
    # A listener whose queue is full: the system answers no further attempt.
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen(0)
        fillers = []
        for _ in range(4):
            filler = socket.socket()
            filler.setblocking(False)
            filler.connect_ex(listener.getsockname())
            fillers.append(filler)
        with pytest.raises(HTTPTimeoutError) as caught:
            await client.fetch(
                f"http://127.0.0.1:{listener.getsockname()[1]}/", connect_timeout=0.2
            )
        assert caught.value.phase is Phase.CONNECT
        for filler in fillers:
            filler.close()


async def test_no_turn(site, make):
    running = site()
    client = make(max_clients=1)
    first = client.fetch(f"{running.url}/held")
    await running.application.arrived.wait()
    with pytest.raises(HTTPTimeoutError, match="1 requests were running") as caught:
        await client.fetch(f"{running.url}/echo", queue_timeout=0.05)
    assert caught.value.phase is Phase.QUEUE
    running.application.gate.set()
    assert (await first).body == b"released"
    assert (await client.fetch(f"{running.url}/echo")).code == 200


async def test_zero_is_no_limit(site, client):
    url = f"{site().url}/echo"
    assert (await client.fetch(url, connect_timeout=0, request_timeout=0)).code == 200


# Ends


@pytest.mark.parametrize(
    "answer",
    [
        b"",
        b"HTTP/1.1 200 OK\r\nContent-Le",
        b"HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhalf.",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhalf.\r\n",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhal",
    ],
)
async def test_the_connection_ends_too_early(raw, client, answer):
    server = await raw(answer)
    with pytest.raises(HTTPStreamClosedError) as caught:
        await client.fetch(server.url)
    assert caught.value.code == 599
    assert server.connections <= 2


@pytest.mark.parametrize(
    "answer",
    [
        b"SSH-2.0-OpenSSH_9.6\r\n",
        b"HTTP/1.1 OK\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nno colon here\r\nContent-Length: 0\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nContent-Length: x\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nab",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n",
        b"HTTP/1.1 103 Hints\r\nA: b\r\n\r\n" * 11
        + b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n",
    ],
)
async def test_what_is_not_http(raw, client, answer):
    server = await raw(answer)
    with pytest.raises(HTTPClientError) as caught:
        await client.fetch(server.url)
    assert caught.value.code == 599
    assert isinstance(caught.value, HTTPStreamClosedError)


async def test_ten_interim_responses_are_enough(raw, client):
    hints = b"HTTP/1.1 103 Hints\r\nLink: </a>\r\n\r\n"
    server = await raw(hints * 10 + b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nhi")
    lines = []
    response = await client.fetch(server.url, header_callback=lines.append)
    assert response.body == b"hi"
    assert "Link" not in response.headers
    assert not any("103" in line for line in lines)
    server = await raw(hints * 11 + b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nhi")
    with pytest.raises(HTTPProtocolError, match="10 interim"):
        await client.fetch(server.url)


async def test_a_head_without_end(raw, client):
    async def part(server, reader, writer):
        await server.head(reader)
        writer.write(b"HTTP/1.1 200 OK\r\n")
        while True:
            writer.write(b"X-Field: %b\r\n" % (b"x" * 1000))
            await writer.drain()

    server = await raw(part)
    with pytest.raises(HTTPClientError) as caught:
        await client.fetch(server.url)
    assert caught.value.code == 599


# Giving up


async def test_cancelling_ends_the_connection(site, client):
    running = site()
    fetching = client.fetch(f"{running.url}/held")
    await running.application.arrived.wait()
    fetching.cancel()
    with pytest.raises(asyncio.CancelledError):
        await fetching
    await running.application.left.wait()


async def test_cancelling_in_the_queue(site, make):
    running = site()
    client = make(max_clients=1)
    first = client.fetch(f"{running.url}/held")
    await running.application.arrived.wait()
    second, third = client.fetch(f"{running.url}/echo"), client.fetch(f"{running.url}/echo")
    second.cancel()
    running.application.gate.set()
    await first
    assert (await third).code == 200
    assert second.cancelled()


async def test_cancelling_from_a_callback(site, client):
    fetching = client.fetch(f"{site().url}/bytes/1000000", streaming_callback=lambda _: stop())

    def stop():
        fetching.cancel()

    with pytest.raises(asyncio.CancelledError):
        await fetching


async def test_a_timeout_around_a_fetch(site, client):
    running = site()
    with pytest.raises(TimeoutError):
        await asyncio.wait_for(client.fetch(f"{running.url}/held"), 0.1)
    await running.application.left.wait()


async def test_closing_the_client(site, make):
    running = site()
    client = make(max_clients=1)
    running_one = client.fetch(f"{running.url}/held")
    waiting_one = client.fetch(f"{running.url}/held")
    await running.application.arrived.wait()
    client.close()
    client.close()
    for fetching in (running_one, waiting_one):
        with pytest.raises(HTTPStreamClosedError, match="closed"):
            await fetching
    with pytest.raises(RuntimeError, match="closed"):
        client.fetch(f"{running.url}/echo")
    await running.application.left.wait()


@pytest.mark.parametrize("where", ["header_callback", "streaming_callback"])
async def test_a_callback_that_fails(site, client, where):
    def fail(_):
        raise ZeroDivisionError("in a callback")

    running = site()
    with pytest.raises(ZeroDivisionError, match="in a callback"):
        await client.fetch(f"{running.url}/bytes/10", **{where: fail})
    assert (await client.fetch(f"{running.url}/bytes/10")).code == 200


async def test_a_callback_for_the_response_that_fails(site, client, expect_log):
    url = f"{site().url}/echo"
    with expect_log("tornado.application", "Exception in callback"):
        await client.fetch(url, lambda response: 1 / 0)
        await asyncio.sleep(0)


# Refused before anything is sent


@pytest.mark.parametrize(
    "arguments",
    [
        {"url": "ftp://localhost/"},
        {"url": "//localhost/"},
        {"url": "http:///"},
        {"url": "http://localhost:x/"},
        {"url": "http://localhost/a b"},
        {"url": "http://localhost/\r\nX: y"},
        {"url": "http://local host/"},
        {"url": "http://localhost\\@evil/"},
        {"headers": {"X": "a\r\nY: b"}},
        {"headers": {"X": "a\nb"}},
        {"headers": {"X": "a\0b"}},
        {"headers": {"X\r\nY": "b"}},
        {"headers": {"X Y": "b"}},
        {"headers": {"": "b"}},
        {"headers": {"X": "snow \u2603"}},
        {"headers": {"X": None}},
        {"user_agent": "a\r\nX: b"},
        {"method": "GET\r\nX: y"},
        {"method": "BREW"},
        {"method": "get it", "allow_nonstandard_methods": True},
        {"method": "POST"},
        {"method": "GET", "body": "b"},
        {"method": "HEAD", "body": "b"},
        {"method": "PUT", "body": "b", "body_producer": lambda write: None},
        {"method": "PUT", "body": "b", "headers": {"Content-Length": "2"}},
        {"request_timeout": -1},
        {"connect_timeout": "soon"},
        {"max_redirects": -1},
        {"auth_username": "me", "auth_mode": "ntlm"},
        {"proxy_host": "localhost"},
        {"proxy": "gopher://localhost"},
        {"proxy_host": "a\r\nb", "proxy_port": 1},
        {"network_interface": "nosuch0"},
        {"unix_socket": "/s", "proxy": "http://localhost"},
    ],
)
async def test_requests_that_cannot_be_sent(raw, client, arguments):
    server = await raw(silent)
    arguments = {"url": server.url, **arguments}
    with pytest.raises(ValueError):
        await client.fetch(**arguments)
    with pytest.raises(ValueError):
        await client.fetch(HTTPRequest(**arguments), raise_error=False)
    assert server.connections == 0
