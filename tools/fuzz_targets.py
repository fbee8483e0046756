"""What fuzzing calls in this process: parsers, each with what must hold for any input.

A target is a function of bytes. It returns nothing for input that the parser takes, and for input
that it refuses in the way it says it does; every other exception is a find. Where a parser can be
asked in two ways (whole or in pieces, the short way or the long one), both must agree.
"""

from __future__ import annotations

import socket
import zlib
from collections.abc import Callable
from random import Random
from types import SimpleNamespace
from typing import Any

from fuzz_peers import PEERS

from tornado.escape import linkify, parse_qs_bytes, url_unescape
from tornado.http1connection._chunked import ChunkedDecoder
from tornado.http1connection._parser import USUAL_LINES, parse_fields, parse_unusual
from tornado.httpserver import ProxyPolicy
from tornado.httpserver._context import HTTPRequestContext
from tornado.httpserver._forwarded import to_address
from tornado.httpserver._proxy import PolicyContext
from tornado.httpserver._proxy_protocol import ProxyProtocolError, parse, wanted
from tornado.httputil import (
    HTTPHeaders,
    HTTPInputError,
    HTTPServerRequest,
    parse_body_arguments,
    parse_cookie,
    parse_response_start_line,
    split_host_and_port,
)
from tornado.httputil._dates import parse_http_date
from tornado.httputil._json_body import parse_json_body
from tornado.httputil._multipart_stream import MultipartParser, PartBegin
from tornado.httputil._parameters import parse_parameters
from tornado.locale import from_accept_language
from tornado.util import GzipDecompressor
from tornado.web import GZipContentEncoding, decode_signed_value, get_signature_key_version
from tornado.web._etag import EtagMixin
from tornado.web._ranges import MAX_RANGES, parse_range
from tornado.web._xsrf import _is_of_host, _read

SECRET = "a secret of fuzzing only"


def _refused(error: HTTPInputError) -> None:
    if not (400 <= error.status < 500 or error.status == 505):
        raise AssertionError(f"refused with {error.status}") from error


def head(data: bytes) -> None:
    """Start line and fields: what the remembered lines say, the reading in full must say, too."""
    line, _, section = data.decode("latin-1").partition("\r\n")
    try:
        fields = parse_fields(section, 256)
    except HTTPInputError as error:
        _refused(error)
        return
    for name, value in fields.mapping.items():
        for one in [value] if isinstance(value, str) else value:
            assert not set("\r\n\0") & set(name + one), (name, one)
            assert one == one.strip(" \t")
    assert fields.length is None or not fields.chunked
    usual = USUAL_LINES[line.encode("latin-1")]
    try:
        method, target, version, authority = parse_unusual(line, fields)
    except HTTPInputError as error:
        _refused(error)
        assert usual is None or not fields.host
        return
    assert not set(" \r\n\0") & set(method + target)
    if usual is not None:
        assert (*usual[1:3], "HTTP/1.1", None) == (method, target, version, authority)


def headers(data: bytes) -> None:
    """``HTTPHeaders.parse`` and the start line of a response."""
    text = data.decode("latin-1")
    try:
        parse_response_start_line(text)
    except HTTPInputError:
        pass
    try:
        parsed = HTTPHeaders.parse(text)
    except HTTPInputError:
        return
    again = HTTPHeaders.parse(str(parsed))
    assert list(again.get_all()) == list(parsed.get_all())


def _chunks(pieces: list[bytes]) -> tuple[str, bytes, bytes]:
    decoder = ChunkedDecoder()
    body, rest = b"", b""
    try:
        for piece in pieces:
            if decoder.done:
                rest += piece
            else:
                body += decoder.feed(piece)
                rest = decoder.rest
    except HTTPInputError as error:
        _refused(error)
        return "refused", b"", b""
    return ("done" if decoder.done else "open"), body, rest


def chunked(data: bytes) -> None:
    """The same however it is cut; what comes out is never more than what goes in."""
    whole = _chunks([data])
    state, body, rest = whole
    assert len(body) + len(rest) <= len(data)
    random = Random(zlib.crc32(data))
    cut = random.randrange(len(data) + 1)
    assert _chunks([p for p in (data[:cut], data[cut:]) if p]) == whole
    if len(data) < 2000:
        singly = _chunks([data[i : i + 1] for i in range(len(data))])
        assert singly[0] == state, (singly, whole)
        assert singly == whole
    if state == "done" and data.count(b"\r\n") < 500:
        assert _plainly_chunked(data, rest) == body


def _plainly_chunked(data: bytes, rest: bytes) -> bytes:
    """A second, simple reading of a message that the decoder has accepted."""
    message = data[: len(data) - len(rest)]
    body = b""
    while True:
        line, _, message = message.partition(b"\r\n")
        size = int(line.partition(b";")[0].rstrip(b" \t"), 16)
        if not size:
            assert message == b"\r\n" or message.endswith(b"\r\n\r\n"), message
            return body
        body += message[:size]
        assert message[size : size + 2] == b"\r\n"
        message = message[size + 2 :]


def form(data: bytes) -> None:
    """A body whose first line is its Content-Type."""
    kind, _, body = data.partition(b"\r\n")
    arguments: dict[str, list[bytes]] = {}
    files: dict[str, list[Any]] = {}
    try:
        parse_body_arguments(kind.decode("latin-1"), body, arguments, files)
    except HTTPInputError as error:
        _refused(error)
        return
    values = sum(map(len, arguments.values())) + sum(map(len, files.values()))
    assert values <= 1000
    held = sum(len(v) for values in arguments.values() for v in values)
    held += sum(len(file.body) for several in files.values() for file in several)
    assert held <= len(body)


def _form_in_pieces(pieces: list[bytes]) -> list[tuple[str, str | None, bytes]] | None:
    """The parts of a multipart body with the boundary ``B``; None if it is refused."""
    parser = MultipartParser(b"B")
    parts: list[tuple[str, str | None, bytes]] = []
    try:
        for piece in pieces:
            for event in parser.feed(piece):
                if isinstance(event, PartBegin):
                    parts.append((event.name, event.filename or None, b""))
                elif isinstance(event, bytes):
                    name, filename, body = parts[-1]
                    parts[-1] = name, filename, body + event
        parser.close()
    except HTTPInputError as error:
        _refused(error)
        return None
    return parts


def multipart(data: bytes) -> None:
    """A multipart body at once, as it arrives, and one byte after another: the same parts."""
    arguments: dict[str, list[bytes]] = {}
    files: dict[str, list[Any]] = {}
    found: list[tuple[str, str | None, bytes]] | None = []
    try:
        parse_body_arguments("multipart/form-data; boundary=B", data, arguments, files)
    except HTTPInputError as error:
        _refused(error)
        found = None
    else:
        found = [(name, None, body) for name, bodies in arguments.items() for body in bodies]
        found += [(n, file.filename, file.body) for n, several in files.items() for file in several]
    random = Random(zlib.crc32(data))
    cut = random.randrange(len(data) + 1)
    ways = [[data], [data[:cut], data[cut:]]]
    if len(data) < 2000:
        ways.append([data[i : i + 1] for i in range(len(data))])
    for way in ways:
        parts = _form_in_pieces(way)
        if parts is None or found is None:
            assert parts is found, (parts, found)
        else:
            assert sorted(parts, key=repr) == sorted(found, key=repr)


def parameters(data: bytes) -> None:
    try:
        _, found = parse_parameters(data.decode("latin-1"))
    except ValueError:
        return
    assert sum(map(len, found)) <= 2 * len(data)  # a name with a star counts without it, too


def cookies(data: bytes) -> None:
    """Nothing is refused, and reading one cookie or all gives the same."""
    text = data.decode("latin-1")
    found = parse_cookie(text)
    assert len(found) <= text.count(";") + 1
    request = HTTPServerRequest("GET", "/", headers=HTTPHeaders._from_fields({"Cookie": text}))
    for name, morsel in request.cookies.items():
        assert found[name] == morsel.value


def query(data: bytes) -> None:
    try:
        found = parse_qs_bytes(data, keep_blank_values=True, max_num_fields=1000)
    except ValueError:
        assert data.count(b"&") >= 1000
        return
    assert sum(map(len, found.values())) <= data.count(b"&") + 1
    url_unescape(data.decode("latin-1"))
    url_unescape(data.decode("latin-1"), None, plus=False)


def signed(data: bytes) -> None:
    """A value that nobody has signed is no value; nor is it an error."""
    text = data.decode("latin-1")
    for value in (data, text):
        assert decode_signed_value(SECRET, "name", value) is None
        assert decode_signed_value({1: SECRET}, "name", value) is None
        get_signature_key_version(value)
    _read(text)


def values(data: bytes) -> None:
    """What is read from single fields of a request."""
    text = data.decode("latin-1")
    for size in (0, 1, 1000):
        spans = parse_range(text, size)
        if spans is not None:
            assert len(spans) <= MAX_RANGES
            assert all(0 <= span.start < span.stop <= size for span in spans)
            assert sum(span.stop - span.start for span in spans) <= size
    parse_http_date(text)
    from_accept_language(text)
    split_host_and_port(text)
    _is_of_host(text, "example.com")
    linkify(text[:20_000])
    given = HTTPHeaders._from_fields({"If-None-Match": text, "Accept-Encoding": text})
    request = HTTPServerRequest("GET", "/", headers=given)
    GZipContentEncoding(request)
    handler: Any = SimpleNamespace(request=request, _headers=HTTPHeaders({"Etag": '"a"'}))
    EtagMixin.check_etag_header(handler)


def proxied(data: bytes) -> None:
    """A proxy's word: the address is one, the scheme is http or https."""
    stream: Any = SimpleNamespace(socket=None)
    context = HTTPRequestContext(stream, None, "http", ("10.0.0.1",))
    lines = data.decode("latin-1").split("\r\n")
    names = ("X-Forwarded-For", "X-Forwarded-Proto", "X-Real-Ip", "X-Scheme")
    fields: dict[str, str | list[str]] = dict(zip(names, lines, strict=False))
    context.apply_proxy_headers(HTTPHeaders._from_fields(fields))
    assert context.protocol in ("http", "https")
    assert len(context.remote_ip) <= 100
    assert context.remote_ip.isascii()
    assert context.remote_ip.isprintable()


def forwarded(data: bytes) -> None:
    """The same of ``Forwarded``, by a policy; and the PROXY protocol, however it is cut."""
    text = data.decode("latin-1")
    stream: Any = SimpleNamespace(socket=SimpleNamespace(family=socket.AF_INET))
    for header in ("Forwarded", "X-Forwarded-For"):
        policy = ProxyPolicy(header=header, hops=None, networks=["10.0.0.0/8"])
        context = PolicyContext(stream, ("10.0.0.1", 80), None, policy)
        try:
            context.apply_proxy_headers(HTTPHeaders._from_fields({header: text, "Host": "a"}))
        except HTTPInputError as error:
            _refused(error)
        assert to_address(context.remote_ip) is not None
        assert context.protocol in ("http", "https")
    try:
        taken = wanted(data)
        assert taken <= len(data)
        assert all(wanted(data[:size]) == size for size in range(0, taken, max(taken // 9, 1)))
        parse(data[:taken])
    except ProxyProtocolError:
        pass


def json_body(data: bytes) -> None:
    try:
        parse_json_body("application/json", data)
    except HTTPInputError as error:
        _refused(error)


def gzipped(data: bytes) -> None:
    """At most what was asked for comes out at once; cut or whole, it is the same."""
    results = []
    for step in (len(data) or 1, 7):
        decompressor = GzipDecompressor()
        out = b""
        try:
            for at in range(0, min(len(data), 20_000), step):
                piece = data[at : at + step]
                while piece and len(out) < 1_000_000:
                    made = decompressor.decompress(piece, 1000)
                    assert len(made) <= 1000
                    out += made
                    piece = decompressor.unconsumed_tail
            if len(data) <= 20_000 and len(out) < 1_000_000:
                out += decompressor.flush()
                results.append(out)
        except zlib.error:
            results.append(None)
    if len(data) <= 20_000:
        assert not results[1:] or results[0] == results[1]


TARGETS: dict[str, Callable[[bytes], None]] = {
    target.__name__: target
    for target in (
        *(head, headers, chunked, form, multipart, parameters, cookies, query, signed, values),
        *(proxied, forwarded, json_body, gzipped),
    )
} | PEERS
