"""Entity tags and conditional requests (RFC 9110 sections 8.8.3 and 13)."""

from __future__ import annotations

import re
from hashlib import sha1

from tornado.web._base import HandlerBase

_entity_tag = re.compile(r'(?:W/)?"[^"]*"')

_SHORT = 256
_MAX_REMEMBERED_TAGS = 256


def _new_tag(body: bytes) -> str:
    return f'"{sha1(body, usedforsecurity=False).hexdigest()}"'


class _Tags(dict[bytes, str]):
    """The tags of short bodies, which are often the same again."""

    def __missing__(self, body: bytes) -> str:
        if len(self) >= _MAX_REMEMBERED_TAGS:
            self.clear()
        tag = self[body] = _new_tag(body)
        return tag


_tag_of = _Tags()


class EtagMixin(HandlerBase):
    """A strong tag made of what was written, so that an unchanged page is not sent again."""

    _own_tag: str | None = None

    def compute_etag(self) -> str | None:
        """The entity tag of the response, quotes included; None for a response without one.

        Override it where a tag is at hand more cheaply than by a hash of the body.
        """
        buffer = self._write_buffer
        body = buffer[0] if len(buffer) == 1 else b"".join(buffer)
        tag = self._own_tag = _tag_of[body] if len(body) <= _SHORT else _new_tag(body)
        return tag

    def set_etag_header(self) -> None:
        """Sets the Etag header to what ``compute_etag`` gives."""
        etag = self.compute_etag()
        if etag is not None:
            if etag is self._own_tag:  # made here: nothing to check
                self._headers._fields["Etag"] = etag
            else:
                self.set_header("Etag", etag)

    def check_etag_header(self) -> bool:
        """Whether the client says that it has this response already (If-None-Match)."""
        request = self.request
        fields = request._fields
        if fields is not None and "If-None-Match" not in fields:
            return False
        header = request.headers.get("If-None-Match")
        if not header:
            return False
        own = self._headers.get("Etag")
        if not own:
            return False
        # Weak comparison (RFC 9110 section 13.1.2): what counts is the text between the quotes.
        own = own.removeprefix("W/")
        return header.strip() == "*" or any(
            tag.removeprefix("W/") == own for tag in _entity_tag.findall(header)
        )
