"""Plain text to HTML with its URLs made links.

How a URL is found, after the text was escaped:

1. It begins with a word and ``:/``, or with ``www.`` at the beginning of a word.
2. It goes on to the next white space, ``&`` (but ``&amp;`` and ``&quot;`` belong to it) or
   parenthesis, without the punctuation at its end: that belongs to the sentence.
3. A pair of parentheses in it belongs to it, as in encyclopedias: ``/wiki/Tornado_(film)``.

The text is read once from left to right, each repetition in an expression is possessive or cannot
overlap with what follows it, and a failed attempt ends where the next can begin: no input is slow.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterator
from typing import NamedTuple

from tornado.escape._html import escape_text
from tornado.escape._text import to_unicode

_WORD = re.compile(r"[\w-]++")
_SLASHES = re.compile(r":/{1,3}")
_ENDING = r"[^\s!\"#$%&'()*+,.:;<=>?@\[\]^`{|}~]"
"""A character with which a URL can end."""

_RUN = re.compile(rf"(?:(?:&(?:amp|quot);|(?!{_ENDING})[^\s&()])*+{_ENDING})*+")
_PARENTHESIS = re.compile(r"\((?:[^\s&()]++|&(?:amp|quot);)*+\)")

_LONGEST = 30
"""Of a shortened link, the number of characters that are aimed at."""


class _Url(NamedTuple):
    start: int
    end: int
    protocol: str
    prefix: int
    """Length of the protocol with its colon and slashes, 0 without one."""


def linkify(
    text: str | bytes,
    shorten: bool = False,
    extra_params: str | Callable[[str], str] = "",
    require_protocol: bool = False,
    permitted_protocols: Collection[str] = ("http", "https"),
) -> str:
    """Escape ``text`` and make each URL in it a link.

    ``linkify("Hello http://example.com!")`` is
    ``Hello <a href="http://example.com">http://example.com</a>!``

    - ``shorten``: show long URLs abbreviated, with the whole in the title.
    - ``extra_params``: attributes for the tag, as ``'rel="nofollow"'``; or a function that gets the
      URL (escaped, as in href) and returns them.
    - ``require_protocol``: leave ``www.example.com`` without a protocol alone.
    - ``permitted_protocols``: URLs of other protocols stay text. Do not add ``javascript``.
    """
    html = escape_text(str.__str__(to_unicode(text)))
    if ":/" not in html and "www." not in html:
        return html
    pieces: list[str] = []
    done = 0
    for url in _urls(html):
        if url.protocol:
            if url.protocol not in permitted_protocols:
                continue
        elif require_protocol:
            continue
        pieces.append(html[done : url.start])
        pieces.append(_link(html[url.start : url.end], url, shorten, extra_params))
        done = url.end
    pieces.append(html[done:])
    return "".join(pieces)


def _urls(html: str) -> Iterator[_Url]:
    """The URLs in ``html`` from left to right, of whatever protocol."""
    position = 0
    while word := _WORD.search(html, position):
        position = word.end()
        name = word.group()
        if slashes := _SLASHES.match(html, position):
            name = name.lstrip("-")
            end = _end_of_url(html, slashes.end())
            if not end and slashes.end() - position > 2:
                # Nothing follows: the last slash is the rest of the URL, not of its prefix.
                slashes = _SLASHES.match(html, position, slashes.end() - 1)
                end = slashes and _end_of_url(html, slashes.end())
            if name and slashes and end:
                yield _Url(word.end() - len(name), end, name, len(name) + len(slashes.group()))
                position = end
        elif html.startswith(".", position) and (name == "www" or name.endswith("-www")):
            end = _end_of_url(html, position + 1)
            if end:
                yield _Url(word.end() - 3, end, "", 0)
                position = end


def _end_of_url(html: str, start: int) -> int | None:
    """Where the rest of a URL that begins at ``start`` ends; None if there is no such rest."""
    end = start
    while True:
        if run := _RUN.match(html, end):
            end = run.end()
        pair = _PARENTHESIS.match(html, end)
        if pair is None:
            break
        end = pair.end()
    return end if end > start else None


def _link(shown: str, url: _Url, shorten: bool, extra_params: str | Callable[[str], str]) -> str:
    href = shown if url.protocol else "http://" + shown
    attributes = (extra_params(href) if callable(extra_params) else extra_params).strip()
    if attributes:
        attributes = " " + attributes
    if shorten and len(shown) > _LONGEST:
        short = _shortened(shown, url.prefix)
        if short is not None:
            shown = short
            attributes += f' title="{href}"'
    return f'<a href="{href}"{attributes}>{shown}</a>'


def _shortened(shown: str, prefix: int) -> str | None:
    """The host and the beginning of the path, with dots; None if nothing is gained."""
    host, slash, path = shown[prefix:].partition("/")
    short = shown
    if slash:
        first = path.partition("/")[0][:8]
        short = shown[:prefix] + host + "/" + first.partition("?")[0].partition(".")[0]
    if len(short) > _LONGEST * 1.5:
        short = short[:_LONGEST]
    if short == shown:
        return None
    entity = short.rfind("&")
    if entity > _LONGEST - 5:  # a cut must not leave half an entity
        short = short[:entity]
    short += "..."
    return short if len(short) < len(shown) else None
