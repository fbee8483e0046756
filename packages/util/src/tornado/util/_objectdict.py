"""ObjectDict: a dictionary whose keys read as attributes."""

from __future__ import annotations

from typing import Any


class ObjectDict(dict[str, Any]):
    """A ``dict`` whose string keys can be read, set and deleted as attributes too.

    Reading or deleting a key that is not there raises `AttributeError` when done as an attribute
    and `KeyError` when done as an item. The methods of ``dict`` win over keys of the same name.
    """

    def __getattr__(self, key: str) -> Any:
        if key in self:
            return self[key]
        raise self._missing(key)

    def __setattr__(self, key: str, value: Any) -> None:
        self[key] = value

    def __delattr__(self, key: str) -> None:
        if key not in self:
            raise self._missing(key)
        del self[key]

    def _missing(self, key: str) -> AttributeError:
        return AttributeError(f"this {type(self).__name__} has no key {key!r}")
