"""stream_request_body: bodies that come in pieces."""

import asyncio

import pytest

from tornado.web import (
    Application,
    HTTPError,
    RequestHandler,
    stream_request_body,
)


def handler(**methods):
    return type("Handler", (RequestHandler,), methods)


@pytest.mark.parametrize("use_async", [False, True])
async def test_a_streamed_body(serve, fetch, use_async):
    calls = []

    @stream_request_body
    class Upload(RequestHandler):
        async def prepare(self):
            await asyncio.sleep(0)
            calls.append("prepare")
            self.size = 0

        if use_async:

            async def data_received(self, chunk):
                await asyncio.sleep(0)
                self.size += len(chunk)

        else:

            def data_received(self, chunk):
                self.size += len(chunk)

        def put(self):
            calls.append("put")
            assert self.request.body == b""
            self.write(str(self.size))

    port = serve([("/", Upload)])
    response = await fetch(port, "PUT", "/", body=b"x" * 300_000)
    assert response.body == b"300000"
    assert calls == ["prepare", "put"]


async def test_a_streamed_body_that_is_refused_in_prepare(serve, fetch):
    @stream_request_body
    class Refusing(RequestHandler):
        def prepare(self):
            raise HTTPError(401)

        def data_received(self, chunk):
            raise AssertionError

    response = await fetch(serve([("/", Refusing)]), "PUT", "/", body=b"x" * 1000)
    assert response.status == 401


async def test_an_error_in_data_received(serve, fetch, expect_log):
    @stream_request_body
    class Failing(RequestHandler):
        def data_received(self, chunk):
            raise ZeroDivisionError

        def put(self):
            raise AssertionError

    port = serve([("/", Failing)])
    with expect_log("tornado.application", "ZeroDivisionError", count=1):
        assert (await fetch(port, "PUT", "/", body=b"x" * 1000)).status == 500


@pytest.mark.parametrize("use_async", [False, True])
async def test_an_answer_at_the_first_piece(serve, fetch, use_async):
    """Neither the method runs nor does a task wait for ever for the rest."""
    tasks = []

    def answer(self, chunk):
        tasks.append(self._task)
        self.finish("enough")

    async def answer_later(self, chunk):
        await asyncio.sleep(0)
        answer(self, chunk)

    Upload = stream_request_body(handler(data_received=answer_later if use_async else answer))
    response = await fetch(serve([("/", Upload)]), "PUT", "/", body=b"x" * 100_000)
    assert (response.status, response.body) == (200, b"enough")
    assert tasks
    await asyncio.wait_for(asyncio.gather(*tasks, return_exceptions=True), 5)


async def test_a_streamed_body_larger_than_the_servers_limit(serve, fetch):
    @stream_request_body
    class Large(RequestHandler):
        def prepare(self):
            self.size = 0
            self.request.connection.set_max_body_size(10_000_000)

        def data_received(self, chunk):
            self.size += len(chunk)

        def put(self):
            self.write(str(self.size))

    application = Application([("/", Large)], log_function=lambda handler: None)
    port = serve(application, max_body_size=1000)
    assert (await fetch(port, "PUT", "/", body=b"x" * 2_000_000)).body == b"2000000"


async def test_a_streamed_body_whose_client_goes_away(serve):
    closed = asyncio.Event()

    @stream_request_body
    class Upload(RequestHandler):
        def data_received(self, chunk):
            pass

        def put(self):
            raise AssertionError

        def on_connection_close(self):
            closed.set()

    port = serve([("/", Upload)])
    _, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(b"PUT / HTTP/1.1\r\nHost: a\r\nContent-Length: 100\r\n\r\nabc")
    await asyncio.sleep(0.01)
    writer.close()
    await closed.wait()
    await asyncio.sleep(0)


def test_what_can_be_decorated():
    with pytest.raises(TypeError, match="decorates a RequestHandler class"):
        stream_request_body(object)
