"""extends, block and include."""

import pytest

FILES = {
    "base.html": "<{% block a %}A{% block b %}B{% end %}{% end %}>{% block c %}C{% end %}",
    "x.html": 'ignored{{ 1/0 }}{% extends "base.html" %}{% block b %}xb{% end %}',
    "y.html": '{% extends "x.html" %}{% block c %}yc{% end %}'
    "{% block a %}[{% block b %}yb{% end %}]{% end %}",
    "include-child.html": '({% include "x.html" %}){% block b %}mine{% end %}',
    "inner-blocks.html": '{% include "part.html" %}',
    "part.html": "{% block z %}Z{% end %}",
    "overrides-part.html": '{% extends "inner-blocks.html" %}{% block z %}new{% end %}',
    "in-if.html": '{% extends "base.html" %}{% if 0 %}{% block c %}k{% end %}{% end %}',
    "set-outside.html": '{% extends "base.html" %}{% set v = 1 %}{% block a %}{{ v }}{% end %}',
    "locals.html": '{% set q = 1 %}{% include "uses-q.html" %}{{ r }}',
    "uses-q.html": "{{ q }}{% set r = 2 %}",
    "loop.html": '{% for x in "ab" %}{% include "row.html" %}{% block q %}{% end %}{% end %}',
    "row.html": "{{ x }},",
    "loop-child.html": '{% extends "loop.html" %}{% block q %}{{ x.upper() }}{% end %}',
    "break.html": "{% for x in 'ab' %}{% block q %}{{ x }}{% break %}{% end %}{% end %}",
    "apply.html": "{% apply str.upper %}{% block q %}x{% end %}{% end %}",
    "spaced.html": '{% extends base.html %}{% block a%}{% end %}',
    "quotes.html": "{% extends 'base.html' %}{% block a %}q{% end %}",
}  # fmt: skip


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("base.html", "<AB>C"),
        ("x.html", "<Axb>C"),
        ("y.html", "<[yb]>yc"),
        ("include-child.html", "(<Axb>C)mine"),
        ("inner-blocks.html", "Z"),
        ("overrides-part.html", "new"),
        ("in-if.html", "<AB>k"),
        ("locals.html", "12"),
        ("loop.html", "a,b,"),
        ("loop-child.html", "a,Ab,B"),
        ("break.html", "a"),
        ("spaced.html", "<>C"),
        ("quotes.html", "<q>C"),
    ],
)
def test_renders(render_file, name, expected):
    assert render_file(FILES, name) == expected


def test_what_is_outside_of_blocks_does_not_run(render_file):
    with pytest.raises(NameError):
        render_file(FILES, "set-outside.html")


def test_apply_goes_around_blocks(render_file):
    files = {
        "base": "{% apply f %}{% block q %}x{% end %}{% end %}",
        "child": '{% extends "base" %}{% block q %}y{{ z }}{% end %}',
    }
    assert render_file(files, "child", f=bytes.upper, z="é<") == "Yé&LT;"


def test_three_generations_with_includes_and_relative_paths(render_file):
    files = {
        "base.html": '{% include "parts/head.html" %}{% block body %}{% end %}',
        "parts/head.html": 'H{% include "logo.html" %}',
        "parts/logo.html": "L",
        "site/base.html": '{% extends "../base.html" %}'
        '{% block body %}{% include "nav.html" %}{% block main %}{% end %}{% end %}',
        "site/nav.html": "N{{ page }}",
        "site/a/page.html": '{% extends "../base.html" %}'
        '{% block main %}{% include "x.html" %}{% end %}',
        "site/a/x.html": "X{{ page }}",
    }
    assert render_file(files, "site/a/page.html", page=1) == "HLN1X1"


def test_a_wide_tree(render_file):
    files = {f"{i}.html": f"{i}{{{{ x }}}};" for i in range(100)}
    files["all.html"] = "".join(f'{{% include "{i}.html" %}}' for i in range(100))
    assert render_file(files, "all.html", x="-") == "".join(f"{i}-;" for i in range(100))
