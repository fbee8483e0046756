"""What a server that nobody has configured allows a client: the limits are there from the start."""

import ssl

import pytest

from tornado.httpserver import HTTPServer
from tornado.httputil import HTTPHeaders, ParseBodyConfig, ResponseStartLine

HEAD = b"GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n"
LARGEST = 100 * 1024 * 1024


def answer(request):
    headers = HTTPHeaders({"Content-Length": "5"})
    request.connection.write_headers(ResponseStartLine("", 200, "OK"), headers, b"hello")
    request.connection.finish()


@pytest.mark.parametrize(
    ("request_bytes", "status"),
    [
        (HEAD + b"X: y\r\n" * 254 + b"\r\n", 200),
        (HEAD + b"X: y\r\n" * 255 + b"\r\n", 431),
        (HEAD + b"X: %b\r\n\r\n" % (b"y" * 65_000), 200),
        (HEAD + b"X: %b\r\n\r\n" % (b"y" * 65_536), 431),
        (b"GET /%b HTTP/1.1\r\nHost: a\r\n\r\n" % (b"x" * 65_536), 414),
        (b"PUT / HTTP/1.1\r\nHost: a\r\nContent-Length: %d\r\n\r\n" % (LARGEST + 1), 413),
        (
            b"PUT / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n%x\r\n"
            % (LARGEST + 1),
            413,
        ),
    ],
    ids=["fields", "a-field-more", "head", "large-head", "line", "body", "chunk"],
)
async def test_sizes(serve, ask, request_bytes, status):
    _, port = serve(answer)
    assert (await ask(port, request_bytes)).startswith(b"HTTP/1.1 %d " % status)


async def test_a_body_of_the_largest_size_is_asked_for(serve, ask):
    """At 100 MiB exactly the client is told to go on, here to one that then does not."""
    _, port = serve(answer, body_timeout=0.1)
    head = b"PUT / HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\nContent-Length: %d\r\n\r\n"
    assert (await ask(port, head % LARGEST)).startswith(b"HTTP/1.1 100 ")


def test_deadlines():
    """In seconds. That they cut what is too slow is shown where the clock can be moved."""
    params = HTTPServer(answer).conn_params
    assert (params.header_timeout, params.idle_timeout, params.write_timeout) == (20, 75, 60)
    assert params.body_timeout is None
    assert params.decompress is False


def test_forms():
    config = ParseBodyConfig()
    assert config.urlencoded.max_arguments == 1000
    assert config.multipart.max_parts == 100
    assert config.multipart.max_part_header_size == 10 * 1024


@pytest.mark.parametrize("first", [b"", b"\x16\x03\x01"], ids=["nothing", "a-beginning"])
async def test_a_tls_handshake_that_does_not_go_on_is_not_waited_for(serve, ask, first):
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)  # no certificate: it never comes to that
    _, port = serve(answer, ssl_options=context, idle_connection_timeout=0.1)
    assert await ask(port, first) == b""
