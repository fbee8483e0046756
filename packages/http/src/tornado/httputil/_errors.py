"""Whose fault it is: the two errors of the HTTP layer.

``HTTPInputError``: the peer sent something that HTTP does not allow. ``HTTPOutputError``: our own
program asked for something that HTTP does not allow. Neither is raised for the other's sake.
"""

from __future__ import annotations


class HTTPInputError(Exception):
    """The peer's message is malformed or too large.

    ``status`` is the HTTP status a server answers it with: 400 unless a more telling one exists
    (408, 413, 414, 417, 431, 501, 505).
    """

    def __init__(self, message: str = "", *, status: int = 400) -> None:
        super().__init__(message)
        self.status = status


class HTTPOutputError(Exception):
    """The program writes a message that HTTP does not allow: body longer or shorter than its
    Content-Length, a second head, a line end inside a header."""
