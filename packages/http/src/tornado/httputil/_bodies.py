"""Request bodies that are forms, and the urlencoding they share with query strings.

Laws:
1. Names come out as text with one character per byte (ISO-8859-1), values as bytes: which encoding
   they are in is for the handler to say.
2. The number of fields is checked before anything is split.
3. What has no escapes is never searched for them twice: the plain form is the common one.
"""

from __future__ import annotations

from collections.abc import Mapping
from urllib.parse import unquote_to_bytes

from tornado.httputil._errors import HTTPInputError
from tornado.httputil._files import HTTPFile
from tornado.httputil._headers import HTTPHeaders
from tornado.httputil._multipart import parse_multipart_form_data
from tornado.httputil._parameters import parse_parameters
from tornado.httputil._parse_config import ParseBodyConfig, current_config

_URLENCODED = "application/x-www-form-urlencoded"
_MULTIPART = "multipart/form-data"


def _encode(text: str) -> bytes:
    """The bytes that ``text`` was before it was decoded with one character per byte; UTF-8 if it
    never was."""
    try:
        return text.encode("latin-1")
    except UnicodeEncodeError:
        return text.encode("utf-8", "surrogatepass")


def parse_urlencoded(
    data: bytes | str, max_arguments: int, arguments: dict[str, list[bytes]] | None = None
) -> dict[str, list[bytes]]:
    """The fields of a form body or a query string, by name, in the order they came.

    They are added to ``arguments`` if it is given, and that is returned. A field without ``=`` has
    the value ``b""``, empty fields are dropped, ``+`` is a space, an escape that is none stays as
    it is. More than ``max_arguments`` fields raise `HTTPInputError`.
    """
    if isinstance(data, str):
        data = _encode(data)
    count = data.count(b"&") + 1
    if count > max_arguments:
        raise HTTPInputError(f"{count} urlencoded arguments, of which {max_arguments} are allowed")
    if arguments is None:
        arguments = {}
    plain = b"%" not in data and b"+" not in data
    for field in data.split(b"&"):
        if not field:
            continue
        name, _, value = field.partition(b"=")
        if not plain:
            name = unquote_to_bytes(name.replace(b"+", b" "))
            value = unquote_to_bytes(value.replace(b"+", b" "))
        key = name.decode("latin-1")
        if key in arguments:
            arguments[key].append(value)
        else:
            arguments[key] = [value]
    return arguments


def parse_body_arguments(
    content_type: str,
    body: bytes,
    arguments: dict[str, list[bytes]],
    files: dict[str, list[HTTPFile]],
    headers: Mapping[str, str] | HTTPHeaders | None = None,
    *,
    config: ParseBodyConfig | None = None,
) -> None:
    """Add what a form body holds to ``arguments`` and ``files``.

    Understood are ``application/x-www-form-urlencoded`` and ``multipart/form-data``; a body of any
    other type, or of none, adds nothing. A form that is malformed, that breaks the limits of
    ``config`` (default: those of `set_parse_body_config`), or that ``headers`` say is encoded
    (Content-Encoding), raises `HTTPInputError`.
    """
    media_type = content_type.partition(";")[0].rstrip(" \t").lower()
    if media_type != _URLENCODED and media_type != _MULTIPART:
        return
    if headers is not None and "Content-Encoding" in headers:
        encoding = headers["Content-Encoding"]
        raise HTTPInputError(
            f"form body with Content-Encoding {encoding[:80]!r}, which is not undone"
        )
    if config is None:
        config = current_config()
    if media_type == _URLENCODED:
        parse_urlencoded(body, config.urlencoded.max_arguments, arguments)
        return
    try:
        boundary = parse_parameters(content_type)[1].get("boundary", "")
    except ValueError as error:
        raise HTTPInputError(f"Content-Type of the multipart body: {error}") from None
    if not boundary:
        raise HTTPInputError("multipart body without a boundary parameter in its Content-Type")
    parse_multipart_form_data(_encode(boundary), body, arguments, files, config=config.multipart)
