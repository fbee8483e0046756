"""AsyncHTTPTestCase and its relatives: the server, the client, and what becomes of them."""

# ruff: noqa: PT027
# The methods of unittest are part of what is tested.

import asyncio
import gc
import socket
import ssl

import pytest

from tornado.httpclient import AsyncHTTPClient, HTTPClientError
from tornado.httpserver import HTTPServer
from tornado.ioloop import IOLoop
from tornado.testing import (
    AsyncHTTPSTestCase,
    AsyncHTTPTestCase,
    IsolatedAsyncHTTPTestCase,
    gen_test,
)
from tornado.web import Application, RequestHandler


class Hello(RequestHandler):
    def get(self):
        self.set_header("X-Agent", self.request.headers.get("User-Agent", "none"))
        self.write(f"Hello, {self.request.protocol}")


class Never(RequestHandler):
    async def get(self):
        await asyncio.sleep(3600)


class Schedules(RequestHandler):
    """What it schedules fails after the response."""

    def get(self):
        IOLoop.current().add_callback(lambda: 1 / 0)


def make_app():
    return Application(
        [("/", Hello), ("/never", Never), ("/schedules", Schedules)],
        log_function=lambda handler: None,
    )


def test_the_server_and_the_client(run_case):
    class Case(AsyncHTTPTestCase):
        def get_app(self):
            # Here the addresses are known, and the client.
            assert self.get_url("/").startswith("http://127.0.0.1:")
            assert isinstance(self.http_client, AsyncHTTPClient)
            self.app = make_app()
            return self.app

        def test_parts(self):
            assert self._app is self.app
            assert isinstance(self.http_server, HTTPServer)
            assert self.get_protocol() == "http"
            assert self.get_url("/a?b") == f"http://127.0.0.1:{self.get_http_port()}/a?b"
            assert self.fetch("/").body == b"Hello, http"

        @gen_test
        async def test_the_client_of_the_loop_is_the_same(self):
            assert AsyncHTTPClient() is self.http_client

        def test_errors(self):
            assert self.fetch("/nowhere").code == 404
            with self.assertRaises(HTTPClientError) as caught:
                self.fetch("/nowhere", raise_error=True)
            assert caught.exception.code == 404

        def test_whole_addresses(self):
            assert self.fetch(self.get_url("/")).code == 200

        def test_nobody_listens(self):
            with socket.socket() as bound:
                bound.bind(("127.0.0.1", 0))
                with self.assertRaises(ConnectionRefusedError):
                    self.fetch(f"http://127.0.0.1:{bound.getsockname()[1]}/")

    result = run_case(Case)
    assert result.wasSuccessful(), result.errors


def test_time_is_limited(run_case, monkeypatch):
    class Case(AsyncHTTPTestCase):
        def get_app(self):
            return make_app()

        def test_it(self):
            self.fetch("/never")

    monkeypatch.setenv("ASYNC_TEST_TIMEOUT", "0.05")
    ((_, text),) = run_case(Case).errors
    assert "TimeoutError" in text


def test_all_parts_can_be_chosen(run_case):
    class Case(AsyncHTTPTestCase):
        def get_app(self):
            return lambda request: None

        def get_http_server(self):
            return HTTPServer(make_app(), **self.get_httpserver_options())

        def get_http_client(self):
            return AsyncHTTPClient(force_instance=True, defaults={"user_agent": "mine"})

        def get_httpserver_options(self):
            return {"no_keep_alive": True}

        def test_it(self):
            response = self.fetch("/")
            assert response.code == 200
            assert response.headers["Connection"] == "close"
            assert response.headers["X-Agent"] == "mine"

    result = run_case(Case)
    assert result.wasSuccessful(), result.errors


def test_nothing_is_left_open(run_case):
    """Nor does a client that keeps its connection, or a request that nobody answers, hold it up."""
    seen = []

    class Case(AsyncHTTPTestCase):
        def get_app(self):
            return make_app()

        def test_it(self):
            idle = socket.create_connection(("127.0.0.1", self.get_http_port()))
            waiting = socket.create_connection(("127.0.0.1", self.get_http_port()))
            waiting.send(b"GET /never HTTP/1.1\r\nHost: a\r\n\r\n")
            assert self.fetch("/").code == 200
            seen.extend([idle, waiting, self.get_http_port(), self.http_client])

    result = run_case(Case)
    assert result.wasSuccessful(), result.errors
    idle, waiting, port, client = seen
    with idle, waiting:
        assert idle.recv(1) == b""
        assert waiting.recv(1) == b""
    with pytest.raises(ConnectionRefusedError):
        socket.create_connection(("127.0.0.1", port))
    with pytest.raises(RuntimeError):
        client.fetch("http://127.0.0.1/")
    gc.collect()  # and no ResourceWarning


def test_get_app_is_asked_for(traceback_of):
    class Case(AsyncHTTPTestCase):
        def test_it(self):
            raise AssertionError("never reached")

    assert "Case needs a method get_app()" in traceback_of(Case)
    gc.collect()  # no ResourceWarning of the socket


def test_what_a_handler_schedules_counts(traceback_of, expect_log):
    class Case(AsyncHTTPTestCase):
        def get_app(self):
            return make_app()

        @gen_test
        async def test_it(self):
            await self.http_client.fetch(self.get_url("/schedules"))

    with expect_log("tornado.application", "Exception in callback"):
        assert "ZeroDivisionError" in traceback_of(Case)


def test_tls(run_case):
    class Case(AsyncHTTPSTestCase):
        def get_app(self):
            return make_app()

        def test_it(self):
            assert self.get_url("/").startswith("https://127.0.0.1:")
            assert self.fetch("/").body == b"Hello, https"

        def test_the_certificate_is_a_good_one(self):
            """For those who check it, in the strictest way the ssl module has."""
            context = ssl.create_default_context(cafile=self.default_ssl_options()["certfile"])
            context.verify_flags |= ssl.VERIFY_X509_STRICT

            def shake_hands(name):
                address = ("127.0.0.1", self.get_http_port())
                with (
                    socket.create_connection(address) as plain,
                    context.wrap_socket(plain, server_hostname=name) as secure,
                ):
                    return secure.getpeercert()["notAfter"]

            for name in ("localhost", "127.0.0.1"):

                async def ask(name=name):
                    return await asyncio.to_thread(shake_hands, name)

                assert self.io_loop.run_sync(ask).endswith("2120 GMT")

    result = run_case(Case)
    assert result.wasSuccessful(), result.errors


def test_tls_of_ones_own(run_case):
    made = []

    class Case(AsyncHTTPSTestCase):
        def get_app(self):
            return make_app()

        def get_ssl_options(self):
            context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
            context.load_cert_chain(**AsyncHTTPSTestCase.default_ssl_options())
            made.append(context)
            return context

        def test_it(self):
            assert self.fetch("/").code == 200

    assert run_case(Case).wasSuccessful()
    assert len(made) == 1


def test_isolated(run_case, expect_log):
    """The test case of the standard library, with a server."""

    class Case(IsolatedAsyncHTTPTestCase):
        def get_app(self):
            return make_app()

        async def asyncSetUp(self):
            await super().asyncSetUp()
            self.first = await self.fetch("/")

        async def test_passes(self):
            assert self.first.body == b"Hello, http"
            assert (await self.fetch("/nowhere")).code == 404
            with self.assertRaises(HTTPClientError):
                await self.fetch("/nowhere", raise_error=True)

        async def test_fails(self):
            await self.fetch("/schedules")
            await asyncio.sleep(0.01)

    with expect_log("tornado.application", "Exception in callback"):
        result = run_case(Case)
    ((test, text),) = result.errors
    assert test._testMethodName == "test_fails"
    assert text.endswith("ZeroDivisionError: division by zero\n")


def test_isolated_without_an_app(run_case):
    class Case(IsolatedAsyncHTTPTestCase):
        async def test_it(self):
            raise AssertionError("never reached")

    ((_, text),) = run_case(Case).errors
    assert "Case needs a method get_app()" in text
