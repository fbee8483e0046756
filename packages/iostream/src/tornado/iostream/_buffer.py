"""The bytes that have arrived and nobody has read.

Laws:
1. Consuming is linear over the life of the stream: taking from the front moves nothing. (CPython's
   bytearray deletes from its front by moving its start, and gives memory back at half use.)
2. No view of the data outlives a method, so that the bytearray can always be resized.
3. Positions are offsets from the first byte not yet taken.
"""

from __future__ import annotations

import re

# Below this many bytes two small copies are cheaper than making and releasing a view.
_VIEW_FROM = 4096


class ReadBuffer:
    """A queue of bytes: appended in chunks, searched, taken from the front."""

    __slots__ = ("_data",)

    def __init__(self) -> None:
        self._data = bytearray()

    def __len__(self) -> int:
        return len(self._data)

    def append(self, data: bytes) -> None:
        self._data += data

    def put_back(self, data: bytes) -> None:
        """Make ``data`` the first bytes to be taken."""
        self._data[:0] = data

    def find(self, delimiter: bytes, start: int) -> int:
        return self._data.find(delimiter, start)

    def search(self, pattern: re.Pattern[bytes]) -> int | None:
        """Where the first match of ``pattern`` ends, or None."""
        match = pattern.search(self._data)
        return None if match is None else match.end()

    def take(self, count: int) -> bytes:
        """Remove and return the first ``count`` bytes (all, when there are fewer)."""
        data = self._data
        if count >= len(data):
            taken = bytes(data)
            data.clear()
            return taken
        if count < _VIEW_FROM:
            taken = bytes(data[:count])
        else:
            with memoryview(data) as view, view[:count] as part:
                taken = bytes(part)
        del data[:count]
        return taken

    def take_into(self, target: memoryview) -> int:
        """Move bytes from the front into ``target``; how many were moved."""
        data = self._data
        count = min(len(data), len(target))
        with memoryview(data) as view, view[:count] as part:
            target[:count] = part
        del data[:count]
        return count

    def clear(self) -> None:
        self._data.clear()
