"""StaticFileHandler over real sockets: what is sent, what is refused, and every hook."""

import asyncio
import gzip
import os
import re
from datetime import UTC, datetime

import pytest

from tornado.web import HTTPError, RequestHandler, StaticFileHandler

ROBOTS = "User-agent: *\nDisallow: /\n"
MODIFIED = "Sun, 06 Nov 1994 08:49:37 GMT"


@pytest.fixture
def root(static_root):
    return static_root


@pytest.fixture(autouse=True)
def fresh_versions():
    StaticFileHandler.reset()


@pytest.fixture
def serve_static(serve, root):
    """``serve_static(handler, settings={}, **arguments) -> port``, mounted at ``/s/``."""

    def start(handler=StaticFileHandler, settings=None, **arguments):
        arguments.setdefault("path", str(root))
        return serve([(r"/s/(.*)", handler, arguments)], **(settings or {}))

    return start


# -- what is sent


async def test_a_file(serve_static, fetch):
    response = await fetch(serve_static(), "GET", "/s/robots.txt")
    assert response.status == 200
    assert response.body == ROBOTS.encode()
    assert response.get("Content-Length") == str(len(ROBOTS))
    assert response.get("Content-Type") == "text/plain"
    assert response.get("Last-Modified") == MODIFIED
    assert response.get("Accept-Ranges") == "bytes"
    assert re.fullmatch('"[0-9a-f]{32}"', response.get("Etag"))
    assert response.get("Cache-Control") is None
    assert response.get("Expires") is None


@pytest.mark.parametrize("path", ["robots.txt", "empty", "big.bin", "sub/index.html"])
async def test_head_has_the_headers_of_get(serve_static, fetch, path):
    port = serve_static()
    got = await fetch(port, "GET", f"/s/{path}")
    head = await fetch(port, "HEAD", f"/s/{path}")
    assert head.status == got.status == 200
    assert head.body == b""
    same = [(name, value) for name, value in got.headers if name != "Date"]
    assert [(name, value) for name, value in head.headers if name != "Date"] == same


@pytest.mark.parametrize(
    "path, content_type",
    [
        ("style.css", "text/css"),
        ("page.html", "text/html"),
        ("a.tar.gz", "application/gzip"),
        ("a.txt.bz2", "application/octet-stream"),
        ("a.unknownkind", "application/octet-stream"),
        ("empty", "application/octet-stream"),
    ],
)
async def test_content_types(serve_static, fetch, path, content_type):
    response = await fetch(serve_static(), "GET", f"/s/{path}")
    assert response.get("Content-Type") == content_type
    assert response.get("Content-Encoding") is None


async def test_a_large_file_comes_whole(serve_static, fetch, root):
    response = await fetch(serve_static(), "GET", "/s/big.bin")
    assert response.status == 200
    assert response.body == (root / "big.bin").read_bytes()


async def test_the_settings_install_a_handler(serve, fetch, root):
    port = serve([("/", RequestHandler)], static_path=str(root))
    for path in ("/static/robots.txt", "/robots.txt"):
        assert (await fetch(port, "GET", path)).body == ROBOTS.encode()
    assert (await fetch(port, "GET", "/favicon.ico")).status == 404
    port = serve([], static_path=str(root), static_url_prefix="/files/")
    assert (await fetch(port, "GET", "/files/robots.txt")).status == 200
    assert (await fetch(port, "GET", "/static/robots.txt")).status == 404


async def test_static_handler_class_and_args(serve, fetch, root):
    class Marked(StaticFileHandler):
        def set_extra_headers(self, path):
            self.set_header("X-Path", path)

    port = serve(
        [],
        static_path=str(root),
        static_handler_class=Marked,
        static_handler_args={"default_filename": "index.html"},
    )
    response = await fetch(port, "GET", "/static/sub/")
    assert response.body == b"<p>index"
    assert response.get("X-Path") == "sub/"


async def test_a_version_makes_it_cacheable(serve_static, fetch):
    response = await fetch(serve_static(), "GET", "/s/robots.txt?v=abc")
    assert response.get("Cache-Control") == "max-age=315360000"
    expires = datetime.strptime(response.get("Expires"), "%a, %d %b %Y %H:%M:%S GMT")
    assert expires.year >= datetime.now(UTC).year + 9


async def test_other_methods_are_405(serve_static, fetch):
    for method in ("POST", "PUT", "DELETE"):
        assert (await fetch(serve_static(), method, "/s/robots.txt")).status == 405


async def test_compressed_on_the_way(serve_static, fetch, root):
    port = serve_static(settings={"compress_response": True})
    for path in ("page.html", "robots.txt", "big.bin"):
        response = await fetch(port, "GET", f"/s/{path}", {"Accept-Encoding": "gzip"})
        body = response.body
        if path == "page.html":
            assert response.get("Content-Encoding") == "gzip"
            body = gzip.decompress(body)
        assert body == (root / path).read_bytes()


# -- conditions and ranges


async def test_if_none_match(serve_static, fetch):
    port = serve_static()
    etag = (await fetch(port, "GET", "/s/robots.txt")).get("Etag")
    for value in (etag, f"W/{etag}", f'"x", {etag}', "*"):
        response = await fetch(port, "GET", "/s/robots.txt", {"If-None-Match": value})
        assert response.status == 304
        assert response.body == b""
        assert response.get("Etag") == etag
        assert response.get("Last-Modified") == MODIFIED
        assert response.get("Content-Type") is None
    assert (await fetch(port, "GET", "/s/robots.txt", {"If-None-Match": '"x"'})).status == 200


async def test_if_match(serve_static, fetch):
    port = serve_static()
    etag = (await fetch(port, "GET", "/s/robots.txt")).get("Etag")
    for value, status in ((etag, 200), (f'"x",{etag}', 200), (f"W/{etag}", 412), ('"x"', 412)):
        response = await fetch(port, "GET", "/s/robots.txt", {"If-Match": value})
        assert response.status == status, value


async def test_if_range(serve_static, fetch):
    port = serve_static()
    etag = (await fetch(port, "GET", "/s/robots.txt")).get("Etag")
    for value, status in ((etag, 206), (f"W/{etag}", 200), (MODIFIED, 206), ('"x"', 200)):
        headers = {"Range": "bytes=0-3", "If-Range": value}
        response = await fetch(port, "GET", "/s/robots.txt", headers)
        assert response.status == status, value


async def test_a_file_changed_within_this_second_has_no_range_by_date(serve_static, fetch, root):
    (root / "new").write_text("0123456789")
    port = serve_static()
    date = (await fetch(port, "GET", "/s/new")).get("Last-Modified")
    headers = {"Range": "bytes=0-3", "If-Range": date}
    modified = (root / "new").stat().st_mtime
    response = await fetch(port, "GET", "/s/new", headers)
    if datetime.now(UTC).timestamp() < int(modified) + 1:
        assert response.status == 200


async def test_ranges_of_a_large_file(serve_static, fetch, root):
    port = serve_static()
    content = (root / "big.bin").read_bytes()
    response = await fetch(port, "GET", "/s/big.bin", {"Range": "bytes=1000-500999"})
    assert response.status == 206
    assert response.get("Content-Range") == f"bytes 1000-500999/{len(content)}"
    assert response.body == content[1000:501000]

    wanted = "bytes=0-99999, 200000-299999, -50000"
    response = await fetch(port, "GET", "/s/big.bin", {"Range": wanted})
    assert response.status == 206
    assert response.get("Content-Length") == str(len(response.body))
    kind, boundary = response.get("Content-Type").split("; boundary=")
    assert kind == "multipart/byteranges"
    mark = f"--{boundary}".encode()
    before, *parts, after = (b"\r\n" + response.body).split(b"\r\n" + mark)
    assert (before, after) == (b"", b"--\r\n")
    got = []
    for part in parts:
        head, _, data = part.partition(b"\r\n\r\n")
        assert b"Content-Type: application/octet-stream" in head
        start, stop = map(int, re.search(rb"bytes ([0-9]+)-([0-9]+)/1048576", head).groups())
        assert data == content[start : stop + 1]
        got.append((start, stop))
    assert got == [(0, 99999), (200000, 299999), (998576, 1048575)]


async def test_head_of_a_range(serve_static, fetch):
    response = await fetch(serve_static(), "HEAD", "/s/robots.txt", {"Range": "bytes=1-4"})
    assert response.status == 206
    assert response.body == b""
    assert response.get("Content-Length") == "4"
    assert response.get("Content-Range") == f"bytes 1-4/{len(ROBOTS)}"


# -- what is refused


@pytest.mark.parametrize(
    "path, status",
    [
        ("../outside.txt", 403),
        ("%2e%2e/outside.txt", 403),
        ("..%2foutside.txt", 403),
        ("/etc/passwd", 403),
        ("link", 403),
        ("sub", 403),
        ("sub/", 403),
        ("", 403),
        ("missing", 404),
        ("robots.txt/x", 404),
        ("a%00b", 404),
        ("x" * 5000, 404),
    ],
)
async def test_refused(serve_static, fetch, expect_log, path, status):
    port = serve_static()
    if status == 403:
        with expect_log("tornado.general", "^WARNING .*403 GET"):
            assert (await fetch(port, "GET", f"/s/{path}")).status == status
    else:
        assert (await fetch(port, "GET", f"/s/{path}")).status == status


async def test_the_neighbor_with_a_longer_name_is_outside(serve_static, fetch, expect_log, root):
    (root.parent / "static_foo").mkdir()
    (root.parent / "static_foo/x").write_text("x")
    with expect_log("tornado.general", "leads out"):
        response = await fetch(serve_static(), "GET", "/s/../static_foo/x")
    assert response.status == 403


async def test_devices_and_pipes_are_no_files(serve_static, fetch, expect_log, root):
    os.mkfifo(root / "pipe")
    with expect_log("tornado.general", "regular file"):
        assert (await fetch(serve_static(), "GET", "/s/pipe")).status == 403


@pytest.mark.parametrize("name", ["con", "a.txt:stream", "a.txt."])
async def test_what_windows_reads_otherwise_is_refused_there(
    serve_static, fetch, expect_log, root, monkeypatch, name
):
    (root / name).write_text("x")
    port = serve_static()
    assert (await fetch(port, "GET", f"/s/{name}")).status == 200
    monkeypatch.setattr("tornado.web._static.WINDOWS", True)
    with expect_log("tornado.general", "403 GET"):
        assert (await fetch(port, "GET", f"/s/{name}")).status == 403


async def test_links_to_allowed_directories(serve_static, fetch, root, expect_log):
    port = serve_static(allowed_symlink_directory=str(root.parent))
    assert (await fetch(port, "GET", "/s/link")).body == b"outside"

    class Allowing(StaticFileHandler):
        allowed_symlink_directory = [str(root), str(root.parent)]

        def initialize(self, path):
            self.root = path

    assert (await fetch(serve_static(Allowing), "GET", "/s/link")).body == b"outside"
    with expect_log("tornado.general", "leads out"):
        port = serve_static(allowed_symlink_directory=str(root / "sub"))
        assert (await fetch(port, "GET", "/s/link")).status == 403


async def test_the_root_may_itself_be_a_link(serve_static, fetch, root):
    (root.parent / "current").symlink_to("static")
    port = serve_static(path=str(root.parent / "current"))
    assert (await fetch(port, "GET", "/s/sub/index.html")).body == b"<p>index"


async def test_default_filename(serve_static, fetch, root):
    port = serve_static(default_filename="index.html")
    assert (await fetch(port, "GET", "/s/sub/")).body == b"<p>index"
    response = await fetch(port, "GET", "/s/sub?a=b")
    assert response.status == 301
    assert response.get("Location") == "/s/sub/?a=b"
    (root / "bare").mkdir()
    assert (await fetch(port, "GET", "/s/bare/")).status == 404


@pytest.mark.parametrize("path", ["//sub", "//x.example/..%2fsub", "/\\x.example/..%2fsub"])
async def test_the_redirect_to_a_directory_never_leaves(serve, fetch, expect_log, root, path):
    arguments = {"path": str(root), "default_filename": "index.html"}
    port = serve([(r"/[/\\](?:x.example/)?(?:\.\.%2f)?(.*)", StaticFileHandler, arguments)])
    with expect_log("tornado.general", "leave this site|leads out"):
        response = await fetch(port, "GET", path)
    assert response.status == 403
    assert response.get("Location") is None


async def test_a_client_that_goes_away_is_no_error(serve_static, root):
    (root / "huge").write_bytes(b"x" * 30_000_000)
    for handler in (StaticFileHandler, Chunked):
        port = serve_static(handler)
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.write(b"GET /s/huge HTTP/1.1\r\nHost: a\r\n\r\n")
        await reader.read(1000)
        writer.transport.abort()
        assert await fetch_size(port) == len(ROBOTS)


async def fetch_size(port):
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(b"GET /s/robots.txt HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n")
    answer = await reader.read()
    writer.close()
    await writer.wait_closed()
    return len(answer.partition(b"\r\n\r\n")[2])


class Chunked(StaticFileHandler):
    """Reads its files itself, and counts the chunks."""

    chunks = 0

    @classmethod
    def get_content(cls, abspath, start=None, end=None):
        for chunk in StaticFileHandler.get_content(abspath, start, end):
            cls.chunks += 1
            yield chunk

    def compute_etag(self):
        return None


async def test_a_slow_reader_holds_back_the_chunks(serve_static, root):
    (root / "huge").write_bytes(b"x" * 50_000_000)
    Chunked.chunks = 0
    port = serve_static(Chunked)
    reader, writer = await asyncio.open_connection("127.0.0.1", port, limit=1000)
    writer.write(b"GET /s/huge HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n")
    await reader.readuntil(b"\r\n\r\n")
    before = -1
    while Chunked.chunks != before:  # until nothing moves any more
        before = Chunked.chunks
        await asyncio.sleep(0.1)
    assert Chunked.chunks < 50_000_000 / 65536 / 2
    total = 0
    while data := await reader.read(1_000_000):
        total += len(data)
    assert total == 50_000_000
    writer.close()
    await writer.wait_closed()


# -- subclasses


class Virtual(StaticFileHandler):
    """Serves what is in no directory, as bytes or in pieces."""

    content = {"bytes": b"bytes of it", "pieces": [b"pieces ", b"of it"]}

    def initialize(self):
        pass

    @classmethod
    def get_absolute_path(cls, root, path):
        return path

    def validate_absolute_path(self, root, absolute_path):
        if absolute_path not in self.content:
            raise HTTPError(404)
        return absolute_path

    @classmethod
    def get_content(cls, abspath, start=None, end=None):
        content = cls.content[abspath]
        if isinstance(content, bytes):
            return content[start:end]
        return iter([b"".join(content)[start:end]])

    def get_content_size(self):
        content = self.content[self.absolute_path]
        return len(content if isinstance(content, bytes) else b"".join(content))

    def get_modified_time(self):
        return None


async def test_content_from_elsewhere(serve, fetch):
    port = serve([(r"/(.*)", Virtual)])
    for name in ("bytes", "pieces"):
        response = await fetch(port, "GET", f"/{name}")
        assert response.status == 200
        assert response.body == f"{name} of it".encode()
        assert response.get("Last-Modified") is None
        etag = response.get("Etag")
        assert (await fetch(port, "GET", f"/{name}", {"If-None-Match": etag})).status == 304
        response = await fetch(port, "GET", f"/{name}", {"Range": "bytes=-2"})
        assert (response.status, response.body) == (206, b"it")
        response = await fetch(port, "GET", f"/{name}", {"Range": "bytes=0-0,-1"})
        assert response.body.count(b"\r\n\r\n") == 2
    assert (await fetch(port, "GET", "/missing")).status == 404


async def test_every_hook(serve_static, fetch, root):
    class Hooked(StaticFileHandler):
        def parse_url_path(self, url_path):
            return url_path.replace("~", "/")

        def get_content_type(self):
            return "text/x-hooked"

        def get_modified_time(self):
            return datetime(2000, 1, 1, tzinfo=UTC)

        def get_cache_time(self, path, modified, mime_type):
            assert (path, modified.year) == ("sub/index.html", 2000)
            assert mime_type == "text/x-hooked"
            return 7

        def set_extra_headers(self, path):
            self.set_header("X-Extra", path)

        @classmethod
        def get_content_version(cls, abspath):
            return "version-" + os.path.basename(abspath)

    response = await fetch(serve_static(Hooked), "GET", "/s/sub~index.html")
    assert response.body == b"<p>index"
    assert response.get("Content-Type") == "text/x-hooked"
    assert response.get("Last-Modified") == "Sat, 01 Jan 2000 00:00:00 GMT"
    assert response.get("Cache-Control") == "max-age=7"
    assert response.get("X-Extra") == "sub/index.html"
    assert response.get("Etag") == '"version-index.html"'
    settings = {"static_path": str(root)}
    assert Hooked.make_static_url(settings, "a.txt") == "/static/a.txt?v=version-a.txt"


async def test_a_subclass_may_never_say_304(serve_static, fetch):
    class Always(StaticFileHandler):
        def should_return_304(self):
            return False

    headers = {"If-None-Match": "*", "If-Modified-Since": MODIFIED}
    response = await fetch(serve_static(Always), "GET", "/s/robots.txt", headers)
    assert (response.status, response.body) == (200, ROBOTS.encode())


async def test_a_subclass_may_await_or_return_get(serve_static, fetch):
    class Awaiting(StaticFileHandler):
        async def get(self, path, include_body=True):
            await asyncio.sleep(0)
            await super().get(path, include_body)

    class Returning(StaticFileHandler):
        def get(self, path, include_body=True):
            self.set_header("X-Before", "yes")
            return super().get(path, include_body)

    for handler in (Awaiting, Returning):
        port = serve_static(handler)
        assert (await fetch(port, "GET", "/s/robots.txt")).body == ROBOTS.encode()
        assert len((await fetch(port, "GET", "/s/big.bin")).body) == 1048576
        assert (await fetch(port, "HEAD", "/s/robots.txt")).status == 200
        assert (await fetch(port, "GET", "/s/missing")).status == 404


async def test_initialize_without_super_and_unbound_calls(serve_static, fetch, root):
    """The way notebook servers use it: several roots, their own lookup."""

    class Finder(StaticFileHandler):
        def initialize(self, path, default_filename=None):
            self.root = tuple(path)
            self.default_filename = default_filename

        @classmethod
        def get_absolute_path(cls, roots, path):
            with cls._lock:
                for each in roots:
                    found = os.path.join(each, path)
                    if os.path.exists(found):
                        return os.path.abspath(found)
            return ""

        def validate_absolute_path(self, root, absolute_path):
            if not absolute_path:
                raise HTTPError(404)
            for each in self.root:
                if absolute_path.startswith(each):
                    return super().validate_absolute_path(each, absolute_path)
            raise HTTPError(403)

        def compute_etag(self):
            return None

        def get(self, path, include_body=True):
            return StaticFileHandler.get(self, path, include_body)

    port = serve_static(Finder, path=[str(root / "sub"), str(root)])
    assert (await fetch(port, "GET", "/s/index.html")).body == b"<p>index"
    response = await fetch(port, "GET", "/s/robots.txt")
    assert response.body == ROBOTS.encode()
    assert response.get("Etag") is None
    assert (await fetch(port, "GET", "/s/nothing")).status == 404


async def test_the_methods_of_a_file_handler_reached_from_another_handler(serve, fetch, root):
    class Mixed(StaticFileHandler):
        def initialize(self, path):
            StaticFileHandler.initialize(self, path, default_filename="index.html")

    port = serve([(r"/(.*)", Mixed, {"path": str(root)})])
    assert (await fetch(port, "GET", "/sub/")).body == b"<p>index"
