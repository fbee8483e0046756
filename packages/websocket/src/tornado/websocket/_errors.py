"""What can go wrong with a WebSocket.

::

    Exception
     └── WebSocketError              everything here
          ├── WebSocketHandshakeError  a client's: the server's answer opens no WebSocket
          ├── WebSocketClosedError   written to a connection that is closed or closing
          └── PeerError              the other side broke the rules; it is told by a close code

Local misuse (a message of a wrong type, a close code that may not be sent) is a TypeError or a
ValueError: it is for the programmer.
"""

from __future__ import annotations

from typing import Any


class WebSocketError(Exception):
    """Base class of what this package raises about connections."""


class WebSocketClosedError(WebSocketError):
    """A message, a ping or a pong was to be sent, and the connection is closed or closing.

    It happens to every program, since the other side may leave at any moment: an awaitable of
    ``write_message`` that fails with this is silent if nobody awaits it.
    """

    def __init__(self, *args: object) -> None:
        super().__init__(*(args or ("the WebSocket is closed",)))


class WebSocketHandshakeError(WebSocketError):
    """The server has answered, and not with the handshake of a WebSocket (RFC 6455 section 4.1).

    ``response`` is its answer, an ``HTTPResponse`` of ``tornado.httpclient``.
    """

    response: Any = None


class PeerError(WebSocketError):
    """The other side broke the rules: ``code`` is what it is told (RFC 6455 section 7.4.1)."""

    def __init__(self, code: int, text: str) -> None:
        super().__init__(text)
        self.code = code
