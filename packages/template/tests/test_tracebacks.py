"""An exception in a template shows the template: its file, its line, the way to it."""

import linecache
import sys
import traceback

import pytest

from tornado.template import DictLoader, Loader, Template


def places(error: BaseException) -> list[tuple[str, int, str]]:
    """File, line and text of the entries of the traceback that are in templates."""
    entries = traceback.extract_tb(error.__traceback__)
    return [(e.filename, e.lineno, e.line) for e in entries if not e.filename.endswith(".py")]


def marked(error: BaseException) -> str:
    """The part of its line that the last entry points at."""
    entry = traceback.extract_tb(error.__traceback__)[-1]
    line = linecache.getline(entry.filename, entry.lineno)
    return line.encode()[entry.colno : entry.end_colno].decode()


def failure(template, **names):
    with pytest.raises(Exception) as caught:
        template.generate(**names)
    return caught.value


@pytest.mark.parametrize(
    ("text", "line", "mark"),
    [
        ("a\nb {{ 1/0 }}", 2, "1/0"),
        ("é\né {{ 'é' + nope }}", 2, "nope"),
        ("{{ x }}\n{% raw 1/0 %}", 2, "1/0"),
        ("{{\n\n nope }}", 3, "nope"),
        ("{{ (1,\n nope) }}", 2, "nope"),
        ("\n{% if nope %}{% end %}", 2, "nope"),
        ("\n{% if not x %}\n{% elif nope.x %}{% end %}", 3, "nope"),
        ("\n{% for a in nope %}{% end %}", 2, "nope"),
        ("{% for a in [1] %}\n{{ a.b }}\n{% end %}", 2, "a.b"),
        ("\n{% while nope %}{% end %}", 2, "nope"),
        ("\n\n{% set y = nope %}", 3, "nope"),
        ("\n{% import nope_nope %}", 2, "import nope_nope"),
        ("\n{% apply nope %}{% end %}", 2, "nope"),
        ("\n{% apply str.upper %}{% end %}", 2, None),
        ("{% apply str %}\n{{ nope }}{% end %}", 2, "nope"),
        ("{% try %}{{ 1/0 }}\n{% except nope %}{% end %}", 2, "nope"),
        ("{% try %}{{ 1/0 }}\n{% except ValueError %}{% end %}", 1, "1/0"),
        ("{% try %}\n{% finally %}\n{{ nope }}{% end %}", 3, "nope"),
        ("{% block a %}\n\n{{ nope }}{% end %}", 3, "nope"),
        ("\n{{ [nope for i in [1]] }}", 2, "nope"),
        ("\n{{ (lambda: nope)() }}", 2, "nope"),
        ("\n{{ unprintable }}", 2, None),
        ("\n{% autoescape nope %}{{ x }}", 2, None),
        ("{{!}}\r\n{{ nope }}", 2, "nope"),
    ],
)
@pytest.mark.parametrize("from_file", [False, True])
def test_line_and_mark(text, line, mark, from_file, tmp_path):
    class Unprintable:
        def __str__(self):
            raise ValueError

    if from_file:
        (tmp_path / "page.html").write_text(text, encoding="utf-8", newline="")
        template = Loader(str(tmp_path)).load("page.html")
        name = str(tmp_path / "page.html")
    else:
        template = DictLoader({"page.html": text}).load("page.html")
        name = "page.html"
    error = failure(template, x=1, unprintable=Unprintable())
    lines = text.replace("\r\n", "\n").split("\n")
    assert (name, line, lines[line - 1].strip()) in places(error)
    assert f"# page.html:{line}" in error.__notes__[0]
    if mark is not None:
        assert marked(error) == mark


FILES = {
    "base.html": "<html>\n{% block body %}{% end %}\n</html>",
    "page.html": '{% extends "base.html" %}\n{% block body %}\n'
    '  {% for x in xs %}{% include "sub/row.html" %}{% end %}\n{% end %}',
    "sub/row.html": "<tr>\n<td>{{ x.name.uppercase() }}\n"
    '{% apply str %}{% include "cell.html" %}{% end %}',
    "sub/cell.html": "\n\n\n{{ x.cell() }}",
}


class Row:
    name = "é"

    def cell(self):
        return 1 / 0


class Upper(Row):
    class name:
        uppercase = str


def test_the_way_through_base_and_included_files():
    error = failure(DictLoader(FILES).load("page.html"), xs=[Row()])
    assert isinstance(error, AttributeError)
    assert places(error) == [
        ("base.html", 2, "{% block body %}{% end %}"),
        ("page.html", 3, '{% for x in xs %}{% include "sub/row.html" %}{% end %}'),
        ("sub/row.html", 2, "<td>{{ x.name.uppercase() }}"),
    ]
    assert error.__notes__ == ["in the template: # sub/row.html:2 (via page.html:3, base.html:2)"]


def test_the_way_on_into_the_program():
    error = failure(DictLoader(FILES).load("page.html"), xs=[Upper()])
    assert isinstance(error, ZeroDivisionError)
    entries = traceback.extract_tb(error.__traceback__)
    names = [(e.filename, e.lineno) for e in entries if "html" in e.filename]
    assert names == [
        ("base.html", 2), ("page.html", 3), ("sub/row.html", 3), ("sub/cell.html", 4),
    ]  # fmt: skip
    assert entries[-1].name == "cell"
    assert entries[-1].line == "return 1 / 0"


def test_a_file_is_shown_by_its_path(tmp_path):
    (tmp_path / "sub").mkdir()
    for name, text in FILES.items():
        (tmp_path / name).write_text(text)
    error = failure(Loader(str(tmp_path)).load("page.html"), xs=[Row()])
    assert [(name, line) for name, line, _ in places(error)] == [
        (str(tmp_path / "base.html"), 2),
        (str(tmp_path / "page.html"), 3),
        (str(tmp_path / "sub/row.html"), 2),
    ]


def test_a_template_without_name_is_shown():
    error = failure(Template("{{ 1/0 }}"))
    ((name, line, text),) = places(error)
    assert "<string>" in name
    assert (line, text) == (1, "{{ 1/0 }}")


def test_frames_show_the_names_of_the_template():
    error = failure(Template("{% set local = 5 %}{{ x / 0 }}"), x=7)
    entry = error.__traceback__
    while entry.tb_next:
        entry = entry.tb_next
    assert entry.tb_frame.f_locals.get("local") == 5
    assert entry.tb_frame.f_globals["x"] == 7
    assert not [name for name in entry.tb_frame.f_locals if name.startswith("_tt_b")]


def test_an_exception_behind_another_shows_the_template_too():
    files = {
        "a": '{% try %}\n{% include "b" %}{% except ZeroDivisionError %}{{ [][0] }}{% end %}',
        "b": "\n{{ 1/0 }}",
    }
    error = failure(DictLoader(files).load("a"))
    assert isinstance(error, IndexError)
    assert places(error)[-1][:2] == ("a", 2)
    assert [place[:2] for place in places(error.__context__)] == [("a", 2), ("b", 2)]


def test_a_template_in_a_template_has_both():
    inner = Template("\n{{ 1/0 }}", name="inner.html")
    error = failure(Template("{% raw inner() %}", name="outer.html"), inner=inner.generate)
    assert [place[:2] for place in places(error)] == [("outer.html", 1), ("inner.html", 2)]
    assert len(error.__notes__) == 2


def test_an_exception_raised_again_and_again_does_not_collect_notes():
    same = ValueError("same")

    def fail():
        raise same

    template = Template("{{ fail() }}")
    for _ in range(3):
        assert failure(template, fail=fail) is same
    assert len(same.__notes__) == 1


def test_what_is_no_error_is_left_alone():
    def stop():
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt) as caught:
        Template("{{ stop() }}").generate(stop=stop)
    assert not hasattr(caught.value, "__notes__")


def test_printing_it_works_from_end_to_end():
    try:
        DictLoader(FILES).load("page.html").generate(xs=[Row()])
    except AttributeError:
        shown = traceback.format_exc()
    assert (
        '  File "sub/row.html", line 2, in <template>\n    <td>{{ x.name.uppercase() }}\n' in shown
    )
    assert sys.exc_info() == (None, None, None)
