"""The tree of one template file. Nodes hold the Python in it as text with its place; it becomes
Python's own tree when the function is made, once for each place where the node ends up.
"""

from __future__ import annotations

from typing import NamedTuple

from tornado.template._lexer import Snippet


class Text(NamedTuple):
    """Text as it goes out."""

    value: str


class Expression(NamedTuple):
    """``{{ }}``, or with ``raw`` a ``{% raw %}``."""

    code: Snippet
    raw: bool = False


class Module(NamedTuple):
    """``{% module %}``: a call in the namespace of UI modules, inserted as it is."""

    code: Snippet


class Statement(NamedTuple):
    """``{% set %}``, ``{% import %}``, ``{% from %}``, ``{% break %}``, ``{% continue %}``."""

    code: Snippet


class Clause(NamedTuple):
    """``{% else %}`` and its like, with what follows it."""

    keyword: str
    header: Snippet
    body: list[Node]


class Control(NamedTuple):
    """``{% if %}``, ``{% for %}``, ``{% while %}``, ``{% try %}``."""

    keyword: str
    header: Snippet
    body: list[Node]
    clauses: list[Clause]


class Apply(NamedTuple):
    """``{% apply %}``: the output of the body goes through a function."""

    function: Snippet
    body: list[Node]


class Block(NamedTuple):
    """``{% block %}``: a part that templates which extend this one can replace."""

    name: str
    line: int
    body: list[Node]


class Include(NamedTuple):
    path: str
    line: int


class Extends(NamedTuple):
    path: str
    line: int


Node = Text | Expression | Module | Statement | Control | Apply | Block | Include | Extends


class File(NamedTuple):
    """One parsed template file."""

    body: list[Node]
    extends: list[Extends]
    autoescape: str | None
    """The expression that names the function for ``{{ }}``; None to insert values as they are."""
    lines: int
    """How many lines it has."""
