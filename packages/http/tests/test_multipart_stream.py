"""A multipart body in pieces has the parts that it has as a whole."""

from itertools import pairwise

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from tornado.httputil import (
    HTTPInputError,
    ParseMultipartConfig,
    parse_multipart_form_data,
)
from tornado.httputil._multipart_stream import FormEnd, MultipartParser, PartBegin, PartEnd

FIELD = b'Content-Disposition: form-data; name="%b"\r\n\r\n%b'
FILE = b'Content-Disposition: form-data; name="f"; filename="n.txt"\r\nContent-Type: t/x\r\n\r\n%b'


def form(*parts, boundary=b"B"):
    return b"".join(b"--%b\r\n%b\r\n" % (boundary, part) for part in parts) + b"--%b--" % boundary


def whole(data, boundary=b"B"):
    arguments, files = {}, {}
    try:
        parse_multipart_form_data(boundary, data, arguments, files)
    except HTTPInputError as error:
        return error.status
    return arguments, {k: [tuple(f.values()) for f in v] for k, v in files.items()}


def pieces(chunks, boundary=b"B", **options):
    arguments, files = {}, {}
    parser = MultipartParser(boundary, **options)
    part, body = None, []
    try:
        events = [event for chunk in chunks for event in parser.feed(chunk)]
        parser.close()
    except HTTPInputError as error:
        return error.status
    assert isinstance(events.pop(), FormEnd)
    for event in events:
        if isinstance(event, PartBegin):
            assert part is None
            part, body = event, []
        elif isinstance(event, PartEnd):
            data = b"".join(body)
            if part.filename is None:
                arguments.setdefault(part.name, []).append(data)
            else:
                kind = part.content_type or "application/unknown"
                files.setdefault(part.name, []).append((part.filename, data, kind))
            part = None
        else:
            assert event, "no empty pieces"
            body.append(event)
    assert part is None
    return arguments, files


SHREDS = st.sampled_from(
    [b"--B", b"--B\r\n", b"\r\n--B", b"\r\n", b"\r", b"\n", b"--", b"-", b"B", b"x", b"B:", b"B--",
     b"\r\n--B--", b"\r\n--B\r\n", b"\r\n\r\n", FIELD % (b"a", b"v"), FILE % b"w", b"X: y\r\n"]
)  # fmt: skip
TEXT = st.lists(SHREDS, max_size=8).map(b"".join)
BODIES = st.one_of(
    st.lists(TEXT, max_size=4).map(lambda t: form(*[FIELD % (b"n", v) for v in t])),
    st.lists(TEXT, max_size=3).map(lambda t: form(*[FILE % v for v in t]) + b"epilogue"),
    st.lists(SHREDS, max_size=12).map(b"".join),
    st.lists(SHREDS, max_size=8).map(lambda s: form(FIELD % (b"n", b"v")) + b"".join(s)),
    st.lists(SHREDS, max_size=8).map(lambda s: b"--B\r\n" + b"".join(s) + b"\r\n--B--"),
)


@settings(max_examples=600, deadline=None)
@given(BODIES, st.lists(st.integers(0, 400), max_size=12), st.sampled_from([b"B", b"B:", b"BB"]))
@example(b"--B\r\n--B--", [], b"B")
@example(form(FIELD % (b"a", b"v")).replace(b"\r\n--B--", b"\r\n--B\r\n--B--"), [], b"B")
@example(form(FIELD % (b"a", b"v\r\n--B")), [], b"B")
@example(form(FIELD % (b"a", b"")), list(range(0, 100)), b"B")
def test_any_cut_gives_what_the_whole_gives(data, cuts, boundary):
    data = data.replace(b"--B", b"--" + boundary)
    cuts = sorted({0, len(data), *(cut for cut in cuts if cut < len(data))})
    chunks = [data[a:b] for a, b in pairwise(cuts)]
    expected = whole(data, boundary)
    assert pieces(chunks, boundary) == expected
    assert pieces([data[i : i + 1] for i in range(len(data))], boundary) == expected


@given(st.binary(max_size=80))
def test_any_content_comes_through(content):
    if b"\r\n--B" in b"\r\n" + content:
        return
    data = form(FIELD % (b"a", content), FILE % content)
    arguments, files = pieces([data[i : i + 7] for i in range(0, len(data), 7)])
    assert arguments == {"a": [content]}
    assert files == {"f": [("n.txt", content, "t/x")]}


def test_what_comes_is_given_out_at_once():
    parser = MultipartParser(b"B")
    (begin,) = parser.feed(b"--B\r\n" + FILE % b"")
    assert (begin.name, begin.filename, begin.content_type) == ("f", "n.txt", "t/x")
    assert begin.headers["content-disposition"].startswith("form-data")
    assert parser.feed(b"abc") == [b"abc"]
    assert parser.feed(b"def\r\n") == [b"def"], "the line end may be a delimiter's"
    assert parser.feed(b"--A\r") == [b"\r\n--A"]
    assert [type(event) for event in parser.feed(b"\n--B--")] == [PartEnd, FormEnd]
    assert parser.feed(b"whatever follows") == []
    parser.close()


def test_limits():
    data = form(FIELD % (b"a", b"x" * 100), FIELD % (b"b", b""))
    assert pieces([data], max_part_size=100)[0] == {"a": [b"x" * 100], "b": [b""]}
    assert pieces([data], max_part_size=99) == 413
    assert pieces([data], config=ParseMultipartConfig(max_parts=1)) == 400
    assert pieces([data], config=ParseMultipartConfig(max_part_header_size=10)) == 400
    with pytest.raises(HTTPInputError, match="not accepted"):
        MultipartParser(b"B", config=ParseMultipartConfig(enabled=False))
    with pytest.raises(HTTPInputError, match="boundary"):
        MultipartParser(b"")


def test_a_part_is_refused_before_it_is_whole():
    parser = MultipartParser(b"B", max_part_size=10)
    parser.feed(b"--B\r\n" + FILE % b"")
    parser.feed(b"x" * 10)
    with pytest.raises(HTTPInputError, match="'f' of more than 10 bytes") as caught:
        parser.feed(b"x")
    assert caught.value.status == 413
    with pytest.raises(HTTPInputError):
        parser.feed(b"x")
    with pytest.raises(HTTPInputError):
        parser.close()


def test_headers_that_do_not_end_are_not_collected():
    parser = MultipartParser(b"B")
    parser.feed(b"--B\r\n")
    with pytest.raises(HTTPInputError, match="bytes of headers"):
        for _ in range(200):
            parser.feed(b"x" * 100)
    assert len(parser._held) < 11_000


@pytest.mark.parametrize("content", [b"\r\n--B" * 40_000, b"\r" * 200_000, b"\r\n" * 100_000])
def test_the_work_is_proportional(content):
    data = form(FILE % content.replace(b"B", b"BX", 1).replace(b"B\r", b"b\r"))
    pieces([data[i : i + 1000] for i in range(0, len(data), 1000)])
