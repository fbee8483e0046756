"""The text of a template to tokens: text, ``{{ expression }}``, ``{% tag %}``. Comments vanish.

``{{``, ``{%`` and ``{#`` begin a tag; of more than two braces in a row the last two do. ``{{!`` and
its like stand for the braces themselves. A tag ends at the first ``}}``, ``%}`` or ``#}``, wherever
that is: the lexer knows no Python.
"""

from __future__ import annotations

import enum
import re
from collections.abc import Iterator
from typing import NamedTuple

from tornado.template._errors import ParseError


class Kind(enum.Enum):
    TEXT = enum.auto()
    EXPRESSION = enum.auto()
    TAG = enum.auto()


class Snippet(NamedTuple):
    """A piece of a template and where it begins: ``line`` from 1, ``column`` in bytes from 0."""

    text: str
    line: int
    column: int

    def after(self, length: int) -> Snippet:
        """What follows the first ``length`` characters (all on one line) and the blanks behind."""
        rest = self.text[length:]
        kept = rest.lstrip()
        skipped = self.text[: len(self.text) - len(kept)]
        lines = skipped.count("\n")
        if lines:
            column = len(skipped.rpartition("\n")[2].encode())
        else:
            column = self.column + len(skipped.encode())
        return Snippet(kept.rstrip(), self.line + lines, column)


class Token(NamedTuple):
    """``content`` is what stands between the braces, without the blanks at its ends."""

    kind: Kind
    content: Snippet
    line: int
    """Of the opening brace."""


_OPENING = re.compile(r"\{(?:\{(?!\{)|[%#])")
_CLOSING = {"{{": "}}", "{%": "%}", "{#": "#}"}
_NAMES = {"{{": "expression", "{%": "tag", "{#": "comment"}


class _Place:
    """A position in the text that moves forward and knows its line and column."""

    def __init__(self, text: str) -> None:
        self._text = text
        self._position = 0
        self.line = 1
        self.column = 0

    def move_to(self, position: int) -> None:
        passed = self._text[self._position : position]
        lines = passed.count("\n")
        if lines:
            self.line += lines
            self.column = len(passed.rpartition("\n")[2].encode(errors="replace"))
        else:
            self.column += len(passed.encode(errors="replace"))
        self._position = position


def tokens(text: str, filename: str) -> Iterator[Token]:
    """The tokens of ``text`` in their order. Raises ParseError for a tag without its end."""
    place = _Place(text)

    def token(kind: Kind, start: int, end: int) -> Token:
        line = place.line
        content = text[start:end]
        if kind is not Kind.TEXT:
            content = content.strip()
            start += len(text[start:end]) - len(text[start:end].lstrip())
        place.move_to(start)
        return Token(kind, Snippet(content, place.line, place.column), line)

    position = 0
    while opening := _OPENING.search(text, position):
        start, inner = opening.span()
        if start > position:
            yield token(Kind.TEXT, position, start)
        place.move_to(start)
        if text.startswith("!", inner):
            yield token(Kind.TEXT, start, inner)
            position = inner + 1
            continue
        braces = opening.group()
        closing = _CLOSING[braces]
        end = text.find(closing, inner)
        if end < 0:
            raise ParseError(
                f"the {_NAMES[braces]} that begins with {braces} here has no end: write {closing}"
                f" behind it (or {braces}! if you mean the characters {braces})",
                filename,
                place.line,
            )
        if braces != "{#":
            yield token(Kind.EXPRESSION if braces == "{{" else Kind.TAG, inner, end)
        position = end + 2
    if position < len(text):
        yield token(Kind.TEXT, position, len(text))
