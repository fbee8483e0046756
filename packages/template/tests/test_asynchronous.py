"""Templates that await, and output in chunks."""

import asyncio
import traceback

import pytest

from tornado.template import DictLoader, ParseError, Template


async def later(value):
    await asyncio.sleep(0)
    return value


async def rows(count):
    for number in range(count):
        await asyncio.sleep(0)
        yield number


async def chunks(template, *size, **names):
    return [chunk async for chunk in template.stream(*size, **names)]


PAGE = """<p>{{ await later("<b>") }}{% set x = await later(2) %}{{ x }}
{% if await later(True) %}{% for i in await later([1, 2]) %}{{ i }},{% end %}{% end %}
{% async for row in rows(3) %}[{{ row }}]{% else %}end{% end %}
{{ [r async for r in rows(2)] }}{{ [await later(r) for r in (7, 8)] }}
{% raw await later("<i>") %}{{ f(1) }}"""


async def test_everything_that_can_wait():
    page = Template(PAGE, whitespace="oneline")
    names = {"later": later, "rows": rows, "f": lambda x: x}
    expected = b"<p>&lt;b&gt;2 1,2, [0][1][2]end [0, 1][7, 8] <i>1"
    assert await page.generate_async(**names) == expected
    assert b"".join(await chunks(page, **names)) == expected
    assert b"".join(await chunks(page, 1, **names)) == expected


def test_generate_refuses_to_wait():
    with pytest.raises(ParseError, match=r"generate_async\(\) or stream\(\).* at page.html:2"):
        Template("\n{{ await x }}", name="page.html").generate(x=1)
    for text in ("{% async for x in y %}{% end %}", "{% set x = [y async for y in z] %}"):
        with pytest.raises(ParseError, match="no place here"):
            Template(text).generate()


async def test_a_template_that_does_not_wait():
    page = Template("{% for x in xs %}<{{ x }}>{% end %}")
    assert await page.generate_async(xs="ab") == page.generate(xs="ab") == b"<a><b>"
    assert await chunks(page, 1, xs="ab") == [b"<a>", b"<b>"]
    assert await chunks(page, 6, xs="abc") == [b"<a><b>", b"<c>"]
    assert await chunks(page, xs="abc") == [b"<a><b><c>"]
    assert await chunks(Template("")) == []


async def test_what_there_is_goes_out_before_a_wait():
    event = asyncio.Event()
    page = Template("<head>{{ await wait() }}</head>{% for x in 'ab' %}{{ await f(x) }}{% end %}")

    async def wait():
        await event.wait()
        return "x"

    stream = page.stream(wait=wait, f=later)
    assert await anext(stream) == b"<head>"
    event.set()
    assert [chunk async for chunk in stream] == [b"x</head>ab"]


async def test_inheritance_and_inclusion():
    loader = DictLoader(
        {
            "base.html": "<{% block a %}{% end %}>",
            "page.html": "{% extends 'base.html' %}{% block a %}{% include 'part.html' %}{% end %}",
            "part.html": "{{ await later('x') }}",
        }
    )
    assert await loader.load("page.html").generate_async(later=later) == b"<x>"
    with pytest.raises(ParseError, match=r"at part.html:1"):
        loader.load("page.html").generate(later=later)
    assert "async def template" in loader.load("page.html").code


async def test_apply_and_try():
    page = Template(
        "{% apply upper %}a{{ await later('b') }}{% apply upper %}{{ await later('c') }}{% end %}"
        "{% end %}{% apply upper %}d{% end %}"
        "{% try %}x{{ await fail() }}{% except ValueError %}y{% end %}"
    )

    async def fail():
        raise ValueError

    names = {"later": later, "upper": lambda text: text.upper(), "fail": fail}
    assert await page.generate_async(**names) == b"ABCDxy"
    assert b"".join(await chunks(page, 1, **names)) == b"ABCDxy"


async def test_other_functions_for_escaping():
    page = Template("{% autoescape square %}{{ await later('a') }}")
    got = await page.generate_async(later=later, square=lambda text: b"[" + text + b"]")
    assert got == b"[a]"
    page = Template("{{ await later('<') }}")
    assert await page.generate_async(later=later, xhtml_escape=lambda text: text) == b"<"


async def test_bytes_that_are_not_utf8():
    page = Template("{% raw await later(b'\\xff') %}{{ 1 }}")
    assert await page.generate_async(later=later) == b"\xff1"


async def test_errors_show_the_template():
    async def fail():
        await asyncio.sleep(0)
        raise LookupError("gone")

    page = Template("one\n{{ await fail() }}", name="page.html")
    stream = page.stream(fail=fail)
    assert await anext(stream) == b"one\n"
    with pytest.raises(LookupError) as caught:
        await anext(stream)
    shown = "".join(traceback.format_exception(caught.value))
    assert "line 2, in <template>\n    {{ await fail() }}" in shown
    assert caught.value.__notes__ == ["in the template: # page.html:2"]


async def test_a_stream_given_up_is_closed():
    closed = []

    async def source():
        try:
            yield 1
            yield 2
        finally:
            closed.append(True)

    page = Template("{% set s = source() %}{% async for x in s %}{{ x }}{% end %}")
    items = source()
    stream = page.stream(1, source=lambda: items)
    assert await anext(stream) == b"1"
    await stream.aclose()
    await items.aclose()
    assert closed


def test_mistakes():
    with pytest.raises(ParseError, match=r"needs a loop, as in \{% async for row in rows %\}"):
        Template("{% async %}")
    with pytest.raises(ParseError, match=r"\{% async %\} needs a loop.*got 'with x'"):
        Template("{% async with x %}{% end %}")
    with pytest.raises(ParseError, match="still open"):
        Template("{% async for x in y %}")
    with pytest.raises(ParseError, match="'yield' has no place"):
        Template("{{ await x }}{{ (yield 1) }}")
    with pytest.raises(ParseError):
        Template("{{ (lambda: await x) }}")
    with pytest.raises(ValueError, match="chunk_size"):
        Template("").stream(0)
