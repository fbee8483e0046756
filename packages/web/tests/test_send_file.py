"""``send_file``: files as responses of any handler."""

import os

import pytest

from tornado.web import RequestHandler
from tornado.web._send_file import content_disposition


class Sender(RequestHandler):
    """Sends what its arguments say."""

    def initialize(self, **arguments):
        self.arguments = arguments

    async def get(self):
        await self.send_file(**self.arguments)

    head = post = get


@pytest.fixture
def sending(serve, static_root):
    def start(path, **arguments):
        settings = arguments.pop("settings", {})
        return serve([("/", Sender, {"path": static_root / path, **arguments})], **settings)

    return start


@pytest.mark.parametrize("path", ["robots.txt", "empty", "big.bin"])
async def test_a_file(sending, fetch, static_root, path):
    port = sending(path)
    response = await fetch(port)
    content = (static_root / path).read_bytes()
    assert (response.status, response.body) == (200, content)
    assert response.get("Content-Length") == str(len(content))
    assert response.get("Last-Modified") == "Sun, 06 Nov 1994 08:49:37 GMT"
    assert response.get("Accept-Ranges") == "bytes"
    assert response.get("Content-Disposition") is None
    head = await fetch(port, "HEAD")
    assert head.body == b""
    assert [h for h in head.headers if h[0] != "Date"] == [
        h for h in response.headers if h[0] != "Date"
    ]


async def test_a_plain_method_may_return_it(serve, fetch, static_root):
    class Plain(RequestHandler):
        def get(self):
            self.set_header("Etag", '"mine"')
            return self.send_file(str(static_root / "big.bin"))

    response = await fetch(serve([("/", Plain)]))
    assert response.body == (static_root / "big.bin").read_bytes()
    assert response.get("Etag") == '"mine"'


async def test_conditions(sending, fetch):
    port = sending("robots.txt")
    etag = (await fetch(port)).get("Etag")
    assert etag.startswith('"')
    for headers, status in (
        ({"If-None-Match": etag}, 304),
        ({"If-None-Match": '"other"'}, 200),
        ({"If-Modified-Since": "Sun, 06 Nov 1994 08:49:37 GMT"}, 304),
        ({"If-Modified-Since": "Sun, 06 Nov 1994 08:49:36 GMT"}, 200),
        ({"If-Match": '"other"'}, 412),
        ({"If-Unmodified-Since": "Sun, 06 Nov 1994 08:49:36 GMT"}, 412),
    ):
        response = await fetch(port, "GET", "/", headers)
        assert response.status == status, headers
        if status == 304:
            assert response.body == b""
            assert response.get("Etag") == etag


async def test_a_file_that_may_be_changing_has_a_weak_etag(sending, fetch, static_root):
    os.utime(static_root / "robots.txt")
    port = sending("robots.txt")
    etag = (await fetch(port)).get("Etag")
    assert etag.startswith('W/"')
    headers = {"Range": "bytes=0-0", "If-Range": etag}
    assert (await fetch(port, "GET", "/", headers)).status == 200
    assert (await fetch(port, "GET", "/", {"If-None-Match": etag})).status == 304


async def test_ranges(sending, fetch, static_root):
    content = (static_root / "big.bin").read_bytes()
    port = sending("big.bin")
    one = await fetch(port, "GET", "/", {"Range": "bytes=1000-899999"})
    assert (one.status, one.body) == (206, content[1000:900000])
    assert one.get("Content-Range") == f"bytes 1000-899999/{len(content)}"
    two = await fetch(port, "GET", "/", {"Range": "bytes=0-1,4-5"})
    assert two.status == 206
    assert two.get("Content-Type").startswith("multipart/byteranges; boundary=")
    none = await fetch(port, "GET", "/", {"Range": "bytes=99999999-"})
    assert (none.status, none.get("Content-Range")) == (416, f"bytes */{len(content)}")
    post = await fetch(port, "POST", "/", {"Range": "bytes=0-1", "If-None-Match": "*"})
    assert (post.status, post.body) == (200, content)


@pytest.mark.parametrize(
    "arguments, disposition, content_type",
    [
        ({}, None, "text/css"),
        ({"download": True}, 'attachment; filename="style.css"', "text/css"),
        ({"filename": "a b.txt"}, 'attachment; filename="a b.txt"', "text/plain"),
        ({"filename": "a.txt", "download": False}, 'inline; filename="a.txt"', "text/plain"),
        ({"filename": "x.tar.gz"}, 'attachment; filename="x.tar.gz"', "application/gzip"),
        ({"content_type": "text/x-style"}, None, "text/x-style"),
    ],
)
async def test_names_and_types(sending, fetch, arguments, disposition, content_type):
    response = await fetch(sending("style.css", **arguments))
    assert response.get("Content-Disposition") == disposition
    assert response.get("Content-Type") == content_type


@pytest.mark.parametrize(
    "name, header",
    [
        ("é.txt", "attachment; filename=\"_.txt\"; filename*=UTF-8''%C3%A9.txt"),
        ('a"b\\c', 'attachment; filename="a\\"b\\\\c"'),
        ("100%.txt", "attachment; filename=\"100%.txt\"; filename*=UTF-8''100%25.txt"),
    ],
)
def test_how_a_name_is_written(name, header):
    assert content_disposition(name, True) == header


def test_a_name_with_a_line_end():
    with pytest.raises(ValueError, match="printable characters, got"):
        content_disposition("a\r\nSet-Cookie: x", True)


@pytest.mark.parametrize("path", ["nothing", "sub", "nul\0"])
async def test_what_is_no_file(sending, fetch, path, expect_log):
    with expect_log("tornado.general", r"404 GET / .*send_file\("):
        assert (await fetch(sending(path))).status == 404


async def test_with_compression(sending, fetch, static_root):
    port = sending("page.html", settings={"compress_response": {"codings": ["gzip"]}})
    response = await fetch(port, "GET", "/", {"Accept-Encoding": "gzip"})
    assert response.get("Content-Encoding") == "gzip"
    assert response.get("Etag").startswith('W/"')
    plain = await fetch(port)
    assert plain.body == (static_root / "page.html").read_bytes()


async def test_nothing_else_may_be_written(serve, fetch, static_root, expect_log):
    class Both(RequestHandler):
        async def get(self):
            self.write("x")
            await self.send_file(static_root / "empty")

    with expect_log("tornado.application", "Uncaught exception"):
        assert (await fetch(serve([("/", Both)]))).status == 500
