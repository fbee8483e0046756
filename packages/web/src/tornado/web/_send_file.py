"""Files as responses of any handler: downloads, reports, pictures that not everybody may see."""

from __future__ import annotations

import os
import stat
import time
from datetime import UTC, datetime
from mimetypes import guess_type
from urllib.parse import quote

from tornado.web._base import HandlerBase
from tornado.web._conditions import precondition_fails, unmodified_since
from tornado.web._errors import HTTPError
from tornado.web._file_response import FileResponse

_CHANGING = 2.0  # seconds after a change in which another could leave the same date

_ASKING = frozenset(["GET", "HEAD"])


class FileMixin(HandlerBase):
    async def send_file(
        self,
        path: str | os.PathLike[str],
        filename: str | None = None,
        content_type: str | None = None,
        download: bool | None = None,
    ) -> None:
        """Answers with the file at ``path``: ``await self.send_file(path)``, or return it.

        ``filename`` is the name to save it under, and makes it a download unless ``download`` is
        False; with ``download=True`` alone the name is that of the file. ``content_type``: if not
        given, by the name. Headers that are set already are kept, an Etag for instance.

        Conditional requests and ranges are answered. A small file leaves in one send with its
        head, a large one without passing through Python. Raises `HTTPError` 404 if there is no
        regular file at ``path``, 412 if the client asks for another version of it.

        ``path`` is the program's own: it is not checked where it leads. For paths out of URLs
        there is StaticFileHandler.
        """
        if self._headers_written or self._write_buffer:
            raise RuntimeError(
                "send_file() sends the whole body, but part of it is written already"
            )
        path = os.fspath(path)
        try:
            found = os.stat(path)
        except (OSError, ValueError) as error:
            raise HTTPError(404, "send_file(%r): %s", path, error) from None
        if not stat.S_ISREG(found.st_mode):
            raise HTTPError(404, "send_file(%r): not a regular file", path)
        name = filename if filename is not None else os.path.basename(path)
        if download is None:
            download = filename is not None
        if download or filename is not None:
            self.set_header("Content-Disposition", content_disposition(name, download))
        self.set_header("Content-Type", content_type or _content_type(name))
        modified = datetime.fromtimestamp(int(found.st_mtime), UTC)
        if "Last-Modified" not in self._headers:
            self.set_header("Last-Modified", modified)
        if "Etag" not in self._headers:
            self.set_header("Etag", _etag(found))
        asking = self.request.method in _ASKING and self._status_code == 200
        if asking:
            self.set_header("Accept-Ranges", "bytes")
            headers = self.request.headers
            if precondition_fails(headers, self._headers.get("Etag"), modified):
                raise HTTPError(412)
            if self.check_etag_header() or unmodified_since(headers, modified):
                self.set_status(304)
                return
        response = FileResponse(self, path, path)
        include_body = self.request.method != "HEAD"
        await response.send(found.st_size, modified, include_body, with_ranges=asking)


def content_disposition(name: str, download: bool) -> str:
    """The header that names a file (RFC 6266). Characters beyond ASCII go in its second form, which
    all browsers know; the first has underscores for them. ValueError for control characters."""
    if not name.isprintable():
        raise ValueError(f"a file name for a client is of printable characters, got {name!r}")
    kind = "attachment" if download else "inline"
    plain = "".join(char if char.isascii() else "_" for char in name)
    escaped = plain.replace("\\", "\\\\").replace('"', '\\"')
    if plain == name and "%" not in name:
        return f'{kind}; filename="{escaped}"'
    return f"{kind}; filename=\"{escaped}\"; filename*=UTF-8''{quote(name, safe='')}"


def _content_type(name: str) -> str:
    kind, encoding = guess_type(name)
    if encoding == "gzip":
        return "application/gzip"
    return kind if kind is not None and encoding is None else "application/octet-stream"


def _etag(found: os.stat_result) -> str:
    """By what the system says about the file; its content is not read."""
    tag = f'"{found.st_mtime_ns:x}-{found.st_size:x}-{found.st_ino:x}"'
    return f"W/{tag}" if time.time() - found.st_mtime < _CHANGING else tag
