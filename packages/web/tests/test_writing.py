"""What a handler writes: body, status, headers, redirects, entity tags."""

import pytest

from tornado.web import (
    RequestHandler,
)


def handler(**methods):
    return type("Handler", (RequestHandler,), methods)


# -- writing


@pytest.mark.parametrize(
    ("chunk", "body"),
    [("é", "é".encode()), (b"\xff", b"\xff"), ({"a": "</b>"}, b'{"a": "<\\/b>"}')],
)
async def test_what_write_takes(serve, fetch, chunk, body):
    response = await fetch(serve([("/", handler(get=lambda self: self.write(chunk)))]))
    assert response.body == body
    expected = (
        "application/json; charset=UTF-8" if isinstance(chunk, dict) else "text/html; charset=UTF-8"
    )
    assert response.get("Content-Type") == expected


@pytest.mark.parametrize("chunk", [["a"], 5, None])
async def test_what_write_refuses(serve, fetch, chunk, expect_log):
    port = serve([("/", handler(get=lambda self: self.write(chunk)))])
    with expect_log("tornado.application", r"write\(\) takes str, bytes or dict, got"):
        assert (await fetch(port)).status == 500


async def test_writing_after_the_end(serve, fetch, expect_log):
    def get(self):
        self.finish("done")
        with pytest.raises(RuntimeError, match=r"write\(\) after finish\(\)"):
            self.write("x")
        with pytest.raises(RuntimeError, match="called twice"):
            self.finish()

    assert (await fetch(serve([("/", handler(get=get))]))).body == b"done"


async def test_flushing_sends_pieces(serve, fetch):
    async def get(self):
        self.write("one")
        await self.flush()
        with pytest.raises(RuntimeError, match="headers have already been sent"):
            self.redirect("/")
        self.write("two")
        await self.flush()
        self.write("three")

    response = await fetch(serve([("/", handler(get=get))]))
    assert response.body == b"onetwothree"
    assert response.get("Transfer-Encoding") == "chunked"
    assert response.get("Etag") is None


async def test_a_finish_that_is_returned(serve, fetch):
    page = handler(get=lambda self: self.finish("x"))
    assert (await fetch(serve([("/", page)]))).body == b"x"


async def test_a_result_that_is_no_awaitable(serve, fetch, expect_log):
    port = serve([("/", handler(get=lambda self: "oops"))])
    with expect_log("tornado.application", r"Handler.get .*returned 'oops': a handler method"):
        assert (await fetch(port)).status == 500


async def test_clear_forgets_everything(serve, fetch):
    def get(self):
        self.set_status(404)
        self.set_header("X-A", "b")
        self.write("no")
        self.clear()
        self.write("yes")

    response = await fetch(serve([("/", handler(get=get))]))
    assert (response.status, response.body, response.get("X-A")) == (200, b"yes", None)


# -- status and headers


async def test_header_values(serve, fetch):
    import datetime

    def get(self):
        self.set_header("X-Int", 5)
        self.set_header("X-Bytes", b"\xe9")
        self.set_header("X-Date", datetime.datetime(2020, 1, 2, 3, 4, 5))
        self.add_header("X-Many", "a")
        self.add_header("X-Many", "b")
        self.set_header("X-Gone", "c")
        self.clear_header("x-gone")
        self.clear_header("never")
        self.set_status(299, "Odd One")
        assert self.get_status() == 299

    response = await fetch(serve([("/", handler(get=get))]))
    assert (response.status, response.reason) == (299, "Odd One")
    assert response.get("X-Int") == "5"
    assert response.get("X-Bytes") == "\xe9"
    assert response.get("X-Date") == "Thu, 02 Jan 2020 03:04:05 GMT"
    assert response.all("X-Many") == ["a", "b"]
    assert response.get("X-Gone") is None


@pytest.mark.parametrize(
    ("call", "error"),
    [
        (lambda h: h.set_header("X", "a\r\nb"), ValueError),
        (lambda h: h.add_header("X", "a\nb"), ValueError),
        (lambda h: h.set_header("X", b"a\0"), ValueError),
        (lambda h: h.set_header("X", "€"), ValueError),
        (lambda h: h.set_header("X Y", "a"), ValueError),
        (lambda h: h.set_header("X", None), TypeError),
        (lambda h: h.set_header("X", 1.5), TypeError),
        (lambda h: h.set_status(200, "a\r\nb"), ValueError),
        (lambda h: h.set_status(200, "<script>"), ValueError),
        (lambda h: h.set_status(99), ValueError),
        (lambda h: h.redirect("/", status=200), ValueError),
        (lambda h: h.redirect("/a\r\nSet-Cookie: b=c"), ValueError),
    ],
)
async def test_what_would_break_the_head(serve, fetch, call, error):
    def get(self):
        with pytest.raises(error):
            call(self)
        self.clear()
        self.write("fine")

    response = await fetch(serve([("/", handler(get=get))]))
    assert (response.status, response.body) == (200, b"fine")


@pytest.mark.parametrize(
    ("arguments", "status", "location"),
    [
        ({"url": "/x?y=1"}, 302, "/x?y=1"),
        ({"url": "/é b", "permanent": True}, 301, "/%C3%A9 b"),
        ({"url": "http://a/", "status": 307}, 307, "http://a/"),
    ],
)
async def test_redirects(serve, fetch, arguments, status, location):
    response = await fetch(serve([("/", handler(get=lambda self: self.redirect(**arguments)))]))
    assert (response.status, response.get("Location")) == (status, location)


# -- entity tags


async def test_an_unchanged_page_is_not_sent_again(serve, fetch):
    port = serve([("/", handler(get=lambda self: self.write("page")))])
    first = await fetch(port)
    tag = first.get("Etag")
    for header in (tag, f'"other", {tag}', f"W/{tag}", "*"):
        again = await fetch(port, headers={"If-None-Match": header})
        assert (again.status, again.body) == (304, b"")
        assert again.get("Etag") == tag
        assert again.get("Content-Length") is None
        assert again.get("Content-Type") is None
    for header in ('"other"', "nonsense", ""):
        assert (await fetch(port, headers={"If-None-Match": header})).status == 200


async def test_an_etag_of_your_own(serve, fetch, monkeypatch):
    page = handler(get=lambda self: self.write("x"), compute_etag=lambda self: '"mine"')
    port = serve([("/", page), ("/other", handler(get=lambda self: self.write("x")))])
    assert (await fetch(port)).get("Etag") == '"mine"'
    assert (await fetch(port, headers={"If-None-Match": '"mine"'})).status == 304
    monkeypatch.setattr(RequestHandler, "compute_etag", lambda self: None)
    assert (await fetch(port, "GET", "/other")).get("Etag") is None


async def test_posts_have_no_etag(serve, fetch):
    port = serve([("/", handler(post=lambda self: self.write("x")))])
    assert (await fetch(port, "POST")).get("Etag") is None
