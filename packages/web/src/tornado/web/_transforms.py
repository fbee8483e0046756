"""What may change a response on its way out: applied in order to the head and to each piece."""

from __future__ import annotations

import gzip
import io

from tornado.httputil import HTTPHeaders, HTTPServerRequest


class OutputTransform:
    """Changes responses; one instance for each request, see ``Application.add_transform``."""

    def __init__(self, request: HTTPServerRequest) -> None:
        pass

    def transform_first_chunk(
        self, status_code: int, headers: HTTPHeaders, chunk: bytes, finishing: bool
    ) -> tuple[int, HTTPHeaders, bytes]:
        """Given the head and the first piece of the body; returns them as they shall be sent.
        ``finishing``: whether the body ends with this piece."""
        return status_code, headers, chunk

    def transform_chunk(self, chunk: bytes, finishing: bool) -> bytes:
        """Given a later piece; returns it as it shall be sent."""
        return chunk


class GZipContentEncoding(OutputTransform):
    """Compresses responses for clients that accept gzip, if the type of the content is worth it.

    Switched on by the setting ``compress_response`` (``gzip`` in older programs).
    """

    CONTENT_TYPES = frozenset(
        [
            "application/javascript",
            "application/x-javascript",
            "application/xml",
            "application/atom+xml",
            "application/json",
            "application/xhtml+xml",
            "image/svg+xml",
        ]
    )
    MIN_LENGTH = 1024
    GZIP_LEVEL = 6

    def __init__(self, request: HTTPServerRequest) -> None:
        self._gzipping = _accepts_gzip(request.headers.get("Accept-Encoding", ""))
        self._value = io.BytesIO()
        self._file: gzip.GzipFile | None = None

    def _compressible_type(self, content_type: str) -> bool:
        return content_type.startswith("text/") or content_type in self.CONTENT_TYPES

    def transform_first_chunk(
        self, status_code: int, headers: HTTPHeaders, chunk: bytes, finishing: bool
    ) -> tuple[int, HTTPHeaders, bytes]:
        headers["Vary"] = (
            f"{headers['Vary']}, Accept-Encoding" if "Vary" in headers else "Accept-Encoding"
        )
        if self._gzipping:
            content_type = headers.get("Content-Type", "").partition(";")[0].strip().lower()
            self._gzipping = (
                self._compressible_type(content_type)
                and (not finishing or len(chunk) >= self.MIN_LENGTH)
                and status_code not in (204, 206, 304)
                and "Content-Encoding" not in headers
            )
        if self._gzipping:
            headers["Content-Encoding"] = "gzip"
            self._file = gzip.GzipFile(
                mode="w", fileobj=self._value, compresslevel=self.GZIP_LEVEL, mtime=0
            )
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
        if self._file is None:
            return chunk
        self._file.write(chunk)
        if finishing:
            self._file.close()
        else:
            self._file.flush()
        chunk = self._value.getvalue()
        self._value.truncate(0)
        self._value.seek(0)
        return chunk


def _accepts_gzip(header: str) -> bool:
    """Accept-Encoding (RFC 9110 section 12.5.3): gzip named, or ``*``, and not at ``q=0``."""
    answer = False
    for item in header.split(","):
        coding, _, weight = item.partition(";")
        coding = coding.strip().lower()
        if coding not in ("gzip", "x-gzip", "*"):
            continue
        wanted = weight.replace(" ", "").lower() not in ("q=0", "q=0.0", "q=0.00", "q=0.000")
        if coding != "*":
            return wanted
        answer = wanted
    return answer
