"""A folder of uploaded files, and files that are on their way into it.

A file appears under its name at once, when it is complete. Until then it is ``.something.part``,
which goes when its upload fails. Names are of one folder: letters, digits, ``.``, ``-`` and ``_``,
the first no dot.
"""

from __future__ import annotations

import asyncio
import os
import re
import secrets
from collections.abc import Callable
from pathlib import Path, PurePosixPath, PureWindowsPath

NAME = r"[A-Za-z0-9_-][A-Za-z0-9._-]{0,99}"


def safe_name(theirs: str) -> str:
    """A name for what a client calls ``theirs``: ``C:\\\\My Files\\\\A b.txt`` is ``A_b.txt``."""
    name = PureWindowsPath(PurePosixPath(theirs).name).name
    return re.sub(r"[^A-Za-z0-9._-]", "_", name).lstrip(".")[-100:] or "unnamed"


class Store:
    def __init__(self, folder: Path) -> None:
        self.folder = folder
        folder.mkdir(parents=True, exist_ok=True)

    def path(self, name: str) -> Path:
        if not re.fullmatch(NAME, name):
            raise ValueError(f"not the name of a file here: {name!r}")
        return self.folder / name

    def files(self) -> list[tuple[str, int]]:
        """Names and sizes in bytes, in order of the names."""
        found = (path for path in self.folder.iterdir() if not path.name.startswith("."))
        return sorted((path.name, path.stat().st_size) for path in found)

    def receive(self, name: str, tell: Callable[[int], None]) -> Upload:
        """Begins an upload; ``tell(size)`` is called with how much of it there is."""
        return Upload(self.path(name), tell)


class Upload:
    """A file that is arriving: ``await write(chunk)`` for each piece, ``keep()`` at the end.

    ``drop()``, at any time before, leaves nothing of it; after ``keep()`` it does nothing.
    """

    def __init__(self, path: Path, tell: Callable[[int], None]) -> None:
        self.path = path
        self.size = 0
        self._tell = tell
        self._part = path.with_name(f".{secrets.token_hex(8)}.part")
        self._file = self._part.open("wb")
        self._writing = False

    async def write(self, chunk: bytes) -> None:
        """Writes in a thread: a slow disk holds up this upload and no other."""
        self._writing = True
        try:
            await asyncio.to_thread(self._file.write, chunk)
        finally:
            self._writing = False
            if not self._part.exists():  # dropped meanwhile
                self._file.close()
        self.size += len(chunk)
        self._tell(self.size)

    def keep(self) -> None:
        self._file.close()
        os.replace(self._part, self.path)

    def drop(self) -> None:
        self._part.unlink(missing_ok=True)
        if not self._writing:
            self._file.close()
