"""One request as a server's program sees it. What a request does not look at is not worked out."""

from __future__ import annotations

import os
import re
import time
from typing import Any

from tornado.escape import parse_qs_bytes, utf8
from tornado.httputil._bodies import parse_body_arguments
from tornado.httputil._cookies import parse_cookie
from tornado.httputil._errors import HTTPInputError
from tornado.httputil._files import HTTPFile
from tornado.httputil._headers import HTTPHeaders, ReceivedHeaders
from tornado.httputil._json_body import DEFAULT_DEPTH, parse_json_body
from tornado.httputil._lazy import lazy
from tornado.httputil._parse_config import current_config
from tornado.httputil._startline import RequestStartLine
from tornado.httputil._urls import split_host_and_port

_request_id = re.compile(r"[A-Za-z0-9._~:=+/-]{1,128}").fullmatch
_now = time.time
_new: Any = object.__new__


class HTTPServerRequest:
    """One HTTP request.

    * ``method``, ``uri`` (path and query as sent), ``path``, ``query``, ``version``
    * ``headers``: an HTTPHeaders; ``body``: bytes; ``cookies``: dict of name to Morsel
    * ``arguments``: dict of name to list of bytes, from query and body together;
      ``query_arguments`` and ``body_arguments`` apart; ``files``: dict of name to list of HTTPFile
    * ``remote_ip``, ``protocol`` (``http`` or ``https``; also ``scheme``), ``host``, ``host_name``:
      as the client or, with ``xheaders``, the trusted proxy gives them
    * ``connection``: the HTTPConnection that takes the response

    Reading ``arguments``, ``body_arguments`` or ``files`` of a body that is malformed, or has more
    parts than allowed, raises HTTPInputError, which the framework answers with 400.
    """

    method: str | None
    uri: str | None
    version: str
    path: str
    query: str
    connection: Any
    server_connection: Any = None
    body: bytes = b""
    _body_future: Any = None
    _finish_time: float | None = None
    _fields: dict[str, str | list[str]] | None = None  # as received, until ``headers`` is made
    _headers: HTTPHeaders | None = None
    _body_arguments: dict[str, list[bytes]] | None = None
    _files: dict[str, list[HTTPFile]] | None = None
    _jar: Any = None

    def __init__(
        self,
        method: str | None = None,
        uri: str | None = None,
        version: str = "HTTP/1.0",
        headers: HTTPHeaders | None = None,
        body: bytes | None = None,
        host: str | None = None,
        files: dict[str, list[HTTPFile]] | None = None,
        connection: Any = None,
        start_line: RequestStartLine | None = None,
        server_connection: object | None = None,
        *,
        remote_ip: str | None = None,
        protocol: str | None = None,
    ) -> None:
        if start_line is not None:
            method, uri, version = start_line
        self.method = method
        self.uri = uri
        self.version = version
        self.headers = HTTPHeaders() if headers is None else headers
        self.connection = connection
        self._start_time = time.time()
        if uri is None:
            self.path = self.query = ""
        else:
            self.path, _, self.query = uri.partition("?")
        if server_connection is not None:
            self.server_connection = server_connection
        if body:
            self.body = body
        if host is not None:
            self.host = host
        if files is not None:
            self.files = files
        if remote_ip is not None:
            self.remote_ip = remote_ip
        if protocol is not None:
            self.protocol = protocol

    @classmethod
    def _received(
        cls,
        line: tuple[RequestStartLine, str, str, str, str],
        fields: dict[str, str | list[str]],
        connection: Any,
        server: object,
    ) -> HTTPServerRequest:
        """What the constructor makes of a request that has just come in: ``line`` is taken apart
        (start line, method, target, path, query), ``fields`` are the parser's."""
        self: HTTPServerRequest = _new(cls)
        _, self.method, self.uri, self.path, self.query = line
        self.version = "HTTP/1.1"
        self._fields = fields
        self.connection = connection
        self.server_connection = server
        self._start_time = _now()
        return self

    @property
    def headers(self) -> HTTPHeaders:
        """The request's header fields."""
        headers = self._headers
        if headers is None:
            headers = self._headers = ReceivedHeaders._from_fields(self._fields or {})
            self._fields = None
        return headers

    @headers.setter
    def headers(self, headers: HTTPHeaders) -> None:
        self._headers = headers
        self._fields = None

    def _field(self, name: str) -> str | None:
        """``headers.get(name)`` without making headers; ``name`` is in its canonical spelling."""
        fields = self._fields
        if fields is None:
            return self.headers.get(name)  # type: ignore[no-any-return]  # a str, or None
        value = fields.get(name)
        return value if value is None or type(value) is str else ",".join(value)

    # -- where it came from

    @lazy
    def _context(self) -> Any:
        return getattr(self.connection, "context", None)

    @lazy
    def remote_ip(self) -> str | None:
        """The client's address, as text."""
        address: str | None = getattr(self._context, "remote_ip", None)
        return address

    @lazy
    def protocol(self) -> str:
        """``"http"`` or ``"https"``."""
        scheme: str = getattr(self._context, "protocol", "http")
        return scheme

    @property
    def scheme(self) -> str:
        """The same as ``protocol``."""
        return self.protocol

    @lazy
    def host(self) -> str:
        """The Host header, with its port if it has one; ``127.0.0.1`` if there was none."""
        return self.headers.get("Host") or "127.0.0.1"

    @lazy
    def host_name(self) -> str:
        """The host in lower case, without its port."""
        return split_host_and_port(self.host.lower())[0]

    # -- what it carries

    @lazy
    def query_arguments(self) -> dict[str, list[bytes]]:
        """The query's arguments: name to list of bytes."""
        return self._parse_query()

    def _parse_query(self) -> dict[str, list[bytes]]:
        if not self.query:
            return {}
        limit = current_config().urlencoded.max_arguments
        try:
            return parse_qs_bytes(self.query, keep_blank_values=True, max_num_fields=limit)
        except ValueError as error:
            raise HTTPInputError(f"query string: {error}") from None

    @lazy
    def arguments(self) -> dict[str, list[bytes]]:
        """The arguments of query and body together, the query's first."""
        merged = self._parse_query()  # lists of its own, not those of query_arguments
        if not self.body and self._body_arguments is None:
            return merged
        for name, values in self.body_arguments.items():
            merged.setdefault(name, []).extend(values)
        return merged

    @property
    def body_arguments(self) -> dict[str, list[bytes]]:
        """The arguments of an urlencoded or multipart body."""
        if self._body_arguments is None:
            self._parse_body()
        return self._body_arguments  # type: ignore[return-value]  # just set there

    @body_arguments.setter
    def body_arguments(self, arguments: dict[str, list[bytes]]) -> None:
        self._body_arguments = arguments

    @property
    def files(self) -> dict[str, list[HTTPFile]]:
        """The files of a multipart body."""
        if self._files is None:
            self._parse_body()
        return self._files  # type: ignore[return-value]  # just set there

    @files.setter
    def files(self, files: dict[str, list[HTTPFile]]) -> None:
        self._files = files

    def _parse_body(self) -> None:
        """Works out body_arguments and files, unless the program has set them itself."""
        values: dict[str, list[bytes]] = {}
        files: dict[str, list[HTTPFile]] = {}
        if self.body:
            content_type = self.headers.get("Content-Type", "")
            parse_body_arguments(content_type, self.body, values, files, self.headers)
        if self._body_arguments is None:
            self._body_arguments = values
        if self._files is None:
            self._files = files

    @property
    def cookies(self) -> Any:
        """The request's cookies: an ``http.cookies.SimpleCookie``."""
        if self._jar is None:
            self._jar = self._read_cookies()
        return self._jar

    @cookies.setter
    def cookies(self, jar: Any) -> None:
        self._jar = jar

    def _read_cookies(self) -> Any:
        # Imported late: a program that never looks at a Morsel does not pay for http.cookies.
        from http.cookies import SimpleCookie

        jar: SimpleCookie = SimpleCookie()
        header = self.headers.get("Cookie")
        if header:
            for name, value in parse_cookie(header).items():
                try:
                    jar[name] = value
                except Exception:  # a name that Morsel refuses is no cookie a program can read
                    continue
        return jar

    def get_json(self, *, max_size: int | None = None, max_depth: int = DEFAULT_DEPTH) -> Any:
        """The body as JSON.

        Raises HTTPInputError: 415 for a Content-Type that is not ``application/json`` or
        ``application/...+json`` in UTF-8, 413 for more than ``max_size`` bytes, 400 for what is not
        JSON (NaN and Infinity are not) or deeper than ``max_depth`` lists and objects.
        """
        return parse_json_body(self.headers.get("Content-Type"), self.body, max_size, max_depth)

    # -- what programs ask it

    @lazy
    def request_id(self) -> str:
        """A text of its own for each request, to find it again in logs: from the header
        ``X-Request-Id`` if a trusted proxy has sent the request, else 32 random digits."""
        if getattr(self._context, "trusted", False):
            given: str | None = self.headers.get("X-Request-Id")
            if given is not None and _request_id(given):
                return given
        return os.urandom(16).hex()

    def supports_http_1_1(self) -> bool:
        """Whether the client speaks HTTP/1.1."""
        return self.version == "HTTP/1.1"

    def full_url(self) -> str:
        """The URL the client asked for."""
        return f"{self.protocol}://{self.host}{self.uri}"

    def request_time(self) -> float:
        """Seconds since the request came, or that it took if it is finished."""
        end = time.time() if self._finish_time is None else self._finish_time
        return end - self._start_time

    def get_ssl_certificate(self, binary_form: bool = False) -> dict[str, Any] | bytes | None:
        """The client's certificate as ``ssl.SSLSocket.getpeercert`` gives it; None without TLS or
        if the client sent none."""
        stream = getattr(self.connection, "stream", None)
        getpeercert = getattr(getattr(stream, "socket", None), "getpeercert", None)
        if getpeercert is None:
            return None
        try:
            return getpeercert(binary_form=binary_form)  # type: ignore[no-any-return]  # ssl's
        except ValueError:  # the handshake is not complete
            return None

    # -- answering without a framework, as programs of 2009 did

    def write(self, chunk: str | bytes, callback: Any = None) -> None:
        """Writes bytes of a whole HTTP response, status line and all, as they are; text as
        UTF-8."""
        self.connection.write_raw(utf8(chunk), callback)

    def finish(self) -> None:
        """Ends the response that ``write`` began."""
        self.connection.finish()
        self._finish_time = time.time()

    def __repr__(self) -> str:
        shown = ("protocol", "host", "method", "uri", "version", "remote_ip")
        return f"HTTPServerRequest({', '.join(f'{n}={getattr(self, n)!r}' for n in shown)})"
