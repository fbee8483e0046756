"""Static files: one handler, made to be subclassed at every step.

Laws:
1. What is served is a regular file inside the root (`_static_paths`); everything else is 403 or
   404, before anything of it is read.
2. The steps of a request, each of which a subclass may replace: ``parse_url_path``,
   ``get_absolute_path``, ``validate_absolute_path``, ``get_modified_time``, ``set_headers``,
   ``should_return_304``, ``get_content_size``, ``get_content``.
3. Where none of the steps is replaced, a file that was sent before and has not changed
   (`_known_files`) goes the short way, which sends the same bytes.
4. All state has a class-level default: subclasses replace ``initialize`` without calling ours.
"""

from __future__ import annotations

import os
import stat
import time
from collections.abc import Awaitable, Generator, Sequence
from datetime import UTC, datetime
from functools import lru_cache
from mimetypes import guess_type
from operator import attrgetter
from typing import Any

from tornado.httputil import format_timestamp
from tornado.web._conditions import CONDITIONS, precondition_fails, unmodified_since
from tornado.web._errors import HTTPError
from tornado.web._file_response import SMALL, FileResponse, done, read_chunks
from tornado.web._handler import RequestHandler
from tornado.web._known_files import KnownFile, known_files
from tornado.web._precompressed import CODINGS, coded_sibling
from tornado.web._static_paths import (
    WINDOWS,
    is_inside,
    is_treacherous_on_windows,
    links_stay_inside,
)
from tornado.web._versions import VersionedFiles


class StaticFileHandler(VersionedFiles, RequestHandler):
    """Serves the files of a directory.

    The settings ``static_path`` and ``static_url_prefix`` install one; others are routes::

        (r"/files/(.*)", StaticFileHandler, {"path": "/var/www"})

    The route's first group is the path below the directory. ``default_filename`` (such as
    ``index.html``) is served for a directory; without one a directory is 403. Symbolic links that
    lead out of the directory are 403, unless they end below ``allowed_symlink_directory``, a path
    or several.

    With ``precompressed``, a file ``style.css.br`` (``.zst``, ``.gz``) beside ``style.css`` is sent
    in its place to clients that accept that coding, unless it is older than ``style.css``.

    Conditional requests (Etag, Last-Modified), byte ranges, one or several, and HEAD are answered.
    A request with the argument ``v``, as ``static_url`` makes them, may be cached for
    ``CACHE_MAX_AGE``: its URL changes when the content does.

    To serve something other than files, override ``get_content``, ``get_content_size``,
    ``get_modified_time``, ``validate_absolute_path`` and perhaps ``get_content_version``; the other
    steps use these. All of them may be overridden without calling the original.
    """

    CACHE_MAX_AGE = 86400 * 365 * 10  # seconds
    MAX_KEPT_CONTENT_SIZE = 8 * 1024 * 1024
    """Bytes of small files that the process keeps in memory, all together; 0 for none."""

    root: str = ""
    path: str = ""
    absolute_path: str | None = None
    modified: datetime | None = None
    default_filename: str | None = None
    allowed_symlink_directory: str | Sequence[str] | None = None
    precompressed: bool = False
    _coding: str | None = None
    _stat_result: os.stat_result | None = None
    _is_known = False

    def initialize(
        self,
        path: str,
        default_filename: str | None = None,
        allowed_symlink_directory: str | Sequence[str] | None = None,
        precompressed: bool | None = None,
    ) -> None:
        """``path`` is the directory; the rest as described at the class."""
        self.root = path
        self.default_filename = default_filename
        if allowed_symlink_directory is not None:
            self.allowed_symlink_directory = allowed_symlink_directory
        if precompressed is not None:
            self.precompressed = precompressed

    # -- a request, step by step

    def head(self, path: str) -> Awaitable[None]:
        """The head that ``get`` would send."""
        return self.get(path, include_body=False)

    def get(self, path: str, include_body: bool = True) -> Awaitable[None]:
        """Sends the file. ``path`` is as in the URL; ``include_body=False`` leaves the head."""
        sent = self._send_known(path, include_body)
        if sent is not None:
            return sent
        self.path = self.parse_url_path(path)
        absolute_path = self.get_absolute_path(self.root, self.path)
        self.absolute_path = self.validate_absolute_path(self.root, absolute_path)
        if self.absolute_path is None:
            return done()
        if self.precompressed:
            self._choose_coding()
        self.modified = self.get_modified_time()
        self.set_headers()
        self._remember()
        return self._answer(include_body)

    def _answer(self, include_body: bool) -> Awaitable[None]:
        """Sends the file that the headers describe, as far as the client has not got it."""
        if precondition_fails(self.request.headers, self._headers.get("Etag"), self.modified):
            raise HTTPError(412)
        if self.should_return_304():
            self.set_status(304)
            return done()
        content = self.get_content
        own = _function(content) is _own_get_content
        response = FileResponse(self, self._validated_path(), self.path, None if own else content)
        return response.send(self.get_content_size(), self.modified, include_body)

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

    def _choose_coding(self) -> None:
        """Goes over to the compressed file beside the one asked for, if the client accepts it."""
        path = self._validated_path()
        self.add_header("Vary", "Accept-Encoding")
        accepted = self.request.headers.get("Accept-Encoding")
        if not accepted or not os.path.isfile(path):
            return  # a subclass may have its content elsewhere
        root = os.path.abspath(self.root)
        chosen = coded_sibling(path, accepted, lambda each: self._may_serve(root, each))
        if chosen is not None:
            self._coding, self.absolute_path, self._stat_result = chosen
            self.set_header("Content-Encoding", self._coding)

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
        self._set_cache_headers(content_type)
        self.set_extra_headers(self.path)

    def _set_cache_headers(self, content_type: str) -> None:
        cache_time = self.get_cache_time(self.path, self.modified, content_type)
        if cache_time > 0:
            self.set_header("Expires", _expiry(int(time.time()) + cache_time))
            self.set_header("Cache-Control", f"max-age={cache_time}")

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
        name = os.path.basename(self._validated_path())
        if self._coding is not None:
            name = name.removesuffix(CODINGS[self._coding])
        mime_type, encoding = guess_type(name)
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
        return unmodified_since(self.request.headers, self.modified)

    # -- content

    @classmethod
    def get_content(
        cls, abspath: str, start: int | None = None, end: int | None = None
    ) -> Generator[bytes, None, None]:
        """The bytes of the file from ``start`` up to, not including, ``end``, in chunks.

        An override may give all of them as one bytes object instead.
        """
        return read_chunks(abspath, start, end)

    # -- the short way

    def _send_known(self, path: str, include_body: bool) -> Awaitable[None] | None:
        """Sends a file that was sent before, if it is the same still; None if that is not known."""
        root: object = self.root
        if type(root) is not str or self._write_buffer or self._headers_written:
            return None  # what a subclass made of it
        key = (type(self), root, path)
        known = known_files.get(key)
        if known is None or self.precompressed or not _has_our_steps(type(self)):
            return None
        if not known.is_unchanged():
            known_files.forget(key)
            return None
        request = self.request
        conditional = not CONDITIONS.isdisjoint(request.headers._fields)
        content = b""
        if include_body and not conditional and known.size <= SMALL:
            found = known.content
            if found is None:
                found = known.read()
                if found is None:
                    return None
                known_files.keep(known, found, self.MAX_KEPT_CONTENT_SIZE)
            content = found
        self.path = path
        self.absolute_path = known.path
        self.modified = known.modified
        fields = self._headers._fields
        fields.update(known.fields)
        if request.query:
            self._set_cache_headers(self.get_content_type())
        if conditional or (include_body and known.size > SMALL):
            del fields["Content-Length"]
            return self._answer(include_body)
        self._is_known = True
        self._write_buffer.append(content)
        return self.finish()

    def _remember(self) -> None:
        """Makes the short way possible for the next request, if it can be."""
        found, path = self._stat_result, self.absolute_path
        if (
            found is None
            or path is None
            or self.precompressed
            or not isinstance(self.root, str)
            or not os.path.isabs(self.root)
            or not _has_our_steps(type(self))
        ):
            return
        root = os.path.abspath(self.root)
        if path == root or path != os.path.normpath(os.path.join(root, self.path)):
            return  # the root itself, or a directory's default file
        names = ("Accept-Ranges", "Etag", "Last-Modified", "Content-Type")
        fields = {name: self._headers[name] for name in names if name in self._headers}
        fields["Content-Length"] = str(found.st_size)
        known = KnownFile(root, path, found, fields, self.modified)
        if known.is_unchanged():  # which also says that there is no link on the way
            known_files.add((type(self), self.root, self.path), known)

    def _complete_head(self) -> bytes:
        return self._write_buffer[0] if self._is_known else super()._complete_head()


@lru_cache(maxsize=16)
def _expiry(second: int) -> str:
    return format_timestamp(second)


def _function(method: Any) -> Any:
    return getattr(method, "__func__", method)


_own_get_content = _function(StaticFileHandler.get_content)

_steps = attrgetter(
    "get",
    "head",
    "parse_url_path",
    "get_absolute_path.__func__",
    "validate_absolute_path",
    "set_headers",
    "set_extra_headers",
    "set_header",
    "set_etag_header",
    "compute_etag",
    "get_content_type",
    "get_cache_time",
    "get_modified_time",
    "get_content_size",
    "get_content.__func__",
    "get_content_version.__func__",
    "should_return_304",
    "check_etag_header",
    "write",
    "flush",
    "finish",
)
_our_steps = _steps(StaticFileHandler)


def _has_our_steps(cls: type[StaticFileHandler]) -> bool:
    """Whether ``cls`` does everything as it is done here. Asked each time: programs patch."""
    try:
        return bool(_steps(cls) == _our_steps)
    except AttributeError:  # a static method in place of one of the class
        return False
