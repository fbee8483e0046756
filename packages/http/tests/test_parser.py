"""The pure parts: request lines, header sections, chunked bodies. Live cases are in tests/rfc."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tornado.http1connection import (
    is_transfer_encoding_chunked,
    parse_hex_int,
    parse_int,
)
from tornado.http1connection._chunked import ChunkedDecoder
from tornado.http1connection._parser import parse_fields, resolve_target
from tornado.httputil import (
    HTTPHeaders,
    HTTPInputError,
    parse_request_start_line,
    parse_response_start_line,
)


@pytest.mark.parametrize("text", ["", "+1", "-1", "1_0", "0x1", " 1", "1 ", "²", "\u0661", "1.0"])
def test_parse_int_takes_digits_only(text):
    with pytest.raises(ValueError, match="integer"):
        parse_int(text)


@pytest.mark.parametrize("text", ["", "+1", "0x1f", "1_0", " 1", "1 ", "g", "\u0661"])
def test_parse_hex_int_takes_hex_digits_only(text):
    with pytest.raises(ValueError, match="hexadecimal"):
        parse_hex_int(text)


def test_numbers():
    assert parse_int("0012") == 12
    assert parse_hex_int("fF") == 255


@pytest.mark.parametrize(
    ("line", "status"),
    [
        ("", 400),
        ("GET", 400),
        ("GET /", 400),
        ("GET  / HTTP/1.1", 400),
        ("GET / HTTP/1.1 ", 400),
        ("G T / HTTP/1.1", 400),
        ("G(T / HTTP/1.1", 400),
        ("GET /\x00 HTTP/1.1", 400),
        ("GET /\t HTTP/1.1", 400),
        ("GET / HTTP/11", 400),
        ("GET / http/1.1", 400),
        ("GET / HTTP/2.0", 505),
        ("GET / HTTP/0.9", 505),
    ],
)
def test_request_lines_that_are_refused(line, status):
    with pytest.raises(HTTPInputError) as caught:
        parse_request_start_line(line)
    assert caught.value.status == status


def test_response_lines():
    assert parse_response_start_line("HTTP/1.1 200 OK") == ("HTTP/1.1", 200, "OK")
    assert parse_response_start_line("HTTP/1.0 404 ") == ("HTTP/1.0", 404, "")
    assert parse_response_start_line("HTTP/1.0 404") == ("HTTP/1.0", 404, "")
    for line in ("HTTP/1.1 20 OK", "HTTP/2 200 OK", "200 OK", "HTTP/1.1 200 O\x00K"):
        with pytest.raises(HTTPInputError):
            parse_response_start_line(line)


@pytest.mark.parametrize(
    ("target", "expected"),
    [
        ("http://a.example/x?y", ("/x?y", "a.example")),
        ("HTTP://a.example:81", ("/", "a.example:81")),
        ("https://a.example?q=1", ("/?q=1", "a.example")),
    ],
)
def test_absolute_form(target, expected):
    assert resolve_target("GET", target) == expected


@pytest.mark.parametrize(
    ("method", "target"),
    [("GET", "*"), ("GET", "a"), ("GET", "http://"), ("GET", "http://u@h/"), ("GET", "ftp://a/")],
)
def test_targets_that_are_refused(method, target):
    with pytest.raises(HTTPInputError):
        resolve_target(method, target)


def test_equal_content_lengths_count_as_one():
    assert parse_fields("Content-Length: 5\r\nContent-Length: 5", 9).length == 5
    assert parse_fields("Content-Length: 5, 5", 9).length == 5
    with pytest.raises(HTTPInputError, match="differ"):
        parse_fields("Content-Length: 5, 6", 9)


def test_connection_is_a_list_of_tokens():
    assert parse_fields("Connection: foo, close", 9).close
    assert parse_fields("Connection: foo\r\nConnection: Keep-Alive", 9).keep_alive
    assert not parse_fields("Connection: disclose", 9).close


def test_transfer_encoding():
    assert not is_transfer_encoding_chunked(HTTPHeaders())
    assert is_transfer_encoding_chunked(HTTPHeaders({"Transfer-Encoding": "Chunked"}))
    for fields in (
        {"Transfer-Encoding": "gzip, chunked"},
        {"Transfer-Encoding": "chunked", "Content-Length": "3"},
    ):
        with pytest.raises(HTTPInputError):
            is_transfer_encoding_chunked(HTTPHeaders(fields))


def decode(pieces):
    decoder = ChunkedDecoder()
    body = b""
    for piece in pieces:
        assert not decoder.done
        body += decoder.feed(piece)
    return body, decoder


@given(
    chunks=st.lists(st.binary(min_size=1, max_size=40), max_size=6),
    extension=st.sampled_from([b"", b";a", b' ;b="c;d"', b";x=y;z"]),
    trailer=st.sampled_from([b"", b"A: b\r\n", b"A: b\r\nC: d\r\n"]),
    rest=st.binary(max_size=20),
    data=st.data(),
)
def test_chunked_however_it_is_cut(chunks, extension, trailer, rest, data):
    message = b"".join(b"%x%b\r\n%b\r\n" % (len(c), extension, c) for c in chunks)
    message += b"0\r\n" + trailer + b"\r\n"
    cuts = sorted(data.draw(st.lists(st.integers(0, len(message) - 1), max_size=8)))
    ends = [*cuts, len(message)]
    pieces = [message[a:b] for a, b in zip([0, *cuts], ends, strict=True)]
    pieces[-1] += rest
    body, decoder = decode(pieces)
    assert decoder.done
    assert body == b"".join(chunks)
    assert decoder.rest == rest


@pytest.mark.parametrize(
    "message",
    [
        b"5 \nhello",
        b"+5\r\nhello\r\n",
        b"0x5\r\nhello\r\n",
        b"5_0\r\n",
        b"\r\n",
        b"g\r\n",
        b"-1\r\n",
        b"5\r\nhello0\r\n\r\n",
        b"5\r\nhelloXX",
        b"5\nhello\n",
        b"0" * 5000,
        b"5;" + b"a" * 5000 + b"\r\n",
        b"ffffffffffffffffff\r\n",
        b"0\r\nno colon\r\n\r\n",
        b"0\r\nbad name: x\r\n\r\n",
        b"0\r\nA: b\x00\r\n\r\n",
        b"5;a=\x00\r\n",
    ],
)
def test_malformed_chunks(message):
    with pytest.raises(HTTPInputError):
        decode([message])


@pytest.mark.parametrize(("length", "taken"), [(4096, True), (4097, False)])
@pytest.mark.parametrize("back", range(4))
def test_a_long_line_fares_alike_however_it_is_cut(length, taken, back):
    line = b"A:" + b"x" * (length - 2) + b"\r\n"
    message = b"0\r\n" + line + b"\r\n"
    cut = len(message) - 2 - back
    if taken:
        assert decode([message[:cut], message[cut:]])[1].done
    else:
        with pytest.raises(HTTPInputError, match="more than 4096 bytes"):
            decode([message[:cut], message[cut:]])


def test_one_byte_at_a_time_is_linear_and_bounded():
    with pytest.raises(HTTPInputError, match="extensions"):
        decode([b"1;" + b"x" * 60 + b"\r\na\r\n"] * 2000)
    decoder = ChunkedDecoder()
    for _ in range(20_000):
        for byte in (b"1", b"\r", b"\n", b"a", b"\r", b"\n"):
            decoder.feed(byte)
    assert not decoder.done
