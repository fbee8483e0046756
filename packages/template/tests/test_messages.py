"""The extractor for Babel, by itself and with Babel."""

import importlib.metadata
import io

import pytest

from tornado.template import ParseError
from tornado.template._messages import extract

PAGE = b"""{% extends "base.html" %}
<h1 title="{{ _('Title') }}">{{ _("Sign " "out") }}</h1>
{# NOTE: on the button #}
{{ locale.translate("One reply", "%(n)d replies", n) % {"n": n} }}
{% block b %}{% if _("Yes") == x %}{% elif _("No") == x %}{% end %}
{% for x in [_("A"), f(_("B"))] %}{% set y = pgettext("month", "May") %}{% end %}
{% try %}{% raw pgettext("c", "One", "Many", 2) %}{% except type(_("E")) %}{% end %}
{% apply wrap(_("F")) %}{{ await g(_("G")) }}{% end %}{% module M(_("H")) %}{% end %}
{% comment NOTE: rare %}{{ _(name) }}{{ _() }}{{ other("x") }}{{ mark("y", 1) }}{{ f()("z") }}
"""
EXPECTED = [
    (2, None, "Title", []),
    (2, None, "Sign out", []),
    (4, "ngettext", ("One reply", "%(n)d replies"), ["NOTE: on the button"]),
    (5, None, "Yes", []),
    (5, None, "No", []),
    (6, None, "A", []),
    (6, None, "B", []),
    (6, "pgettext", ("month", "May"), []),
    (7, "npgettext", ("c", "One", "Many"), []),
    (7, None, "E", []),
    (8, None, "F", []),
    (8, None, "G", []),
    (8, None, "H", []),
    (9, "mark", ("y", None), ["NOTE: rare"]),
]


def test_all_places_where_messages_can_stand():
    assert list(extract(io.BytesIO(PAGE), {"_", "mark"}, ["NOTE:"], {})) == EXPECTED


def test_encodings():
    text = "{{ _('é') }}"
    for encoding, options in (("utf-8-sig", {}), ("latin-1", {"encoding": "latin-1"})):
        found = extract(io.BytesIO(text.encode(encoding)), {"_"}, [], options)
        assert list(found) == [(1, None, "é", [])]


def test_what_is_no_template_is_named(tmp_path):
    path = tmp_path / "page.html"
    path.write_text("\n{% iff %}")
    with path.open("rb") as file, pytest.raises(ParseError, match=r"page.html:2$"):
        list(extract(file, {"_"}, [], {}))


def test_with_babel():
    messages = pytest.importorskip("babel.messages.extract", reason="babel is not here")
    found = list(messages.extract(extract, io.BytesIO(PAGE), comment_tags=["NOTE:"]))
    assert (4, ("One reply", "%(n)d replies"), ["NOTE: on the button"], None) in found
    assert (6, "May", [], "month") in found
    assert (7, ("One", "Many"), [], "c") in found
    assert (2, "Sign out", [], None) in found


def test_babel_finds_it_by_name():
    try:
        points = importlib.metadata.distribution("tornado-template").entry_points
    except importlib.metadata.PackageNotFoundError:
        pytest.skip("tornado-template runs from its source here")
    (point,) = points.select(group="babel.extractors", name="tornado")
    assert point.load() is extract
