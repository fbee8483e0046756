"""Small operations on URLs and their parts, each a pure function of text."""

from __future__ import annotations

from collections.abc import Generator, Mapping, Sequence
from typing import Any, AnyStr
from urllib.parse import quote, urlencode

# What stays as it is in a query that is already a query: the reserved characters of RFC 3986, and
# the percent signs of what has been escaped.
_QUERY_SAFE = "%!$'()*+,;:@/?=~[]"


def url_concat(
    url: str, args: Mapping[str, Any] | Sequence[tuple[str, Any]] | tuple[Any, ...] | None
) -> str:
    """``url`` with ``args`` added to its query string, before the fragment if it has one.

    ``args`` is a dict, or a list or tuple of pairs where a name may occur more than once. Names and
    values are escaped; None adds nothing. What the query held already keeps its order and its
    escapes.

    >>> url_concat("http://example.com/foo?a=b#top", [("c", "d e"), ("c", "f")])
    'http://example.com/foo?a=b&c=d+e&c=f#top'
    """
    if args is None:
        return url
    if not isinstance(args, (Mapping, list, tuple)):
        raise TypeError(f"args must be a dict, a list or a tuple of pairs, got {type(args)}")
    url, hash_sign, fragment = url.partition("#")
    url, _, query = url.partition("?")
    fields = [
        quote(field if "=" in field else field + "=", _QUERY_SAFE)
        for field in query.split("&")
        if field
    ]
    if args:
        fields.append(urlencode(args))
    return url + ("?" if fields else "") + "&".join(fields) + hash_sign + fragment


def split_host_and_port(netloc: str) -> tuple[str, int | None]:
    """``("example.com", 80)`` for ``example.com:80``; the port is None where there is none.

    The port is what follows the last colon, if that is 1 to 10 decimal digits; otherwise all of
    ``netloc`` is the host. The brackets of an IPv6 address stay on.
    """
    host, _, port = netloc.rpartition(":")
    if host and len(port) <= 10 and port.isascii() and port.isdigit():
        return host, int(port)
    return netloc, None


def qs_to_qsl(qs: Mapping[str, Sequence[AnyStr]]) -> Generator[tuple[str, AnyStr], None, None]:
    """The pairs, one per value, of a dict of lists such as `HTTPServerRequest.arguments`."""
    for name, values in qs.items():
        for value in values:
            yield name, value
