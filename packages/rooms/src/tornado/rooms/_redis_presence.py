"""Who is in the rooms of other processes, by way of Redis.

Each process keeps its own people in the hash of the room, publishes changes, and renews a key that
says that it lives. Whoever is in the hash of a process whose key has expired is not there: every
process sees that for itself, so a crashed one needs nobody to clean up behind it.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any

from tornado.rooms._messages import dumps
from tornado.rooms._redis_mirror import Mirror, text_of

if TYPE_CHECKING:
    from tornado.rooms._redis import RedisBus

ALIVE_SECONDS = 15.0
"""A process that has not renewed its key for so long is dead."""
RENEW_SECONDS = 5.0
WHO_SECONDS = 3600.0
"""The hash of a room expires so long after the last process with somebody in it."""


class RedisPresence:
    def __init__(self, bus: RedisBus) -> None:
        self._bus = bus
        self._changed: dict[str, dict[str, None]] = {}
        #: By the clock of the loop. Until ``_patient_until`` a missing key means nothing.
        self._renew_at = 0.0
        self._patient_until = 0.0

    def changed(self, room: str, name: str) -> None:
        """``name`` came to ``room`` in this process, or left it."""
        self._changed.setdefault(room, {})[name] = None

    @property
    def is_behind(self) -> bool:
        return bool(self._changed)

    def seconds_left(self) -> float:
        """Until the key has to be renewed."""
        return max(0.0, self._renew_at - asyncio.get_running_loop().time())

    def begin_anew(self) -> None:
        """Redis may have forgotten our people; and others need time to renew their keys."""
        now = asyncio.get_running_loop().time()
        if self._renew_at:
            self._patient_until = now + ALIVE_SECONDS
        self._renew_at = now
        self._tell_all()

    def _tell_all(self) -> None:
        for room, mirror in self._bus._mirrors.items():
            for name in self._own(mirror):
                self.changed(room, name)

    async def tell(self) -> None:
        """Renews what is due, and tells Redis and the others of changes here."""
        now = asyncio.get_running_loop().time()
        if now >= self._renew_at:
            await self._renew(now)
            self._renew_at = now + RENEW_SECONDS
        if not self._changed:
            return
        changed, self._changed = self._changed, {}
        try:
            pipeline = self._bus._client.pipeline(transaction=False)
            for room, names in changed.items():
                mirror = self._bus._mirrors.get(room)
                own = self._own(mirror) if mirror is not None else {}
                joined = {name: own[name] for name in names if name in own}
                self._write(pipeline, room, joined, [name for name in names if name not in own])
            await self._bus._results(pipeline)
        except BaseException:
            for room, names in changed.items():
                for name in names:
                    self.changed(room, name)
            raise

    def _write(
        self, pipeline: Any, room: str, joined: Mapping[str, Any], left: Iterable[str]
    ) -> None:
        bus = self._bus
        who, left = bus.key(room, "who"), list(left)
        if joined:
            fields = {f"{bus.origin} {name}": dumps(data) for name, data in joined.items()}
            pipeline.hset(who, mapping=fields)
            pipeline.pexpire(who, int(WHO_SECONDS * 1000))
        if left:
            pipeline.hdel(who, *[f"{bus.origin} {name}" for name in left])
        told = {"origin": bus.origin, "joined": joined, "left": left}
        pipeline.publish(bus.channel(room), dumps(told))

    async def _renew(self, now: float) -> None:
        """Says that this process lives, and finds out which others do not."""
        bus = self._bus
        pipeline = bus._client.pipeline(transaction=False)
        pipeline.exists(bus.hub(bus.origin))
        pipeline.set(bus.hub(bus.origin), 1, px=int(ALIVE_SECONDS * 1000))
        for room, mirror in bus._mirrors.items():
            if now - mirror.renewed > WHO_SECONDS / 4 and self._own(mirror):
                mirror.renewed = now
                pipeline.pexpire(bus.key(room, "who"), int(WHO_SECONDS * 1000))
        existed, *_ = await bus._results(pipeline)
        if not existed:
            self._tell_all()  # we were too late, and the others believe that we are dead
        known: set[str] = set()
        for mirror in bus._mirrors.values():
            known.update(mirror.room._roster.origins)
        known.discard(bus.origin)
        dead = known - await self._look_for(known)
        if dead and now >= self._patient_until:
            await self._bury(dead)

    async def _look_for(self, origins: Iterable[str]) -> set[str]:
        """Those of them that live."""
        wanted = list(origins)
        if not wanted:
            return set()
        keys = await self._bus._client.mget([self._bus.hub(origin) for origin in wanted])
        return {origin for origin, key in zip(wanted, keys, strict=True) if key is not None}

    async def _bury(self, dead: set[str]) -> None:
        pipeline = self._bus._client.pipeline(transaction=False)
        for room, mirror in self._bus._mirrors.items():
            roster = mirror.room._roster
            for origin in dead.intersection(roster.origins):
                fields = [f"{origin} {name}" for name in roster.of(origin)]
                pipeline.hdel(self._bus.key(room, "who"), *fields)
                roster.replace(origin, {})
                mirror.room._presence_changed()
        await self._bus._results(pipeline)

    async def fetched(self, who: dict[Mirror, dict[Any, Any]]) -> None:
        """The hashes of rooms were read: whose people are there, if their process lives."""
        found: dict[Mirror, dict[str, dict[str, Any]]] = {}
        origins: set[str] = set()
        for mirror, fields in who.items():
            people = found[mirror] = {}
            for field, data in fields.items():
                origin, _, name = text_of(field).partition(" ")
                people.setdefault(origin, {})[name] = json.loads(data)
            origins.update(people, mirror.room._roster.origins)
        origins.discard(self._bus.origin)
        living = await self._look_for(origins)
        patient = asyncio.get_running_loop().time() < self._patient_until
        dead: dict[Mirror, list[str]] = {}
        for mirror, people in found.items():
            roster = mirror.room._roster
            for origin in origins.intersection([*people, *roster.origins]):
                if origin in living or (patient and origin in people):
                    roster.replace(origin, people.get(origin, {}))
                elif not patient:
                    roster.replace(origin, {})
                    if origin in people:
                        gone = [f"{origin} {name}" for name in people[origin]]
                        dead.setdefault(mirror, []).extend(gone)
            mirror.room._presence_changed()
        if dead:
            pipeline = self._bus._client.pipeline(transaction=False)
            for mirror, gone in dead.items():
                pipeline.hdel(self._bus.key(mirror.room.name, "who"), *gone)
            await self._bus._results(pipeline)

    def heard(self, mirror: Mirror, text: str) -> None:
        """Another process has published a change."""
        told = json.loads(text)
        origin = told["origin"]
        if origin != self._bus.origin:
            mirror.room._roster.update(origin, told["joined"], told["left"])
            mirror.room._presence_changed()

    async def end(self) -> None:
        """This process leaves everywhere."""
        pipeline = self._bus._client.pipeline(transaction=False)
        for room, mirror in self._bus._mirrors.items():
            if own := self._own(mirror):
                self._write(pipeline, room, {}, own)
        pipeline.delete(self._bus.hub(self._bus.origin))
        await self._bus._results(pipeline)

    def _own(self, mirror: Mirror) -> dict[str, Any]:
        return mirror.room._roster.of(self._bus.origin)
