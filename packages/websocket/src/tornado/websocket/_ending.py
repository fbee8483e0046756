"""How a WebSocket ends: in good order, by a fault of either side, or by loss.

Laws:
1. The handler is told of the end once, whatever the end was, and told what the other side said.
2. Who broke the rules has a moment to read why: our side is shut, theirs is read and dropped.
3. Nobody is waited for without an end: every state that leads to the end has an alarm.
"""

from __future__ import annotations

import logging
import socket
import sys
from collections.abc import Callable
from contextvars import Context
from typing import Any

from tornado.iostream import SSLIOStream, StreamClosedError
from tornado.websocket._alarms import Alarm
from tornado.websocket._closing import GOING_AWAY, INTERNAL_ERROR, close_payload
from tornado.websocket._errors import PeerError, WebSocketClosedError
from tornado.websocket._events import Close
from tornado.websocket._keepalive import Keepalive
from tornado.websocket._params import WebSocketParams
from tornado.websocket._protocol import CLOSED, FAILED, Machine
from tornado.websocket._reader import MessageReader

gen_log = logging.getLogger("tornado.general")

LINGER = 2.0  # seconds in which a peer that broke the rules may read why


class Ending(Keepalive):
    """The part of WebSocketProtocol13 that closes."""

    __slots__ = (
        "_alarm",
        "_close",
        "_context",
        "_ended",
        "_held",
        "_inside",
        "_mask_outgoing",
        "_peer_closed",
        "_reader",
        "_told",
    )

    def __init__(self, handler: Any, mask_outgoing: bool, params: WebSocketParams) -> None:
        super().__init__(handler, params)
        self._mask_outgoing = mask_outgoing
        self._machine = Machine(mask_outgoing, params.max_message_size, None, params.in_pieces)
        self._close = Close(None, None)  # what the other side said
        self._peer_closed = False
        self._told = False  # the handler knows of the end
        self._ended: Callable[[], None] | None = None  # who else wants to know of it
        self._held: Any = None  # what comes after the message that is being handled
        self._reader: MessageReader | None = None  # of the message that arrives in pieces
        self._alarm: Alarm | None = None  # the end that is near
        self._context: Context | None = None  # what the handler's methods run in
        self._inside = False  # and one of them is running

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

    # -- asking

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

    # -- ending

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

    def on_connection_close(self) -> None:
        # The handler passes on what it was told, too: that is no reason to cut an end that takes
        # its course, with things to send or a peer that reads why.
        if not self._told:
            self._abort()

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

    def connection_lost(self, exc: BaseException | None) -> None:
        self._machine.lost()
        if self._alarm is not None:
            self._alarm.cancel()
        self._alarm = None
        self._stop_pinging()
        self._stop_watching()
        self._tell()
        self._held = None
        if self._ended is not None:
            self._ended()

    # -- the program's faults

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
