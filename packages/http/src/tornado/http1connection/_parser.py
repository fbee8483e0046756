"""The head of an HTTP/1 request: bytes in, meaning out. No I/O, no state.

Laws:
1. One strict pass decides everything that frames the message (RFC 9112 sections 2 to 6): what is
   ambiguous is refused, never guessed, since two servers that guess apart are a smuggler's tool.
2. Lines end with CRLF and nothing else; no folding; no space before a colon; names are tokens.
3. Exactly one of: no body, one Content-Length, one ``Transfer-Encoding: chunked``.

A printable line holds no control character, so ``str.isprintable``, one call in C, is the check
that nearly every line passes; the others are looked at in full.
"""

from __future__ import annotations

import re

from tornado.httputil import HTTPHeaders, HTTPInputError
from tornado.httputil._headers import CANONICAL, check_value
from tornado.httputil._startline import RequestStartLine, parse_request_start_line

MAX_LENGTH_DIGITS = 18

_KNOWN_METHODS = frozenset(["GET", "HEAD", "POST", "PUT", "DELETE", "OPTIONS", "PATCH"])
_MAX_REMEMBERED_LINES = 512
_LONGEST_REMEMBERED_LINE = 200

# uri-host [ ":" port ] (RFC 9110 section 7.2, RFC 3986 section 3.2.2), but no comma: that is how
# proxies join two Host lines.
_valid_host = re.compile(
    r"(?:[A-Za-z0-9\-._~!$&'()*+;=%]+|\[[0-9A-Fa-f:.]+(?:%25[A-Za-z0-9\-._~%]+)?\])(?::[0-9]{0,5})?"
).fullmatch
_absolute_form = re.compile(r"https?://([^/?#]*)([/?].*)?", re.IGNORECASE).fullmatch
_hex_digits = re.compile(r"[0-9A-Fa-f]+").fullmatch


class Fields:
    """The header section of one request, checked, with what frames the message picked out."""

    __slots__ = (
        "bodiless",
        "chunked",
        "close",
        "expect",
        "host",
        "keep_alive",
        "length",
        "mapping",
    )

    mapping: dict[str, str | list[str]]
    bodiless: bool  # neither a body nor an expectation about one
    host: str | None
    length: int | None  # Content-Length
    chunked: bool
    close: bool  # "close" among the Connection tokens
    keep_alive: bool  # "keep-alive" among them
    expect: str | None


def parse_int(s: str) -> int:
    """``1*DIGIT`` (RFC 9110 section 8.6), ASCII digits only. Raises ValueError."""
    if not (s.isascii() and s.isdigit()):
        raise ValueError(f"not an integer: {s[:40]!r}")
    return int(s)


def parse_hex_int(s: str) -> int:
    """``1*HEXDIG`` (RFC 9112 section 7.1): no sign, no prefix, no underscore. Raises ValueError."""
    if not _hex_digits(s):
        raise ValueError(f"not a hexadecimal integer: {s[:40]!r}")
    return int(s, 16)


def is_transfer_encoding_chunked(headers: HTTPHeaders) -> bool:
    """Whether the body is chunked. Raises HTTPInputError for any other transfer coding and for one
    beside a Content-Length (RFC 9112 section 6.1)."""
    value = headers.get("Transfer-Encoding")
    if value is None:
        return False
    if "Content-Length" in headers:
        raise HTTPInputError("message with both Transfer-Encoding and Content-Length")
    if value.lower() != "chunked":
        raise HTTPInputError(f"unsupported Transfer-Encoding {value[:80]!r}: only 'chunked' is")
    return True


def parse_fields(section: str, max_count: int) -> Fields:
    """Reads the lines of a header section, without the start line and the blank line.

    Raises HTTPInputError.
    """
    mapping: dict[str, str | list[str]] = {}
    lines = section.split("\r\n") if section else ()
    if len(lines) > max_count:
        raise HTTPInputError(f"more than {max_count} header lines", status=431)
    for line in lines:
        name, colon, value = line.partition(":")
        if not colon:
            raise HTTPInputError(f"header line without a colon: {line[:80]!r}")
        name = CANONICAL[name]
        value = value.strip(" \t")
        if not line.isprintable():
            check_value(name, value)
        if name not in mapping:
            mapping[name] = value
        else:
            old = mapping[name]
            if isinstance(old, str):
                mapping[name] = [old, value]
            else:
                old.append(value)
    fields = Fields()
    fields.mapping = mapping
    look = mapping.get
    fields.host = _host(look("Host"))
    length = look("Content-Length")
    if length is None:
        fields.length = None
    else:
        fields.length = _content_length(length)
        if type(length) is not str or "," in length:  # RFC 9112 section 6.3: handed on as one
            mapping["Content-Length"] = str(fields.length)
    coding = look("Transfer-Encoding")
    if coding is None:
        fields.chunked = False
    else:
        if length is not None:
            raise HTTPInputError("message with both Transfer-Encoding and Content-Length")
        if not isinstance(coding, str) or coding.lower() != "chunked":
            raise HTTPInputError(
                f"unsupported Transfer-Encoding {str(coding)[:80]!r}: only one 'chunked' is"
            )
        fields.chunked = True
    connection = look("Connection")
    if connection is None:
        fields.close = fields.keep_alive = False
    else:
        if not isinstance(connection, str):
            connection = ",".join(connection)
        tokens = [token.strip(" \t") for token in connection.lower().split(",")]
        fields.close = "close" in tokens
        fields.keep_alive = "keep-alive" in tokens
    expect = look("Expect")
    fields.expect = expect if expect is None or isinstance(expect, str) else ",".join(expect)
    fields.bodiless = expect is None and not fields.length and not fields.chunked
    return fields


def _host(value: str | list[str] | None) -> str | None:
    if value is None:
        return None
    if not isinstance(value, str):
        raise HTTPInputError("more than one Host header")
    if value and not _valid_host(value):
        raise HTTPInputError(f"malformed Host header {value[:80]!r}")
    return value


def _content_length(value: str | list[str]) -> int:
    """A list of equal numbers counts as the number (RFC 9112 section 6.3)."""
    pieces = ",".join(value).split(",") if isinstance(value, list) else value.split(",")
    if len(pieces) > 1:
        pieces = [piece.strip(" \t") for piece in pieces]
        if pieces.count(pieces[0]) != len(pieces):
            raise HTTPInputError(f"Content-Length values differ: {', '.join(pieces)[:80]!r}")
    text = pieces[0]
    if not (text.isascii() and text.isdigit()):
        raise HTTPInputError(f"malformed Content-Length {text[:40]!r}: only digits are allowed")
    if len(text) > MAX_LENGTH_DIGITS:
        raise HTTPInputError(f"Content-Length {text[:40]} is too large", status=413)
    return int(text)


def resolve_target(method: str, target: str) -> tuple[str, str | None]:
    """A target that is not in origin form, as (path and query, authority or None).

    RFC 9112 section 3.2: absolute-form is accepted and its authority replaces the Host header,
    ``*`` is for OPTIONS and authority-form for CONNECT. Raises HTTPInputError for others.
    """
    found = _absolute_form(target)
    if found is not None:
        authority, rest = found.groups()
        if not authority or not _valid_host(authority):
            raise HTTPInputError(f"malformed authority in request target {target[:80]!r}")
        rest = rest or "/"
        return (rest if rest[0] == "/" else "/" + rest), authority
    if (target == "*" and method == "OPTIONS") or (method == "CONNECT" and _valid_host(target)):
        return target, None
    raise HTTPInputError(f"malformed request target {target[:80]!r} for {method}")


UsualLine = tuple[RequestStartLine, str, str, str, str]
"""Start line, method, target, path, query."""


class _UsualLines(dict[bytes, UsualLine | None]):
    def __missing__(self, received: bytes) -> UsualLine | None:
        line = received.decode("latin-1")
        method, _, rest = line.partition(" ")
        target, _, version = rest.partition(" ")
        if not (
            version == "HTTP/1.1"
            and target[:1] == "/"
            and method in _KNOWN_METHODS
            and line.isprintable()
        ):
            return None
        path, _, query = target.partition("?")
        usual = (RequestStartLine(method, target, version), method, target, path, query)
        if len(line) <= _LONGEST_REMEMBERED_LINE:
            if len(self) >= _MAX_REMEMBERED_LINES:
                self.clear()
            self[received] = usual
        return usual


USUAL_LINES = _UsualLines()
"""``USUAL_LINES[b"GET /a?b=1 HTTP/1.1"]`` is ``(start line, "GET", "/a?b=1", "/a", "b=1")``: lines
in origin form, read once and remembered. None for a line that ``parse_unusual`` has to look at."""


def parse_unusual(line: str, fields: Fields) -> tuple[str, str, str, str | None]:
    """Reads a request line in full: (method, target, version, authority).

    ``authority`` is that of a target in absolute form, which replaces the Host header. Raises
    HTTPInputError, also for what only start line and fields together can tell.
    """
    method, target, version = parse_request_start_line(line)
    if version != "HTTP/1.0":
        version = "HTTP/1.1"
        if fields.host is None:
            raise HTTPInputError("HTTP/1.1 request without Host header")
        if not fields.host and target[:1] == "/":
            raise HTTPInputError("HTTP/1.1 request with an empty Host header")
    elif fields.chunked:
        raise HTTPInputError("Transfer-Encoding in an HTTP/1.0 request")
    authority = None
    if target[0] != "/":
        target, authority = resolve_target(method, target)
    return method, target, version, authority
