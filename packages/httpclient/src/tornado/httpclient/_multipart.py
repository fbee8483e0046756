"""multipart/form-data, the body of a form with files (RFC 7578).

Laws:
1. Names are written as browsers write them (the WHATWG's "multipart/form-data encoding algorithm"):
   UTF-8, with a quotation mark and line ends escaped as %22, %0D and %0A, so that nothing in a name
   can end its line. Only a backslash that readers would take for the beginning of an escape, one
   before another or at the end, is doubled.
2. Values are sent as they are.
3. A file is read while it is sent, never as a whole, and no more of it than was announced.
"""

from __future__ import annotations

import asyncio
import mimetypes
import os
import re
import secrets
from collections.abc import Awaitable, Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any, BinaryIO, NamedTuple

from tornado.escape import utf8
from tornado.httputil import HTTPFile, HTTPHeaders, HTTPInputError

Pairs = Mapping[str, Any] | Iterable[tuple[str, Any]]
Write = Callable[[bytes], Awaitable[None]]

_CHUNK = 256 * 1024
_like_an_escape = re.compile(r"\\(?=\\|\Z)").sub


class _Part(NamedTuple):
    head: bytes
    content: bytes | Path | BinaryIO
    size: int | None
    start: int


class MultipartForm:
    """A form to send with a POST: fields, and files that are read as they are sent.

    ::

        form = MultipartForm({"title": "Cat"}, {"photo": Path("cat.jpg")})
        await client.fetch(url, method="POST", headers=form.headers, body_producer=form)

    ``fields`` and ``files`` are mappings or lists of pairs, in which a name may occur more than
    once. The value of a field is a str or bytes. A file is a path (any ``os.PathLike``), an
    HTTPFile, or a tuple of file name, content and, if it is known, content type, where the content
    is bytes or a file object that gives bytes. A file object is sent from where it stands.

    The form is a ``body_producer``, and can be sent again after a redirect or for a retry, unless a
    file object in it cannot seek. Raises ValueError for a value that is none of these, OSError for
    a file that is not there.
    """

    def __init__(self, fields: Pairs = (), files: Pairs = ()) -> None:
        self._boundary = secrets.token_hex(16)
        self._parts: list[_Part] = []
        self._sent = False
        for name, value in _pairs(fields):
            self.add_field(name, value)
        for name, value in _pairs(files):
            self.add_file(name, value)

    def add_field(self, name: str, value: str | bytes) -> None:
        """Adds a field."""
        if not isinstance(value, (str, bytes)):
            raise ValueError(f"the value of the field {name!r} is str or bytes, got {value!r:.80}")
        self._add(f'name="{_escaped(name)}"', None, utf8(value))

    def add_file(self, name: str, file: Any) -> None:
        """Adds a file."""
        filename, content, content_type = _file(name, file)
        if content_type is None:
            content_type = mimetypes.guess_type(filename)[0] or "application/octet-stream"
        if isinstance(content, str):
            content = content.encode()
        self._add(
            f'name="{_escaped(name)}"; filename="{_escaped(filename)}"', content_type, content
        )

    def _add(self, disposition: str, content_type: str | None, content: Any) -> None:
        head = f"--{self._boundary}\r\nContent-Disposition: form-data; {disposition}\r\n"
        if content_type is not None:
            try:
                HTTPHeaders({"Content-Type": content_type})
            except HTTPInputError as error:
                raise ValueError(str(error)) from None
            head += f"Content-Type: {content_type}\r\n"
        size, start = _extent(content)
        self._parts.append(_Part(f"{head}\r\n".encode(), content, size, start))

    @property
    def content_type(self) -> str:
        """The value for Content-Type."""
        return f"multipart/form-data; boundary={self._boundary}"

    @property
    def headers(self) -> dict[str, str]:
        """Content-Type, and Content-Length if the sizes of all files are known."""
        headers = {"Content-Type": self.content_type}
        length = len(self._end)
        for part in self._parts:
            if part.size is None:
                return headers
            length += len(part.head) + part.size + 2
        headers["Content-Length"] = str(length)
        return headers

    @property
    def _end(self) -> bytes:
        return f"--{self._boundary}--\r\n".encode()

    def encode(self) -> bytes:
        """The whole body at once."""
        pieces: list[bytes] = []
        for part in self._parts:
            pieces.append(part.head)
            with self._opened(part) as file:
                pieces.extend(iter(_reader(part, file), b""))
            pieces.append(b"\r\n")
        self._sent = True
        return b"".join([*pieces, self._end])

    async def __call__(self, write: Write) -> None:
        """Writes the body: what ``body_producer`` is for."""
        for part in self._parts:
            await write(part.head)
            if isinstance(part.content, bytes):
                if part.content:
                    await write(part.content)
            else:
                with self._opened(part) as file:
                    read = _reader(part, file)
                    while chunk := await asyncio.to_thread(read):
                        await write(chunk)
            await write(b"\r\n")
        self._sent = True
        await write(self._end)

    @contextmanager
    def _opened(self, part: _Part) -> Iterator[BinaryIO | None]:
        content = part.content
        if isinstance(content, bytes):
            yield None
        elif isinstance(content, Path):
            with content.open("rb") as file:
                yield file
        elif part.size is not None:
            content.seek(part.start)
            yield content
        elif self._sent:
            raise ValueError("a file object that cannot seek was sent already")
        else:
            yield content


def encode_multipart(fields: Pairs = (), files: Pairs = ()) -> tuple[str, bytes]:
    """The Content-Type and the body of a form. The arguments are those of `MultipartForm`.

    >>> content_type, body = encode_multipart({"a": "1"}, [("f", ("x.txt", b"hello"))])
    """
    form = MultipartForm(fields, files)
    return form.content_type, form.encode()


def _pairs(source: Pairs) -> Iterable[tuple[str, Any]]:
    return source.items() if isinstance(source, Mapping) else source


def _escaped(name: str) -> str:
    name = _like_an_escape(r"\\\\", name)
    return name.replace('"', "%22").replace("\r", "%0D").replace("\n", "%0A")


def _file(name: str, file: Any) -> tuple[str, Any, str | None]:
    if isinstance(file, HTTPFile):
        return file.filename, file.body, file.content_type
    if isinstance(file, os.PathLike):
        path = Path(file)
        return path.name, path, None
    if isinstance(file, tuple) and len(file) in (2, 3) and isinstance(file[0], str):
        filename, content = file[:2]
        if isinstance(content, (bytes, str, Path)) or hasattr(content, "read"):
            return filename, content, file[2] if len(file) == 3 else None
    raise ValueError(
        f"the file {name!r} is a path, an HTTPFile or (filename, content[, content_type]) with "
        f"bytes or a file object; got {file!r:.80}"
    )


def _extent(content: bytes | Path | BinaryIO) -> tuple[int | None, int]:
    """Size and start; the size of what cannot seek is not known."""
    if isinstance(content, bytes):
        return len(content), 0
    if isinstance(content, Path):
        return content.stat().st_size, 0
    if not content.seekable():
        return None, 0
    start = content.tell()
    end = content.seek(0, os.SEEK_END)
    content.seek(start)
    return end - start, start


def _reader(part: _Part, file: BinaryIO | None) -> Callable[[], bytes]:
    """Gives the next chunk at each call, ``b""`` at the end; in all the size that was announced."""
    if file is None:
        chunks = iter([part.content, b""])
        return lambda: next(chunks)  # type: ignore[return-value]  # without a file it is bytes
    left = part.size

    def read() -> bytes:
        nonlocal left
        chunk = file.read(_CHUNK if left is None else min(_CHUNK, left))
        if left is not None:
            left -= len(chunk)
            if left and not chunk:
                raise ValueError(f"the file became shorter while it was sent: {left} bytes miss")
        return chunk

    return read
