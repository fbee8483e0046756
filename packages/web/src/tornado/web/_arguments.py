"""A request's arguments as text: from the query, from the body, or from both."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from tornado.web._base import HandlerBase
from tornado.web._errors import HTTPError, MissingArgumentError

if TYPE_CHECKING:
    from tornado.web._multipart import MultipartReader

_control_characters = re.compile(r"[\x00-\x08\x0e-\x1f]")


class _Required:
    def __repr__(self) -> str:
        return "REQUIRED"


REQUIRED: Any = _Required()


class ArgumentsMixin(HandlerBase):
    """``get_argument`` and its kin.

    Values are decoded from UTF-8 (400 if they are not), control characters become spaces, and
    white space at the ends goes unless ``strip`` is false. Of an argument given more than once the
    singular methods return the last.
    """

    def get_argument(self, name: str, default: Any = REQUIRED, strip: bool = True) -> Any:
        """The value of an argument of query or body, as ``str``.

        Without it: ``default``, or MissingArgumentError (400) if none is given.
        """
        return self._get_argument(name, default, self.request.arguments, strip)

    def get_arguments(self, name: str, strip: bool = True) -> list[str]:
        """All values of an argument of query or body; an empty list without it."""
        return self._get_arguments(name, self.request.arguments, _checked(strip))

    def get_query_argument(self, name: str, default: Any = REQUIRED, strip: bool = True) -> Any:
        """Like ``get_argument``, of the query only."""
        return self._get_argument(name, default, self.request.query_arguments, strip)

    def get_query_arguments(self, name: str, strip: bool = True) -> list[str]:
        """Like ``get_arguments``, of the query only."""
        return self._get_arguments(name, self.request.query_arguments, _checked(strip))

    def get_body_argument(self, name: str, default: Any = REQUIRED, strip: bool = True) -> Any:
        """Like ``get_argument``, of the body only."""
        return self._get_argument(name, default, self.request.body_arguments, strip)

    def get_body_arguments(self, name: str, strip: bool = True) -> list[str]:
        """Like ``get_arguments``, of the body only."""
        return self._get_arguments(name, self.request.body_arguments, _checked(strip))

    @property
    def multipart(self) -> MultipartReader:
        """The form that is being received, in handlers with ``@stream_multipart``."""
        if self._multipart is None:
            raise RuntimeError(f"{type(self).__name__} has no @stream_multipart")
        reader: MultipartReader = self._multipart
        return reader

    def get_json(self, *, max_size: int | None = None, max_depth: int = 64) -> Any:
        """The body as JSON, whatever its top is.

        Raises HTTPInputError: answered with 415 for a Content-Type that is not
        ``application/json`` (or ``application/...+json``), 413 beyond ``max_size`` bytes, and 400
        for a body that is not JSON, or deeper than ``max_depth`` lists and objects.
        """
        return self.request.get_json(max_size=max_size, max_depth=max_depth)

    def decode_argument(self, value: bytes, name: str | None = None) -> str:
        """Turns the bytes of an argument, or of a group of the path, into text.

        ``name`` is the argument's, if it has one. Override it for another encoding. Raises
        HTTPError 400 for bytes that are not UTF-8.
        """
        try:
            return value.decode()
        except UnicodeDecodeError:
            raise HTTPError(
                400, "Argument %s is not valid UTF-8: %r", name or "of the path", value[:40]
            ) from None

    def _get_argument(
        self, name: str, default: Any, source: Mapping[str, list[bytes]], strip: bool
    ) -> Any:
        values = source.get(name)
        if values:
            text = self.decode_argument(values[-1], name=name)
            if not text.isprintable():
                text = _control_characters.sub(" ", text)
            return text.strip() if strip else text
        if default is REQUIRED:
            raise MissingArgumentError(name)
        return default

    def _get_arguments(
        self, name: str, source: Mapping[str, list[bytes]], strip: bool = True
    ) -> list[str]:
        return [self._as_text(value, name, strip) for value in source.get(name, ())]

    def _as_text(self, value: bytes, name: str, strip: bool) -> str:
        text = self.decode_argument(value, name=name)
        if not text.isprintable():
            text = _control_characters.sub(" ", text)
        return text.strip() if strip else text


def _checked(strip: Any) -> bool:
    if not isinstance(strip, bool):
        raise TypeError(
            f"strip is True or False, got {strip!r}: get_arguments takes no default, "
            "it returns an empty list"
        )
    return strip
