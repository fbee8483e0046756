"""Rules, matchers and routers: what matches, with which arguments, and the way back."""

import re
from contextlib import suppress

import pytest

from tornado.httputil import HTTPHeaders, HTTPServerRequest, ResponseStartLine
from tornado.routing import (
    AnyMatches,
    DefaultHostMatches,
    HostMatches,
    Matcher,
    PathMatches,
    ReversibleRuleRouter,
    Rule,
    RuleRouter,
    URLSpec,
)
from tornado.routing._template import PathTemplate


def request(path="/", host="example.com", **headers):
    return HTTPServerRequest("GET", path, headers=HTTPHeaders({"Host": host, **headers}))


@pytest.mark.parametrize(
    ("pattern", "path", "expected"),
    [
        (r"/", "/", {}),
        (r"/", "/x", None),
        (r"/a", "/a/", None),
        (r"/(\w+)", "/abc", {"path_args": [b"abc"]}),
        (r"/([^/]*)/(\d+)?", "/a%20b/", {"path_args": [b"a b", None]}),
        (r"/(?P<name>.*)", "/x%2Fy", {"path_kwargs": {"name": b"x/y"}}),
        (r"/(?P<name>.*)", "/a+b", {"path_kwargs": {"name": b"a+b"}}),
        (r"/(.*)", "/\xc3\xa9", {"path_args": ["é".encode()]}),
        (r"/(.*)", "/%c3%a9", {"path_args": ["é".encode()]}),
        (r"/(.*)", "/\xaa%ff", {"path_args": [b"\xaa\xff"]}),
        (re.compile(r"/A", re.IGNORECASE), "/a", {}),
        ("/a$", "/a", {}),
    ],
)
def test_paths(pattern, path, expected):
    assert PathMatches(pattern).match(request(path)) == expected


def test_the_query_is_not_part_of_the_path():
    assert PathMatches("/a").match(request("/a?b")) == {}


def test_groups_of_two_kinds():
    with pytest.raises(ValueError, match=r"mixes groups with and without names: name all of them"):
        PathMatches(r"/(a)/(?P<b>b)")


@pytest.mark.parametrize(
    ("pattern", "args", "url"),
    [
        (r"/", (), "/"),
        (r"/story/([0-9]+)", (7,), "/story/7"),
        (r"^/a/(\w+)/(\w+)/c$", ("x", b"y"), "/a/x/y/c"),
        (r"/(.*)", ("a b/é",), "/a%20b/%C3%A9"),
        (r"/a\.html", (), "/a.html"),
        (r"/a/?", (), "/a"),
        (r"/(?P<name>[^/]+)/x", ("n",), "/n/x"),
        (r"/(a(b)c)", ("z",), None),
        (r"/([)(]+)", ("z",), "/z"),
    ],
)
def test_reversing(pattern, args, url):
    matcher = PathMatches(pattern)
    if url is None:
        with pytest.raises(ValueError, match=r"arguments|reversed"):
            matcher.reverse(*args)
    else:
        assert matcher.reverse(*args) == url


@pytest.mark.parametrize(
    "pattern",
    [
        r"/a.*",
        r"/a|/b",
        r"/(?:a|b)",
        r"/(?:a)*",
        r"/(?:a",
        r"/a)",
        r"/\d",
        r"/[ab]",
        r"/(a)+",
        r"/(a)??",
        r"/a?+",
        r"/(?=a)",
    ],
)
def test_what_has_no_single_url_cannot_be_reversed(pattern):
    assert PathTemplate.read(pattern) is None
    with suppress(re.error), pytest.raises(ValueError, match="cannot be reversed"):
        PathMatches(pattern).reverse("x")


@pytest.mark.parametrize(
    ("pattern", "args", "kwargs", "url"),
    [
        (r"/(?P<name>\w+)/(?P<id>\d+)", (), {"id": 7, "name": "a b"}, "/a%20b/7"),
        (r"/(?P<name>\w+)/(?P<id>\d+)", ("x",), {"id": 7}, "/x/7"),
        (r"/blog(?:/(\d+))?", (), {}, "/blog"),
        (r"/blog(?:/(\d+))?", (None,), {}, "/blog"),
        (r"/blog(?:/(\d+))?", (2,), {}, "/blog/2"),
        (r"/b(?:/(?P<y>\d+)(?:/(?P<m>\d+))?)?/?", (), {"y": 1}, "/b/1"),
        (r"/b(?:/(?P<y>\d+)(?:/(?P<m>\d+))?)?/?", (), {"y": 1, "m": 2}, "/b/1/2"),
        (r"/b(?:/(?P<y>\d+)(?:/(?P<m>\d+))?)?/?", (), {}, "/b"),
        (r"/(a)?", (), {}, "/"),
        (r"/(a)?(b)", (None, "b"), {}, "/b"),
        (r"/(?:a)", (), {}, "/a"),
        (r"/(?:a)?b", (), {}, "/b"),
        (r"/(?:\.(\w+))?", ("",), {}, "/."),
    ],
)
def test_reversing_by_name_and_with_parts_left_out(pattern, args, kwargs, url):
    matcher = PathMatches(pattern)
    assert matcher.reverse(*args, **kwargs) == url


@pytest.mark.parametrize(
    ("pattern", "args", "kwargs", "words"),
    [
        (r"/(.)", ("a",), {"x": 1}, "takes its arguments by position, got the name 'x'"),
        (r"/(?P<a>.)", (), {"x": 1}, "takes a, got the name 'x'"),
        (r"/(?P<a>.)", ("1",), {"a": 1}, "'a' is given twice, by position and by name"),
        (r"/(?P<a>.)/(?P<b>.)", (), {"b": 1}, r"takes 2 arguments \(a, b\), got 1"),
        (r"/(.)(?:/(.))?", (), {}, "takes 1 to 2 arguments, got 0"),
        (r"/(.)", (None,), {}, "takes 1 arguments, got 0"),
        (r"/b(?:/(?P<y>.)(?:/(?P<m>.))?)?", (), {"m": 2}, r"takes 0 to 2 arguments \(y, m\)"),
    ],
)
def test_arguments_that_do_not_fit(pattern, args, kwargs, words):
    with pytest.raises(ValueError, match=words):
        PathMatches(pattern).reverse(*args, **kwargs)


def test_the_number_of_arguments_counts():
    with pytest.raises(ValueError, match="takes 1 arguments, got 2"):
        PathMatches(r"/(.)").reverse("a", "b")


@pytest.mark.parametrize(
    ("pattern", "exact"),
    [
        (r"/", "/"),
        (r"/a\.b", "/a.b"),
        (r"/a$", "/a"),
        (r"/a/?", None),
        (r"/(a)", None),
        (r"/a.b", None),
        (r"/(?:a)", "/a"),
        (r"/a(?:/b)?", None),
        (re.compile("/a", re.IGNORECASE), None),
        (re.compile("/a$"), "/a"),
        (re.compile("/a"), None),
    ],
)
def test_exact_paths(pattern, exact):
    assert PathMatches(pattern).exact_path == exact


def test_hosts():
    matcher = HostMatches(r"www\.example\.com")
    assert matcher.match(request(host="WWW.example.com:8080")) == {}
    assert matcher.match(request(host="www.example.com.evil")) is None
    assert AnyMatches().match(request()) == {}

    class Application:
        default_host = "www.example.com"

    default = DefaultHostMatches(Application(), re.compile(r"www\.example\.com$"))
    assert default.match(request()) == {}
    assert default.match(request(**{"X-Real-Ip": "1.2.3.4"})) is None


def test_rules_are_tried_in_order():
    calls = []

    class Method(Matcher):
        def match(self, request):
            return {"extra": 1} if request.method == "POST" else None

    router = RuleRouter(
        [
            Rule(Method(), lambda request, extra: calls.append(("method", extra))),
            ("/a", lambda request: calls.append("first")),
            (PathMatches("/a"), lambda request: calls.append("second")),
            Rule(HostMatches("other"), RuleRouter([("/b", lambda r: calls.append("nested"))])),
            ("/b", lambda request: calls.append("b")),
        ]
    )

    def run(r):
        delegate = router.find_handler(r)
        if delegate is None:
            return None
        delegate.headers_received(("GET", r.uri, "HTTP/1.1"), r.headers) if False else None
        delegate._request = r
        delegate.finish()
        return calls.pop()

    assert run(request("/a")) == "first"
    assert run(request("/b", host="other")) == "nested"
    assert run(request("/b")) == "b"
    assert run(request("/c")) is None
    post = request("/x")
    post.method = "POST"
    assert run(post) == ("method", 1)


def test_a_rule_of_the_wrong_shape():
    with pytest.raises(ValueError, match=r"a rule is \(pattern, target\).*got 1 items"):
        RuleRouter([("/a",)])


def test_targets_may_be_named():
    assert Rule(AnyMatches(), "tornado.routing.Router").target.__name__ == "Router"
    with pytest.raises(ImportError):
        Rule(AnyMatches(), "tornado.routing.Nothing")


def test_reverse_by_name(expect_log):
    router = ReversibleRuleRouter(
        [
            URLSpec(r"/a/(.)", print, name="a"),
            Rule(AnyMatches(), ReversibleRuleRouter([URLSpec("/b", print, name="b")])),
            Rule(HostMatches("x"), print, name="host"),
        ]
    )
    assert router.reverse_url("a", "x") == "/a/x"
    assert router.reverse_url("b") == "/b"
    assert router.reverse_url("host") is None
    assert router.reverse_url("c") is None
    with expect_log("tornado.general", "Two routes are named a"):
        router.add_rules([URLSpec("/other", print, name="a")])
    assert router.reverse_url("a") == "/other"


async def test_a_router_is_served(serve, ask):
    def answer(request):
        body = request.uri.encode()
        headers = HTTPHeaders({"Content-Length": str(len(body))})
        request.connection.write_headers(ResponseStartLine("", 200, "OK"), headers, body)
        request.connection.finish()

    _, port = serve(RuleRouter([("/a", answer)]))
    assert (await ask(port, b"GET /a HTTP/1.0\r\n\r\n")).endswith(b"\r\n\r\n/a")
    assert (await ask(port, b"GET /b HTTP/1.0\r\n\r\n")).startswith(b"HTTP/1.1 404 Not Found\r\n")


@pytest.mark.parametrize(
    ("pattern", "form"),
    [
        (r"/a/(\w+)", ("/a/%s", 1)),
        (r"/a", ("/a", 0)),
        (r"/50%", ("/50%", 0)),
        (r"/50%/(.*)", ("/50%%/%s", 1)),
        (r"/(?P<name>\w+)/x\.y", ("/%s/x.y", 1)),
        (r"/[ab]/(c)", (None, None)),
    ],
)
def test_the_form_of_a_path_that_tracing_packages_ask_for(pattern, form):
    assert PathMatches(pattern)._find_groups() == form
