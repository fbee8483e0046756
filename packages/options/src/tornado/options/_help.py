"""The text of ``--help``."""

from __future__ import annotations

import shutil
import textwrap
from collections.abc import Iterable

from tornado.options._option import Option

_COLUMN = 35


def help_text(program: str, options: Iterable[Option]) -> str:
    """All options with their help and defaults, by group and in alphabetical order."""
    groups: dict[str, list[Option]] = {}
    for option in options:
        groups.setdefault(option.group_name or "", []).append(option)
    lines = [f"Usage: {program} [OPTIONS]", "", "Options:"]
    for group, members in sorted(groups.items()):
        if group:
            lines += ["", f"{group} options:"]
        lines.append("")
        for option in sorted(members, key=lambda o: o.name):
            lines += _entry(option)
    return "\n".join([*lines, ""])


def _entry(option: Option) -> list[str]:
    left = "  --" + option.name.replace("_", "-")
    if option.metavar:
        left += "=" + option.metavar
    text = option.help or ""
    if option.default not in (None, "", []):
        text = f"{text} (default {option.default})".strip()
    width = max(shutil.get_terminal_size((80, 24)).columns - _COLUMN - 1, 30)
    right = textwrap.wrap(text, width) or [""]
    if len(left) >= _COLUMN - 1:
        lines = [left]
    else:
        lines = [left.ljust(_COLUMN) + right.pop(0)]
    lines += [" " * _COLUMN + line for line in right]
    return [line.rstrip() for line in lines]
