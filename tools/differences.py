"""Differences between the published Tornado and this repository, and the file that explains them.

Each ``[[difference]]`` of such a file has

* ``cases``: names of cases, or names of their groups, or ``*`` for any
* ``aspects``: what differs, each with two regular expressions: theirs, and ours. And, or,
  ``kind``: a set of such aspects that is there under ``[kinds]``
* ``reason``, and ``told``: words of COMPATIBILITY.md that tell it to the user

What differs and is not explained fails; an explanation that explains nothing fails too.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Any

import members

Found = Mapping[str, tuple[str, str]]  # aspect to (theirs, ours)

ABSENT = "(absent)"


def between(theirs: Mapping[str, str], ours: Mapping[str, str]) -> dict[str, tuple[str, str]]:
    """The aspects in which two observations of a case differ."""
    return {
        aspect: (theirs.get(aspect, ABSENT), ours.get(aspect, ABSENT))
        for aspect in sorted({*theirs, *ours})
        if theirs.get(aspect) != ours.get(aspect)
    }


class Differences:
    """``groups``: the name of every case, with that of its group. Aspects that begin with a number,
    as in ``2.status``, are explained without it."""

    def __init__(self, path: Path, groups: Mapping[str, str]) -> None:
        parsed = tomllib.loads(path.read_text("utf-8"))
        self.all: list[dict[str, Any]] = parsed.get("difference", [])
        self._kinds: dict[str, dict[str, Any]] = parsed.get("kinds", {})
        self._groups = groups

    def _concerned(self, pattern: str) -> Iterable[str]:
        return (name for name, group in self._groups.items() if pattern in (name, group, "*"))

    def _explained(self, difference: Mapping[str, Any], found: Found) -> set[str]:
        kind = self._kinds[difference["kind"]] if "kind" in difference else {}
        known = kind | difference.get("aspects", {})
        fits = set()
        for aspect, values in found.items():
            patterns = known.get(aspect.lstrip("0123456789."), ())
            if patterns and all(map(re.fullmatch, patterns, values, [re.DOTALL] * 2)):
                fits.add(aspect)
        return fits

    def unexplained(self, name: str, found: Found) -> dict[str, tuple[str, str]]:
        left = set(found)
        for difference in self.all:
            if {name, self._groups[name], "*"} & set(difference["cases"]):
                left -= self._explained(difference, found)
        return {aspect: found[aspect] for aspect in sorted(left)}

    def check(self, difference: Mapping[str, Any], compare: Callable[[str], Found]) -> None:
        """That an explanation is needed, in all its parts, and told to the user."""
        assert set(difference) <= {"cases", "aspects", "kind", "reason", "told"}
        wanted = set(difference.get("aspects", {}))
        for pattern in difference["cases"]:
            fits = [self._explained(difference, compare(name)) for name in self._concerned(pattern)]
            assert any(fits), f"nothing differs any more in {pattern!r}"
            wanted -= {aspect.lstrip("0123456789.") for fit in fits for aspect in fit}
        assert wanted == set(), "these aspects differ no more"
        told = " ".join((members.ROOT / "COMPATIBILITY.md").read_text("utf-8").split())
        assert difference["told"] in told
