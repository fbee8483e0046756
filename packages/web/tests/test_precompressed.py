"""Compressed files beside the ones they were made from."""

import gzip
import os

import pytest

from tornado.web import StaticFileHandler

ALL = "gzip, deflate, br, zstd"
# Without the time: it would be in the name of a test, and each worker of xdist has its own.
GZIPPED = gzip.compress(b"p{}", mtime=0)


@pytest.fixture
def root(static_root):
    """style.css in all codings; page.html with an old one; a link out of the root."""
    for name, content in {
        "style.css.br": b"brotli",
        "style.css.zst": b"zstandard",
        "style.css.gz": GZIPPED,
        "page.html.gz": b"old",
    }.items():
        (static_root / name).write_bytes(content)
    os.utime(static_root / "page.html.gz", (784111776, 784111776))
    (static_root / "robots.txt.gz").symlink_to("../outside.txt")
    (static_root / "empty.gz").mkdir()
    return static_root


@pytest.fixture
def start(serve, root):
    handler = (r"/s/(.*)", StaticFileHandler, {"path": str(root), "precompressed": True})
    return lambda: serve([handler])


@pytest.mark.parametrize(
    "accept, coding, body",
    [
        (ALL, "br", b"brotli"),
        ("zstd, gzip;q=0.9", "zstd", b"zstandard"),
        ("gzip", "gzip", GZIPPED),
        ("br;q=0, *;q=0.1", "zstd", b"zstandard"),
        ("identity, gzip;q=0.1", None, b"p{}"),
        ("", None, b"p{}"),
    ],
)
async def test_by_what_the_client_accepts(start, fetch, accept, coding, body):
    port = start()
    for _ in range(2):
        response = await fetch(port, "GET", "/s/style.css", {"Accept-Encoding": accept})
        assert (response.status, response.get("Content-Encoding")) == (200, coding)
        assert response.get("Content-Type") == "text/css"
        assert response.get("Vary") == "Accept-Encoding"
        assert response.get("Etag").startswith('"')
        assert response.body == body


async def test_each_coding_has_an_etag_of_its_own(start, fetch):
    port = start()

    async def get(accept, **headers):
        return await fetch(port, "GET", "/s/style.css", {"Accept-Encoding": accept, **headers})

    tags = [(await get(accept)).get("Etag") for accept in ("br", "zstd", "gzip", "")]
    assert len(set(tags)) == 4
    again = await get("br", **{"If-None-Match": tags[0]})
    assert (again.status, again.body, again.get("Vary")) == (304, b"", "Accept-Encoding")
    assert again.get("Content-Encoding") is None
    assert (await get("zstd", **{"If-None-Match": tags[0]})).status == 200


async def test_a_range_is_of_the_coded_bytes(start, fetch):
    port = start()
    headers = {"Accept-Encoding": "br", "Range": "bytes=1-3"}
    response = await fetch(port, "GET", "/s/style.css", headers)
    assert (response.status, response.body) == (206, b"rot")
    assert response.get("Content-Range") == "bytes 1-3/6"
    assert response.get("Content-Encoding") == "br"
    headers["Range"] = "bytes=9-"
    response = await fetch(port, "GET", "/s/style.css", headers)
    assert (response.status, response.get("Content-Encoding")) == (416, None)


@pytest.mark.parametrize("path", ["page.html", "robots.txt", "empty", "a.tar.gz"])
async def test_siblings_that_do_not_count(start, fetch, path, root):
    """One older than its file, a link out of the root, a directory, none at all."""
    port = start()
    response = await fetch(port, "GET", f"/s/{path}", {"Accept-Encoding": ALL})
    assert (response.status, response.get("Content-Encoding")) == (200, None)
    assert response.body == (root / path).read_bytes()
    assert response.get("Vary") == "Accept-Encoding"


async def test_only_if_asked_for(serve, fetch, root):
    plain = serve([(r"/s/(.*)", StaticFileHandler, {"path": str(root)})])
    response = await fetch(plain, "GET", "/s/style.css", {"Accept-Encoding": ALL})
    assert (response.body, response.get("Vary")) == (b"p{}", None)
    arguments = {"precompressed": True}
    by_setting = serve([], static_path=str(root), static_handler_args=arguments)
    response = await fetch(by_setting, "GET", "/static/style.css", {"Accept-Encoding": ALL})
    assert response.body == b"brotli"


async def test_not_compressed_twice(serve, fetch, root):
    handler = (r"/s/(.*)", StaticFileHandler, {"path": str(root), "precompressed": True})
    port = serve([handler], compress_response=True)
    response = await fetch(port, "GET", "/s/style.css", {"Accept-Encoding": "gzip"})
    assert response.get("Content-Encoding") == "gzip"
    assert gzip.decompress(response.body) == b"p{}"
    assert response.get("Vary").count("Accept-Encoding") == 1
