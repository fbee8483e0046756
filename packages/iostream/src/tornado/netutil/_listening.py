"""Sockets that listen, and taking connections from them.

Laws:
1. A port that cannot be had is one sentence that names the address, in an OSError with the errno
   the system gave.
2. The accept callback takes a bounded number of connections per event, and no error of one
   connection, nor a lack of descriptors, ends it.
"""

from __future__ import annotations

import asyncio
import errno
import logging
import os
import socket
import stat
from collections.abc import Callable
from typing import Any

from tornado.ioloop import IOLoop

gen_log = logging.getLogger("tornado.general")
app_log = logging.getLogger("tornado.application")

#: How many connections may wait to be accepted, unless the caller says otherwise.
DEFAULT_BACKLOG = 128
# How many are accepted in one turn of the loop, before the open ones are served again.
ACCEPTS_PER_TURN = 64
# How long accepting rests when the process has run out of descriptors or memory.
REST_SECONDS = 1.0

# Errors of one connection that was lost before it was accepted, and what Linux passes on of the
# network's (accept(2), "Error handling").
_LOST = frozenset(
    getattr(errno, name)
    for name in (
        "ECONNABORTED",
        "EPROTO",
        "ENETDOWN",
        "ENOPROTOOPT",
        "EHOSTDOWN",
        "ENONET",
        "EHOSTUNREACH",
        "EOPNOTSUPP",
        "ENETUNREACH",
        "EPERM",
    )
    if hasattr(errno, name)
)
_EXHAUSTED = frozenset({errno.EMFILE, errno.ENFILE, errno.ENOBUFS, errno.ENOMEM})


def _shown(host: str, port: int) -> str:
    return f"[{host}]:{port}" if ":" in host else f"{host}:{port}"


def _explain(error: OSError, what: str) -> OSError:
    """The error with a sentence that names what was wanted."""
    why = {
        errno.EADDRINUSE: "it is in use by another program (or an earlier start of this one)",
        errno.EADDRNOTAVAIL: "no interface of this machine has that address",
        errno.EACCES: "this user may not (ports below 1024 need a privilege)",
    }.get(error.errno or 0, error.strerror or str(error))
    return OSError(error.errno, f"cannot listen on {what}: {why}")


def bind_sockets(
    port: int,
    address: str | None = None,
    family: socket.AddressFamily = socket.AF_UNSPEC,
    backlog: int = DEFAULT_BACKLOG,
    flags: int | None = None,
    reuse_port: bool = False,
) -> list[socket.socket]:
    """Listening, non-blocking sockets for ``port`` on all the interfaces that ``address`` means.

    ``address`` is an IP address or a host name, which may mean several; None or ``""`` stands for
    every interface, of IPv4 and IPv6. ``family`` limits it to ``socket.AF_INET`` or ``AF_INET6``.
    ``port`` 0 takes a free port, the same one for all the sockets. ``flags`` are the AI_* flags
    for ``getaddrinfo`` (default: AI_PASSIVE). ``reuse_port`` lets several processes bind the same
    port, each with its own queue (SO_REUSEPORT).

    Raises OSError, with a sentence that names the address, when it cannot be had.
    """
    if reuse_port and not hasattr(socket, "SO_REUSEPORT"):
        raise ValueError("reuse_port=True: this platform has no SO_REUSEPORT")
    if address == "":
        address = None
    if address is None and family == socket.AF_UNSPEC and not socket.has_ipv6:
        family = socket.AF_INET
    asked = _shown(address or "*", port)
    try:
        found = socket.getaddrinfo(
            address,
            port,
            family,
            socket.SOCK_STREAM,
            0,
            socket.AI_PASSIVE if flags is None else flags,
        )
    except socket.gaierror as error:
        raise _explain(error, asked) from error
    # IPv4 first: with port 0 the socket that chooses the port should be the commonest kind.
    found.sort(key=lambda info: info[0] != socket.AF_INET)
    bound: list[socket.socket] = []
    chosen = port
    refused: OSError | None = None
    try:
        for info in dict.fromkeys(found):
            target: tuple[Any, ...] = info[4]
            if chosen != port:
                target = (target[0], chosen, *target[2:])
            try:
                sock = _listener(info[0], target, backlog, reuse_port)
            except OSError as error:
                # A machine may know IPv6 and have none of its addresses: the others will do.
                if error.errno in (errno.EAFNOSUPPORT, errno.EADDRNOTAVAIL) and len(found) > 1:
                    refused = error
                    continue
                raise _explain(error, _shown(str(target[0]), target[1])) from error
            bound.append(sock)
            if port == 0 and chosen == 0:
                chosen = sock.getsockname()[1]
        if not bound:
            assert refused is not None
            raise _explain(refused, asked) from refused
    except BaseException:
        for sock in bound:
            sock.close()
        raise
    return bound


def _listener(family: int, target: Any, backlog: int, reuse_port: bool) -> socket.socket:
    sock = socket.socket(family, socket.SOCK_STREAM)
    try:
        if os.name != "nt":  # there it would allow two servers on one port
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        if reuse_port:
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
        if family == socket.AF_INET6:
            # IPv4 has a socket of its own.
            sock.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
        sock.setblocking(False)
        sock.bind(target)
        sock.listen(backlog)
    except BaseException:
        sock.close()
        raise
    return sock


def bind_unix_socket(file: str, mode: int = 0o600, backlog: int = DEFAULT_BACKLOG) -> socket.socket:
    """A listening, non-blocking local socket at the path ``file``, with the permissions ``mode``.

    A socket that an earlier process has left there is replaced; anything else there is a
    ValueError. A name that begins with a NUL is in Linux' abstract namespace: no file, no mode.
    """
    sock = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    try:
        sock.setblocking(False)
        in_files = not file.startswith("\0")
        if in_files:
            try:
                there = os.stat(file)
            except FileNotFoundError:
                pass
            else:
                if not stat.S_ISSOCK(there.st_mode):
                    raise ValueError(f"{file} exists and is not a socket: it is left alone")
                os.unlink(file)
        try:
            if in_files:
                # Nobody may connect in between with wider permissions than asked for.
                before = os.umask(0o777 & ~mode)
                try:
                    sock.bind(file)
                finally:
                    os.umask(before)
                os.chmod(file, mode)
            else:
                sock.bind(file)
        except OSError as error:
            raise _explain(error, repr(file)) from error
        sock.listen(backlog)
    except BaseException:
        sock.close()
        raise
    return sock


def add_accept_handler(
    sock: socket.socket,
    callback: Callable[[socket.socket, Any], None],
    io_loop: IOLoop | None = None,
) -> Callable[[], None]:
    """Call ``callback(connection, address)`` for every connection to the listening ``sock``.

    ``sock`` and the connections are made non-blocking. Returns a function that ends it, and leaves
    ``sock`` open.
    """
    acceptor = Acceptor(sock, callback, io_loop or IOLoop.current())
    acceptor.start()
    return acceptor.stop


class Acceptor:
    """Takes the connections of one listening socket."""

    def __init__(
        self,
        sock: socket.socket,
        callback: Callable[[socket.socket, Any], None],
        io_loop: IOLoop,
    ) -> None:
        sock.setblocking(False)  # or the loop would stand still in accept()
        self._sock = sock
        self._callback = callback
        self._asyncio: asyncio.AbstractEventLoop = io_loop.asyncio_loop
        self._selector = io_loop.selector_loop
        self._on = False
        self._rest: asyncio.TimerHandle | None = None

    def start(self) -> None:
        """Begin, or go on after :meth:`stop`."""
        if not self._on:
            self._on = True
            self._selector.add_reader(self._sock.fileno(), self._accept)

    def stop(self) -> None:
        """Take no more connections. Those that wait stay in the system's queue."""
        if self._rest is not None:
            self._rest.cancel()
            self._rest = None
        if self._on:
            self._on = False
            if not self._asyncio.is_closed():
                self._selector.remove_reader(self._sock.fileno())

    def _accept(self) -> None:
        sock = self._sock
        for _turn in range(ACCEPTS_PER_TURN):
            try:
                connection, address = sock.accept()
            except BlockingIOError:
                return
            except InterruptedError:
                continue
            except OSError as error:
                if error.errno in _LOST:
                    continue
                if error.errno in _EXHAUSTED:
                    self._take_a_rest(error)
                    return
                raise
            connection.setblocking(False)
            try:
                self._callback(connection, address)
            except Exception:
                app_log.error("The callback for an accepted connection failed", exc_info=True)
                connection.close()
            if not self._on:
                return

    def _take_a_rest(self, error: OSError) -> None:
        """Out of descriptors: asking again at once would only burn the processor."""
        gen_log.warning(
            "Cannot accept connections for %g s: %s. %s",
            REST_SECONDS,
            os.strerror(error.errno or 0),
            "Raise the limit of open files (ulimit -n), or lower the number of connections"
            if error.errno == errno.EMFILE
            else "The system is short of memory or descriptors",
        )
        self.stop()
        self._rest = self._asyncio.call_later(REST_SECONDS, self.start)
