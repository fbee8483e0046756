"""WebSockets (RFC 6455), for servers and for clients."""

from tornado.websocket._base import WebSocketProtocol
from tornado.websocket._client import WebSocketClientConnection
from tornado.websocket._connect import websocket_connect
from tornado.websocket._connection import WebSocketProtocol13
from tornado.websocket._errors import (
    WebSocketClosedError,
    WebSocketError,
    WebSocketHandshakeError,
)
from tornado.websocket._handler import WebSocketHandler
from tornado.websocket._messages import PreparedMessage
from tornado.websocket._params import SendPolicy, WebSocketParams

__all__ = [
    "PreparedMessage",
    "SendPolicy",
    "WebSocketClientConnection",
    "WebSocketClosedError",
    "WebSocketError",
    "WebSocketHandler",
    "WebSocketHandshakeError",
    "WebSocketParams",
    "WebSocketProtocol",
    "WebSocketProtocol13",
    "websocket_connect",
]

for _name in __all__:
    globals()[_name].__module__ = __name__
del _name
