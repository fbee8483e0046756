import json
import pickle
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tornado.escape import SafeString, _html, xhtml_escape, xhtml_unescape

FACTS = json.loads((Path(__file__).parent / "facts" / "xhtml.json").read_text())


def markupsafe_like(text: str) -> str:
    """What the function in C does, so that what is built over it is tested without it."""
    text = text.replace("&", "&amp;").replace(">", "&gt;").replace("<", "&lt;")
    return text.replace("'", "&#39;").replace('"', "&#34;")


def in_c(text: str) -> str:
    text = markupsafe_like(text)
    return _html.name_quotes(text) if "&#3" in text else text


ESCAPERS = [_html.escape_text_plain, _html.escape_text, in_c]


@pytest.mark.parametrize("escape", ESCAPERS)
def test_the_five_characters(escape):
    assert escape('<a href="x">&\'</a>') == "&lt;a href=&quot;x&quot;&gt;&amp;&#x27;&lt;/a&gt;"
    assert escape("&#34;&#39;&#3") == "&amp;#34;&amp;#39;&amp;#3"
    assert escape("") == ""


@given(st.text(alphabet="&#349;<>\"'aé€😀"))
def test_all_ways_to_escape_agree_and_unescape_undoes_them(text):
    plain, *others = [escape(text) for escape in ESCAPERS]
    assert others == [plain, plain]
    assert xhtml_unescape(plain) == text


def test_facts():
    for text, unescaped, escaped in FACTS:
        assert xhtml_unescape(text) == unescaped
        assert xhtml_escape(text) == escaped


def test_text_without_special_characters_is_not_copied():
    text = "nothing to escape " * 3
    assert _html.escape_text_plain(text) is text


def test_bytes_are_utf8():
    assert xhtml_escape(b"<\xc3\xa9") == "&lt;é"
    assert xhtml_unescape(b"&lt;\xc3\xa9") == "<é"
    with pytest.raises(UnicodeDecodeError):
        xhtml_escape(b"\xff")


@pytest.mark.parametrize("function", [xhtml_escape, xhtml_unescape])
@pytest.mark.parametrize("value", [None, 5, [], bytearray(b"<")])
def test_other_types_are_refused(function, value):
    with pytest.raises(TypeError, match=type(value).__name__ if value is not None else "None"):
        function(value)


def test_the_result_is_an_ordinary_str():
    assert type(xhtml_escape("<")) is str
    assert type(xhtml_escape("a")) is str
    assert xhtml_escape(xhtml_escape("<")) == "&amp;lt;"


def test_a_subclass_of_str_is_escaped_by_its_characters():
    class Loud(str):
        def __str__(self):
            return "LOUD"

    assert xhtml_escape(Loud("<b>")) == "&lt;b&gt;"
    assert type(xhtml_escape(Loud("b"))) is str


class TestSafeString:
    def test_is_left_as_it_is(self):
        safe = SafeString("<b>")
        assert xhtml_escape(safe) is safe
        assert safe.__html__() == "<b>"

    def test_is_a_str(self):
        safe = SafeString("<b>")
        assert safe == "<b>"
        assert isinstance(safe, str)
        assert {safe: 1}["<b>"] == 1
        assert pickle.loads(pickle.dumps(safe)) == safe
        assert type(pickle.loads(pickle.dumps(safe))) is SafeString

    @pytest.mark.parametrize(
        "compute",
        [
            lambda s: s + "<i>",
            lambda s: "<i>" + s,
            lambda s: (s + "%s") % "<i>",
            lambda s: SafeString("<b>%s") % "<i>",
            lambda s: f"{s}",
            lambda s: s[1:],
            lambda s: s.upper(),
            lambda s: "".join([s, "x"]),
        ],
    )
    def test_what_is_computed_from_it_is_not_safe(self, compute):
        computed = compute(SafeString("<b>"))
        assert not hasattr(computed, "__html__")
        assert "<" not in xhtml_escape(computed)

    def test_any_class_can_be_marked(self):
        class Widget:
            def __html__(self):
                return "<input>"

        assert xhtml_escape(Widget()) == "<input>"

    def test_an_object_that_answers_to_every_name_is_not_marked(self):
        class Anything:
            def __getattr__(self, name):
                return lambda: "<script>"

        with pytest.raises(TypeError):
            xhtml_escape(Anything())


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("&#" + "9" * 5000 + ";", "\ufffd"),
        ("&#" + "0" * 5000 + "65;", "A"),
        ("&#" + "0" * 5000 + "65x", "Ax"),
        ("&#x" + "9" * 5000 + ";", "\ufffd"),
        ("&#1114109;", "\U0010fffd"),
        ("&#1114112;", "\ufffd"),
        ("&#000000065;&#0000000000000065;", "AA"),
    ],
)
def test_numbers_of_any_length(text, expected):
    assert xhtml_unescape(text) == expected


@pytest.mark.parametrize("piece", ["&", "&#", "&#x", "&#1", "&amp", "&a", "&#0000000000", "&;"])
def test_unescape_of_a_megabyte_of_beginnings(piece):
    text = piece * (1_000_000 // len(piece))
    assert len(xhtml_unescape(text)) <= len(text)
