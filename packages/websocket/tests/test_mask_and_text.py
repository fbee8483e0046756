"""Masking (RFC 6455 section 5.3) against its definition; UTF-8 against CPython's strict decoder."""

import os
import subprocess
import sys

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tornado.websocket._mask import masked, masked_plainly, new_key, rotated
from tornado.websocket._utf8 import TextDecoder

keys = st.binary(min_size=4, max_size=4)


def test_a_key_is_used_once():
    """RFC 6455 section 5.3: a fresh key for every frame, not to be predicted by those before."""
    used = [new_key() for _ in range(3000)]
    assert {len(key) for key in used} == {4}
    assert len(set(used)) > 2990


FORK = """
import os
from tornado.websocket._mask import new_key
new_key()
child = os.fork()
if child:
    os.waitpid(child, 0)
print(b"".join(new_key() for _ in range(100)).hex(), flush=True)
"""


@pytest.mark.skipif(not hasattr(os, "fork"), reason="a fork is looked at")
def test_a_forked_child_does_not_use_the_keys_of_its_parent():
    done = subprocess.run([sys.executable, "-c", FORK], capture_output=True, text=True, check=True)
    ours, theirs = (bytes.fromhex(line) for line in done.stdout.split())
    assert {ours[i : i + 4] for i in range(0, 400, 4)}.isdisjoint(
        theirs[i : i + 4] for i in range(0, 400, 4)
    )


@given(keys, st.binary(max_size=300))
def test_masking_is_what_the_definition_says(key, data):
    assert masked(key, data) == masked_plainly(key, data)
    assert masked(key, masked(key, data)) == data


@pytest.mark.parametrize("size", [4095, 4096, 4097, 4098, 4099, 70001])
def test_masking_of_large_payloads(size):
    data = bytes(i * 7 & 255 for i in range(size))
    assert masked(b"\x00\xff\x12\x80", data) == masked_plainly(b"\x00\xff\x12\x80", data)


@given(keys, st.binary(max_size=40), st.integers(0, 40))
def test_a_payload_may_be_unmasked_in_parts(key, data, cut):
    laid = masked(key, data)
    assert masked(key, laid[:cut]) + masked(rotated(key, cut), laid[cut:]) == data


def may_go_on(data):
    """Whether some text begins with these bytes."""
    for rest in (b"", b"\x80", b"\x80\x80", b"\x80\x80\x80", b"\xa0\x80", b"\xbf", b"\x90\x80\x80"):
        try:
            (data + rest).decode()
        except UnicodeDecodeError:
            continue
        return True
    return False


@given(st.one_of(st.binary(max_size=6), st.text(max_size=4).map(str.encode)))
def test_text_is_refused_at_its_first_bad_byte(data):
    decoder = TextDecoder()
    for i in range(len(data)):
        if may_go_on(data[: i + 1]):
            decoder.feed(data[i : i + 1])
        else:
            with pytest.raises(UnicodeDecodeError):
                decoder.feed(data[i : i + 1])
            return
    try:
        data.decode()
    except UnicodeDecodeError:
        with pytest.raises(UnicodeDecodeError):
            decoder.finish()
    else:
        decoder.finish()


def test_every_pair_of_bytes_that_begins_no_character_is_refused_at_once():
    for first in range(256):
        for second in range(256):
            pair = bytes([first, second])
            decoder = TextDecoder()
            if may_go_on(pair):
                decoder.feed(pair)
            else:
                with pytest.raises(UnicodeDecodeError):
                    decoder.feed(pair)
