import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tornado.escape import json_decode, json_encode

VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text("</é\u2028ab"),
    lambda inner: st.lists(inner) | st.dictionaries(st.text("</script>"), inner),
    max_leaves=10,
)


@given(VALUES)
def test_round_trip_and_safe_in_a_script(value):
    text = json_encode(value)
    assert "</" not in text
    assert text.isascii()
    assert json_decode(text) == value
    assert json_decode(text.encode()) == value


def test_encoded():
    assert json_encode("</script>") == '"<\\/script>"'
    assert json_encode({"a": [1, 2.5, None, True]}) == '{"a": [1, 2.5, null, true]}'


def test_decoded_from_bytes_in_any_unicode_encoding():
    for encoding in ("utf-8", "utf-16", "utf-32"):
        assert json_decode('"é"'.encode(encoding)) == "é"


def test_errors():
    with pytest.raises(json.JSONDecodeError):
        json_decode("{")
    with pytest.raises(TypeError):
        json_encode(b"bytes")
    with pytest.raises(TypeError):
        json_decode(None)
