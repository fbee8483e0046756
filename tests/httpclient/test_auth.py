"""Credentials: how they are shown, to whom, and that they go no further."""

import json

import pytest

from tornado.httpclient import HTTPClientError

BASIC = "Basic bWU6c2VjcmV0"
ME = {"auth_username": "me", "auth_password": "secret"}


async def test_basic(origin, client):
    url = f"{origin().url}/basic"
    assert (await client.fetch(url, **ME)).body == b"come in"
    assert (await client.fetch(url, auth_mode="basic", **ME)).body == b"come in"
    with pytest.raises(HTTPClientError, match="401"):
        await client.fetch(url)


async def test_credentials_in_the_url(origin, client):
    site = origin()
    response = await client.fetch(f"{site.url}/basic".replace("://", "://me:secret@"))
    assert response.body == b"come in"


async def test_credentials_of_any_letters(raw, client):
    server = await raw(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n")
    await client.fetch(server.url, auth_username="test", auth_password="123£")
    assert server.field("Authorization") == "Basic dGVzdDoxMjPCow=="  # RFC 7617 section 2.1
    await client.fetch(server.url.replace("://", "://a%40b:c%3Ad@"))
    assert server.field("Authorization") == "Basic YUBiOmM6ZA=="
    await client.fetch(server.url, auth_username="me")
    assert server.field("Authorization") == "Basic bWU6"


async def test_digest(origin, client, kind):
    url = f"{origin().url}/digest"
    if kind.__name__ == "SimpleAsyncHTTPClient":
        with pytest.raises(ValueError, match="curl_httpclient"):
            await client.fetch(url, auth_mode="digest", **ME)
        return
    response = await client.fetch(url, auth_mode="digest", **ME)
    assert json.loads(response.body) == {"user": "me", "body": ""}
    response = await client.fetch(url, auth_mode="digest", method="POST", body="b" * 9, **ME)
    assert json.loads(response.body)["body"] == "b" * 9
    wrong = {**ME, "auth_password": "wrong"}
    with pytest.raises(HTTPClientError, match="401") as caught:
        await client.fetch(url, auth_mode="digest", **wrong)
    assert caught.value.response.body == b"the wrong body"


@pytest.mark.parametrize("kind", ["curl"], indirect=True)  # the other does not speak digest
async def test_digest_with_a_producer(site, client):
    async def produce(write):
        await write(b"hello")
        await write(b" world")

    response = await client.fetch(
        f"{site().url}/digest", auth_mode="digest", method="POST", body_producer=produce, **ME
    )
    assert json.loads(response.body)["body"] == "hello world"


async def test_a_mode_that_does_not_exist(site, client):
    with pytest.raises(ValueError, match="'basic' or 'digest'"):
        await client.fetch(f"{site().url}/", auth_mode="asdf", **ME)


@pytest.mark.parametrize(
    "arguments",
    [
        ME,
        {"headers": {"Authorization": BASIC}},
        {"headers": {"Cookie": "session=secret"}},
        {"headers": {"Proxy-Authorization": BASIC}},
    ],
)
async def test_nothing_stays_for_the_next_request(site, client, arguments):
    url = f"{site().url}/echo"
    first = await client.json(url, **arguments)
    second = await client.json(url)
    assert first["peer"] == second["peer"], "on the same connection"
    for name in ("authorization", "cookie", "proxy-authorization"):
        assert name not in second["headers"]
    assert len(set(first["headers"]) & {"authorization", "cookie", "proxy-authorization"}) == 1


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
async def test_credentials_are_dropped_across_origins(site, client, status):
    here, elsewhere = site(), site()
    url = f"{here.url}/redirect/{status}?to={elsewhere.url}/echo"
    headers = {"Authorization": BASIC, "Cookie": "a=b", "Proxy-Authorization": BASIC, "X": "kept"}
    for arguments in (ME, {}):
        seen = (await client.json(url, headers=headers, **arguments))["headers"]
        assert not {"authorization", "cookie", "proxy-authorization"} & set(seen)
        assert seen["x"] == "kept"
        assert seen["host"] == f"localhost:{elsewhere.port}"
    seen = await client.json(url.replace("://", "://me:secret@", 1))
    assert "authorization" not in seen["headers"]


async def test_credentials_stay_within_the_origin(site, client):
    url = f"{site().url}/redirect/302?to=/echo"
    seen = (await client.json(url, headers={"Cookie": "a=b"}, **ME))["headers"]
    assert (seen["authorization"], seen["cookie"]) == (BASIC, "a=b")
    seen = await client.json(url.replace("://", "://me:secret@"))
    assert seen["headers"]["authorization"] == BASIC
