"""RedirectHandler, ErrorHandler and FallbackHandler."""

import pytest

from tornado.httputil import HTTPHeaders, ResponseStartLine
from tornado.web import ErrorHandler, FallbackHandler, RedirectHandler


@pytest.mark.parametrize(
    ("pattern", "options", "path", "status", "location"),
    [
        ("/a", {"url": "/b"}, "/a", 301, "/b"),
        ("/a", {"url": "/b", "permanent": False}, "/a", 302, "/b"),
        ("/a", {"url": "http://other/"}, "/a?x=1&x=2&y=%20", 301, "http://other/?x=1&x=2&y=+"),
        ("/a/(.*)/(.*)", {"url": "/{1}/{0}/"}, "/a/b/c", 301, "/c/b/"),
        ("/a/(?P<n>.*)", {"url": "/x/{n}"}, "/a/b", 301, "/x/b"),
        ("(.*)", {"url": "https://example.com{0}"}, "/p", 301, "https://example.com/p"),
        ("/(.*)", {"url": "https://{0}.example.com/"}, "/www", 301, "https://www.example.com/"),
        ("/old(.*)", {"url": "{0}"}, "/old/new", 301, "/new"),
        ("/old/(.*)", {"url": "/new/{0}"}, "/old/a%20b", 301, "/new/a%20b"),
    ],
)
async def test_redirects(serve, fetch, pattern, options, path, status, location):
    response = await fetch(serve([(pattern, RedirectHandler, options)]), "GET", path)
    assert (response.status, response.get("Location")) == (status, location)


@pytest.mark.parametrize(
    ("pattern", "template", "path"),
    [
        ("/old(.*)", "{0}", "/old//evil.com"),
        ("/old(.*)", "{0}", "/old///evil.com"),
        ("/old(.*)", "{0}", "/old/%5Cevil.com"),
        ("/old(.*)", "{0}", "/old%5C%5Cevil.com"),
        ("/old(.*)", "{0}", "/oldhttp://evil.com"),
        ("/old(.*)", "{0}", "/oldjavascript:alert(1)"),
        ("/old(.*)", "/{0}", "/old/evil.com"),
        ("/old(.*)", "/{0}", "/old%09/evil.com"),
        ("(.*)", "https://example.com{0}", "/@evil.com".replace("/", "", 1)),
        ("/x(.*)", "https://example.com{0}", "/x.evil.com/"),
        ("/x(.*)", "https://example.com{0}", "/x@evil.com/"),
        ("/x(.*)", "https://example.com{0}", "/x%5C@evil.com/"),
        ("/x(.*)", "https://example.com{0}", "/x:81/"),
        ("/x(.*)", "https://{0}.example.com/", "/xevil.com%2F"),
        ("/x(.*)", "https://{0}.example.com/", "/xa@evil"),
    ],
)
async def test_redirects_that_would_leave(serve, fetch, expect_log, pattern, template, path):
    if not path.startswith("/"):
        path = "/x" + path
        pattern = "/x(.*)"
    port = serve([(pattern, RedirectHandler, {"url": template})])
    with expect_log("tornado.general", "Redirect of .* refused"):
        response = await fetch(port, "GET", path)
    assert (response.status, response.get("Location")) == (404, None)


async def test_error_handler(serve, fetch):
    port = serve([("/gone", ErrorHandler, {"status_code": 410})], xsrf_cookies=True)
    for method in ("GET", "POST", "DELETE", "OPTIONS"):
        assert (await fetch(port, method, "/gone")).status == 410
        assert (await fetch(port, method, "/none")).status == 404


async def test_fallback_handler(serve, fetch):
    def fallback(request):
        body = request.body + b"!"
        request.connection.write_headers(
            ResponseStartLine("", 200, "OK"), HTTPHeaders({"Content-Length": str(len(body))}), body
        )
        request.connection.finish()

    port = serve([("/(.*)", FallbackHandler, {"fallback": fallback})])
    for _ in range(2):
        assert (await fetch(port, "POST", "/x", body=b"hello")).body == b"hello!"
