"""As written for Tornado 1 and 2: callbacks, stop and wait, the loop handed on by hand."""

# ruff: noqa: PT009, UP008

import time
import unittest

from tornado.httpclient import AsyncHTTPClient
from tornado.httpserver import HTTPServer
from tornado.ioloop import IOLoop
from tornado.testing import AsyncHTTPTestCase, AsyncTestCase, LogTrapTestCase, get_unused_port
from tornado.web import Application, HTTPError, RequestHandler, asynchronous


class HelloHandler(RequestHandler):
    def get(self):
        self.write("Hello, " + self.get_argument("name", "world"))


class SlowHandler(RequestHandler):
    @asynchronous
    def get(self):
        loop = self.application.settings["io_loop"]
        loop.add_timeout(time.time() + 0.01, self.async_callback(self.on_time))

    def on_time(self):
        self.finish("slow")


class EchoHandler(RequestHandler):
    def post(self):
        self.set_header("X-Method", self.request.method)
        self.write(self.request.body)

    def put(self):
        raise HTTPError(409)


class HandlersTest(AsyncHTTPTestCase, LogTrapTestCase):
    def get_app(self):
        routes = [(r"/", HelloHandler), (r"/slow", SlowHandler), (r"/echo", EchoHandler)]
        return Application(routes, io_loop=self.io_loop)

    def test_fetch_by_hand(self):
        self.http_client.fetch(self.get_url("/"), self.stop)
        response = self.wait()
        self.assertEqual(response.code, 200)
        self.assertEqual(response.body, b"Hello, world")

    def test_fetch_with_callback_keyword(self):
        self.http_client.fetch(self.get_url("/?name=you"), callback=self.stop)
        self.assertEqual(self.wait().body, b"Hello, you")

    def test_fetch(self):
        response = self.fetch("/slow")
        self.assertEqual(response.body, b"slow")

    def test_errors_do_not_raise(self):
        response = self.fetch("/nowhere")
        self.assertEqual(response.code, 404)
        self.assertTrue(response.error is not None)
        self.http_client.fetch(self.get_url("/nowhere"), self.stop)
        self.assertEqual(self.wait().error.code, 404)

    def test_arguments(self):
        response = self.fetch("/echo", method="POST", body=b"data", headers={"X-A": "b"})
        self.assertEqual(response.body, b"data")
        self.assertEqual(response.headers["X-Method"], "POST")
        self.assertEqual(self.fetch("/echo", method="PUT", body=b"").code, 409)

    def test_assertion_in_a_callback(self):
        def check(response):
            try:
                self.assertEqual(response.body, b"something else")
            except AssertionError:
                self.stop("noticed")

        self.http_client.fetch(self.get_url("/"), check)
        self.assertEqual(self.wait(), "noticed")

    def test_two_at_once(self):
        bodies = []

        def on_response(response):
            bodies.append(response.body)
            self.stop()

        self.http_client.fetch(self.get_url("/slow"), on_response)
        self.http_client.fetch(self.get_url("/"), on_response)
        self.wait(condition=lambda: len(bodies) == 2)
        self.assertEqual(sorted(bodies), [b"Hello, world", b"slow"])

    def test_port(self):
        self.assertEqual(self.get_url("/a"), "http://127.0.0.1:%d/a" % self.get_http_port())


class OwnServerTest(AsyncTestCase, LogTrapTestCase):
    """Programs that needed more than one server made them by hand."""

    def setUp(self):
        super(OwnServerTest, self).setUp()
        self.port = get_unused_port()
        self.server = HTTPServer(Application([("/", HelloHandler)]), io_loop=self.io_loop)
        self.server.listen(self.port, address="127.0.0.1")
        self.client = AsyncHTTPClient(io_loop=self.io_loop)

    def tearDown(self):
        self.server.stop()
        super(OwnServerTest, self).tearDown()

    def test_hello(self):
        self.client.fetch("http://127.0.0.1:%d/" % self.port, self.stop)
        self.assertEqual(self.wait().body, b"Hello, world")


class SharedLoopTest(AsyncHTTPTestCase):
    def get_new_ioloop(self):
        return IOLoop.instance()

    def get_app(self):
        return Application([("/", HelloHandler)])

    def test_one(self):
        self.assertEqual(self.fetch("/").body, b"Hello, world")

    def test_two(self):
        self.assertTrue(self.io_loop is IOLoop.instance())
        self.assertEqual(self.fetch("/").body, b"Hello, world")


if __name__ == "__main__":
    unittest.main()
