"""What may change a response on its way out: applied in order to the head and to each piece."""

from __future__ import annotations

from tornado.httputil import HTTPHeaders, HTTPServerRequest


class OutputTransform:
    """Changes responses; one instance for each request, see ``Application.add_transform``."""

    def __init__(self, request: HTTPServerRequest) -> None:
        pass

    def transform_first_chunk(
        self, status_code: int, headers: HTTPHeaders, chunk: bytes, finishing: bool
    ) -> tuple[int, HTTPHeaders, bytes]:
        """Given the head and the first piece of the body; returns them as they shall be sent.
        ``finishing``: whether the body ends with this piece."""
        return status_code, headers, chunk

    def transform_chunk(self, chunk: bytes, finishing: bool) -> bytes:
        """Given a later piece; returns it as it shall be sent."""
        return chunk
