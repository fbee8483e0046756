import pytest

from tornado.escape import (
    _unicode,
    native_str,
    recursive_unicode,
    squeeze,
    to_basestring,
    to_unicode,
    utf8,
)


def test_utf8_encodes_text_and_leaves_bytes_and_none():
    data = b"\xff"
    assert utf8("é") == b"\xc3\xa9"
    assert utf8(data) is data
    assert utf8(None) is None


@pytest.mark.parametrize("function", [to_unicode, native_str, to_basestring, _unicode])
def test_to_unicode_and_its_other_names(function):
    text = "é"
    assert function(b"\xc3\xa9") == "é"
    assert function(text) is text
    assert function(None) is None
    with pytest.raises(UnicodeDecodeError):
        function(b"\xff")


@pytest.mark.parametrize("function", [utf8, to_unicode])
@pytest.mark.parametrize("value", [5, 1.5, bytearray(b"a"), ["a"], object])
def test_other_types_are_refused_by_name(function, value):
    with pytest.raises(TypeError, match=rf"{function.__name__}\(\).*{type(value).__name__}"):
        function(value)


def test_recursive_unicode_goes_through_containers_and_copies_them():
    value = {b"a": [b"b", (b"c", {"d": b"e"})], 1: None, "set": {b"kept"}}
    assert recursive_unicode(value) == {"a": ["b", ("c", {"d": "e"})], 1: None, "set": {b"kept"}}
    assert value[b"a"][0] == b"b"


def test_squeeze():
    assert squeeze(" a \n\t b\x00c\xa0d ") == "a b c\xa0d"
    assert squeeze(b" a  b") == "a b"
    assert squeeze("") == ""
