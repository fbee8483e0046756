"""Redirects (RFC 9110 section 15.4, and the Fetch standard)."""

import pytest

from tornado.httpclient import (
    HTTPClientError,
    HTTPRedirectError,
    HTTPTimeoutError,
    Phase,
    TooManyRedirectsError,
)


@pytest.mark.parametrize(
    ("status", "method", "after"),
    [
        (301, "GET", "GET"),
        (301, "POST", "GET"),
        (302, "POST", "GET"),
        (302, "PUT", "PUT"),
        (303, "PUT", "GET"),
        (303, "POST", "GET"),
        (307, "POST", "POST"),
        (308, "PUT", "PUT"),
        (307, "DELETE", "DELETE"),
    ],
)
async def test_the_method_after_it(origin, client, status, method, after):
    site = origin()
    body = "the body" if method in ("POST", "PUT") else None
    seen = await client.json(f"{site.url}/redirect/{status}?to=/echo", method=method, body=body)
    assert seen["method"] == after
    assert seen["body"] == ("the body" if body and after != "GET" else "")
    if after == "GET":
        assert "content-type" not in seen["headers"]


async def test_a_producer_is_called_again(site, client):
    called = []

    async def produce(write):
        called.append(1)
        await write(b"the ")
        await write(b"body")

    seen = await client.json(
        f"{site().url}/redirect/307?to=/echo", method="PUT", body_producer=produce
    )
    assert (seen["body"], len(called)) == ("the body", 2)


async def test_head_stays_head(site, client):
    response = await client.fetch(f"{site().url}/redirect/303?to=/echo", method="HEAD")
    assert response.headers["X-Method"] == "HEAD"


async def test_the_final_url(site, client):
    running = site()
    response = await client.fetch(f"{running.url}/loop/3")
    assert (response.body, response.effective_url) == (b"the end", f"{running.url}/loop/0")


async def test_not_followed(site, client):
    url = f"{site().url}/redirect/302?to=/echo"
    with pytest.raises(HTTPClientError, match="302") as caught:
        await client.fetch(url, follow_redirects=False)
    assert caught.value.response.headers["Location"] == "/echo"
    assert caught.value.response.body == b"this is the redirect's own body"


async def test_too_many(site, client):
    url = f"{site().url}/loop/4"
    assert (await client.fetch(url, max_redirects=4)).body == b"the end"
    with pytest.raises(TooManyRedirectsError) as caught:
        await client.fetch(url, max_redirects=3)
    assert caught.value.code == 302


@pytest.mark.parametrize("target", ["ftp://localhost/", "file:///etc/passwd", "javascript:0"])
async def test_other_schemes_fail_fast(site, client, target):
    with pytest.raises(HTTPRedirectError, match="cannot be fetched"):
        await client.fetch(f"{site().url}/redirect/302?to={target}")


async def test_without_a_location_it_is_an_answer(raw, client):
    server = await raw(b"HTTP/1.1 302 Found\r\nContent-Length: 2\r\n\r\nhi")
    response = await client.fetch(server.url, raise_error=False)
    assert (response.code, response.body) == (302, b"hi")


async def test_the_body_of_a_redirect_is_not_streamed(site, client):
    chunks, lines = [], []
    response = await client.fetch(
        f"{site().url}/redirect/302?to=/bytes/5",
        streaming_callback=chunks.append,
        header_callback=lines.append,
    )
    assert b"".join(chunks) == bytes(range(5))
    assert response.body == b""
    starts = [line.strip() for line in lines if line.startswith("HTTP/")]
    assert starts == ["HTTP/1.1 302 Found", "HTTP/1.1 200 OK"]


async def test_from_https_to_http(site, client, certificates):
    secure, plain = site(certificates.server()), site()
    seen = await client.json(
        f"{secure.url}/redirect/302?to={plain.url}/echo", auth_username="me", auth_password="s"
    )
    assert seen["protocol"] == "http"
    assert "authorization" not in seen["headers"]


async def test_the_client_certificate_stays_with_its_origin(site, client, certificates):
    import ssl

    elsewhere = site(certificates.server(client=ssl.CERT_OPTIONAL))
    here = site(certificates.server(client=ssl.CERT_REQUIRED))
    seen = await client.json(
        f"{here.url}/redirect/302?to={elsewhere.url}/echo",
        client_cert=certificates.cert("client"),
        client_key=certificates.key("client"),
    )
    assert seen["client"] is None


async def test_the_time_is_for_all_of_it(site, client):
    running = site()
    with pytest.raises(HTTPTimeoutError, match=r"0\.2 s") as caught:
        await client.fetch(f"{running.url}/redirect/302?to=/held", request_timeout=0.2)
    assert caught.value.phase is Phase.TOTAL
