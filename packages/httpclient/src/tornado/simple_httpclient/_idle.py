"""Connections between two requests. No I/O, no clock: they are only closed.

Laws:
1. A connection is given out for a route that is equal in every part to its own, and to one user.
2. The freshest of a route goes first: it is the least likely to have been closed by the server,
   and the others get the chance to become too old.
3. At most ``most`` wait; when there is one more, the oldest is closed. Who has waited ``timeout``
   seconds is closed.
"""

from __future__ import annotations

from collections.abc import Hashable
from typing import Generic, Protocol, TypeVar


class Closeable(Protocol):
    @property
    def route(self) -> Hashable:
        """What it is good for."""

    def close(self) -> None:
        """Closes the connection."""


Connection = TypeVar("Connection", bound=Closeable)


class Idle(Generic[Connection]):
    """``put`` when a connection has become free, ``take`` to use it."""

    def __init__(self, most: int, timeout: float) -> None:
        self.most = most
        self.timeout = timeout
        self._since: dict[Connection, float] = {}  # all of them, the oldest first
        self._of_route: dict[Hashable, dict[Connection, None]] = {}

    def __len__(self) -> int:
        return len(self._since)

    def put(self, connection: Connection, now: float) -> None:
        """``connection`` is free, for others on its route."""
        self._since[connection] = now
        self._of_route.setdefault(connection.route, {})[connection] = None
        if len(self._since) > self.most:
            oldest = next(iter(self._since))
            self.drop(oldest)
            oldest.close()

    def take(self, route: Hashable) -> Connection | None:
        """The freshest connection of ``route``, which is its taker's from now on."""
        of_route = self._of_route.get(route)
        if of_route is None:
            return None
        connection, _ = of_route.popitem()
        del self._since[connection]
        if not of_route:
            del self._of_route[route]
        return connection

    def drop(self, connection: Connection) -> None:
        """``connection`` is not to be given out: it has closed, or will be."""
        if self._since.pop(connection, None) is not None:
            of_route = self._of_route[connection.route]
            del of_route[connection]
            if not of_route:
                del self._of_route[connection.route]

    def expire(self, now: float) -> float | None:
        """Closes those who have waited too long; when to come again, None if nobody is left."""
        while self._since:
            connection, since = next(iter(self._since.items()))
            if since + self.timeout > now:
                return since + self.timeout
            self.drop(connection)
            connection.close()
        return None

    def close(self) -> None:
        """Closes all."""
        while self._since:
            connection = next(iter(self._since))
            self.drop(connection)
            connection.close()
