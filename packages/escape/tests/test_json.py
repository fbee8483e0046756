import datetime
import json
import sys
import typing
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tornado.escape import json_decode, json_encode, use_json

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


class Point(typing.NamedTuple):
    x: int


@pytest.fixture
def choose():
    """``use_json``, undone after the test."""
    yield use_json
    use_json()


@pytest.fixture(params=["json", "simplejson", "orjson"])
def library(request, choose):
    if request.param != "json":
        pytest.importorskip(request.param, reason=f"{request.param} is not here: pip install it")
    choose(request.param)
    return request.param


def test_what_all_libraries_do(library):
    assert json_encode("</script></") == '"<\\/script><\\/"'
    assert json_encode({"a": [1, 2.5, None, True, "é"], 7: "x"}).replace(" ", "") in (
        '{"a":[1,2.5,null,true,"\\u00e9"],"7":"x"}',
        '{"a":[1,2.5,null,true,"é"],"7":"x"}',
    )
    assert type(json_encode(1)) is str
    assert json_decode('{"a": "é"}') == json_decode('{"a": "é"}'.encode()) == {"a": "é"}
    with pytest.raises(ValueError):
        json_decode("{")
    with pytest.raises(TypeError):
        json_encode(object())


def test_what_simplejson_adds(choose):
    pytest.importorskip("simplejson")
    choose("simplejson")
    assert json_encode([Decimal("1.10"), Point(1)]) == '[1.10, {"x": 1}]'


def test_what_orjson_adds(choose):
    pytest.importorskip("orjson")
    choose("orjson")
    when = datetime.datetime(2009, 9, 10, tzinfo=datetime.UTC)
    assert json_encode([when, float("nan")]) == '["2009-09-10T00:00:00+00:00",null]'
    with pytest.raises(TypeError):
        json_encode(2**70)


def test_functions_of_the_program(choose):
    choose(dumps=lambda value: b'"</\xc3\xa9"', loads=lambda text: "mine")
    assert json_encode(1) == '"<\\/é"'
    assert json_decode("{") == "mine"
    choose()
    assert json_encode(1) == "1"
    assert json_decode("1") == 1


def test_a_library_that_is_not_there(choose, monkeypatch):
    monkeypatch.setitem(sys.modules, "orjson", None)
    with pytest.raises(ImportError, match=r"tornado-escape\[orjson\]"):
        choose("orjson")
    with pytest.raises(ValueError, match="json, simplejson, orjson"):
        choose("ujson")
    assert json_encode(1) == "1"
