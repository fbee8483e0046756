"""AsyncHTTPClient: one per loop, its future, the callbacks of 2009, and canceling."""

from __future__ import annotations

import asyncio
import gc
import weakref
from collections.abc import Callable
from typing import Any

import pytest

from tornado import gen
from tornado.httpclient import (
    AsyncHTTPClient,
    HTTPClientError,
    HTTPError,
    HTTPRequest,
    HTTPResponse,
    HTTPStreamClosedError,
)
from tornado.httputil import HTTPHeaders, HTTPInputError
from tornado.ioloop import IOLoop
from tornado.simple_httpclient import SimpleAsyncHTTPClient
from tornado.stack_context import StackContext
from tornado.util import Configurable

OK = b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello"
NOT_FOUND = b"HTTP/1.1 404 Nowhere\r\nContent-Length: 4\r\n\r\ngone"


class Exchange:
    canceled = False

    def cancel(self) -> None:
        self.canceled = True


class Fake(AsyncHTTPClient):
    """What other people write: fetch_impl, and nothing else. Answers what ``answer`` gives."""

    answer: Callable[[Any], HTTPResponse | None] = staticmethod(
        lambda request: HTTPResponse(request, 200, buffer=b"fake")
    )
    requests: list[Any]

    def initialize(self, extra: Any = None, **kwargs: Any) -> None:
        super().initialize(**kwargs)
        self.extra = extra
        self.requests = []

    def fetch_impl(self, request: Any, callback: Callable[[HTTPResponse], None]) -> Any:
        self.requests.append(request)
        self.exchange = Exchange()
        response = self.answer(request)
        if response is not None:
            IOLoop.current().add_callback(callback, response)
        return self.exchange


def answering(answer: Callable[[Any], Any], **kwargs: Any) -> Fake:
    client = Fake(force_instance=True, **kwargs)
    client.answer = answer
    return client


def never(request: Any) -> None:
    return None


@pytest.fixture
def configured():
    saved = AsyncHTTPClient._save_configuration()
    yield AsyncHTTPClient.configure
    AsyncHTTPClient._restore_configuration(saved)


# -- instances


async def test_one_client_for_each_class_and_loop():
    first = AsyncHTTPClient()
    assert type(first) is SimpleAsyncHTTPClient
    assert AsyncHTTPClient() is first
    assert AsyncHTTPClient(max_clients=99) is first
    assert Fake() is Fake()
    assert Fake() is not first
    assert AsyncHTTPClient(force_instance=True) is not first
    assert AsyncHTTPClient(True) is not first
    assert first.io_loop is IOLoop.current()
    Fake().close()
    first.close()
    assert AsyncHTTPClient() is not first
    AsyncHTTPClient().close()


async def test_the_map_of_the_clients():
    clients = AsyncHTTPClient._async_clients()
    client = AsyncHTTPClient()
    assert clients[IOLoop.current()] is client
    assert list(clients) == [IOLoop.current()]
    assert Fake._async_clients() is not clients
    clients.clear()
    assert len(clients) == 0
    assert AsyncHTTPClient() is not client
    client.close()
    assert len(clients) == 1
    AsyncHTTPClient().close()
    assert len(clients) == 0


def test_a_loop_that_is_forgotten_takes_its_clients_along():
    async def use() -> tuple[Any, Any]:
        client = AsyncHTTPClient()
        return weakref.ref(client), weakref.ref(IOLoop.current())

    refs = asyncio.run(use())
    gc.collect()
    assert [ref() for ref in refs] == [None, None]


async def test_the_arguments_of_older_programs():
    loop = IOLoop(make_current=False)
    client = Fake(loop)
    assert client.io_loop is loop
    assert client is Fake(io_loop=loop)
    assert client is not Fake(IOLoop.current())
    simple: Any = AsyncHTTPClient(IOLoop.current(), 7, force_instance=True)
    assert simple.max_clients == 7
    simple.close()
    simple = AsyncHTTPClient(None, max_simultaneous_connections=3, force_instance=True)
    assert simple.max_clients == 10
    simple.close()
    Fake().close()
    client.close()
    loop.close()


def test_curl_error_is_found_where_it_was_in_2009():
    pytest.importorskip("pycurl")
    from tornado import curl_httpclient, httpclient

    assert httpclient.CurlError is curl_httpclient.CurlError
    with pytest.raises(AttributeError):
        httpclient.NothingOfTheKind  # noqa: B018  # the access is the test


async def test_configure(configured):
    configured(Fake, extra="e")
    client: Any = AsyncHTTPClient(force_instance=True)
    assert type(client) is Fake
    assert client.extra == "e"
    client = AsyncHTTPClient(force_instance=True, extra="mine")
    assert client.extra == "mine"
    configured("tornado.simple_httpclient.SimpleAsyncHTTPClient", max_clients=3)
    client = AsyncHTTPClient(force_instance=True)
    assert client.max_clients == 3
    client.close()
    configured(None)
    assert AsyncHTTPClient.configured_class() is SimpleAsyncHTTPClient
    with pytest.raises(ValueError, match="expected a subclass of"):
        configured(Configurable)
    with pytest.raises(ImportError):
        configured("tornado.httpclient.NothingOfTheKind")


async def test_async_with_closes():
    async with AsyncHTTPClient(force_instance=True) as client:
        assert not client._closed
    with pytest.raises(RuntimeError, match="closed"):
        client.fetch("http://a/")
    client.close()


async def test_a_client_that_is_closed_while_it_fetches(scripted):
    async def silent(reader, writer):
        await reader.read()

    server = await scripted(silent)
    client = AsyncHTTPClient(force_instance=True)
    future = client.fetch(f"http://127.0.0.1:{server.port}/")
    while not server.connections:
        await asyncio.sleep(0.001)
    client.close()
    with pytest.raises(HTTPStreamClosedError):
        await future


# -- fetch


async def test_fetch(canned):
    server = await canned(OK)
    async with AsyncHTTPClient(force_instance=True) as client:
        response = await client.fetch(f"http://127.0.0.1:{server.port}/")
        assert (response.code, response.reason, response.body) == (200, "OK", b"hello")
        request = HTTPRequest(f"http://127.0.0.1:{server.port}/", "POST", body="x")
        response = await client.fetch(request)
        assert response.request is request


async def test_errors_are_raised_unless_they_are_not_wanted(canned):
    server = await canned(NOT_FOUND)
    url = f"http://127.0.0.1:{server.port}/"
    async with AsyncHTTPClient(force_instance=True) as client:
        with pytest.raises(HTTPError, match="HTTP 404: Nowhere") as raised:
            await client.fetch(url)
        assert raised.value.response.body == b"gone"
        for response in (
            await client.fetch(url, raise_error=False),
            await client.fetch(url, False),
            await client.fetch(url, None, False),
        ):
            assert response.code == 404
            assert isinstance(response.error, HTTPClientError)


async def test_a_response_that_was_raised_is_freed_at_once(canned):
    server = await canned(NOT_FOUND)
    async with AsyncHTTPClient(force_instance=True) as client:
        gc.disable()
        try:
            try:
                await client.fetch(f"http://127.0.0.1:{server.port}/")
            except HTTPError as error:
                raised = weakref.ref(error.response)
            await asyncio.sleep(0)  # what woke this task up holds the future
            await asyncio.sleep(0)
            assert raised() is None
        finally:
            gc.enable()


async def test_no_answer_is_raised_even_so():
    client = answering(
        lambda r: HTTPResponse(r, 599, error=HTTPStreamClosedError("gone"), request_time=1)
    )
    with pytest.raises(HTTPStreamClosedError):
        await client.fetch("http://a/", raise_error=False)


async def test_a_304_is_an_error_as_ever():
    client = answering(lambda r: HTTPResponse(r, 304))
    with pytest.raises(HTTPError, match="304"):
        await client.fetch("http://a/")


async def test_a_request_that_cannot_be_sent_is_an_error_of_the_future():
    client = answering(never)
    for settings, kind in (({}, ValueError), ({"method": "X"}, KeyError)):
        future = client.fetch("nonsense" if not settings else "http://a/", **settings)
        with pytest.raises(kind):
            await future
    assert client.requests == []
    future = client.fetch(5)  # type: ignore[arg-type]  # the mistake that is tested
    with pytest.raises(ValueError, match="a URL is a str, got int"):
        await future


async def test_misuse_is_raised_at_once():
    client = answering(never)
    with pytest.raises(ValueError, match="connect_timeout"):
        client.fetch(HTTPRequest("http://a/"), connect_timeout=1)
    with pytest.raises(TypeError):
        client.fetch("http://a/", no_such_setting=1)


def test_in_another_loop_it_says_what_to_do():
    async def use(client: AsyncHTTPClient) -> None:
        with pytest.raises(RuntimeError, match="within the loop"):
            client.fetch("http://a/")

    loop = IOLoop(make_current=False)
    client = Fake(loop)
    asyncio.run(use(client))
    client.close()
    loop.close()


def test_a_fetch_begun_before_the_loop_runs():
    loop = IOLoop()
    client = Fake(force_instance=True)
    got: list[HTTPResponse] = []

    def answer(response: HTTPResponse) -> None:
        got.append(response)
        loop.stop()

    client.fetch("http://a/", answer)
    loop.start()
    assert got[0].body == b"fake"
    loop.close()
    IOLoop.clear_current()


async def test_an_implementation_that_raises():
    def broken(request: Any) -> Any:
        raise OSError("broken")

    with pytest.raises(OSError, match="broken"):
        await answering(broken).fetch("http://a/")


async def test_an_implementation_that_answers_at_once():
    class Quick(AsyncHTTPClient):
        def fetch_impl(self, request: Any, callback: Any) -> None:
            callback(HTTPResponse(request, 200, buffer=b"quick"))

    response = await Quick(force_instance=True).fetch("http://a/")
    assert response.body == b"quick"


async def test_what_an_implementation_sees():
    client = answering(
        lambda r: HTTPResponse(r, 200), defaults={"user_agent": "mine", "use_gzip": False}
    )
    given = HTTPRequest("http://bücher.example/ü", headers={"a": "b"})
    response = await client.fetch(given)
    seen = client.requests[0]
    assert seen.url == "http://xn--bcher-kva.example/%C3%BC"
    assert seen.user_agent == "mine"
    assert seen.decompress_response is False
    assert seen.connect_timeout == 20
    assert isinstance(seen.headers, HTTPHeaders)
    assert given.headers == {"a": "b"}
    assert given.user_agent is None
    assert response.request is given


async def test_header_splitting_never_leaves(canned):
    server = await canned(OK)
    async with AsyncHTTPClient(force_instance=True) as client:
        for headers in ({"A": "x\r\nB: y"}, {"A\r\nB": "x"}):
            with pytest.raises(ValueError):
                await client.fetch(f"http://127.0.0.1:{server.port}/", headers=headers)
        request = HTTPRequest(f"http://127.0.0.1:{server.port}/")
        with pytest.raises(HTTPInputError):
            request.headers["A"] = "x\r\nB: y"
    assert server.connections == 0


# -- canceling


async def test_nor_by_a_setting_of_a_class_or_a_client(canned):
    class Request(HTTPRequest):
        user_agent = "Tea\r\nInjected: 1"

    server = await canned(OK)
    async with AsyncHTTPClient(force_instance=True) as client:
        with pytest.raises(ValueError, match="User-Agent"):
            await client.fetch(Request(f"http://127.0.0.1:{server.port}/"))
    assert server.received == []
    with pytest.raises(ValueError, match="User-Agent"):
        AsyncHTTPClient(force_instance=True, defaults={"user_agent": "Tea\r\nInjected: 1"})


async def test_canceling_ends_the_exchange():
    client = answering(never)
    future = client.fetch("http://a/")
    assert future.cancel()
    assert client.exchange.canceled
    assert not future.cancel()
    with pytest.raises(asyncio.CancelledError):
        await future


async def test_a_time_limit_around_a_fetch_ends_the_exchange():
    client = answering(never)
    with pytest.raises(TimeoutError):
        async with asyncio.timeout(0.01):
            await client.fetch("http://a/")
    assert client.exchange.canceled


async def test_canceling_a_task_closes_the_connection(scripted):
    closed = asyncio.Event()

    async def silent(reader, writer):
        await reader.read()
        closed.set()

    server = await scripted(silent)
    async with AsyncHTTPClient(force_instance=True) as client:
        task = asyncio.ensure_future(
            _fetch(client, f"http://127.0.0.1:{server.port}/", request_timeout=0)
        )
        while not server.connections:
            await asyncio.sleep(0.001)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        await asyncio.wait_for(closed.wait(), 5)


async def _fetch(client: AsyncHTTPClient, url: str, **settings: Any) -> HTTPResponse:
    return await client.fetch(url, **settings)


async def test_an_answer_that_comes_too_late_is_dropped():
    client = answering(lambda r: HTTPResponse(r, 500))
    future = client.fetch("http://a/")
    future.cancel()
    await asyncio.sleep(0)
    await asyncio.sleep(0)
    assert future.cancelled()


# -- the styles of all eras


async def called_back(fetch: Callable[[Callable[..., None]], Any]) -> HTTPResponse:
    """What the callback gets; the future is left to itself."""
    answer: asyncio.Future[HTTPResponse] = asyncio.get_running_loop().create_future()
    returned = fetch(answer.set_result)
    assert not answer.done(), "called before fetch() had returned"
    response = await asyncio.wait_for(answer, 5)
    assert returned.done()
    return response


async def test_a_callback(canned):
    server = await canned(OK)
    url = f"http://127.0.0.1:{server.port}/"
    async with AsyncHTTPClient(force_instance=True) as client:
        for fetch in (
            lambda cb: client.fetch(url, cb),
            lambda cb: client.fetch(url, callback=cb),
            lambda cb: client.fetch(url, cb, True),
            lambda cb: client.fetch(url, cb, method="POST", body="{}", headers={"A": "b"}),
            lambda cb: client.fetch(HTTPRequest(url), cb),
        ):
            response = await called_back(fetch)
            assert (response.code, response.error, response.body) == (200, None, b"hello")


async def test_a_callback_gets_every_error_in_the_response():
    statuses = answering(lambda r: HTTPResponse(r, 500))
    response = await called_back(lambda cb: statuses.fetch("http://a/", cb))
    assert response.code == 500
    assert isinstance(response.error, HTTPError)
    gone = answering(lambda r: HTTPResponse(r, 599, error=HTTPStreamClosedError("gone")))
    response = await called_back(lambda cb: gone.fetch("http://a/", cb))
    assert isinstance(response.error, HTTPStreamClosedError)
    response = await called_back(lambda cb: gone.fetch("nonsense", cb))
    assert response.code == 599
    assert isinstance(response.error, ValueError)
    with pytest.raises(ValueError):
        response.rethrow()


async def test_a_callback_that_fails_is_logged(expect_log):
    client = answering(lambda r: HTTPResponse(r, 200))

    def broken(response: HTTPResponse) -> None:
        raise ZeroDivisionError

    with expect_log("tornado.application", "ZeroDivisionError"):
        await client.fetch("http://a/", broken)
        await asyncio.sleep(0.01)


async def test_a_callback_keeps_the_stack_context():
    entered: list[str] = []

    class Noting:
        def __enter__(self) -> None:
            entered.append("in")

        def __exit__(self, *exc_info: object) -> None:
            entered.append("out")

    client = answering(lambda r: HTTPResponse(r, 200))
    answer: asyncio.Future[list[str]] = asyncio.get_running_loop().create_future()
    with StackContext(Noting):
        client.fetch("http://a/", lambda response: answer.set_result(list(entered)))
    assert entered == ["in", "out"]
    entered.clear()
    assert (await answer)[-1] == "in"


async def test_generators_of_every_era():
    client = answering(lambda r: HTTPResponse(r, 200, buffer=b"fake"))

    @gen.coroutine
    def of_2014():
        response = yield client.fetch("http://a/")
        several = yield [client.fetch("http://a/1"), client.fetch("http://a/2")]
        raise gen.Return((response.body, len(several)))

    assert await of_2014() == (b"fake", 2)
    answer: asyncio.Future[Any] = asyncio.get_running_loop().create_future()

    @gen.engine
    def of_2012():
        response = yield gen.Task(client.fetch, "http://a/")
        client.fetch("http://a/", callback=(yield gen.Callback("key")))
        again = yield gen.Wait("key")
        answer.set_result((response.body, again.code))

    of_2012()
    assert await answer == (b"fake", 200)


async def test_a_hundred_at_once(canned):
    server = await canned(OK)
    async with AsyncHTTPClient(force_instance=True) as client:
        responses = await asyncio.gather(
            *[client.fetch(f"http://127.0.0.1:{server.port}/{n}") for n in range(100)]
        )
    assert {response.body for response in responses} == {b"hello"}
    assert server.connections <= 10
