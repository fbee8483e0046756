"""Which file and line a line number of a compiled template means.

A function has one file name, and its template may be made of many files. So every inclusion of a
file is a region with a range of line numbers of its own: line 7 of a file whose region begins at
200 is 207 to Python. The first region begins at 0, which makes it right without translation.
"""

from __future__ import annotations

import bisect
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from tornado.template._template import Template


class Region(NamedTuple):
    """One inclusion of a file: by a tag on ``line`` of the region ``via``; None for the first."""

    template: Template
    base: int
    via: Region | None
    line: int


class Place(NamedTuple):
    region: Region
    line: int
    """In the file, from 1."""

    def text(self) -> str:
        """The line itself."""
        lines = self.region.template.source.split("\n")
        return lines[self.line - 1] if self.line <= len(lines) else ""

    def way(self) -> list[Place]:
        """From the first file by its tags to this place, which is the last."""
        places = [self]
        region = self.region
        while region.via is not None:
            places.append(Place(region.via, region.line))
            region = region.via
        return places[::-1]

    def __str__(self) -> str:
        here, *ways = reversed(self.way())
        name = f"{here.region.template.name}:{here.line}"
        if ways:
            name += f" (via {', '.join(f'{p.region.template.name}:{p.line}' for p in ways)})"
        return name


class Sources:
    """The regions of one compiled template."""

    def __init__(self, first: Template) -> None:
        self.filename = first.source_name
        self.regions = [Region(first, 0, None, 0)]
        self._bases = [0]
        self._end = first.file.lines

    def add(self, template: Template, via: Region, line: int) -> Region:
        region = Region(template, self._end, via, line)
        self.regions.append(region)
        self._bases.append(region.base)
        self._end += template.file.lines
        return region

    def described(self) -> list[tuple[str, int, int, int]]:
        """The regions in simple values; a region is named by its place in the list, none is -1."""
        return [
            (one.template.name, one.base, self.regions.index(one.via) if one.via else -1, one.line)
            for one in self.regions
        ]

    @classmethod
    def restored(
        cls, filename: str, regions: list[tuple[str, int, int, int]], known: dict[str, Template]
    ) -> Sources:
        """What was ``described``, with the templates that are ``known`` by their names."""
        sources = cls.__new__(cls)
        sources.filename = filename
        sources.regions = []
        for name, base, via, line in regions:
            origin = sources.regions[via] if via >= 0 else None
            sources.regions.append(Region(known[name], base, origin, line))
        sources._bases = [region.base for region in sources.regions]
        sources._end = 0  # it does not grow
        return sources

    def place(self, line: int) -> Place:
        region = self.regions[bisect.bisect_left(self._bases, line) - 1]
        return Place(region, line - region.base)
