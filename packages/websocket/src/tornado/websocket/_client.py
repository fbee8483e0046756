"""WebSocketClientConnection: a WebSocket as its client sees it."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Iterable, Mapping
from functools import partial
from types import TracebackType
from typing import Any

from tornado.httpclient import HTTPRequest
from tornado.iostream import IOStream
from tornado.netutil import Resolver
from tornado.websocket._client_handshake import Agreed
from tornado.websocket._client_inbox import Inbox, Message
from tornado.websocket._client_opening import Opening
from tornado.websocket._connection import WebSocketProtocol13
from tornado.websocket._errors import WebSocketClosedError
from tornado.websocket._params import MAX_MESSAGE_SIZE, WebSocketParams
from tornado.websocket._tasks import as_task

app_log = logging.getLogger("tornado.application")


class WebSocketClientConnection(Opening):
    """An open WebSocket, as ``await websocket_connect(...)`` gives it; it is not made directly.

    Messages are read with :meth:`read_message`, with ``async for message in connection``, or by an
    ``on_message_callback``. They are str or bytes, as the server has sent them. ``async with
    connection`` closes it at the end.

    ``request``: what was asked, ``headers``: of the server's answer; ``protocol``: the
    WebSocketProtocol13, None before the connection is open. ``close_code`` and ``close_reason``:
    what the server's close frame said; None before it, without it, and where it says nothing.
    """

    protocol: WebSocketProtocol13 | None = None
    close_code: int | None = None
    close_reason: str | None = None
    _working: asyncio.Future[Any] | None = None  # the callback, if it awaits something
    _streamed: asyncio.Future[None] | None = None  # until the program asks for the next message
    _closed: asyncio.Future[None] | None = None

    def __init__(
        self,
        request: HTTPRequest,
        on_message_callback: Callable[[str | bytes | None], Any] | None = None,
        compression_options: Mapping[str, Any] | None = None,
        ping_interval: float | None = None,
        ping_timeout: float | None = None,
        max_message_size: int = MAX_MESSAGE_SIZE,
        subprotocols: Iterable[str] | None = None,
        resolver: Resolver | None = None,
        *,
        stream_messages: bool = False,
    ) -> None:
        self.params = WebSocketParams(
            ping_interval=ping_interval,
            ping_timeout=ping_timeout,
            max_message_size=max_message_size,
            compression_options=compression_options,
            in_pieces=stream_messages,
        )
        self._on_message_callback = on_message_callback
        super().__init__(request, compression_options, subprotocols, resolver)
        self._inbox = Inbox(self._loop)

    def get_websocket_protocol(self) -> WebSocketProtocol13:
        """The protocol to speak; for subclasses that speak another."""
        return WebSocketProtocol13(self, True, self.params)

    def _opened(self, stream: IOStream, agreed: Agreed) -> Callable[[], None]:
        stream.set_close_callback(self._stream_closed)
        protocol = self.get_websocket_protocol()
        protocol._subprotocol = agreed.subprotocol
        self.protocol = protocol
        return partial(protocol._start, stream, agreed.compression)

    @property
    def selected_subprotocol(self) -> str | None:
        """The subprotocol that the server has chosen, None for none."""
        return None if self.protocol is None else self.protocol.selected_subprotocol

    # -- sending

    def write_message(self, message: Any, binary: bool = False) -> asyncio.Future[None]:
        """Sends a message: str, bytes, or a dict, which is sent as JSON. Bytes without ``binary``
        are sent as text. An async iterable of str or bytes is one message too, whose pieces leave
        as they are made.

        The awaitable is done when the program may send more; a program need not wait for it.
        Raises WebSocketClosedError, at once or when awaited, if the connection is closed or
        closing.
        """
        return self._open_protocol().write_message(message, binary)

    def ping(self, data: bytes = b"") -> None:
        """Sends a ping of up to 125 bytes; the answer comes to :meth:`on_pong`. Raises
        WebSocketClosedError."""
        self._open_protocol().write_ping(data)

    def _open_protocol(self) -> WebSocketProtocol13:
        if self.protocol is None:
            raise WebSocketClosedError("the WebSocket is not open: await websocket_connect() first")
        return self.protocol

    # -- receiving

    def read_message(
        self, callback: Callable[[asyncio.Future[Message | None]], Any] | None = None
    ) -> asyncio.Future[Message | None]:
        """The next message, or None when the connection has been closed.

        What was received before the end is read first. If nobody reads, the connection stops
        receiving when 32 messages or a megabyte wait. ``callback`` gets the Future when it is done.
        With ``stream_messages`` it is a MessageReader, whatever the annotation says.
        """
        if self._on_message_callback is not None:
            raise RuntimeError("the messages of this connection go to its on_message_callback")
        self._let_go()
        future = self._inbox.get()
        if callback is not None:
            self.io_loop.add_future(future, callback)
        return future

    def __aiter__(self) -> WebSocketClientConnection:
        return self

    async def __anext__(self) -> Message:
        if self._on_message_callback is None and not self.params.in_pieces:
            waiting = self._inbox.take()
            if waiting is not None:
                return waiting
        message = await self.read_message()
        if message is None:
            raise StopAsyncIteration
        return message

    def on_message(self, message: Any) -> asyncio.Future[Any] | None:
        """What the protocol calls with each message. No other follows before the awaitable, if it
        returned one, is done."""
        callback = self._on_message_callback
        if callback is None:
            gate = self._inbox.put(message)
            if self.params.in_pieces:
                gate = self._streamed = self._loop.create_future()
            return gate
        result = callback(message)
        if result is None:
            return None
        if not asyncio.isfuture(result):
            if not asyncio.iscoroutine(result):
                return None
            result = as_task(result, self._loop)
        self._working = result
        return result

    def _let_go(self) -> None:
        """What the program has not read of the last message, it does not want."""
        streamed, self._streamed = self._streamed, None
        if streamed is not None and not streamed.done():
            streamed.set_result(None)

    def on_ping(self, data: bytes) -> None:
        """A ping of the server, which has been answered."""

    def on_pong(self, data: bytes) -> None:
        """A pong of the server."""

    # -- the end

    def close(self, code: int | None = None, reason: str | None = None) -> None:
        """Closes the connection, with a code of 1000 or from 3000 on and a reason of up to 123
        bytes. See RFC 6455 section 7.4.1 for the codes.

        What the server has sent before its answer can be read as ever. The server has five seconds
        to answer, and the program to read up to that, then the connection is cut;
        :meth:`wait_closed` waits for it. Without effect on a connection that is closed or closing.
        """
        if self.protocol is not None:
            self.protocol.close(code, reason)
        elif not self.connect_future.done():
            self.connect_future.cancel()

    async def wait_closed(self) -> None:
        """Waits until the connection is gone."""
        if self.protocol is None or self.protocol.stream.closed():
            return
        if self._closed is None:
            self._closed = self._loop.create_future()
        await asyncio.shield(self._closed)

    async def __aenter__(self) -> WebSocketClientConnection:
        return self

    async def __aexit__(
        self,
        typ: type[BaseException] | None,
        value: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.close()
        self._inbox.flood()
        self._let_go()
        await self.wait_closed()

    def on_ws_connection_close(
        self, close_code: int | None = None, close_reason: str | None = None
    ) -> None:
        """The protocol has ended: called once, after the last message."""
        self.close_code = close_code
        self.close_reason = close_reason
        self.on_connection_close()

    def on_connection_close(self) -> None:
        """The connection has ended, before or after it was open."""
        if self.protocol is None:
            super().on_connection_close()
            return
        self._inbox.end()
        if self._on_message_callback is None:
            return
        if self._working is None or self._working.done():
            self._tell_callback()
        else:
            self._working.add_done_callback(lambda _: self._tell_callback())

    def _tell_callback(self) -> None:
        callback, self._on_message_callback = self._on_message_callback, None
        if callback is not None:
            self._working = None
            self.io_loop.add_callback(callback, None)

    def _stream_closed(self) -> None:
        if self._closed is not None and not self._closed.done():
            self._closed.set_result(None)

    def log_exception(
        self,
        typ: type[BaseException] | None,
        value: BaseException | None,
        tb: TracebackType | None,
    ) -> None:
        """What happens to an exception of ``on_message_callback``: it is logged, and the connection
        is closed."""
        assert typ is not None
        assert value is not None
        app_log.error("Exception in the callback of a WebSocket", exc_info=(typ, value, tb))
