"""Ports that nobody uses."""

from __future__ import annotations

import socket

from tornado.netutil import bind_sockets


def bind_unused_port(
    reuse_port: bool = False, address: str = "127.0.0.1"
) -> tuple[socket.socket, int]:
    """A listening socket on a free port of ``address``, and the number of that port.

    Nobody else can take the port meanwhile. Give the socket to ``server.add_socket``, which also
    closes it in the end; ``reuse_port=True`` sets SO_REUSEPORT, where the system has it. An
    ``address`` that means several (``localhost`` may) gives the socket of the first.
    """
    sock, *others = bind_sockets(0, address, reuse_port=reuse_port)
    for other in others:
        other.close()
    return sock, sock.getsockname()[1]


def get_unused_port() -> int:
    """The number of a port of 127.0.0.1 that was free a moment ago.

    Another program may take it before you do: `bind_unused_port` has no such gap. For programs of
    before 2014, and for servers that only take a number.
    """
    sock, port = bind_unused_port()
    sock.close()
    return port
