"""Messages on their way out: from what a program writes to an opcode and bytes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tornado.escape import json_encode
from tornado.websocket._frames import FIN, Opcode, frame

if TYPE_CHECKING:
    from tornado.websocket._protocol import Machine

TEXT, BINARY = int(Opcode.TEXT), int(Opcode.BINARY)

Message = str | bytes | bytearray | memoryview | dict[str, Any]


def encode_message(message: Any, binary: bool) -> tuple[int, bytes]:
    """The opcode and the payload of ``message``: text, bytes, or a dict, which becomes JSON.

    Bytes without ``binary`` are text in UTF-8; ValueError if they are not. TypeError for a message
    of another kind.
    """
    if isinstance(message, dict):
        message = json_encode(message)
    if isinstance(message, str):
        return (BINARY if binary else TEXT), message.encode()
    if isinstance(message, (bytes, bytearray, memoryview)):
        payload = bytes(message)
        if binary:
            return BINARY, payload
        try:
            payload.decode()
        except UnicodeDecodeError as error:
            raise ValueError(
                f"bytes without binary=True are sent as text, and these are not UTF-8: {error}"
            ) from None
        return TEXT, payload
    raise TypeError(
        f"a message is str, bytes or dict, got {message!r:.80}"
        + (": wrap a list in a dict, or encode it yourself" if isinstance(message, list) else "")
    )


class PreparedMessage:
    """A message that is encoded once and sent on many connections.

    ``message`` and ``binary`` are those of ``write_message``, which takes a PreparedMessage in
    their place. On connections of a server without compression each then costs one ``send``;
    where compression was agreed on without context takeover, the compressed form is made once for
    all that share its parameters.
    """

    __slots__ = ("_deflated", "_frame", "opcode", "payload")

    def __init__(self, message: Message, binary: bool = False) -> None:
        self.opcode, self.payload = encode_message(message, binary)
        self._frame = frame(FIN | self.opcode, self.payload)
        self._deflated: dict[Any, bytes] | None = None

    def __len__(self) -> int:
        """Bytes of the message."""
        return len(self.payload)

    def _frame_for(self, machine: Machine) -> bytes:
        """The frame for one connection."""
        deflate = machine.deflate
        if machine.client or machine.close_sent:
            return machine.message(self.opcode, self.payload)
        if deflate is None:
            return self._frame
        alike = deflate.alike
        if alike is None:
            return machine.message(self.opcode, self.payload)
        if self._deflated is None:
            self._deflated = {}
        if alike not in self._deflated:
            self._deflated[alike] = machine.message(self.opcode, self.payload)
        return self._deflated[alike]
