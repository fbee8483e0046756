"""Content codings undone: round trips however they are cut, bombs, truncation, garbage."""

from __future__ import annotations

import gzip
import random
import sys
import zlib
from collections.abc import Callable
from functools import partial

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tornado.httpclient import HTTPDecodeError
from tornado.httpclient._decode import ACCEPTED, decoder_for

Encode = Callable[[bytes], bytes]


def raw_deflate(data: bytes) -> bytes:
    making = zlib.compressobj(wbits=-15)
    return making.compress(data) + making.flush()


CODINGS: dict[str, tuple[str, Encode]] = {
    "gzip": ("gzip", partial(gzip.compress, mtime=0)),
    "x-gzip": ("x-gzip", partial(gzip.compress, mtime=0)),
    "zlib": ("deflate", zlib.compress),
    "raw deflate": ("deflate", raw_deflate),
}
try:
    import brotli
except ImportError:
    pass
else:
    CODINGS["br"] = ("br", brotli.compress)
try:
    if sys.version_info >= (3, 14):
        from compression import zstd
    else:
        from backports import zstd
except ImportError:
    pass
else:
    CODINGS["zstd"] = ("zstd", zstd.compress)

each_coding = pytest.mark.parametrize("coding", CODINGS)


def decoded(name: str, wire: bytes, cut: int = 1000, limit: int = 65536) -> bytes:
    """What a decoder makes of ``wire`` in pieces of ``cut`` bytes; no call makes much more than
    ``limit``."""
    decoder = decoder_for(name)
    assert decoder is not None
    made = []
    for at in range(0, len(wire), cut):
        made.append(decoder.feed(wire[at : at + cut], limit))
        while decoder.pending:
            made.append(decoder.feed(b"", limit))
    assert max(map(len, made), default=0) <= limit + 65536
    return b"".join(made) + decoder.finish()


@each_coding
@pytest.mark.parametrize("cut", [1, 7, 1000, 10**7])
@pytest.mark.parametrize("limit", [100, 65536])
def test_what_was_encoded_comes_back_however_it_is_cut(coding, cut, limit):
    name, encode = CODINGS[coding]
    for data in (b"", b"a", b"ab" * 30000, random.Random(1).randbytes(5000)):
        assert decoded(name, encode(data), cut, limit) == data


@each_coding
@settings(max_examples=30)
@given(data=st.binary(max_size=2000), cut=st.integers(1, 50), limit=st.integers(1, 300))
def test_round_trip(coding, data, cut, limit):
    name, encode = CODINGS[coding]
    assert decoded(name, encode(data * 5), cut, limit) == data * 5


@each_coding
def test_a_body_that_ends_inside_its_coding_is_an_error(coding):
    name, encode = CODINGS[coding]
    wire = encode(bytes(range(256)) * 8)
    for length in (1, 5, len(wire) // 2, len(wire) - 1):
        with pytest.raises(HTTPDecodeError):
            decoded(name, wire[:length])


@each_coding
def test_garbage_after_the_end_is_an_error(coding):
    name, encode = CODINGS[coding]
    with pytest.raises(HTTPDecodeError):
        decoded(name, encode(b"x" * 100) + b"and more", cut=10**6)


@each_coding
def test_what_is_not_in_the_coding_is_an_error(coding):
    with pytest.raises(HTTPDecodeError):
        decoded(CODINGS[coding][0], b"\xffnothing of the kind" * 10)


@each_coding
def test_no_body_at_all_is_not_an_error(coding):
    # "Content-Encoding: gzip" with Content-Length 0: what some servers answer.
    assert decoded(CODINGS[coding][0], b"") == b""


@each_coding
@settings(max_examples=100)
@given(wire=st.binary(max_size=300))
def test_arbitrary_bytes_give_output_or_the_one_error(coding, wire):
    try:
        decoded(CODINGS[coding][0], wire)
    except HTTPDecodeError:
        pass


@each_coding
def test_a_bomb_unfolds_as_far_as_it_is_asked_to(coding):
    name, encode = CODINGS[coding]
    wire = encode(bytes(30_000_000))
    assert len(wire) < 40_000
    decoder = decoder_for(name)
    assert decoder is not None
    made = decoder.feed(wire, 10_000)
    assert 0 < len(made) < 110_000
    assert decoder.pending


@pytest.mark.parametrize("coding", [c for c in CODINGS if "gzip" in c or c == "zstd"])
def test_members_end_to_end(coding):
    # RFC 1952 section 2.2: "a gzip file consists of a series of members"; RFC 8878 section 3:
    # "Zstandard compressed data is made up of one or more frames".
    name, encode = CODINGS[coding]
    wire = encode(b"one,") + encode(b"") + encode(b"two" * 50000) + encode(b"three")
    for cut in (3, 10**6):
        assert decoded(name, wire, cut) == b"one," + b"two" * 50000 + b"three"


@pytest.mark.skipif("zstd" not in CODINGS, reason="backports.zstd is not installed")
def test_tiny_frames_cost_no_more_than_their_number():
    encode = CODINGS["zstd"][1]
    assert decoded("zstd", encode(b"") * 5000 + encode(b"x"), cut=10**6) == b"x"


@pytest.mark.skipif("zstd" not in CODINGS, reason="backports.zstd is not installed")
def test_a_flood_of_tiny_frames_is_refused():
    encode = CODINGS["zstd"][1]
    with pytest.raises(HTTPDecodeError, match="hardly a byte"):
        decoded("zstd", encode(b"") * 11_000, cut=10**6)
    assert decoded("zstd", encode(b"x" * 64) * 11_000, cut=10**6) == b"x" * 64 * 11_000


@pytest.mark.skipif("zstd" not in CODINGS, reason="backports.zstd is not installed")
def test_zstd_with_a_window_past_eight_mebibytes_is_refused():
    # RFC 9659 section 3: "a decoder ... MUST NOT [need] a Window_Size of more than 8 MB".
    options = {zstd.CompressionParameter.window_log: 27}
    making = zstd.ZstdCompressor(options=options)
    wire = making.compress(bytes(40_000_000)) + making.flush()
    with pytest.raises(HTTPDecodeError):
        decoded("zstd", wire)


def test_codings_on_top_of_each_other():
    # RFC 9110 section 8.4: "listed in the order in which they were applied".
    twice = zlib.compress(gzip.compress(b"hello" * 9999))
    assert decoded("gzip, deflate", twice, 5, 300) == b"hello" * 9999
    assert decoded("identity, GZIP", gzip.compress(b"x")) == b"x"
    with pytest.raises(HTTPDecodeError):
        decoded("gzip, deflate", twice[:-1])
    with pytest.raises(HTTPDecodeError):
        decoded("gzip, deflate", zlib.compress(gzip.compress(b"x")[:-1]))


def test_a_bomb_in_a_bomb():
    wire = gzip.compress(gzip.compress(bytes(20_000_000)))
    decoder = decoder_for("gzip, gzip")
    assert decoder is not None
    assert len(decoder.feed(wire, 1000)) <= 1000
    assert decoder.pending


def test_an_absurd_number_of_codings_is_refused():
    with pytest.raises(HTTPDecodeError, match="100 content codings"):
        decoder_for(", ".join(["gzip"] * 100))


@pytest.mark.parametrize("value", ["", "identity", "aes128gcm", "gzip, aes128gcm"])
def test_nothing_to_undo_or_unknown(value):
    assert decoder_for(value) is None


def test_accept_encoding_is_what_is_understood():
    assert ACCEPTED.split(", ")[:2] == ["gzip", "deflate"]
    assert all(decoder_for(name) is not None for name in ACCEPTED.split(", "))
