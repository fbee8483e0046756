"""Configuration files: Python, read for the names it leaves behind.

A name that is an option sets it; every other name is the file's own business.
"""

from __future__ import annotations

import ast
import os
from collections.abc import Iterator
from typing import Any, NamedTuple

from tornado.options._errors import Error
from tornado.util import exec_in


class Setting(NamedTuple):
    """One name that a configuration file left behind."""

    name: str
    value: Any
    place: str  # "file:line: ", or "file: " if it was not assigned in plain sight


def read_config(path: str | os.PathLike[str]) -> Iterator[Setting]:
    """Run the file at ``path`` and yield its names in the order of their definition.

    The file is UTF-8 unless it declares otherwise, and finds its own path in ``__file__``. Raises
    `Error` if it is not Python, `OSError` if it cannot be read; what its code raises comes through.
    """
    path = os.fspath(path)
    with open(path, "rb") as file:
        source = file.read()
    try:
        tree = ast.parse(source, path)
        code = compile(tree, path, "exec", dont_inherit=True)
    except SyntaxError as error:
        where = f"{path}:{error.lineno}" if error.lineno else path
        raise Error(f"{where}: this configuration file is not valid Python: {error.msg}") from error
    except ValueError as error:
        raise Error(f"{path}: this configuration file cannot be read: {error}") from error
    lines = {
        node.id: node.lineno
        for node in ast.walk(tree)
        if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store)
    }
    names: dict[str, Any] = {"__file__": os.path.abspath(path)}
    exec_in(code, names, names)
    for name, value in names.items():
        if not name.startswith("__"):
            place = f"{path}:{lines[name]}: " if name in lines else f"{path}: "
            yield Setting(name, value, place)
