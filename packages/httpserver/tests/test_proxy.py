"""What a proxy says about its client is believed as far as the policy goes, and no farther."""

import asyncio
import shutil
import socket
import ssl
import struct
import subprocess
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tornado.httpserver import ProxyPolicy
from tornado.httpserver._forwarded import parse_forwarded, parse_node
from tornado.httpserver._proxy_protocol import SIGNATURE, ProxyProtocolError, parse, wanted
from tornado.httputil import HTTPHeaders, HTTPInputError, ResponseStartLine
from tornado.iostream import IOStream, StreamClosedError
from tornado.netutil import bind_unix_socket

END = b"Host: a\r\nConnection: close\r\n\r\n"


def answer(request):
    told = f"{request.remote_ip} {request.protocol} {request.host}".encode()
    headers = HTTPHeaders({"Content-Length": str(len(told))})
    request.connection.write_headers(ResponseStartLine("", 200, "OK"), headers, told)
    request.connection.finish()


@pytest.fixture
def told(serve, ask):
    """``await told(policy, "Header: x\\r\\n")`` is what the server believes."""

    async def tell(policy, headers, before=b""):
        _, port = serve(answer, proxy=policy)
        reply = await ask(port, before + b"GET / HTTP/1.1\r\n" + headers.encode("latin-1") + END)
        assert reply.startswith(b"HTTP/1.1 200 "), reply
        return reply.rpartition(b"\r\n")[2].decode()

    return tell


@pytest.mark.parametrize(
    ("policy", "headers", "expected"),
    [
        ({}, "", "127.0.0.1 http a"),
        ({}, "X-Forwarded-For: 4.4.4.4\r\n", "4.4.4.4 http a"),
        ({}, "X-Forwarded-For: 6.6.6.6, 4.4.4.4\r\n", "4.4.4.4 http a"),
        ({}, "X-Forwarded-For: 6.6.6.6\r\nX-Forwarded-For: 4.4.4.4\r\n", "4.4.4.4 http a"),
        ({}, "X-Forwarded-For: 4.4.4.4:1234\r\n", "4.4.4.4 http a"),
        ({}, "X-Forwarded-For: [2001:db8::1]:1234\r\n", "2001:db8::1 http a"),
        ({}, "X-Forwarded-For: 2001:DB8:0::1\r\n", "2001:db8::1 http a"),
        ({}, "X-Forwarded-For: ::ffff:4.4.4.4\r\n", "4.4.4.4 http a"),
        ({}, "X-Forwarded-For: 4.4.4.4, unknown\r\n", "127.0.0.1 http a"),
        ({}, "X-Forwarded-Proto: https\r\n", "127.0.0.1 https a"),
        ({}, "X-Forwarded-Proto: https, http\r\n", "127.0.0.1 http a"),
        ({}, "X-Forwarded-Proto: gopher\r\n", "127.0.0.1 http a"),
        # Nothing is looked at that is not named.
        ({}, "X-Real-Ip: 4.4.4.4\r\nX-Scheme: https\r\n", "127.0.0.1 http a"),
        ({}, "X-Forwarded-Host: evil\r\nForwarded: for=4.4.4.4\r\n", "127.0.0.1 http a"),
        ({"header": "X-Real-Ip"}, "X-Real-Ip: 4.4.4.4\r\n", "4.4.4.4 http a"),
        ({"host_header": "X-Forwarded-Host"}, "X-Forwarded-Host: b:8\r\n", "127.0.0.1 http b:8"),
        # Somebody who is no proxy.
        ({"networks": ["10.0.0.0/8"]}, "X-Forwarded-For: 4.4.4.4\r\n", "127.0.0.1 http a"),
        ({"networks": ["unix"]}, "X-Forwarded-Proto: https\r\n", "127.0.0.1 http a"),
        # Two proxies, of which the nearer has seen the farther.
        (
            {"hops": 2, "networks": ["127.0.0.1", "10.0.0.0/8"]},
            "X-Forwarded-For: 6.6.6.6, 4.4.4.4, 10.0.0.9\r\n"
            "X-Forwarded-Proto: http, https, http\r\n",
            "4.4.4.4 https a",
        ),
        # A client that came to the nearer one itself cannot play the farther.
        (
            {"hops": 2, "networks": ["127.0.0.1", "10.0.0.0/8"]},
            "X-Forwarded-For: 6.6.6.6, 4.4.4.4\r\nX-Forwarded-Proto: https, http\r\n",
            "4.4.4.4 http a",
        ),
        (
            {"hops": None, "networks": ["127.0.0.1", "10.0.0.0/8"]},
            "X-Forwarded-For: 6.6.6.6, 4.4.4.4, 10.0.0.7, 10.0.0.8, 10.0.0.9\r\n",
            "4.4.4.4 http a",
        ),
        ({"header": "Forwarded"}, "Forwarded: for=4.4.4.4\r\n", "4.4.4.4 http a"),
        (
            {"header": "Forwarded"},
            'Forwarded: for=6.6.6.6;host=evil, For="[2001:db8::1]:8";Proto=HTTPS;host="b:80"\r\n',
            "2001:db8::1 https b:80",
        ),
        ({"header": "Forwarded"}, "Forwarded: for=_hidden;proto=https\r\n", "127.0.0.1 https a"),
        # RFC 7239 section 6: IPv6 addresses are in brackets
        ({"header": "Forwarded"}, 'Forwarded: for="2001:db8::1"\r\n', "127.0.0.1 http a"),
        ({"header": "Forwarded"}, "X-Forwarded-Proto: https\r\n", "127.0.0.1 http a"),
    ],
)
async def test_what_is_believed(told, policy, headers, expected):
    assert await told(ProxyPolicy(**policy), headers) == expected


@pytest.mark.parametrize(
    "value",
    ['for=6.6.6.6, for="4.4.4.4', 'for="', "for", "for =1", "for=1 2", "for=1;for=2", "for=\x80",
     'for=", for=4.4.4.4', 'for="a"b', "for=4.4.4.4;host=a b", 'host="a/b"', "=", "for=1\x80"],
)  # fmt: skip
async def test_a_forwarded_header_that_is_not_one_is_refused(serve, ask, value):
    _, port = serve(answer, proxy=ProxyPolicy(header="Forwarded"))
    head = f"GET / HTTP/1.1\r\nForwarded: {value}\r\n".encode("latin-1")
    assert (await ask(port, head + END)).startswith(b"HTTP/1.1 400 ")
    _, port = serve(answer, proxy=ProxyPolicy(header="Forwarded", networks=["10.0.0.1"]))
    assert (await ask(port, head + END)).startswith(b"HTTP/1.1 200 "), "no proxy: not looked at"


async def test_nothing_is_left_for_the_next_request(serve, ask):
    _, port = serve(answer, proxy=ProxyPolicy(header="Forwarded"))
    first = b"GET / HTTP/1.1\r\nHost: a\r\nForwarded: for=4.4.4.4;proto=https;host=b\r\n\r\n"
    reply = await ask(port, first + b"GET / HTTP/1.1\r\n" + END)
    assert b"4.4.4.4 https bHTTP" in reply
    assert reply.endswith(b"127.0.0.1 http a")


async def test_a_request_keeps_its_client_when_the_next_has_come(serve, ask):
    requests = []

    def handle(request):
        requests.append(request)
        headers = HTTPHeaders({"Content-Length": "0"})
        request.connection.write_headers(ResponseStartLine("", 200, "OK"), headers, b"")
        request.connection.finish()

    for options in ({"proxy": ProxyPolicy()}, {"xheaders": True}):
        _, port = serve(handle, **options)
        one, two = (
            b"GET / HTTP/1.1\r\nX-Forwarded-For: %b\r\nHost: a\r\n" % ip
            for ip in (b"4.4.4.4", b"5.5.5.5")
        )
        await ask(port, one + b"\r\n" + two + b"Connection: close\r\n\r\n")
    assert [request.remote_ip for request in requests] == ["4.4.4.4", "5.5.5.5"] * 2


def test_forwarded():
    # RFC 7239 section 4: examples
    assert parse_forwarded('for="_gazonk"') == [{"for": "_gazonk"}]
    assert parse_forwarded('For="[2001:db8:cafe::17]:4711"') == [
        {"for": "[2001:db8:cafe::17]:4711"}
    ]
    assert parse_forwarded("for=192.0.2.60;proto=http;by=203.0.113.43") == [
        {"for": "192.0.2.60", "proto": "http", "by": "203.0.113.43"}
    ]
    assert parse_forwarded("for=192.0.2.43, for=198.51.100.17") == [
        {"for": "192.0.2.43"},
        {"for": "198.51.100.17"},
    ]
    assert parse_forwarded(r', a="\"\\,;" ;, ;b=c') == [{"a": '"\\,;'}, {"b": "c"}]
    assert parse_forwarded("") == []


def test_forwarded_is_read_in_linear_time():
    for text in ['for="' + "\\" * 60_000, "for=a;" * 2 + "," * 60_000, " ;" * 60_000 + "x"]:
        began = time.process_time()
        try:
            parse_forwarded(text)
        except HTTPInputError:
            pass
        assert time.process_time() - began < 1


@given(st.text(st.characters(max_codepoint=255), max_size=40))
def test_any_text_is_understood_or_refused(text):
    try:
        parse_forwarded(text)
    except HTTPInputError:
        pass
    parse_node(text)


@pytest.mark.parametrize(
    "text",
    ["", "[", "[]", "[::1", "[1.2.3.4]", "1.2.3.4:", "1.2.3.4:99999", "[::1]x", "a:1", "1.2.3"],
)
def test_what_is_no_address(text):
    assert parse_node(text) is None


@pytest.mark.parametrize(
    ("arguments", "error", "sentence"),
    [
        ({"hops": 0}, ValueError, "from 1"),
        ({"networks": "10.0.0.0/8"}, TypeError, r"write \['10.0.0.0/8'\]"),
        ({"networks": ["10.0.0.1/8"]}, ValueError, "10.0.0.1/8.*look like"),
        ({"networks": []}, ValueError, "empty"),
        ({"header": None}, ValueError, "needs a header"),
        ({"header": 5}, TypeError, "name of a header"),
    ],
)
def test_policies_that_make_no_sense(arguments, error, sentence):
    with pytest.raises(error, match=sentence):
        ProxyPolicy(**arguments)


def test_one_way_of_trust_at_a_time(serve):
    with pytest.raises(ValueError, match="takes the place of xheaders"):
        serve(answer, proxy=ProxyPolicy(), xheaders=True)
    with pytest.raises(TypeError, match="ProxyPolicy"):
        serve(answer, proxy="X-Real-Ip")


async def test_a_unix_socket_is_a_network(serve, tmp_path):
    server, _ = serve(answer, proxy=ProxyPolicy())
    path = str(tmp_path / "s")
    server.add_socket(bind_unix_socket(path))
    stream = IOStream(socket.socket(socket.AF_UNIX))
    await stream.connect(path)
    await stream.write(b"GET / HTTP/1.1\r\nX-Forwarded-For: 4.4.4.4\r\n" + END)
    assert (await stream.read_until_close()).endswith(b"4.4.4.4 http a")


# -- the PROXY protocol

POLICY = ProxyPolicy(header=None, proxy_protocol=True)


def binary(kind, block, command=1, version=2):
    return SIGNATURE + struct.pack("!BBH", version << 4 | command, kind, len(block)) + block


FOUR = bytes([4, 4, 4, 4, 5, 5, 5, 5]) + struct.pack("!HH", 1234, 443)
SIX = socket.inet_pton(socket.AF_INET6, "2001:db8::1") * 2 + struct.pack("!HH", 1234, 443)
TLS = b"\x20\x00\x05\x01\x00\x00\x00\x00"

WELL_FORMED = [
    (b"PROXY TCP4 4.4.4.4 5.5.5.5 1234 80\r\n", "4.4.4.4 http a"),
    (b"PROXY TCP6 2001:db8::1 ::1 1234 80\r\n", "2001:db8::1 http a"),
    (b"PROXY UNKNOWN\r\n", "127.0.0.1 http a"),
    (b"PROXY UNKNOWN ffff:f...f:ffff whatever\r\n", "127.0.0.1 http a"),
    (binary(0x11, FOUR), "4.4.4.4 http a"),
    (binary(0x11, FOUR + b"\x04\x00\x02xx" + TLS), "4.4.4.4 https a"),
    (binary(0x21, SIX), "2001:db8::1 http a"),
    (binary(0x00, b""), "127.0.0.1 http a"),
    (binary(0x31, b"x" * 216), "127.0.0.1 http a"),
    (binary(0x11, FOUR, command=0), "127.0.0.1 http a"),
]


@pytest.mark.parametrize(("head", "expected"), WELL_FORMED)
async def test_proxy_headers(told, head, expected):
    assert await told(POLICY, "X-Forwarded-For: 6.6.6.6\r\n", head) == expected


@pytest.mark.parametrize("head", [WELL_FORMED[0][0], WELL_FORMED[5][0]])
async def test_a_proxy_header_in_pieces(serve, head):
    _, port = serve(answer, proxy=POLICY)
    stream = IOStream(socket.socket())
    await stream.connect(("127.0.0.1", port))
    stream.set_nodelay(True)
    for byte in head[:-1]:
        await stream.write(bytes([byte]))
    await stream.write(head[-1:] + b"GET / HTTP/1.1\r\n" + END)
    assert b"4.4.4.4 http" in await stream.read_until_close()


@pytest.mark.parametrize(
    "head",
    [
        b"GET / HTTP/1.1\r\n" + END,
        b"PROXY TCP4 4.4.4.4 5.5.5.5 1234\r\n",
        b"PROXY TCP4 4.4.4.4 5.5.5.5 1234 99999\r\n",
        b"PROXY TCP4 ::1 ::1 1234 80\r\n",
        b"PROXY TCP6 4.4.4.4 5.5.5.5 1234 80\r\n",
        b"PROXY TCP4 4.4.4.4 5.5.5.5 1234 80\n",
        b"PROXY TCP4 " + b"4" * 100,
        b"PROXY  TCP4 4.4.4.4 5.5.5.5 1234 80\r\n",
        binary(0x11, FOUR, version=1),
        binary(0x11, FOUR, command=2),
        binary(0x12, FOUR),
        binary(0x21, FOUR),
        binary(0x11, FOUR + b"\x04\x00"),
        binary(0x11, FOUR + b"\x04\x00\x09x"),
    ],
)
async def test_malformed_proxy_headers_close_the_connection(serve, ask, head):
    _, port = serve(answer, proxy=POLICY)
    try:
        assert await ask(port, head + b"GET / HTTP/1.1\r\n" + END) == b""
    except ConnectionResetError:
        pass  # closed with bytes unread


async def ask_quietly(port):
    stream = IOStream(socket.socket())
    await stream.connect(("127.0.0.1", port))
    return stream


async def test_a_proxy_that_says_nothing_is_not_waited_for(serve):
    _, port = serve(answer, proxy=POLICY, header_timeout=0.05)
    stream = await ask_quietly(port)
    with pytest.raises(StreamClosedError):
        await stream.read_bytes(1)


async def test_stopping_the_server_ends_the_wait(serve):
    server, port = serve(answer, proxy=POLICY)
    stream = await ask_quietly(port)
    await stream.write(b"PRO")
    while not server._prefaces:
        await asyncio.sleep(0)
    await server.drain(1)
    assert not server._prefaces
    with pytest.raises(StreamClosedError):
        await stream.read_bytes(1)


async def test_others_speak_http_from_the_start(serve, ask):
    policy = ProxyPolicy(header=None, proxy_protocol=True, networks=["10.0.0.1"])
    _, port = serve(answer, proxy=policy)
    assert (await ask(port, b"GET / HTTP/1.1\r\n" + END)).endswith(b"127.0.0.1 http a")
    reply = await ask(port, b"PROXY TCP4 4.4.4.4 5.5.5.5 1 80\r\nGET / HTTP/1.1\r\n" + END)
    assert reply.startswith(b"HTTP/1.1 400 ")


async def test_headers_are_believed_of_the_address_that_the_proxy_header_names(told):
    policy = ProxyPolicy(proxy_protocol=True, networks=["127.0.0.1", "10.0.0.0/8"])
    headers = "X-Forwarded-For: 4.4.4.4\r\n"
    head = b"PROXY TCP4 %b 5.5.5.5 1234 80\r\n"
    assert await told(policy, headers, head % b"10.0.0.1") == "4.4.4.4 http a"
    assert await told(policy, headers, head % b"7.7.7.7") == "7.7.7.7 http a"


@given(
    st.one_of(st.sampled_from([head for head, _ in WELL_FORMED]), st.binary(max_size=60)), st.data()
)
def test_headers_in_pieces_are_read_like_whole_ones(head, data):
    def read(pieces):
        held = b""
        try:
            for piece in pieces:
                known = held + piece
                taken = wanted(known)
                assert len(held) <= taken <= len(known)
                held = known[:taken]
                complete, client = parse(held)
                if complete:
                    return client
        except ProxyProtocolError:
            return "refused"
        return "incomplete"

    cut = data.draw(st.integers(0, len(head)))
    rest = b"GET"
    assert read([head + rest]) == read(
        [head[:cut] or head, *([head[cut:] + rest] if cut else [rest])]
    )


@pytest.mark.skipif(not shutil.which("curl"), reason="curl is not here")
async def test_the_proxy_header_of_curl(serve):
    _, port = serve(answer, proxy=POLICY)
    command = ["curl", "-sS", "--max-time", "20", "--haproxy-protocol", f"http://127.0.0.1:{port}/"]
    told = await asyncio.to_thread(subprocess.run, command, capture_output=True, text=True)
    assert (told.stdout, told.stderr) == (f"127.0.0.1 http 127.0.0.1:{port}", "")


@pytest.fixture(scope="session")
def certificate(tmp_path_factory):
    folder = tmp_path_factory.mktemp("tls")
    subprocess.run(
        ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1",
         "-nodes", "-subj", "/CN=localhost", "-days", "2", "-keyout", folder / "key", "-out",
         folder / "crt"],
        check=True, capture_output=True,
    )  # fmt: skip
    return folder


@pytest.mark.skipif(not shutil.which("openssl"), reason="openssl makes the certificate")
async def test_before_tls(serve, certificate):
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(certificate / "crt", certificate / "key")
    _, port = serve(answer, proxy=POLICY, ssl_options=context)
    stream = IOStream(socket.socket())
    await stream.connect(("127.0.0.1", port))
    await stream.write(WELL_FORMED[0][0])
    client = ssl.create_default_context(cafile=str(certificate / "crt"))
    client.check_hostname = False
    secured = await stream.start_tls(False, client)
    await secured.write(b"GET / HTTP/1.1\r\n" + END)
    assert (await secured.read_until_close()).endswith(b"4.4.4.4 https a")
