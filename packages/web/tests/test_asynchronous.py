"""``@asynchronous`` and callbacks: how handlers kept a request open before ``async def``."""

from tornado.ioloop import IOLoop
from tornado.web import HTTPError, RequestHandler, asynchronous


def later(callback, *args):
    IOLoop.current().call_later(0.001, callback, *args)


async def test_the_request_stays_open_until_finish(serve, fetch):
    class Handler(RequestHandler):
        @asynchronous
        def get(self):
            later(self._callback, "from a callback")

        def _callback(self, response):
            self.write(response)
            self.finish()

    response = await fetch(serve([("/", Handler)]), "GET", "/")
    assert (response.status, response.body) == (200, b"from a callback")


async def test_an_error_raised_in_a_callback_answers_the_request(serve, fetch, expect_log):
    class Handler(RequestHandler):
        @asynchronous
        def get(self):
            later(self._callback)

        def _callback(self):
            raise HTTPError(502, "We couldn't find it.")

    port = serve([("/", Handler)])
    with expect_log("tornado.general", "502 GET / .*We couldn't find it", count=1):
        assert (await fetch(port, "GET", "/")).status == 502


async def test_so_does_one_in_a_callback_of_a_callback(serve, fetch, expect_log):
    class Handler(RequestHandler):
        @asynchronous
        def get(self):
            later(later, self._callback)

        def _callback(self):
            raise ZeroDivisionError

    port = serve([("/", Handler)])
    with expect_log("tornado.application", "Uncaught exception GET /.*ZeroDivisionError", count=1):
        assert (await fetch(port, "GET", "/")).status == 500


async def test_an_error_in_the_method_itself_is_answered_once(serve, fetch, expect_log):
    class Handler(RequestHandler):
        @asynchronous
        def get(self):
            raise HTTPError(418, "a teapot")

    port = serve([("/", Handler)])
    with expect_log("tornado.general", "418 GET / .*a teapot", count=1):
        assert (await fetch(port, "GET", "/")).status == 418


async def test_async_callback_guards_one_callback(serve, fetch, expect_log):
    class Handler(RequestHandler):
        @asynchronous
        def get(self):
            later(self.async_callback(self._callback, "given"), "answered")

        def _callback(self, given, answered):
            raise HTTPError(500, "%s and %s", given, answered)

    port = serve([("/", Handler)])
    with expect_log("tornado.general", "given and answered", count=1):
        assert (await fetch(port, "GET", "/")).status == 500


async def test_an_async_method_ends_its_request_itself(serve, fetch):
    class Handler(RequestHandler):
        @asynchronous
        async def get(self):
            self.write("as ever")

    assert (await fetch(serve([("/", Handler)]), "GET", "/")).body == b"as ever"
