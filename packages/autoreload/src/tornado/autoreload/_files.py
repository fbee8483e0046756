"""Which files matter, and which of them have changed.

Laws:
1. The files of all imported modules matter, and those that `watch` names.
2. What a file is like is remembered when it is first seen; a change is a difference from that.
   A file that vanishes has not changed: editors replace files by renaming.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from types import ModuleType

_watched: set[str] = set()

#: What tells one content of a file from another without reading it.
Look = tuple[int, int]


def watch(filename: str | os.PathLike[str]) -> None:
    """Restart when this file changes too: a template, a configuration file.

    It may not exist yet. Imported modules are watched without asking.
    """
    _watched.add(os.path.abspath(os.fspath(filename)))


def files_that_matter() -> Iterator[str]:
    """The paths of the files of all modules, and of those watched by name."""
    for module in list(sys.modules.values()):
        # Some programs put objects there that answer to any attribute.
        if isinstance(module, ModuleType):
            path = vars(module).get("__file__")
            if isinstance(path, str):
                if path.endswith((".pyc", ".pyo")):
                    path = path[:-1]
                yield path
    yield from list(_watched)


class Snapshot:
    """What the files were like when they were first seen."""

    def __init__(self) -> None:
        self._looks: dict[str, Look] = {}
        self.changed()

    def changed(self) -> list[str]:
        """The files that have changed since this was called before. New ones have not."""
        changes = []
        for path in files_that_matter():
            try:
                status = os.stat(path)
            except (OSError, ValueError):
                continue
            look = (status.st_mtime_ns, status.st_size)
            if self._looks.setdefault(path, look) != look:
                self._looks[path] = look
                changes.append(path)
        return changes

    def directories(self) -> frozenset[str]:
        """The folders of all files seen."""
        return frozenset(os.path.dirname(os.path.abspath(path)) for path in self._looks)
