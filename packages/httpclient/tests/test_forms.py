"""Forms with files: RFC 7578 in bytes, read back by this family's own parser."""

from __future__ import annotations

import os
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tornado.httpclient import MultipartForm, encode_multipart
from tornado.httputil import HTTPFile, HTTPHeaders, parse_body_arguments


def parsed(content_type: str, body: bytes) -> tuple[Any, Any]:
    arguments: dict[str, list[bytes]] = {}
    files: dict[str, list[HTTPFile]] = {}
    parse_body_arguments(content_type, body, arguments, files, HTTPHeaders())
    return arguments, files


async def produced(form: MultipartForm) -> bytes:
    written: list[bytes] = []

    async def write(chunk: bytes) -> None:
        written.append(chunk)

    await form(write)
    return b"".join(written)


def test_on_the_wire():
    content_type, body = encode_multipart({"a": "ü"}, {"f": ("x.txt", b"hello\r\n")})
    boundary = content_type.removeprefix("multipart/form-data; boundary=").encode()
    assert body == (
        b"--" + boundary + b"\r\n"
        b'Content-Disposition: form-data; name="a"\r\n'
        b"\r\n"
        b"\xc3\xbc\r\n"
        b"--" + boundary + b"\r\n"
        b'Content-Disposition: form-data; name="f"; filename="x.txt"\r\n'
        b"Content-Type: text/plain\r\n"
        b"\r\n"
        b"hello\r\n\r\n"
        b"--" + boundary + b"--\r\n"
    )


def test_names_are_escaped_as_browsers_do():
    # WHATWG HTML, "multipart/form-data encoding algorithm": 0x0A by %0A, 0x0D by %0D, 0x22 by %22.
    _, body = encode_multipart({'a"\r\nX: y': "v"}, {"f": ('é"\n.bin', b"")})
    assert b'name="a%22%0D%0AX: y"\r\n' in body
    assert 'filename="é%22%0A.bin"\r\n'.encode() in body
    assert b"application/octet-stream" in body


def test_repeated_and_in_order():
    form = MultipartForm(
        [("a", "1"), ("b", b"\xff"), ("a", "2")], [("f", ("1", b"x")), ("f", ("2", b"y"))]
    )
    arguments, files = parsed(form.content_type, form.encode())
    assert arguments == {"a": [b"1", b"2"], "b": [b"\xff"]}
    assert [(f.filename, f.body) for f in files["f"]] == [("1", b"x"), ("2", b"y")]


def test_the_kinds_of_files(tmp_path: Path):
    (tmp_path / "cat.png").write_bytes(b"png")
    behind = BytesIO(b"0123456789")
    behind.seek(3)
    form = MultipartForm(
        files={
            "path": tmp_path / "cat.png",
            "given": HTTPFile(filename="h.bin", body=b"http", content_type="x/y"),
            "object": ("o.txt", behind, "text/x"),
            "text": ("t.html", "é"),
        }
    )
    _, files = parsed(form.content_type, form.encode())
    found = {n: (f.filename, f.body, f.content_type) for n, (f,) in files.items()}
    assert found == {
        "path": ("cat.png", b"png", "image/png"),
        "given": ("h.bin", b"http", "x/y"),
        "object": ("o.txt", b"3456789", "text/x"),
        "text": ("t.html", "é".encode(), "text/html"),
    }


async def test_streamed_it_is_the_same_again_and_again(tmp_path: Path):
    path = tmp_path / "large.bin"
    path.write_bytes(os.urandom(700_000))
    form = MultipartForm({"a": "1"}, {"f": path, "g": ("g", BytesIO(b"x" * 300_000))})
    first = await produced(form)
    assert first == await produced(form) == form.encode()
    assert form.headers == {
        "Content-Type": form.content_type,
        "Content-Length": str(len(first)),
    }


async def test_a_pipe_has_no_length_and_one_life():
    reading, writing = os.pipe()
    os.write(writing, b"from a pipe")
    os.close(writing)
    with os.fdopen(reading, "rb") as pipe:
        form = MultipartForm(files={"f": ("p", pipe)})
        assert "Content-Length" not in form.headers
        _, files = parsed(form.content_type, await produced(form))
        assert files["f"][0].body == b"from a pipe"
        with pytest.raises(ValueError, match="cannot seek"):
            await produced(form)


async def test_no_more_than_was_announced(tmp_path: Path):
    path = tmp_path / "log"
    path.write_bytes(b"12345")
    form = MultipartForm(files={"f": path})
    length = int(form.headers["Content-Length"])
    path.write_bytes(b"1234567890")
    assert len(await produced(form)) == length
    path.write_bytes(b"123")
    with pytest.raises(ValueError, match="shorter"):
        await produced(form)


@pytest.mark.parametrize(
    ("fields", "files", "reason"),
    [
        ({"a": 5}, {}, "the field 'a' is str or bytes, got 5"),
        ({}, {"f": b"bytes alone"}, "the file 'f' is a path"),
        ({}, {"f": ("name", 5)}, "the file 'f' is a path"),
        ({}, {"f": ("name", b"x", "a/b\r\nX: y")}, "not allowed in a header value"),
    ],
)
def test_refused_with_the_reason(fields, files, reason):
    with pytest.raises(ValueError) as refused:
        MultipartForm(fields, files)
    assert reason in str(refused.value)


def test_a_file_that_is_not_there(tmp_path: Path):
    with pytest.raises(FileNotFoundError):
        MultipartForm(files={"f": tmp_path / "nothing"})


@pytest.mark.parametrize("name", ["\\", "C:\\", "a\\\\b", "\\\\", "C:\\new\\x"])
def test_a_backslash_in_a_name(name):
    content_type, body = encode_multipart({name: "x"}, {"f": (name, b"y")})
    arguments, files = parsed(content_type, body)
    assert arguments == {name: [b"x"]}
    assert files["f"][0].filename == name
    assert rb'name="C:\new\x"' in encode_multipart({"C:\\new\\x": "x"})[1], "as browsers write it"


NAMES = st.text(st.characters(exclude_categories=["Cs", "Cc"]), min_size=1, max_size=20)


@given(
    st.lists(st.tuples(NAMES.filter(lambda n: '"' not in n), st.binary(max_size=50)), max_size=5)
)
def test_what_a_server_reads(pairs):
    content_type, body = encode_multipart(pairs)
    arguments, _ = parsed(content_type, body)
    expected: dict[str, list[bytes]] = {}
    for name, value in pairs:
        expected.setdefault(name, []).append(value)
    assert arguments == expected
