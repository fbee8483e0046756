"""What is escaped, by what, and what is not."""

import pytest

from tornado.escape import SafeString, xhtml_escape
from tornado.template import DictLoader, Template


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ('<a href="x">&\'</a>', "&lt;a href=&quot;x&quot;&gt;&amp;&#x27;&lt;/a&gt;"),
        ("&#34;&#39;", "&amp;#34;&amp;#39;"),
        (b"<\xc3\xa9>", "&lt;é&gt;"),
        (["<"], "[&#x27;&lt;&#x27;]"),
        (bytearray(b"<"), "bytearray(b&#x27;&lt;&#x27;)"),
        (7, "7"),
        (True, "True"),
        (None, "None"),
        (1e100, "1e+100"),
    ],
)
def test_every_expression_is_escaped(render, value, expected):
    assert render("{{ x }}", x=value) == expected
    assert render("{% for y in [x] %}{{ y }}{% end %}", x=value) == expected


def test_a_subclass_of_int_or_str_is_what_it_looks_like(render):
    class Angry(int):
        def __str__(self):
            return "<1>"

    class Loud(str):
        def __format__(self, spec):
            return "<format>"

        def __str__(self):
            return "<str>"

    assert render("{{ x }}{% raw x %}", x=Angry()) == "&lt;1&gt;<1>"
    assert render("{{ x }}{% raw x %}", x=Loud("<b>")) == "&lt;b&gt;<b>"


class TestMarked:
    def test_is_not_escaped_again(self, render):
        assert render("{{ x }}", x=SafeString("<b>")) == "<b>"

    def test_is_escaped_once_something_is_added(self, render):
        assert render("{{ x + '<' }}", x=SafeString("<b>")) == "&lt;b&gt;&lt;"

    def test_any_class_with_html(self, render):
        class Widget:
            def __html__(self):
                return "<input>"

        assert render("{{ x }}", x=Widget()) == "<input>"

    def test_an_object_that_answers_to_every_name_is_escaped(self, render):
        class Anything:
            def __getattr__(self, name):
                return lambda: "<script>"

            def __str__(self):
                return "<any>"

        assert render("{{ x }}", x=Anything()) == "&lt;any&gt;"

    @pytest.mark.parametrize("name", ["escape", "xhtml_escape"])
    def test_templates_of_both_eras_render_alike(self, name):
        text = "{{ " + name + "(x) }}"
        for autoescape in ("xhtml_escape", None):
            assert Template(text, autoescape=autoescape).generate(x="<&") == b"&lt;&amp;"

    def test_linkify(self, render):
        assert render("{{ linkify(x) }}", x="<www.a.com") == (
            '&lt;<a href="http://www.a.com">www.a.com</a>'
        )

    def test_the_mark_is_for_html_only(self):
        template = Template("{% autoescape url_escape %}{{ x }}")
        assert template.generate(x=SafeString("<b>")) == b"%3Cb%3E"

    def test_the_function_of_a_program_makes_no_mark(self, render):
        assert render("{{ f(x) }}", x="<", f=xhtml_escape) == "&amp;lt;"

    def test_applied_output_is_escaped_again(self, render):
        assert render("{% apply xhtml_escape %}<{{ '<' }}{% end %}") == "&lt;&amp;lt;"


class TestAutoescape:
    def test_none_for_a_template(self):
        assert Template("{{ x }}", autoescape=None).generate(x="<") == b"<"
        assert Template("{{ x }}", autoescape="").generate(x="<") == b"<"

    def test_none_for_a_loader(self):
        loader = DictLoader({"a": "{{ x }}"}, autoescape=None)
        assert loader.load("a").generate(x="<") == b"<"

    def test_the_directive_is_for_the_whole_file(self, render):
        assert render("{{ x }}{% autoescape None %}{{ x }}", x="<") == "<<"
        assert render("{% autoescape %}{{ x }}", x="<") == "<"
        assert Template("{% autoescape None %}{{ 1 }}").autoescape is None

    def test_files_keep_their_own(self, render_file):
        files = {
            "raw.html": "{% autoescape None %}{{ x }}"
            '{% include "esc.html" %}{% block b %}{% end %}',
            "esc.html": "{{ x }}",
            "child.html": '{% extends "raw.html" %}{% block b %}{{ x }}{% end %}',
        }
        assert render_file(files, "child.html", x="<") == "<&lt;&lt;"

    def test_a_function_of_ones_own_gets_bytes(self, render):
        def show(value):
            return f"[{value!r}]"

        assert render("{% autoescape show %}{{ 1 }}{{ 'é' }}", show=show) == (
            "[b'1'][b'\\xc3\\xa9']"
        )

    def test_any_expression_can_name_it(self, render):
        class tools:
            upper = bytes.upper

        assert render("{% autoescape tools.upper %}{{ 'a' }}", tools=tools) == "A"

    @pytest.mark.parametrize("result", [None, 5])
    def test_it_has_to_return_text(self, render, result):
        with pytest.raises(TypeError, match=r"autoescape.*str or bytes"):
            render("{% autoescape f %}{{ 1 }}", f=lambda value: result)

    def test_xhtml_escape_can_be_replaced(self, render):
        def mine(value):
            return f"({value.decode()})"

        assert render("{{ x }}{{ 1 }}", x="<&#34;", xhtml_escape=mine) == "(<&#34;)(1)"
        loader = DictLoader({"a": "{{ x }}"}, namespace={"xhtml_escape": mine})
        assert loader.load("a").generate(x="<") == b"(<)"

    def test_xhtml_escape_can_be_replaced_inside(self, render):
        text = "{% set xhtml_escape = lambda v: '(' + v.decode() + ')' %}{{ x }}"
        assert render(text, x="<") == "(<)"

    def test_escape_by_name_is_the_same(self, render):
        assert render("{% autoescape escape %}{{ x }}{{ y }}", x="<", y=SafeString("<")) == (
            "&lt;<"
        )

    def test_an_unknown_function_is_a_name_error(self, render):
        with pytest.raises(NameError, match="nope"):
            render("{% autoescape nope %}{{ 1 }}")


@pytest.mark.parametrize("result", [None, 5])
def test_apply_has_to_return_text(render, result):
    with pytest.raises(TypeError, match=r"apply.*str or bytes"):
        render("{% apply f %}{% end %}", f=lambda value: result)
