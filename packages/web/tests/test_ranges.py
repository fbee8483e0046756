"""The Range header against RFC 9110 section 14, without a server."""

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tornado.web._ranges import MAX_RANGES, Span, parse_range

WHOLE = None
NOTHING: list[Span] = []


@pytest.mark.parametrize(
    "header, expected",
    [
        ("bytes=0-499", [(0, 500)]),
        ("bytes=500-999", [(500, 1000)]),
        ("bytes=9500-", [(9500, 10000)]),
        ("bytes=-500", [(9500, 10000)]),
        ("bytes=9999-", [(9999, 10000)]),
        ("bytes=0-0", [(0, 1)]),
        ("bytes=0-0,-1", [(0, 1), (9999, 10000)]),
        ("bytes= 0-999, 4500-5499, -1000", [(0, 1000), (4500, 5500), (9000, 10000)]),
        ("bytes=9900-99999999999999999999999999", [(9900, 10000)]),
        ("BYTES=1-2", [(1, 3)]),
        ("bytes=1-2,", [(1, 3)]),
        ("bytes=,,1-2", [(1, 3)]),
        ("bytes=1-2,20000-", [(1, 3)]),
        # all of it: the header is as good as absent
        ("bytes=0-", WHOLE),
        ("bytes=0-9999", WHOLE),
        ("bytes=0-99999", WHOLE),
        ("bytes=-10000", WHOLE),
        ("bytes=-99999", WHOLE),
        ("bytes=0-4999,5000-", WHOLE),
        # not understood: as good as absent
        ("", WHOLE),
        ("bytes", WHOLE),
        ("bytes=", WHOLE),
        ("bytes=,", WHOLE),
        ("bytes=-", WHOLE),
        ("bytes=a-b", WHOLE),
        ("bytes=1-2-3", WHOLE),
        ("bytes=+1-2", WHOLE),
        ("bytes=--1", WHOLE),
        ("bytes=1_0-", WHOLE),
        ("bytes=0x1-", WHOLE),
        ("bytes=\u0661-\u0662", WHOLE),
        ("bytes=1-2,x", WHOLE),
        ("items=1-2", WHOLE),
        ("bytes=" + "1" * 5000 + "-", WHOLE),
        # understood, and not there
        ("bytes=10000-", NOTHING),
        ("bytes=10000-10001", NOTHING),
        ("bytes=-0", NOTHING),
        ("bytes=5-4", NOTHING),
        ("bytes=10000-,20000-", NOTHING),
    ],
)
def test_a_file_of_ten_thousand_bytes(header, expected):
    assert parse_range(header, 10000) == expected


@pytest.mark.parametrize(
    "header, expected",
    [
        ("bytes=0-9,5-14", [(0, 15)]),
        ("bytes=5-14,0-9", [(0, 15)]),
        ("bytes=0-9,10-19", [(0, 20)]),
        ("bytes=0-9,20-29,5-24", [(0, 30)]),
        ("bytes=50-59,0-9,55-69", [(50, 70), (0, 10)]),
        ("bytes=0-9,0-9,0-9", [(0, 10)]),
    ],
)
def test_pieces_that_overlap_or_touch_are_joined(header, expected):
    assert parse_range(header, 100) == expected


def test_many_pieces_are_not_followed():
    few = ",".join(f"{i * 10}-{i * 10}" for i in range(MAX_RANGES))
    assert len(parse_range("bytes=" + few, 10000)) == MAX_RANGES
    assert parse_range("bytes=" + few + ",9000-9000", 10000) is None
    start = time.process_time()
    assert parse_range("bytes=" + "0-," * 1_000_000, 10000) is None
    assert parse_range("bytes=" + " " * 1_000_000 + "x", 10000) is None
    assert time.process_time() - start < 5


@pytest.mark.parametrize("header", ["bytes=0-", "bytes=-1", "bytes=0-0"])
def test_an_empty_file_has_no_range(header):
    assert parse_range(header, 0) == []


def test_content_range():
    assert Span(500, 1000).content_range(10000) == "bytes 500-999/10000"


number = st.integers(0, 120)
spec = st.one_of(
    st.builds("{}-{}".format, number, number),
    st.builds("{}-".format, number),
    st.builds("-{}".format, number),
)


@given(st.lists(spec, min_size=1, max_size=MAX_RANGES), st.integers(1, 100))
def test_exactly_the_bytes_asked_for(specs, size):
    asked = set()
    for each in specs:
        first, last = each.split("-")
        if first:
            asked.update(range(int(first), min(int(last) + 1, size) if last else size))
        elif last != "0":
            asked.update(range(max(size - int(last), 0), size))
    spans = parse_range("bytes=" + ",".join(specs), size)
    if spans is None:
        assert asked == set(range(size))
        return
    given_bytes = [i for span in spans for i in range(*span)]
    assert len(given_bytes) == len(set(given_bytes))
    assert set(given_bytes) == asked
    assert all(0 <= span.start < span.stop <= size for span in spans)
