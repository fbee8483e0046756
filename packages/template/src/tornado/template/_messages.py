"""The messages of templates that want translating, for Babel's ``pybabel extract``.

Babel finds this by its entry point, ``tornado``; nothing here needs Babel. Messages are where the
Python of a template calls a function of ``tornado.locale``, whichever way it is reached: ``_(m)``,
``locale.translate(m, plural, count)``, ``pgettext(context, m)``.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Collection, Iterator, Mapping
from typing import IO, Any

from tornado.template import _nodes as nodes
from tornado.template._parser import parse
from tornado.template._python import Reader

Message = tuple[int, str | None, Any, list[str]]

_SHAPES = {"_": 0, "gettext": 0, "translate": 0, "pgettext": 1}
"""Our functions, and how many arguments come before the message; then a plural may follow."""
_COMMENT = re.compile(r"\{#(.*?)#\}|\{%\s*comment\s(.*?)%\}", re.DOTALL)


def extract(
    fileobj: IO[bytes],
    keywords: Collection[str],
    comment_tags: Collection[str],
    options: Mapping[str, Any],
) -> Iterator[Message]:
    """What Babel asks of an extractor: ``(line, function, messages, comments)`` of each call.

    In ``babel.cfg`` write ``[tornado: **.html]``. The option ``encoding`` is that of the files,
    UTF-8 if it is not given. Functions besides those of ``tornado.locale`` are found by
    ``keywords``. Comments are those of the template, ``{# NOTE: ... #}``, in the line of the
    message or the one before. Raises ParseError for what is no template.
    """
    text = fileobj.read().decode(options.get("encoding") or "utf-8-sig")
    name = str(getattr(fileobj, "name", "<string>"))
    comments = list(_comments(text, comment_tags))
    reader = Reader(name, 0, asynchronous=True)
    calls = (
        node
        for tree in _trees(parse(text, name, None, "all").body, reader)
        for node in ast.walk(tree)
        if isinstance(node, ast.Call)
    )
    for call in sorted(calls, key=lambda call: (call.lineno, call.col_offset)):
        found = _message(call, keywords)
        if found is not None:
            near = [said for line, said in comments if line in (call.lineno, call.lineno - 1)]
            yield call.lineno, *found, near


def _comments(text: str, tags: Collection[str]) -> Iterator[tuple[int, str]]:
    """The comments for translators, with the line that each ends on."""
    for found in _COMMENT.finditer(text):
        said = " ".join((found[1] or found[2] or "").split())
        if said.startswith(tuple(tags)):
            yield text.count("\n", 0, found.end()) + 1, said


def _trees(body: list[nodes.Node], reader: Reader) -> Iterator[ast.AST]:
    """All the Python of a file."""
    for node in body:
        match node:
            case nodes.Expression():
                yield reader.expression(node.code)
            case nodes.Module():
                yield reader.expression(node.code, "_tt_modules.")
            case nodes.Statement():
                yield from reader.statements(node.code)
            case nodes.Apply():
                yield reader.expression(node.function)
                yield from _trees(node.body, reader)
            case nodes.Block():
                yield from _trees(node.body, reader)
            case nodes.Control():
                if node.keyword != "try":
                    yield reader.control(node.header)
                yield from _trees(node.body, reader)
                for clause in node.clauses:
                    if clause.keyword == "elif":
                        yield reader.elif_(clause.header)
                    elif clause.keyword == "except":
                        yield reader.except_(clause.header)
                    yield from _trees(clause.body, reader)


def _message(call: ast.Call, keywords: Collection[str]) -> tuple[str | None, Any] | None:
    """The function, as Babel knows it, and the texts that ``call`` gives it."""
    match call.func:
        case ast.Name(id=name) | ast.Attribute(attr=name):
            pass
        case _:
            return None
    texts = [_text(argument) for argument in call.args]
    if name not in _SHAPES:
        return (name, tuple(texts)) if name in keywords and any(texts) else None
    context = _SHAPES[name]
    needed = texts[: context + 1]
    if len(needed) <= context or None in needed:
        return None  # computed: nothing that could be translated beforehand
    if len(texts) > context + 1 and texts[context + 1] is not None:
        return ("npgettext" if context else "ngettext"), tuple(texts[: context + 2])
    return ("pgettext", tuple(needed)) if context else (None, needed[0])


def _text(argument: ast.expr) -> str | None:
    if isinstance(argument, ast.Constant) and isinstance(argument.value, str):
        return argument.value
    return None
