"""WebSocketProtocol: what a version of the protocol is to the handler that it serves."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from tornado.iostream import IOStream


class WebSocketProtocol:
    """Base class of versions of the WebSocket protocol, of which there is one, 13.

    ``handler``: a WebSocketHandler or a WebSocketClientConnection; ``stream``: the connection's.
    ``client_terminated`` and ``server_terminated``: whether that side has ended its part.
    """

    __slots__ = ("__weakref__", "handler", "stream")

    def __init__(self, handler: Any) -> None:
        self.handler = handler
        self.stream: IOStream | None = None

    @property
    def client_terminated(self) -> bool:
        raise NotImplementedError

    @property
    def server_terminated(self) -> bool:
        raise NotImplementedError

    @property
    def selected_subprotocol(self) -> str | None:
        """The subprotocol that was agreed on, if any."""
        raise NotImplementedError

    def accept_connection(self, handler: Any) -> Awaitable[None]:
        """The server's side of the handshake."""
        raise NotImplementedError

    def write_message(
        self, message: Any, binary: bool = False, *, key: Any = None
    ) -> asyncio.Future[None]:
        raise NotImplementedError

    def write_ping(self, data: bytes) -> None:
        raise NotImplementedError

    def start_pinging(self) -> None:
        raise NotImplementedError

    def set_nodelay(self, x: bool) -> None:
        raise NotImplementedError

    def is_closing(self) -> bool:
        """Whether no message can be sent any more."""
        raise NotImplementedError

    def close(self, code: int | None = None, reason: str | None = None) -> None:
        raise NotImplementedError

    def _abort(self) -> None:
        """Ends the connection at once."""
        raise NotImplementedError

    def on_connection_close(self) -> None:
        """The connection is gone, somebody says."""
        self._abort()
