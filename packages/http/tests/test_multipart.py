"""multipart/form-data in bytes: what RFC 7578 allows, what attackers make of it."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tornado.httputil import HTTPFile, HTTPInputError, ParseMultipartConfig
from tornado.httputil import parse_multipart_form_data as parse_into
from tornado.httputil._parameters import parse_parameters

NAME = 'Content-Disposition: form-data; name="a"'


def parse(data, boundary=b"1234", config=None):
    arguments, files = {}, {}
    parse_into(boundary, data, arguments, files, config=config)
    return arguments, files


def part(*headers, data=b"Foo"):
    lines = [line if isinstance(line, bytes) else line.encode() for line in headers]
    return b"--1234\r\n" + b"\r\n".join([*lines, b"", data]) + b"\r\n"


def one(*headers, data=b"Foo"):
    return part(*headers, data=data) + b"--1234--\r\n"


def filename_of(parameters):
    _, files = parse(one(NAME + "; " + parameters))
    (file,) = files["a"]
    return file.filename


# -- parts


def test_a_file():
    disposition = 'Content-Disposition: form-data; name="files"; filename="ab.txt"'
    arguments, files = parse(one(disposition, "Content-Type: text/plain; charset=x"))
    assert arguments == {}
    (file,) = files["files"]
    assert isinstance(file, HTTPFile)
    assert file.filename == file["filename"] == "ab.txt"
    assert file.body == b"Foo"
    assert file.content_type == "text/plain; charset=x"


def test_a_file_without_a_type():
    _, files = parse(one(NAME + "; filename=b"))
    assert files["a"][0]["content_type"] == "application/unknown"


def test_arguments_and_files_side_by_side():
    body = part(NAME, data=b"1") + part(NAME + "; filename=f", data=b"2") + part(NAME, data=b"3")
    arguments, files = parse(body + b"--1234--")
    assert arguments == {"a": [b"1", b"3"]}
    assert [file.body for file in files["a"]] == [b"2"]


def test_an_empty_filename_is_no_file():
    assert parse(one(NAME + '; filename=""')) == ({"a": [b"Foo"]}, {})


@pytest.mark.parametrize(
    "data", [b"", b"\r\n", b"\r\n\r\n", b"x--1234y", b"x\n--1234\n", b"x\r\n--1234y", b"\x00\xff"]
)
def test_any_bytes_are_content(data):
    assert parse(one(NAME, data=data)) == ({"a": [data]}, {})


def test_no_parts():
    assert parse(b"--1234--") == ({}, {})
    assert parse(b"--1234--\r\n") == ({}, {})


def test_what_follows_the_closing_boundary_is_ignored():
    assert parse(one(NAME) + b"epilogue\r\n" + one("bad")) == ({"a": [b"Foo"]}, {})


def test_the_boundary_may_come_in_quotes():
    assert parse(one(NAME), b'"1234"') == ({"a": [b"Foo"]}, {})


@pytest.mark.parametrize("headers", [[NAME.upper().replace('A"', 'a"')], ["X-Other: y", NAME]])
def test_names_ignore_case_and_other_headers_are_allowed(headers):
    assert parse(one(*headers))[0].popitem()[1] == [b"Foo"]


# -- the parameters of Content-Disposition


@pytest.mark.parametrize(
    "parameters, expected",
    [
        ("filename=b", "b"),
        ('filename = "b" ', "b"),
        ('filename="a;b.txt"', "a;b.txt"),
        (r'filename="a\"b.txt"', 'a"b.txt'),
        (r'filename="a\";\";.txt"', 'a";";.txt'),
        (r'filename="a\\b.txt"', r"a\b.txt"),
        (r'filename="C:\x\y.txt"', r"C:\x\y.txt"),
        ('filename="x%22y"', "x%22y"),
        ('filename="\u00e9\u20ac"', "\u00e9\u20ac"),
        ('filename="../../etc/passwd"', "../../etc/passwd"),
        ("filename*=utf-8''%E2%82%AC.txt", "\u20ac.txt"),
        ("filename*=UTF-8'en'%e2%82%ac", "\u20ac"),
        ("filename*=iso-8859-1''%A3", "\u00a3"),
        ("filename=x; filename*=utf-8''%E2%82%AC", "\u20ac"),
        ("filename*=utf-8''%E2%82%AC; filename=x", "\u20ac"),
        ("filename*=bogus''y; filename=x", "x"),
        ("filename*=zlib''y; filename=x", "x"),
        ("filename*=utf-8''%FF; filename=x", "x"),
        ("filename*=y; filename=x", "x"),
        ("; ;size=3;;flag;filename=x;", "x"),
    ],
)
def test_file_names(parameters, expected):
    assert filename_of(parameters) == expected


@pytest.mark.parametrize(
    "disposition, complaint",
    [
        ("form-data", "name"),
        ('form-data; name=""', "name"),
        ('attachment; name="a"', "form-data"),
        ("", "form-data"),
        ('form-data; name="a', "does not end"),
        ('form-data; name="a\\"', "does not end"),
        ('form-data; name="a"b', "follows"),
        ('form-data; name="a"; name="b"', "twice"),
        ('form-data; name="a"; filename=x; Filename=y', "twice"),
    ],
)
def test_a_malformed_disposition_is_refused(disposition, complaint):
    with pytest.raises(HTTPInputError, match=complaint) as caught:
        parse(one("Content-Disposition: " + disposition))
    assert caught.value.status == 400


# -- malformed bodies


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"\r\n",
        b"--1234",
        b"--1234\r\n",
        b"--1234\r\n--1234--\r\n",
        b"--1234\r\n\r\nFoo\r\n--1234--\r\n",
        b"--1234\r\n\r\n\r\nFoo\r\n--1234--\r\n",
        b"preamble\r\n" + one(NAME),
        one(NAME).replace(b"\r\n", b"\n"),
        one(NAME).replace(b"\r\n\r\n", b"\r\n"),
        one(NAME).replace(b"\r\n--1234--", b"--1234--"),
        part(NAME),
        one("Content-Type: text/plain"),
        one(NAME, "no colon"),
        one(NAME, "bad name: x"),
        one(NAME, ": x"),
        one(NAME, " folded"),
        one(NAME, "X: bare\rreturn"),
        one(NAME, "X: bare\nfeed"),
        one(NAME, "X: nul\0"),
        one(NAME, NAME),
        one(NAME.encode() + b"; x=\xff"),
    ],
)
def test_a_malformed_body_is_refused(body):
    with pytest.raises(HTTPInputError):
        parse(body)


def test_the_first_malformed_part_ends_it(caplog):
    arguments, files = {}, {}
    body = part(NAME) + part("bad") * 50 + one(NAME)
    with pytest.raises(HTTPInputError, match="'bad'"):
        parse_into(b"1234", body, arguments, files)
    assert arguments == {"a": [b"Foo"]}
    assert not caplog.records  # the caller logs, once


# -- limits


def test_a_hundred_parts_and_no_more():
    assert parse(part(NAME) * 100 + b"--1234--")[0] == {"a": [b"Foo"] * 100}
    with pytest.raises(HTTPInputError, match="101 parts"):
        parse(part(NAME) * 101 + b"--1234--")


def test_parts_are_counted_before_any_is_looked_at():
    with pytest.raises(HTTPInputError, match="200 parts"):
        parse(part("bad") * 200 + b"--1234--")


def test_the_headers_of_a_part_are_limited():
    size = 10 * 1024 - len(NAME) - len("\r\nX: ")
    assert parse(one(NAME, "X: " + "x" * size)) == ({"a": [b"Foo"]}, {})
    with pytest.raises(HTTPInputError, match="10240 bytes"):
        parse(one(NAME, "X: " + "x" * (size + 1)))


def test_limits_can_be_set():
    config = ParseMultipartConfig(max_parts=1, max_part_header_size=len(NAME))
    assert parse(one(NAME), config=config) == ({"a": [b"Foo"]}, {})
    with pytest.raises(HTTPInputError, match="2 parts"):
        parse(part(NAME) + one(NAME), config=config)
    with pytest.raises(HTTPInputError, match="headers"):
        parse(one(NAME, "X: y"), config=config)
    with pytest.raises(HTTPInputError, match="not accepted"):
        parse(one(NAME), config=ParseMultipartConfig(enabled=False))


@pytest.mark.parametrize(
    "filling",
    [
        ";",
        " ",
        '"',
        "\\",
        '\\"',
        ' ;"',
        "=",
        "a=",
        'a="',
        '"="',
        "'",
        "*",
        "%",
        ";a",
        "; ",
        " ;",
        "\t",
    ],
)
@pytest.mark.parametrize(
    "start", ["form-data; ", "form-data; a=", 'form-data; a="', "x; a*=utf-8''"]
)
def test_hostile_parameters_cost_what_their_length_costs(start, filling):
    line = start + filling * (100_000 // len(filling))
    try:
        parse_parameters(line)
    except ValueError:
        pass


@pytest.mark.parametrize("filling", [b"\r\n", b"--1234", b"\r\n--1234", b"-", b"\r\n--1234-"])
def test_hostile_content_costs_what_its_length_costs(filling):
    data = filling * (2_000_000 // len(filling)) + b"."
    for body in (one(NAME, data=data), b"--1234\r\n" + data):
        try:
            parse(body)
        except HTTPInputError:
            pass


@given(st.lists(st.tuples(st.text(min_size=1), st.text(), st.binary()), max_size=5))
def test_what_a_browser_writes_comes_back(parts):
    body = b""
    arguments, names = {}, {}
    for name, filename, data in parts:
        if {*name, *filename} & {chr(c) for c in (*range(32), 127)} or "\\" in name + filename:
            continue
        if b"\r\n--1234" in data:
            continue
        try:
            name.encode(), filename.encode()
        except UnicodeEncodeError:
            continue
        written = name.replace('"', "%22"), filename.replace('"', "%22")
        body += part(
            'Content-Disposition: form-data; name="%s"; filename="%s"' % written, data=data
        )
        if filename:
            names.setdefault(written[0], []).append((written[1], data))
        else:
            arguments.setdefault(written[0], []).append(data)
    found, files = parse(body + b"--1234--\r\n")
    assert found == arguments
    assert {n: [(f.filename, f.body) for f in fs] for n, fs in files.items()} == names


@given(st.binary())
def test_any_bytes_are_parsed_or_refused(data):
    try:
        parse(b"--1234\r\nContent-Disposition:" + data + b"\r\n--1234--")
    except HTTPInputError:
        pass
