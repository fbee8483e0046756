"""Who is in a room, over all processes. No loop, no network.

A person is a name. The same name may be there several times, in two windows or two processes; it
has joined when it is there first and has left when it is nowhere anymore.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from tornado.rooms._messages import Person


class Roster:
    """The names that each process (``origin``) has, and what has changed since it was last told."""

    def __init__(self) -> None:
        self._where: dict[str, dict[str, Any]] = {}
        self._origins: dict[str, set[str]] = {}
        self._told: dict[str, Any] = {}
        self._touched: dict[str, None] = {}

    @property
    def people(self) -> tuple[Person, ...]:
        """Everybody, in the order they came."""
        return tuple(Person(name, _newest(at)) for name, at in self._where.items())

    @property
    def origins(self) -> list[str]:
        return list(self._origins)

    @property
    def changed(self) -> bool:
        return bool(self._touched)

    def of(self, origin: str) -> dict[str, Any]:
        """The names that ``origin`` has, with their data."""
        return {name: self._where[name][origin] for name in self._origins.get(origin, ())}

    def update(self, origin: str, joined: Mapping[str, Any] = {}, left: Iterable[str] = ()) -> None:
        for name, data in joined.items():
            self._origins.setdefault(origin, set()).add(name)
            at = self._where.setdefault(name, {})
            at.pop(origin, None)
            at[origin] = data
            self._touched[name] = None
        for name in left:
            names = self._origins.get(origin, set())
            if name not in names:
                continue
            names.remove(name)
            if not names:
                del self._origins[origin]
            del self._where[name][origin]
            if not self._where[name]:
                del self._where[name]
            self._touched[name] = None

    def replace(self, origin: str, people: Mapping[str, Any]) -> None:
        """Says that ``origin`` has these and no others."""
        old = self.of(origin)
        self.update(
            origin,
            {name: data for name, data in people.items() if name not in old or old[name] != data},
            [name for name in old if name not in people],
        )

    def changes(self) -> tuple[tuple[Person, ...], tuple[Person, ...]]:
        """Who has joined (or has new data) and who has left since the last call."""
        joined, left = [], []
        for name in self._touched:
            if name not in self._where:
                if name in self._told:
                    left.append(Person(name, self._told.pop(name)))
                continue
            data = _newest(self._where[name])
            if name not in self._told or self._told[name] != data:
                joined.append(Person(name, data))
                self._told[name] = data
        self._touched.clear()
        return tuple(joined), tuple(left)


def _newest(at: dict[str, Any]) -> Any:
    return at[next(reversed(at))]
