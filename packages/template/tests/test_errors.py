"""What cannot be read is refused with one sentence: where it is, and what would be right."""

import pickle
import traceback

import pytest

from tornado.template import (
    DictLoader,
    Loader,
    ParseError,
    Template,
    TemplateNotFoundError,
    TemplateSyntaxError,
)


@pytest.mark.parametrize(
    ("text", "line", "message"),
    [
        ("\n{# x", 2, "comment that begins with {# here has no end: write #}"),
        ("\n\n{{ 1", 3, "expression that begins with {{ here has no end: write }}"),
        ("{% if 1", 1, "tag that begins with {% here has no end: write %}"),
        ("{{", 1, "no end"),
        ("{{ }}", 1, "nothing between {{ and }}"),
        ("{%%}", 1, "nothing between {% and %}"),
        ("\n{% iff x %}", 2, "no tag {% iff %}: did you mean {% if %}?"),
        ("{% IF x %}", 1, "did you mean {% if %}?"),
        ("{% with x %}", 1, "there are apply, async, autoescape, block"),
        ("{% if(x) %}", 1, "no tag {% if(x) %}: write a space behind 'if'"),
        ("a{% end %}", 1, "{% end %} without a tag to end"),
        ("a\n{% if 1 %}\n\n", 2, "{% if %} of this line is still open"),
        ("{% if 1 %}{% else %}", 1, "still open"),
        ("{% block a %}", 1, "{% block %} of this line is still open"),
        ("{% else %}", 1, "{% else %} belongs in {% if %} or {% for %} or {% while %}"),
        ("{% for x in y %}\n{% elif 1 %}{% end %}", 2, "{% elif %} belongs in {% if %}; this one"),
        ("{% block a %}{% else %}{% end %}", 1, "this one stands in {% block %}"),
        ("{% apply f %}{% except %}{% end %}", 1, "{% except %} belongs in {% try %}"),
        ("{% if 1 %}{% apply f %}{% else %}{% end %}{% end %}", 1, "stands in {% apply %}"),
        ("{% if 1 %}{% else if 2 %}{% end %}", 1, "write {% elif ... %}"),
        ("{% if 1 %}{% else %}\n{% else %}{% end %}", 2, "{% else %} cannot follow {% else %}"),
        ("{% if 1 %}{% else %}{% elif 1 %}{% end %}", 1, "{% elif %} cannot follow {% else %}"),
        ("{% try %}{% finally %}{% except %}{% end %}", 1, "cannot follow {% finally %}"),
        ("{% try %}{% except %}{% else %}{% except %}{% end %}", 1, "cannot follow {% else %}"),
        ("{% try %}{% else %}{% finally %}{% end %}", 1, "{% else %} cannot follow {% try %}"),
        ("{% try x %}{% end %}", 1, "{% try %} takes nothing, got 'x'"),
        ("\n{% try %}{% end %}", 2, "{% try %} needs an {% except %} or a {% finally %}"),
        ("{% extends %}", 1, '{% extends %} needs the name of a template, as in {% extends "base'),
        ('{% include "" %}', 1, "{% include %} needs the name of a template"),
        ("{% set %}", 1, "{% set %} needs an assignment"),
        ("{% import %}", 1, "{% import %} needs a module"),
        ("{% from %}", 1, "{% from %} needs an import"),
        ("{% raw %}", 1, "{% raw %} needs an expression"),
        ("{% module %}", 1, "{% module %} needs a call"),
        ("{% block %}{% end %}", 1, "{% block %} needs a name"),
        ("{% apply %}{% end %}", 1, "{% apply %} needs a function"),
        ("{% if %}{% end %}", 1, "{% if %} needs a condition"),
        ("{% for %}{% end %}", 1, "{% for %} needs a loop"),
        ("{% whitespace %}", 1, "all, single, oneline"),
        ("{% whitespace two %}", 1, "no whitespace mode 'two'"),
        ("{% break %}", 1, "{% break %} belongs in {% for %} or {% while %}"),
        ("{% for x in y %}{% apply f %}{% continue %}{% end %}{% end %}", 1, "{% continue %} bel"),
        ("{% if 1 %}{% extends 'x' %}{% end %}", 1, "{% extends %} must stand at the top"),
        ("\n{% extends 'x' %}", 2, "{% extends %} needs a loader to find 'x'"),
        ("{% include 'x' %}", 1, "{% include %} needs a loader"),
    ],
)
def test_structure(text, line, message):
    with pytest.raises(ParseError) as caught:
        Template(text, name="page.html")
    error = caught.value
    assert (error.filename, error.lineno) == ("page.html", line)
    assert message in error.message
    assert str(error) == f"{error.message} at page.html:{line}"
    assert "\n" not in str(error)


@pytest.mark.parametrize(
    ("text", "line", "message"),
    [
        ("\n{{ 1 + }}", 2, "cannot read '1 +' as Python: invalid syntax; write one expression"),
        ("{{ a b }}", 1, "cannot read 'a b'"),
        ("{{ (1,\n\n 2 3) }}", 3, "cannot read"),
        ("{{ x = 5 }}", 1, "write {% set ... %} before it"),
        ("{{ import os }}", 1, "write {% set ... %} before it"),
        ("{{ 1) + (2 }}", 1, "unmatched ')'"),
        ("{{ '}}' }}", 1, "a tag ends at its first }} or %}, write } }"),
        ("{{ {1: {2: 3}} }}", 1, "a tag ends at its first }}"),
        ("{% set a = '%}' %}", 1, "a tag ends at its first }}"),
        ("{% set a b %}", 1, "cannot read 'a b'"),
        ("{% set if x: y = 1 %}{% end %}", 1, ""),
        ("{% raw a b %}", 1, "cannot read 'a b'"),
        ("{% module a b %}", 1, "cannot read 'a b'"),
        ("{% apply a b %}{% end %}", 1, "cannot read 'a b'"),
        ("\n{% if a b %}{% end %}", 2, "cannot read 'if a b'"),
        ("{% if 1 %}\n{% elif a b %}{% end %}", 2, "cannot read 'elif a b'"),
        ("{% for x y in z %}{% end %}", 1, "cannot read 'for x y in z'"),
        ("{% while a b %}{% end %}", 1, "cannot read 'while a b'"),
        ("{% try %}\n{% except a b %}{% end %}", 2, "cannot read 'except a b'"),
        ("{% if x: %}{% end %}", 1, "a tag has no colon at its end"),
        ("{% if x: y = 2 # %}{% end %}", 1, ""),
        ("{% if x: y; z %}{% end %}", 1, ""),
        ("{% import %}", 1, ""),
        ("\n{% from os import * %}", 2, "import * only allowed at module level"),
        ("{{ (yield) }}", 1, "'yield' has no place in a template"),
        ("{% set x = yield %}", 1, "'yield'"),
        ("{% set return 5 %}", 1, "'return' has no place"),
        ("{% if (yield) %}{% end %}", 1, "'yield'"),
        ("{% try %}{% except %}{% except ValueError %}{% end %}", 1, "default 'except:' must be"),
        ("{% autoescape a b %}{{ 1 }}", 1, "cannot read the autoescape function 'a b'"),
        ("{{ None := 1 }}", 1, "cannot"),
        ("{{ '" + "x" * 500 + " }}", 1, "xxx..."),
    ],
)
def test_python(text, line, message):
    with pytest.raises(ParseError) as caught:
        Template(text, name="page.html")
    error = caught.value
    assert (error.filename, error.lineno) == ("page.html", line)
    assert message in error.message
    assert len(str(error)) < 300
    if message:
        assert isinstance(error, TemplateSyntaxError)
        assert isinstance(error, SyntaxError)


def test_a_syntax_error_is_shown_with_its_line():
    with pytest.raises(SyntaxError) as caught:
        Template("a\n<p>{{ x y }}</p>", name="page.html")
    shown = "".join(traceback.format_exception_only(caught.value))
    assert 'File "page.html", line 2' in shown
    assert "x y" in shown


def test_an_error_in_an_included_file_names_that_file():
    files = {"a.html": '{% include "b.html" %}', "b.html": "\n{{ 1 + }}", "c.html": "\n\n{% if %}"}
    with pytest.raises(ParseError) as caught:
        DictLoader(files).load("a.html")
    assert (caught.value.filename, caught.value.lineno) == ("b.html", 2)
    with pytest.raises(ParseError, match=r"c\.html:3"):
        DictLoader(files).load("c.html")


class TestMissing:
    @pytest.mark.parametrize("kind", [ParseError, FileNotFoundError, KeyError])
    def test_is_each_of_the_errors_that_are_expected(self, kind, tmp_path):
        for loader in (DictLoader({}), Loader(str(tmp_path))):
            with pytest.raises(kind):
                loader.load("nope.html")

    def test_says_where_it_looked(self, tmp_path):
        with pytest.raises(TemplateNotFoundError) as caught:
            Loader(str(tmp_path)).load("sub/nope.html")
        assert str(tmp_path / "sub" / "nope.html") in str(caught.value)
        assert caught.value.filename is None

    def test_suggests_a_name(self):
        with pytest.raises(TemplateNotFoundError, match=r"did you mean 'page\.html'"):
            DictLoader({"page.html": ""}).load("pgae.html")

    @pytest.mark.parametrize("tag", ["extends", "include"])
    def test_names_the_tag_that_asked(self, tag):
        loader = DictLoader(
            {"a.html": f'\n{{% {tag} "b.html" %}}', "c.html": '{% include "a.html" %}'}
        )
        for name in ("a.html", "c.html"):
            with pytest.raises(TemplateNotFoundError) as caught:
                loader.load(name)
            assert str(caught.value).endswith("at a.html:2")

    def test_another_error_of_a_loader_gets_a_note(self):
        class Broken(DictLoader):
            def _create_template(self, name):
                if name == "b.html":
                    raise PermissionError("not yours")
                return super()._create_template(name)

        with pytest.raises(PermissionError) as caught:
            Broken({"a.html": '\n{% include "b.html" %}'}).load("a.html")
        assert caught.value.__notes__ == ["asked for by {% include %} at a.html:2"]


@pytest.mark.parametrize(
    ("files", "circle"),
    [
        ({"a": '\n{% include "a" %}'}, "a -> a at a:2"),
        ({"a": '{% extends "a" %}'}, "a -> a at a:1"),
        ({"a": '{% include "b" %}', "b": '\n\n{% extends "a" %}'}, "a -> b -> a at b:3"),
    ],
)
def test_circles(files, circle):
    loader = DictLoader(files)
    for _ in range(2):
        with pytest.raises(ParseError, match=f"in a circle, {circle}"):
            loader.load("a")


def test_a_template_is_text():
    for value in (5, None, object()):
        with pytest.raises(TypeError, match="a template is str or bytes"):
            Template(value)
    with pytest.raises(UnicodeDecodeError):
        Template(b"\xff")


def test_parse_error_by_hand():
    error = ParseError("message", "file", 3)
    assert (error.message, error.filename, error.lineno) == ("message", "file", 3)
    assert error.args == ("message", "file", 3)
    assert str(error) == "message at file:3"
    assert str(ParseError("message")) == "message"


@pytest.mark.parametrize("kind", [ParseError, TemplateSyntaxError, TemplateNotFoundError])
def test_errors_can_be_pickled(kind):
    error = pickle.loads(pickle.dumps(kind("message", "file", 3)))
    assert type(error) is kind
    assert str(error) == "message at file:3"
    assert (error.filename, error.lineno) == ("file", 3)


def test_no_ui_modules(render):
    with pytest.raises(NameError, match=r"no UI module 'Entry'.*RequestHandler"):
        render("{% module Entry(1) %}")
