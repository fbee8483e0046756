"""async def, awaited; and the asynchronous test case of the standard library."""

# ruff: noqa: PT009, PT027

import asyncio
import contextvars

from tornado.httpclient import HTTPClientError
from tornado.ioloop import IOLoop
from tornado.testing import (
    AsyncHTTPSTestCase,
    AsyncHTTPTestCase,
    IsolatedAsyncHTTPTestCase,
    gen_test,
    main,
)
from tornado.web import Application, RequestHandler

user = contextvars.ContextVar("user", default="nobody")


class Hello(RequestHandler):
    async def get(self, name: str) -> None:
        await asyncio.sleep(0)
        self.write(f"Hello, {name}")


def make_app() -> Application:
    return Application([(r"/hello/(\w+)", Hello)])


class HelloTest(AsyncHTTPTestCase):
    def get_app(self) -> Application:
        return make_app()

    def test_fetch(self) -> None:
        self.assertEqual(self.fetch("/hello/you").body, b"Hello, you")

    def test_fetch_raises(self) -> None:
        with self.assertRaises(HTTPClientError) as caught:
            self.fetch("/nowhere", raise_error=True)
        self.assertEqual(caught.exception.code, 404)

    def test_whole_address(self) -> None:
        self.assertEqual(self.fetch(self.get_url("/hello/me")).body, b"Hello, me")

    @gen_test
    async def test_await(self) -> None:
        response = await self.http_client.fetch(self.get_url("/hello/you"))
        self.assertEqual(response.body, b"Hello, you")


class HelloTLSTest(AsyncHTTPSTestCase):
    def get_app(self) -> Application:
        return make_app()

    def test_fetch(self) -> None:
        self.assertEqual(self.fetch("/hello/you").body, b"Hello, you")


class IsolatedTest(IsolatedAsyncHTTPTestCase):
    def get_app(self) -> Application:
        return make_app()

    async def asyncSetUp(self) -> None:
        await super().asyncSetUp()
        user.set("somebody")

    async def test_fetch(self) -> None:
        self.assertEqual(user.get(), "somebody")
        response = await self.fetch("/hello/you")
        self.assertEqual(response.body, b"Hello, you")
        self.assertIs(IOLoop.current().asyncio_loop, asyncio.get_running_loop())

    async def test_client(self) -> None:
        response = await self.http_client.fetch(self.get_url("/nowhere"), raise_error=False)
        self.assertEqual(response.code, 404)


if __name__ == "__main__":
    main()
