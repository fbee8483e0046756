"""The clients and servers of others: nginx, with HTTP/2 too, and Tornado as published."""

import asyncio
import hashlib
import os
import subprocess
from contextlib import ExitStack

import nginx
import pytest
import venvs
from absence import not_here

RELEASE = "6.6.1"
SIZE = 3_000_000

CONFIGURATION = """
daemon off;
user {user};
worker_processes 1;
pid {folder}/pid;
events {{ worker_connections 512; }}
http {{
    access_log {folder}/access.log;
    client_body_temp_path {folder}/client_body;
    proxy_temp_path {folder}/proxy;
    fastcgi_temp_path {folder}/fastcgi;
    uwsgi_temp_path {folder}/uwsgi;
    scgi_temp_path {folder}/scgi;
    gzip on;
    gzip_types text/plain;
    gzip_min_length 100;
    types {{ text/plain txt; }}
    default_type application/octet-stream;
    client_max_body_size 10m;
    server {{
        listen 127.0.0.1:{port};
        listen 127.0.0.1:{tls_port} ssl{http2};
        ssl_certificate {certificate};
        ssl_certificate_key {key};
        root {folder}/files;
        location = /seen {{
            default_type application/json;
            return 200 '{{"protocol": "$server_protocol", "method": "$request_method",
                "connection": "$connection", "requests": $connection_requests,
                "agent": "$http_user_agent", "authorization": "$http_authorization"}}';
        }}
        location = /private.txt {{ auth_basic "nginx"; auth_basic_user_file {folder}/users; }}
        location = /moved {{ return 301 /small.txt; }}
    }}
}}
"""


@pytest.fixture(scope="module")
def server(tmp_path_factory, certificates):
    """nginx; ``url`` is without TLS and ``secure`` with it, and with HTTP/2."""
    import getpass

    folder = tmp_path_factory.mktemp("nginx")
    files = folder / "files"
    files.mkdir()
    (files / "small.txt").write_text("small\n")
    (files / "text.txt").write_text("compressible " * 10_000)
    (files / "large").write_bytes(os.urandom(SIZE))
    (files / "private.txt").write_text("private\n")
    (folder / "users").write_text("me:{PLAIN}secret\n")
    port, tls_port = nginx.free_port(), nginx.free_port()
    text = CONFIGURATION.format(
        user=getpass.getuser(),
        folder=folder,
        port=port,
        tls_port=tls_port,
        http2=" http2",
        certificate=certificates.cert("good"),
        key=certificates.key("good"),
    )
    # The folders are to be reachable for the worker, whoever that is.
    for parent in (folder, files):
        parent.chmod(0o755)
    with nginx.running(nginx.found(), text, folder, port) as running:
        running.files = files
        running.secure = f"https://localhost:{tls_port}"
        yield running


@pytest.fixture(params=["http", "https"])
def url(request, server):
    return server.url if request.param == "http" else server.secure


async def test_files(url, server, client):
    response = await client.fetch(f"{url}/large")
    assert (
        hashlib.sha256(response.body).digest()
        == hashlib.sha256((server.files / "large").read_bytes()).digest()
    )
    response = await client.fetch(f"{url}/small.txt", method="HEAD")
    assert (response.headers["Content-Length"], response.body) == ("6", b"")


async def test_gzip(url, client):
    response = await client.fetch(f"{url}/text.txt")
    assert response.headers["X-Consumed-Content-Encoding"] == "gzip"
    assert response.body == b"compressible " * 10_000


async def test_one_connection(url, client):
    seen = [await client.json(f"{url}/seen") for _ in range(5)]
    assert len({one["connection"] for one in seen}) == 1
    assert [one["requests"] for one in seen] == [1, 2, 3, 4, 5]


async def test_http_2(server, client, kind):
    seen = await client.json(f"{server.secure}/seen")
    if kind.__name__ == "SimpleAsyncHTTPClient":
        assert seen["protocol"] == "HTTP/1.1"
        return
    from tornado.curl_httpclient._libcurl import HAS_HTTP2

    assert seen["protocol"] == ("HTTP/2.0" if HAS_HTTP2 else "HTTP/1.1")
    assert (await client.json(f"{server.url}/seen"))["protocol"] == "HTTP/1.1"


async def test_many_at_once(url, make, certificates):
    client = make(max_clients=50, defaults={"ca_certs": certificates.authority})
    responses = await asyncio.gather(*(client.fetch(f"{url}/small.txt") for _ in range(100)))
    assert {response.body for response in responses} == {b"small\n"}


async def test_the_rest_of_http(url, client):
    assert (await client.fetch(f"{url}/moved")).body == b"small\n"
    missing = await client.fetch(f"{url}/missing", raise_error=False)
    assert (missing.code, missing.reason) == (404, "Not Found")
    first = await client.fetch(f"{url}/small.txt")
    again = {"If-None-Match": first.headers["Etag"]}
    assert (await client.fetch(f"{url}/small.txt", headers=again, raise_error=False)).code == 304
    part = await client.fetch(f"{url}/large", headers={"Range": "bytes=5-9"})
    assert (part.code, len(part.body)) == (206, 5)
    refused = await client.fetch(f"{url}/small.txt", method="POST", body=b"x", raise_error=False)
    assert refused.code == 405
    secret = {"auth_username": "me", "auth_password": "secret"}
    assert (await client.fetch(f"{url}/private.txt", **secret)).body == b"private\n"
    assert (await client.fetch(f"{url}/private.txt", raise_error=False)).code == 401


async def test_an_upload_that_is_too_large(url, client):
    response = await client.fetch(
        f"{url}/small.txt", method="PUT", body=bytes(11 * 1024 * 1024), raise_error=False
    )
    assert response.code == 413


# Tornado as published

PUBLISHED = """
import asyncio, gzip, sys
import tornado.web, tornado.httpserver, tornado.netutil

class Echo(tornado.web.RequestHandler):
    def handle(self):
        self.write({"method": self.request.method, "body": len(self.request.body),
                    "headers": dict(self.request.headers), "uri": self.request.uri,
                    "port": self.request.connection.context.address[1]})
    get = post = put = patch = delete = options = handle

@tornado.web.stream_request_body
class Sink(tornado.web.RequestHandler):
    def initialize(self):
        self.size = 0
    def data_received(self, chunk):
        self.size += len(chunk)
    def put(self):
        self.write(str(self.size))

class Pieces(tornado.web.RequestHandler):
    async def get(self, count):
        for _ in range(int(count)):
            self.write(b"x" * 10000)
            await self.flush()

async def main():
    app = tornado.web.Application(
        [("/echo", Echo), ("/sink", Sink), (r"/pieces/([0-9]+)", Pieces),
         ("/moved", tornado.web.RedirectHandler, {"url": "/echo"})],
        compress_response=True, log_function=lambda handler: None)
    plain = tornado.netutil.bind_sockets(0, "127.0.0.1")
    secure = tornado.netutil.bind_sockets(0, "127.0.0.1")
    tornado.httpserver.HTTPServer(app).add_sockets(plain)
    options = {"certfile": sys.argv[1], "keyfile": sys.argv[2]}
    tornado.httpserver.HTTPServer(app, ssl_options=options).add_sockets(secure)
    print(plain[0].getsockname()[1], secure[0].getsockname()[1], flush=True)
    await asyncio.get_running_loop().run_in_executor(None, sys.stdin.read)

asyncio.run(main())
"""


@pytest.fixture(scope="module")
def published(tmp_path_factory, certificates):
    """The ports of Tornado's own server, without and with TLS."""
    try:
        interpreter = venvs.cached("published", [f"tornado=={RELEASE}"])
    except venvs.CommandFailed as error:
        not_here(f"Tornado could not be installed; it needs a package index\n{error}")
    folder = tmp_path_factory.mktemp("published")
    (folder / "program.py").write_text(PUBLISHED)
    command = [str(interpreter), "program.py", certificates.cert("good"), certificates.key("good")]
    with ExitStack() as stack:
        log = stack.enter_context((folder / "log").open("wb"))
        process = stack.enter_context(
            subprocess.Popen(
                command,
                cwd=folder,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=log,
                env={**os.environ, "PYTHONPATH": ""},
            )
        )
        try:
            line = process.stdout.readline()
            assert line, (folder / "log").read_text()
            yield dict(zip(("http", "https"), map(int, line.split()), strict=True))
        finally:
            process.stdin.close()
            process.terminate()


@pytest.mark.parametrize("scheme", ["http", "https"])
async def test_tornado_as_published(published, client, scheme):
    url = f"{scheme}://localhost:{published[scheme]}"
    seen = [await client.json(f"{url}/echo?n={n}") for n in range(3)]
    assert len({one["port"] for one in seen}) == 1
    assert [one["uri"] for one in seen] == ["/echo?n=0", "/echo?n=1", "/echo?n=2"]
    for method in ("POST", "PUT", "PATCH"):
        assert (await client.json(f"{url}/echo", method=method, body="12345"))["body"] == 5
    for method in ("DELETE", "OPTIONS"):
        assert (await client.json(f"{url}/echo", method=method))["method"] == method
    assert (await client.json(f"{url}/moved"))["uri"] == "/echo"

    async def produce(write):
        for _ in range(30):
            await write(bytes(100_000))

    response = await client.fetch(f"{url}/sink", method="PUT", body_producer=produce)
    assert response.body == b"3000000"
    pieces = []
    await client.fetch(f"{url}/pieces/50", streaming_callback=pieces.append)
    assert b"".join(pieces) == b"x" * 500_000
    missing = await client.fetch(f"{url}/missing", raise_error=False)
    assert missing.code == 404
