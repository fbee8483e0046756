"""Accept and Accept-Encoding: what a client prefers (RFC 9110 sections 12.4 and 12.5).

Pure functions. What cannot be understood of a header counts as not said.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

MAX_ITEMS = 64
"""No more than this of a header is read."""

_weight = re.compile(r";[ \t]*q[ \t]*=[ \t]*(0(?:\.[0-9]{0,3})?|1(?:\.0{0,3})?)[ \t]*(?=;|$)", re.I)


def weights(header: str) -> dict[str, float]:
    """What a header lists, in lower case and without parameters, with its weight from 0 to 1.

    >>> weights("gzip;q=0.5, br, *;q=0")
    {'gzip': 0.5, 'br': 1.0, '*': 0.0}
    """
    found: dict[str, float] = {}
    for item in header.split(",", MAX_ITEMS)[:MAX_ITEMS]:
        name, semicolon, _ = item.partition(";")
        name = name.strip(" \t").lower()
        if not name:
            continue
        weight = 1.0
        if semicolon:
            match = _weight.search(item)
            if match is not None:
                weight = float(match[1])
        found[name] = max(weight, found.get(name, 0.0))
    return found


def best_coding(header: str, available: Iterable[str]) -> str | None:
    """The content coding of ``available``, the server's favorite first, that the Accept-Encoding
    ``header`` gives the most weight; None if the content had better go as it is.

    That is so if nothing available is accepted, or if ``identity`` has more weight than it.
    """
    wanted = weights(header)
    if "x-gzip" in wanted:  # the same thing (RFC 9110 section 8.4.1.3)
        wanted.setdefault("gzip", wanted["x-gzip"])
    others = wanted.get("*", 0.0)
    best, most = None, wanted.get("identity", 0.0)
    for coding in available:
        weight = wanted.get(coding, others)
        if weight and (weight > most or (best is None and weight == most)):
            best, most = coding, weight
    return best


def best_type(header: str, available: Sequence[str]) -> str | None:
    """The media type of ``available``, the server's favorite first, that the Accept ``header``
    gives the most weight; None if it takes none of them. The most precise range that names a type
    decides about it; of two with the same weight the one that is named more precisely wins."""
    wanted = weights(header)
    best, most = None, (0.0, -1)
    for each in available:
        for precision, name in ((2, each), (1, f"{each.partition('/')[0]}/*"), (0, "*/*")):
            if name in wanted:
                if wanted[name] and (wanted[name], precision) > most:
                    best, most = each, (wanted[name], precision)
                break
    return best
