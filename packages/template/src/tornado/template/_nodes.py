"""The tree of one template file. Nodes hold the Python in it as text with its place; it becomes
Python's own tree when the function is made, once for each place where the node ends up.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from tornado.template._lexer import Snippet


@dataclass(slots=True)
class Text:
    """Text as it goes out."""

    value: str


@dataclass(slots=True)
class Expression:
    """``{{ }}``, or with ``raw`` a ``{% raw %}``."""

    code: Snippet
    raw: bool = False


@dataclass(slots=True)
class Module:
    """``{% module %}``: a call in the namespace of UI modules, inserted as it is."""

    code: Snippet


@dataclass(slots=True)
class Statement:
    """``{% set %}``, ``{% import %}``, ``{% from %}``, ``{% break %}``, ``{% continue %}``."""

    code: Snippet


@dataclass(slots=True)
class Clause:
    """``{% else %}`` and its like, with what follows it."""

    keyword: str
    header: Snippet
    body: list[Node] = field(default_factory=list)


@dataclass(slots=True)
class Control:
    """``{% if %}``, ``{% for %}``, ``{% while %}``, ``{% try %}``."""

    keyword: str
    header: Snippet
    body: list[Node] = field(default_factory=list)
    clauses: list[Clause] = field(default_factory=list)


@dataclass(slots=True)
class Apply:
    """``{% apply %}``: the output of the body goes through a function."""

    function: Snippet
    body: list[Node] = field(default_factory=list)


@dataclass(slots=True)
class Block:
    """``{% block %}``: a part that templates which extend this one can replace."""

    name: str
    line: int
    body: list[Node] = field(default_factory=list)


@dataclass(slots=True)
class Include:
    path: str
    line: int


@dataclass(slots=True)
class Extends:
    path: str
    line: int


Node = Text | Expression | Module | Statement | Control | Apply | Block | Include | Extends


@dataclass(slots=True)
class File:
    """One parsed template file."""

    body: list[Node]
    extends: list[Extends]
    autoescape: str | None
    """The expression that names the function for ``{{ }}``; None to insert values as they are."""
    lines: int
    """How many lines it has."""
