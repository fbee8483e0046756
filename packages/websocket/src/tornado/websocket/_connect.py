"""websocket_connect: a WebSocket to a server."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable, Mapping
from typing import Any

from tornado.httpclient import HTTPRequest
from tornado.ioloop import IOLoop
from tornado.netutil import Resolver
from tornado.websocket._client import WebSocketClientConnection
from tornado.websocket._client_opening import ConnectFuture
from tornado.websocket._params import MAX_MESSAGE_SIZE


def websocket_connect(
    url: str | HTTPRequest,
    callback: Callable[[asyncio.Future[WebSocketClientConnection]], Any] | None = None,
    connect_timeout: float | None = None,
    on_message_callback: Callable[[str | bytes | None], Any] | None = None,
    compression_options: Mapping[str, Any] | None = None,
    ping_interval: float | None = None,
    ping_timeout: float | None = None,
    max_message_size: int = MAX_MESSAGE_SIZE,
    subprotocols: Iterable[str] | None = None,
    resolver: Resolver | None = None,
    *,
    stream_messages: bool = False,
    io_loop: IOLoop | None = None,
) -> ConnectFuture:
    """Opens a WebSocket. The awaitable gives the WebSocketClientConnection::

        connection = await websocket_connect("ws://127.0.0.1:8888/chat")
        async with websocket_connect("wss://example.com/feed") as connection:
            async for message in connection: ...

    :arg url: of ``ws:`` or ``wss:``, or an HTTPRequest with such a URL: its headers, credentials,
        timeouts, TLS settings, proxy and ``unix_socket`` are used.
    :arg callback: gets the Future when it is done; awaiting it is the better way.
    :arg connect_timeout: seconds until the connection is open, by default 20. Not with an
        HTTPRequest, which has ``connect_timeout`` for the connection and ``request_timeout`` for
        all until it is open.
    :arg on_message_callback: gets each message and, at the end, None. While an awaitable that it
        returned is pending, no other message comes. Without it, messages are read by
        ``read_message``.
    :arg compression_options: a dict, which may be empty, offers permessage-deflate to the server:
        ``compression_level``, ``mem_level``, ``server_no_context_takeover``,
        ``client_no_context_takeover``, ``server_max_window_bits``, ``client_max_window_bits``.
        Default: no compression.
    :arg ping_interval: seconds between pings that notice a server that is gone. Default: none.
    :arg ping_timeout: seconds to answer one, by default as long as the interval.
    :arg max_message_size: bytes of a received message; a larger one closes the connection.
    :arg subprotocols: names to offer, the best first; ``connection.selected_subprotocol`` is the
        one that the server has chosen.
    :arg resolver: a :class:`tornado.netutil.Resolver` for the name of the host.
    :arg stream_messages: messages come as soon as they begin, each as an async iterator of pieces
        (``async for piece in message``, or ``await message.read()`` for the rest) that can be read
        until the next message is asked for. Such a message may be larger than memory, if
        ``max_message_size`` allows.
    :arg io_loop: has no effect; programs before 2018 named the current loop here.

    Raises ValueError for what cannot be asked. Awaited, it raises: HTTPTimeoutError,
    HTTPConnectError (an OSError), HTTPStreamClosedError, WebSocketHandshakeError (a WebSocketError)
    if the answer is no correct handshake, or HTTPClientError with the ``response`` of a server that
    refuses, 403 for instance. Redirects are among these.
    """
    if isinstance(callback, IOLoop) or callable(connect_timeout):
        # Until 2018 the loop, or None, was in second place, and all else one place further.
        moved: Any = connect_timeout, on_message_callback, compression_options, ping_interval
        callback, connect_timeout, on_message_callback, compression_options = moved
        ping_interval = None
    if isinstance(url, HTTPRequest):
        if connect_timeout is not None:
            raise ValueError(
                "connect_timeout goes into the HTTPRequest: HTTPRequest(url, connect_timeout=...)"
            )
        request = url
    else:
        request = HTTPRequest(url, connect_timeout=connect_timeout, request_timeout=connect_timeout)
    connection = WebSocketClientConnection(
        request,
        on_message_callback,
        compression_options,
        ping_interval,
        ping_timeout,
        max_message_size,
        subprotocols,
        resolver,
        stream_messages=stream_messages,
    )
    future = connection.connect_future
    if callback is not None:
        connection.io_loop.add_future(future, callback)
    return future
