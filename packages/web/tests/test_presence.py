"""Handlers whose client goes away, and handlers that take too long."""

import asyncio

import pytest

from tornado.gen import coroutine
from tornado.gen import sleep as old_sleep
from tornado.web import Application, RequestHandler, asynchronous, stream_request_body

GET = b"GET /%b HTTP/1.1\r\nHost: a\r\n\r\n"


async def go_away_after(port, data, happened):
    _, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(data)
    await asyncio.wait_for(happened.wait(), 10)
    writer.close()
    await writer.wait_closed()


async def test_a_client_that_leaves_sets_the_event(serve):
    asked, over = asyncio.Event(), asyncio.Event()

    class Waiting(RequestHandler):
        async def get(self):
            assert not self.disconnected.is_set()
            assert self.disconnected is self.disconnected
            asked.set()
            await self.disconnected.wait()
            over.set()

        def on_connection_close(self):  # without super
            pass

    port = serve([("/", Waiting)])
    await go_away_after(port, GET % b"", asked)
    await asyncio.wait_for(over.wait(), 10)


async def test_the_event_of_a_client_that_has_left_already(serve):
    asked, left, seen = asyncio.Event(), asyncio.Event(), asyncio.Event()

    class Late(RequestHandler):
        async def get(self):
            asked.set()
            await left.wait()
            if self.disconnected.is_set():
                seen.set()

        def on_connection_close(self):
            left.set()

    port = serve([("/", Late)])
    await go_away_after(port, GET % b"", asked)
    await asyncio.wait_for(seen.wait(), 10)


@pytest.mark.parametrize("cancels", [True, False])
async def test_work_for_nobody_is_canceled_if_the_class_says_so(serve, cancels):
    asked, left, steps = asyncio.Event(), asyncio.Event(), []

    class Working(RequestHandler):
        cancel_on_disconnect = cancels

        async def get(self):
            asked.set()
            try:
                await left.wait()
                await asyncio.sleep(0.02)
                steps.append("worked")
            except asyncio.CancelledError:
                steps.append("canceled")
                raise
            finally:
                await asyncio.sleep(0)
                steps.append("cleaned up")
            self.write("for nobody")

        def on_connection_close(self):
            left.set()

        def on_finish(self):
            steps.append("on_finish")

    port = serve([("/", Working)])
    await go_away_after(port, GET % b"", asked)
    async with asyncio.timeout(10):
        while "on_finish" not in steps:
            await asyncio.sleep(0)
    assert steps == ["canceled" if cancels else "worked", "cleaned up", "on_finish"]


async def test_a_client_that_leaves_in_the_middle_of_its_body(serve):
    asked, calls = asyncio.Event(), []

    @stream_request_body
    class Receiving(RequestHandler):
        def data_received(self, chunk):
            asked.set()

        def on_connection_close(self):
            calls.append(self.disconnected.is_set())

    port = serve([("/", Receiving)])
    data = b"PUT / HTTP/1.1\r\nHost: a\r\nContent-Length: 9\r\n\r\nabc"
    await go_away_after(port, data, asked)
    async with asyncio.timeout(10):
        while not calls:
            await asyncio.sleep(0)
    await asyncio.sleep(0)
    assert len(calls) == 1


async def test_a_client_that_leaves_after_its_body_is_noticed(serve):
    asked, left = asyncio.Event(), asyncio.Event()

    @stream_request_body
    class Receiving(RequestHandler):
        def data_received(self, chunk):
            pass

        async def put(self):
            asked.set()
            await self.disconnected.wait()
            left.set()

    port = serve([("/", Receiving)])
    await go_away_after(port, b"PUT / HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\n\r\nabc", asked)
    await asyncio.wait_for(left.wait(), 10)


class Slow(RequestHandler):
    request_timeout = 0.02

    async def get(self):
        await asyncio.sleep(30)


class SlowByCoroutine(RequestHandler):
    request_timeout = 0.02

    @coroutine
    def get(self):
        yield old_sleep(30)


class SlowByPrepare(Slow):
    async def prepare(self):
        await asyncio.sleep(30)


class SlowByCallback(RequestHandler):
    request_timeout = 0.02

    @asynchronous
    def get(self):
        pass


class SlowBySetting(RequestHandler):
    async def get(self):
        await asyncio.sleep(30)


@pytest.mark.parametrize("kind", [Slow, SlowByCoroutine, SlowByPrepare, SlowByCallback])
async def test_what_takes_too_long_is_answered(serve, fetch, kind, expect_log):
    with expect_log("tornado.general", r"GET / \(127.0.0.1\) was not answered within 0.02 s"):
        response = await fetch(serve([("/", kind)]))
        assert response.status == 503
        assert b"503" in response.body


async def test_the_setting_and_classes_that_know_better(serve, fetch, expect_log):
    class Patient(SlowBySetting):
        request_timeout = 0

        async def get(self):
            await asyncio.sleep(0.1)
            self.write("in time")

    with expect_log("tornado.general", "GET /slow .* within 0.02 s"):
        routes = [("/slow", SlowBySetting), ("/patient", Patient)]
        port = serve(routes, request_timeout=0.02)
        slow, patient = await asyncio.gather(
            fetch(port, "GET", "/slow"), fetch(port, "GET", "/patient")
        )
        assert (slow.status, patient.status) == (503, 200)


async def test_the_connection_goes_on_after_an_answer_of_503(serve, expect_log):
    class Quick(RequestHandler):
        request_timeout = 30

        async def get(self):
            await asyncio.sleep(0)
            self.write("quick")

    with expect_log("tornado.general", "not answered"):
        port = serve([("/slow", Slow), ("/quick", Quick)])
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.write(GET % b"slow" + GET % b"quick")
        assert b"503" in await reader.readline()
        assert await asyncio.wait_for(reader.readuntil(b"quick"), 10)
        writer.close()


async def test_part_of_a_response_is_cut(serve, expect_log):
    class Half(RequestHandler):
        request_timeout = 0.02

        async def get(self):
            self.write("half")
            await self.flush()
            await asyncio.sleep(30)

    with expect_log("tornado.general", "not answered"):
        port = serve([("/", Half)])
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.write(GET % b"")
        data = await asyncio.wait_for(reader.read(), 10)
        assert b"half" in data
        assert not data.endswith(b"0\r\n\r\n"), "it must not look complete"
        writer.close()


async def test_a_handler_may_answer_in_its_own_way(serve, fetch, expect_log):
    class Own(RequestHandler):
        request_timeout = 0.02

        async def get(self):
            try:
                await asyncio.sleep(30)
            except asyncio.CancelledError:
                self.set_status(504)
                self.finish("what there is")

    with expect_log("tornado.general", "not answered"):
        response = await fetch(serve([("/", Own)]))
        assert (response.status, response.body) == (504, b"what there is")


async def test_an_upload_that_takes_too_long(serve, expect_log):
    @stream_request_body
    class Upload(RequestHandler):
        request_timeout = 0.05

        def data_received(self, chunk):
            pass

        def put(self):
            raise AssertionError("not called")

    with expect_log("tornado.general", "not answered"):
        port = serve([("/", Upload)])
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.write(b"PUT / HTTP/1.1\r\nHost: a\r\nContent-Length: 9\r\n\r\nabc")
        assert b"503" in await asyncio.wait_for(reader.readline(), 10)
        writer.close()


async def test_a_timeout_that_is_no_number(serve, expect_log, fetch):
    class Wrong(SlowBySetting):
        request_timeout = "5"

    with expect_log("tornado.application", "delegate"):
        assert (await fetch(serve([("/", Wrong)]))).status == 500


async def test_timers_do_not_keep_handlers(serve, fetch):
    import gc
    import weakref

    found = []

    class Brief(RequestHandler):
        request_timeout = 600

        @asynchronous
        def get(self):
            found.append(weakref.ref(self))
            asyncio.get_running_loop().call_soon(self.finish)

    await fetch(serve([("/", Brief)]))
    for _ in range(5):
        await asyncio.sleep(0)
        gc.collect()
    assert found[0]() is None


def test_an_answer_at_once_is_not_watched():
    application = Application([("/", Slow)])
    assert application._request_timeout is None
    assert not application._volatile
    assert "_departure" not in vars(RequestHandler)
