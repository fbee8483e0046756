"""A path pattern read backwards: from a regular expression to the URLs it matches.

Only what can be said with certainty is reversed: literal text, groups, and a single optional
literal (``/?``), which is left out. A pattern with anything else outside its groups has no one URL.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

_LITERAL_ESCAPES = re.compile(r"[^A-Za-z0-9]").match
_PLAIN_GROUP = re.compile(r"\((?:\?P<(?P<name>\w+)>|(?!\?))").match


class PathTemplate:
    """The pieces of a pattern: ``literals[0] group literals[1] group ...``.

    ``names`` has one entry a group, None for a positional one. ``exact`` is the one path that the
    pattern matches, if there is just one.
    """

    __slots__ = ("exact", "literals", "names")

    def __init__(self, literals: list[str], names: list[str | None], exact: str | None) -> None:
        self.literals = literals
        self.names = names
        self.exact = exact

    @classmethod
    def read(cls, pattern: str) -> PathTemplate | None:
        """The template of ``pattern``, or None if it cannot be reversed."""
        pattern = pattern.removeprefix("^")
        if pattern.endswith("$") and not pattern.endswith("\\$"):
            pattern = pattern[:-1]
        literals, names = [""], []
        certain = True
        at = 0
        while at < len(pattern):
            char = pattern[at]
            if char == "(":
                opened = _PLAIN_GROUP(pattern, at)
                end = _group_end(pattern, at)
                if opened is None or end is None or pattern[end : end + 1] in tuple("*+?{"):
                    return None
                names.append(opened["name"])
                literals.append("")
                at = end
                continue
            if char == "\\":
                at += 1
                char = pattern[at : at + 1]
                if not char or not _LITERAL_ESCAPES(char):
                    return None
            elif char in ".^$*+?{}[]|)":
                return None
            at += 1
            if pattern[at : at + 1] == "?":
                certain = False
                at += 1
                if pattern[at : at + 1] in tuple("?+"):
                    return None
            elif pattern[at : at + 1] in tuple("*+{"):
                return None
            else:
                literals[-1] += char
        return cls(literals, names, literals[0] if certain and not names else None)

    def fill(self, values: list[str]) -> str:
        """The URL with ``values``, escaped already, in place of the groups."""
        pieces = [self.literals[0]]
        for value, literal in zip(values, self.literals[1:], strict=True):
            pieces += [value, literal]
        return "".join(pieces)


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
