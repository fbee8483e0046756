"""Sizes that would not end if anything were slower than linear, and depths that would overflow."""

import pytest

from tornado.template import DictLoader, ParseError, Template, filter_whitespace


@pytest.mark.parametrize(
    ("piece", "count"),
    [("{", 200_000), ("}", 200_000), ("{{!", 20_000), ("{# #}", 20_000), ("{#x#}a\n", 20_000),
     ("\n", 200_000), ("{{1}}", 1000), ("{{1}}\n", 1000), ("{% if 1 %}a{% end %}", 1000)],
)  # fmt: skip
def test_many_pieces(piece, count):
    text = piece * count + " "
    if piece == "{":
        with pytest.raises(ParseError):
            Template(text + "{{")
        text = text.replace("{{", "{ ")
    one = Template(piece + " ").generate()[:-1]
    assert Template(text).generate().startswith(one)


@pytest.mark.parametrize("blank", [" ", "\r", "\n", "\r\t ", "\x0b", "\xa0"])
@pytest.mark.parametrize("mode", ["single", "oneline"])
def test_white_space(blank, mode):
    text = blank * 200_000
    assert len(filter_whitespace(mode, text + "a")) <= len(text) + 1


def test_growth_of_work_is_linear():
    """Twice the template, about twice the calls: counted, not timed."""
    import sys

    def calls(count):
        total = 0

        def count_call(frame, event, argument):
            nonlocal total
            total += event in ("call", "c_call")

        text = "{{ x }} text\n{% if y %}é{% end %}" * count
        sys.setprofile(count_call)
        try:
            Template(text)
        finally:
            sys.setprofile(None)
        return total

    calls(1)
    small, large = calls(50), calls(400)
    assert large < small * 9


def test_deep_nesting_is_rendered_or_refused():
    text = "{% if 1 %}" * 100 + "x" + "{% end %}" * 100
    assert Template(text).generate() == b"x"
    for tag in ("if 1", "for x in y", "block a", "apply f"):
        for depth in (101, 5000):
            with pytest.raises(ParseError, match="100 deep"):
                Template(f"{{% {tag} %}}" * depth + "{% end %}" * depth)
    with pytest.raises(ParseError, match="nested"):  # a limit of Python's own
        Template("{% for x in y %}" * 30 + "{% end %}" * 30)
    for expression in ("(" * 5000 + ")" * 5000, "1" + "+1" * 20_000, "[" * 100_000):
        with pytest.raises(ParseError):
            Template("{{ " + expression + " }}")


def test_a_long_line_of_extends():
    files = {f"{i}": f'{{% extends "{i + 1}" %}}' for i in range(50)}
    files["50"] = "end"
    assert DictLoader(files).load("0").generate() == b"end"
