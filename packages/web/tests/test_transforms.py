"""Output transforms: compression by request, and transforms of your own."""

import gzip

import pytest

from tornado.web import GZipContentEncoding, OutputTransform, RequestHandler

LONG = "hello " * 1000


def page(text=LONG, content_type="text/plain", **headers):
    class Page(RequestHandler):
        def get(self):
            self.set_header("Content-Type", content_type)
            for name, value in headers.items():
                self.set_header(name.replace("_", "-"), value)
            self.write(text)

        head = get

    return Page


@pytest.mark.parametrize("setting", ["compress_response", "gzip"])
async def test_compression(serve, fetch, setting):
    port = serve([("/", page())], **{setting: True})
    response = await fetch(port, "GET", "/", {"Accept-Encoding": "deflate, gzip;q=0.5"})
    assert response.get("Content-Encoding") == "gzip"
    assert response.get("Vary") == "Accept-Encoding"
    assert response.get("Etag").startswith('W/"')
    assert int(response.get("Content-Length")) == len(response.body) < 200
    assert gzip.decompress(response.body) == LONG.encode()
    again = await fetch(
        port, "GET", "/", {"Accept-Encoding": "gzip", "If-None-Match": response.get("Etag")}
    )
    assert again.status == 304


@pytest.mark.parametrize(
    ("handler", "accept"),
    [
        (page(), ""),
        (page(), "deflate"),
        (page(), "gzip;q=0"),
        (page(), "x-gzipped"),
        (page(text="short"), "gzip"),
        (page(content_type="image/png"), "gzip"),
        (page(Content_Encoding="br"), "gzip"),
    ],
)
async def test_no_compression(serve, fetch, handler, accept):
    port = serve([("/", handler)], compress_response=True)
    response = await fetch(port, "GET", "/", {"Accept-Encoding": accept})
    assert response.get("Content-Encoding") in (None, "br")
    assert response.get("Vary") == "Accept-Encoding"
    assert response.get("Etag").startswith('"')


async def test_compressed_pieces(serve, fetch):
    class Pieces(RequestHandler):
        async def get(self):
            self.set_header("Vary", "Cookie")
            for _ in range(3):
                self.write(LONG)
                await self.flush()

    port = serve([("/", Pieces)], compress_response=True)
    response = await fetch(port, "GET", "/", {"Accept-Encoding": "gzip"})
    assert response.get("Transfer-Encoding") == "chunked"
    assert response.get("Vary") == "Cookie, Accept-Encoding"
    assert gzip.decompress(response.body) == LONG.encode() * 3


async def test_a_transform_of_your_own(serve, fetch):
    from tornado.web import Application

    class Upper(OutputTransform):
        def transform_first_chunk(self, status_code, headers, chunk, finishing):
            headers["X-Upper"] = "yes"
            return 201, headers, self.transform_chunk(chunk, finishing)

        def transform_chunk(self, chunk, finishing):
            return chunk.upper()

    application = Application([("/", page("abc"))], log_function=lambda h: None)
    application.add_transform(Upper)
    response = await fetch(serve(application))
    assert (response.status, response.body, response.get("X-Upper")) == (201, b"ABC", "yes")
    application = Application([("/", page())], transforms=[], log_function=lambda h: None)
    response = await fetch(serve(application), "GET", "/", {"Accept-Encoding": "gzip"})
    assert response.get("Content-Encoding") is None


def test_what_is_worth_compressing():
    assert "application/json" in GZipContentEncoding.CONTENT_TYPES
