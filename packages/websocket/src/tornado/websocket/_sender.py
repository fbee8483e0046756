"""The sending half of a WebSocket on a stream.

Laws:
1. On the common path a message is one ``stream.send`` and no Future: an awaitable that is done
   is returned, the same to everybody.
2. Memory for a reader that does not keep up is bounded, whether or not the program awaits.
3. An awaitable that fails because the other side has gone is silent if nobody awaits it.
4. While the socket is full at most one pong waits, the answer to the latest ping.
"""

from __future__ import annotations

import asyncio
import logging
from typing import Any

from tornado.iostream import IOStream, StreamClosedError
from tornado.websocket._alarms import Alarms
from tornado.websocket._base import WebSocketProtocol
from tornado.websocket._closing import TRY_AGAIN_LATER
from tornado.websocket._errors import WebSocketClosedError
from tornado.websocket._frames import FIN
from tornado.websocket._messages import PreparedMessage, encode_message
from tornado.websocket._params import SendPolicy, WebSocketParams
from tornado.websocket._protocol import OPEN, Machine

gen_log = logging.getLogger("tornado.general")

_SHORT_TEXT = [bytes((FIN | 0x1, size)) for size in range(126)]


class Sender(WebSocketProtocol):
    """What is sent, and when."""

    __slots__ = ("_alarms", "_machine", "_plain", "_pong_due", "params")

    stream: IOStream

    def __init__(self, handler: Any, params: WebSocketParams) -> None:
        self.handler = handler
        self.params = params
        self._machine: Machine
        self._alarms: Alarms
        self._plain = False  # frames need neither mask nor compression, and nothing waits
        self._pong_due: bytes | None = None

    # -- messages

    def write_message(
        self, message: Any, binary: bool = False, *, key: Any = None
    ) -> asyncio.Future[None]:
        """Sends a message: str, bytes, a dict (as JSON), or a PreparedMessage.

        The awaitable is done when the program may go on, see WebSocketParams. Raises
        WebSocketClosedError if the connection is closed or closing.
        """
        if self._plain and type(message) is str and not binary:
            payload = message.encode()
            size = len(payload)
            if size < 126 and self._machine._state is OPEN:
                return self._send(_SHORT_TEXT[size] + payload)
        machine = self._machine
        if isinstance(message, PreparedMessage):
            return self._send(message._frame_for(machine))
        opcode, payload = encode_message(message, binary)
        return self._send(machine.message(opcode, payload))

    def _send(self, data: bytes) -> asyncio.Future[None]:
        try:
            if self.stream.send(data):
                return self._alarms.done
        except StreamClosedError as error:
            return self._failed(error)
        return self._queued(len(data))

    def _waiting(self) -> int:
        """Bytes that wait to leave."""
        stream = self.stream
        return stream._total_write_index - stream._total_write_done_index

    def _queued(self, size: int) -> asyncio.Future[None]:
        """The socket is full, and the last ``size`` bytes wait with what waited before."""
        waiting = self._waiting()
        params = self.params
        high = params.send_high_water
        if waiting <= high:
            return self._alarms.done
        limit = high if params.send_policy is SendPolicy.CLOSE else params.send_limit or 16 * high
        if waiting - size > limit:
            self._too_slow(waiting)
        return self._drained()

    def _too_slow(self, waiting: int) -> None:
        gen_log.info("Closing a WebSocket whose other side takes nothing: %d bytes wait", waiting)
        self.close(TRY_AGAIN_LATER, "messages are not read as fast as they come")

    def _drained(self) -> asyncio.Future[None]:
        """Done when all that waits now has left."""
        stream = self.stream
        waiting: asyncio.Future[None] = stream.io_loop.asyncio_loop.create_future()

        def settle() -> None:
            if waiting.done():
                return
            if stream.closed():
                waiting.set_exception(WebSocketClosedError())
                waiting.exception()
            else:
                waiting.set_result(None)

        stream.call_when_drained(settle)
        return waiting

    def _failed(self, cause: BaseException | None = None) -> asyncio.Future[None]:
        failed: asyncio.Future[None] = self.stream.io_loop.asyncio_loop.create_future()
        error = WebSocketClosedError()
        error.__cause__ = None if cause is None else cause.with_traceback(None)
        failed.set_exception(error)
        failed.exception()  # on_close tells as well
        return failed

    # -- control frames

    def write_ping(self, data: bytes) -> None:
        """Sends a ping of up to 125 bytes. The answer comes to ``on_pong``."""
        self._send_control(self._machine.ping(data))

    def _send_control(self, data: bytes) -> None:
        try:
            self.stream.send(data)
        except StreamClosedError:
            pass  # connection_lost follows

    def _answer_ping(self, data: bytes) -> None:
        if self._machine._state is not OPEN:
            return
        if not self.stream.writing():
            self._send_control(self._machine.pong(data))
            return
        first = self._pong_due is None
        self._pong_due = data
        if first:
            self.stream.call_when_drained(self._send_due_pong)

    def _send_due_pong(self) -> None:
        data, self._pong_due = self._pong_due, None
        if data is not None and not self.stream.closed():
            self._answer_ping(data)
