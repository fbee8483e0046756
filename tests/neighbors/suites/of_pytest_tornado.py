"""A suite as its manual shows it: marked tests, with yield and with await."""

import pytest

import tornado.web


class Hello(tornado.web.RequestHandler):
    def get(self):
        self.write("Hello, world")


application = tornado.web.Application([("/", Hello)])


@pytest.fixture
def app():
    return application


@pytest.mark.gen_test
def test_generator(http_client, base_url):
    response = yield http_client.fetch(base_url)
    assert response.code == 200


@pytest.mark.gen_test
async def test_async(http_client, base_url):
    response = await http_client.fetch(base_url)
    assert response.body == b"Hello, world"


@pytest.mark.gen_test(run_sync=False, timeout=2)
def test_arguments_of_the_mark(http_client, http_port, io_loop):
    response = yield http_client.fetch(f"http://localhost:{http_port}/")
    assert response.code == 200
