"""What arrives at a server: methods, bodies, fields, and what an answer is made into."""

import hashlib
from datetime import UTC, datetime

import pytest

from tornado.httpclient import HTTPClientError, HTTPRequest
from tornado.httputil import HTTPHeaders

MEBIBYTE = 1 << 20


async def test_get(origin, client):
    site = origin()
    response = await client.fetch(f"{site.url}/echo?a=1&b=%20#fragment")
    assert (response.code, response.reason) == (200, "OK")
    assert response.headers["Content-Type"].startswith("application/json")
    assert b'"target": "/echo?a=1&b=%20"' in response.body
    assert response.effective_url.startswith(f"{site.url}/echo?a=1&b=%20")
    assert response.request_time >= 0
    assert response.time_info["total"] >= 0
    assert response.error is None
    assert response.buffer.read() == response.body


@pytest.mark.parametrize("method", ["POST", "PUT", "PATCH"])
@pytest.mark.parametrize("body", [b"", b"a=b", bytes(range(256)) * 40])
async def test_methods_with_a_body(origin, client, method, body):
    seen = await client.json(f"{origin().url}/echo", method=method, body=body)
    assert seen["method"] == method
    assert seen["body"].encode("latin-1") == body
    assert seen["headers"]["content-length"] == str(len(body))
    assert "transfer-encoding" not in seen["headers"]
    assert "expect" not in seen["headers"]


@pytest.mark.parametrize("method", ["GET", "DELETE", "OPTIONS"])
async def test_methods_without(origin, client, method):
    seen = await client.json(f"{origin().url}/echo", method=method)
    assert (seen["method"], seen["length"]) == (method, 0)
    assert "content-type" not in seen["headers"]
    assert "content-length" not in seen["headers"]


async def test_head_has_no_body_whatever_it_announces(origin, client):
    site = origin()
    response = await client.fetch(f"{site.url}/echo", method="HEAD")
    assert (response.body, response.headers["Content-Length"]) == (b"", "1000")
    assert response.headers["X-Method"] == "HEAD"
    assert (await client.json(f"{site.url}/echo"))["method"] == "GET"  # and the connection goes on


async def test_the_type_of_a_form_is_the_usual_one_of_post(site, client):
    url = f"{site().url}/echo"
    usual = "application/x-www-form-urlencoded"
    assert (await client.json(url, method="POST", body="a=b"))["headers"]["content-type"] == usual
    assert "content-type" not in (await client.json(url, method="PUT", body="a"))["headers"]
    given = {"Content-Type": "text/plain"}
    seen = await client.json(url, method="POST", body="a", headers=given)
    assert seen["headers"]["content-type"] == "text/plain"


async def test_a_form_arrives_as_arguments(site, client):
    found = await client.json(f"{site().url}/form", method="POST", body="name=G%C3%B6del&n=1")
    assert found == {"name": "Gödel", "n": "1"}


async def test_a_str_is_sent_as_utf_8(site, client):
    seen = await client.json(f"{site().url}/echo", method="PUT", body="Grüße")
    assert seen["body"].encode("latin-1").decode() == "Grüße"


@pytest.mark.parametrize("size", [1, 65536, MEBIBYTE, 10 * MEBIBYTE])
async def test_large_bodies_up(origin, client, size):
    body = bytes(range(256)) * (size // 256) + b"x" * (size % 256)
    site = origin()
    response = await client.fetch(f"{site.url}/sink", method="PUT", body=body)
    assert b'"size": %d,' % size in response.body


@pytest.mark.parametrize("size", [0, 1, 65536, MEBIBYTE, 10 * MEBIBYTE])
@pytest.mark.parametrize("query", ["", "?chunked=1"])
async def test_large_bodies_down(origin, client, size, query):
    response = await client.fetch(f"{origin().url}/bytes/{size}{query}")
    expected = (bytes(range(256)) * (size // 256 + 1))[:size]
    assert hashlib.sha256(response.body).digest() == hashlib.sha256(expected).digest()


async def test_fields(site, client):
    headers = HTTPHeaders({"X-One": "1", "X-Empty": "", "X-Letters": "d\xe9j\xe0"})
    headers.add("X-Many", "a")
    headers.add("X-Many", "b")
    seen = (await client.json(f"{site().url}/echo", headers=headers, user_agent="Tea/1"))["headers"]
    assert seen["x-one"] == "1"
    assert seen["x-empty"] == ""
    assert seen["x-letters"] == "d\xe9j\xe0"
    assert seen["x-many"] == "a,b"
    assert seen["user-agent"] == "Tea/1"


async def test_who_asks(site, client):
    seen = (await client.json(f"{site().url}/echo"))["headers"]
    assert seen["user-agent"].startswith("Tornado/")
    assert "gzip" in seen["accept-encoding"]
    seen = (await client.json(f"{site().url}/echo", decompress_response=False))["headers"]
    assert "accept-encoding" not in seen


async def test_the_host_field_and_one_of_the_programs_own(site, client):
    running = site()
    seen = (await client.json(f"{running.url}/echo"))["headers"]
    assert seen["host"] == f"localhost:{running.port}"
    seen = await client.json(f"{running.url}/echo", headers={"Host": "other.example"})
    assert seen["headers"]["host"] == "other.example"


async def test_the_target_goes_as_it_was_written(raw, client):
    server = await raw(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n")
    await client.fetch(f"{server.url}/a/../b/./c//d?x={{}}|%2f'\"&")
    assert server.requests[0].startswith(b"GET /a/../b/./c//d?x={}|%2f'\"& HTTP/1.1\r\n")


async def test_letters_outside_ascii_are_escaped(site, client):
    seen = await client.json(f"{site().url}/echo?q=Grüße")
    assert seen["target"] == "/echo?q=Gr%C3%BC%C3%9Fe"


@pytest.mark.parametrize("when", [datetime(1994, 11, 6, 8, 49, 37, tzinfo=UTC), 784111777])
async def test_if_modified_since(origin, client, when):
    url = f"{origin().url}/modified"
    with pytest.raises(HTTPClientError, match="304") as caught:
        await client.fetch(url, if_modified_since=when)
    assert caught.value.response.body == b""
    assert (await client.fetch(url)).body == b"new"


@pytest.mark.parametrize("status", [400, 404, 418, 500, 503])
async def test_statuses_that_are_no_success(origin, client, status):
    url = f"{origin().url}/echo/{status}"
    with pytest.raises(HTTPClientError, match=f"HTTP {status}") as caught:
        await client.fetch(url)
    assert caught.value.code == caught.value.response.code == status
    assert b'"method": "GET"' in caught.value.response.body
    response = await client.fetch(url, raise_error=False)
    assert response.code == response.error.code == status


async def test_204_has_no_body(raw, client):
    server = await raw(b"HTTP/1.1 204 No Content\r\n\r\n")
    response = await client.fetch(server.url)
    assert (response.code, response.body) == (204, b"")


async def test_a_reason_of_the_servers_own(raw, client):
    server = await raw(b"HTTP/1.1 299 Most Unusual\r\nContent-Length: 0\r\n\r\n")
    assert (await client.fetch(server.url)).reason == "Most Unusual"


async def test_fields_that_come_more_than_once(raw, client):
    server = await raw(
        b"HTTP/1.1 200 OK\r\nSet-Cookie: a=1\r\nSet-Cookie: b=2\r\nX: \xe9 \r\n"
        b"Content-Length: 2\r\n\r\nhi"
    )
    headers = (await client.fetch(server.url)).headers
    assert headers.get_list("set-cookie") == ["a=1", "b=2"]
    assert headers["X"] == "\xe9"


async def test_a_body_until_the_end_of_the_connection(raw, client):
    server = await raw(b"HTTP/1.0 200 OK\r\n\r\nall of it")
    assert (await client.fetch(server.url)).body == b"all of it"


async def test_nonstandard_methods_and_bodies(site, client):
    url = f"{site().url}/strange"
    seen = await client.json(url, method="PROPFIND", allow_nonstandard_methods=True)
    assert (seen["method"], seen["length"]) == ("PROPFIND", 0)
    for method in ("PROPFIND", "DELETE", "GET"):
        seen = await client.json(url, method=method, body="b", allow_nonstandard_methods=True)
        assert (seen["method"], seen["body"]) == (method, "b")
    seen = await client.json(url, method="POST", allow_nonstandard_methods=True)
    assert (seen["method"], seen["length"]) == ("POST", 0)


async def test_a_request_object_and_defaults(site, make):
    url = f"{site().url}/echo"
    client = make(defaults={"user_agent": "default", "headers": None})
    request = HTTPRequest(url, "PUT", {"A": "b"}, "body")
    first, second = await client.fetch(request), await client.fetch(request)
    assert first.request is request
    for response in (first, second):
        assert b'"user-agent": "default"' in response.body
        assert b'"a": "b"' in response.body
    assert request.headers == {"A": "b"}
    assert request.user_agent is None


async def test_a_callback_of_older_times(site, client, closed_port):
    import asyncio

    answers = []
    arrived = asyncio.Event()

    def take(response):
        answers.append(response)
        arrived.set()

    future = client.fetch(f"{site().url}/echo", take)
    await arrived.wait()
    await future
    arrived.clear()
    client.fetch(f"http://localhost:{closed_port}/", callback=take)
    await arrived.wait()
    assert [response.code for response in answers] == [200, 599]
    assert isinstance(answers[1].error, ConnectionRefusedError)


async def test_expect_100_continue(raw, client):
    async def part(server, reader, writer):
        await server.head(reader)
        writer.write(b"HTTP/1.1 100 Continue\r\n\r\n")
        body = await reader.readexactly(5)
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n" + body)

    server = await raw(part)
    lines = []
    response = await client.fetch(
        server.url,
        method="POST",
        body=b"hello",
        expect_100_continue=True,
        header_callback=lines.append,
    )
    assert server.field("Expect") == "100-continue"
    assert response.body == b"hello"
    assert [line.strip() for line in lines] == ["HTTP/1.1 200 OK", "Content-Length: 5", ""]


async def test_an_expectation_that_is_refused(raw, client):
    async def part(server, reader, writer):
        await server.head(reader)
        writer.write(b"HTTP/1.1 403 No\r\nContent-Length: 7\r\nConnection: close\r\n\r\nno body")

    server = await raw(part)
    response = await client.fetch(
        server.url, method="POST", body=b"x" * 100, expect_100_continue=True, raise_error=False
    )
    assert (response.code, response.body) == (403, b"no body")


async def test_an_expectation_that_is_not_understood(raw, client):
    # RFC 9110 section 10.1.1: "A client that receives a 417 ... SHOULD repeat that request without
    # a 100-continue expectation"
    async def part(server, reader, writer):
        while True:
            head = await server.head(reader)
            if b"100-continue" in head.lower():
                writer.write(b"HTTP/1.1 417 What\r\nContent-Length: 0\r\n\r\n")
            else:
                body = await reader.readexactly(5)
                writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n" + body)

    server = await raw(part)
    response = await client.fetch(
        server.url, method="POST", body=b"hello", expect_100_continue=True
    )
    assert response.body == b"hello"


async def test_a_local_socket(client, tmp_path):
    import asyncio

    async def answer(reader, writer):
        head = await reader.readuntil(b"\r\n\r\n")
        body = b"over the socket" if b"Host: some.example\r\n" in head else head
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n%b" % (len(body), body))
        await writer.drain()
        writer.close()

    async with await asyncio.start_unix_server(answer, tmp_path / "s"):
        found = await client.fetch("http://some.example/", unix_socket=str(tmp_path / "s"))
        assert found.body == b"over the socket"


@pytest.mark.parametrize(("given", "seen"), [("127.0.0.9", "127.0.0.9"), ("lo", "127.0.0.1")])
async def test_the_interface(site, client, given, seen):
    assert (await client.json(f"{site().url}/echo", network_interface=given))["peer"][0] == seen


async def test_a_cookie_jar(site, make):
    import http.cookiejar
    import json

    url = f"{site().url}/cookies"
    client = make(cookie_jar=http.cookiejar.CookieJar())
    assert [json.loads((await client.fetch(url)).body) for _ in range(2)] == [{}, {"seen": "yes"}]
    without = make()
    assert [json.loads((await without.fetch(url)).body) for _ in range(2)] == [{}, {}]
