"""Reads what a source file imports, lazily or not, without running it.

Counted are ``import`` and ``from`` statements wherever they stand, under ``TYPE_CHECKING`` too,
and strings that are nothing but a dotted name under ``tornado.``: such a string is how
``import_object`` or ``sys.modules`` reach a module, so it is knowledge of that module all the same.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

DOTTED = re.compile(r"tornado(\.[A-Za-z_][A-Za-z0-9_]*)+")


@dataclass(frozen=True)
class Import:
    name: str
    """Dotted and absolute; for ``from a import b`` it is ``a.b``, whatever b may be."""
    line: int
    in_function: bool
    guarded: bool
    """In a function, in a ``try`` that catches ImportError, or for type checkers alone."""
    in_string: bool = False


def module_name(file: Path, source_root: Path) -> tuple[str, str]:
    """The dotted names of the file's module and of the package that its dots count from."""
    parts = file.relative_to(source_root).with_suffix("").parts
    if parts[-1] == "__init__":
        name = ".".join(parts[:-1])
        return name, name
    return ".".join(parts), ".".join(parts[:-1])


def catches_import_error(node: ast.Try) -> bool:
    caught = ast.dump(ast.Tuple([h.type for h in node.handlers if h.type], ast.Load()))
    return "ImportError" in caught or "ModuleNotFoundError" in caught


def read(text: str, package: str) -> Iterator[Import]:
    """The imports of a file, given its text and the package that relative imports start from."""

    def absolute(node: ast.ImportFrom) -> str:
        if not node.level:
            return node.module or ""
        parts = package.split(".")
        base = parts[: len(parts) - node.level + 1]
        return ".".join([*base, node.module] if node.module else base)

    def visit(node: ast.AST, in_function: bool, guarded: bool) -> Iterator[Import]:
        if isinstance(node, ast.Import):
            for alias in node.names:
                yield Import(alias.name, node.lineno, in_function, guarded)
        elif isinstance(node, ast.ImportFrom):
            for alias in node.names:
                name = f"{absolute(node)}.{alias.name}"
                yield Import(name, node.lineno, in_function, guarded)
        elif isinstance(node, ast.Constant):
            if isinstance(node.value, str) and DOTTED.fullmatch(node.value):
                yield Import(node.value, node.lineno, in_function, guarded, in_string=True)
        elif isinstance(node, ast.Try) and catches_import_error(node):
            yield from visit_all(node.body, in_function, True)
            rest = (*node.handlers, *node.orelse, *node.finalbody)
            yield from visit_all(rest, in_function, guarded)
            return
        elif isinstance(node, ast.If) and "TYPE_CHECKING" in ast.dump(node.test):
            yield from visit_all(node.body, in_function, True)
            yield from visit_all(node.orelse, in_function, guarded)
            return
        elif isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda):
            in_function = guarded = True
        yield from visit_all(ast.iter_child_nodes(node), in_function, guarded)

    def visit_all(nodes: Iterable[ast.AST], in_function: bool, guarded: bool) -> Iterator[Import]:
        for node in nodes:
            yield from visit(node, in_function, guarded)

    yield from visit(ast.parse(text), False, False)


def read_file(file: Path, source_root: Path) -> list[Import]:
    return list(read(file.read_text(), module_name(file, source_root)[1]))
