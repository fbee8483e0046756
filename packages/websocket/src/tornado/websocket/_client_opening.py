"""A client's way to an open WebSocket: dial, ask, read the answer.

Laws:
1. However it ends, by an answer, an error, a time limit or the program that no longer wants it,
   ``connect_future`` is done once, and no stream is left open but that of an open WebSocket.
2. An answer other than 101 is read to its end, up to ``MAX_ANSWER``, and given with the error.
   Redirects are not followed: the address of a WebSocket is for the program to decide.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable, Mapping
from types import TracebackType
from typing import TYPE_CHECKING, Any
from weakref import WeakKeyDictionary

from tornado.http1connection import HTTP1Connection, HTTP1ConnectionParameters
from tornado.httpclient import (
    HTTPClientError,
    HTTPRequest,
    HTTPResponse,
    HTTPStreamClosedError,
    Phase,
)
from tornado.httpclient._dial import Dialer
from tornado.httpclient._limits import Deadline
from tornado.httpclient._route import Route
from tornado.httputil import (
    HTTPHeaders,
    HTTPMessageDelegate,
    RequestStartLine,
    ResponseStartLine,
)
from tornado.ioloop import IOLoop
from tornado.iostream import IOStream
from tornado.netutil import Resolver
from tornado.websocket._client_handshake import Agreed, Handshake, with_defaults
from tornado.websocket._errors import WebSocketHandshakeError

if TYPE_CHECKING:
    from tornado.websocket._client import WebSocketClientConnection

MAX_ANSWER = 1 << 20

# One for each loop: its contexts of TLS are made once.
_dialers: WeakKeyDictionary[asyncio.AbstractEventLoop, Dialer] = WeakKeyDictionary()


class ConnectFuture(asyncio.Future["WebSocketClientConnection"]):
    """The connection, once it is open. It can be awaited, and entered like the connection itself:
    ``async with websocket_connect(url) as connection``."""

    async def __aenter__(self) -> WebSocketClientConnection:
        return await self

    async def __aexit__(
        self,
        typ: type[BaseException] | None,
        value: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        await self.result().__aexit__(typ, value, traceback)


class Opening(HTTPMessageDelegate):
    """What a WebSocketClientConnection is until it is open. It begins at once.

    ``request``: the request with defaults filled in; ``code`` and ``headers``: of the answer.
    """

    code: int | None = None
    headers: HTTPHeaders
    _reason = ""

    def __init__(
        self,
        request: HTTPRequest,
        compression_options: Mapping[str, Any] | None,
        subprotocols: Iterable[str] | None,
        resolver: Resolver | None,
    ) -> None:
        self.request = with_defaults(request)
        self._handshake: Handshake | None = Handshake(
            self.request, subprotocols, compression_options
        )
        self._route = Route.of(self.request)
        self._resolver = resolver
        self.headers = HTTPHeaders()
        self._chunks: list[bytes] = []
        self.io_loop = IOLoop.current()
        self._loop = self.io_loop.asyncio_loop
        self._http: HTTP1Connection | None = None
        self._answer: asyncio.Future[Agreed] = self._loop.create_future()
        self.connect_future = ConnectFuture(loop=self._loop)
        task = self._loop.create_task(self.run())
        self.connect_future.add_done_callback(
            lambda future: task.cancel() if future.cancelled() else None
        )

    def _opened(self, stream: IOStream, agreed: Agreed) -> Callable[[], None]:
        """Makes the stream a WebSocket's. The result starts it."""
        raise NotImplementedError

    async def run(self) -> None:
        """Opens the connection; ``connect_future`` tells how that went."""
        future = self.connect_future
        stream: IOStream | None = None
        try:
            limit = Deadline(self.request.request_timeout, "request_timeout")
            missing = f"no WebSocket with {self._route.host}"
            async with limit.over(Phase.TOTAL, missing):
                stream = await self._dial()
                agreed = await self._ask(stream)
            start = self._opened(stream, agreed)
            if future.cancelled():
                raise asyncio.CancelledError
            # In this order: who awaits the connection has a turn before its first message comes.
            future.set_result(self)  # type: ignore[arg-type]  # its only subclass
            start()
            self._forget()
        except Exception as error:
            self._give_up(stream)
            if not future.done():
                future.set_exception(error)
        except BaseException:
            self._give_up(stream)
            future.cancel()
            raise

    def _give_up(self, stream: IOStream | None) -> None:
        if stream is not None:
            stream.close()
        self._forget()

    async def _dial(self) -> IOStream:
        times = self.request.connect_timeout, self.request.tls_timeout
        if self._resolver is None:
            dialer = _dialers.get(self._loop)
            if dialer is None:
                dialer = _dialers[self._loop] = Dialer()
            return await dialer.dial(self._route, connect_timeout=times[0], tls_timeout=times[1])
        dialer = Dialer(self._resolver)
        try:
            return await dialer.dial(self._route, connect_timeout=times[0], tls_timeout=times[1])
        finally:
            dialer.close()

    async def _ask(self, stream: IOStream) -> Agreed:
        assert self._handshake is not None
        params = HTTP1ConnectionParameters(max_body_size=MAX_ANSWER)
        http = self._http = HTTP1Connection(stream, True, params, self._route.host)
        line = RequestStartLine("GET", self._handshake.url.target, "HTTP/1.1")
        http.write_headers(line, self._handshake.headers)
        http.finish()
        http.read_response(self)
        return await self._answer

    def _forget(self) -> None:
        """What only the opening needs is given back, for connections are long."""
        self._handshake = self._http = None
        self._chunks = []

    # -- the answer

    def headers_received(self, start_line: Any, headers: HTTPHeaders) -> None:
        """The head of the server's answer."""
        line: ResponseStartLine = start_line
        self.code, self._reason = line.code, line.reason
        self.headers = headers
        if line.code != 101 or self._answer.done():  # canceled a moment ago
            return
        assert self._handshake is not None
        assert self._http is not None
        self._http.detach()
        try:
            agreed = self._handshake.check(line.code, headers)
        except WebSocketHandshakeError as error:
            error.response = self._response()
            self._settle(error)
        else:
            self._answer.set_result(agreed)

    def data_received(self, chunk: bytes) -> None:
        """A piece of the body of an answer that is not 101."""
        self._chunks.append(chunk)

    def finish(self) -> None:
        """Such an answer is complete."""
        assert self.code is not None
        response = self._response()
        if not 200 <= self.code < 300:
            self._settle(HTTPClientError(self.code, self._reason, response))
            return
        assert self._handshake is not None
        try:
            self._handshake.check(self.code, self.headers)
        except WebSocketHandshakeError as error:
            error.response = response
            self._settle(error)

    def on_connection_close(self) -> None:
        """The connection has ended before the answer was complete, or the answer is no HTTP."""
        if self._answer.done():
            return
        if self.code is not None:
            self.finish()  # with as much of its body as there is
            return
        self._settle(
            HTTPStreamClosedError(
                f"{self._route.host} has closed the connection, or sent what is not HTTP, before "
                "it answered the handshake of a WebSocket"
            )
        )

    def _settle(self, error: Exception) -> None:
        if not self._answer.done():
            self._answer.set_exception(error)

    def _response(self) -> HTTPResponse:
        return HTTPResponse(
            self.request.request,
            self.code or 0,
            headers=self.headers,
            buffer=b"".join(self._chunks),
            effective_url=self.request.url,
            reason=self._reason,
        )
