"""Pings, and the end of a connection whose other side has gone without a word."""

from __future__ import annotations

import asyncio
import functools
import logging
import select
import socket
from typing import Any

from tornado.websocket._alarms import Alarm
from tornado.websocket._closing import INTERNAL_ERROR
from tornado.websocket._params import WebSocketParams
from tornado.websocket._protocol import OPEN
from tornado.websocket._sender import Sender

gen_log = logging.getLogger("tornado.general")


def de_dupe_gen_log(level: int, msg: str, *args: Any, **kwargs: Any) -> None:
    """Logs a line of ``tornado.general`` the first time that it is said."""
    _say(level, msg, *args, **kwargs)


@functools.lru_cache(maxsize=256)
def _say(level: int, msg: str, *args: Any, **kwargs: Any) -> None:
    gen_log.log(level, msg, *args, **kwargs)


def has_left(sock: socket.socket) -> bool:
    """Whether the other side has ended the connection, behind whatever was not read yet."""
    if not hasattr(select, "poll"):
        return False  # Windows: it is noticed when something is sent
    poll = select.poll()
    poll.register(sock, getattr(select, "POLLRDHUP", select.POLLHUP))
    return bool(poll.poll(0))


class Keepalive(Sender):
    """What tells a silent connection from a dead one.

    The timer: with ``ping_interval`` I and ``ping_timeout`` T (T is I by default, and never more),
    the first ping is sent I seconds after the opening. T seconds after a ping the other side must
    have given a sign of life: the pong, or any other byte, since a large message under way keeps
    its pong waiting. If it has not, the connection is ended at once: a close frame of code 1011
    is sent for what it is worth, the handler's ``on_close`` is called, with ``close_code`` None.
    Otherwise the next ping follows I seconds after the last. While the program keeps the connection
    from being read (a pending ``on_message`` with the next message waiting), silence is not held
    against the other side; while the socket is full no ping is added, and what leaves of the
    waiting bytes is the sign of life. Nothing is sent once closing has begun.
    """

    __slots__ = ("_heard", "_left", "_ping_alarm", "_stalled")

    def __init__(self, handler: Any, params: WebSocketParams) -> None:
        super().__init__(handler, params)
        self._heard = False  # anything, since the last ping
        self._left = 0  # bytes that had left at the last ping
        self._ping_alarm: Alarm | None = None
        self._stalled = False  # reading is paused, by us

    @property
    def ping_interval(self) -> float:
        """Seconds between pings; 0: none are sent."""
        return self.params.ping_interval or 0

    @property
    def ping_timeout(self) -> float:
        """Seconds after a ping in which the other side must give a sign of life."""
        interval = self.ping_interval
        timeout = self.params.ping_timeout or interval
        if interval and timeout > interval:
            de_dupe_gen_log(
                logging.WARNING,
                "websocket_ping_timeout of %s s is more than websocket_ping_interval, and is taken "
                "for %s s",
                timeout,
                interval,
            )
            return interval
        return timeout

    @staticmethod
    def ping_sleep_time(*, last_ping_time: float, interval: float, now: float) -> float:
        """Seconds from ``now`` to the ping that follows ``interval`` seconds after the last."""
        return max(0.0, last_ping_time + interval - now)

    def start_pinging(self) -> None:
        """Begins to send pings, if there is an interval. The class's description has the rules."""
        interval = self.ping_interval
        if interval > 0 and self._ping_alarm is None:
            self._ping_alarm = self._alarms.after(interval, self._send_ping)

    def _stop_pinging(self) -> None:
        alarm, self._ping_alarm = self._ping_alarm, None
        if alarm is not None:
            alarm.cancel()

    def _send_ping(self) -> None:
        if self._machine.state is not OPEN:
            return
        stream = self.stream
        self._heard = False
        self._left = stream._total_write_done_index
        if not stream.writing():
            self.write_ping(b"")
        self._ping_alarm = self._alarms.after(self.ping_timeout, self._expect_life)

    def _expect_life(self) -> None:
        if self._machine.state is not OPEN:
            return
        stream = self.stream
        kept_from_reading = self._stalled and not stream.writing()
        if not (self._heard or kept_from_reading or stream._total_write_done_index > self._left):
            gen_log.info("Closing a WebSocket whose other side does not answer pings")
            self._ping_alarm = None
            if not stream.writing():
                self._send_control(self._machine.close(INTERNAL_ERROR, "ping timeout"))
            self._abort()
            return
        # The difference and not what is left to the second: equal waits share a timer.
        rest = self.ping_interval - self.ping_timeout
        if rest > 0:
            self._ping_alarm = self._alarms.after(rest, self._send_ping)
        else:
            self._send_ping()

    async def periodic_ping(self) -> None:
        """Pings until the connection ends. Kept for programs that run it as a task;
        ``start_pinging`` does the same without one."""
        self.start_pinging()
        while not self.is_closing():
            now = self._alarms.time()
            await asyncio.sleep(
                self.ping_sleep_time(last_ping_time=now, interval=self.ping_interval or 1, now=now)
            )
