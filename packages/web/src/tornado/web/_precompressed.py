"""Compressed files that lie beside the files they were made from: ``style.css.br``."""

from __future__ import annotations

import os
import stat
from collections.abc import Callable

from tornado.web._accept import best_coding

CODINGS = {"br": ".br", "zstd": ".zst", "gzip": ".gz"}
"""Content codings and the ends of their files' names, the favorite first."""


def coded_sibling(
    path: str, accepted: str, may_serve: Callable[[str], bool]
) -> tuple[str, str, os.stat_result] | None:
    """The best coding of the file at ``path`` for an Accept-Encoding header: its name, the file
    and what the system says about that. None if the file had better go as it is.

    A sibling counts if it is a regular file that ``may_serve`` allows and is not older than the
    file itself: one that was forgotten at the last change is of no use.
    """
    changed = os.stat(path).st_mtime_ns
    there = {}
    for coding, suffix in CODINGS.items():
        sibling = path + suffix
        try:
            if not may_serve(sibling):
                continue
            found = os.stat(sibling)
        except OSError:
            continue
        if stat.S_ISREG(found.st_mode) and found.st_mtime_ns >= changed:
            there[coding] = (coding, sibling, found)
    best = best_coding(accepted, there)
    return None if best is None else there[best]
