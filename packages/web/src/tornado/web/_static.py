"""Static files: one handler, made to be subclassed at every step.

Laws:
1. What is served is a regular file inside the root (`_static_paths`); everything else is 403 or
   404, before anything of it is read.
2. The steps of a request, each of which a subclass may replace: ``parse_url_path``,
   ``get_absolute_path``, ``validate_absolute_path``, ``get_modified_time``, ``set_headers``,
   ``should_return_304``, ``get_content_size``, ``get_content``.
3. A small file leaves with its head in one send; a large one goes from the disk to the socket
   without passing through Python. A subclass with its own ``get_content``, or an output transform
   that must see the bytes, gets the chunks one by one, each when the last has left.
4. All state has a class-level default: subclasses replace ``initialize`` without calling ours.
"""

from __future__ import annotations

import os
import re
import stat
from collections.abc import Awaitable, Generator, Iterable, Sequence
from datetime import UTC, datetime, timedelta
from io import FileIO
from mimetypes import guess_type
from secrets import token_hex
from typing import Any

from tornado.concurrent import Future
from tornado.httputil import parse_http_date
from tornado.iostream import StreamClosedError
from tornado.web._errors import HTTPError
from tornado.web._handler import RequestHandler
from tornado.web._ranges import Span, parse_range
from tornado.web._static_paths import (
    WINDOWS,
    is_inside,
    is_treacherous_on_windows,
    links_stay_inside,
)
from tornado.web._versions import VersionedFiles

SMALL = 128 * 1024
"""Bytes. What is not larger is read at once and sent together with the head."""

_CHUNK = 64 * 1024
_entity_tags = re.compile(r'(?:W/)?"[^"]*"').findall
_OPEN_FLAGS = os.O_RDONLY | getattr(os, "O_CLOEXEC", 0) | getattr(os, "O_BINARY", 0)


class StaticFileHandler(VersionedFiles, RequestHandler):
    """Serves the files of a directory.

    The settings ``static_path`` and ``static_url_prefix`` install one; others are routes::

        (r"/files/(.*)", StaticFileHandler, {"path": "/var/www"})

    The route's first group is the path below the directory. ``default_filename`` (such as
    ``index.html``) is served for a directory; without one a directory is 403. Symbolic links that
    lead out of the directory are 403, unless they end below ``allowed_symlink_directory``, a path
    or several.

    Conditional requests (Etag, Last-Modified), byte ranges, one or several, and HEAD are answered.
    A request with the argument ``v``, as ``static_url`` makes them, may be cached for
    ``CACHE_MAX_AGE``: its URL changes when the content does.

    To serve something other than files, override ``get_content``, ``get_content_size``,
    ``get_modified_time``, ``validate_absolute_path`` and perhaps ``get_content_version``; the other
    steps use these. All of them may be overridden without calling the original.
    """

    CACHE_MAX_AGE = 86400 * 365 * 10  # seconds

    root: str = ""
    path: str = ""
    absolute_path: str | None = None
    modified: datetime | None = None
    default_filename: str | None = None
    allowed_symlink_directory: str | Sequence[str] | None = None
    _stat_result: os.stat_result | None = None

    def initialize(
        self,
        path: str,
        default_filename: str | None = None,
        allowed_symlink_directory: str | Sequence[str] | None = None,
    ) -> None:
        """``path`` is the directory; the rest as described at the class."""
        self.root = path
        self.default_filename = default_filename
        if allowed_symlink_directory is not None:
            self.allowed_symlink_directory = allowed_symlink_directory

    # -- a request, step by step

    def head(self, path: str) -> Awaitable[None]:
        """The head that ``get`` would send."""
        return self.get(path, include_body=False)

    def get(self, path: str, include_body: bool = True) -> Awaitable[None]:
        """Sends the file. ``path`` is as in the URL; ``include_body=False`` leaves the head."""
        self.path = self.parse_url_path(path)
        absolute_path = self.get_absolute_path(self.root, self.path)
        self.absolute_path = self.validate_absolute_path(self.root, absolute_path)
        if self.absolute_path is None:
            return _done()
        self.modified = self.get_modified_time()
        self.set_headers()
        if self._precondition_fails():
            raise HTTPError(412)
        if self.should_return_304():
            self.set_status(304)
            return _done()
        size = self.get_content_size()
        spans = self._selected_spans(size)
        if spans is None:
            self.set_header("Content-Length", str(size))
            return self._send([(b"", Span(0, size))], size) if include_body else _done()
        if not spans:
            self.set_status(416)
            self.clear_header("Content-Type")
            self.set_header("Content-Range", f"bytes */{size}")
            return _done()
        self.set_status(206)
        if len(spans) == 1:
            pieces = [(b"", spans[0])]
            self.set_header("Content-Range", spans[0].content_range(size))
        else:
            pieces = self._as_multipart(spans, size)
        length = sum(len(head) + span.stop - span.start for head, span in pieces)
        self.set_header("Content-Length", str(length))
        return self._send(pieces, length) if include_body else _done()

    def parse_url_path(self, url_path: str) -> str:
        """The file's path for the path in a URL: the same, with the system's separators."""
        return url_path.replace("/", os.sep) if os.sep != "/" else url_path

    @classmethod
    def get_absolute_path(cls, root: str, path: str) -> str:
        """Where the file ``path`` of the directory ``root`` is. Outside of it: `HTTPError` 403.

        Class method, because ``static_url`` needs it too: what it returns need not exist.
        """
        absolute = os.path.abspath(os.path.join(root, path))
        if not is_inside(absolute, os.path.abspath(root)):
            raise HTTPError(403, "static path %r leads out of its directory", path)
        return absolute

    def validate_absolute_path(self, root: str, absolute_path: str) -> str | None:
        """The path of the file to serve, once it is certain that it may be.

        For a directory that is its ``default_filename``; if the URL lacks the slash at its end, the
        client is redirected and the result is None, which ends the request. Raises `HTTPError` 404
        for what does not exist and 403 for what is not to be served.
        """
        root = os.path.abspath(root)
        try:
            if not self._may_serve(root, absolute_path):
                raise HTTPError(403, "static path %r leads out of its directory", self.path)
            found = os.stat(absolute_path)
            if stat.S_ISDIR(found.st_mode) and self.default_filename is not None:
                if not self.request.path.endswith("/"):
                    self._redirect_to_directory()
                    return None
                absolute_path = os.path.join(absolute_path, self.default_filename)
                if not self._may_serve(root, absolute_path):
                    raise HTTPError(403, "static path %r leads out of its directory", self.path)
                found = os.stat(absolute_path)
        except (OSError, ValueError):  # the latter for NUL
            raise HTTPError(404) from None
        if not stat.S_ISREG(found.st_mode):
            raise HTTPError(403, "static path %r is not a regular file", self.path)
        self._stat_result = found
        return absolute_path

    def _may_serve(self, root: str, absolute_path: str) -> bool:
        if not is_inside(absolute_path, root):
            return False
        if WINDOWS and is_treacherous_on_windows(os.path.relpath(absolute_path, root)):
            return False
        return absolute_path == root or links_stay_inside(
            absolute_path, root, self.allowed_symlink_directory
        )

    def _redirect_to_directory(self) -> None:
        path = self.request.path
        if not path.startswith("/") or path.startswith(("//", "/\\")):
            # Browsers take the Location //name/ for another host.
            raise HTTPError(403, "redirecting %r would leave this site", path)
        query = self.request.query
        self.redirect(f"{path}/?{query}" if query else f"{path}/", permanent=True)

    # -- headers

    def set_headers(self) -> None:
        """Sets what describes the file: Etag, Last-Modified, Content-Type and how long to keep it.

        ``set_extra_headers`` is called last.
        """
        self.set_header("Accept-Ranges", "bytes")
        self.set_etag_header()
        if self.modified is not None:
            self.set_header("Last-Modified", self.modified)
        content_type = self.get_content_type()
        if content_type:
            self.set_header("Content-Type", content_type)
        cache_time = self.get_cache_time(self.path, self.modified, content_type)
        if cache_time > 0:
            expires = datetime.now(UTC) + timedelta(seconds=cache_time)
            self.set_header("Expires", expires)
            self.set_header("Cache-Control", f"max-age={cache_time}")
        self.set_extra_headers(self.path)

    def set_extra_headers(self, path: str) -> None:
        """For subclasses to set headers of their own. Does nothing."""

    def get_cache_time(self, path: str, modified: datetime | None, mime_type: str) -> int:
        """For how many seconds clients may keep the file without asking again; 0 for not at all.

        That is ``CACHE_MAX_AGE`` for a URL with a version and 0 for one without.
        """
        return self.CACHE_MAX_AGE if "v" in self.request.arguments else 0

    def compute_etag(self) -> str | None:
        """The Etag: the file's version in quotes, or None if it has none."""
        version = self._get_cached_version(self._validated_path())
        return f'"{version}"' if version else None

    def get_content_type(self) -> str:
        """The Content-Type, by the file's name; ``application/octet-stream`` if that tells nothing.

        Compressed files are ``application/gzip`` or octets: they are sent as they are, not as
        encodings of what is in them.
        """
        mime_type, encoding = guess_type(os.path.basename(self._validated_path()))
        if encoding == "gzip":
            return "application/gzip"
        if encoding is not None or mime_type is None:
            return "application/octet-stream"
        return mime_type

    def get_modified_time(self) -> datetime | None:
        """When the file was last modified, aware and to the second; None if that is not known."""
        seconds = int(self._stat().st_mtime)
        return datetime.fromtimestamp(seconds, UTC)

    def get_content_size(self) -> int:
        """The number of bytes that ``get_content`` gives."""
        return self._stat().st_size

    def _stat(self) -> os.stat_result:
        if self._stat_result is None:
            self._stat_result = os.stat(self._validated_path())
        return self._stat_result

    def _validated_path(self) -> str:
        if self.absolute_path is None:
            raise RuntimeError(
                "there is no absolute_path before validate_absolute_path() was called"
            )
        return self.absolute_path

    # -- conditions (RFC 9110 section 13)

    def should_return_304(self) -> bool:
        """Whether the client has this version already, by If-None-Match or If-Modified-Since."""
        if self.check_etag_header():
            return True
        headers = self.request.headers
        if "If-None-Match" in headers or self.modified is None:
            return False
        date = headers.get("If-Modified-Since")
        since = None if date is None else parse_http_date(date)
        return since is not None and self.modified <= since

    def _precondition_fails(self) -> bool:
        headers = self.request.headers
        if_match = headers.get("If-Match")
        if if_match is not None:
            etag = self._headers.get("Etag")
            # A weak tag in the list never equals ours, which is strong.
            return if_match.strip(" \t") != "*" and etag not in _entity_tags(if_match)
        date = headers.get("If-Unmodified-Since")
        since = None if date is None else parse_http_date(date)
        return since is not None and self.modified is not None and self.modified > since

    def _selected_spans(self, size: int) -> list[Span] | None:
        headers = self.request.headers
        wanted = headers.get("Range")
        if wanted is None or not self._range_is_current(headers.get("If-Range")):
            return None
        return parse_range(wanted, size)

    def _range_is_current(self, if_range: str | None) -> bool:
        if if_range is None:
            return True
        if '"' in if_range:
            return bool(if_range == self._headers.get("Etag"))
        date = parse_http_date(if_range)
        if date is None or date != self.modified:
            return False
        # Within the second of a change the date cannot tell two versions apart (section 8.8.2.2).
        return datetime.now(UTC) - date > timedelta(seconds=1)

    # -- content

    @classmethod
    def get_content(
        cls, abspath: str, start: int | None = None, end: int | None = None
    ) -> Generator[bytes, None, None]:
        """The bytes of the file from ``start`` up to, not including, ``end``, in chunks.

        An override may give all of them as one bytes object instead.
        """
        with open(abspath, "rb", buffering=0) as file:
            if start:
                file.seek(start)
            left = None if end is None else end - (start or 0)
            while left is None or left > 0:
                chunk = file.read(_CHUNK if left is None else min(left, _CHUNK))
                if not chunk:
                    return
                if left is not None:
                    left -= len(chunk)
                yield chunk

    def _as_multipart(self, spans: list[Span], size: int) -> list[tuple[bytes, Span]]:
        """Several pieces as multipart/byteranges (section 14.6): what precedes each, and each. The
        last is empty, for the closing delimiter."""
        boundary = token_hex(16)
        content_type = self._headers.get("Content-Type")
        self.set_header("Content-Type", f"multipart/byteranges; boundary={boundary}")
        described = f"Content-Type: {content_type}\r\n" if content_type else ""
        pieces: list[tuple[bytes, Span]] = []
        for span in spans:
            head = (
                f"\r\n--{boundary}\r\n{described}Content-Range: {span.content_range(size)}\r\n\r\n"
            )
            pieces.append((head.encode("latin-1"), span))
        first, span = pieces[0]
        pieces[0] = first.removeprefix(b"\r\n"), span
        return [*pieces, (f"\r\n--{boundary}--\r\n".encode(), Span(0, 0))]

    def _send(self, pieces: list[tuple[bytes, Span]], length: int) -> Awaitable[None]:
        """Sends each piece after the bytes that precede it, ``length`` bytes in all."""
        if _function(self.get_content) is not _own_get_content:
            return self._send_content(pieces)
        if length <= SMALL:
            return self._send_small(pieces, length)
        if self._transforms or not hasattr(self.request.connection, "write_file"):
            return self._send_content(pieces)
        return self._send_files(pieces)

    def _send_small(self, pieces: list[tuple[bytes, Span]], length: int) -> Awaitable[None]:
        try:
            fd = os.open(self._validated_path(), _OPEN_FLAGS)
        except OSError as error:
            raise HTTPError(403, "static file %r: %s", self.path, error.strerror) from None
        try:
            data = b"".join(head + _read(fd, span) for head, span in pieces)
        finally:
            os.close(fd)
        if len(data) != length:
            raise HTTPError(503, "static file %r is being written to", self.path)
        self.write(data)
        # Not left to finish(), which would say 304 by itself where a subclass never wants one; but
        # a transform does better if it sees all of a body at once.
        return _done() if self._transforms else self.flush()

    def _send_files(self, pieces: list[tuple[bytes, Span]]) -> Awaitable[None]:
        try:
            file = open(self._validated_path(), "rb", buffering=0)  # noqa: SIM115 (closed below)
        except OSError as error:
            raise HTTPError(403, "static file %r: %s", self.path, error.strerror) from None
        head, span = pieces[0]
        if head:
            self.write(head)
        connection: Any = self.request.connection
        try:
            self.flush()  # not awaited: the file takes its turn behind it
            left = connection.write_file(file, span.start, span.stop - span.start)
        except BaseException:
            file.close()
            raise
        if len(pieces) == 1 and isinstance(left, Future) and left.done():
            file.close()
            return left
        return self._send_rest(file, left, pieces[1:])

    async def _send_rest(
        self, file: FileIO, left: Awaitable[None], pieces: list[tuple[bytes, Span]]
    ) -> None:
        """What did not leave at once: the file whose sending ``left`` is, and other ``pieces``."""
        connection: Any = self.request.connection
        with file:
            try:
                await left
                for head, span in pieces:
                    self.write(head)
                    await self.flush()
                    await connection.write_file(file, span.start, span.stop - span.start)
            except StreamClosedError:
                return

    async def _send_content(self, pieces: list[tuple[bytes, Span]]) -> None:
        for head, span in pieces:
            if head:
                self.write(head)
            if span.stop == span.start:
                continue
            content: Iterable[bytes] = self.get_content(self._validated_path(), *span)
            for chunk in (content,) if isinstance(content, bytes) else content:
                self.write(chunk)
                try:
                    await self.flush()
                except StreamClosedError:
                    return


def _read(fd: int, span: Span) -> bytes:
    """The bytes of one span; fewer if the file has become shorter."""
    size = span.stop - span.start
    if not size:
        return b""
    if hasattr(os, "pread"):
        return os.pread(fd, size, span.start)
    os.lseek(fd, span.start, os.SEEK_SET)  # Windows
    return os.read(fd, size)


def _function(method: Any) -> Any:
    return getattr(method, "__func__", method)


_own_get_content = _function(StaticFileHandler.get_content)


def _done() -> Future[None]:
    future: Future[None] = Future()
    future.set_result(None)
    return future
