"""A request's body as JSON (RFC 8259), within limits.

Laws:
1. Size and depth are checked before anything is parsed: deep nesting is cheap to send and dear to
   hold, and takes the parser to the end of its stack.
2. What JSON does not have (NaN, Infinity, other encodings than UTF-8) is refused.
"""

from __future__ import annotations

import json
import re
from typing import Any, NoReturn

from tornado.httputil._errors import HTTPInputError
from tornado.httputil._parameters import parse_parameters

DEFAULT_DEPTH = 64

_is_json = re.compile(r"application/(?:[!#$&\-^_.+0-9a-z]+\+)?json").fullmatch
_brackets_and_strings: Any = re.compile(rb'"(?:[^"\\]++|\\.)*+"?|[\[{]|[\]}]', re.DOTALL).finditer


def parse_json_body(
    content_type: str | None,
    body: bytes,
    max_size: int | None = None,
    max_depth: int = DEFAULT_DEPTH,
) -> Any:
    """The value of a JSON body. See ``HTTPServerRequest.get_json``."""
    _check_type(content_type)
    if max_size is not None and len(body) > max_size:
        raise HTTPInputError(f"JSON body of {len(body)} bytes, of {max_size} allowed", status=413)
    if not body:
        raise HTTPInputError("JSON is expected, but the body is empty")
    _check_depth(body, max_depth)
    try:
        text = body.decode()
    except UnicodeDecodeError as error:
        raise HTTPInputError(f"JSON body is not UTF-8 at byte {error.start}") from None
    try:
        return json.loads(text, parse_constant=_refuse)
    except json.JSONDecodeError as error:
        raise HTTPInputError(
            f"JSON body, line {error.lineno} column {error.colno}: {error.msg}"
        ) from None
    except ValueError as error:  # a number of thousands of digits
        raise HTTPInputError(f"JSON body: {error}") from None


def _check_type(content_type: str | None) -> None:
    if content_type is None:
        raise HTTPInputError("a JSON body is expected, but no Content-Type came", status=415)
    try:
        kind, parameters = parse_parameters(content_type)
    except ValueError as error:
        raise HTTPInputError(f"Content-Type: {error}", status=415) from None
    if not _is_json(kind.lower()):
        raise HTTPInputError(f"a JSON body is expected, not {kind[:80]!r}", status=415)
    charset = parameters.get("charset", "utf-8")
    if charset.lower() not in ("utf-8", "utf8"):
        raise HTTPInputError(f"JSON in charset {charset[:40]!r}, not UTF-8", status=415)


def _check_depth(body: bytes, limit: int) -> None:
    if body.count(b"[") + body.count(b"{") <= limit:
        return
    depth = 0
    for found in _brackets_and_strings(body):
        first = body[found.start()]
        if first in b"[{":
            depth += 1
            if depth > limit:
                raise HTTPInputError(f"JSON body nested deeper than {limit} levels")
        elif first in b"]}":
            depth -= 1


def _refuse(constant: str) -> NoReturn:
    raise HTTPInputError(f"JSON body: {constant} is no JSON")
