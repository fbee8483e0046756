"""The arguments of a request, as its handler gets them."""

import pytest

from tornado.web import (
    MissingArgumentError,
    RequestHandler,
)


def handler(**methods):
    return type("Handler", (RequestHandler,), methods)


async def test_arguments(serve, fetch):
    def post(self):
        self.write(
            {
                "last": self.get_argument("a"),
                "all": self.get_arguments("a"),
                "query": self.get_query_arguments("a"),
                "body": self.get_body_arguments("a"),
                "default": self.get_argument("none", "d"),
                "kept": self.get_argument("s", strip=False),
                "stripped": self.get_body_argument("s"),
                "none": self.get_query_argument("none", None),
            }
        )

    response = await fetch(
        serve([("/", handler(post=post))]),
        "POST",
        "/?a=1&a=%C3%A9",
        {"Content-Type": "application/x-www-form-urlencoded"},
        b"a=x+y&s=+z%00+",
    )
    import json

    assert json.loads(response.body) == {
        "last": "x y",
        "all": ["1", "é", "x y"],
        "query": ["1", "é"],
        "body": ["x y"],
        "default": "d",
        "kept": " z  ",
        "stripped": "z",
        "none": None,
    }


@pytest.mark.parametrize("path", ["/", "/?a=%ff", "/" + "?" + "&".join(["a=1"] * 1001)])
async def test_arguments_that_are_400(serve, fetch, path, expect_log):
    port = serve([("/", handler(get=lambda self: self.write(self.get_argument("a"))))])
    with expect_log("tornado.general", "400 GET", count=1) as records:
        assert (await fetch(port, "GET", path)).status == 400
    assert records[0].exc_info is None


def test_a_missing_argument_is_an_http_error():
    error = MissingArgumentError("name")
    assert (error.status_code, error.arg_name) == (400, "name")
    assert "Missing argument name" in str(error)


async def test_decode_argument_may_be_overridden(serve, fetch):
    class Latin(RequestHandler):
        def decode_argument(self, value, name=None):
            return f"{name}:{value.decode('latin-1')}"

        def get(self, group):
            self.write(f"{group} {self.get_argument('a')}")

    response = await fetch(serve([("/(.*)", Latin)]), "GET", "/%e9?a=%e8")
    assert response.body.decode() == "None:é a:è"


def test_a_default_in_place_of_strip():
    page = RequestHandler.__new__(RequestHandler)
    from tornado.httputil import HTTPServerRequest

    page.request = HTTPServerRequest("GET", "/")
    with pytest.raises(TypeError, match="get_arguments takes no default"):
        page.get_arguments("a", "default")


async def test_a_malformed_form_is_400_and_one_line_however_many_parts_are_wrong(
    serve, fetch, expect_log
):
    port = serve([("/", handler(post=lambda self: self.write(self.get_argument("a", "none"))))])
    body = b"--B\r\nnonsense\r\n\r\n\r\n" * 50 + b"--B--\r\n"
    headers = {"Content-Type": "multipart/form-data; boundary=B"}
    with expect_log("tornado.general", "400", count=1) as records:
        assert (await fetch(port, "POST", "/", headers=headers, body=body)).status == 400
    assert records[0].exc_info is None
