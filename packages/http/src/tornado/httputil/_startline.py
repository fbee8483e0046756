"""The first line of a message (RFC 9112 sections 3 and 4), as named tuples."""

from __future__ import annotations

import re
from typing import NamedTuple

from tornado.httputil._errors import HTTPInputError
from tornado.httputil._headers import is_token


class RequestStartLine(NamedTuple):
    """``method path version``, for instance ``RequestStartLine("GET", "/?a=1", "HTTP/1.1")``."""

    method: str
    path: str
    version: str


class ResponseStartLine(NamedTuple):
    """``version code reason``, for instance ``ResponseStartLine("HTTP/1.1", 200, "OK")``."""

    version: str
    code: int
    reason: str


_is_version = re.compile(r"HTTP/1\.[0-9]").fullmatch
_is_any_version = re.compile(r"HTTP/[0-9]\.[0-9]").fullmatch
_is_target = re.compile("[\x21-\x7e\x80-\xff]+").fullmatch
_status_line = re.compile(r"(HTTP/1\.[0-9]) ([0-9]{3})(?: ([\t\x20-\x7e\x80-\xff]*))?").fullmatch


def parse_request_start_line(line: str) -> RequestStartLine:
    """Reads a request line (RFC 9112 section 3).

    >>> parse_request_start_line("PUT /a?b HTTP/1.0").path
    '/a?b'

    Raises HTTPInputError: status 400, or 505 for another major version of HTTP.
    """
    parts = line.split(" ")
    if len(parts) != 3:
        raise HTTPInputError(f"malformed request line {line[:80]!r}: want 'METHOD target HTTP/1.1'")
    method, target, version = parts
    if not is_token(method):
        raise HTTPInputError(f"malformed request line: method {method[:80]!r} is not a token")
    if not _is_version(version):
        if _is_any_version(version):
            raise HTTPInputError(f"HTTP version {version!r} is not supported", status=505)
        raise HTTPInputError(f"malformed request line: {version[:80]!r} is not an HTTP version")
    if not _is_target(target):
        raise HTTPInputError(f"malformed request line: target {target[:80]!r}")
    return RequestStartLine(method, target, version)


def parse_response_start_line(line: str) -> ResponseStartLine:
    """Reads a status line (RFC 9112 section 4); the reason may be empty or missing.

    >>> parse_response_start_line("HTTP/1.0 418 I'm a teapot").code
    418

    Raises HTTPInputError.
    """
    found = _status_line(line)
    if found is None:
        raise HTTPInputError(f"malformed status line {line[:80]!r}: want 'HTTP/1.1 200 reason'")
    version, code, reason = found.groups()
    return ResponseStartLine(version, int(code), reason or "")
