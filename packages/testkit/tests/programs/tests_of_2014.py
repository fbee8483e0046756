"""As written for Tornado 3 and 4: gen_test, generators, futures; one suite for all."""

# ruff: noqa: PT009, PT027, SIM117

import logging
import unittest

from tornado import gen, testing
from tornado.concurrent import Future
from tornado.httpclient import HTTPError
from tornado.log import app_log
from tornado.web import Application, RequestHandler


class HelloHandler(RequestHandler):
    @gen.coroutine
    def get(self):
        yield gen.moment
        self.write("Hello")


class BrokenHandler(RequestHandler):
    def get(self):
        raise ZeroDivisionError


def make_app():
    return Application([("/", HelloHandler), ("/broken", BrokenHandler)])


class GenTest(testing.AsyncHTTPTestCase):
    def get_app(self):
        return make_app()

    @testing.gen_test
    def test_hello(self):
        response = yield self.http_client.fetch(self.get_url("/"))
        self.assertEqual(response.body, b"Hello")

    @testing.gen_test(timeout=10)
    def test_many(self):
        url = self.get_url("/")
        responses = yield [self.http_client.fetch(url) for _ in range(5)]
        self.assertEqual([r.code for r in responses], [200] * 5)

    @testing.gen_test
    def test_error(self):
        with testing.ExpectLog(app_log, "Uncaught exception GET /broken") as log:
            with self.assertRaises(HTTPError) as caught:
                yield self.http_client.fetch(self.get_url("/broken"))
        self.assertEqual(caught.exception.code, 500)
        self.assertTrue(log.logged_stack)

    @testing.gen_test
    def test_engine(self):
        response = yield gen.Task(self.http_client.fetch, self.get_url("/"))
        self.assertEqual(response.body, b"Hello")

    def test_engine_with_stop(self):
        @gen.engine
        def run(callback):
            response = yield gen.Task(self.http_client.fetch, self.get_url("/"))
            callback(response.code)

        run(self.stop)
        self.assertEqual(self.wait(), 200)

    def test_future(self):
        future = Future()
        self.io_loop.add_future(future, self.stop)
        future.set_result(5)
        self.assertEqual(self.wait().result(), 5)


class TLSTest(testing.AsyncHTTPSTestCase):
    def get_app(self):
        return make_app()

    def test_hello(self):
        self.assertTrue(self.get_url("/").startswith("https://127.0.0.1:"))
        self.assertEqual(self.fetch("/").body, b"Hello")

    @testing.gen_test
    def test_async(self):
        response = yield self.http_client.fetch(self.get_url("/"))
        self.assertEqual(response.body, b"Hello")


class OptionsTest(testing.AsyncHTTPTestCase):
    def get_app(self):
        return make_app()

    def get_httpserver_options(self):
        return {"no_keep_alive": True}

    def test_option(self):
        self.assertEqual(self.fetch("/").headers["Connection"], "close")


class LogTest(unittest.TestCase):
    def test_level(self):
        with testing.ExpectLog("tornado.general", "something", level=logging.INFO):
            logging.getLogger("tornado.general").info("something")


def all():
    return unittest.defaultTestLoader.loadTestsFromNames(
        ["%s.%s" % (__name__, case) for case in ("GenTest", "TLSTest", "OptionsTest", "LogTest")]
    )


if __name__ == "__main__":
    testing.main()
