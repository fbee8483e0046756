"""TLS inside TLS: a socket whose bytes travel over a stream that is encrypted already.

The ``ssl`` module encrypts sockets. For a second layer (a server behind an ``https`` proxy) there
is a pair of local sockets: the second layer is made on one, and what comes out of the other is
carried to the stream and back.
"""

from __future__ import annotations

import socket

from tornado.iostream import IOStream, StreamClosedError


class _OneWay:
    """Carries what one stream receives to another, no faster than that one takes it."""

    def __init__(self, source: IOStream, target: IOStream) -> None:
        self._source = source
        self._target = target
        source.start_push(self)

    def data_received(self, data: bytes) -> None:
        try:
            if not self._target.send(data):
                self._source.pause_reading()
                self._target.call_when_drained(self._go_on)
        except StreamClosedError:
            self._source.close()

    def connection_lost(self, exc: BaseException | None) -> None:
        self._target.call_when_drained(self._target.close)

    def _go_on(self) -> None:
        if not self._source.closed():
            self._source.resume_reading()


def carried_by(stream: IOStream, max_buffer_size: int | None = None) -> IOStream:
    """A plain stream whose bytes go over ``stream``, and which ends with it.

    ``stream`` belongs to it from now on.
    """
    ours, far = socket.socketpair()
    inner = IOStream(ours, max_buffer_size=max_buffer_size)
    outer = IOStream(far)
    _OneWay(stream, outer)
    _OneWay(outer, stream)
    return inner
