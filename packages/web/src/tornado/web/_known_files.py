"""Files that were sent before and have not changed since: what was found out about them.

Laws:
1. Nothing remembered is used before the file system has said, in this very request, that the file
   is the one it was (modification and change time, size, inode, mode) and that no directory on the
   way to it has become a link. A changed file is seen at once.
2. Only a file that has been left alone for a while is remembered: the clock of a file system is
   coarse, and two changes within one tick look like one.
3. The number of files is bounded, and so are the bytes of contents.
"""

from __future__ import annotations

import os
import stat
import threading
import time
from collections.abc import Hashable
from datetime import datetime

from tornado.web._file_response import OPEN_FLAGS, read_span
from tornado.web._ranges import Span

SETTLED = 2.0
"""Seconds that a file must not have been changed."""

MAX_FILES = 2_000

State = tuple[int, int, int, int, int, int]


def state_of(found: os.stat_result) -> State:
    """What is another for a file that has changed, or is another file."""
    return (
        found.st_mtime_ns,
        found.st_ctime_ns,
        found.st_size,
        found.st_ino,
        found.st_dev,
        found.st_mode,
    )


class KnownFile:
    """A regular file, reached without following a link below its root.

    ``fields``: the header fields that describe it, Content-Length among them. ``content``: its
    bytes, once they have been read and kept.
    """

    __slots__ = ("_directories", "_state", "content", "fields", "modified", "path", "size")

    def __init__(
        self,
        root: str,
        path: str,
        found: os.stat_result,
        fields: dict[str, str],
        modified: datetime | None,
    ) -> None:
        self.path = path
        self.size = found.st_size
        self.fields = fields
        self.modified = modified
        self.content: bytes | None = None
        self._state = state_of(found)
        directories = []
        directory = os.path.dirname(path)
        while len(directory) > len(root):
            directories.append(directory)
            directory = os.path.dirname(directory)
        self._directories = tuple(directories)

    def is_unchanged(self) -> bool:
        """Asks the file system whether all is as it was."""
        try:
            if state_of(os.lstat(self.path)) != self._state:
                return False
            return all(stat.S_ISDIR(os.lstat(each).st_mode) for each in self._directories)
        except OSError:
            return False

    def read(self) -> bytes | None:
        """The bytes of the file; None if it is not what it was a moment ago."""
        try:
            fd = os.open(self.path, OPEN_FLAGS)
        except OSError:
            return None
        try:
            content = read_span(fd, Span(0, self.size))
            same = state_of(os.fstat(fd)) == self._state
        finally:
            os.close(fd)
        return content if same and len(content) == self.size else None


class KnownFiles:
    """The files by key. Safe to use from several threads, each with a loop of its own."""

    def __init__(self) -> None:
        self._files: dict[Hashable, KnownFile] = {}
        self._lock = threading.Lock()
        self._held = 0  # bytes of contents
        self.get = self._files.get

    def add(self, key: Hashable, file: KnownFile) -> None:
        """Remembers ``file``, unless it is too young to be told from what it may become."""
        modified, changed = file._state[:2]
        if time.time() - max(modified, changed) / 1e9 < SETTLED:
            return
        with self._lock:
            self._drop(key)
            while len(self._files) >= MAX_FILES:
                self._drop(next(iter(self._files)))
            self._files[key] = file

    def keep(self, file: KnownFile, content: bytes, limit: int) -> None:
        """Keeps the content of ``file`` too, if all contents together stay below ``limit`` bytes;
        to make room, those kept longest are let go."""
        if len(content) > limit // 4:
            return
        with self._lock:
            if file.content is not None or file not in self._files.values():
                return
            for other in list(self._files.values()):
                if self._held + len(content) <= limit:
                    break
                if other.content is not None:
                    self._held -= len(other.content)
                    other.content = None
            file.content = content
            self._held += len(content)

    def forget(self, key: Hashable) -> None:
        """Forgets one file."""
        with self._lock:
            self._drop(key)

    def clear(self) -> None:
        """Forgets all files."""
        with self._lock:
            self._files.clear()
            self._held = 0

    def _drop(self, key: Hashable) -> None:
        file = self._files.pop(key, None)
        if file is not None and file.content is not None:
            self._held -= len(file.content)
            file.content = None


known_files = KnownFiles()
"""Those of the process."""
