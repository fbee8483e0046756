import pytest
from hypothesis import given
from hypothesis import strategies as st

from tornado.template import DictLoader, Template, filter_whitespace


@pytest.mark.parametrize(
    ("mode", "text", "expected"),
    [
        ("all", " \t\n\n a", " \t\n\n a"),
        ("single", "a \t b", "a b"),
        ("single", "\r\n\r\na", "\na"),
        ("single", " \xa0\n x", "\nx"),
        ("single", "\r\r", "\r\r"),
        ("single", "\r \t\r", "\r \r"),
        ("single", "\x0b\x0b \t\n", "\n"),
        ("oneline", "a \t b\r\n\n c", "a b c"),
        ("oneline", "a\n", "a "),
    ],
)
def test_modes(mode, text, expected):
    assert filter_whitespace(mode, text) == expected


@given(st.text(" \t\n\r\x0ba\xa0", max_size=40))
def test_properties(text):
    single = filter_whitespace("single", text)
    oneline = filter_whitespace("oneline", text)
    assert filter_whitespace("single", single) == single
    assert "\n\n" not in single
    assert "  " not in single
    assert single.split() == oneline.split() == text.split()
    assert oneline == filter_whitespace("oneline", single)


@pytest.mark.parametrize("mode", ["x", "", None])
def test_unknown_modes_are_refused(mode):
    with pytest.raises(ValueError, match="all, single, oneline"):
        filter_whitespace(mode, "")


TEXT = "a  b\n \n c"


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        ({}, TEXT),
        ({"name": "x.html"}, "a b\nc"),
        ({"name": "x.js"}, "a b\nc"),
        ({"name": "x.txt"}, TEXT),
        ({"name": "x.html", "whitespace": "all"}, TEXT),
        ({"whitespace": "oneline"}, "a b c"),
        ({"compress_whitespace": True}, "a b\nc"),
        ({"name": "x.html", "compress_whitespace": False}, TEXT),
        ({"name": "x.html", "compress_whitespace": None}, "a b\nc"),
        ({"loader": DictLoader({}, whitespace="oneline")}, "a b c"),
        ({"loader": DictLoader({}, whitespace="oneline"), "whitespace": "all"}, TEXT),
    ],
)
def test_which_mode(arguments, expected):
    assert Template(TEXT, **arguments).generate().decode() == expected


def test_the_two_arguments_exclude_each_other():
    with pytest.raises(ValueError, match="not both"):
        Template("", whitespace="all", compress_whitespace=False)
    with pytest.raises(ValueError, match="oneline"):
        Template("", whitespace="zz")


def test_the_directive_holds_from_where_it_stands(render):
    assert render("a \n b{% whitespace oneline %}a \n b{% whitespace all %} \n ") == (
        "a \n ba b \n "
    )


def test_it_is_for_the_text_of_the_template_only(render):
    assert render("{% whitespace oneline %}{{ x }}  {{ x }}", x="a  \n b") == "a  \n b a  \n b"


def test_each_stretch_of_text_is_on_its_own(render):
    assert render("{% whitespace oneline %}a {# c #} b {{ 1 }} c") == "a  b 1 c"


def test_pre_is_left_alone(render):
    assert render("{% whitespace oneline %}<pre>a  b\n\n c</pre>{{ 1 }}  d") == (
        "<pre>a  b\n\n c</pre>1 d"
    )
