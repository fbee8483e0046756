import json
from pathlib import Path
from urllib.parse import parse_qs

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tornado.escape import parse_qs_bytes, url_escape, url_unescape

FACTS = json.loads((Path(__file__).parent / "facts" / "parse_qs_bytes.json").read_text())


@pytest.mark.parametrize(
    ("value", "plus", "expected"),
    [
        ("a b/c?é+&", True, "a+b%2Fc%3F%C3%A9%2B%26"),
        ("a b/c?é+&", False, "a%20b/c%3F%C3%A9%2B%26"),
        (b"\xff a", True, "%FF+a"),
        ("~-_.Az09", True, "~-_.Az09"),
        ("", True, ""),
    ],
)
def test_url_escape(value, plus, expected):
    assert url_escape(value, plus=plus) == expected


@pytest.mark.parametrize(
    ("value", "encoding", "plus", "expected"),
    [
        ("a+b%20c%C3%A9%zz%", "utf-8", True, "a b cé%zz%"),
        ("a+b%20c%C3%A9%zz%", "utf-8", False, "a+b cé%zz%"),
        ("a+b%20c%C3%A9%zz%", "latin1", True, "a b cÃ©%zz%"),
        ("a+b%20c%C3%A9%zz%", None, True, b"a b c\xc3\xa9%zz%"),
        ("a+b%20c%C3%A9%zz%", None, False, b"a+b c\xc3\xa9%zz%"),
        (b"a+b%ff", "utf-8", True, "a b\ufffd"),
        (b"a+b%ff", None, True, b"a b\xff"),
        ("é+%41", None, True, b"\xc3\xa9 A"),
        ("é+%41", "latin1", True, "é A"),
        ("plain", "utf-8", True, "plain"),
        ("plain", None, True, b"plain"),
    ],
)
def test_url_unescape(value, encoding, plus, expected):
    assert url_unescape(value, encoding, plus) == expected


@given(st.text(), st.booleans())
def test_escape_and_back(text, plus):
    if text.encode("utf-8", "replace").decode() == text:
        escaped = url_escape(text, plus=plus)
        assert escaped.isascii()
        assert url_unescape(escaped, plus=plus) == text
        assert url_unescape(escaped, encoding=None, plus=plus) == text.encode()


@given(st.text("a%4fF+é", max_size=30))
def test_unescape_agrees_with_itself_on_str_and_bytes(text):
    assert url_unescape(text) == url_unescape(text.encode())


@pytest.mark.parametrize("value", [None, 5])
def test_other_types_are_refused(value):
    with pytest.raises(TypeError):
        url_escape(value)
    with pytest.raises(TypeError):
        url_unescape(value)
    with pytest.raises(TypeError):
        url_unescape(value, encoding=None, plus=False)


class TestParseQsBytes:
    @pytest.mark.parametrize("as_bytes", [False, True])
    def test_facts(self, as_bytes):
        for text, keep, strict, expected in FACTS:
            qs = text.encode("latin1") if as_bytes else text
            if expected is None:
                with pytest.raises(ValueError):
                    parse_qs_bytes(qs, keep, strict)
                continue
            fields = parse_qs_bytes(qs, keep, strict)
            got = {name: [v.decode("latin1") for v in values] for name, values in fields.items()}
            assert got == expected, text

    @given(st.text("ab=&%4+;é", max_size=40), st.booleans())
    def test_agrees_with_the_standard_library(self, qs, keep):
        expected = parse_qs(qs, keep_blank_values=keep, encoding="latin1")
        got = parse_qs_bytes(qs, keep)
        assert {k: [v.decode("latin1") for v in vs] for k, vs in got.items()} == expected

    @given(
        # Escapes by the dozen, of few kinds or of many; stray ones and separators, or none.
        st.sampled_from([range(256), range(0x41, 0x49), range(0x20, 0x40), (0x25, 0x34, 0x31)])
        .flatmap(lambda codes: st.lists(st.sampled_from([f"%{c:02X}" for c in codes]), max_size=40))
        .flatmap(lambda codes: st.permutations([*codes, "a=", "&", "b", "41"])),
        st.sampled_from(["", "%", "%4", "%%", "%x"]),
    )
    def test_however_many_escapes_there_are(self, pieces, stray):
        qs = stray.join(pieces)
        expected = parse_qs(qs, keep_blank_values=True, encoding="latin1")
        got = parse_qs_bytes(qs, True)
        assert {k: [v.decode("latin1") for v in vs] for k, vs in got.items()} == expected

    def test_what_is_undone_makes_no_new_escape(self):
        assert parse_qs_bytes("a=%2541&b=%%341&c=%%34%31&d=%4%31") == {
            "a": [b"%41"],
            "b": [b"%41"],
            "c": [b"%41"],
            "d": [b"%41"],
        }
        assert parse_qs_bytes("a=%26b%3Dc&d%3d=%41") == {"a": [b"&b=c"], "d=": [b"A"]}

    @pytest.mark.parametrize("nothing", ["", b"", None])
    def test_nothing(self, nothing):
        assert parse_qs_bytes(nothing, strict_parsing=True, max_num_fields=0) == {}

    def test_names_are_latin1_and_values_bytes(self):
        assert parse_qs_bytes(b"\xe9=\xff&%E9=%FE") == {"é": [b"\xff", b"\xfe"]}

    def test_semicolon_is_no_separator(self):
        assert parse_qs_bytes("a=1;b=2") == {"a": [b"1;b=2"]}

    def test_text_beyond_latin1_is_a_value_error(self):
        with pytest.raises(ValueError, match="latin-1"):
            parse_qs_bytes("a=€")

    def test_max_num_fields(self):
        assert parse_qs_bytes("a=1&b=2", max_num_fields=2) == {"a": [b"1"], "b": [b"2"]}
        for qs in ("a=1&b=2&c=3", "&&", b"&&"):
            with pytest.raises(ValueError, match=r"3 fields.*at most 2"):
                parse_qs_bytes(qs, max_num_fields=2)
        with pytest.raises(ValueError):
            parse_qs_bytes("a", max_num_fields=0)

    def test_strict_parsing_names_the_field(self):
        with pytest.raises(ValueError, match="b'bad'"):
            parse_qs_bytes("a=1&bad", strict_parsing=True)
        with pytest.raises(ValueError):
            parse_qs_bytes("a=1&", strict_parsing=True)


@pytest.mark.parametrize("piece", ["%", "%4", "%zz", "+", "%41", "&", "=", "&=", "a=%41&"])
def test_a_megabyte_of_anything(piece):
    text = piece * (1_000_000 // len(piece))
    assert len(url_unescape(text)) <= len(text)
    assert len(parse_qs_bytes(text, keep_blank_values=True)) <= len(text)
