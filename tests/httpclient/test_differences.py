"""Where the two clients differ, and docs/httpclient.md says so: each difference as it is."""

import socket
import ssl

import pytest

from tornado.httpclient import HTTPStreamClosedError

OK = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nhi"


@pytest.fixture
def simple(kind):
    return kind.__name__ == "SimpleAsyncHTTPClient"


async def test_a_post_on_a_kept_connection_that_ends(raw, client, simple):
    async def part(server, reader, writer):
        await server.head(reader)
        writer.write(OK)
        if server.connections == 1:
            await server.head(reader)  # and gone
        else:
            await reader.read()

    server = await raw(part)
    await client.fetch(server.url)
    if simple:
        with pytest.raises(HTTPStreamClosedError):
            await client.fetch(server.url, method="POST", body=b"once")
        assert server.connections == 1
    else:
        assert (await client.fetch(server.url, method="POST", body=b"once")).body == b"hi"
        assert server.connections == 2


async def test_a_context(site, client, simple, certificates):
    url = f"{site(certificates.server()).url}/echo"
    context = ssl.create_default_context(cafile=certificates.authority)
    if simple:
        assert (await client.fetch(url, ssl_options=context)).code == 200
    else:
        with pytest.raises(ValueError, match="simple_httpclient"):
            await client.fetch(url, ssl_options=context)


async def test_head_with_a_body(raw, client, simple):
    server = await raw(OK[:-2])
    arguments = {"method": "HEAD", "body": b"b", "allow_nonstandard_methods": True}
    if simple:
        assert (await client.fetch(server.url, **arguments)).code == 200
    else:
        with pytest.raises(ValueError, match="HEAD"):
            await client.fetch(server.url, **arguments)
        assert server.connections == 0


async def test_an_abstract_name(raw, client, simple):
    import asyncio

    async def answer(reader, writer):
        await reader.readuntil(b"\r\n\r\n")
        writer.write(OK)
        await writer.drain()
        writer.close()

    listener = socket.socket(socket.AF_UNIX)
    listener.bind("")  # the system chooses an abstract name
    path = listener.getsockname().decode()
    async with await asyncio.start_unix_server(answer, sock=listener):
        if simple:
            assert (await client.fetch("http://a/", unix_socket=path)).body == b"hi"
        else:
            with pytest.raises(ValueError, match="abstract"):
                await client.fetch("http://a/", unix_socket=path)


async def test_the_accept_field(site, client, simple):
    url = f"{site().url}/echo"
    assert (await client.json(url))["headers"].get("accept") == (None if simple else "*/*")
    seen = await client.json(url, headers={"Accept": "text/plain"})
    assert seen["headers"]["accept"] == "text/plain"


@pytest.mark.parametrize(
    "answer",
    [
        b"HTTP/1.1 200 OK\r\nX: a\r\n b\r\nContent-Length: 2\r\n\r\nhi",
        b"HTTP/1.1 200 OK\r\nX: a\nContent-Length: 2\r\n\r\nhi",
        b"HTTP/1.1 200 OK\r\nContent-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n"
        b"2\r\nhi\r\n0\r\n\r\n",
    ],
    ids=["folded", "bare line feed", "two framings"],
)
async def test_odd_responses(raw, client, simple, answer):
    server = await raw(answer)
    if simple:
        with pytest.raises(HTTPStreamClosedError):
            await client.fetch(server.url)
    else:
        assert (await client.fetch(server.url)).body == b"hi"


async def test_http_2_in_the_lines_of_a_head(client, simple, certificates, tmp_path):
    """With HTTP/2 there is no reason phrase, and names are in small letters."""
    import nginx

    port, tls_port = nginx.free_port(), nginx.free_port()
    text = f"""
        daemon off; pid {tmp_path}/pid; events {{ }}
        http {{
            access_log off; client_body_temp_path {tmp_path}/a; proxy_temp_path {tmp_path}/b;
            fastcgi_temp_path {tmp_path}/c; uwsgi_temp_path {tmp_path}/d;
            scgi_temp_path {tmp_path}/e;
            server {{
                listen 127.0.0.1:{port}; listen 127.0.0.1:{tls_port} ssl http2;
                ssl_certificate {certificates.cert("good")};
                ssl_certificate_key {certificates.key("good")};
                location / {{ return 404 "none"; }}
            }}
        }}"""
    lines = []
    with nginx.running(nginx.found(), text, tmp_path, port):
        response = await client.fetch(
            f"https://localhost:{tls_port}/", header_callback=lines.append, raise_error=False
        )
    assert (response.code, response.reason, response.body) == (404, "Not Found", b"none")
    assert response.headers["Content-Length"] == "4"
    if simple:
        assert lines[0].startswith("HTTP/1.1 404 Not Found")
    else:
        assert lines[0].split()[:2] in (["HTTP/2", "404"], ["HTTP/1.1", "404"])
