"""What a server answers to a handshake that is right, and what it has agreed to by that."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from tornado.websocket._extensions import Agreement, accept_offer, check_options
from tornado.websocket._handshake import offered_subprotocols


@dataclass(slots=True)
class Negotiated:
    """``fields``: of the answer's head. ``compression``: None if messages go as they are."""

    fields: dict[str, str]
    subprotocol: str | None = None
    compression: Agreement | None = None
    options: Mapping[str, Any] | None = None


def negotiate(handler: Any, accept_value: Callable[[str], str]) -> Negotiated:
    """Asks ``handler`` for a subprotocol and for compression (RFC 6455 section 4.2.2).

    Raises ValueError for what the client has not offered, or for options that mean nothing.
    """
    headers = handler.request.headers
    agreed = Negotiated(
        {
            "Upgrade": "websocket",
            "Connection": "Upgrade",
            "Sec-WebSocket-Accept": accept_value(headers.get("Sec-WebSocket-Key", "").strip()),
        }
    )
    offered = offered_subprotocols(headers)
    agreed.subprotocol = handler.select_subprotocol(offered) or None
    if agreed.subprotocol is not None:
        if agreed.subprotocol not in offered:
            raise ValueError(
                f"select_subprotocol() returned {agreed.subprotocol!r}, which was not offered; "
                f"{offered} were"
            )
        agreed.fields["Sec-WebSocket-Protocol"] = agreed.subprotocol
    agreed.options = handler.get_compression_options()
    if agreed.options is not None:
        check_options(agreed.options)
        accepted = accept_offer(headers.get("Sec-WebSocket-Extensions", ""), agreed.options)
        if accepted is not None:
            agreed.compression, agreed.fields["Sec-WebSocket-Extensions"] = accepted
    return agreed
