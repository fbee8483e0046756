"""HTTPServer: callables, proxies, limits, TLS, and the graceful end."""

import asyncio
import socket
import subprocess
import sys

import pytest

from tornado.httpserver import HTTPServer
from tornado.httputil import HTTPHeaders, ResponseStartLine

GET = b"GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n"


def answer(request, body=b"hello"):
    headers = HTTPHeaders({"Content-Length": str(len(body))})
    request.connection.write_headers(ResponseStartLine("", 200, "OK"), headers, body)
    request.connection.finish()


async def test_a_callable_of_2009(serve, ask):
    def handle(request):
        message = f"You requested {request.uri}\n"
        request.write(
            f"HTTP/1.1 200 OK\r\nContent-Length: {len(message)}\r\n\r\n{message}".encode()
        )
        request.finish()
        assert request.request_time() >= 0

    _, port = serve(handle)
    reply = await ask(port, b"GET /x HTTP/1.1\r\nHost: a\r\n\r\nGET /y HTTP/1.0\r\n\r\n")
    assert reply.count(b"HTTP/1.1 200 OK") == 2
    assert reply.endswith(b"You requested /y\n")


async def test_a_raw_response_without_length_ends_with_the_connection(serve, ask):
    def handle(request):
        request.write(b"HTTP/1.0 200 OK\r\n\r\nhel")
        request.write(b"lo")
        request.finish()

    _, port = serve(handle)
    assert await ask(port, b"GET / HTTP/1.1\r\nHost: a\r\n\r\n") == b"HTTP/1.0 200 OK\r\n\r\nhello"


async def test_the_request_as_a_callable_sees_it(serve, ask):
    seen = []

    def handle(request):
        seen.append(request)
        answer(request)

    _, port = serve(handle)
    await ask(
        port,
        b"POST /p?a=1&a=2 HTTP/1.1\r\nHost: Example.com:80\r\nConnection: close\r\n"
        b"Content-Type: application/x-www-form-urlencoded\r\nCookie: c=d\r\nContent-Length: 7\r\n"
        b"\r\nb=3&a=4",
    )
    (request,) = seen
    assert (request.method, request.path, request.query) == ("POST", "/p", "a=1&a=2")
    assert request.arguments == {"a": [b"1", b"2", b"4"], "b": [b"3"]}
    assert request.query_arguments == {"a": [b"1", b"2"]}
    assert request.body_arguments == {"b": [b"3"], "a": [b"4"]}
    assert request.cookies["c"].value == "d"
    assert (request.host, request.host_name) == ("Example.com:80", "example.com")
    assert (request.remote_ip, request.protocol, request.scheme) == ("127.0.0.1", "http", "http")
    assert request.full_url() == "http://Example.com:80/p?a=1&a=2"
    assert request.supports_http_1_1()
    assert request.get_ssl_certificate() is None
    assert "method='POST'" in repr(request)


@pytest.mark.parametrize(
    ("headers", "ip", "protocol"),
    [
        ("", "127.0.0.1", "http"),
        ("X-Real-Ip: 4.4.4.4\r\nX-Scheme: https\r\n", "4.4.4.4", "https"),
        ("X-Forwarded-For: 1.1.1.1, 4.4.4.4\r\n", "4.4.4.4", "http"),
        ("X-Forwarded-For: 1.1.1.1, 4.4.4.4, 5.5.5.5\r\n", "4.4.4.4", "http"),
        ("X-Forwarded-For: 2620:0:1cfe:face::1\r\n", "2620:0:1cfe:face::1", "http"),
        ("X-Real-Ip: 4.4.4.<script>\r\n", "127.0.0.1", "http"),
        ("X-Real-Ip: www.google.com\r\n", "127.0.0.1", "http"),
        ("X-Forwarded-Proto: http, https\r\n", "127.0.0.1", "https"),
        ("X-Forwarded-Proto: ftp\r\n", "127.0.0.1", "http"),
    ],
)
async def test_proxies_are_believed_on_request_only(serve, ask, headers, ip, protocol):
    seen = []

    def handle(request):
        seen.append((request.remote_ip, request.protocol))
        answer(request)

    request = b"GET / HTTP/1.1\r\nHost: a\r\n%b\r\n" % headers.encode()
    _, port = serve(handle, xheaders=True, trusted_downstream=["5.5.5.5"])
    await ask(port, request + GET)
    assert seen == [(ip, protocol), ("127.0.0.1", "http")], "nothing is left from before"
    seen.clear()
    _, port = serve(handle)
    await ask(port, request + GET)
    assert seen == [("127.0.0.1", "http")] * 2


async def test_protocol_may_be_told(serve, ask):
    seen = []
    _, port = serve(lambda r: (seen.append(r.protocol), answer(r)), protocol="https")
    await ask(port, GET)
    assert seen == ["https"]


async def test_limits_are_settable(serve, ask):
    _, port = serve(answer, max_header_size=1000, max_header_count=5, max_body_size=10)
    for request, status in [
        (b"GET /%b HTTP/1.1\r\nHost: a\r\n\r\n" % (b"x" * 1000), 414),
        (b"GET / HTTP/1.1\r\nHost: a\r\nX: %b\r\n\r\n" % (b"x" * 1000), 431),
        (b"GET / HTTP/1.1\r\nHost: a\r\n%b\r\n" % (b"X: y\r\n" * 5), 431),
        (b"PUT / HTTP/1.1\r\nHost: a\r\nContent-Length: 11\r\n\r\n", 413),
    ]:
        assert (await ask(port, request)).startswith(b"HTTP/1.1 %d " % status)


async def test_no_keep_alive(serve, ask):
    server, port = serve(answer, no_keep_alive=True)
    assert server.no_keep_alive
    reply = await ask(port, b"GET / HTTP/1.1\r\nHost: a\r\n\r\n" * 2)
    assert reply.count(b"HTTP/1.1 200") == 1
    assert b"Connection: close" in reply


async def test_more_connections_than_allowed_wait(serve, ask):
    server, port = serve(answer, max_connections=1)
    _, writer = await asyncio.open_connection("127.0.0.1", port)
    while not server._connections:
        await asyncio.sleep(0)
    waiting = asyncio.ensure_future(ask(port, GET))
    await asyncio.sleep(0.02)
    assert not waiting.done()
    assert len(server._connections) == 1
    writer.close()
    assert (await waiting).startswith(b"HTTP/1.1 200 ")


@pytest.mark.parametrize("callback", [None, 5, "app"])
def test_what_cannot_be_served(callback):
    with pytest.raises(TypeError, match="serves an Application"):
        HTTPServer(callback)


async def test_a_port_in_use_is_one_sentence(serve):
    _, port = serve(answer)
    with pytest.raises(OSError, match=f"127.0.0.1.*{port}"):
        HTTPServer(answer).listen(port, "127.0.0.1")


async def test_drain(serve):
    requests = []
    server, port = serve(requests.append)
    idle, idle_writer = await asyncio.open_connection("127.0.0.1", port)
    busy, busy_writer = await asyncio.open_connection("127.0.0.1", port)
    busy_writer.write(b"GET / HTTP/1.1\r\nHost: a\r\n\r\n")
    while not requests or len(server._connections) < 2:
        await asyncio.sleep(0)
    draining = asyncio.ensure_future(server.drain(20))
    assert await idle.read() == b""
    with pytest.raises(OSError):
        socket.create_connection(("127.0.0.1", port)).close()
    assert not draining.done()
    answer(requests[0])
    reply = await busy.read()
    assert b"\r\nConnection: close\r\n" in reply
    assert reply.endswith(b"hello")
    await draining
    idle_writer.close()
    busy_writer.close()


async def test_drain_cuts_what_is_left(serve):
    requests = []
    server, port = serve(requests.append)
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(b"GET / HTTP/1.1\r\nHost: a\r\n\r\n")
    while not requests:
        await asyncio.sleep(0)
    await server.drain(0.01)
    assert await reader.read() == b""
    assert not server._connections
    writer.close()


async def test_closing_does_not_leave_connections(serve):
    server, port = serve(answer)
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    while not server._connections:
        await asyncio.sleep(0)
    await server.close_all_connections()
    assert await reader.read() == b""
    writer.close()


PROCESSES = """
import os, signal
from tornado.httpserver import HTTPServer
from tornado.httputil import HTTPHeaders, ResponseStartLine
from tornado.ioloop import IOLoop

def answer(request):
    body = str(os.getpid()).encode()
    request.connection.write_headers(ResponseStartLine("", 200, "OK"),
        HTTPHeaders({"Content-Length": str(len(body))}), body)
    request.connection.finish()

server = HTTPServer(answer)
server.bind(0, "127.0.0.1")
print(server._pending_sockets[0].getsockname()[1], flush=True)
server.start(2)
IOLoop.current().start()
"""


@pytest.mark.skipif(not hasattr(__import__("os"), "fork"), reason="needs os.fork")
async def test_several_processes(ask):
    process = subprocess.Popen(
        [sys.executable, "-c", PROCESSES],
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )
    try:
        port = int(process.stdout.readline())
        pids = set()
        while len(pids) < 2:
            pids.add((await ask(port, GET)).rpartition(b"\r\n")[2])
        assert str(process.pid).encode() not in pids
    finally:
        import os
        import signal

        os.killpg(process.pid, signal.SIGKILL)
        process.wait()
        process.stdout.close()
