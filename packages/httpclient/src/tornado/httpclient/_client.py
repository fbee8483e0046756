"""AsyncHTTPClient: the face of every implementation.

Laws:
1. What a program gets wrong by calling is raised at once; what is wrong with a request, or with the
   peer, comes out of the future, and in the style of 2009 in ``response.error``.
2. Cancelling the future of a fetch ends the exchange and frees its connection. Nobody else holds
   the fetch: there is no task behind it.
3. The extension seam is ``fetch_impl``, and nothing else of an implementation is called but
   ``initialize`` and ``close``.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from contextvars import ContextVar
from functools import partial
from typing import TYPE_CHECKING, Any, Self, TypeVar

from tornado.httpclient._instances import PerLoop
from tornado.httpclient._request import HTTPRequest, _RequestProxy
from tornado.httpclient._response import HTTPResponse
from tornado.httpclient._validate import check_defaults, checked
from tornado.ioloop import IOLoop
from tornado.stack_context import wrap
from tornado.util import Configurable

if TYPE_CHECKING:
    from http.cookiejar import CookieJar

    from tornado.httpclient._journey import Journey

Callback = Callable[[HTTPResponse], object]
T = TypeVar("T", bound="AsyncHTTPClient")

_given_loop: ContextVar[IOLoop | None] = ContextVar("loop of a new client", default=None)


class Fetch(asyncio.Future[HTTPResponse]):
    """The future of one fetch. Cancelling it ends the exchange."""

    _exchange: Any = None
    _raise_error = True
    _callback: Callback | None = None

    def deliver(self, response: HTTPResponse) -> None:
        """Ends the fetch with the final response."""
        self._exchange = None
        callback = self._callback
        if callback is not None:
            callback(response)
        if self.done():  # cancelled, or the loop is closing
            return
        error = response.error
        if error is None or not (self._raise_error or not response._answered):
            self.set_result(response)
            return
        if isinstance(error, (asyncio.CancelledError, StopIteration)):
            # Of a callback. Futures do not take the one, and the other would be told on as the
            # cancellation of who awaits the fetch.
            told = RuntimeError(f"a callback of the fetch ended by {type(error).__name__}")
            told.__cause__ = error
            error = told
        self.set_exception(error)
        if callback is not None:
            self.exception()  # it is told already

    def cancel(self, msg: Any | None = None) -> bool:
        if not super().cancel(msg):
            return False
        exchange, self._exchange = self._exchange, None
        if exchange is not None:
            exchange.cancel()
        return True


class AsyncHTTPClient(Configurable):
    """An HTTP client that does not block.

    ::

        response = await AsyncHTTPClient().fetch("http://example.com/")

    The constructor gives the one client of its class that the current loop has, making it if
    needed; its arguments count when it is made. ``force_instance=True`` makes a client that belongs
    to the caller alone, to be used with ``async with`` or to be closed.

    Arguments that every implementation understands:

    :arg max_clients: how many fetches may be under way at once. Default 10; more wait.
    :arg defaults: a dict of settings for requests that do not make them, such as
        ``{"user_agent": "Tea/1.0", "connect_timeout": 5}``.
    :arg cookie_jar: an ``http.cookiejar.CookieJar`` to send cookies from and keep them in. Default:
        cookies are nobody's business.

    Programs of every era: ``AsyncHTTPClient(io_loop)`` is the client of that loop;
    ``max_simultaneous_connections`` is accepted and has no effect.
    """

    io_loop: IOLoop
    defaults: dict[str, Any]
    cookie_jar: CookieJar | None = None
    _closed = False
    _waiting: set[Journey] | None = None  # before they try again
    _shared_in: PerLoop | None = None

    @classmethod
    def configurable_base(cls) -> type[Configurable]:
        return AsyncHTTPClient

    @classmethod
    def configurable_default(cls) -> type[Configurable]:
        from tornado.simple_httpclient import SimpleAsyncHTTPClient  # it stands on this module

        return SimpleAsyncHTTPClient

    @classmethod
    def _async_clients(cls) -> PerLoop:
        """The clients of this class that are shared, by loop."""
        found: PerLoop | None = vars(cls).get("_shared")
        if found is None:
            found = PerLoop()
            cls._shared = found  # type: ignore[attr-defined]  # not inherited, so not declared
        return found

    def __new__(
        cls: type[T],
        *args: Any,
        io_loop: IOLoop | None = None,
        force_instance: bool = False,
        max_simultaneous_connections: int | None = None,
        **kwargs: Any,
    ) -> T:
        # The first argument was io_loop, and later force_instance; max_clients was the second.
        for arg in args:
            if isinstance(arg, bool):
                force_instance = arg
            elif isinstance(arg, int):
                kwargs["max_clients"] = arg
            elif arg is not None:
                io_loop = arg
        loop = io_loop or IOLoop.current()
        shared = None if force_instance else cls._async_clients()
        if shared is not None and loop in shared:
            found: T = shared[loop]
            return found
        token = _given_loop.set(loop)
        try:
            client: T = super().__new__(cls, **kwargs)
        finally:
            _given_loop.reset(token)
        if shared is not None:
            client._shared_in = shared
            shared[loop] = client
        return client

    def initialize(
        self, defaults: dict[str, Any] | None = None, cookie_jar: CookieJar | None = None
    ) -> None:
        """Takes the place of ``__init__``: implementations take their arguments here, and call
        this one with ``defaults`` and ``cookie_jar``."""
        self.io_loop = _given_loop.get() or IOLoop.current()
        self.defaults = dict(HTTPRequest._DEFAULTS)
        if defaults is not None:
            self.defaults.update(defaults)
            if "use_gzip" in defaults:
                self.defaults["decompress_response"] = self.defaults.pop("use_gzip")
            check_defaults(self.defaults)
        if cookie_jar is not None:
            self.cookie_jar = cookie_jar
        self._waiting = set()

    def close(self) -> None:
        """Frees what the client holds; fetches under way fail. May be called twice.

        Nobody needs to close the client that a loop shares, unless the loop is closed and the
        program goes on.
        """
        if self._closed:
            return
        self._closed = True
        shared, self._shared_in = self._shared_in, None
        if shared is not None and shared.get(self.io_loop) is self:
            del shared[self.io_loop]
        for journey in list(self._waiting or ()):
            journey.client_closed()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *exc_info: object) -> None:
        self.close()

    def fetch(
        self,
        request: str | HTTPRequest,
        raise_error: Any = True,
        callback: Any = None,
        **kwargs: Any,
    ) -> asyncio.Future[HTTPResponse]:
        """Fetches a URL or an HTTPRequest. The result is an HTTPResponse.

        With a URL, keyword arguments are those of HTTPRequest. A status other than 200 to 299
        raises an HTTPClientError, as does everything that keeps the answer from coming; with
        ``raise_error=False`` the response is returned whatever its status, and only what keeps it
        from coming is raised.

        In the style of 2009, ``fetch(request, callback)``, ``callback(response)`` is called by the
        loop, and everything that went wrong is in ``response.error``. It goes on wherever the
        future, which is returned too, is not awaited.

        Raises at once: RuntimeError when the client is closed or belongs to another loop,
        ValueError for arguments beside an HTTPRequest. A request that cannot be sent is a
        ValueError of the future.
        """
        if raise_error is not True and not isinstance(raise_error, bool):
            # Before raise_error came first, callback did.
            raise_error, callback = callback is not False, raise_error
        if self._closed:
            raise RuntimeError("fetch() was called on a client that is closed")
        if not isinstance(request, HTTPRequest):
            request = HTTPRequest(request, **kwargs) if kwargs else HTTPRequest._bare(request)
        elif kwargs:
            raise ValueError(
                f"arguments go into the HTTPRequest that is given: {', '.join(kwargs)} cannot be "
                "told beside it"
            )
        view = _RequestProxy(request, self.defaults)
        loop = self.io_loop.asyncio_loop
        running = asyncio._get_running_loop()
        if running is not loop and running is not None:
            raise RuntimeError(
                "this client belongs to a loop that is not the running one: call AsyncHTTPClient() "
                "where it is used, within the loop"
            )
        future = Fetch(loop=loop)
        if not raise_error:
            future._raise_error = False
        if callback is not None:
            future._callback = partial(self.io_loop.add_callback, wrap(callback))
        try:
            view.url = checked(view).text
            exchange = self.fetch_impl(view, future.deliver)
        except Exception as error:
            future.deliver(HTTPResponse(request, 599, error=error))
        else:
            if exchange is not None and not future.done():
                future._exchange = exchange
        return future

    def fetch_impl(self, request: Any, callback: Callable[[HTTPResponse], None]) -> Any:
        """Performs a request: what an implementation writes.

        ``request`` has the attributes of an HTTPRequest with the client's defaults filled in, has
        been checked, and its headers may be changed. ``callback(response)`` is to be called once,
        at once or later, with an HTTPResponse of code 599 and an ``error`` if there is no answer.
        Redirects are followed here. If something is returned that has a method ``cancel``, that is
        called when nobody waits any more; ``callback`` need not be called then.
        """
        raise NotImplementedError(f"{type(self).__name__} must define fetch_impl()")

    @classmethod
    def configure(cls, impl: str | type[Any] | None, **kwargs: Any) -> None:
        """Chooses the class of which ``AsyncHTTPClient()`` makes clients, and arguments for them.

        ``impl`` is a subclass, its dotted name, or None for the default, which is
        ``tornado.simple_httpclient.SimpleAsyncHTTPClient``::

            AsyncHTTPClient.configure("tornado.curl_httpclient.CurlAsyncHTTPClient", max_clients=50)

        Clients that exist stay what they are.
        """
        super().configure(impl, **kwargs)
