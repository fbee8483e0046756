"""Connections without a proxy, and the two layers of TLS: what is made, and how it fails."""

import asyncio
import gc
import socket
import ssl
from pathlib import Path

import pytest

from tornado.httpclient._dial import Dialer
from tornado.httpclient._errors import HTTPConnectError, HTTPTimeoutError, Phase, ProxyError
from tornado.httpclient._request import HTTPRequest
from tornado.httpclient._route import Route
from tornado.iostream import IOStream
from tornado.netutil import OverrideResolver, Resolver


async def tell(reader, writer):
    """Says what it sees of the client: its address, the name it asked for, its certificate."""
    peer = writer.get_extra_info("peername")
    secured = writer.get_extra_info("ssl_object")
    alpn = secured.selected_alpn_protocol() if secured else None
    certificate = secured.getpeercert() if secured else None
    subject = dict(entry[0] for entry in certificate["subject"]) if certificate else {}
    writer.write(f"{peer[0] if peer else ''} {alpn} {subject.get('commonName')}\n".encode())
    await writer.drain()
    await reader.read()


@pytest.fixture
def dialer():
    made = Dialer(
        OverrideResolver(Resolver(), {"elsewhere.example": "127.0.0.1", "localhost.": "127.0.0.1"})
    )
    yield made
    made.close()


async def told(dialer, url, timeout=5.0, marks=None, **arguments):
    """What ``tell`` says on a connection made for these arguments."""
    stream = await dialer.dial(
        Route.of(HTTPRequest(url, **arguments)),
        connect_timeout=timeout,
        mark=None if marks is None else marks.append,
    )
    line = await stream.read_until(b"\n")
    assert stream.socket.family == socket.AF_UNIX or stream.socket.getsockopt(
        socket.IPPROTO_TCP, socket.TCP_NODELAY
    )
    stream.close()
    return line.decode().split()


async def test_tcp(scripted, dialer):
    server = await scripted(tell)
    marks = []
    url = f"http://127.0.0.1:{server.port}/"
    assert await told(dialer, url, marks=marks) == ["127.0.0.1", "None", "None"]
    assert marks == [Phase.CONNECT]


@pytest.mark.parametrize(("interface", "seen"), [("127.0.0.7", "127.0.0.7"), ("lo", "127.0.0.1")])
async def test_the_local_end(scripted, dialer, interface, seen):
    server = await scripted(tell)
    url = f"http://127.0.0.1:{server.port}/"
    assert (await told(dialer, url, network_interface=interface))[0] == seen


async def test_an_interface_that_is_not_there(dialer):
    with pytest.raises(ValueError, match=r"'nosuch0' is neither .* the interfaces here are .*lo"):
        await told(dialer, "http://127.0.0.1/", network_interface="nosuch0")


async def test_a_local_socket(scripted, dialer, tmp_path):
    server = await scripted(tell, path=str(tmp_path / "s"))
    assert await told(dialer, "http://whatever/", unix_socket=server.path) == ["None", "None"]
    with pytest.raises(HTTPConnectError, match=str(tmp_path / "gone")) as caught:
        await told(dialer, "http://whatever/", unix_socket=str(tmp_path / "gone"))
    assert caught.value.errno


async def test_tls_over_a_local_socket(scripted, dialer, tmp_path, certificates):
    server = await scripted(tell, path=str(tmp_path / "s"), ssl=certificates.server())
    found = await told(
        dialer, "https://localhost/", unix_socket=server.path, ca_certs=certificates.authority
    )
    assert found == ["http/1.1", "None"]


async def test_tls(scripted, dialer, certificates):
    server = await scripted(tell, ssl=certificates.server())
    marks = []
    for host in ("localhost", "localhost.", "127.0.0.1"):
        found = await told(
            dialer, f"https://{host}:{server.port}/", marks=marks, ca_certs=certificates.authority
        )
        assert found == ["127.0.0.1", "http/1.1", "None"]
    assert marks == [Phase.CONNECT, Phase.TLS] * 3


async def test_tls_by_options_and_by_a_context(scripted, dialer, certificates):
    server = await scripted(tell, ssl=certificates.server())
    url = f"https://localhost:{server.port}/"
    await told(dialer, url, ssl_options={"ca_certs": certificates.authority})
    await told(dialer, url, ssl_options=ssl.create_default_context(cafile=certificates.authority))
    await told(dialer, url, validate_cert=False)


async def test_a_client_certificate(scripted, dialer, certificates):
    server = await scripted(tell, ssl=certificates.server(client_wanted=True))
    found = await told(
        dialer,
        f"https://localhost:{server.port}/",
        ca_certs=certificates.authority,
        client_cert=certificates.cert("client"),
        client_key=certificates.key("client"),
    )
    assert found[2] == "client"


@pytest.mark.parametrize(
    ("name", "trusted", "told_why"),
    [
        ("good", False, "self-signed certificate|unable to get local issuer"),
        ("other", True, "[Hh]ostname mismatch"),
    ],
)
async def test_certificates_that_do_not_hold(
    scripted, dialer, certificates, name, trusted, told_why
):
    server = await scripted(tell, ssl=certificates.server(name))
    arguments = {"ca_certs": certificates.authority} if trusted else {}
    with pytest.raises(HTTPConnectError, match=told_why) as caught:
        await told(dialer, f"https://localhost:{server.port}/", **arguments)
    assert isinstance(caught.value, ssl.SSLCertVerificationError)
    assert caught.value.verify_code


async def test_the_name_is_the_urls_not_the_addresss(scripted, dialer, certificates):
    server = await scripted(tell, ssl=certificates.server("other"))
    await told(dialer, f"https://elsewhere.example:{server.port}/", ca_certs=certificates.authority)


async def test_unusable_files_of_certificates(scripted, dialer, certificates, tmp_path):
    server = await scripted(tell, ssl=certificates.server())
    for arguments in ({"ca_certs": str(tmp_path / "no")}, {"client_cert": str(tmp_path / "no")}):
        with pytest.raises(FileNotFoundError, match=str(tmp_path / "no")) as caught:
            await told(dialer, f"https://localhost:{server.port}/", **arguments)
        assert not isinstance(caught.value, HTTPConnectError), "it is not about the server"
    (tmp_path / "no").write_text("no certificate")
    with pytest.raises(ssl.SSLError):
        await told(dialer, f"https://localhost:{server.port}/", ca_certs=str(tmp_path / "no"))
    assert server.connections == 0


async def test_contexts_are_made_once(dialer, certificates):
    def key(**arguments):
        return Route.of(HTTPRequest("https://a/", **arguments)).tls

    get = dialer.contexts.get
    assert get(key()) is get(key())
    assert get(key(ca_certs=certificates.authority)) is get(key(ca_certs=certificates.authority))
    assert get(key(ca_certs=certificates.authority)) is not get(key())
    assert not get(key(validate_cert=False)).check_hostname
    assert get(key(validate_cert=False)).verify_mode == ssl.CERT_NONE
    assert get(key()).check_hostname


async def test_a_certificate_that_is_renewed(scripted, dialer, certificates, tmp_path):
    server = await scripted(tell, ssl=certificates.server(client_wanted=True))
    cert, key = tmp_path / "cert.pem", tmp_path / "key.pem"
    for name in ("client", "good"):
        cert.write_bytes(Path(certificates.cert(name)).read_bytes())
        key.write_bytes(Path(certificates.key(name)).read_bytes())
        found = await told(
            dialer,
            f"https://localhost:{server.port}/",
            ca_certs=certificates.authority,
            client_cert=str(cert),
            client_key=str(key),
        )
        assert found[2] == name


async def test_nobody_listens(scripted, dialer):
    server = await scripted(tell)
    server.stop()
    with pytest.raises(ConnectionRefusedError, match=f"127.0.0.1:{server.port}") as caught:
        await told(dialer, f"http://127.0.0.1:{server.port}/")
    assert isinstance(caught.value, HTTPConnectError)
    assert caught.value.code == 599


async def test_an_unknown_name(dialer):
    with pytest.raises(socket.gaierror, match="nosuch") as caught:
        await told(dialer, "http://nosuch.invalid/")
    assert isinstance(caught.value, HTTPConnectError)


async def test_ipv4_alone(dialer):
    with pytest.raises(OSError):
        await told(dialer, "http://[::1]:1/", allow_ipv6=False)


@pytest.mark.parametrize(
    ("limits", "setting"),
    [
        ({"connect_timeout": 0.4}, "within 0.4 s .connect_timeout"),
        ({"connect_timeout": 5, "tls_timeout": 0.1}, "within 0.1 s .tls_timeout"),
        ({"connect_timeout": None, "tls_timeout": 0.1}, "within 0.1 s .tls_timeout"),
    ],
)
async def test_a_server_without_a_word_at_the_handshake(scripted, dialer, limits, setting):
    ended = asyncio.Event()

    async def silent(reader, writer):
        while await reader.read(1000):
            pass
        ended.set()

    server = await scripted(silent)
    with pytest.raises(HTTPTimeoutError, match=f"no TLS with 127.0.0.1 {setting}") as caught:
        await dialer.dial(Route.of(HTTPRequest(f"https://127.0.0.1:{server.port}/")), **limits)
    assert caught.value.phase is Phase.TLS
    await ended.wait()


async def test_a_name_server_without_a_word():
    class Silent(Resolver):
        def resolve(self, host, port, family=socket.AF_UNSPEC, callback=None):
            return asyncio.get_running_loop().create_future()

    with pytest.raises(HTTPTimeoutError, match=r"no connection to a.example:80") as caught:
        await told(Dialer(Silent()), "http://a.example/", timeout=0.05)
    assert caught.value.phase is Phase.CONNECT


async def test_cancelled_in_the_handshake(scripted, dialer):
    here, ended = asyncio.Event(), asyncio.Event()

    async def silent(reader, writer):
        await reader.read(1)
        here.set()
        while await reader.read(1000):
            pass
        ended.set()

    server = await scripted(silent)
    route = Route.of(HTTPRequest(f"https://127.0.0.1:{server.port}/"))
    task = asyncio.get_running_loop().create_task(dialer.dial(route, connect_timeout=None))
    await here.wait()
    task.cancel()
    await ended.wait()
    with pytest.raises(asyncio.CancelledError):
        await task


async def test_cancelled_when_the_handshake_is_just_over(
    scripted, dialer, certificates, monkeypatch
):
    """Between its end and the turn of who waits for it."""
    ended = asyncio.Event()

    async def read(reader, writer):
        await reader.read()
        ended.set()

    start_tls = IOStream.start_tls

    def hooked(stream, *arguments, **named):
        handshake = start_tls(stream, *arguments, **named)
        handshake.add_done_callback(lambda _: task.cancel())
        return handshake

    monkeypatch.setattr(IOStream, "start_tls", hooked)
    server = await scripted(read, ssl=certificates.server())
    url = f"https://127.0.0.1:{server.port}/"
    route = Route.of(HTTPRequest(url, ca_certs=certificates.authority))
    task = asyncio.get_running_loop().create_task(dialer.dial(route, connect_timeout=5))
    with pytest.raises(asyncio.CancelledError):
        await task
    gc.collect()  # a socket that nobody closed is a warning
    await ended.wait()


# Proxies behind TLS


async def pump(reader, writer):
    while data := await reader.read(1 << 16):
        writer.write(data)
        await writer.drain()
    writer.close()


async def forward(reader, writer):
    """An HTTP proxy that opens every tunnel."""
    head = await reader.readuntil(b"\r\n\r\n")
    port = int(head.split(b" ")[1].rpartition(b":")[2])
    far_reader, far_writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(b"HTTP/1.1 200 OK\r\n\r\n")
    try:
        await asyncio.gather(pump(reader, far_writer), pump(far_reader, writer))
    finally:
        far_writer.close()


async def test_tls_in_tls(scripted, dialer, certificates):
    server = await scripted(tell, ssl=certificates.server(client_wanted=True))
    proxy = await scripted(forward, ssl=certificates.server())
    found = await told(
        dialer,
        f"https://localhost:{server.port}/",
        proxy=f"https://localhost:{proxy.port}",
        ca_certs=certificates.authority,
        client_cert=certificates.cert("client"),
        client_key=certificates.key("client"),
    )
    assert found[2] == "client"
    assert not proxy.failures


async def test_much_data_through_tls_in_tls(scripted, dialer, certificates):
    """Each side leaves the other waiting for a while; nothing is lost, and memory is bounded."""
    size = 20_000_000
    read_now = asyncio.Event()

    async def much(reader, writer):
        writer.write(b"x" * size)
        await writer.drain()
        await read_now.wait()
        await reader.readexactly(size)
        writer.write(b"done")

    server = await scripted(much, ssl=certificates.server())
    proxy = await scripted(forward, ssl=certificates.server())
    stream = await dialer.dial(
        Route.of(
            HTTPRequest(
                f"wss://localhost:{server.port}/",
                proxy=f"https://localhost:{proxy.port}",
                ca_certs=certificates.authority,
            )
        ),
        connect_timeout=5,
        max_buffer_size=2 * size,
    )
    await asyncio.sleep(0.2)  # the relay has filled its socket meanwhile
    assert await stream.read_bytes(size) == b"x" * size
    sent = stream.write(b"y" * size)
    await asyncio.sleep(0.2)
    assert not sent.done()
    read_now.set()
    await sent
    assert await stream.read_bytes(4) == b"done"
    assert await stream.read_until_close() == b""


async def test_a_tunnel_that_ends_inside_tls(scripted, dialer, certificates):
    async def gone(reader, writer):
        await reader.readuntil(b"\r\n\r\n")
        writer.write(b"HTTP/1.1 200 OK\r\n\r\n")
        await writer.drain()
        await reader.read(1)

    proxy = await scripted(gone, ssl=certificates.server())
    with pytest.raises(HTTPConnectError) as caught:
        await told(
            dialer,
            "https://server.example/",
            proxy=f"https://localhost:{proxy.port}",
            ca_certs=certificates.authority,
        )
    assert not isinstance(caught.value, ProxyError)


async def test_the_proxys_certificate_is_verified(scripted, dialer, certificates):
    proxy = await scripted(forward, ssl=certificates.server("other"))
    with pytest.raises(ProxyError, match=r"no connection to the proxy .*[Hh]ostname mismatch"):
        await told(
            dialer,
            "http://a.example/",
            proxy=f"https://localhost:{proxy.port}",
            ca_certs=certificates.authority,
        )


async def test_the_client_certificate_is_not_for_the_proxy(scripted, dialer, certificates):
    context = certificates.server()
    context.load_verify_locations(certificates.authority)
    context.verify_mode = ssl.CERT_OPTIONAL
    proxy = await scripted(tell, ssl=context)
    found = await told(
        dialer,
        "http://a.example/",
        proxy=f"https://localhost:{proxy.port}",
        ca_certs=certificates.authority,
        client_cert=certificates.cert("client"),
        client_key=certificates.key("client"),
    )
    assert found[2] == "None"
