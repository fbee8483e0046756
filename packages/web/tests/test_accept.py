"""What a client prefers, by its Accept headers (RFC 9110 section 12.5)."""

import time

import pytest

from tornado.web._accept import best_coding, best_type, weights


@pytest.mark.parametrize(
    "header, found",
    [
        ("", {}),
        ("gzip", {"gzip": 1}),
        ("GZip;q=0.5, br ;Q=1.000, *;q=0", {"gzip": 0.5, "br": 1, "*": 0}),
        ("a;q=0.1, a;q=0.2", {"a": 0.2}),
        ("text/html;level=1;q=0.3", {"text/html": 0.3}),
        ("a;q=7, b;q=, c;q=x", {"a": 1, "b": 1, "c": 1}),
        (",, ,;q=1", {}),
    ],
)
def test_weights(header, found):
    assert weights(header) == found


@pytest.mark.parametrize(
    "header, coding",
    [
        ("", None),
        ("gzip, deflate, br", "br"),
        ("gzip, br;q=0.9", "gzip"),
        ("gzip;q=0", None),
        ("gzip;q=0.000", None),
        ("*", "br"),
        ("*, br;q=0", "zstd"),
        ("*;q=0, gzip", "gzip"),
        ("identity, gzip;q=0.5", None),
        ("identity;q=0.5, gzip;q=0.5", "gzip"),
        ("x-gzip", "gzip"),
        ("compress", None),
    ],
)
def test_codings(header, coding):
    assert best_coding(header, ["br", "zstd", "gzip"]) == coding


@pytest.mark.parametrize(
    "header, kind",
    [
        ("text/html,application/xhtml+xml,*/*;q=0.8", "text/html"),
        ("application/json", "application/json"),
        ("application/*", "application/json"),
        ("text/html;q=0, */*", "application/json"),
        ("text/html;q=0.1, */*;q=0.2", "application/json"),
        ("*/*", "text/html"),
        ("application/json, text/plain, */*", "application/json"),
        ("text/*, application/json", "application/json"),
        ("image/png", None),
    ],
)
def test_types(header, kind):
    assert best_type(header, ["text/html", "application/json"]) == kind


def test_a_long_header_costs_little():
    start = time.perf_counter()
    for header in ("," * 60_000, "a;q=" * 15_000, "a," * 30_000, ";q=0" + " " * 60_000 + "x"):
        weights(header)
    assert time.perf_counter() - start < 1
