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
_LONGEST_BOUNDARY = 256  # RFC 2046 section 5.1.1 has 70


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

    A form has the type ``application/x-www-form-urlencoded`` or ``multipart/form-data``; bodies of
    other types, or of none, add nothing. `HTTPInputError` is raised for a form that is malformed,
    that breaks the limits of ``config`` (default: those of `set_parse_body_config`), or that is
    compressed: ``headers``, if given, must have no Content-Encoding.
    """
    kind = content_type
    if kind != _URLENCODED:  # as most browsers write it
        kind = kind.partition(";")[0].rstrip(" \t").lower()
        if kind not in (_URLENCODED, _MULTIPART):
            return
    coding = None if headers is None else headers.get("Content-Encoding")
    if coding is not None:
        raise HTTPInputError(f"form body in Content-Encoding {coding[:80]!r}, which is not undone")
    limits = config or current_config()
    if kind == _URLENCODED:
        _add_fields(arguments, body, limits.urlencoded.max_arguments)
    else:
        boundary = multipart_boundary(content_type)
        parse_multipart_form_data(boundary, body, arguments, files, config=limits.multipart)


def _add_fields(arguments: dict[str, list[bytes]], body: bytes, limit: int) -> None:
    try:
        fields = parse_qs_bytes(body, keep_blank_values=True, max_num_fields=limit)
    except ValueError as error:
        raise HTTPInputError(f"form body: {error}") from None
    if not arguments:
        arguments.update(fields)
        return
    for name, values in fields.items():
        arguments.setdefault(name, []).extend(values)


def multipart_boundary(content_type: str) -> bytes:
    """The boundary that the Content-Type of a multipart body gives. Raises HTTPInputError."""
    try:
        boundary = parse_parameters(content_type)[1].get("boundary")
    except ValueError as error:
        raise HTTPInputError(f"Content-Type of the multipart body: {error}") from None
    if not boundary:
        raise HTTPInputError("multipart body without a boundary parameter in its Content-Type")
    if len(boundary) > _LONGEST_BOUNDARY:
        raise HTTPInputError(f"multipart boundary of {len(boundary)} characters")
    # One that is not ASCII is in no body.
    return boundary.encode("latin-1", "replace")
