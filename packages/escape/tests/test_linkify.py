import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tornado.escape import SafeString, linkify, xhtml_escape, xhtml_unescape

FACTS = json.loads((Path(__file__).parent / "facts" / "linkify.json").read_text())
LONG = "http://www.example.com/this/is/a/very/long/path?with=query&and=more&stuff=there"


def test_facts():
    for text, linked, shortened in FACTS:
        assert linkify(text) == linked
        assert linkify(text, shorten=True) == (linked if shortened is None else shortened)


def link(href: str, shown: str | None = None) -> str:
    return f'<a href="{href}">{href if shown is None else shown}</a>'


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("hello http://world.com/!", f"hello {link('http://world.com/')}!"),
        ("www.x.com/a?b=1&c=2", link("http://www.x.com/a?b=1&amp;c=2", "www.x.com/a?b=1&amp;c=2")),
        ("see (http://e.com/x_(y)).", f"see ({link('http://e.com/x_(y)')})."),
        ("http://x.com&amp;", link("http://x.com&amp;amp") + ";"),
        ('<a href="http://x">', "&lt;a href=&quot;" + link("http://x") + "&quot;&gt;"),
        ("http:////x", link("http:////x")),
        ("http:// x", link("http://") + " x"),
        ("-http://x", "-" + link("http://x")),
        ("a-b-http://x", "a-b-http://x"),
        ("ftp://x javascript:/x HTTP://x", "ftp://x javascript:/x HTTP://x"),
        ("x www. xwww.a.com", "x www. xwww.a.com"),
        ("http://x.com, www.y.com.", link("http://x.com") + ", "
         + link("http://www.y.com", "www.y.com") + "."),
        ("", ""),
        ("<>", "&lt;&gt;"),
    ],
)  # fmt: skip
def test_where_urls_begin_and_end(text, expected):
    assert linkify(text) == expected
    assert linkify(text.encode()) == expected


def test_extra_params():
    assert (
        linkify("http://x", extra_params=' rel="n" ') == '<a href="http://x" rel="n">http://x</a>'
    )
    seen = []

    def params(href):
        seen.append(href)
        return 'class="outside"'

    assert linkify("http://x?a&b www.y", extra_params=params) == (
        '<a href="http://x?a&amp;b" class="outside">http://x?a&amp;b</a>'
        ' <a href="http://www.y" class="outside">www.y</a>'
    )
    assert seen == ["http://x?a&amp;b", "http://www.y"]


def test_shorten():
    href = xhtml_escape(LONG)
    assert linkify(LONG, shorten=True) == (
        f'<a href="{href}" title="{href}">http://www.example.com/this...</a>'
    )
    assert linkify("http://x.com/short", shorten=True) == link("http://x.com/short")


def test_protocols():
    assert linkify("www.x.com", require_protocol=True) == "www.x.com"
    assert linkify("ftp://x http://y", permitted_protocols=["ftp"]) == link("ftp://x") + " http://y"
    assert linkify("ftp://x", permitted_protocols=()) == "ftp://x"


def test_marked_html_is_text_to_linkify():
    assert linkify(SafeString("<b>http://x")) == "&lt;b&gt;" + link("http://x")


@pytest.mark.parametrize("value", [None, 5])
def test_other_types_are_refused(value):
    with pytest.raises(TypeError):
        linkify(value)


@given(st.lists(st.sampled_from(["http://", "www.", "a", "(", ")", "&", '"', "<", ".", " ", "/"])))
def test_nothing_but_links_is_added(pieces):
    text = "".join(pieces)
    linked = linkify(text)
    without = linked.replace("</a>", "")
    while "<a " in without:
        before, _, after = without.partition("<a ")
        without = before + after.partition(">")[2]
    assert "<" not in without
    assert xhtml_unescape(without) == text


@pytest.mark.parametrize(
    "piece",
    ["http:/", "http://", "http://(", "(", "a-", "-", "a-www.", "www.", "www.(", ":/", "x:/!", ".",
     "http://. ", "&", '"', "http://()", "www.a(", "a", "x:/(((", "www.&quot;"],
)  # fmt: skip
@pytest.mark.parametrize("start", ["", "http://"])
def test_hostile_text_takes_linear_time(piece, start):
    text = start + piece * (400_000 // len(piece))
    assert len(linkify(text)) >= len(text)
