"""Whose turn it is: how many exchanges run at once, in all and for each host. No I/O, no clock.

Laws:
1. At most ``most`` run, and at most ``most_per_host`` to one host.
2. Those who wait for one host are served in the order in which they came; the hosts take turns, so
   that a thousand requests to a slow host do not stand before one to another.
3. Who waits can go away at any time, at no cost that depends on how many wait.
"""

from __future__ import annotations

from collections.abc import Hashable
from typing import Generic, TypeVar

Waiter = TypeVar("Waiter", bound=Hashable)


class Turns(Generic[Waiter]):
    """``enter`` asks for a turn, ``leave`` gives one back, ``advance`` says who is next."""

    def __init__(self, most: int, most_per_host: int | None = None) -> None:
        self.most = at_least_one("max_clients", most)
        self.most_per_host = most_per_host
        if most_per_host is not None:
            at_least_one("max_clients_per_host", most_per_host)
        self.running: dict[Waiter, Hashable] = {}
        self.waiting = 0
        self.told = False  # the log, that somebody had to wait
        self._queues: dict[Hashable, dict[Waiter, None]] = {}  # of hosts, the next one first
        self._of_host: dict[Hashable, int] = {}  # running; only if there is a limit per host

    def enter(self, waiter: Waiter, host: Hashable) -> bool:
        """True if it is ``waiter``'s turn now, False if it was put in the queue."""
        if len(self.running) < self.most and not self._full(host):
            self._run(waiter, host)
            return True
        self._queues.setdefault(host, {})[waiter] = None
        self.waiting += 1
        return False

    def leave(self, waiter: Waiter, host: Hashable) -> None:
        """``waiter`` gives its turn back, or goes away from the queue."""
        if self.running.pop(waiter, None) is None:
            queue = self._queues.get(host)
            if queue is not None and waiter in queue:
                self._unqueue(host, queue, waiter)
        elif self.most_per_host is not None:
            left = self._of_host[host] - 1
            if left:
                self._of_host[host] = left
            else:
                del self._of_host[host]

    def advance(self) -> Waiter | None:
        """The next one whose turn it is, now counted as running; None if nobody may run."""
        if not self.waiting or len(self.running) >= self.most:
            return None
        for host, queue in self._queues.items():
            if not self._full(host):
                waiter = next(iter(queue))
                self._unqueue(host, queue, waiter)
                if queue:  # to the end of the round
                    self._queues[host] = self._queues.pop(host)
                self._run(waiter, host)
                return waiter
        return None

    def ahead(self, waiter: Waiter, host: Hashable) -> int:
        """How many of those who wait come before ``waiter``."""
        place = list(self._queues[host]).index(waiter)
        before = True
        count = place
        for other, queue in self._queues.items():
            if other == host:
                before = False
            else:
                count += min(len(queue), place + before)
        return count

    def everybody(self) -> list[Waiter]:
        """Those who run and those who wait."""
        return [*self.running, *(waiter for queue in self._queues.values() for waiter in queue)]

    def _full(self, host: Hashable) -> bool:
        return self.most_per_host is not None and (self._of_host.get(host, 0) >= self.most_per_host)

    def _run(self, waiter: Waiter, host: Hashable) -> None:
        self.running[waiter] = host
        if self.most_per_host is not None:
            self._of_host[host] = self._of_host.get(host, 0) + 1

    def _unqueue(self, host: Hashable, queue: dict[Waiter, None], waiter: Waiter) -> None:
        del queue[waiter]
        self.waiting -= 1
        if not queue:
            del self._queues[host]


def at_least_one(name: str, value: int) -> int:
    """``value``. Raises ValueError for none at all."""
    if value < 1:
        raise ValueError(f"{name} must be at least 1, got {value!r}")
    return value
