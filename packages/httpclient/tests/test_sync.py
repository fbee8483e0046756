"""HTTPClient: without a loop, beside other loops, and not inside one; and the command line."""

from __future__ import annotations

import asyncio
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from tornado.httpclient import HTTPClient, HTTPError, HTTPRequest, HTTPTimeoutError
from tornado.ioloop import IOLoop
from tornado.simple_httpclient import SimpleAsyncHTTPClient


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    connections: set[tuple[str, int]] = set()

    def do_GET(self) -> None:
        self.connections.add(self.client_address)
        status, body = 200, f"hello from {self.path}".encode()
        if self.path == "/missing":
            status = 404
        if self.path == "/away":
            status = 302
        self.send_response(status)
        self.send_header("Content-Length", str(len(body)))
        self.send_header("Location", "/there")
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:
        pass


@pytest.fixture
def url() -> Iterator[str]:
    Handler.connections.clear()
    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        server.daemon_threads = True
        thread = threading.Thread(target=server.serve_forever, args=(0.01,))
        thread.start()
        yield f"http://127.0.0.1:{server.server_address[1]}"
        server.shutdown()
        thread.join()


def test_fetch(url):
    with HTTPClient() as client:
        assert client.fetch(f"{url}/1").body == b"hello from /1"
        assert client.fetch(HTTPRequest(f"{url}/away")).body == b"hello from /there"
        with pytest.raises(HTTPError, match="404"):
            client.fetch(f"{url}/missing")
        assert client.fetch(f"{url}/missing", raise_error=False).code == 404
    assert len(Handler.connections) == 1, "the connection was kept"


def test_arguments(url):
    with HTTPClient(
        SimpleAsyncHTTPClient, max_clients=1, defaults={"follow_redirects": False}
    ) as c:
        assert c.fetch(f"{url}/away", raise_error=False).code == 302
    with HTTPClient(10) as client:
        assert client.fetch(url).code == 200
    with HTTPClient(max_simultaneous_connections=10) as client:
        assert client.fetch(url).code == 200
    with pytest.raises(TypeError):
        HTTPClient(no_such_argument=1)


def test_a_time_limit():
    with (
        socket.create_server(("127.0.0.1", 0)) as silent,
        HTTPClient() as client,
        pytest.raises(HTTPTimeoutError, match="request_timeout"),
    ):
        client.fetch(f"http://127.0.0.1:{silent.getsockname()[1]}/", request_timeout=0.05)


def test_the_current_loop_stays_what_it_was(url):
    loop = IOLoop()
    try:
        with HTTPClient() as client:
            assert IOLoop.current() is loop
            client.fetch(url)
            assert IOLoop.current() is loop
        assert IOLoop.current() is loop
    finally:
        loop.close()
        IOLoop.clear_current()


def test_in_threads_beside_a_running_loop(url):
    def in_a_thread() -> bytes:
        with HTTPClient() as client:
            return client.fetch(url + "/t").body

    async def main() -> list[bytes]:
        return await asyncio.gather(*[asyncio.to_thread(in_a_thread) for _ in range(3)])

    assert asyncio.run(main()) == [b"hello from /t"] * 3


async def test_inside_a_running_loop_it_says_what_to_do():
    with pytest.raises(RuntimeError, match="await AsyncHTTPClient"):
        HTTPClient()


def test_made_outside_and_used_inside_a_loop():
    async def use(client: HTTPClient) -> None:
        with pytest.raises(RuntimeError, match="await AsyncHTTPClient"):
            client.fetch("http://a/")

    with HTTPClient() as client:
        asyncio.run(use(client))


def test_closed(url):
    client = HTTPClient()
    client.close()
    client.close()
    with pytest.raises(RuntimeError, match="closed"):
        client.fetch(url)


# -- the command line


def command(*arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "tornado.httpclient", *arguments],
        capture_output=True,
        text=True,
        timeout=30,
    )


def test_the_command_line(url):
    pytest.importorskip("tornado.options")
    done = command("--print_headers", f"{url}/away")
    assert (done.returncode, done.stderr) == (0, "")
    assert "Content-Length: 17\n" in done.stdout
    assert done.stdout.endswith("hello from /there")
    done = command("--follow_redirects=no", f"{url}/away", f"{url}/2", "nonsense")
    assert done.returncode == 1
    assert done.stdout == "hello from /awayhello from /2"
    assert "HTTP 302: Found" in done.stderr
    assert "nonsense: a URL starts with http://" in done.stderr
    assert "give one URL" in command().stderr
    assert command("--no_such_option", url).stderr.startswith("unknown option")


def test_the_command_line_without_tornado_options():
    program = (
        "import sys; sys.modules['tornado.options'] = None\n"
        "from tornado.httpclient import main; main()"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True)
    assert done.returncode == 1
    assert "tornado-options" in done.stderr
