"""A path pattern read backwards: from a regular expression to the URLs it matches.

Only what can be said with certainty is reversed: literal text, groups that capture, sections in
``(?:...)``, and ``?`` behind any of these. What is optional is left out unless a value is given for
a group in it. A pattern with anything else outside its groups has no one URL.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import NamedTuple

_LITERAL_ESCAPES = re.compile(r"[^A-Za-z0-9]").match
_PLAIN_GROUP = re.compile(r"\((?:\?P<(?P<name>\w+)>|(?!\?))").match


class Group(NamedTuple):
    """Where a value goes: the ``number``-th, from 0."""

    number: int
    optional: bool


class Section(NamedTuple):
    """A part that is there or not, as a whole."""

    parts: list[str | Group | Section]

    def groups(self) -> Iterator[Group]:
        """All groups in it, those of its sections too."""
        for part in self.parts:
            if isinstance(part, Group):
                yield part
            elif isinstance(part, Section):
                yield from part.groups()


class PathTemplate:
    """The parts of a pattern, in order.

    ``names`` has one entry a group, None for a positional one. ``exact`` is the one path that the
    pattern matches, if there is just one.
    """

    __slots__ = ("_pattern", "_whole", "exact", "names")

    def __init__(
        self, pattern: str, whole: Section, names: list[str | None], exact: str | None
    ) -> None:
        self._pattern = pattern
        self._whole = whole
        self.names = names
        self.exact = exact

    @classmethod
    def read(cls, pattern: str) -> PathTemplate | None:
        """The template of ``pattern``, or None if it cannot be reversed."""
        path = pattern.removeprefix("^")
        if path.endswith("$") and not path.endswith("\\$"):
            path = path[:-1]
        reader = _Reader(path)
        try:
            whole = reader.section()
            if reader.at != len(path):
                return None
        except _NoOneUrl:
            return None
        exact = None
        if reader.certain and not reader.names:
            exact = "".join(part for part in whole.parts if isinstance(part, str))
        return cls(pattern, whole, reader.names, exact)

    def fill(self, values: Sequence[str | None], named: Mapping[str, str | None]) -> str:
        """The URL with ``values``, escaped already, in place of the groups: in their order, and by
        name. None, or nothing, leaves out an optional group. ValueError if they do not fit."""
        placed: list[str | None] = [None] * len(self.names)
        fitting = len(values) <= len(self.names)
        if fitting:
            placed[: len(values)] = values
            for name, value in named.items():
                if name not in self.names:
                    raise ValueError(self._no_such_name(name))
                index = self.names.index(name)
                if index < len(values):
                    raise ValueError(
                        f"route {self._pattern!r}: {name!r} is given twice, by position and by name"
                    )
                placed[index] = value
            filled = _filled(self._whole, placed)
            if filled is not None:
                return filled
        least = sum(not optional for optional in self._optional())
        most = len(self.names)
        count = str(most) if least == most else f"{least} to {most}"
        got = sum(value is not None for value in (*values, *named.values()))
        names = ", ".join(name for name in self.names if name is not None)
        raise ValueError(
            f"route {self._pattern!r} takes {count} arguments{f' ({names})' if names else ''}, "
            f"got {got}"
        )

    def form(self) -> str | None:
        """The pattern with ``%s`` for its groups, as ``%`` takes it; None if a group or a
        section can be left out. Without groups it is the path itself."""
        if any(self._optional()):
            return None
        if any(isinstance(part, Section) for part in self._whole.parts):
            return None
        percent = "%%" if self.names else "%"
        return "".join(
            part.replace("%", percent) if isinstance(part, str) else "%s"
            for part in self._whole.parts
        )

    def _no_such_name(self, name: str) -> str:
        names = ", ".join(known for known in self.names if known is not None)
        takes = f"takes {names}" if names else "takes its arguments by position"
        return f"route {self._pattern!r} {takes}, got the name {name!r}"

    def _optional(self) -> Iterator[bool]:
        for part in self._whole.parts:
            if isinstance(part, Group):
                yield part.optional
            elif isinstance(part, Section):
                yield from (True for _ in part.groups())


def _filled(section: Section, values: Sequence[str | None]) -> str | None:
    """The text of a section; None if a value that it needs is missing."""
    pieces = []
    for part in section.parts:
        if isinstance(part, str):
            pieces.append(part)
        elif isinstance(part, Group):
            value = values[part.number]
            if value is not None:
                pieces.append(value)
            elif not part.optional:
                return None
        elif any(values[group.number] is not None for group in part.groups()):
            text = _filled(part, values)
            if text is None:
                return None
            pieces.append(text)
    return "".join(pieces)


class _NoOneUrl(Exception):
    """The pattern holds something that cannot be reversed."""


class _Reader:
    """Goes through a pattern once. ``certain``: nothing optional has been met."""

    def __init__(self, pattern: str) -> None:
        self.pattern = pattern
        self.at = 0
        self.names: list[str | None] = []
        self.certain = True

    def section(self) -> Section:
        """Reads up to the end, or to the parenthesis that closes this section."""
        parts: list[str | Group | Section] = []
        while self.at < len(self.pattern) and self.pattern[self.at] != ")":
            if self.pattern.startswith("(?:", self.at):
                self.at += 3
                inner = self.section()
                if not self.pattern.startswith(")", self.at):
                    raise _NoOneUrl
                self.at += 1
                if self._is_optional():
                    parts.append(inner)
                else:
                    parts += inner.parts
            elif self.pattern[self.at] == "(":
                parts.append(self._group())
            else:
                char = self._literal()
                if not self._is_optional():
                    parts.append(char)
        return Section(parts)

    def _group(self) -> Group:
        opened = _PLAIN_GROUP(self.pattern, self.at)
        end = _group_end(self.pattern, self.at)
        if opened is None or end is None:
            raise _NoOneUrl
        self.at = end
        self.names.append(opened["name"])
        return Group(len(self.names) - 1, self._is_optional())

    def _literal(self) -> str:
        char = self.pattern[self.at]
        if char == "\\":
            self.at += 1
            char = self.pattern[self.at : self.at + 1]
            if not char or not _LITERAL_ESCAPES(char):
                raise _NoOneUrl
        elif char in ".^$*+?{}[]|":
            raise _NoOneUrl
        self.at += 1
        return char

    def _is_optional(self) -> bool:
        """Whether a question mark follows, which is then behind us; no other repetition may."""
        following = self.pattern[self.at : self.at + 2]
        if following[:1] in ("*", "+", "{"):
            raise _NoOneUrl
        if following[:1] != "?":
            return False
        if following[1:] in ("?", "+"):
            raise _NoOneUrl
        self.at += 1
        self.certain = False
        return True


def _group_end(pattern: str, start: int) -> int | None:
    """The index after the parenthesis that closes the one at ``start``."""
    depth = 0
    for at, char in _structure(pattern, start):
        if char == "(":
            depth += 1
        elif char == ")":
            depth -= 1
            if depth == 0:
                return at + 1
    return None


def _structure(pattern: str, at: int) -> Iterator[tuple[int, str]]:
    """The characters that stand for themselves neither by a backslash nor inside a class."""
    inside = False
    while at < len(pattern):
        char = pattern[at]
        if char == "\\":
            at += 2
            continue
        if inside:
            inside = char != "]"
        elif char == "[":
            inside = True
            # A bracket that comes first is a member of the class.
            at += 1 + (pattern[at + 1 : at + 2] == "^")
            if pattern[at : at + 1] == "]":
                at += 1
            continue
        else:
            yield at, char
        at += 1
