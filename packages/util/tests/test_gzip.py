"""GzipDecompressor against gzip's own output, cut anywhere, whole, broken and hostile."""

import gzip
import zlib

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tornado.util import GzipDecompressor


def decompress(data: bytes, piece: int = 1 << 20, bound: int = 0) -> bytes:
    decompressor = GzipDecompressor()
    out = []
    for at in range(0, len(data), piece):
        rest = data[at : at + piece]
        while rest:
            made = decompressor.decompress(rest, bound)
            assert not bound or len(made) <= bound
            out.append(made)
            rest = decompressor.unconsumed_tail
    out.append(decompressor.flush())
    return b"".join(out)


@given(
    st.lists(st.binary(max_size=300), max_size=4),
    st.integers(1, 40),
    st.integers(0, 50),
)
@settings(max_examples=150, deadline=None)
def test_any_members_any_cuts_any_bound(members, piece, bound):
    data = b"".join(gzip.compress(m) for m in members)
    assert decompress(data, piece, bound) == b"".join(members)


@pytest.mark.parametrize("bound", [1, 7, 100, 65536])
def test_bound_holds_for_highly_compressed_input(bound):
    plain = b"\0" * 200_000
    assert decompress(gzip.compress(plain), bound=max(bound, 50)) == plain


def test_the_rest_waits_in_unconsumed_tail():
    data = gzip.compress(b"a" * 10_000)
    decompressor = GzipDecompressor()
    assert decompressor.decompress(data, 100) == b"a" * 100
    assert decompressor.unconsumed_tail
    with pytest.raises(ValueError, match="unconsumed_tail"):
        decompressor.flush()


def test_nothing_at_all_is_an_empty_stream():
    assert GzipDecompressor().flush() == b""
    assert decompress(gzip.compress(b"")) == b""


@pytest.mark.parametrize("tail", [b"garbage", b"\0" * 8, b"\x1fx", b"\n"])
@pytest.mark.parametrize("piece", [1, 1000])
def test_what_follows_a_member_must_be_a_member(tail, piece):
    with pytest.raises(zlib.error, match="not gzip"):
        decompress(gzip.compress(b"hello") + tail, piece)


@pytest.mark.parametrize("piece", [1, 1000])
def test_a_stream_that_ends_early_is_an_error(piece):
    whole = gzip.compress(b"hello, hello, hello")
    for end in range(1, len(whole)):
        with pytest.raises(zlib.error, match="truncated"):
            decompress(whole[:end], piece)
    # ... and so is a second member of which only the first byte arrived.
    with pytest.raises(zlib.error, match="truncated"):
        decompress(whole + b"\x1f", piece)


@pytest.mark.parametrize(
    "data", [b"plain text", zlib.compress(b"zlib, not gzip"), b"\x1f\x8b\x00\x00\x00\x00"]
)
def test_other_formats_are_refused(data):
    with pytest.raises(zlib.error):
        decompress(data)


def test_a_wrong_checksum_is_an_error():
    data = bytearray(gzip.compress(b"hello"))
    data[-8] ^= 1
    with pytest.raises(zlib.error):
        decompress(bytes(data))


def test_negative_bound_is_misuse():
    with pytest.raises(ValueError, match="max_length"):
        GzipDecompressor().decompress(b"", -1)


def test_bytearray_and_memoryview_are_bytes_too():
    data = gzip.compress(b"hello")
    assert GzipDecompressor().decompress(bytearray(data)) == b"hello"
    assert GzipDecompressor().decompress(memoryview(data)) == b"hello"


def test_a_body_of_tiny_members_costs_linear_work(monkeypatch):
    """zlib copies what it was handed and did not use: count what it is handed."""
    make, handed = zlib.decompressobj, 0

    class Counting:
        def __init__(self, bits):
            self.inner = make(bits)

        def decompress(self, data, bound):
            nonlocal handed
            handed += len(data)
            return self.inner.decompress(data, bound)

        def __getattr__(self, name):
            return getattr(self.inner, name)

    monkeypatch.setattr(zlib, "decompressobj", Counting)
    member = gzip.compress(b"")
    assert decompress(member * 500) == b""
    first, handed = handed, 0
    assert decompress(member * 2000) == b""
    assert handed < 5 * first
