"""Transforms, handlers and cookies in the shapes that older programs have."""

from functools import partial

import pytest

from tornado.httputil import HTTPHeaders, HTTPServerRequest
from tornado.web import (
    Application,
    ChunkedTransferEncoding,
    OutputTransform,
    RequestHandler,
)


class Page(RequestHandler):
    def get(self):
        self.write("page")


class Pieces(RequestHandler):
    async def get(self):
        for text in ("a", "b", "c"):
            self.write(text)
            await self.flush()


class Nothing(RequestHandler):
    def get(self):
        self.set_status(204)


ROUTES = [("/", Page), ("/pieces", Pieces), ("/nothing", Nothing)]


class Of2009:
    """The shape of 0.2, and no base class."""

    def __init__(self, request):
        self.path = request.path

    def transform_headers(self, headers):
        headers["X-Path"] = self.path
        return headers

    def transform_chunk(self, block):
        return b"<" + block + b">"

    def footer(self):
        return "end"


class FooterOnly(OutputTransform):
    def footer(self):
        return b"!"


class HeadersOnly:
    def __init__(self, request):
        pass

    def transform_headers(self, headers):
        headers["X-Path"] = "any"
        return headers


class BlocksOnly(OutputTransform):
    def transform_chunk(self, block):
        return block.upper() + b"."


class Of2011(OutputTransform):
    def transform_first_chunk(self, headers, chunk, finishing):
        headers["X-Finishing"] = str(finishing)
        return headers, self.transform_chunk(chunk, finishing)

    def transform_chunk(self, chunk, finishing):
        return chunk.decode().upper() * 2 + ("." if finishing else "")


def application(*transforms):
    return Application(ROUTES, transforms=list(transforms), log_function=lambda handler: None)


@pytest.mark.parametrize(
    ("transforms", "whole", "pieces"),
    [
        ([Of2009], b"<page>end", b"<a><b><c>end"),
        ([FooterOnly], b"page!", b"abc!"),
        ([HeadersOnly], b"page", b"abc"),
        ([BlocksOnly], b"PAGE.", b"A.B.C."),
        ([Of2011], b"PAGEPAGE.", b"AABBCC."),
        ([Of2011, Of2009, ChunkedTransferEncoding], b"<PAGEPAGE.>end", b"<AA><BB><CC><.>end"),
    ],
)
async def test_transforms_of_every_shape(serve, fetch, transforms, whole, pieces):
    port = serve(application(*transforms))
    response = await fetch(port)
    assert response.body == whole
    assert response.get("Content-Length") == str(len(whole))
    response = await fetch(port, "GET", "/pieces")
    assert response.body == pieces
    assert response.get("Transfer-Encoding") == "chunked"


async def test_what_they_say_about_the_headers(serve, fetch):
    port = serve(application(Of2009, Of2011))
    assert (await fetch(port)).get("X-Path") == "/"
    assert (await fetch(port)).get("X-Finishing") == "True"
    assert (await fetch(port, "GET", "/pieces")).get("X-Finishing") == "False"


async def test_a_response_without_a_body_gets_no_footer(serve, fetch):
    response = await fetch(serve(application(Of2009)), "GET", "/nothing")
    assert (response.status, response.body, response.get("X-Path")) == (204, b"", "/nothing")


async def test_add_transform_takes_them_too(serve, fetch):
    app = application()
    app.add_transform(Of2011)
    assert (await fetch(serve(app))).body == b"PAGEPAGE."


def test_those_of_today_are_used_as_they_are():
    class Today(OutputTransform):
        def transform_first_chunk(self, status_code, headers, chunk, finishing):
            return status_code, headers, chunk

    class WithHelper(OutputTransform):
        def transform_chunk(self, chunk, finishing):
            return chunk + self.footer() if finishing else chunk

        def footer(self):
            return b"!"

    class Any(OutputTransform):
        def transform_first_chunk(self, *args):
            return args[:3]

    made = partial(Of2011)  # what is no class is not looked at
    assert application(Today, OutputTransform, WithHelper, Any, made).transforms == [
        Today,
        OutputTransform,
        WithHelper,
        Any,
        made,
    ]
    assert application(ChunkedTransferEncoding).transforms == []


async def test_handlers_that_pass_transforms_on(serve, fetch):
    class ByPlace(Page):
        def __init__(self, application, request, transforms=None):
            RequestHandler.__init__(self, application, request, transforms)

    class ByName(Page):
        def __init__(self, application, request, transforms=None):
            RequestHandler.__init__(self, application, request, transforms=transforms)

    port = serve(
        Application(
            [("/place", ByPlace), ("/name", ByName)],
            transforms=[Of2011],
            log_function=lambda handler: None,
        )
    )
    assert (await fetch(port, "GET", "/place")).body == b"PAGEPAGE."
    assert (await fetch(port, "GET", "/name")).body == b"PAGEPAGE."


def test_get_secure_cookie_of_2011():
    app = Application([], cookie_secret="x" * 32)
    request = HTTPServerRequest("GET", "/", headers=HTTPHeaders())
    handler = RequestHandler(app, request)
    signed = handler.create_signed_value("name", "value").decode()
    request.headers["Cookie"] = f"name={signed}"
    other = handler.create_signed_value("name", "other").decode()
    assert handler.get_secure_cookie("name", True) == b"value"
    assert handler.get_secure_cookie("name", include_name=True) == b"value"
    assert handler.get_secure_cookie("name", True, other) == b"other"
    assert handler.get_secure_cookie("name", include_name=True, value=other) == b"other"
    assert handler.get_secure_cookie("name", other, 31, 2) == b"other"
    assert handler.get_secure_cookie("name", other, max_age_days=-1) is None
    for arguments in ({"include_name": False}, {"value": False}):
        with pytest.raises(ValueError, match="leave out include_name"):
            handler.get_secure_cookie("name", **arguments)
