"""WebSocketProtocol13: a machine on a stream, for a server's handler or a client's connection.

Laws:
1. What one receive brings is parsed and handed on in the same call, without a task and without a
   Future where ``on_message`` is a plain method.
2. Messages are handled one after another. While an awaitable of ``on_message`` (or of ``open``) is
   pending, the next message is held and reading stops at it; up to there pings are answered. A
   server that is at work on a message answers it before it answers the client's close frame, if
   that takes no longer than ``PATIENCE``; as long it takes to notice that the client has left.
3. A turn of the loop handles a bounded number of messages of one connection, and none at all while
   the other side does not take what is sent to it.
4. The handler is told of the end once, whatever the end was.
"""

from __future__ import annotations

import asyncio
import base64
import hashlib
from collections.abc import Awaitable
from dataclasses import replace
from typing import Any

from tornado.iostream import IOStream
from tornado.websocket._alarms import Alarms
from tornado.websocket._deflate import Deflate
from tornado.websocket._ending import Ending, gen_log
from tornado.websocket._errors import PeerError
from tornado.websocket._events import Close, Piece, Ping, Pong
from tornado.websocket._extensions import Agreement
from tornado.websocket._frames import FIN, OPCODE_MASK, RSV1, RSV2, RSV3, RSV_MASK
from tornado.websocket._keepalive import has_left
from tornado.websocket._negotiation import negotiate
from tornado.websocket._params import WebSocketParams
from tornado.websocket._reader import MessageReader
from tornado.websocket._tasks import as_task

_GUID = b"258EAFA5-E914-47DA-95CA-C5AB0DC85B11"  # RFC 6455 section 1.3

MESSAGES_PER_TURN = 64
PATIENCE = 1.0  # seconds that a client's end waits for the handler to finish its work
TURN = 1 << 20  # bytes, and a 64th of that for each message: compressed ones may be large, too


class WebSocketProtocol13(Ending):
    """The protocol of RFC 6455.

    ``handler`` is told by ``on_message``, ``on_ping``, ``on_pong`` and ``on_ws_connection_close``.
    ``mask_outgoing``: this is the client's side. ``params``: WebSocketParams.
    """

    __slots__ = ("_busy", "_subprotocol", "_watched")

    FIN = FIN
    RSV1 = RSV1
    RSV2 = RSV2
    RSV3 = RSV3
    RSV_MASK = RSV_MASK
    OPCODE_MASK = OPCODE_MASK

    def __init__(self, handler: Any, mask_outgoing: bool, params: WebSocketParams) -> None:
        super().__init__(handler, mask_outgoing, params)
        # What the handler is at work on, a message or opening; and what it was a while ago.
        self._busy: asyncio.Future[Any] | None = None
        self._watched: asyncio.Future[Any] | None = None
        self._subprotocol: str | None = None

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

    def _go_on(self) -> None:
        """Hands on what is there."""
        machine = self._machine
        left = TURN
        while True:
            try:
                event = machine.next_event()
            except PeerError as error:
                gen_log.info("A WebSocket's other side broke the rules: %s", error)
                self._fail(error)
                return
            if event is None:
                return
            if isinstance(event, (str, bytes)):
                if self._busy:
                    self._hold_back(event)
                    return
                self._deliver(event)
                if self.stream.writing():
                    self._stop_at_high_water()
                if self._stalled or not machine.unread:
                    return
                left -= len(event)
            elif isinstance(event, Piece):
                self._piece(event)
                if self._stalled:
                    return
            elif type(event) is Close and self._busy and not machine.client and not self._reader:
                self._held = event  # reading goes on, so that the end of the stream is noticed
                self._stop_pinging()
                if self._alarm is None:
                    self._alarm = self._alarms.after(PATIENCE, self._answer_held_close)
                return
            else:
                self._control(event)
            left -= TURN // MESSAGES_PER_TURN
            if left <= 0:
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
        if self._busy is not None and self._watched is None and not self._mask_outgoing:
            self._watch_the_busy()

    def _watch_the_busy(self) -> None:
        self._watched = self._busy
        self._alarms.after(PATIENCE, self._look_whether_there)

    def _look_whether_there(self) -> None:
        """While nothing is read the end of the stream is not seen, and the handler may work on
        something without an end."""
        watched, self._watched = self._watched, None
        if self._busy is None or not self._stalled or self.stream.closed():
            return
        if self._busy is watched and has_left(self.stream.socket):
            self._abort()
        else:
            self._watch_the_busy()

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
        if not room and self._reader is not None:
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

    def _control(self, event: Any) -> None:
        handler = self.handler
        try:
            if type(event) is Ping:
                self._answer_ping(event.data)
                self._let_run(self._call(handler.on_ping, event.data))
            elif type(event) is Pong:
                self._let_run(self._call(handler.on_pong, event.data))
            else:
                self._close_received(event)
        except Exception:
            self._program_failed()

    # -- the handler's awaitables

    def _wait_for(self, pending: Any) -> None:
        """No message is given to the handler until ``pending`` is done."""
        pending = self._future_of(pending)
        if pending is None:
            return
        if pending.done():
            if self._reader is not None:
                self._reader.drop()
            if not pending.cancelled():
                pending.result()
            return
        self._busy = pending
        pending.add_done_callback(self._message_done)

    def _let_run(self, pending: Any) -> None:
        """Nothing waits for ``pending``, but it may fail."""
        if pending is not None and (future := self._future_of(pending)) is not None:
            future.add_done_callback(self._look_whether_it_failed)

    def _look_whether_it_failed(self, future: asyncio.Future[Any]) -> None:
        error = None if future.cancelled() else future.exception()
        if error is not None:
            self._handler_raised(error)

    def _future_of(self, pending: Any) -> asyncio.Future[Any] | None:
        if asyncio.isfuture(pending):
            return pending
        if not (hasattr(pending, "__await__") or hasattr(pending, "add_done_callback")):
            return None  # a plain method that returned whatever it likes
        future: asyncio.Future[Any]
        future = self._call(as_task, pending, self.stream.io_loop.asyncio_loop)
        return future

    def _message_done(self, pending: asyncio.Future[Any]) -> None:
        self._busy = None
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

    def _answer_held_close(self) -> None:
        """The handler is at work for long: on something without an end, perhaps."""
        event, self._held = self._held, None
        if type(event) is Close:
            self._control(event)

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
        agreed = negotiate(handler, self.compute_accept_value)
        self._subprotocol = agreed.subprotocol
        if agreed.compression is not None:
            self.params = replace(self.params, compression_options=agreed.options)
        self._context = getattr(handler, "_websocket_context", None)
        self._inside = True  # get() runs in it
        try:
            self._start(handler._upgrade(self, agreed.fields), agreed.compression)
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
