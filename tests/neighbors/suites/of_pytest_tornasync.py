"""A suite as its manual shows it: no marks, and a client that takes paths."""

import pytest

import tornado.web


class Hello(tornado.web.RequestHandler):
    def get(self):
        self.write("Hello, world")


@pytest.fixture
def app():
    return tornado.web.Application([("/", Hello)])


async def test_path(http_server_client):
    response = await http_server_client.fetch("/")
    assert response.code == 200
    assert response.body.decode() == "Hello, world"


async def test_method(http_server_client):
    response = await http_server_client.fetch("/", method="POST", body="", raise_error=False)
    assert response.code == 405
