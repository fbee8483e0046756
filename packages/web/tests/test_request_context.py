"""The current request, and its id in the log."""

import asyncio
import logging

import pytest

from tornado.httpserver import ProxyPolicy
from tornado.web import (
    Application,
    RequestHandler,
    RequestIdFilter,
    current_request,
    stream_request_body,
)


@pytest.fixture
def lines():
    """What is logged to "sample", as ``id message``."""
    collected = []

    class Collector(logging.Handler):
        def emit(self, record):
            collected.append(self.format(record))

    handler = Collector()
    handler.setFormatter(logging.Formatter("%(request_id)s %(message)s"))
    handler.addFilter(RequestIdFilter())
    logger = logging.getLogger("sample")
    before = logger.level
    logger.addHandler(handler)
    logger.setLevel(logging.INFO)
    yield collected
    logger.removeHandler(handler)
    logger.setLevel(before)


class Logging(RequestHandler):
    async def get(self):
        assert current_request() is self.request
        logging.getLogger("sample.deep").info("one")
        await asyncio.sleep(0)
        await asyncio.to_thread(logging.getLogger("sample").info, "two")
        self.write(self.request.request_id)

    def on_finish(self):
        assert current_request() is self.request


def application(handler=Logging, **settings):
    return Application([("/", handler)], log_function=lambda handler: None, **settings)


async def test_each_request_has_its_id_in_the_log(serve, fetch, lines):
    port = serve(application(request_context=True))
    one, two = await asyncio.gather(fetch(port), fetch(port))
    assert len({one.body, two.body}) == 2
    for response in (one, two):
        name = response.body.decode()
        assert len(name) == 32
        assert int(name, 16) >= 0
        assert {f"{name} one", f"{name} two"} <= set(lines)
    logging.getLogger("sample").info("outside")
    assert lines[-1] == "- outside"
    assert current_request() is None


async def test_without_the_setting_there_is_no_current_request(serve, fetch, lines):
    class Plain(RequestHandler):
        def get(self):
            assert current_request() is None
            logging.getLogger("sample").info("here")
            self.write(self.request.request_id)

    response = await fetch(serve(application(Plain)))
    assert lines == ["- here"]
    assert len(response.body) == 32


async def test_a_streaming_handler_too(serve, fetch):
    @stream_request_body
    class Receiving(RequestHandler):
        def prepare(self):
            assert current_request() is self.request

        def data_received(self, chunk):
            pass

        def put(self):
            self.write(current_request().request_id)

    response = await fetch(serve(application(Receiving, request_context=True)), "PUT", body=b"x")
    assert len(response.body) == 32


class Told(RequestHandler):
    def get(self):
        assert self.request.request_id == self.request.request_id
        self.write(self.request.request_id)


@pytest.mark.parametrize(
    "options", [{"proxy": ProxyPolicy()}, {"xheaders": True}], ids=["policy", "xheaders"]
)
async def test_an_id_given_by_a_trusted_proxy(serve, fetch, options):
    port = serve(application(Told), **options)
    given = "Root=1-67891233-abcdef012345678912345678"
    assert (await fetch(port, headers={"X-Request-Id": given})).body == given.encode()
    for bad in ("", "a b", "x" * 129, "a\tb", '"'):
        assert (await fetch(port, headers={"X-Request-Id": bad})).body != bad.encode()


@pytest.mark.parametrize("options", [{"proxy": ProxyPolicy(networks=["10.0.0.1"])}, {}])
async def test_nobody_else_gives_ids(serve, fetch, options):
    port = serve(application(Told), **options)
    assert (await fetch(port, headers={"X-Request-Id": "mine"})).body != b"mine"
