"""WebSocketHandler: a request that becomes a WebSocket."""

from __future__ import annotations

import asyncio
import functools
import sys
from collections.abc import Awaitable, Callable
from contextvars import Context, copy_context
from typing import TYPE_CHECKING, Any, TypeVar

from tornado.httputil import HTTPHeaders
from tornado.web import RequestHandler
from tornado.websocket._connection import WebSocketProtocol13
from tornado.websocket._errors import WebSocketClosedError
from tornado.websocket._handshake import (
    VERSION,
    Refusal,
    check_request,
    is_of_host,
    origin_of,
)
from tornado.websocket._params import (
    MAX_MESSAGE_SIZE,
    SEND_HIGH_WATER,
    WRITE_TIMEOUT,
    SendPolicy,
    WebSocketParams,
)

if TYPE_CHECKING:
    from tornado.iostream import IOStream
    from tornado.websocket._base import WebSocketProtocol

_SENT = HTTPHeaders()
_NOTHING: list[bytes] = []

Method = TypeVar("Method", bound=Callable[..., Any])


def until_upgrade(method: Method) -> Method:
    """A method of HTTP, which makes no sense any more once the connection is a WebSocket."""
    name = method.__name__

    @functools.wraps(method)
    def guarded(self: WebSocketHandler, *args: Any, **kwargs: Any) -> Any:
        if self.ws_connection is not None or self._opened:
            raise RuntimeError(
                f"{name}() belongs to HTTP, and this connection is a WebSocket now: "
                "send with write_message(), end with close()"
            )
        return getattr(super(WebSocketHandler, self), name)(*args, **kwargs)

    return guarded  # type: ignore[return-value]  # same signature


class _StreamOfConnection:
    """``handler.stream``: the stream underneath; None before the handshake and after the end.

    Unlike a property it leaves the name to programs that keep something of their own by it.
    """

    def __get__(self, handler: WebSocketHandler | None, owner: type) -> IOStream | None:
        connection = None if handler is None else handler.ws_connection
        return None if connection is None else connection.stream


class WebSocketHandler(RequestHandler):
    """Base class of handlers of WebSockets: an instance for each connection.

    Define ``on_message(message)``, and perhaps ``open`` and ``on_close``; send by
    ``write_message``::

        class Echo(WebSocketHandler):
            def open(self):
                print("somebody is here")

            def on_message(self, message):
                self.write_message("You said: " + message)

            def on_close(self):
                print("and has gone:", self.close_code, self.close_reason)

        Application([("/echo", Echo)])

    Each of the three may be ``async def``. Messages are handled one after another: the next one
    waits until the awaitable of ``on_message`` (and of ``open``) is done.

    Up to the handshake it is a RequestHandler like others: ``prepare`` may answer by an error or a
    redirect, and headers and cookies set there go out with the handshake. After it ``write``,
    ``set_header``, ``set_cookie`` and the like raise RuntimeError.

    Settings: ``websocket_ping_interval``, ``websocket_ping_timeout``,
    ``websocket_max_message_size``, ``websocket_send_high_water``, ``websocket_send_limit``,
    ``websocket_send_policy``; what they mean is at the properties of those names. And
    ``websocket_write_timeout``: seconds (60) after which a reader that takes nothing is given up.
    """

    ws_connection: WebSocketProtocol | None = None
    close_code: int | None = None
    close_reason: str | None = None
    open_args: tuple[Any, ...] = ()
    open_kwargs: dict[str, Any] = {}

    _opened = False
    _on_close_called = False
    _websocket_context: Context | None = None
    _life: asyncio.Future[None] | None = None

    #: Give ``on_message`` a MessageReader as soon as a message begins, in place of whole messages.
    stream_messages = False

    # -- what a program defines

    def open(self, *args: str, **kwargs: str) -> Awaitable[None] | None:
        """Called when the WebSocket is open, with the groups of the route's pattern.

        Messages that come while its awaitable is pending are kept for ``on_message``.
        """
        return None

    def on_message(self, message: str | bytes) -> Awaitable[None] | None:
        """Called with each message: ``str`` for text, ``bytes`` for binary."""
        raise NotImplementedError(f"{type(self).__name__} has to define on_message(message)")

    def on_ping(self, data: bytes) -> None:
        """Called with the data of a ping, which has been answered."""

    def on_pong(self, data: bytes) -> None:
        """Called with the data of a pong, the answer to a ping of ours or sent unasked."""

    def on_close(self) -> None:
        """Called once when the WebSocket has ended, however that was.

        ``self.close_code`` and ``self.close_reason`` hold what the other side said in closing; None
        if it said nothing or was lost.
        """

    def check_origin(self, origin: str) -> bool:
        """Whether a page of ``origin`` (``https://example.com``) may open this WebSocket.

        A browser lets any page open a WebSocket to any site, cookies included. By default only
        pages of the same host and port may, and those of the setting ``trusted_origins``. Clients
        that are no browsers send no origin and are not asked for one.
        """
        return is_of_host(origin, self.request.headers.get("Host", "")) or (
            self.check_trusted_origin(origin)
        )

    def select_subprotocol(self, subprotocols: list[str]) -> str | None:
        """Which of the subprotocols that the client offers is to be spoken.

        ``subprotocols`` is in the client's order, and empty if it offers none. Return one of them,
        or None; the client may end the connection if it wanted one.
        """
        return None

    def get_compression_options(self) -> dict[str, Any] | None:
        """None (the default): messages are not compressed. A dict: they are, if the client can.

        The dict may be empty, or hold ``compression_level`` (0 to 9) and ``mem_level`` (1 to 9) of
        zlib, ``max_ratio`` (what a received message may expand by once it is past 10 MiB; 200), and
        the parameters of RFC 7692: ``server_no_context_takeover``, ``client_no_context_takeover``
        (True: about 300 KiB less memory a connection, worse compression),
        ``server_max_window_bits``, ``client_max_window_bits`` (8 to 15).
        """
        return None

    # -- settings

    @property
    def ping_interval(self) -> float | None:
        """Seconds between pings, by the setting ``websocket_ping_interval``; None: none are sent.

        See ``WebSocketProtocol13.start_pinging`` for what they do.
        """
        return self.settings.get("websocket_ping_interval")

    @property
    def ping_timeout(self) -> float | None:
        """Seconds after a ping in which the other side must give a sign of life, by the setting
        ``websocket_ping_timeout``; as long as the interval by default, and at most."""
        return self.settings.get("websocket_ping_timeout")

    @property
    def max_message_size(self) -> int:
        """Bytes of a received message, after decompression, by the setting
        ``websocket_max_message_size``; 10 MiB by default. A larger one ends the connection with
        code 1009."""
        size: int = self.settings.get("websocket_max_message_size", MAX_MESSAGE_SIZE)
        return size

    @property
    def send_high_water(self) -> int:
        """Bytes that may wait for a reader that does not keep up while ``write_message`` returns at
        once, by the setting ``websocket_send_high_water``; 1 MiB by default."""
        size: int = self.settings.get("websocket_send_high_water", SEND_HIGH_WATER)
        return size

    @property
    def send_limit(self) -> int | None:
        """Bytes waiting at which the connection is closed, code 1013, by the setting
        ``websocket_send_limit``; 16 times the high water by default."""
        return self.settings.get("websocket_send_limit")

    @property
    def send_policy(self) -> str:
        """What becomes of messages past the high water, by the setting ``websocket_send_policy``:
        ``"wait"`` (the default), ``"close"``, ``"drop_oldest"`` or ``"coalesce"``.

        See ``WebSocketParams`` for what they do. A class attribute of this name will do as well.
        """
        policy: str = self.settings.get("websocket_send_policy", SendPolicy.WAIT)
        return policy

    def _params(self) -> WebSocketParams:
        return _params(
            self.ping_interval,
            self.ping_timeout,
            self.max_message_size,
            self.stream_messages,
            self.send_high_water,
            self.send_limit,
            self.send_policy,
            self.settings.get("websocket_write_timeout", WRITE_TIMEOUT),
        )

    # -- what a program calls

    def write_message(
        self, message: Any, binary: bool = False, *, key: Any = None
    ) -> asyncio.Future[None]:
        """Sends a message.

        ``message``: str, or bytes with ``binary=True`` (bytes without it are text in UTF-8), or a
        dict, which is sent as JSON; a PreparedMessage; or an async iterable of str or bytes, the
        pieces of one message, which leave as they are made. ``key`` is for the policy ``coalesce``.

        Raises WebSocketClosedError if the WebSocket is closed or closing. The awaitable is done
        when the program may send more: at once, unless the other side does not keep up (see
        ``send_policy``). It need not be awaited; it fails with WebSocketClosedError, silently if
        nobody awaits it.
        """
        connection = self.ws_connection
        if connection is None:
            raise self._not_open()
        if key is None:
            return connection.write_message(message, binary)
        return connection.write_message(message, binary, key=key)

    def ping(self, data: str | bytes = b"") -> None:
        """Sends a ping of up to 125 bytes; the answer comes to ``on_pong``.

        Raises WebSocketClosedError on a closed WebSocket, ValueError for more bytes.
        """
        connection = self.ws_connection
        if connection is None or connection.is_closing():
            raise self._not_open()
        connection.write_ping(data.encode() if isinstance(data, str) else data)

    def close(self, code: int | None = None, reason: str | None = None) -> None:
        """Begins to close the WebSocket; ``on_close`` follows.

        ``code``: 1000 to 1003, 1007 to 1014, or 3000 to 4999 (programs take theirs from 4000);
        ``reason``: up to 123 bytes. Raises ValueError for others. Without effect if it is closed.
        """
        if self.ws_connection is not None:
            self.ws_connection.close(code, reason)

    @property
    def selected_subprotocol(self) -> str | None:
        """What ``select_subprotocol`` has chosen."""
        connection = self.ws_connection
        return None if connection is None else connection.selected_subprotocol

    def set_nodelay(self, value: bool) -> None:
        """Whether small messages leave at once (TCP_NODELAY), which is the default here."""
        if self.ws_connection is None:
            raise self._not_open()
        self.ws_connection.set_nodelay(value)

    def _not_open(self) -> WebSocketClosedError:
        if self._opened:
            return WebSocketClosedError()
        return WebSocketClosedError("the WebSocket is not open yet: it is when open() is called")

    def get_websocket_protocol(self) -> WebSocketProtocol | None:
        """The protocol in the version that the request asks for; None: it is not spoken here."""
        if self.request.headers.get("Sec-WebSocket-Version", "").strip() != VERSION:
            return None
        return WebSocketProtocol13(self, False, self._params())

    # -- the handshake

    # What prepare() and open() set in a ContextVar is there in on_message() and on_close(), and can
    # be reset there. So all of them run in one Context, and it has to be known. And programs that
    # observe requests replace _execute: then it is a task, which lasts until the WebSocket ends.

    def _run(self, transforms: list[Any], *args: Any, **kwargs: Any) -> Awaitable[None] | None:
        if self._websocket_context is not None:
            self._life = asyncio.get_running_loop().create_future()
            return super()._run(transforms, *args, **kwargs)
        self._websocket_context = copy_context()
        return self._websocket_context.run(super()._run, transforms, *args, **kwargs)

    def _start_task(self, rest: Any, loop: asyncio.AbstractEventLoop, context: Context) -> None:
        if self._websocket_context is None:
            self._websocket_context = context
        super()._start_task(rest, loop, self._websocket_context)

    def get(self, *args: Any, **kwargs: Any) -> Awaitable[None]:
        """Answers the handshake, and opens the WebSocket."""
        if args or kwargs:
            self.open_args, self.open_kwargs = args, kwargs
        try:
            check_request(self.request)
        except Refusal as refusal:
            return self._refuse(refusal.status, str(refusal))
        origin = origin_of(self.request.headers)
        if origin is not None and not self.check_origin(origin):
            return self._refuse(403, "Pages of this origin may not open the WebSocket.")
        protocol = self.get_websocket_protocol()
        if protocol is None:
            return self._refuse(426, f"Only version {VERSION} of WebSockets is spoken here.")
        opened = protocol.accept_connection(self)
        return opened if self._life is None or self.ws_connection is None else self._life

    def _refuse(self, status: int, text: str) -> Awaitable[None]:
        self.clear()
        self.set_status(status)
        self.set_header("Content-Type", "text/plain; charset=UTF-8")
        if status == 426:  # RFC 6455 section 4.4, RFC 9110 section 15.5.22
            self.set_header("Sec-WebSocket-Version", VERSION)
            self.set_header("Upgrade", "websocket")
            self.set_header("Connection", "Upgrade")
        return self.finish(text)

    def _upgrade(self, protocol: WebSocketProtocol13, fields: dict[str, str]) -> IOStream:
        """Writes the answer that ends HTTP on this connection. Returns its stream."""
        self._auto_finish = False
        self._transforms = None
        self.set_status(101)
        self.clear_header("Content-Type")
        for name, value in fields.items():
            self.set_header(name, value)
        self._write_buffer = []
        super().flush()
        self._opened = True
        self.ws_connection = protocol
        connection = self.request.connection
        if hasattr(connection, "hand_over"):
            self._finished = True
            stream: IOStream = connection.stream
            protocol._ended = connection.hand_over(protocol)
        else:  # another server's, which does not drain what it has given away
            stream = super().detach()
        self._log()
        self.on_finish()
        # Ten thousand connections would keep ten thousand heads that were sent long ago.
        self._headers = _SENT
        self._write_buffer = _NOTHING
        return stream

    # -- the end

    def on_ws_connection_close(
        self, close_code: int | None = None, close_reason: str | None = None
    ) -> None:
        """The protocol says that the WebSocket has ended."""
        self.close_code = close_code
        self.close_reason = close_reason
        self.on_connection_close()

    def on_connection_close(self) -> None:
        """Called when the connection is gone; calls ``on_close``, once, if it was open."""
        connection, self.ws_connection = self.ws_connection, None
        self._websocket_context = None  # it may hold the handler
        if connection is not None:
            connection.on_connection_close()
        if self._opened and not self._on_close_called:
            self._on_close_called = True
            try:
                self.on_close()
            finally:
                if self._life is not None and not self._life.done():
                    self._life.set_result(None)

    # -- as in programs of 2010 to 2013

    stream = _StreamOfConnection()

    def allow_draft76(self) -> bool:
        """Kept for programs that override it. That draft of the protocol is not spoken any more."""
        return False

    def get_websocket_scheme(self) -> str:
        """``wss`` or ``ws``, for addresses in pages."""
        return "wss" if self.request.protocol == "https" else "ws"

    def async_callback(
        self, callback: Callable[..., Any] | None, *args: Any, **kwargs: Any
    ) -> Callable[..., Any] | None:
        """Wraps a callback so that an exception in it ends the WebSocket, as one in ``on_message``
        does."""
        if callback is None:
            return None
        wrapped = functools.partial(callback, *args, **kwargs)

        def guarded(*args: Any, **kwargs: Any) -> Any:
            try:
                return wrapped(*args, **kwargs)
            except Exception as error:
                if not self._opened:
                    self._handle_request_exception(error)
                    return None
                self.log_exception(*sys.exc_info())
                if self.ws_connection is not None:
                    self.ws_connection._abort()

        return guarded

    # -- HTTP, which is over once this is a WebSocket

    add_header = until_upgrade(RequestHandler.add_header)
    clear = until_upgrade(RequestHandler.clear)
    clear_header = until_upgrade(RequestHandler.clear_header)
    detach = until_upgrade(RequestHandler.detach)
    finish = until_upgrade(RequestHandler.finish)
    flush = until_upgrade(RequestHandler.flush)
    redirect = until_upgrade(RequestHandler.redirect)
    render = until_upgrade(RequestHandler.render)
    send_error = until_upgrade(RequestHandler.send_error)
    set_cookie = until_upgrade(RequestHandler.set_cookie)
    set_header = until_upgrade(RequestHandler.set_header)
    set_status = until_upgrade(RequestHandler.set_status)
    write = until_upgrade(RequestHandler.write)


@functools.lru_cache(maxsize=64)
def _params(
    ping_interval: float | None,
    ping_timeout: float | None,
    max_message_size: int,
    in_pieces: bool,
    high_water: int,
    limit: int | None,
    policy: str,
    write_timeout: float,
) -> WebSocketParams:
    """Connections with the same habits share one object that says so."""
    return WebSocketParams(
        ping_interval=ping_interval,
        ping_timeout=ping_timeout,
        max_message_size=max_message_size,
        in_pieces=in_pieces,
        send_high_water=high_water,
        send_limit=limit,
        send_policy=SendPolicy(policy),
        write_timeout=write_timeout,
    )
