"""What published servers and frameworks reach for below the handlers: private names of the server,
the streams, the loop and the routes. They are kept for compatibility.
"""

import asyncio
import hashlib
import sys
from urllib.parse import parse_qsl

import pytest

import tornado.web
from tornado.httpserver import HTTPServer
from tornado.ioloop import IOLoop, PeriodicCallback
from tornado.routing import PathMatches, Rule, RuleRouter, URLSpec, _RuleList
from tornado.tcpserver import TCPServer
from tornado.web import Application, OutputTransform, RequestHandler, StaticFileHandler


class Hello(RequestHandler):
    def get(self):
        self.write("hello")


async def test_a_process_manager_marks_every_response(serve, fetch, monkeypatch):
    web = sys.modules.pop("tornado.web")
    old_clear = web.RequestHandler.clear

    def clear(self):
        old_clear(self)
        if "Manager" not in self._headers["Server"]:
            self._headers["Server"] += " (Manager/1)"

    monkeypatch.setattr(web.RequestHandler, "clear", clear)
    sys.modules["tornado.web"] = web
    assert tornado.web is web
    for path in ("/", "/nothing"):
        response = await fetch(serve([("/", Hello)]), "GET", path)
        assert response.get("Server").endswith(" (Manager/1)")


async def test_a_process_manager_counts_connections(fetch):
    closed = []

    class Counting(HTTPServer):
        def on_close(self, server_conn):
            closed.append(server_conn)
            super().on_close(server_conn)

    server = Counting(Application([("/", Hello)], log_function=lambda handler: None))
    server.listen(0, "127.0.0.1")
    server.no_keep_alive = True
    port = next(iter(server._sockets.values())).getsockname()[1]
    response = await fetch(port, "GET", "/", {"Connection": "keep-alive"})
    assert response.body == b"hello"
    while not closed:
        await asyncio.sleep(0)
    assert server._connections == set()
    server.stop()


def test_a_process_manager_makes_a_loop_of_its_own():
    IOLoop.clear_current()
    io_loop = IOLoop.instance()
    try:
        assert IOLoop.current() is io_loop
        ticks = []
        ticker = PeriodicCallback(lambda: (ticks.append(1), io_loop.stop()), 1)
        ticker.start()
        io_loop.start()
        ticker.stop()
        assert ticks
    finally:
        IOLoop.clear_current()
        io_loop.close(all_fds=True)


async def test_a_cluster_writes_frames_into_the_buffer_of_a_stream():
    """Large messages are put into the buffer by hand, then one empty write sends them all."""
    received = asyncio.get_running_loop().create_future()

    class Server(TCPServer):
        async def handle_stream(self, stream, address):
            received.set_result(await stream.read_until_close())

    server = Server()
    server.listen(0, "127.0.0.1")
    from tornado.tcpclient import TCPClient

    (listening,) = server._sockets.values()
    stream = await TCPClient().connect("127.0.0.1", listening.getsockname()[1])
    frames = [b"header", b"x" * 300_000, memoryview(b"y" * 100_000)]
    for frame in frames:
        stream._write_buffer.append(frame)
        stream._total_write_index += len(frame)
    await stream.write(b"")
    assert stream._total_write_done_index == stream._total_write_index
    stream.close()
    assert await received == b"".join(frames)
    server.stop()
    assert IOLoop.current().asyncio_loop is asyncio.get_running_loop()


async def test_a_plotting_server_asks_for_its_ports_and_closes_all(fetch):
    server = HTTPServer(Application([("/", Hello)]))
    server.listen(0, "127.0.0.1")
    ports = [listening.getsockname()[1] for listening in server._sockets.values()]
    assert len(ports) == 1
    reader, writer = await asyncio.open_connection("127.0.0.1", ports[0])
    while not server._connections:
        await asyncio.sleep(0)
    server.stop()
    await server.close_all_connections()
    assert await reader.read() == b""
    writer.close()
    await writer.wait_closed()
    assert server._sockets == {}


def test_an_image_server_names_the_type_of_its_routes():
    rules: _RuleList = [("/", Hello), URLSpec("/x", Hello), Rule(PathMatches("/y"), Hello)]
    assert len(RuleRouter([rule for rule in rules if isinstance(rule, Rule)]).rules) == 2
    assert Application(rules).default_router.rules


async def test_a_notebook_server_serves_files(serve, fetch, static_root, expect_log):
    """It overrides ``initialize`` without super, and calls methods of the base class unbound."""

    class Files(StaticFileHandler):
        def initialize(self, path, default_path=None):
            self.root = str(static_root / "sub" if path == "sub" else static_root)
            self.default_filename = None

        def set_headers(self):
            super().set_headers()
            if "v" not in self.request.arguments:
                self.add_header("Cache-Control", "no-cache")

        @classmethod
        def get_absolute_path(cls, root, path):
            return StaticFileHandler.get_absolute_path(root, path)

        def validate_absolute_path(self, root, absolute_path):
            if absolute_path.endswith(".css"):
                raise tornado.web.HTTPError(404)
            return super().validate_absolute_path(root, absolute_path)

    class Guarded(StaticFileHandler):
        async def get(self, path, include_body=True):
            await asyncio.sleep(0)
            if self.get_argument("download", False):
                self.set_header("Content-Disposition", "attachment")
            await StaticFileHandler.get(self, path, include_body)

        def initialize(self, path):
            StaticFileHandler.initialize(self, path)

    port = serve(
        [
            (r"/files/(.*)", Files, {"path": "top"}),
            (r"/guarded/(.*)", Guarded, {"path": str(static_root)}),
        ]
    )
    response = await fetch(port, "GET", "/files/robots.txt")
    assert response.body == (static_root / "robots.txt").read_bytes()
    assert response.get("Cache-Control") == "no-cache"
    assert (await fetch(port, "GET", "/files/style.css")).status == 404
    assert (await fetch(port, "HEAD", "/guarded/robots.txt")).body == b""
    response = await fetch(port, "GET", "/guarded/robots.txt?download=1")
    assert response.get("Content-Disposition") == "attachment"


async def test_a_notebook_server_logs_what_was_asked(serve, fetch):
    lines = []

    def log_request(handler):
        request = handler.request
        lines.append(
            {
                "status": handler.get_status(),
                "method": request.method,
                "ip": request.remote_ip,
                "ms": 1000.0 * request.request_time() >= 0,
                "type": handler._headers.get("Content-Type"),
                "referer": request.headers.get("Referer", "None"),
                "whole": dict(request.headers),
            }
        )

    port = serve([("/", Hello)], log_function=log_request)
    await fetch(port, "GET", "/", {"Referer": "http://a.example/"})
    (line,) = lines
    assert line["status"] == 200
    assert line["ip"] == "127.0.0.1"
    assert line["ms"]
    assert line["type"] == "text/html; charset=UTF-8"
    assert line["referer"] == line["whole"]["Referer"] == "http://a.example/"


def test_a_notebook_server_takes_urlencode_from_httputil():
    from tornado.httputil import responses, url_concat, urlencode

    assert parse_qsl(urlencode([("a", "b c")])) == [("a", "b c")]
    assert responses[404] == "Not Found"
    assert url_concat("/", {"a": "b"}) == "/?a=b"


async def test_a_reloader_puts_its_script_into_pages(serve, fetch, static_root):
    script = b"<script>reload</script>"

    class Inserting(OutputTransform):
        def transform_first_chunk(self, status_code, headers, chunk, finishing):
            if b"</head>" in chunk:
                chunk = chunk.replace(b"</head>", script + b"</head>")
                if "Content-Length" in headers:
                    headers["Content-Length"] = str(int(headers["Content-Length"]) + len(script))
            return status_code, headers, chunk

    class Page(RequestHandler):
        def get(self):
            self.write("<head></head>")

    class Files(StaticFileHandler):
        def should_return_304(self):
            return False

    port = serve(
        [("/", Page), ("/files/(.*)", Files, {"path": str(static_root)})], transforms=[Inserting]
    )
    assert (await fetch(port)).body == b"<head>" + script + b"</head>"
    assert (await fetch(port, "GET", "/files/robots.txt")).status == 200
    path = str(static_root / "robots.txt")
    version = StaticFileHandler._get_cached_version(path)
    assert version == StaticFileHandler._static_hashes[path]
    StaticFileHandler._static_hashes.clear()
    with StaticFileHandler._lock:
        pass
    assert StaticFileHandler._get_cached_version(path) == version


async def test_a_reloader_answers_through_the_connection(serve, fetch):
    from tornado.httputil import HTTPHeaders, ResponseStartLine

    def bare(request):
        body = hashlib.sha256(request.uri.encode()).hexdigest().encode()
        headers = HTTPHeaders({"Content-Length": str(len(body))})
        start_line = ResponseStartLine("HTTP/1.1", 200, "OK")
        request.connection.write_headers(start_line, headers, chunk=body)
        request.connection.finish()

    port = serve(bare)
    response = await fetch(port, "GET", "/x")
    assert response.body == hashlib.sha256(b"/x").hexdigest().encode()


async def test_a_socket_server_looks_at_its_connection(serve, fetch):
    seen = {}

    class Session(RequestHandler):
        def get(self):
            connection = self.request.connection
            connection.no_keep_alive = bool(connection.no_keep_alive)
            seen["open"] = not connection.stream.closed()
            seen["ip"] = connection.context._orig_remote_ip
            seen["protocol"] = connection.context._orig_protocol
            seen["who"] = self.request.remote_ip
            self.finish()
            seen["finished"] = self._finished

    port = serve(Application([("/", Session)], log_function=lambda h: None), xheaders=True)
    await fetch(port, "GET", "/", {"X-Real-Ip": "1.2.3.4"})
    assert seen == {
        "open": True,
        "ip": "127.0.0.1",
        "protocol": "http",
        "who": "1.2.3.4",
        "finished": True,
    }


@pytest.mark.parametrize("name", ["_sockets", "_handlers", "_connections"])
async def test_private_collections_of_a_server(name):
    server = HTTPServer(Application([]))
    server.listen(0, "127.0.0.1")
    assert len(getattr(server, name)) == (0 if name == "_connections" else 1)
    server.stop()


async def test_a_bare_callable_writes_text(serve, fetch):
    """The server of 2009 without a framework, as it was printed."""

    def handle_request(request):
        message = "You requested %s\n" % request.uri
        request.write("HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n%s" % (len(message), message))
        request.finish()

    port = serve(handle_request)
    assert (await fetch(port, "GET", "/x")).body == b"You requested /x\n"
