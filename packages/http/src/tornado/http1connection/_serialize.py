"""Heads on their way out: a start line and fields as bytes."""

from __future__ import annotations

from email.utils import formatdate

from tornado.httputil import HTTPHeaders, HTTPOutputError, responses


def head_bytes(start_line: str, headers: HTTPHeaders) -> bytes:
    """The whole head, blank line included. Fields were checked when they were set (law 2 of
    ``_headers``); the start line's reason is checked by its caller."""
    lines = [start_line]
    for name, value in headers._fields.items():
        if type(value) is str:
            lines.append(f"{name}: {value}")
        else:
            lines += [f"{name}: {one}" for one in value]
    lines.append("\r\n")
    try:
        return "\r\n".join(lines).encode("latin-1")
    except UnicodeEncodeError as error:
        raise HTTPOutputError(
            f"headers hold {error.object[error.start]!r}, which is not in Latin-1: encode it "
            "(RFC 8187 for parameters, percent-encoding for URLs)"
        ) from None


def refusal(status: int, message: str) -> bytes:
    """A whole short response that says why and announces the end of the connection."""
    reason = responses.get(status, "Unknown")
    body = f"{status} {reason}: {message}\n".encode("utf-8", "backslashreplace")
    head = (
        f"HTTP/1.1 {status} {reason}\r\n"
        f"Date: {formatdate(usegmt=True)}\r\n"
        "Content-Type: text/plain; charset=utf-8\r\n"
        "X-Content-Type-Options: nosniff\r\n"
        f"Content-Length: {len(body)}\r\n"
        "Connection: close\r\n\r\n"
    )
    return head.encode("latin-1") + body
