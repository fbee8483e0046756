"""WebSocketProtocol13: a machine on a stream, for a server's handler or a client's connection.

Laws:
1. What one receive brings is parsed and handed on in the same call, without a task and without a
   Future where ``on_message`` is a plain method.
2. Messages are handled one after another. While an awaitable of ``on_message`` (or of ``open``) is
   pending, the next message is held and reading stops at it; up to there pings are answered. A
   server that is at work on a message answers it before it answers the client's close frame.
3. A turn of the loop handles a bounded number of messages of one connection, and none at all while
   the other side does not take what is sent to it.
4. The handler is told of the end once, whatever the end was.
"""

from __future__ import annotations

import asyncio
import base64
import hashlib
import socket
import sys
from collections.abc import Awaitable, Callable
from contextvars import Context
from dataclasses import replace
from typing import Any

from tornado.gen import convert_yielded
from tornado.iostream import IOStream, SSLIOStream, StreamClosedError
from tornado.websocket._alarms import Alarm, Alarms
from tornado.websocket._closing import GOING_AWAY, INTERNAL_ERROR, close_payload
from tornado.websocket._deflate import Deflate
from tornado.websocket._errors import PeerError, WebSocketClosedError
from tornado.websocket._events import Close, Piece, Ping, Pong
from tornado.websocket._extensions import Agreement, accept_offer, check_options
from tornado.websocket._frames import FIN, OPCODE_MASK, RSV1, RSV2, RSV3, RSV_MASK
from tornado.websocket._handshake import offered_subprotocols
from tornado.websocket._keepalive import Keepalive, gen_log
from tornado.websocket._params import WebSocketParams
from tornado.websocket._protocol import CLOSED, FAILED, Machine
from tornado.websocket._reader import MessageReader

_GUID = b"258EAFA5-E914-47DA-95CA-C5AB0DC85B11"  # RFC 6455 section 1.3

MESSAGES_PER_TURN = 64
LINGER = 2.0  # seconds in which a peer that broke the rules may read why


class WebSocketProtocol13(Keepalive):
    """The protocol of RFC 6455.

    ``handler`` is told by ``on_message``, ``on_ping``, ``on_pong`` and ``on_ws_connection_close``.
    ``mask_outgoing``: this is the client's side. ``params``: WebSocketParams.
    """

    __slots__ = (
        "_alarm",
        "_busy",
        "_close",
        "_context",
        "_ended",
        "_held",
        "_inside",
        "_mask_outgoing",
        "_peer_closed",
        "_reader",
        "_subprotocol",
        "_told",
    )

    FIN = FIN
    RSV1 = RSV1
    RSV2 = RSV2
    RSV3 = RSV3
    RSV_MASK = RSV_MASK
    OPCODE_MASK = OPCODE_MASK

    def __init__(self, handler: Any, mask_outgoing: bool, params: WebSocketParams) -> None:
        super().__init__(handler, params)
        self._mask_outgoing = mask_outgoing
        self._machine = Machine(mask_outgoing, params.max_message_size, None, params.in_pieces)
        self._close = Close(None, None)  # what the other side said
        self._peer_closed = False
        self._told = False  # the handler knows of the end
        self._ended: Callable[[], None] | None = None  # who else wants to know of it
        self._busy = False  # the handler is at work on a message, or on opening
        self._held: Any = None  # the message after that
        self._reader: MessageReader | None = None  # of the message that arrives in pieces
        self._alarm: Alarm | None = None  # the end that is near
        self._subprotocol: str | None = None
        self._context: Context | None = None  # what the handler's methods run in
        self._inside = False  # and one of them is running

    def _start(self, stream: IOStream, agreement: Agreement | None = None) -> None:
        """The handshake is done: speak the protocol on ``stream``, compressed as agreed."""
        self.stream = stream
        self._alarms = Alarms.of(stream.io_loop)
        if agreement is not None:
            self._machine.deflate = Deflate(
                agreement, self.params.compression_options or {}, self._mask_outgoing
            )
        self._plain = agreement is None and not self._mask_outgoing
        stream.start_push(self)
        self.start_pinging()

    # -- what the stream says

    def data_received(self, data: bytes) -> None:
        self._heard = True
        machine = self._machine
        if not self._stalled and not self._busy:
            message = machine.short_message(data)
            if message is not None:
                if self._context:
                    self._deliver(message)
                else:  # the same, by the shortest way
                    try:
                        pending = self.handler.on_message(message)
                        if pending is not None:
                            self._wait_for(pending)
                    except Exception:
                        self._program_failed()
                if self.stream._unsent is not None:
                    self._stop_at_high_water()
                return
        machine.feed(data)
        if not self._stalled:
            self._go_on()

    def connection_lost(self, exc: BaseException | None) -> None:
        self._machine.lost()
        if self._alarm is not None:
            self._alarm.cancel()
        self._alarm = None
        self._stop_pinging()
        self._tell()
        self._held = None
        if self._ended is not None:
            self._ended()

    def _go_on(self) -> None:
        """Hands on what is there."""
        machine = self._machine
        turns = MESSAGES_PER_TURN
        while True:
            try:
                event = machine.next_event()
            except PeerError as error:
                gen_log.info("A WebSocket's other side broke the rules: %s", error)
                self._fail(error)
                return
            if event is None:
                return
            kind = type(event)
            if kind is str or kind is bytes:
                if self._busy:
                    self._hold_back(event)
                    return
                self._deliver(event)
                if self.stream.writing():
                    self._stop_at_high_water()
                if self._stalled or not machine.unread:
                    return
            elif isinstance(event, Piece):
                self._piece(event)
                if self._stalled:
                    return
            elif type(event) is Close and self._busy and not machine.client and not self._reader:
                self._held = event  # reading goes on, so that the end of the stream is noticed
                self._stop_pinging()
                return
            else:
                self._control(event)
            turns -= 1
            if not turns:
                self._stall()
                self._alarms.soon(self._next_turn)
                return

    def _stop_at_high_water(self) -> None:
        """Whoever sends and does not take the answers is not listened to."""
        if not self._stalled and self._waiting() > self.params.send_high_water:
            self._stall()
            self.stream.call_when_drained(self._next_turn)

    def _stall(self) -> None:
        self._stalled = True
        self.stream.pause_reading()

    def _next_turn(self) -> None:
        """After a pause, whatever it was for."""
        if not self._stalled or self.stream.closed() or (self._busy and self._held is not None):
            return
        self._stalled = False
        event, self._held = self._held, None
        if type(event) is Piece:
            self._piece(event)
        elif event is not None:
            self._deliver(event)
        if not self._stalled:
            self._go_on()
        if not self._stalled:
            self.stream.resume_reading()

    def _hold_back(self, event: Any) -> None:
        self._held = event
        self._stall()

    def _piece(self, piece: Piece) -> None:
        """A part of a message whose reader takes it in parts."""
        reader = self._reader
        if reader is None:
            if self._busy:
                self._hold_back(piece)
                return
            reader = MessageReader(isinstance(piece.data, bytes), self._more)
            self._reader = None if piece.last else reader
            room = reader.feed(piece.data, piece.last)
            self._deliver(reader)
        else:
            if piece.last:
                self._reader = None
            room = reader.feed(piece.data, piece.last)
        if not room:
            self._stall()

    def _more(self) -> None:
        """A reader has room again."""
        self._alarms.soon(self._next_turn)

    def _deliver(self, message: Any) -> None:
        try:
            pending = self._call(self.handler.on_message, message)
            if pending is not None:
                self._wait_for(pending)
        except Exception:
            self._program_failed()

    def _call(self, method: Callable[..., Any], *args: Any) -> Any:
        """Calls a method of the handler, in the handler's context.

        An empty one, in which nobody has set anything up to now, is not worth the way.
        """
        context = self._context
        if not context or self._inside:
            return method(*args)
        self._inside = True
        try:
            return context.run(method, *args)
        finally:
            self._inside = False

    def _control(self, event: Any) -> None:
        handler = self.handler
        try:
            if type(event) is Ping:
                self._answer_ping(event.data)
                self._call(handler.on_ping, event.data)
            elif type(event) is Pong:
                self._call(handler.on_pong, event.data)
            else:
                self._close_received(event)
        except Exception:
            self._program_failed()

    # -- the handler's awaitables

    def _wait_for(self, pending: Any) -> None:
        """No message is given to the handler until ``pending`` is done."""
        if not asyncio.isfuture(pending):
            if not (hasattr(pending, "__await__") or hasattr(pending, "add_done_callback")):
                return  # a plain method that returned whatever it likes
            pending = self._call(as_task, pending, self.stream.io_loop.asyncio_loop)
        if pending.done():
            if self._reader is not None:
                self._reader.drop()
            if not pending.cancelled():
                pending.result()
            return
        self._busy = True
        pending.add_done_callback(self._message_done)

    def _message_done(self, pending: asyncio.Future[Any]) -> None:
        self._busy = False
        error = None if pending.cancelled() else pending.exception()
        if error is not None:
            self._handler_raised(error)
            return
        if self._reader is not None:
            self._reader.drop()
        if type(self._held) is Close:
            event, self._held = self._held, None
            self._control(event)
        elif self._held is not None:
            self._next_turn()

    def _handler_raised(self, error: BaseException) -> None:
        try:
            raise error
        except Exception:
            self._program_failed()
        finally:
            del error

    def _program_failed(self) -> None:
        """The handler has raised what is being handled: our fault, which the other side is told."""
        typ, value, traceback = sys.exc_info()
        if isinstance(value, (WebSocketClosedError, StreamClosedError)) and self.is_closing():
            return  # the other side left while it was being answered: on_close tells
        try:
            self._call(self.handler.log_exception, typ, value, traceback)
        except Exception:
            gen_log.error("Error in exception logger", exc_info=True)
        self._fail(PeerError(INTERNAL_ERROR, "the program has met an error"))

    # -- the end

    @property
    def client_terminated(self) -> bool:
        """Whether the client's side has ended."""
        return self._machine.close_sent if self._mask_outgoing else self._peer_gone()

    @property
    def server_terminated(self) -> bool:
        """Whether the server's side has ended."""
        return self._peer_gone() if self._mask_outgoing else self._machine.close_sent

    def _peer_gone(self) -> bool:
        return self._peer_closed or self._machine._state in (CLOSED, FAILED)

    @property
    def close_code(self) -> int | None:
        """What the other side's close frame said, if one came."""
        return self._close.code

    @property
    def close_reason(self) -> str | None:
        return self._close.reason

    def is_closing(self) -> bool:
        return self._machine.close_sent or self.stream is None or self.stream.closed()

    def close(self, code: int | None = None, reason: str | None = None) -> None:
        """Sends a close frame; the other side has ``close_timeout`` seconds to send its own.

        Raises ValueError for a code that may not be sent or a reason of more than 123 bytes.
        Without effect on a connection that is closing already.
        """
        close_payload(code, reason)  # raises before anything has been done
        if not self._machine.close_sent:
            self._flush_outbox()
        data = self._machine.close(code, reason)
        if data:
            self._stop_pinging()
            self._send_control(data)
            self._end_in(self.params.close_timeout)

    def _close_received(self, close: Close) -> None:
        self._close = close
        self._peer_closed = True
        # Section 5.5.1: the answer typically echoes the code.
        data = self._machine.close(close.code)
        if data:
            self._send_control(data)
        self._stop_pinging()
        self._end_in(self.params.close_timeout)
        self._tell()
        # Section 7.1.1: the server is the first to close the connection below.
        if not self._mask_outgoing:
            if self.stream.writing():
                self.stream.call_when_drained(self.stream.close)
            else:
                self.stream.close()

    def _fail(self, error: PeerError) -> None:
        """Nothing more is read: because the other side broke the rules, or the program did."""
        if self._machine._state is CLOSED or self._machine._state is FAILED:
            return
        data = self._machine.fail(error)
        if data:
            self._send_control(data)
        self._stop_pinging()
        self._end_in(LINGER)
        self._tell()
        stream = self.stream
        if self._stalled:
            self._stalled = False
            self._held = None
            stream.resume_reading()
        if not stream.closed():
            # What has not been read would turn an ordinary end into a reset, and our close frame
            # would be lost: so only our side is shut.
            stream.call_when_drained(self._shut_our_side)

    def _shut_our_side(self) -> None:
        if not self.stream.closed() and not isinstance(self.stream, SSLIOStream):
            try:
                self.stream.socket.shutdown(socket.SHUT_WR)
            except OSError:
                self.stream.close()

    def _message_cut(self, error: BaseException | None) -> None:
        if error is not None:
            self._handler_raised(error)
        else:
            self._fail(PeerError(INTERNAL_ERROR, "a message was cut short"))

    def _end_in(self, seconds: float) -> None:
        if self._alarm is not None:
            self._alarm.cancel()
        self._alarm = self._alarms.after(seconds, self._abort)

    def drain(self) -> None:
        """The server ends: RFC 6455 section 7.4.1 has a code for that."""
        self.close(GOING_AWAY, "the server is going away")

    def close_now(self) -> None:
        """The server has ended."""
        self._abort()

    def _abort(self) -> None:
        self._machine.lost()
        if self.stream is not None:
            self.stream.close()

    def _tell(self) -> None:
        if self._told:
            return
        self._told = True
        self._plain = False
        if type(self._held) is Close:
            self._close, self._held = self._held, None
        self._abandon()
        if self._reader is not None:
            self._reader.fail()
            self._reader = None
        try:
            tell = self.handler.on_ws_connection_close
            self._call(tell, self._close.code, self._close.reason)
        except Exception:
            self._call(self.handler.log_exception, *sys.exc_info())
        self._context = None

    # -- the handshake

    @staticmethod
    def compute_accept_value(key: str | bytes) -> str:
        """What a server answers to a Sec-WebSocket-Key (RFC 6455 section 4.2.2)."""
        data = key.encode() if isinstance(key, str) else key
        return base64.b64encode(hashlib.sha1(data + _GUID).digest()).decode()

    def accept_connection(self, handler: Any) -> Awaitable[None]:
        """Answers the handshake for ``handler``, then opens the WebSocket.

        The awaitable is done when ``handler.open`` is.
        """
        headers = handler.request.headers
        fields = {
            "Upgrade": "websocket",
            "Connection": "Upgrade",
            "Sec-WebSocket-Accept": self.compute_accept_value(
                headers.get("Sec-WebSocket-Key", "").strip()
            ),
        }
        offered = offered_subprotocols(headers)
        self._subprotocol = handler.select_subprotocol(offered)
        if self._subprotocol is not None:
            if self._subprotocol not in offered:
                raise ValueError(
                    f"select_subprotocol() returned {self._subprotocol!r}, which was not offered; "
                    f"{offered} were"
                )
            fields["Sec-WebSocket-Protocol"] = self._subprotocol
        agreement = None
        options = handler.get_compression_options()
        if options is not None:
            check_options(options)
            agreed = accept_offer(headers.get("Sec-WebSocket-Extensions", ""), options)
            if agreed is not None:
                agreement, fields["Sec-WebSocket-Extensions"] = agreed
                self.params = replace(self.params, compression_options=options)
        self._context = getattr(handler, "_websocket_context", None)
        self._inside = True  # get() runs in it
        try:
            self._start(handler._upgrade(self, fields), agreement)
            self._open(handler)
        finally:
            self._inside = False
        return self._alarms.done

    def _open(self, handler: Any) -> None:
        try:
            pending = handler.open(*handler.open_args, **handler.open_kwargs)
            if pending is not None:
                self._wait_for(pending)
        except Exception:
            self._program_failed()

    @property
    def selected_subprotocol(self) -> str | None:
        return self._subprotocol

    def set_nodelay(self, x: bool) -> None:
        """See ``IOStream.set_nodelay``."""
        self.stream.set_nodelay(x)


if sys.version_info >= (3, 12):

    def as_task(pending: Awaitable[Any], loop: asyncio.AbstractEventLoop) -> asyncio.Future[Any]:
        if asyncio.iscoroutine(pending):
            return asyncio.Task(pending, loop=loop, eager_start=True)
        return convert_yielded(pending)

else:

    def as_task(pending: Awaitable[Any], loop: asyncio.AbstractEventLoop) -> asyncio.Future[Any]:
        if asyncio.iscoroutine(pending):
            return loop.create_task(pending)
        return convert_yielded(pending)
