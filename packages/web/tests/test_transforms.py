"""Output transforms: compression by request, and transforms of your own."""

import gzip
import zlib

import pytest

from tornado.web import Application, GZipContentEncoding, OutputTransform, RequestHandler
from tornado.web._encoders import codings

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


# -- codings


def decode(coding, body):
    if coding == "br":
        return pytest.importorskip("brotli").decompress(body)
    if coding == "zstd":
        decoder = pytest.importorskip("zstandard").ZstdDecompressor()
        return decoder.decompressobj().decompress(body)
    return gzip.decompress(body)


@pytest.mark.parametrize("coding", ["br", "zstd", "gzip"])
async def test_each_coding(serve, fetch, coding):
    if coding not in codings():
        pytest.skip(f"nothing here makes {coding}")

    class Pieces(RequestHandler):
        async def get(self):
            self.write(LONG)
            await self.flush()
            await self.flush()
            self.write("the end")

    port = serve([("/", page()), ("/pieces", Pieces)], compress_response=True)
    accept = {"Accept-Encoding": f"{coding}, deflate"}
    for path, text in (("/", LONG), ("/pieces", LONG + "the end")):
        response = await fetch(port, "GET", path, {"Content-Type": "text/plain", **accept})
        assert response.get("Content-Encoding") == coding
        assert len(response.body) < 300
        assert decode(coding, response.body) == text.encode()
    every = await fetch(port, "GET", "/", {"Accept-Encoding": "gzip, br, zstd"})
    assert every.get("Content-Encoding") == next(iter(codings()))


@pytest.mark.parametrize("coding", ["br", "zstd", "gzip"])
def test_a_flushed_piece_can_be_decoded_at_once(coding):
    if coding not in codings():
        pytest.skip(f"nothing here makes {coding}")
    encoder = codings()[coding].encoder(codings()[coding].levels[0])
    first = encoder.encode(b"hello", False)
    if coding == "gzip":
        decoder = zlib.decompressobj(31)
        assert decoder.decompress(first) == b"hello"
        assert decoder.decompress(encoder.encode(b"", True)) == b""
        assert decoder.eof
    elif coding == "br":
        decoder = pytest.importorskip("brotli").Decompressor()
        assert decoder.process(first) == b"hello"
        decoder.process(encoder.encode(b"", True))
        assert decoder.is_finished()
    else:
        decoder = pytest.importorskip("zstandard").ZstdDecompressor().decompressobj()
        assert decoder.decompress(first) == b"hello"
        decoder.decompress(encoder.encode(b"", True))
        assert decoder.eof


async def test_how_it_is_compressed_can_be_set(serve, fetch):
    port = serve(
        [("/", page("a" * 20, "image/x-thing")), ("/text", page("a" * 9))],
        compress_response={
            "codings": ["gzip"],
            "levels": {"gzip": 9},
            "min_length": 10,
            "types": ["image/x-thing"],
        },
    )
    accept = {"Accept-Encoding": "br, gzip;q=0.1"}
    response = await fetch(port, "GET", "/", accept)
    assert response.get("Content-Encoding") == "gzip"
    assert response.body[8] == 2  # gzip's own note of the strongest level (RFC 1952)
    assert gzip.decompress(response.body) == b"a" * 20
    assert (await fetch(port, "GET", "/text", accept)).get("Content-Encoding") is None


@pytest.mark.parametrize(
    ("setting", "words"),
    [
        ({"codings": ["compress"]}, "there is no coding 'compress'"),
        ({"levels": {"gzip": 10}}, "levels of gzip are 0 to 9, got 10"),
        ({"levels": {"gzip": "9"}}, "levels of gzip are 0 to 9, got '9'"),
        ({"codings": ["gzip"], "levels": {"br": 1}}, "'br', which is not used"),
        ({"min_size": 1}, "'min_size' is not one of codings, levels, min_length, types"),
    ],
)
def test_a_wrong_setting_is_told_at_once(setting, words):
    with pytest.raises(ValueError, match=words):
        Application([], compress_response=setting)


async def test_a_subclass_of_the_gzip_transform(serve, fetch):
    class Eager(GZipContentEncoding):
        MIN_LENGTH = 1
        GZIP_LEVEL = 1

        def _compressible_type(self, content_type):
            return content_type == "image/png"

    application = Application(
        [("/", page("a", "image/png"))], transforms=[Eager], log_function=lambda h: None
    )
    response = await fetch(serve(application), "GET", "/", {"Accept-Encoding": "gzip, br"})
    assert gzip.decompress(response.body) == b"a"


async def test_vary_is_said_once(serve, fetch):
    port = serve(
        [("/", page(Vary="Cookie, accept-encoding"))],
        compress_response=True,
    )
    response = await fetch(port, "GET", "/", {"Accept-Encoding": "gzip"})
    assert response.get("Vary") == "Cookie, accept-encoding"
