"""``multipart/form-data`` (RFC 7578), strictly: browsers write one form of it, and so must others.

Laws:
1. The parts are counted before any is looked at, and the headers of each measured before they are
   split.
2. The first part that is not well formed ends the work with `HTTPInputError`: one request, one
   error, however many parts are bad.
3. Every line ends with CRLF. A delimiter stands at the beginning of a line; what follows the
   closing one is ignored (RFC 2046 section 5.1.1).
"""

from __future__ import annotations

import re

from tornado.httputil._errors import HTTPInputError
from tornado.httputil._files import HTTPFile
from tornado.httputil._parameters import parse_parameters
from tornado.httputil._parse_config import ParseMultipartConfig, current_config

_is_token = re.compile(r"[!#$%&'*+\-.^_`|~0-9A-Za-z]+").fullmatch
_control_character = re.compile("[\x00-\x08\x0a-\x1f\x7f]").search


def parse_multipart_form_data(
    boundary: bytes,
    data: bytes,
    arguments: dict[str, list[bytes]],
    files: dict[str, list[HTTPFile]],
    *,
    config: ParseMultipartConfig | None = None,
) -> None:
    """Add the parts of a multipart body to ``arguments`` and ``files``.

    ``boundary`` is the parameter of the Content-Type, in double quotes or not. A part with a file
    name is a file, one without is an argument; names are UTF-8. `HTTPInputError` is raised for a
    body that is malformed or breaks the limits of ``config`` (default: the ``multipart`` group of
    `set_parse_body_config`).
    """
    if config is None:
        config = current_config().multipart
    if not config.enabled:
        raise HTTPInputError("multipart bodies are not accepted here")
    if len(boundary) >= 2 and boundary[:1] == boundary[-1:] == b'"':
        boundary = boundary[1:-1]
    opening = b"--" + boundary + b"\r\n"
    delimiter = b"\r\n" + opening
    closing = b"\r\n--" + boundary + b"--"
    if data.startswith(closing[2:]):
        return
    if not data.startswith(opening):
        raise HTTPInputError("multipart body does not begin with its boundary")
    end = data.find(closing, len(opening) - 2)
    if end < 0:
        raise HTTPInputError("multipart body without its closing boundary")
    count = data.count(delimiter, 0, end + 2) + 1
    if count > config.max_parts:
        raise HTTPInputError(
            f"multipart body of {count} parts, of which {config.max_parts} are allowed"
        )
    start = len(opening)
    for _ in range(count):
        stop = data.find(delimiter, start, end)
        if stop < 0:
            stop = end
        _add_part(data, start, stop, arguments, files, config.max_part_header_size)
        start = stop + len(delimiter)


def _add_part(
    data: bytes,
    start: int,
    stop: int,
    arguments: dict[str, list[bytes]],
    files: dict[str, list[HTTPFile]],
    max_header_size: int,
) -> None:
    """Adds the part at ``data[start:stop]``."""
    blank = data.find(b"\r\n\r\n", start, stop)
    if blank < 0:
        raise HTTPInputError("multipart part without the empty line that ends its headers")
    if blank - start > max_header_size:
        raise HTTPInputError(f"multipart part with more than {max_header_size} bytes of headers")
    headers, name, filename = part_from_headers(data[start:blank])
    body = data[blank + 4 : stop]
    if filename is not None:
        content_type = headers.get("content-type", "application/unknown")
        file = HTTPFile(filename=filename, body=body, content_type=content_type)
        files.setdefault(name, []).append(file)
    else:
        arguments.setdefault(name, []).append(body)


def part_from_headers(head: bytes) -> tuple[dict[str, str], str, str | None]:
    """A part's header fields (see below), its name, and its file name if it is a file."""
    headers = _parse_part_headers(head)
    try:
        kind, parameters = parse_parameters(headers.get("content-disposition", ""))
    except ValueError as error:
        raise HTTPInputError(f"Content-Disposition of a multipart part: {error}") from None
    if kind.lower() != "form-data":
        raise HTTPInputError("multipart part without Content-Disposition: form-data")
    name = parameters.get("name")
    if not name:
        raise HTTPInputError("multipart part without a name in its Content-Disposition")
    return headers, name, parameters.get("filename") or None


def _parse_part_headers(head: bytes) -> dict[str, str]:
    """The header fields of a part, their names in lower case."""
    try:
        text = head.decode()
    except UnicodeDecodeError:
        raise HTTPInputError("multipart part whose headers are not UTF-8") from None
    headers: dict[str, str] = {}
    for line in text.split("\r\n"):
        name, colon, value = line.partition(":")
        # No field's name begins with two hyphens; a delimiter that is out of place does.
        if not colon or not _is_token(name) or name.startswith("--"):
            raise HTTPInputError(f"multipart part with a bad header line: {line[:80]!r}")
        if _control_character(value):
            raise HTTPInputError(f"multipart part with a control character in {line[:80]!r}")
        name = name.lower()
        if name in headers:
            raise HTTPInputError(f"multipart part with two {name[:80]} headers")
        headers[name] = value.strip(" \t")
    return headers
