"""What an exception in a template shows: the files and lines of the templates themselves.

The function of a template runs under one file name with the lines of ``_sources``. Here each of
its entries in a traceback is replaced by entries for the real places: one for each tag that brought
in another file, then one for the line itself, with the marks under the expression. A traceback can
only point at a frame, so frames are made for these: by evaluating a call, compiled as of that
place, that gives back the frame it runs in. All of it happens after something failed, and costs
nothing before.
"""

from __future__ import annotations

import ast
import linecache
import sys
from itertools import islice
from types import CodeType, FrameType, TracebackType
from typing import Any

from tornado.template._sources import Place, Sources

_Columns = tuple[int, int, int]
"""Extra lines, first and last column of an expression."""


def show_template(error: Exception, sources: Sources, namespace: dict[str, Any]) -> None:
    """Make the traceback and the notes of ``error``, which left the function whose globals are
    ``namespace``, speak of the template."""
    entry = error.__traceback__
    innermost: Place | None = None
    while entry is not None and entry.tb_next is not None:
        following = entry.tb_next
        if following.tb_frame.f_globals is namespace:
            innermost = sources.place(following.tb_lineno)
            entry.tb_next = _entries(following, innermost)
        entry = following
    if innermost is not None:
        note = f"in the template: # {innermost}"
        if note not in getattr(error, "__notes__", ()):
            error.add_note(note)


def _entries(entry: TracebackType, place: Place) -> TracebackType:
    """What stands for ``entry``: the way to ``place``, and ``place``."""
    frame = entry.tb_frame
    name = frame.f_code.co_name
    if name == "template" or name.startswith("_tt_"):
        name = "<template>"
    columns = _columns(entry)
    result = entry.tb_next
    for step in reversed(place.way()):
        _show_source(step)
        made = _frame(step, name, frame, columns if step is place else _whole_line(step))
        result = TracebackType(result, made, made.f_lasti, step.line)
    assert result is not None
    return result


def _columns(entry: TracebackType) -> _Columns | None:
    positions = entry.tb_frame.f_code.co_positions()
    line, end_line, column, end_column = next(islice(positions, entry.tb_lasti // 2, None))
    if line is None or end_line is None or column is None or end_column is None:
        return None
    return end_line - line, column, end_column


def _whole_line(place: Place) -> _Columns:
    text = place.text().rstrip()
    return 0, len(text) - len(text.lstrip()), len(text.encode())


def _frame(place: Place, name: str, original: FrameType, columns: _Columns | None) -> FrameType:
    lines, column, end_column = columns or _whole_line(place)
    function = ast.Name("_tt_frame", ast.Load())
    call = ast.Call(function, [], [])
    for node in (call, function):
        node.lineno, node.end_lineno = place.line, place.line + lines
        node.col_offset, node.end_col_offset = column, end_column
    code: CodeType = compile(ast.Expression(call), place.region.template.source_name, "eval")
    code = code.replace(co_name=name, co_qualname=name)
    seen = {k: v for k, v in original.f_locals.items() if not k.startswith("_tt_")}
    made: FrameType = eval(code, original.f_globals, {**seen, "_tt_frame": sys._getframe})
    return made


def _show_source(place: Place) -> None:
    """Let ``linecache``, from which tracebacks take their lines, know a template without a file."""
    template = place.region.template
    if not template.has_file:
        lines = template.source.splitlines(keepends=True)
        linecache.cache[template.source_name] = (
            len(template.source),
            None,
            lines,
            template.source_name,
        )
