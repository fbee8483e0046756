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
import os.path
import sys
from itertools import islice
from types import CodeType, FrameType, TracebackType
from typing import Any

from tornado.template._sources import Place, Sources

_Columns = tuple[int, int, int]
"""Extra lines, first and last column of an expression."""


def show_template(error: Exception, sources: Sources, namespace: dict[str, Any]) -> None:
    """Make the traceback and the notes of ``error``, which left the function whose globals are
    ``namespace``, speak of the template; and those of the exceptions it came from."""
    seen: set[int] = set()
    waiting: list[BaseException | None] = [error]
    while waiting:
        one = waiting.pop()
        if one is None or id(one) in seen:
            continue
        seen.add(id(one))
        innermost = _rewrite(one, sources, namespace)
        if one is error and innermost is not None:
            note = f"in the template: # {innermost}"
            if note not in getattr(error, "__notes__", ()):
                error.add_note(note)
        waiting += one.__cause__, one.__context__


def _rewrite(error: BaseException, sources: Sources, namespace: dict[str, Any]) -> Place | None:
    """Replace the entries of the template in the traceback of ``error``; returns the innermost."""
    entries: list[TracebackType] = []
    entry = error.__traceback__
    while entry is not None:
        entries.append(entry)
        entry = entry.tb_next
    ours = [entry for entry in entries if entry.tb_frame.f_globals is namespace]
    if not ours:
        return None
    result: TracebackType | None = None
    for entry in reversed(entries):
        if entry.tb_frame.f_globals is namespace:
            place = sources.place(entry.tb_lineno)
            # Functions inside the template (of apply, lambda) need no way to them a second time.
            way = place.way() if entry is ours[0] else [place]
            result = _entries(entry, way, result)
        else:
            entry.tb_next = result
            result = entry
    error.__traceback__ = result
    return sources.place(ours[-1].tb_lineno)


def _entries(
    entry: TracebackType, way: list[Place], following: TracebackType | None
) -> TracebackType:
    """What stands for ``entry``: one entry for each place of ``way``."""
    frame = entry.tb_frame
    name = frame.f_code.co_name
    if name == "template" or name.startswith("_tt_"):
        name = "<template>"
    columns = _columns(entry)
    *brought_in, here = way
    result = _entry(here, name, frame, columns, following)
    for place in reversed(brought_in):
        result = _entry(place, "<template>", frame, None, result)
    return result


def _entry(
    place: Place,
    name: str,
    frame: FrameType,
    columns: _Columns | None,
    following: TracebackType | None,
) -> TracebackType:
    _show_source(place)
    made = _frame(place, name, frame, columns or _whole_line(place))
    return TracebackType(following, made, made.f_lasti, place.line)


def _columns(entry: TracebackType) -> _Columns | None:
    positions = entry.tb_frame.f_code.co_positions()
    line, end_line, column, end_column = next(islice(positions, entry.tb_lasti // 2, None))
    if line is None or end_line is None or column is None or end_column is None:
        return None
    return end_line - line, column, end_column


def _whole_line(place: Place) -> _Columns:
    text = place.text().rstrip()
    return 0, len(text) - len(text.lstrip()), len(text.encode())


def _frame(place: Place, name: str, original: FrameType, columns: _Columns) -> FrameType:
    lines, column, end_column = columns
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
    if not (template.has_file and os.path.exists(template.source_name)):
        lines = [line + "\n" for line in template.source.split("\n")]
        linecache.cache[template.source_name] = (
            len(template.source),
            None,
            lines,
            template.source_name,
        )
