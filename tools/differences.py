"""Differences between the published Tornado and this repository, and the file that explains them.

Each ``[[difference]]`` of such a file has

* ``cases``: names of cases, or names of their groups, or ``*`` for any
* ``aspects``: what differs, each with two regular expressions: theirs, and ours. And, or,
  ``kind``: a set of such aspects that is there under ``[kinds]``
* ``reason``, and ``told``: words of COMPATIBILITY.md that tell it to the user

What differs and is not explained fails; an explanation that explains nothing fails too.
"""

from __future__ import annotations

import functools
import itertools
import json
import re
import subprocess
import sys
import tomllib
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
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


def combinations(
    name: str, axes: Mapping[str, Sequence[Any]]
) -> Iterator[tuple[str, tuple[Any, ...]]]:
    """Every combination of one from each of ``axes``, under ``name`` and what is special to it."""
    for combination in itertools.product(*axes.values()):
        several = zip(axes.values(), combination, strict=True)
        parts = [
            part if isinstance(part, str) else json.dumps(part, ensure_ascii=False)
            for axis, part in several
            if len(axis) > 1
        ]
        yield (": ".join([name, ", ".join(parts)]) if parts else name), combination


def between_runs(
    published: Path,
    program: Path,
    cases: Mapping[str, Any],
    aspects: Callable[[Any], Mapping[str, str]],
) -> Callable[[str], Found]:
    """``compare(name)``: how the case differs between a run of ``program`` by the interpreter
    ``published`` and one by this one.

    The program takes the cases from its standard input, as a JSON list, and prints what it has
    observed: a JSON object by the names of the cases, of which ``aspects`` makes text.
    """
    told = json.dumps(list(cases.values()))
    seen = []
    for interpreter in (published, sys.executable):
        command = [interpreter, program]
        done = subprocess.run(command, input=told, capture_output=True, text=True, timeout=120)
        assert done.returncode == 0, done.stderr
        seen.append(json.loads(done.stdout))

    @functools.cache
    def compare(name: str) -> Found:
        theirs, ours = (aspects(results[name]) for results in seen)
        return between(theirs, ours)

    return compare


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
