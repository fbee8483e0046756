"""addslash and removeslash: where they lead, and where they must never lead."""

import pytest

from tornado.web import RequestHandler, addslash, removeslash


class Bare(RequestHandler):
    @removeslash
    def get(self):
        self.write("here")

    post = head = get


class Slashed(RequestHandler):
    @addslash
    def get(self):
        self.write("here")

    post = head = get


class Later(RequestHandler):
    @addslash
    async def get(self):
        self.write("here")

    @removeslash
    async def head(self):
        pass


def routes(handler):
    return [(r"(?s).*", handler)]


@pytest.mark.parametrize(
    "path, target",
    [
        ("/a/", "/a"),
        ("/a//", "/a"),
        ("/a/?q=1", "/a?q=1"),
        ("/a/?", "/a"),
        ("/a/b/?next=//evil/", "/a/b?next=//evil/"),
        ("/%2fevil/", "/%2fevil"),
        ("/a//b/", "/a//b"),
        ("/", None),
        ("//", None),
        ("/?q", None),
        ("/a", None),
        ("/a?b/", None),
        ("//evil.example", None),
    ],
)
async def test_removeslash(serve, fetch, path, target):
    response = await fetch(serve(routes(Bare)), "GET", path)
    if target is None:
        assert (response.status, response.body) == (200, b"here")
    else:
        assert (response.status, response.get("Location")) == (301, target)


@pytest.mark.parametrize(
    "path, target",
    [
        ("/a", "/a/"),
        ("/a?q=1", "/a/?q=1"),
        ("/a?b/", "/a/?b/"),
        ("/a//b", "/a//b/"),
        ("/", None),
        ("/a/", None),
        ("/a/?q", None),
        ("//evil.example/", None),
    ],
)
async def test_addslash(serve, fetch, path, target):
    response = await fetch(serve(routes(Slashed)), "GET", path)
    if target is None:
        assert (response.status, response.body) == (200, b"here")
    else:
        assert (response.status, response.get("Location")) == (301, target)


@pytest.mark.parametrize("path", ["//evil.example", "///evil.example", "/\\evil.example", "/\\/e"])
@pytest.mark.parametrize("handler, end", [(Bare, "/"), (Slashed, "")])
async def test_never_to_another_site(serve, fetch, expect_log, handler, end, path):
    port = serve(routes(handler))
    with expect_log("tornado.general", "403 GET .*could lead to another site"):
        response = await fetch(port, "GET", path + end)
    assert response.status == 403
    assert response.get("Location") is None


async def test_methods(serve, fetch):
    for handler, path in ((Bare, "/a/"), (Slashed, "/a")):
        port = serve(routes(handler))
        assert (await fetch(port, "HEAD", path)).status == 301
        assert (await fetch(port, "POST", path)).status == 404


async def test_coroutines(serve, fetch):
    port = serve(routes(Later))
    assert (await fetch(port, "GET", "/a")).get("Location") == "/a/"
    assert (await fetch(port, "GET", "/a/")).body == b"here"
    assert (await fetch(port, "HEAD", "/a/")).get("Location") == "/a"


def test_the_method_keeps_its_name():
    assert Bare.get.__name__ == "get"
    assert Slashed.get.__qualname__ == "Slashed.get"
