"""Compressed responses: which, in which coding, and the transform that does it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from functools import partial
from typing import Any

from tornado.httputil import HTTPHeaders, HTTPServerRequest
from tornado.web._accept import best_coding
from tornado.web._encoders import Encoder, codings
from tornado.web._transforms import OutputTransform

_UNTOUCHED = frozenset([204, 206, 304])

_TYPES = frozenset(
    [
        "application/javascript",
        "application/x-javascript",
        "application/xml",
        "application/atom+xml",
        "application/json",
        "application/problem+json",
        "application/xhtml+xml",
        "image/svg+xml",
    ]
)


class ContentEncoding(OutputTransform):
    """Compresses responses, if the type of the content is worth it, in the coding that the client
    likes best of those there are. See ``compression``, which makes these."""

    CONTENT_TYPES = _TYPES
    MIN_LENGTH = 1024  # bytes

    _encoder: Encoder | None = None

    def __init__(self, request: HTTPServerRequest, levels: Mapping[str, int] | None = None) -> None:
        if levels is None:
            levels = self._levels()
        self._level: int = 0
        header = request.headers.get("Accept-Encoding", "")
        self._coding = best_coding(header, levels) if header else None
        if self._coding is not None:
            self._level = levels[self._coding]

    def _levels(self) -> Mapping[str, int]:
        return {name: coding.level for name, coding in codings().items()}

    def _compressible_type(self, content_type: str) -> bool:
        return content_type.startswith("text/") or content_type in self.CONTENT_TYPES

    def transform_first_chunk(
        self, status_code: int, headers: HTTPHeaders, chunk: bytes, finishing: bool
    ) -> tuple[int, HTTPHeaders, bytes]:
        _vary(headers)
        coding = self._coding
        if (
            coding is None
            or status_code in _UNTOUCHED
            or (finishing and len(chunk) < self.MIN_LENGTH)
            or "Content-Encoding" in headers
            or not self._compressible_type(_media_type(headers))
        ):
            return status_code, headers, chunk
        self._encoder = codings()[coding].encoder(self._level)
        headers["Content-Encoding"] = coding
        etag = headers.get("Etag")
        if etag and not etag.startswith("W/"):
            headers["Etag"] = f"W/{etag}"  # other bytes now, the same meaning
        chunk = self.transform_chunk(chunk, finishing)
        if "Content-Length" in headers:
            if finishing:
                headers["Content-Length"] = str(len(chunk))
            else:
                del headers["Content-Length"]
        return status_code, headers, chunk

    def transform_chunk(self, chunk: bytes, finishing: bool) -> bytes:
        return chunk if self._encoder is None else self._encoder.encode(chunk, finishing)


class GZipContentEncoding(ContentEncoding):
    """Compresses responses with gzip for clients that accept it, if the type of the content is
    worth it. For ``transforms=[...]``, and to be subclassed."""

    GZIP_LEVEL = 6

    def _levels(self) -> Mapping[str, int]:
        return {"gzip": self.GZIP_LEVEL}


def compression(setting: Any) -> Callable[[HTTPServerRequest], OutputTransform]:
    """The transform for the setting ``compress_response``: True, or a dict of

    ``codings``: names in the order of preference, of ``br``, ``zstd`` and ``gzip``; those that are
    not installed may not be named. ``levels``: a dict of levels by coding. ``min_length``: bytes
    that a response must have. ``types``: media types to compress beside ``text/*``.

    Raises ValueError, or TypeError, for anything else.
    """
    options = dict(setting) if isinstance(setting, Mapping) else {}
    there = codings()
    names: Iterable[str] = options.pop("codings", there)
    given = dict(options.pop("levels", {}))
    levels: dict[str, int] = {}
    for name in names:
        if name not in there:
            raise ValueError(
                f"compress_response: there is no coding {name!r} here, but {', '.join(there)} (br "
                "needs the package brotli; zstd needs zstandard or Python 3.14)"
            )
        level = levels[name] = given.pop(name, there[name].level)
        least, most = there[name].levels
        if not (isinstance(level, int) and least <= level <= most):
            raise ValueError(
                f"compress_response: levels of {name} are {least} to {most}, got {level!r}"
            )
    if given:
        raise ValueError(f"compress_response: a level for {next(iter(given))!r}, which is not used")
    made: dict[str, Any] = {}
    if "min_length" in options:
        made["MIN_LENGTH"] = int(options.pop("min_length"))
    if "types" in options:
        made["CONTENT_TYPES"] = frozenset(options.pop("types"))
    if options:
        raise ValueError(
            f"compress_response: {next(iter(options))!r} is not one of codings, levels, "
            "min_length, types"
        )
    cls = type("ContentEncoding", (ContentEncoding,), made) if made else ContentEncoding
    return partial(cls, levels=levels)


def _media_type(headers: HTTPHeaders) -> str:
    content_type: str = headers.get("Content-Type", "")
    return content_type.partition(";")[0].strip().lower()


def _vary(headers: HTTPHeaders) -> None:
    """The answer depends on Accept-Encoding, whether this one is compressed or not."""
    there = headers.get("Vary")
    if there is None:
        headers["Vary"] = "Accept-Encoding"
    elif "accept-encoding" not in [name.strip().lower() for name in there.split(",")]:
        headers["Vary"] = f"{there}, Accept-Encoding"
