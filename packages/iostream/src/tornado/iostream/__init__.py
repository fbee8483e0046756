"""Streams of bytes over non-blocking sockets, TLS connections and pipes.

:class:`IOStream` reads "up to this delimiter", "so many bytes", "until closed", and writes; in
push mode it hands what arrives straight to a :class:`StreamConsumer`.
"""

from tornado.iostream._base import BaseIOStream
from tornado.iostream._consumer import StreamConsumer
from tornado.iostream._doctests import doctests
from tornado.iostream._errors import (
    StreamBufferFullError,
    StreamClosedError,
    UnsatisfiableReadError,
)
from tornado.iostream._pipe import PipeIOStream
from tornado.iostream._ssl import SSLIOStream
from tornado.iostream._tcp import IOStream

__all__ = [
    "BaseIOStream",
    "IOStream",
    "PipeIOStream",
    "SSLIOStream",
    "StreamBufferFullError",
    "StreamClosedError",
    "StreamConsumer",
    "UnsatisfiableReadError",
    "doctests",
]

for _shown in (
    BaseIOStream,
    IOStream,
    PipeIOStream,
    SSLIOStream,
    StreamBufferFullError,
    StreamClosedError,
    StreamConsumer,
    UnsatisfiableReadError,
    doctests,
):
    _shown.__module__ = __name__
