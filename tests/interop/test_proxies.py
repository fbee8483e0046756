"""Real proxies, tinyproxy and microsocks, on the way of both clients and of a bare connection."""

import asyncio
import json
import socket
import ssl
import subprocess

import proxies
import pytest
from certificates import Certificates
from origin import Origin

from tornado.httpclient import HTTPClientError, ProxyError
from tornado.httpserver import HTTPServer
from tornado.netutil import bind_sockets
from tornado.simple_httpclient import SimpleAsyncHTTPClient

USER, PASSWORD = "me", "secret"


@pytest.fixture(scope="module")
def certificates(tmp_path_factory):
    return Certificates(tmp_path_factory.mktemp("certificates"))


@pytest.fixture(scope="module")
def tinyproxy(tmp_path_factory):
    with proxies.tinyproxy(tmp_path_factory.mktemp("tinyproxy")) as running:
        yield running


@pytest.fixture(scope="module")
def guarded_tinyproxy(tmp_path_factory):
    folder = tmp_path_factory.mktemp("tinyproxy")
    with proxies.tinyproxy(folder, USER, PASSWORD) as running:
        yield running


@pytest.fixture(scope="module")
def microsocks(tmp_path_factory):
    with proxies.microsocks(tmp_path_factory.mktemp("microsocks")) as running:
        yield running


@pytest.fixture(scope="module")
def guarded_microsocks(tmp_path_factory):
    with proxies.microsocks(tmp_path_factory.mktemp("microsocks"), USER, PASSWORD) as running:
        yield running


@pytest.fixture(params=["simple", "curl"])
def client(request, certificates):
    """``client(**arguments)``: a fetch by a client that is closed when the test ends."""
    kind = SimpleAsyncHTTPClient
    if request.param == "curl":
        pytest.importorskip("pycurl")
        from tornado.curl_httpclient import CurlAsyncHTTPClient as kind
    made = []

    def fetch(*arguments, **named):
        if not made:
            defaults = {"ca_certs": certificates.authority, "request_timeout": 15.0}
            made.append(kind(force_instance=True, defaults=defaults))
            asyncio.current_task().add_done_callback(lambda _: made[0].close())
        return made[0].fetch(*arguments, **named)

    return fetch


@pytest.fixture(params=["http", "https"])
def origin(request, certificates):
    """``origin()``: the URL of a server in the loop of the test."""

    def start():
        context = certificates.server() if request.param == "https" else None
        server = HTTPServer(Origin(), ssl_options=context)
        sockets = bind_sockets(0, "127.0.0.1")
        server.add_sockets(sockets)

        def stop(_):
            server.stop()
            for connection in list(server._connections):
                connection.stream.close()

        asyncio.current_task().add_done_callback(stop)
        return f"{request.param}://localhost:{sockets[0].getsockname()[1]}"

    return start


def own_port(response):
    return json.loads(response.body)["peer"][1]


# HTTP


async def test_an_http_proxy(tinyproxy, client, origin):
    url = origin()
    response = await client(f"{url}/echo?a=b", proxy=tinyproxy.url)
    seen = json.loads(response.body)
    assert seen["target"] == "/echo?a=b"
    assert "proxy-authorization" not in seen["headers"]
    if url.startswith("http:"):
        assert "tinyproxy" in seen["headers"]["via"]
    body = bytes(range(256)) * 4000
    response = await client(f"{url}/sink", proxy=tinyproxy.url, method="PUT", body=body)
    assert json.loads(response.body)["size"] == len(body)
    response = await client(f"{url}/bytes/1000000", proxy=tinyproxy.url)
    assert len(response.body) == 1000000


async def test_the_four_arguments(guarded_tinyproxy, client, origin):
    response = await client(
        f"{origin()}/echo",
        proxy_host="127.0.0.1",
        proxy_port=guarded_tinyproxy.port,
        proxy_username=USER,
        proxy_password=PASSWORD,
    )
    assert "proxy-authorization" not in json.loads(response.body)["headers"]


@pytest.mark.parametrize("origin", ["https"], indirect=True)
async def test_a_tunnel_is_used_again_by_its_user_only(guarded_tinyproxy, client, origin):
    url = origin()
    named = {"proxy": guarded_tinyproxy.url.replace("://", f"://{USER}:{PASSWORD}@")}
    first = await client(f"{url}/echo", **named)
    second = await client(f"{url}/echo", **named)
    assert own_port(first) == own_port(second)
    for other in (guarded_tinyproxy.url, guarded_tinyproxy.url.replace("://", "://me:wrong@")):
        with pytest.raises(ProxyError):
            await client(f"{url}/echo", proxy=other)


@pytest.mark.parametrize("user", ["", "me:wrong@"])
async def test_credentials_are_asked_for(guarded_tinyproxy, client, origin, user):
    url = origin()
    proxy = guarded_tinyproxy.url.replace("://", f"://{user}")
    if url.startswith("http:"):  # the answer is the proxy's own
        response = await client(f"{url}/echo", proxy=proxy, raise_error=False)
        assert response.code in (401, 407)
        return
    with pytest.raises(ProxyError, match=r"gives no tunnel|credentials") as caught:
        await client(f"{url}/echo", proxy=proxy)
    # tinyproxy says 401 of wrong ones.
    assert (caught.value.status, caught.value.code) == (401 if user else 407, 599)
    assert "wrong" not in str(caught.value)


async def test_the_answers_of_a_proxy_for_servers_that_are_not_there(tinyproxy, client, origin):
    scheme = origin().partition(":")[0]
    url = f"{scheme}://nosuch.invalid/"
    if scheme == "http":
        assert (await client(url, proxy=tinyproxy.url, raise_error=False)).code >= 500
        return
    with pytest.raises(ProxyError) as caught:
        await client(url, proxy=tinyproxy.url)
    assert caught.value.status >= 500


@pytest.mark.parametrize("origin", ["https"], indirect=True)
async def test_ports_that_a_proxy_does_not_allow(client, origin, tmp_path):
    url = origin()
    with (
        proxies.tinyproxy(tmp_path / "strict", ConnectPort="563") as strict,
        pytest.raises(ProxyError, match="403"),
    ):
        await client(f"{url}/echo", proxy=strict.url)


@pytest.mark.parametrize("origin", ["https"], indirect=True)
async def test_the_certificate_is_the_servers(tinyproxy, client, origin, certificates):
    url = origin()
    with pytest.raises(ssl.SSLCertVerificationError):
        await client(f"{url}/echo", proxy=tinyproxy.url, ca_certs=certificates.cert("other"))


# SOCKS 5


@pytest.mark.parametrize("scheme", ["socks5", "socks5h"])
async def test_a_socks_proxy(microsocks, client, origin, scheme):
    url = origin()
    # With a name that is looked up here one address is tried, and the server has no IPv6.
    named = {"proxy": microsocks.url.replace("socks5", scheme), "allow_ipv6": False}
    response = await client(f"{url}/echo", **named)
    assert json.loads(response.body)["target"] == "/echo"
    again = await client(f"{url}/echo", **named)
    assert own_port(response) == own_port(again)
    response = await client(f"{url}/bytes/1000000", **named)
    assert len(response.body) == 1000000


async def test_credentials_at_a_socks_proxy(guarded_microsocks, client, origin):
    url = origin()
    proxy = guarded_microsocks.url.replace("socks5://", f"socks5h://{USER}:{PASSWORD}@")
    assert (await client(f"{url}/echo", proxy=proxy)).code == 200
    for user in ("", "me:wrong@"):
        with pytest.raises(ProxyError) as caught:
            await client(f"{url}/echo", proxy=guarded_microsocks.url.replace("://", f"://{user}"))
        assert "wrong" not in str(caught.value)


async def test_who_looks_names_up(microsocks, client):
    with pytest.raises(ProxyError):
        await client("http://nosuch.invalid/", proxy=microsocks.url.replace("socks5", "socks5h"))
    with pytest.raises(socket.gaierror) as caught:
        await client("http://nosuch.invalid/", proxy=microsocks.url)
    assert isinstance(caught.value, HTTPClientError)


async def test_a_socks_proxy_that_reaches_nobody(microsocks, client):
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
    with pytest.raises(ProxyError, match="refused"):
        await client(f"http://127.0.0.1:{port}/", proxy=microsocks.url)


# Both


async def test_a_proxy_that_is_not_there(client, origin):
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
    url = origin()
    for scheme in ("http", "socks5h"):
        with pytest.raises(ProxyError, match=f"127.0.0.1:{port}"):
            await client(f"{url}/echo", proxy=f"{scheme}://127.0.0.1:{port}")


async def test_the_environment_counts_only_when_asked(tinyproxy, client, origin, monkeypatch):
    url = origin()
    for name in ("http_proxy", "https_proxy", "HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY"):
        monkeypatch.setenv(name, "http://127.0.0.1:1")
    monkeypatch.delenv("no_proxy", raising=False)
    assert (await client(f"{url}/echo")).code == 200
    with pytest.raises(ProxyError):
        await client(f"{url}/echo", proxy="environment")
    monkeypatch.setenv("no_proxy", "localhost")
    assert (await client(f"{url}/echo", proxy="environment")).code == 200
    assert (await client(f"{url}/echo", proxy=tinyproxy.url)).code == 200
    monkeypatch.setenv("no_proxy", "*")
    # What the program names is not subject to no_proxy.
    before = tinyproxy.log.count("Request")
    assert (await client(f"{url}/echo", proxy=tinyproxy.url)).code == 200
    assert tinyproxy.log.count("Request") > before or url.startswith("https")


async def test_a_proxy_behind_tls(tinyproxy, client, certificates, origin):
    """tinyproxy behind a server of TLS that passes everything on, as stunnel does."""
    url = origin()

    async def pump(reader, writer):
        try:
            while data := await reader.read(1 << 16):
                writer.write(data)
                await writer.drain()
        except (ConnectionError, ssl.SSLError):
            pass
        finally:
            writer.close()

    async def passed_on(reader, writer):
        far_reader, far_writer = await asyncio.open_connection("127.0.0.1", tinyproxy.port)
        await asyncio.gather(pump(reader, far_writer), pump(far_reader, writer))

    tasks = []

    def connected(reader, writer):
        tasks.append(asyncio.get_running_loop().create_task(passed_on(reader, writer)))

    server = await asyncio.start_server(connected, "127.0.0.1", 0, ssl=certificates.server())
    port = server.sockets[0].getsockname()[1]
    try:
        for _ in range(2):
            response = await client(f"{url}/bytes/300000", proxy=f"https://localhost:{port}")
            assert len(response.body) == 300000
        with pytest.raises(ProxyError):
            await client(
                f"{url}/echo",
                proxy=f"https://localhost:{port}",
                ca_certs=certificates.cert("other"),
            )
    finally:
        server.close()


def test_the_command_line_curl_agrees(guarded_microsocks, guarded_tinyproxy):
    """The proxies themselves do what these tests think of them."""
    curl = proxies.found("curl")
    for url, code in (
        (guarded_microsocks.url, 97),
        (guarded_tinyproxy.url, 56),
    ):
        command = [curl, "-s", "-p", "-x", url, "https://localhost:1/"]
        assert subprocess.run(command, check=False, timeout=20).returncode == code
