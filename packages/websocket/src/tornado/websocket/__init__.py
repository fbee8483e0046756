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
from tornado.websocket._keepalive import de_dupe_gen_log
from tornado.websocket._messages import PreparedMessage
from tornado.websocket._params import SendPolicy, WebSocketParams
from tornado.websocket._reader import MessageReader

__all__ = [
    "MessageReader",
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
    "de_dupe_gen_log",
    "websocket_connect",
]

for _name in __all__:
    globals()[_name].__module__ = __name__
del _name
