"""Tokens to the tree of one file: which tags there are, what each needs, and where it may stand.

The Python in the tags is not looked at here, and no other file is read.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import NoReturn

from tornado.template import _nodes as nodes
from tornado.template._errors import ParseError
from tornado.template._lexer import Kind, Snippet, Token, tokens
from tornado.template._whitespace import MODES, filter_text

_CLAUSES = {
    "else": ("if", "for", "while", "try"),
    "elif": ("if",),
    "except": ("try",),
    "finally": ("try",),
}
"""The tags that continue another, and which."""

_CONTROLS = ("if", "for", "while", "try")
_LOOPS = ("for", "while")

_NEEDS = {
    "extends": 'the name of a template, as in {% extends "base.html" %}',
    "include": 'the name of a template, as in {% include "menu.html" %}',
    "set": "an assignment, as in {% set total = 0 %}",
    "import": "a module, as in {% import os %}",
    "from": "an import, as in {% from os import path %}",
    "raw": "an expression, as in {% raw page.body %}",
    "module": "a call, as in {% module Entry(entry) %}",
    "apply": "a function, as in {% apply linkify %}",
    "block": "a name, as in {% block content %}",
    "if": "a condition, as in {% if items %}",
    "elif": "a condition, as in {% elif items %}",
    "while": "a condition, as in {% while items %}",
    "for": "a loop, as in {% for item in items %}",
    "async": "a loop, as in {% async for row in rows %}",
    "whitespace": "a mode: " + ", ".join(MODES),
}
"""The tags that cannot stand alone, and what they need."""

_TAGS = (
    *_NEEDS,
    *("else", "except", "finally", "try", "end", "comment", "autoescape", "break", "continue"),
)


_DEEPEST = 100
"""Levels of tags in one file."""


def parse(text: str, name: str, autoescape: str | None, whitespace: str) -> nodes.File:
    """The tree of the template ``text``. ``autoescape`` and ``whitespace`` hold until a directive
    says otherwise. Raises ParseError."""
    return _Parser(text, name, autoescape, whitespace).file()


class _Parser:
    def __init__(self, text: str, name: str, autoescape: str | None, whitespace: str) -> None:
        self._name = name
        self._tokens: Iterator[Token] = tokens(text, name)
        self._lines = text.count("\n") + 1
        self._autoescape = autoescape
        self._whitespace = whitespace
        self._extends: list[nodes.Extends] = []
        self._depth = 0

    def file(self) -> nodes.File:
        body: list[nodes.Node] = []
        self._body(body, None, None, 0)
        return nodes.File(body, self._extends, self._autoescape, self._lines)

    def _fail(self, message: str, line: int) -> NoReturn:
        raise ParseError(message, self._name, line)

    def _body(
        self,
        into: list[nodes.Node],
        owner: str | None,
        loop: str | None,
        opened: int,
        control: nodes.Control | None = None,
    ) -> None:
        """Read up to the ``{% end %}`` of the tag ``owner``, or the end of the file without one.

        ``loop`` is the loop that ``{% break %}`` would leave; ``control`` takes the clauses.
        """
        if self._depth > _DEEPEST:
            self._fail(f"tags are nested more than {_DEEPEST} deep: include a part instead", opened)
        self._depth += 1
        for token in self._tokens:
            match token.kind:
                case Kind.TEXT:
                    into.append(nodes.Text(filter_text(self._whitespace, token.content.text)))
                case Kind.EXPRESSION:
                    if not token.content.text:
                        self._fail(
                            "nothing between {{ and }}: write an expression, as in {{ name }}",
                            token.line,
                        )
                    into.append(nodes.Expression(token.content))
                case Kind.TAG:
                    tag, rest = self._split(token)
                    if tag == "end":
                        if owner is None:
                            self._fail(
                                "{% end %} without a tag to end: remove it, or write the if, for,"
                                " while, try, block or apply that it ends",
                                token.line,
                            )
                        self._depth -= 1
                        return
                    if tag in _CLAUSES:
                        clause = self._clause(token, tag, rest, owner, control)
                        into = clause.body
                    else:
                        self._tag(token, tag, rest, into, owner, loop)
        if owner is not None:
            self._fail(
                f"{{% {owner} %}} of this line is still open where the file ends: write {{% end %}}"
                " where its body ends",
                opened,
            )

    def _split(self, token: Token) -> tuple[str, Snippet]:
        """The first word of a tag, and the rest."""
        words = token.content.text.split(None, 1)
        if not words:
            self._fail(
                "nothing between {% and %}: write a tag, as in {% if items %}, or remove it",
                token.line,
            )
        tag = words[0]
        rest = token.content.after(len(tag))
        if tag in _NEEDS and not rest.text:
            self._fail(f"{{% {tag} %}} needs {_NEEDS[tag]}", token.line)
        return tag, rest

    def _clause(
        self,
        token: Token,
        tag: str,
        rest: Snippet,
        owner: str | None,
        control: nodes.Control | None,
    ) -> nodes.Clause:
        owners = _CLAUSES[tag]
        if control is None or owner not in owners:
            inside = f"; this one stands in {{% {owner} %}}" if owner else ""
            self._fail(
                f"{{% {tag} %}} belongs in {' or '.join(f'{{% {name} %}}' for name in owners)}"
                + inside,
                token.line,
            )
        if rest.text and tag in ("else", "finally"):
            meant = ": write {% elif ... %}" if tag == "else" and rest.text[:3] == "if " else ""
            self._fail(f"{{% {tag} %}} takes nothing, got {rest.text!r}{meant}", token.line)
        clause = nodes.Clause(tag, token.content, [])
        control.clauses.append(clause)
        return clause

    def _tag(
        self,
        token: Token,
        tag: str,
        rest: Snippet,
        into: list[nodes.Node],
        owner: str | None,
        loop: str | None,
    ) -> None:
        line = token.line
        match tag:
            case "comment":
                pass
            case "extends":
                if owner is not None:
                    self._fail(
                        "{% extends %} must stand at the top of the file, got it inside"
                        f" {{% {owner} %}}",
                        line,
                    )
                self._extends.append(nodes.Extends(self._path(tag, rest, line), line))
            case "include":
                into.append(nodes.Include(self._path(tag, rest, line), line))
            case "set":
                into.append(nodes.Statement(rest))
            case "import" | "from":
                into.append(nodes.Statement(token.content))
            case "raw":
                into.append(nodes.Expression(rest, raw=True))
            case "module":
                into.append(nodes.Module(rest))
            case "autoescape":
                self._autoescape = None if rest.text in ("", "None") else rest.text
            case "whitespace":
                if rest.text not in MODES:
                    self._fail(f"no whitespace mode {rest.text!r}: choose {_NEEDS[tag]}", line)
                self._whitespace = rest.text
            case "break" | "continue":
                if loop is None:
                    self._fail(
                        f"{{% {tag} %}} belongs in {{% for %}} or {{% while %}} of the same file,"
                        " and not in an {% apply %} in it",
                        line,
                    )
                into.append(nodes.Statement(token.content))
            case "block":
                block = nodes.Block(rest.text, line, [])
                into.append(block)
                self._body(block.body, tag, loop, line)
            case "apply":
                apply = nodes.Apply(rest, [])
                into.append(apply)
                self._body(apply.body, tag, None, line)
            case _ if tag in _CONTROLS or tag == "async":
                if tag == "try" and rest.text:
                    self._fail(f"{{% try %}} takes nothing, got {rest.text!r}", line)
                if tag == "async":
                    if rest.text.split(None, 1)[0] != "for":
                        self._fail(f"{{% async %}} needs {_NEEDS[tag]}, got {rest.text!r}", line)
                    tag = "for"
                control = nodes.Control(tag, token.content, [], [])
                into.append(control)
                self._body(control.body, tag, tag if tag in _LOOPS else loop, line, control)
            case _:
                self._unknown(tag, line)

    def _path(self, tag: str, rest: Snippet, line: int) -> str:
        path = rest.text.strip('"').strip("'")
        if not path:
            self._fail(f"{{% {tag} %}} needs {_NEEDS[tag]}", line)
        return path

    def _unknown(self, tag: str, line: int) -> NoReturn:
        import difflib  # takes its time, and is for this sentence only

        word = tag.partition("(")[0]
        if word != tag and word in _TAGS:
            meant = f"write a space behind {word!r}"
        elif close := difflib.get_close_matches(tag.lower(), _TAGS, 1):
            meant = f"did you mean {{% {close[0]} %}}?"
        else:
            meant = "there are " + ", ".join(sorted(_TAGS))
        self._fail(f"no tag {{% {tag} %}}: {meant}", line)
