"""SSLIOStream: a stream over TLS.

Laws:
1. The handshake is the second half of opening: it has the reader and the writer to itself, and
   reads, writes and push mode that were begun earlier wait for it.
2. An end without the peer's close_notify (RFC 8446 section 6.1) is not an orderly end: the stream
   closes with ``ssl.SSLEOFError`` or a reset, and read_until_close fails. Our own close sends a
   close_notify.
3. Nothing stays behind in the TLS object after a receive: the event loop cannot see it there.
4. TLS may have to read in order to write, and the other way round (a new handshake, a key update).
   Then the operation is tried again when the other direction is ready.
"""

from __future__ import annotations

import asyncio
import socket
import ssl
from collections.abc import Callable
from typing import Any

from tornado.iostream._base import BaseIOStream
from tornado.iostream._eras import by_kind
from tornado.iostream._life import gen_log
from tornado.iostream._tcp import IOStream
from tornado.iostream._write import FileRange
from tornado.netutil._tls import ssl_options_to_context

# What is given to TLS at a time. It must be offered the same bytes again after it was blocked,
# which holds because the queue's head does not change.
WRITE_SLICE = 1 << 17
# The most that one record holds (RFC 8446 section 5.1): after a full one there is usually another.
FULL_RECORD = 1 << 14


class SSLIOStream(IOStream):
    """A stream over TLS: the interface of :class:`IOStream`, encrypted.

    ``socket`` is either an ``ssl.SSLSocket`` made with ``do_handshake_on_connect=False`` or a
    plain socket, which :meth:`connect` takes to TLS as a client. ``ssl_options`` is an
    ``ssl.SSLContext`` or a dict (see :func:`tornado.netutil.ssl_options_to_context`); by default
    the server's certificate is verified against the system's authorities and its host name.

    The handshake happens by itself, before anything is read or written; a certificate that does
    not hold closes the stream with ``ssl.SSLCertVerificationError``.
    ``stream.socket.getpeercert()``, ``.selected_alpn_protocol()`` and ``.version()`` tell more
    after :meth:`wait_for_handshake`.
    """

    __slots__ = (
        "_context",
        "_handshake_waiters",
        "_read_wants_write",
        "_secured",
        "_server_hostname",
        "_write_wants_read",
    )

    _receives_directly = False  # law 3

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        options = kwargs.pop("ssl_options", None)
        super().__init__(*args, **kwargs)
        self._context = client_context(options)
        self._server_hostname: str | None = None
        self._handshake_waiters: list[
            tuple[asyncio.Future[SSLIOStream], Callable[[], Any] | None]
        ] = []
        self._secured = self._read_wants_write = self._write_wants_read = False
        try:
            self.socket.getpeername()
        except OSError:
            self._ready = False  # nothing can be done before connect()
            self._queue()
        else:
            if not isinstance(self.socket, ssl.SSLSocket):
                self._wrap()
            self._begin_handshake()

    # Opening

    def connect(
        self,
        address: Any,
        *behind: Any,
        server_hostname: str | None = None,
        callback: Callable[[], Any] | None = None,
    ) -> asyncio.Future[Any]:
        """Connect and shake hands; the Future gives the stream.

        ``server_hostname`` is the name to ask the server for (SNI), against which its certificate
        is checked; it is needed unless ``ssl_options`` switch that check off (ValueError).
        """
        if isinstance(self.socket, ssl.SSLSocket):
            # Wrapped too early: begin with the plain socket and take its context later.
            self._context = self.socket.context
            self._server_hostname = self.socket.server_hostname
            self.socket = socket.socket(fileno=self.socket.detach())
            self.socket.setblocking(False)
        name, callback = by_kind(behind, server_hostname, callback)
        check_name(self._context, name or self._server_hostname)
        return super().connect(address, server_hostname=name, callback=callback)

    def _set_server_hostname(self, name: str | None) -> None:
        if name is not None:
            self._server_hostname = name

    def _on_connected(self) -> None:
        self._stop_writer()
        error = self.get_fd_error()
        if error is not None:
            self.close(exc_info=error)
            return
        try:
            self._wrap()
        except (OSError, ValueError) as failed:
            self._close_for(failed)
        else:
            self._begin_handshake()

    def _wrap(self) -> None:
        self.socket = self._context.wrap_socket(
            self.socket,
            server_hostname=self._server_hostname,
            do_handshake_on_connect=False,
            suppress_ragged_eofs=False,
        )

    def _begin_handshake(self) -> None:
        self.socket.suppress_ragged_eofs = False  # law 2, for sockets that others have wrapped
        self._ready = False
        self._queue()
        if self.socket.server_side:
            self._start_reader(self._shake_hands)
        else:
            self._start_writer(self._shake_hands)

    def _shake_hands(self) -> None:
        try:
            self.socket.do_handshake()
        except ssl.SSLWantReadError:
            self._stop_writer()
            if not self._reader_on:
                self._start_reader(self._shake_hands)
        except ssl.SSLWantWriteError:
            self._stop_reader()
            if not self._writer_on:
                self._start_writer(self._shake_hands)
        except (OSError, ValueError) as error:
            gen_log.info("TLS handshake failed: %s", error)
            self._close_for(error)
        else:
            self._stop_reader()
            self._stop_writer()
            self._secured = True
            waiters, self._handshake_waiters = self._handshake_waiters, []
            for future, callback in waiters:
                if not future.done():
                    future.set_result(self)
                if callback is not None:
                    self._call_soon(callback)
            self._opened()

    def wait_for_handshake(
        self, callback: Callable[[], Any] | None = None
    ) -> asyncio.Future[SSLIOStream]:
        """A Future of this stream, resolved when the handshake is over.

        Raises :class:`StreamClosedError`, here or by the Future, when it has failed. May be called
        any number of times, at any time.
        """
        self._check_closed()
        future: asyncio.Future[SSLIOStream] = self._asyncio.create_future()
        if self._secured:
            future.set_result(self)
            if callback is not None:
                self._call_soon(callback)
        else:
            self._handshake_waiters.append((future, callback))
        return future

    # The end

    def _end_input(self) -> None:
        super()._end_input()
        waiters, self._handshake_waiters = self._handshake_waiters, []
        for future, _callback in waiters:
            self._fail(future)

    def _ended_badly(self) -> bool:
        # Anybody on the way can forge a reset: only a close_notify tells that nothing is missing.
        return self.error is not None

    def close_fd(self) -> None:
        if self._secured and self.error is None:
            try:
                self.socket.unwrap()  # sends the close_notify; nobody waits for the peer's
            except (OSError, ValueError):
                pass
        super().close_fd()

    # Receiving

    def read_from_fd(self, buf: bytearray | memoryview) -> int | None:
        try:
            return int(self.socket.recv_into(buf))
        except (ssl.SSLWantReadError, BlockingIOError):
            return None
        except ssl.SSLWantWriteError:
            self._read_later()
            return None

    def _receive(self) -> bytes | None:
        secured = self.socket
        limit = self.read_chunk_size
        try:
            data: bytes = secured.recv(limit)
        except (ssl.SSLWantReadError, BlockingIOError):
            return None
        except ssl.SSLWantWriteError:
            self._read_later()
            return None
        if len(data) < FULL_RECORD and not secured.pending():
            return data
        pieces = [data]
        size = len(data)
        try:
            while secured.pending() or (len(pieces[-1]) >= FULL_RECORD and size < limit):
                piece = secured.recv(limit)
                if not piece:
                    break  # told again, and then by itself, at the next receive
                pieces.append(piece)
                size += len(piece)
        except OSError:
            pass  # no more now; and an error will be there at the next receive too
        return b"".join(pieces)

    def _read_later(self) -> None:
        """Reading needs to write first."""
        self._read_wants_write = True
        if not self._writer_on:
            self._start_writer(self._on_writable)

    _on_push = BaseIOStream._on_push

    def _on_writable(self) -> None:
        if self._read_wants_write:
            self._read_wants_write = False
            self._stop_writer()
            self._read_now()
            if self._closed or self._read_wants_write:
                return
        self._flush()

    def _read_now(self) -> None:
        if self._consumer is not None:
            if not self._paused:
                self._on_push()
        elif self._pending is not None:
            self._on_readable()

    # Sending

    send = BaseIOStream.send

    def write_to_fd(self, data: memoryview) -> int:
        try:
            with data[:WRITE_SLICE] as part:
                return int(self.socket.send(part))
        except ssl.SSLWantWriteError:
            return 0
        except ssl.SSLWantReadError:
            self._write_wants_read = True
            return 0

    def _send_file_slice(self, part: FileRange) -> int | None:
        return BaseIOStream._send_file_slice(self, part)

    def _flush(self) -> None:
        super()._flush()
        self._settle_writer()

    def _enqueue(self, piece: bytes | memoryview) -> bool:
        left = super()._enqueue(piece)
        self._settle_writer()
        return left

    def _settle_writer(self) -> None:
        """A write that waits for input: a writable socket does not help it."""
        if self._write_wants_read and not self._closed:
            self._stop_writer()
            self._stop_reader()

    def _stop_reader(self) -> None:
        super()._stop_reader()
        if self._write_wants_read and not self._closed:
            self._start_reader(self._on_input_for_write)

    def _on_input_for_write(self) -> None:
        self._write_wants_read = False
        self._stop_reader()
        self._flush()
        if self._closed:
            return
        if self._write_wants_read:
            self._read_now()  # it may be data that stands before what the write waits for
        else:
            self._watch_input()


def client_context(options: dict[str, Any] | ssl.SSLContext | None) -> ssl.SSLContext:
    """The context of a client; without options the usual verifying one, made once."""
    global _usual_client_context
    if options is not None:
        return ssl_options_to_context(options, server_side=False)
    if _usual_client_context is None:
        _usual_client_context = ssl.create_default_context(ssl.Purpose.SERVER_AUTH)
    return _usual_client_context


_usual_client_context: ssl.SSLContext | None = None


def check_name(context: ssl.SSLContext, server_hostname: str | None) -> None:
    """Raise ValueError when the certificate is to be checked against a name that nobody gave."""
    if context.check_hostname and not server_hostname:
        raise ValueError(
            "a TLS client checks the server's certificate against its name: give "
            "server_hostname=..., or ssl_options whose check_hostname is off"
        )


def start_tls(
    stream: IOStream,
    server_side: bool,
    ssl_options: dict[str, Any] | ssl.SSLContext | None,
    server_hostname: str | None,
) -> asyncio.Future[SSLIOStream]:
    """What IOStream.start_tls does."""
    stream._check_closed()
    if stream.reading() or stream.writing() or stream._inbox or not stream._ready:
        raise ValueError(
            "start_tls() on a stream that is not idle: finish reads and writes first, and read "
            "what is buffered; what was sent before the handshake is not protected by it"
        )
    if server_side:
        if ssl_options is None:
            raise ValueError("start_tls(server_side=True) needs ssl_options with a certificate")
        context = ssl_options_to_context(ssl_options, server_side=True)
    else:
        context = client_context(ssl_options)
        check_name(context, server_hostname)
    stream._stop_reader()
    stream._stop_writer()
    plain, stream.socket = stream.socket, None
    stream._closed = True
    stream._ready = False
    callback, stream._close_callback = stream._close_callback, None
    release, stream._on_release = stream._on_release, None
    future: asyncio.Future[SSLIOStream] = stream._asyncio.create_future()
    try:
        secured = context.wrap_socket(
            plain,
            server_side=server_side,
            server_hostname=None if server_side else server_hostname,
            do_handshake_on_connect=False,
            suppress_ragged_eofs=False,
        )
    except BaseException:
        plain.close()
        if release is not None:
            release()
        raise
    successor = SSLIOStream(
        secured,
        stream.max_buffer_size,
        stream.read_chunk_size,
        stream.max_write_buffer_size,
        ssl_options=context,
        io_loop=stream.io_loop,
    )
    successor._opening = future, None
    successor._on_release = release
    successor.set_close_callback(callback)
    # Whoever gives up waiting has no other way to reach the stream.
    future.add_done_callback(lambda done: successor.close() if done.cancelled() else None)
    return future
