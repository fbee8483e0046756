"""WebSockets of our client over TLS and through forward proxies: tinyproxy and microsocks."""

import ssl

import proxies
import pytest
from certificates import Certificates

from tornado.httpclient import HTTPRequest, ProxyError
from tornado.httpserver import HTTPServer
from tornado.netutil import bind_sockets
from tornado.web import Application
from tornado.websocket import WebSocketHandler, websocket_connect


class Echo(WebSocketHandler):
    def on_message(self, message):
        self.write_message(message)


@pytest.fixture(scope="module")
def certificates(tmp_path_factory):
    return Certificates(tmp_path_factory.mktemp("certificates"))


@pytest.fixture
def serve(certificates):
    """``serve(scheme)``: the address of an echo, for ``ws`` or ``wss``."""
    servers = []

    def start(scheme):
        options = certificates.server() if scheme == "wss" else None
        server = HTTPServer(Application([("/", Echo)]), ssl_options=options)
        sockets = bind_sockets(0, "127.0.0.1")
        server.add_sockets(sockets)
        servers.append(server)
        return f"{scheme}://127.0.0.1:{sockets[0].getsockname()[1]}/"

    yield start
    for server in servers:
        server.stop()


async def check(request):
    async with websocket_connect(request) as connection:
        for message in ("hello", "x" * 300_000):
            connection.write_message(message)
            assert await connection.read_message() == message


def request_for(url, certificates, **settings):
    return HTTPRequest(url, ca_certs=certificates.authority, **settings)


async def test_tls(serve, certificates):
    await check(request_for(serve("wss"), certificates))


async def test_a_certificate_of_an_unknown_authority_is_refused(serve):
    url = serve("wss")
    with pytest.raises(ssl.SSLCertVerificationError):
        await websocket_connect(url)
    await check(HTTPRequest(url, validate_cert=False))


@pytest.mark.parametrize("scheme", ["ws", "wss"])
async def test_a_tunnel_of_an_http_proxy(serve, certificates, scheme, tmp_path):
    with proxies.tinyproxy(tmp_path) as proxy:
        url = serve(scheme)
        await check(request_for(url, certificates, proxy=proxy.url))
        port = url.rpartition(":")[2].rstrip("/")
        assert f"CONNECT 127.0.0.1:{port}" in proxy.log


async def test_the_proxy_asks_who_we_are(serve, certificates, tmp_path):
    with proxies.tinyproxy(tmp_path, "ada", "secret") as proxy:
        settings = {"proxy_host": "127.0.0.1", "proxy_port": proxy.port}
        with pytest.raises(ProxyError) as caught:
            await websocket_connect(request_for(serve("ws"), certificates, **settings))
        assert caught.value.status == 407
        settings |= {"proxy_username": "ada", "proxy_password": "secret"}
        await check(request_for(serve("ws"), certificates, **settings))


@pytest.mark.parametrize("scheme", ["ws", "wss"])
async def test_a_socks_proxy(serve, certificates, scheme, tmp_path):
    with proxies.microsocks(tmp_path, "ada", "secret") as proxy:
        url = proxy.url.replace("//", "//ada:secret@")
        await check(request_for(serve(scheme), certificates, proxy=url))
