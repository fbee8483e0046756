"""Conditional requests for something that has an Etag and a date (RFC 9110 section 13).

Pure functions of the request's headers and the two validators, either of which may be None.
"""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta

from tornado.httputil import HTTPHeaders, parse_http_date

CONDITIONS = frozenset(
    ["If-Match", "If-None-Match", "If-Modified-Since", "If-Unmodified-Since", "If-Range", "Range"]
)
"""The fields that may make the answer another one than the whole file."""

_entity_tags = re.compile(r'(?:W/)?"[^"]*"').findall


def precondition_fails(headers: HTTPHeaders, etag: str | None, modified: datetime | None) -> bool:
    """Whether If-Match or If-Unmodified-Since asks for another version than this one (412)."""
    if_match = headers.get("If-Match")
    if if_match is not None:
        # A weak tag never equals another (section 13.1.1): neither one in the list, nor ours.
        own = None if etag is None or etag.startswith("W/") else etag
        return if_match.strip(" \t") != "*" and own not in _entity_tags(if_match)
    since = _date(headers, "If-Unmodified-Since")
    return since is not None and modified is not None and modified > since


def unmodified_since(headers: HTTPHeaders, modified: datetime | None) -> bool:
    """Whether If-Modified-Since says that the client has this version (304). It does not count
    beside If-None-Match."""
    if "If-None-Match" in headers or modified is None:
        return False
    since = _date(headers, "If-Modified-Since")
    return since is not None and modified <= since


def range_is_current(headers: HTTPHeaders, etag: str | None, modified: datetime | None) -> bool:
    """Whether If-Range, if there is one, names this version: then the Range counts."""
    if_range = headers.get("If-Range")
    if if_range is None:
        return True
    if '"' in if_range:
        return if_range == etag and not if_range.startswith("W/")
    date = parse_http_date(if_range)
    if date is None or date != modified:
        return False
    # Within the second of a change the date cannot tell two versions apart (section 8.8.2.2).
    return datetime.now(UTC) - date > timedelta(seconds=1)


def _date(headers: HTTPHeaders, name: str) -> datetime | None:
    text = headers.get(name)
    return None if text is None else parse_http_date(text)
