"""Forms with files, taken as they arrive: ``@stream_multipart`` and ``self.multipart``.

Laws:
1. The method runs while the body comes in. What it has not asked for is not read: a slow handler
   slows its client down, and nothing piles up in memory.
2. What is wrong with a body is raised where the handler reads it, and answered like any other
   exception of the handler.
3. When the request is over, every file that was made for it is closed, and with that gone.
"""

from __future__ import annotations

import asyncio
import os
from collections import deque
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass, field
from tempfile import SpooledTemporaryFile
from typing import Any, NamedTuple, TypeVar, overload

from tornado.httputil import HTTPInputError, HTTPServerRequest, ParseMultipartConfig
from tornado.httputil._bodies import multipart_boundary
from tornado.httputil._multipart_stream import (
    Event,
    FormEnd,
    MultipartParser,
    PartBegin,
)
from tornado.httputil._parse_config import current_config
from tornado.iostream import StreamClosedError
from tornado.web._base import HandlerBase
from tornado.web._handler import RequestHandler

Handler = TypeVar("Handler", bound=type[RequestHandler])

DEFAULT_SPOOL = 1024 * 1024
DEFAULT_READ = 1024 * 1024


class Limits(NamedTuple):
    max_body_size: int | None = None
    max_part_size: int | None = None
    max_field_size: int = DEFAULT_READ
    max_parts: int | None = None
    spool_size: int = DEFAULT_SPOOL


class MultipartPart:
    """One part of a form, while it arrives. Read it once, before going on to the next.

    ``name``, ``filename`` (None for a plain field; as the client gives it, and no safe path),
    ``content_type`` (None if the client does not say), ``headers``: all of them, in lower case.
    ``async for chunk in part`` gives its bytes in pieces.
    """

    def __init__(self, reader: MultipartReader, begin: PartBegin) -> None:
        self._reader = reader
        self.name = begin.name
        self.filename = begin.filename
        self.content_type = begin.content_type
        self.headers = begin.headers

    def __aiter__(self) -> AsyncIterator[bytes]:
        return self._chunks()

    async def _chunks(self) -> AsyncIterator[bytes]:
        while self._reader._part is self:
            event = await self._reader._next_event()
            if not isinstance(event, bytes):
                self._reader._part = None
                return
            yield event

    async def read(self, max_size: int = DEFAULT_READ) -> bytes:
        """All of it. More than ``max_size`` bytes are an HTTPInputError, answered with 413."""
        chunks: list[bytes] = []
        size = 0
        async for chunk in self:
            size += len(chunk)
            if size > max_size:
                raise HTTPInputError(
                    f"form field {self.name[:80]!r} of more than {max_size} bytes", status=413
                )
            chunks.append(chunk)
        return b"".join(chunks)

    async def text(self, max_size: int = DEFAULT_READ) -> str:
        """All of it as text. What is not UTF-8 is an HTTPInputError, answered with 400."""
        data = await self.read(max_size)
        try:
            return data.decode()
        except UnicodeDecodeError:
            raise HTTPInputError(f"form field {self.name[:80]!r} is not UTF-8") from None

    async def spool(self, max_memory: int | None = None) -> SpooledTemporaryFile[bytes]:
        """All of it in a temporary file, at its beginning, which is in memory up to ``max_memory``
        bytes (default: ``spool_size``) and on disk beyond. It is closed when the request is over.
        """
        limit = self._reader._limits.spool_size if max_memory is None else max_memory
        # A size of 0 would mean that it never goes to disk.
        file: SpooledTemporaryFile[bytes] = SpooledTemporaryFile(max_size=max(limit, 1))  # noqa: SIM115
        self._reader._files.append(file)
        size = 0
        async for chunk in self:
            size += len(chunk)
            if size > limit:
                await asyncio.to_thread(file.write, chunk)
            else:
                file.write(chunk)
        file.seek(0)
        return file

    async def save(self, path: str | os.PathLike[str]) -> int:
        """Writes all of it to a file at ``path``; returns how many bytes. If it does not come in
        full, there is no file. Make up the path yourself: ``filename`` is the client's."""
        file = await asyncio.to_thread(open, path, "wb")
        size = 0
        try:
            with file:
                async for chunk in self:
                    size += len(chunk)
                    await asyncio.to_thread(file.write, chunk)
        except BaseException:
            os.unlink(path)
            raise
        return size


@dataclass
class MultipartFile:
    """A file of a form: ``file`` is a binary file at its beginning, of ``size`` bytes."""

    filename: str
    content_type: str | None
    size: int
    file: SpooledTemporaryFile[bytes]


@dataclass
class MultipartForm:
    """A whole form: ``fields`` is a dict of name to list of texts, ``files`` of name to list of
    MultipartFile."""

    fields: dict[str, list[str]] = field(default_factory=dict)
    files: dict[str, list[MultipartFile]] = field(default_factory=dict)


class MultipartReader:
    """``self.multipart``: ``async for part in self.multipart`` gives each MultipartPart as soon as
    its headers are there; what is left of one is skipped when the next is asked for."""

    def __init__(
        self, request: HTTPServerRequest, body: asyncio.Future[None], limits: Limits
    ) -> None:
        self._request = request
        self._limits = limits
        self._events: deque[Event] = deque()
        self._files: list[SpooledTemporaryFile[bytes]] = []
        self._part: MultipartPart | None = None
        self._parser: MultipartParser | None = None
        self._error: Exception | None = None
        self._over = False
        self._complete = False
        self._gate: asyncio.Future[None] | None = None  # done when more is wanted
        self._arrival: asyncio.Future[None] | None = None  # done when there is something new
        if limits.max_body_size is not None:
            request.connection.set_max_body_size(limits.max_body_size)
        try:
            self._parser = self._make_parser()
        except HTTPInputError as error:
            self._error = error
        body.add_done_callback(self._body_is_over)

    def _make_parser(self) -> MultipartParser:
        headers = self._request.headers
        content_type = headers.get("Content-Type", "")
        if content_type.partition(";")[0].rstrip(" \t").lower() != "multipart/form-data":
            raise HTTPInputError(
                f"a multipart/form-data body is expected, not {content_type[:80]!r}", status=415
            )
        if "Content-Encoding" in headers:
            raise HTTPInputError("form body in a Content-Encoding, which is not undone", status=415)
        config = current_config().multipart
        if self._limits.max_parts is not None:
            config = ParseMultipartConfig(
                config.enabled, self._limits.max_parts, config.max_part_header_size
            )
        boundary = multipart_boundary(content_type)
        return MultipartParser(boundary, max_part_size=self._limits.max_part_size, config=config)

    # -- the side of the connection

    def _feed(self, chunk: bytes) -> Awaitable[None] | None:
        """Takes a piece of the body; an awaitable is done when the next is wanted."""
        if self._parser is None:
            return None
        try:
            self._events += self._parser.feed(chunk)
        except HTTPInputError as error:
            self._error = error
            self._parser = None
        self._wake()
        if not self._events or self._parser is None:
            return None
        self._gate = asyncio.get_running_loop().create_future()
        return self._gate

    def _body_is_over(self, body: asyncio.Future[None]) -> None:
        self._over = True
        if self._parser is not None:
            try:
                if body.cancelled():
                    raise StreamClosedError()
                self._parser.close()
            except (HTTPInputError, StreamClosedError) as error:
                self._error = self._error or error
        self._wake()

    def _wake(self) -> None:
        arrival, self._arrival = self._arrival, None
        if arrival is not None and not arrival.done():
            arrival.set_result(None)

    def _open_gate(self) -> None:
        gate, self._gate = self._gate, None
        if gate is not None and not gate.done():
            gate.set_result(None)

    def _release(self) -> None:
        """The handler has ended: the rest of the body is for nobody, the files are closed."""
        self._parser = None
        self._events.clear()
        self._open_gate()
        for file in self._files:
            file.close()

    # -- the side of the handler

    async def _more(self) -> None:
        """Waits until something has come, or the body is over."""
        self._arrival = asyncio.get_running_loop().create_future()
        self._open_gate()
        await self._arrival

    async def _next_event(self) -> Event:
        while not self._events:
            if self._error is not None:
                raise self._error
            if self._over:
                raise StreamClosedError()
            await self._more()
        return self._events.popleft()

    def __aiter__(self) -> MultipartReader:
        return self

    async def __anext__(self) -> MultipartPart:
        if self._part is not None:
            async for _ in self._part:
                pass
        if self._complete:
            raise StopAsyncIteration
        event = await self._next_event()
        if isinstance(event, FormEnd):
            self._complete = True
            while not self._over and self._error is None:
                await self._more()
            if self._error is not None:  # the body was cut behind the form
                raise self._error
            raise StopAsyncIteration
        assert isinstance(event, PartBegin), event
        self._part = MultipartPart(self, event)
        return self._part

    async def form(self) -> MultipartForm:
        """The whole form, when it is complete: texts in memory, files spooled (see
        ``MultipartPart.spool``). Afterwards ``self.get_body_argument`` and its kin find its fields
        too."""
        form = MultipartForm()
        raw: dict[str, list[bytes]] = {}
        async for part in self:
            if part.filename is None:
                data = await part.read(self._limits.max_field_size)
                raw.setdefault(part.name, []).append(data)
                try:
                    form.fields.setdefault(part.name, []).append(data.decode())
                except UnicodeDecodeError:
                    raise HTTPInputError(f"form field {part.name[:80]!r} is not UTF-8") from None
            else:
                file = await part.spool()
                size = file.seek(0, os.SEEK_END)
                file.seek(0)
                form.files.setdefault(part.name, []).append(
                    MultipartFile(part.filename, part.content_type, size, file)
                )
        vars(self._request).pop("arguments", None)
        self._request.body_arguments = raw
        return form


@overload
def stream_multipart(cls: Handler, /) -> Handler: ...
@overload
def stream_multipart(
    *,
    max_body_size: int | None = None,
    max_part_size: int | None = None,
    max_field_size: int = DEFAULT_READ,
    max_parts: int | None = None,
    spool_size: int = DEFAULT_SPOOL,
) -> Callable[[Handler], Handler]: ...
def stream_multipart(cls: Any = None, /, **limits: Any) -> Any:
    """Class decorator: the handler takes ``multipart/form-data`` bodies as they come::

        @stream_multipart(max_body_size=10 * 2**30, max_part_size=2**30)
        class Upload(RequestHandler):
            async def post(self):
                async for part in self.multipart:
                    if part.filename is not None:
                        await part.save(path_for(part))

    or, with the files on disk and the rest in memory, ``form = await self.multipart.form()``.

    ``max_body_size`` (default: the server's) and ``max_part_size`` are bytes: 413 beyond.
    ``max_field_size``: the same for the parts of ``form()`` that are not files (1 MiB).
    ``max_parts``: 400 beyond (default: that of ``ParseMultipartConfig``). ``spool_size``: bytes of
    a file that ``spool`` and ``form`` keep in memory (1 MiB). A body of another type is answered
    with 415 when it is asked for. With ``xsrf_cookies`` the token has to be in the header.
    """
    settled = Limits(**limits)

    def decorate(cls: Handler) -> Handler:
        if not (isinstance(cls, type) and issubclass(cls, RequestHandler)):
            raise TypeError(f"@stream_multipart decorates a RequestHandler class, got {cls!r}")
        cls._stream_request_body = True
        cls._multipart_limits = settled
        cls.data_received = _feed  # type: ignore[method-assign]  # of this class
        return cls

    return decorate if cls is None else decorate(cls)


def _feed(self: HandlerBase, chunk: bytes) -> Awaitable[None] | None:
    reader: MultipartReader = self._multipart
    return reader._feed(chunk)
