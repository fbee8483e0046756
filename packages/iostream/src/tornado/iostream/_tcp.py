"""IOStream: a stream over a socket, and the hot path of the servers above.

``send`` and ``_on_push`` are the two methods that a request passes through: written out here for
the socket, one call each, where the layers below have the general way.
"""

from __future__ import annotations

import asyncio
import errno
import os
import socket
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from tornado.iostream._base import BaseIOStream
from tornado.iostream._eras import by_kind
from tornado.iostream._output import SENDFILE_SLICE
from tornado.iostream._write import Bytes, FileRange, WriteQueue, as_bytes

if TYPE_CHECKING:
    import ssl

    from tornado.iostream._ssl import SSLIOStream

_INET = (socket.AF_INET, socket.AF_INET6)
# What os.sendfile says where the kernel cannot do it for these two descriptors.
_CANNOT_SENDFILE = frozenset(
    {errno.EINVAL, errno.ENOSYS, errno.ENOTSOCK, errno.ENOTSUP, errno.EOPNOTSUPP, errno.EOVERFLOW}
)


class IOStream(BaseIOStream):
    """A stream over a connected, or still to be connected, stream socket.

    ``socket`` is made non-blocking and belongs to the stream from now on. The keyword arguments
    are those of :class:`BaseIOStream`. ::

        async def ask() -> bytes:
            stream = IOStream(socket.socket(socket.AF_INET, socket.SOCK_STREAM))
            await stream.connect(("127.0.0.1", 7))
            await stream.write(b"hello\\n")
            return await stream.read_until(b"\\n")
    """

    __slots__ = ("__dict__", "socket")

    socket: Any  # a socket.socket until the stream is closed, then None

    def __init__(self, socket: socket.socket, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if socket.gettimeout() != 0.0:
            socket.setblocking(False)
        self.socket = socket

    def __init_subclass__(cls, **kwargs: Any) -> None:
        # A subclass that gives its own primitives has them used, on the long way.
        super().__init_subclass__(**kwargs)
        if "read_from_fd" in vars(cls):
            for name in ("_receive", "_on_push"):
                if name not in vars(cls):
                    setattr(cls, name, getattr(BaseIOStream, name))
        if "write_to_fd" in vars(cls) and "send" not in vars(cls):
            cls.send = BaseIOStream.send  # type: ignore[method-assign]  # see above

    # The descriptor

    def fileno(self) -> int:
        if self.socket is None:
            raise self._closed_error()
        return int(self.socket.fileno())

    def close_fd(self) -> None:
        self.socket.close()
        self.socket = None

    def get_fd_error(self) -> Exception | None:
        code = self.socket.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR)
        return OSError(code, os.strerror(code)) if code else None

    def set_nodelay(self, value: bool) -> None:
        """Whether small writes leave at once (True) or may wait for company (False)."""
        if self.socket is not None and self.socket.family in _INET:
            try:
                self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1 if value else 0)
            except OSError as error:
                # Some systems say EINVAL of a connection that the other side has reset.
                if error.errno not in (errno.EINVAL, errno.ECONNRESET):
                    raise

    # Receiving

    def read_from_fd(self, buf: bytearray | memoryview) -> int | None:
        try:
            return int(self.socket.recv_into(buf))
        except (BlockingIOError, InterruptedError):
            return None

    def _receive(self) -> bytes | None:
        try:
            return self.socket.recv(self.read_chunk_size)  # type: ignore[no-any-return]  # bytes
        except (BlockingIOError, InterruptedError):
            return None

    def _on_push(self) -> None:
        try:
            data = self.socket.recv(self.read_chunk_size)
        except (BlockingIOError, InterruptedError):
            return
        except OSError as error:
            self._close_for(error)
            return
        if data:
            try:
                self._deliver(data)  # type: ignore[misc]  # push mode: never None here
            except Exception as error:
                self._consumer_failed(error)
        else:
            self._input_over()

    # Sending

    def write_to_fd(self, data: memoryview) -> int:
        return int(self.socket.send(data))

    def send(self, data: Bytes) -> bool:
        if self._unsent is not None or self._closed:
            return super().send(data)
        if type(data) is not bytes:
            data = as_bytes(data)
        if self.max_write_buffer_size is not None:
            self._check_room(len(data))
        try:
            sent = self.socket.send(data)
        except (BlockingIOError, InterruptedError):
            sent = 0
        except OSError as error:
            raise self._broken(error)
        if sent == len(data):
            return True
        self._unsent = WriteQueue(self._written)
        return self._enqueue(memoryview(data)[sent:])

    send.__doc__ = BaseIOStream.send.__doc__

    def _send_file_slice(self, part: FileRange) -> int | None:
        if part.copied or not hasattr(os, "sendfile"):
            return super()._send_file_slice(part)
        try:
            sent = os.sendfile(
                self.socket.fileno(),
                part.descriptor,
                part.offset,
                min(part.left, SENDFILE_SLICE),
            )
        except OSError as error:
            if error.errno not in _CANNOT_SENDFILE:
                raise
            part.copied = True
            return super()._send_file_slice(part)
        return sent or None

    # Connecting

    def connect(
        self,
        address: Any,
        *behind: Any,
        server_hostname: str | None = None,
        callback: Callable[[], Any] | None = None,
    ) -> asyncio.Future[Any]:
        """Connect to ``address``; the Future gives the stream.

        ``address`` is what ``socket.connect`` takes: a pair of IP address and port, or a path. A
        host name is looked up while the loop stands still: :class:`tornado.tcpclient.TCPClient`
        does that properly. Reads and writes may be started at once; they wait. The older order
        ``connect(address, callback)`` works; ``callback()`` is not called when connecting fails.

        A connection that fails closes the stream: the Future raises :class:`StreamClosedError`
        whose ``real_error`` says why.
        """
        name, callback = by_kind(behind, server_hostname, callback)
        self._check_closed()
        if self._opening is not None:
            raise RuntimeError("connect() was called already, and is under way")
        self._set_server_hostname(name)
        future: asyncio.Future[Any] = self._asyncio.create_future()
        self._opening = future, callback
        self._ready = False
        self._stop_reader()
        self._queue()
        try:
            self.socket.connect(address)
        except (BlockingIOError, InterruptedError) as error:
            if self.socket.family not in _INET and error.errno == errno.EAGAIN:
                # A local socket does not go on by itself: the listener's queue is full.
                self._close_for(error)
                return future
        except OSError as error:
            self._close_for(error)
            return future
        self._start_writer(self._on_connected)
        return future

    def _set_server_hostname(self, name: str | None) -> None:
        """The name to ask a TLS server for: nothing to keep here."""

    def _on_connected(self) -> None:
        self._stop_writer()
        error = self.get_fd_error()
        if error is not None:
            self.close(exc_info=error)
        else:
            self._opened()

    def _opened(self) -> None:
        """The descriptor is ready: let what has waited begin."""
        self._ready = True
        if self._opening is not None:
            (future, callback), self._opening = self._opening, None
            if not future.done():
                future.set_result(self)
            if callback is not None:
                self._call_soon(callback)
        self._flush()
        if not self._closed:
            self._watch_input()

    # TLS

    def start_tls(
        self,
        server_side: bool,
        ssl_options: dict[str, Any] | ssl.SSLContext | None = None,
        server_hostname: str | None = None,
    ) -> asyncio.Future[SSLIOStream]:
        """Go on with TLS on this connection; the Future gives the new stream.

        This stream must be idle, with nothing buffered in either direction (ValueError): bytes
        that came before the handshake must not pass for protected ones. It gives its socket away
        and must not be used any more; its close callback moves to the new stream.

        ``ssl_options`` is an ``ssl.SSLContext`` or a dict (see
        :func:`tornado.netutil.ssl_options_to_context`); by default a client verifies the server's
        certificate against the system's authorities and ``server_hostname``.
        """
        from tornado.iostream._ssl import start_tls

        return start_tls(self, server_side, ssl_options, server_hostname)
