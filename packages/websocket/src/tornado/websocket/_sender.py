"""The sending half of a WebSocket on a stream.

Laws:
1. On the common path a message is one ``stream.send`` and no Future: an awaitable that is done
   is returned, the same to everybody.
2. Memory for a reader that does not keep up is bounded, whether or not the program awaits.
3. An awaitable that fails because the other side has gone is silent if nobody awaits it.
4. A reader that takes nothing at all for ``write_timeout`` is given up.
5. While the socket is full at most one pong waits, the answer to the latest ping.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterable
from functools import partial
from typing import Any

from tornado.iostream import IOStream, StreamClosedError
from tornado.websocket._alarms import Alarm, Alarms
from tornado.websocket._base import WebSocketProtocol
from tornado.websocket._closing import TRY_AGAIN_LATER
from tornado.websocket._errors import WebSocketClosedError
from tornado.websocket._frames import FIN
from tornado.websocket._messages import BINARY, TEXT, PreparedMessage, encode_message
from tornado.websocket._outbox import Outbox, deny
from tornado.websocket._params import SendPolicy, WebSocketParams
from tornado.websocket._protocol import OPEN, Machine
from tornado.websocket._utf8 import TextDecoder

gen_log = logging.getLogger("tornado.general")

PIECES_PER_TURN = 16  # of a message that is made piece by piece

_HOLDING = frozenset([SendPolicy.DROP_OLDEST, SendPolicy.COALESCE])
_SHORT_TEXT = [bytes((FIN | 0x1, size)) for size in range(126)]


class Sender(WebSocketProtocol):
    """What is sent, and when."""

    __slots__ = (
        "_alarms",
        "_half_out",
        "_in_pieces",
        "_left_then",
        "_machine",
        "_outbox",
        "_plain",
        "_pong_due",
        "_write_alarm",
        "params",
    )

    stream: IOStream

    def __init__(self, handler: Any, params: WebSocketParams) -> None:
        super().__init__(handler)
        self.params = params
        self._machine: Machine
        self._alarms: Alarms
        self._plain = False  # frames need neither mask nor compression, and nothing waits
        self._pong_due: bytes | None = None
        self._outbox: Outbox | None = None
        self._left_then = 0  # bytes that had left when the watch began
        self._write_alarm: Alarm | None = None
        self._in_pieces = False  # a message in pieces has its turn
        self._half_out = False  # and the first of them has been sent

    # -- messages

    def write_message(
        self, message: Any, binary: bool = False, *, key: Any = None
    ) -> asyncio.Future[None]:
        """Sends a message: str, bytes, a dict (as JSON), a PreparedMessage, or an async iterable
        of pieces.

        The awaitable is done when the program may go on, see WebSocketParams. ``key`` is for its
        policy ``coalesce``. Raises WebSocketClosedError if the connection is closed or closing.
        """
        if self._plain and type(message) is str and not binary:
            payload = message.encode()
            size = len(payload)
            if size < 126 and self._machine._state is OPEN:
                # The common path, without a call: see _send.
                try:
                    if self.stream.send(_SHORT_TEXT[size] + payload):
                        return self._alarms.done
                except StreamClosedError as error:
                    return self._failed(error)
                return self._queued(size + 2)
        machine = self._machine
        if self._plain and type(message) is PreparedMessage and machine._state is OPEN:
            return self._send(message._frame)
        if machine.close_sent or self.stream.closed():
            raise WebSocketClosedError
        if isinstance(message, PreparedMessage):
            if self._outbox is None:
                return self._send(message._frame_for(machine))
            return self._hold(message, len(message), key)
        if hasattr(message, "__aiter__"):
            return self._send_pieces(message, binary)
        encoded = encode_message(message, binary)
        if self._outbox is None:
            return self._send(machine.message(*encoded))
        return self._hold(encoded, len(encoded[1]), key)

    def _send(self, data: bytes) -> asyncio.Future[None]:
        try:
            if self.stream.send(data):
                return self._alarms.done
        except StreamClosedError as error:
            return self._failed(error)
        return self._queued(len(data))

    def _waiting(self) -> int:
        """Bytes that wait in the stream."""
        stream = self.stream
        return stream._total_write_index - stream._total_write_done_index

    def _queued(self, size: int) -> asyncio.Future[None]:
        """The socket is full, and the last ``size`` bytes wait with what waited before."""
        self._watch_writing()
        params = self.params
        if params.send_policy in _HOLDING:
            self._open_outbox()
            self.stream.call_when_drained(self._pump)
            return self._alarms.done
        waiting = self._waiting()
        high = params.send_high_water
        if waiting <= high:
            return self._alarms.done
        if waiting - size > self._limit():
            self._too_slow(waiting)
        return self._drained()

    # -- messages that wait

    def _open_outbox(self) -> Outbox:
        self._plain = False
        self._outbox = Outbox()
        return self._outbox

    def _hold(self, item: Any, size: int, key: Any) -> asyncio.Future[None]:
        """Messages wait, and this one has to wait behind them."""
        outbox = self._outbox
        assert outbox is not None
        params = self.params
        policy, high = params.send_policy, params.send_high_water
        before = outbox.size
        outbox.put(item, size, key if policy is SendPolicy.COALESCE else None)
        if outbox.size <= high:
            return self._alarms.done
        if policy is SendPolicy.DROP_OLDEST:
            outbox.drop_down_to(high)
            return self._alarms.done
        if before > self._limit():
            self._too_slow(before)
            return self._failed()
        return outbox.emptied(self.stream.io_loop.asyncio_loop)

    def _pump(self) -> None:
        """Sends what waits, for as long as the socket takes it."""
        outbox = self._outbox
        if outbox is None or self._in_pieces:
            return
        machine, stream = self._machine, self.stream
        if machine.close_sent or stream.closed():
            self._abandon()
            return
        while outbox:
            item = outbox.take()
            if isinstance(item, asyncio.Future):
                if not item.done():
                    self._in_pieces = True
                    item.set_result(None)
                    return
                continue
            try:
                if not stream.send(self._framed(item)):
                    stream.call_when_drained(self._pump)
                    return
            except StreamClosedError:
                self._abandon()
                return
        self._outbox = None
        self._plain = machine.deflate is None and not machine.client
        outbox.settle()

    def _abandon(self) -> None:
        outbox, self._outbox = self._outbox, None
        if outbox is not None:
            outbox.abandon()

    def _flush_outbox(self) -> None:
        """Sends all that waits without waiting for the socket: a close frame comes after it."""
        outbox = self._outbox
        while outbox and not self._in_pieces and not self.stream.closed():
            item = outbox.take()
            if isinstance(item, asyncio.Future):
                deny(item)
            else:
                self._send_control(self._framed(item))

    def _framed(self, item: Any) -> bytes:
        """The frame of a message that has waited."""
        machine = self._machine
        if isinstance(item, PreparedMessage):
            return item._frame_for(machine)
        return machine.message(*item)

    # -- messages in pieces

    def _send_pieces(self, pieces: AsyncIterable[Any], binary: bool) -> asyncio.Future[None]:
        """Sends a message whose pieces are still to be made; other messages wait for its end."""
        loop = self.stream.io_loop.asyncio_loop
        turn: asyncio.Future[None] | None = None
        if self._outbox is None:
            self._open_outbox()
            self._in_pieces = True
        else:
            turn = loop.create_future()
            self._outbox.put(turn, 0)
        task = loop.create_task(self._piece_by_piece(pieces, binary, turn))
        task.add_done_callback(partial(self._pieces_done, turn))
        return task

    async def _piece_by_piece(
        self, pieces: AsyncIterable[Any], binary: bool, turn: asyncio.Future[None] | None
    ) -> None:
        if turn is not None:
            await turn
        machine = self._machine
        opcode, check = BINARY if binary else TEXT, None if binary else TextDecoder()
        count = 0
        try:
            async for piece in pieces:
                count += 1
                if count % PIECES_PER_TURN == 0:
                    await asyncio.sleep(0)
                payload = piece.encode() if isinstance(piece, str) else bytes(piece)
                if check is not None:
                    check.feed(payload)
                data = machine.fragment(opcode, payload, not self._half_out, False)
                self._half_out = True
                if data and not self.stream.send(data):
                    self._watch_writing()
                    if self._waiting() > self.params.send_high_water:
                        await self._drained()
            if check is not None:
                check.finish()
            self.stream.send(machine.fragment(opcode, b"", not self._half_out, True))
            self._half_out = False
        except StreamClosedError as error:
            raise WebSocketClosedError from error.with_traceback(None)

    def _pieces_done(self, turn: asyncio.Future[None] | None, task: asyncio.Task[None]) -> None:
        """Whoever awaits the task is told by it; here the connection is told."""
        error = None if task.cancelled() else task.exception()
        if turn is not None and (turn.cancel() or turn.cancelled() or turn.exception()):
            return  # its turn has not come, and will not
        self._in_pieces = False
        half_out, self._half_out = self._half_out, False
        if (half_out or error is not None) and not self.is_closing():
            self._message_cut(error)  # nothing else can be sent after half a message
        else:
            self._pump()

    def _message_cut(self, error: BaseException | None) -> None:
        raise NotImplementedError

    # -- limits

    def _limit(self) -> int:
        """Bytes waiting, past which the connection is closed."""
        params = self.params
        if params.send_policy is SendPolicy.CLOSE:
            return params.send_high_water
        return params.send_limit or 16 * params.send_high_water

    def _watch_writing(self) -> None:
        """The socket is full: has anything left by the time that ``write_timeout`` allows?"""
        if self._write_alarm is None:
            self._left_then = self.stream._total_write_done_index
            self._write_alarm = self._alarms.after(self.params.write_timeout, self._check_writing)

    def _check_writing(self) -> None:
        self._write_alarm = None
        stream = self.stream
        if not stream.writing():
            return
        if stream._total_write_done_index > self._left_then:
            self._watch_writing()
        else:
            gen_log.info("Closing a WebSocket whose other side takes nothing")
            self._abort()

    def _stop_watching(self) -> None:
        alarm, self._write_alarm = self._write_alarm, None
        if alarm is not None:
            alarm.cancel()

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
        if self.stream.writing():
            self._watch_writing()
            waiting = self._waiting()
            if waiting > self._limit():
                self._too_slow(waiting)

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
