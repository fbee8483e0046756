"""``get_json``: what is JSON is taken, what is not is answered with the status that says why."""

import json
import time

import pytest

from tornado.httputil import HTTPHeaders, HTTPInputError, HTTPServerRequest
from tornado.web import RequestHandler

JSON = {"Content-Type": "application/json"}


class Echo(RequestHandler):
    def post(self):
        self.write({"got": self.get_json(max_size=1000)})


@pytest.mark.parametrize(
    ("kind", "body", "value"),
    [
        ("application/json", b'{"a": [1, null, "\xc3\xa9"]}', {"a": [1, None, "é"]}),
        ("Application/JSON; Charset=UTF-8", b" 5 ", 5),
        ('application/json; charset="utf8"', b"[]", []),
        ("application/problem+json", b'"x"', "x"),
        ("application/vnd.api+json", b"null", None),
        ("application/json", b'"[[[[[[{{{{"', "[[[[[[{{{{"),
    ],
)
async def test_json(serve, fetch, kind, body, value):
    response = await fetch(serve([("/", Echo)]), "POST", headers={"Content-Type": kind}, body=body)
    assert json.loads(response.body) == {"got": value}


@pytest.mark.parametrize(
    ("headers", "body", "status", "line"),
    [
        ({}, b"{}", 415, "no Content-Type"),
        ({"Content-Type": "text/plain"}, b"{}", 415, "not 'text/plain'"),
        ({"Content-Type": "application/xjson"}, b"{}", 415, "not 'application/xjson'"),
        ({"Content-Type": "application/json; charset=latin-1"}, b"{}", 415, "charset 'latin-1'"),
        ({"Content-Type": 'application/json; a="'}, b"{}", 415, "does not end"),
        (JSON, b"", 400, "empty"),
        (JSON, b'{"a":\n oops}', 400, "line 2 column 2"),
        (JSON, b"{} {}", 400, "Extra data"),
        (JSON, b"NaN", 400, "NaN is no JSON"),
        (JSON, b"[-Infinity]", 400, "-Infinity is no JSON"),
        (JSON, b'"\xff"', 400, "not UTF-8 at byte 1"),
        (JSON, b'"' + b"x" * 1000 + b'"', 413, "1002 bytes, of 1000"),
        (JSON, b"[" * 65 + b"]" * 65, 400, "deeper than 64"),
        (JSON, b'{"a":' * 65 + b"1" + b"}" * 65, 400, "deeper than 64"),
        (JSON, b"[" * 500, 400, "deeper than 64"),
    ],
)
async def test_what_is_not(serve, fetch, expect_log, headers, body, status, line):
    with expect_log("tornado.general", f"{status} POST / .*{line}"):
        response = await fetch(serve([("/", Echo)]), "POST", headers=headers, body=body)
        assert response.status == status


def get_json(body, **options):
    return HTTPServerRequest("POST", "/", headers=HTTPHeaders(JSON), body=body).get_json(**options)


def test_depth_is_counted_outside_of_strings():
    assert get_json(b"[" * 64 + b"]" * 64)
    assert get_json(b'["\\"[[[[", {"]]": []}]', max_depth=3)
    assert len(get_json(b"[" + b",".join([b"[[]]"] * 100) + b"]", max_depth=3)) == 100
    with pytest.raises(HTTPInputError, match="deeper than 2"):
        get_json(b'["\\\\", [[]]]', max_depth=2)
    assert get_json(b"[" * 500 + b"]" * 500, max_depth=1000)


def test_a_number_of_too_many_digits():
    with pytest.raises(HTTPInputError) as caught:
        get_json(b"9" * 5000)
    assert caught.value.status == 400


@pytest.mark.parametrize(
    "body", [b'"' * 300_000, b"\\" * 300_000, b'[{"' * 100_000, b"[]" * 150_000]
)
def test_the_work_is_proportional(body):
    began = time.process_time()
    with pytest.raises(HTTPInputError):
        get_json(body)
    assert time.process_time() - began < 2
