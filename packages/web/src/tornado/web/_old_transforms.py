"""Output transforms in the shapes of 2009 to 2012, made to fit when an application gets them.

=========  ================================================================================
release    methods
=========  ================================================================================
0.2        ``transform_headers(headers)``, ``transform_chunk(block)``, ``footer()``
1.x        ``transform_first_chunk(headers, chunk, finishing)``, ``transform_chunk`` as today
=========  ================================================================================

A class is looked at once, by ``fitted``. Those of today's shape are used as they are, so that a
request pays nothing. Of what is no class (a ``partial``, say) the shape is taken to be today's.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable
from functools import partial
from typing import Any

from tornado.escape import utf8
from tornado.httputil import HTTPHeaders, HTTPServerRequest
from tornado.web._transforms import OutputTransform

Maker = Callable[[HTTPServerRequest], Any]

_BODILESS = frozenset([204, 304])


class ChunkedTransferEncoding(OutputTransform):
    """Does nothing: the connection itself sends a body in chunks where that is needed. For the
    ``transforms`` of programs that name it, as they had to until 2013."""


class HeadersFirst(OutputTransform):
    """Makes a transform of 1.x, which was not told the status, fit."""

    def __init__(self, maker: Maker, request: HTTPServerRequest) -> None:
        self._old = maker(request)

    def transform_first_chunk(
        self, status_code: int, headers: HTTPHeaders, chunk: bytes, finishing: bool
    ) -> tuple[int, HTTPHeaders, bytes]:
        before = len(chunk)
        headers, changed = self._old.transform_first_chunk(headers, chunk, finishing)
        chunk = utf8(changed)
        if finishing:
            _correct_length(headers, before, len(chunk))
        return status_code, headers, chunk

    def transform_chunk(self, chunk: bytes, finishing: bool) -> bytes:
        changed: bytes = utf8(self._old.transform_chunk(chunk, finishing))
        return changed


class HeadersBlocksFooter(OutputTransform):
    """Makes a transform of 0.2 fit. It has any of the three methods."""

    def __init__(self, maker: Maker, has_block: bool, request: HTTPServerRequest) -> None:
        old = maker(request)
        self._headers: Any = getattr(old, "transform_headers", None)
        self._footer: Any = getattr(old, "footer", None)
        self._block: Any = old.transform_chunk if has_block else None

    def transform_first_chunk(
        self, status_code: int, headers: HTTPHeaders, chunk: bytes, finishing: bool
    ) -> tuple[int, HTTPHeaders, bytes]:
        if self._headers is not None:
            headers = self._headers(headers)
        if status_code in _BODILESS:
            return status_code, headers, chunk
        before = len(chunk)
        chunk = self.transform_chunk(chunk, finishing)
        if finishing:
            _correct_length(headers, before, len(chunk))
        return status_code, headers, chunk

    def transform_chunk(self, chunk: bytes, finishing: bool) -> bytes:
        if self._block is not None and chunk:
            chunk = utf8(self._block(chunk))
        if finishing and self._footer is not None:
            chunk += utf8(self._footer() or b"")
        return chunk


def fitted(makers: list[Any]) -> list[Maker]:
    """What ``Application.transforms`` holds for these: a maker for each that does something."""
    return [_fit(maker) for maker in makers if maker is not ChunkedTransferEncoding]


def _fit(maker: Any) -> Maker:
    if not inspect.isclass(maker):
        return maker  # type: ignore[no-any-return]  # whatever it is, it is called with a request
    first = getattr(maker, "transform_first_chunk", None)
    if first is None or first is OutputTransform.transform_first_chunk:
        piece = getattr(maker, "transform_chunk", None)
        own = piece is not None and piece is not OutputTransform.transform_chunk
        old = own and _takes(piece, 2) and not _takes(piece, 3)
        if old or (not own and (hasattr(maker, "transform_headers") or hasattr(maker, "footer"))):
            return partial(HeadersBlocksFooter, maker, old)
    elif _takes(first, 4) and not _takes(first, 5):
        return partial(HeadersFirst, maker)
    return maker


def _takes(function: Any, count: int) -> bool:
    """Whether it can be called with so many arguments, ``self`` included where it is not bound."""
    try:
        inspect.signature(function).bind(*range(count))
    except (TypeError, ValueError):
        return False
    return True


def _correct_length(headers: HTTPHeaders, before: int, after: int) -> None:
    """A Content-Length that was that of the body before is that of the body after."""
    if before != after and headers.get("Content-Length") == str(before):
        headers["Content-Length"] = str(after)
