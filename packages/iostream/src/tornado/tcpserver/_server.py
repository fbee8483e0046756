"""TCPServer: sockets that listen, and a method of yours for every connection."""

from __future__ import annotations

import asyncio
import logging
import socket
import ssl
from collections.abc import Awaitable, Callable, Iterable
from typing import Any

from tornado.gen import convert_yielded
from tornado.ioloop import IOLoop
from tornado.iostream import IOStream, SSLIOStream, StreamClosedError
from tornado.netutil import bind_sockets, ssl_options_to_context
from tornado.netutil._listening import DEFAULT_BACKLOG, Acceptor
from tornado.process import fork_processes

app_log = logging.getLogger("tornado.application")
gen_log = logging.getLogger("tornado.general")


class TCPServer:
    """A server of TCP (or local, or TLS) connections. Subclass it and write ``handle_stream``::

        class Echo(TCPServer):
            async def handle_stream(self, stream, address):
                while True:
                    await stream.write(await stream.read_until(b"\\n"))

        async def main():
            Echo().listen(8888)
            await asyncio.Event().wait()

    ``ssl_options`` (an ``ssl.SSLContext``, or a dict as for
    :func:`tornado.netutil.ssl_options_to_context`) makes it serve TLS. ``max_buffer_size`` and
    ``read_chunk_size`` are passed to the streams. At ``max_connections`` open connections it
    accepts no more until one has closed; the others wait in the system's queue.

    Ways to start it:

    * ``server.listen(port)`` inside a running loop, or before it is started.
    * Sockets of your own: ``server.add_sockets(bind_sockets(port))``, likewise.
    * Several processes: bind the sockets first, then fork, then start the loop and add them::

          sockets = bind_sockets(8888)
          fork_processes(0)  # one for each processor

          async def main():
              Echo().add_sockets(sockets)
              await asyncio.Event().wait()

          asyncio.run(main())

      The older way is ``server.bind(port)``, ``server.start(0)``, which forks, and then
      ``IOLoop.current().start()`` (not ``asyncio.run``, whose loop is another one).
    """

    def __init__(
        self,
        ssl_options: dict[str, Any] | ssl.SSLContext | None = None,
        max_buffer_size: int | None = None,
        read_chunk_size: int | None = None,
        *,
        max_connections: int | None = None,
        io_loop: IOLoop | None = None,
    ) -> None:
        if isinstance(ssl_options, IOLoop):  # in first place until 2018
            io_loop, ssl_options = ssl_options, None
        if max_connections is not None and max_connections < 1:
            raise ValueError(f"max_connections must be at least 1, not {max_connections}")
        self.ssl_options = ssl_options
        self.max_buffer_size = max_buffer_size
        self.read_chunk_size = read_chunk_size
        self.max_connections = max_connections
        # Made now, so that a missing certificate is found at the start and not by a connection.
        self._ssl_context = (
            None if ssl_options is None else ssl_options_to_context(ssl_options, server_side=True)
        )
        self._io_loop = io_loop
        self._sockets: dict[int, socket.socket] = {}  # by descriptor
        self._handlers: dict[int, Callable[[], None]] = {}  # what ends the accepting, likewise
        self._acceptors: list[Acceptor] = []
        self._pending_sockets: list[socket.socket] = []
        self._started = False
        self._stopped = False
        self._open = 0  # counted only with max_connections
        self._full = False
        self._tasks: set[Any] = set()

    # Starting

    def listen(
        self,
        port: int,
        address: str | None = None,
        family: socket.AddressFamily = socket.AF_UNSPEC,
        backlog: int = DEFAULT_BACKLOG,
        flags: int | None = None,
        reuse_port: bool = False,
    ) -> None:
        """Accept connections on ``port`` now. May be called again for further ports.

        The arguments are those of :func:`tornado.netutil.bind_sockets`.
        """
        self.add_sockets(bind_sockets(port, address, family, backlog, flags, reuse_port))

    def add_sockets(self, sockets: Iterable[socket.socket]) -> None:
        """Accept connections on sockets that listen already."""
        io_loop = self._io_loop or IOLoop.current()
        for sock in sockets:
            acceptor = Acceptor(sock, self._handle_connection, io_loop)
            self._sockets[sock.fileno()] = sock
            self._handlers[sock.fileno()] = acceptor.stop
            self._acceptors.append(acceptor)
            if not self._full:
                acceptor.start()

    def add_socket(self, socket: socket.socket) -> None:
        """Accept connections on one socket that listens already."""
        self.add_sockets([socket])

    def bind(
        self,
        port: int,
        address: str | None = None,
        family: socket.AddressFamily = socket.AF_UNSPEC,
        backlog: int = DEFAULT_BACKLOG,
        flags: int | None = None,
        reuse_port: bool = False,
    ) -> None:
        """Bind ``port``, to accept connections after :meth:`start`. May be called several times."""
        sockets = bind_sockets(port, address, family, backlog, flags, reuse_port)
        if self._started:
            self.add_sockets(sockets)
        else:
            self._pending_sockets.extend(sockets)

    def start(self, num_processes: int | None = 1, max_restarts: int | None = None) -> None:
        """Accept connections on what was bound, in ``num_processes`` processes.

        1, the default, stays in this process; None or 0 forks one for each processor. See
        :func:`tornado.process.fork_processes` for ``max_restarts`` and what must not be done
        before. Raises RuntimeError when called twice.
        """
        if self._started:
            raise RuntimeError("start() was called already")
        self._started = True
        if num_processes != 1:
            fork_processes(num_processes, max_restarts)
        sockets, self._pending_sockets = self._pending_sockets, []
        self.add_sockets(sockets)

    def stop(self) -> None:
        """Accept no more connections and close the listening sockets; open connections go on."""
        if self._stopped:
            return
        self._stopped = True
        for acceptor in self._acceptors:
            acceptor.stop()
        self._acceptors.clear()
        self._handlers.clear()
        for sock in [*self._sockets.values(), *self._pending_sockets]:
            sock.close()
        self._sockets.clear()
        self._pending_sockets.clear()

    # Serving

    def handle_stream(self, stream: IOStream, address: Any) -> Awaitable[None] | None:
        """Serve a new connection. Override it, as a plain method or a coroutine.

        ``address`` is what ``socket.accept`` gave: a tuple that begins with the IP address and
        the port, or a str for a local socket. For TLS the handshake may not be over yet:
        ``await stream.wait_for_handshake()`` where that matters.

        A coroutine may end by :class:`tornado.iostream.StreamClosedError`: the peer went away.
        Any other exception is logged and closes the connection.
        """
        raise NotImplementedError("write handle_stream(self, stream, address) in your TCPServer")

    def _handle_connection(self, connection: socket.socket, address: Any) -> None:
        stream: IOStream
        if self._ssl_context is None:
            stream = IOStream(
                connection,
                self.max_buffer_size,
                self.read_chunk_size,
                io_loop=self._io_loop,
            )
        else:
            try:
                secured = self._ssl_context.wrap_socket(
                    connection,
                    server_side=True,
                    do_handshake_on_connect=False,
                    suppress_ragged_eofs=False,
                )
            except OSError as error:  # gone again before it was looked at
                gen_log.info("TLS on a connection from %s failed: %s", address, error)
                connection.close()
                return
            stream = SSLIOStream(
                secured,
                self.max_buffer_size,
                self.read_chunk_size,
                ssl_options=self._ssl_context,
                io_loop=self._io_loop,
            )
        if self.max_connections is not None:
            self._count_in(stream)
        try:
            ended = self.handle_stream(stream, address)
            if ended is not None:
                self._follow(stream, address, ended)
        except Exception as error:
            self._connection_failed(stream, address, error)

    def _follow(self, stream: IOStream, address: Any, ended: Awaitable[None]) -> None:
        """See to the end of a handle_stream that is a coroutine."""
        future = convert_yielded(ended)
        self._tasks.add(future)

        def done(future: asyncio.Future[Any]) -> None:
            self._tasks.discard(future)
            # Not by result(): what is raised here would hold this frame, and so the Future.
            error = None if future.cancelled() else future.exception()
            if future.cancelled() or isinstance(error, StreamClosedError):
                stream.close()
            elif error is not None:
                self._connection_failed(stream, address, error)

        future.add_done_callback(done)

    def _connection_failed(self, stream: IOStream, address: Any, error: BaseException) -> None:
        app_log.error("handle_stream() of the connection from %s failed", address, exc_info=error)
        stream._close_for(error)

    def _count_in(self, stream: IOStream) -> None:
        self._open += 1
        stream._on_release = self._count_out
        if self.max_connections is not None and self._open >= self.max_connections:
            self._full = True
            for acceptor in self._acceptors:
                acceptor.stop()

    def _count_out(self) -> None:
        self._open -= 1
        if self._full and not self._stopped:
            self._full = False
            for acceptor in self._acceptors:
                acceptor.start()
