"""Request bodies that are forms: which bodies are, and what becomes of their fields.

Laws:
1. Names of urlencoded fields come out as text with one character per byte (ISO-8859-1), values as
   bytes: which encoding they are in is for the handler to say.
2. The number of fields is checked before anything is split.
"""

from __future__ import annotations

from collections.abc import Mapping

from tornado.escape import parse_qs_bytes
from tornado.httputil._errors import HTTPInputError
from tornado.httputil._files import HTTPFile
from tornado.httputil._headers import HTTPHeaders
from tornado.httputil._multipart import parse_multipart_form_data
from tornado.httputil._parameters import parse_parameters
from tornado.httputil._parse_config import ParseBodyConfig, current_config

_URLENCODED = "application/x-www-form-urlencoded"
_MULTIPART = "multipart/form-data"


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
        limit = config.urlencoded.max_arguments
        try:
            fields = parse_qs_bytes(body, keep_blank_values=True, max_num_fields=limit)
        except ValueError as error:
            raise HTTPInputError(f"form body: {error}") from None
        for name, values in fields.items():
            arguments.setdefault(name, []).extend(values)
        return
    try:
        boundary = parse_parameters(content_type)[1].get("boundary", "")
    except ValueError as error:
        raise HTTPInputError(f"Content-Type of the multipart body: {error}") from None
    if not boundary:
        raise HTTPInputError("multipart body without a boundary parameter in its Content-Type")
    # A boundary that is not ASCII is in no body either.
    delimiter = boundary.encode("latin-1", "replace")
    parse_multipart_form_data(delimiter, body, arguments, files, config=config.multipart)
