"""Each tag of the language, by what it renders."""

import json
from pathlib import Path

import pytest

from tornado.template import DictLoader, Template

FACTS = json.loads((Path(__file__).parent / "facts" / "rendered.json").read_text())


class Angles:
    def __str__(self):
        return "<o>"


def shout(text):
    return (text.decode() if isinstance(text, bytes) else text).upper() + "<"


def test_facts():
    """Random templates, and what the API level makes of them."""
    names = {"x": "<X>", "y": 5, "xs": ["a", "<b>", 3], "f": shout, "obj": Angles()}
    for files, autoescape, name, expected in FACTS:
        template = DictLoader(files, autoescape=autoescape).load(name)
        try:
            output = template.generate(**names).decode()
        except (NameError, ZeroDivisionError) as error:
            output = "NameError" if isinstance(error, NameError) else type(error).__name__
        assert output == expected, files


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        # text and braces
        ("", ""),
        ("plain é", "plain é"),
        ("a{b}c{", "a{b}c{"),
        ("}}%}#}", "}}%}#}"),
        ("{{{1}}}", "{1}"),
        ("{{{{1}}", "{{1"),
        ("\\cite{{{ 1 }}}", "\\cite{1}"),
        ("{{!x}} {%!x%} {#!x#}", "{{x}} {%x%} {#x#}"),
        ("{{! {{1}}", "{{ 1"),
        ("{{!", "{{"),
        ("'''\"\"\"\\n\\", "'''\"\"\"\\n\\"),
        ("a\r\nb", "a\r\nb"),
        # comments
        ("a{# {{ 1/0 }} {% x #}b", "ab"),
        ("{% comment anything at all %}x", "x"),
        ("{%comment%}x", "x"),
        # expressions
        ("{{ 1 + 1 }}", "2"),
        ("{{1}}", "1"),
        ("{{ None }} {{ True }} {{ 1.5 }}", "None True 1.5"),
        ("{{ 'é' }}", "é"),
        ("{{ [x for x in range(3)] }}", "[0, 1, 2]"),
        ("{{ (lambda x: x + 1)(3) }}", "4"),
        ("{{ 1, 2 }} {{ *[1], 2 }}", "(1, 2) (1, 2)"),
        ("{{ 'a' if 0 else 'b' }}", "b"),
        ("{{ 'a' # note }}", "a"),
        ("{{ f'{1}' }}", "1"),
        ("{{ (x := 5) }}{{ x }}", "55"),
        ("{{ x := 5 }}{{ x }}", "55"),
        ("{{\n1\n+\n1\n}}", "2"),
        ("{{ '{{!' }}", "{{!"),
        ("{{ {'a': {'b': 1} }['a']['b'] }}", "1"),
        # if
        ("{% if 1 %}a{% end %}", "a"),
        ("{%if 0%}a{%else%}b{%end%}", "b"),
        ("{% if 0 %}a{% elif 0 %}b{% elif 1 %}c{% else %}d{% end if %}", "c"),
        ("{% if 0 %}a{% elif 0 %}b{% else %}d{% end %}", "d"),
        ("{% if 1 %}{% end %}", ""),
        ("{%\nif 1 and \\\n 1\n%}x{% end %}", "x"),
        ("{% if (1 and\n 1) %}x{% end %}", "x"),
        # for and while
        ("{% for x in [1, 2] %}{{ x }},{% end for %}", "1,2,"),
        ("{% for x, y in [(1, 2)] %}{{ x }}{{ y }}{% end %}", "12"),
        ("{% for x in [] %}a{% else %}b{% end %}", "b"),
        ("{% for x in [1, 2, 3] %}{% if x == 2 %}{% break %}{% end %}{{ x }}{% end %}", "1"),
        ("{% for x in [1, 2, 3] %}{% if x == 2 %}{% continue %}{% end %}{{ x }}{% end %}", "13"),
        ("{% set n = 3 %}{% while n %}{{ n }}{% set n -= 1 %}{% end %}", "321"),
        ("{% while 0 %}{% else %}b{% end %}", "b"),
        # try
        ("{% try %}a{{ 1/0 }}b{% except ZeroDivisionError as e %}<{{ e }}>{% end %}",
         "a<division by zero>"),
        ("{% try %}{{ nope }}{% except (ValueError, NameError) %}e{% end %}", "e"),
        ("{% try %}a{% except %}b{% else %}c{% finally %}d{% end %}", "acd"),
        ("{% try %}a{{ 1 }}b{% finally %}c{% end %}", "a1bc"),
        ("{% for x in [1, 2] %}{% try %}{% continue %}{% finally %}f{% end %}{% end %}", "ff"),
        ("{% try %}a{% if 1 %}b{{ 1/0 }}c{% end %}d{% except %}e{% end %}", "abe"),
        # set and import
        ("{% set x = 1 %}{% set y, z = x, 2; x = 5 %}{{ x }}{{ y }}{{ z }}", "512"),
        ("{% set x = [1,\n 2] %}{{ x }}", "[1, 2]"),
        ("{% set x: int = 5 # note %}{{ x }}", "5"),
        ("{% set def double(x): return x * 2 %}{{ double(2) }}", "4"),
        ("{% set assert 1 %}{% set pass %}ok", "ok"),
        ("{% set global later; later = 3 %}{{ later }}", "3"),
        ("{% import os.path, re as r %}{{ os.path.basename('a/b') }}{{ r.escape('.') }}", "b\\."),
        ("{% from os import path as p, sep %}{{ p.basename('a/b') }}", "b"),
        # raw and apply
        ("{% raw '<' %}{% raw 5 %}{% raw None %}", "<5None"),
        ("{% apply f %}a{{ '<' }}{% end %}", "A&LT;<"),
        ("{% apply lambda s: s.decode()[::-1] %}abc{% end %}", "cba"),
        ("{% apply f %}{% apply f %}a{% end %}{% end apply %}", "A<<"),
        ("{% apply f %}{% end %}", "<"),
        ("{% apply f %}{% for x in 'ab' %}{% break %}{% end %}c{% end %}", "C<"),
        ("{% set x = 1 %}{% apply f %}{% set x = 2 %}{% end %}{{ x }}", "<1"),
        ("{% for x in 'ab' %}{% apply f %}{{ x }}{% end %}{% end %}", "A<B<"),
        ("{% apply linkify %}www.x.com{% end %}", '<a href="http://www.x.com">www.x.com</a>'),
        ("{% apply squeeze %} a  b {% end %}", "a b"),
        # blocks alone
        ("{% block a %}x{% end block a %}", "x"),
        ("{% block a %}1{% end %}{% block a %}2{% end %}", "22"),
        # the namespace
        ("{{ datetime.date(2009, 9, 10) }}", "2009-09-10"),
        ("{{ datetime.date(2009, 9, 10).strftime('%Y') }}", "2009"),
        ("{{ url_escape('a b') }}", "a+b"),
        ("{% raw json_encode('</') %}", '"<\\/"'),
        ("{{ squeeze('a  b') }}", "a b"),
        ("{{ __name__ }}", "&lt;string&gt;"),
    ],
)  # fmt: skip
def test_renders(render, text, expected):
    assert render(text, f=shout) == expected


def test_generate_returns_utf8_bytes():
    assert Template("é{{ x }}").generate(x="é") == b"\xc3\xa9\xc3\xa9"
    assert Template(b"\xc3\xa9").generate() == b"\xc3\xa9"


def test_surrogates_are_refused_as_they_cannot_be_utf8():
    with pytest.raises(UnicodeEncodeError):
        Template("{{ x }}").generate(x="\udcff")
    with pytest.raises(UnicodeEncodeError):
        Template("{% raw x %}").generate(x="\udcff")


def test_raw_bytes_of_another_encoding_pass_through():
    template = Template("é{% raw x %}")
    assert template.generate(x=b"\xff\xc3\xa9") == b"\xc3\xa9\xff\xc3\xa9"
    assert Template("{% apply f %}{% raw x %}{% end %}").generate(x=b"\xff", f=lambda s: s + s) == (
        b"\xff\xff"
    )
    with pytest.raises(UnicodeDecodeError):
        Template("{{ x }}").generate(x=b"\xff")


def test_a_name_given_to_generate_cannot_be_changed_but_hidden():
    with pytest.raises(UnboundLocalError):
        Template("{% set x = x + 1 %}").generate(x=1)
    assert Template("{% set x = 2 %}{{ x }}").generate(x=1) == b"2"


def test_a_long_template_without_control_is_rendered_in_order():
    text = "".join(f"{{{{ x + {i} }}}}," for i in range(500))
    assert Template(text).generate(x=0).decode() == "".join(f"{i}," for i in range(500))


def test_values_are_converted_in_the_order_of_the_template():
    seen = []

    class Noisy:
        def __init__(self, name):
            self.name = name

        def __str__(self):
            seen.append(self.name)
            return self.name

    Template("{{ a }}{% raw b %}{% if 1 %}{{ a }}{% end %}{{ b }}").generate(
        a=Noisy("a"), b=Noisy("b")
    )
    assert seen == ["a", "b", "a", "b"]


def test_code_can_be_looked_at():
    code = Template("<b>{{ name }}</b>").code
    assert code.startswith("def template(")
    assert "name" in code


def test_a_template_is_rendered_again_with_other_names():
    template = Template("{{ x }}{% set y = 1 %}")
    assert [template.generate(x=i) for i in range(3)] == [b"0", b"1", b"2"]
