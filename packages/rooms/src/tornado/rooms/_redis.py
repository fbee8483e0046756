"""Rooms that several processes share through Redis.

Laws:
1. Redis's stream of a room is the record; what is published only saves looking there. Whenever a
   subscription begins, or an entry does not follow the last one, the record is read from there on.
2. One worker says, fetches and renews, in rounds; one listener takes what is published. Any failure
   of Redis ends the round, and after a pause the next one does again what was not confirmed.
   Everything they do may be done twice without a difference.
3. Messages of this process leave in the order in which they were said. After a failure the newest
   that Redis had confirmed are said once more: it knows those that it has, and takes back those
   that it lost.
"""

from __future__ import annotations

import asyncio
import logging
import random
from asyncio import Future
from collections import deque
from collections.abc import Iterator
from contextlib import suppress
from itertools import islice
from typing import TYPE_CHECKING, Any

from tornado.ioloop import IOLoop
from tornado.rooms._bus import Bus
from tornado.rooms._errors import RoomsBusyError, RoomsClosedError
from tornado.rooms._messages import NOTHING, Message
from tornado.rooms._redis_mirror import Entry, Mirror, body, text_of
from tornado.rooms._redis_presence import RedisPresence
from tornado.rooms._redis_script import SAY, SHA
from tornado.rooms._room import Room

if TYPE_CHECKING:
    from tornado.rooms._rooms import Rooms

SAID_AT_ONCE = 128
FETCHED_AT_ONCE = 64
SAID_AGAIN = 256
"""So many confirmed messages can be said again, if they are not older than SAID_AGAIN_SECONDS."""
SAID_AGAIN_SECONDS = 60.0
SILENCE_SECONDS = 5.0
"""After so long without a word from Redis it is asked for one, and given as long again."""
CLOSE_SECONDS = 3.0
FIRST_PAUSE, LONGEST_PAUSE = 0.05, 2.0

gen_log = logging.getLogger("tornado.general")
app_log = logging.getLogger("tornado.application")


class Draft:
    """A message on its way: ``id`` is empty until Redis has confirmed it, at ``time``."""

    __slots__ = ("body", "id", "number", "room", "said", "time")

    def __init__(self, room: str, number: int, body: str) -> None:
        self.room = room
        self.number = number
        self.body = body
        self.id = ""
        self.time = 0.0
        self.said: Future[Message] | None = asyncio.get_running_loop().create_future()


class RedisBus(Bus):
    def __init__(self, rooms: Rooms, server: Any, prefix: str) -> None:
        self._rooms = rooms
        self._prefix = prefix
        self._own = isinstance(server, str)
        # Two, so that each of worker and listener has a connection that nobody else takes.
        self._client, self._errors = _client(server)
        self._listening_client = _client(server)[0]
        database = self._client.connection_pool.connection_kwargs.get("db") or 0
        # Channels, unlike keys, are common to all databases of a Redis.
        self._channels = f"{prefix}{database}:"
        self._mirrors: dict[str, Mirror] = {}
        self._presence = RedisPresence(self)
        self._queue: deque[Draft] = deque()
        self._again: deque[Draft] = deque()
        self._confirmed: deque[Draft] = deque(maxlen=SAID_AGAIN)
        self._number = 0
        self._stale: dict[Mirror, None] = {}
        self._asked: dict[str, Mirror] = {}
        self._pubsub: Any = None
        self._doubtful = True
        self._away_since: float | None = None
        self._tasks: list[asyncio.Task[None]] = []
        self._work_is_there = asyncio.Event()

    @property
    def origin(self) -> str:
        return self._rooms._origin

    # -- what rooms ask for

    def send(self, room: Room, text: str, sender: str | None, key: str | None) -> Future[Message]:
        if len(self._queue) >= self._rooms.queue:
            raise RoomsBusyError(
                f"{self._rooms.queue} messages wait for Redis already: Rooms(queue=...) sets how "
                "many may"
            )
        self._number += 1
        draft = Draft(room.name, self._number, body(text, sender, key))
        self._queue.append(draft)
        self._work()
        assert draft.said is not None
        return draft.said

    def open(self, room: Room) -> None:
        mirror = self._mirrors.get(room.name)
        if mirror is None:
            mirror = self._mirrors[room.name] = Mirror(room)
            self._work()
        mirror.used = asyncio.get_running_loop().time()

    def rest(self, room: Room) -> None:
        mirror = self._mirrors.get(room.name)
        if mirror is not None and mirror.closing is None:
            mirror.used = asyncio.get_running_loop().time()
            self._close_later(mirror)

    def presence(self, room: Room, name: str) -> None:
        self._presence.changed(room.name, name)
        self._work()

    async def close(self) -> None:
        # A client that is just connecting may swallow a cancellation.
        while running := [task for task in self._tasks if not task.done()]:
            for task in running:
                task.cancel()
            await asyncio.wait(running, timeout=0.1)
        with suppress(Exception):  # whatever it is, nobody can do anything about it anymore
            async with asyncio.timeout(CLOSE_SECONDS):
                while self._queue and self._tasks:
                    await self._prepare()
                    await self._say()
                if self._tasks:
                    await self._presence.end()
        for draft in self._queue:
            _fail(draft, RoomsClosedError("closed before Redis could take the message"))
        self._queue.clear()
        if self._own:
            for client in (self._client, self._listening_client):
                with suppress(Exception):
                    await client.aclose(close_connection_pool=True)

    # -- names

    def key(self, room: str, what: str) -> str:
        return f"{self._prefix}{room}:{what}"

    def hub(self, origin: str) -> str:
        return f"{self._prefix}:hub:{origin}"

    def channel(self, room: str) -> str:
        return self._channels + room

    # -- the rounds of the worker

    def _work(self) -> None:
        """There is something to do."""
        self._work_is_there.set()
        if not self._tasks:
            loop = asyncio.get_running_loop()
            self._tasks = [loop.create_task(self._worker()), loop.create_task(self._listener())]

    async def _worker(self) -> None:
        pause = FIRST_PAUSE
        while True:
            with suppress(TimeoutError):
                async with asyncio.timeout(self._presence.seconds_left()):
                    await self._work_is_there.wait()
            self._work_is_there.clear()
            try:
                await self._round()
            except self._errors as error:
                self._lost(error)
                await asyncio.sleep(pause * random.uniform(0.5, 1.5))
                pause = min(2 * pause, LONGEST_PAUSE)
                self._work_is_there.set()
            except Exception:
                app_log.exception("Rooms cannot do their work in Redis")
                await asyncio.sleep(LONGEST_PAUSE)
            else:
                pause = FIRST_PAUSE
                self._found()

    async def _round(self) -> None:
        await self._prepare()
        await self._subscribe()
        await self._say()
        await self._fetch()
        await self._presence.tell()
        if self._again or self._queue or self._stale or self._presence.is_behind:
            self._work_is_there.set()

    def _lost(self, error: BaseException) -> None:
        self._doubtful = True
        if self._away_since is None:
            self._away_since = asyncio.get_running_loop().time()
            gen_log.warning(
                "Rooms have lost Redis, messages wait until it is back: %s: %s",
                type(error).__name__,
                error,
            )

    def _found(self) -> None:
        if self._away_since is not None and self._pubsub is not None:
            seconds = asyncio.get_running_loop().time() - self._away_since
            self._away_since = None
            gen_log.info("Rooms have Redis back after %.1f s", seconds)

    async def _prepare(self) -> None:
        """Begins anew with a Redis that may have forgotten things."""
        if not self._doubtful:
            return
        self._doubtful = False
        try:
            if self._own:  # a connection from before the loss is no good
                await self._client.connection_pool.disconnect()
            await self._client.script_load(SAY)
        except BaseException:
            self._doubtful = True
            raise
        oldest = asyncio.get_running_loop().time() - SAID_AGAIN_SECONDS
        self._again = deque(draft for draft in self._confirmed if draft.time >= oldest)
        self._presence.begin_anew()

    async def _say(self) -> None:
        drafts = self._again or self._queue
        batch = list(islice(drafts, SAID_AT_ONCE))
        if not batch:
            return
        rooms: dict[str, list[Draft]] = {}
        for draft in batch:
            rooms.setdefault(draft.room, []).append(draft)
        pipeline = self._client.pipeline(transaction=False)
        for room, of_room in rooms.items():
            pipeline.evalsha(SHA, 2, *self._arguments(room, of_room))
        results = await self._results(pipeline)
        for of_room, ids in zip(rooms.values(), results, strict=True):
            if isinstance(ids, Exception):
                for draft in of_room:
                    _fail(draft, ids)
                continue
            for draft, id in zip(of_room, ids, strict=True):
                self._confirm(draft, text_of(id))
        for _ in batch:
            drafts.popleft()

    def _arguments(self, room: str, drafts: list[Draft]) -> list[Any]:
        mirror = self._mirrors.get(room)
        arguments: list[Any] = [
            self.key(room, "log"),
            self.key(room, f"from:{self.origin}"),
            self.channel(room),
            self.origin,
            self._rooms._limits.kept,
            int(self._rooms._limits.seconds * 1000),
            mirror.last if mirror is not None else NOTHING,
        ]
        for draft in drafts:
            arguments += (draft.number, draft.id, draft.body)
        return arguments

    def _confirm(self, draft: Draft, id: str) -> None:
        if draft.said is None:  # said again
            return
        draft.id = id
        draft.time = asyncio.get_running_loop().time()
        self._confirmed.append(draft)
        if not draft.said.done():
            entry = Entry(id, NOTHING, self.origin, draft.number, draft.body)
            draft.said.set_result(entry.message())
        draft.said = None

    async def _fetch(self) -> None:
        """Reads what is missing from the record."""
        mirrors = list(islice(self._stale, FETCHED_AT_ONCE))
        if not mirrors:
            return
        pipeline = self._client.pipeline(transaction=False)
        for mirror in mirrors:
            log = self.key(mirror.room.name, "log")
            if mirror.loaded:
                pipeline.xrange(log, f"({mirror.last}", "+")
            else:
                pipeline.xrevrange(log, "+", "-", count=self._rooms._limits.kept)
            pipeline.hgetall(self.key(mirror.room.name, "who"))
        # What becomes stale from here on is fetched again in the next round.
        for mirror in mirrors:
            del self._stale[mirror]
            mirror.fetching = True
        try:
            await self._fetched(mirrors, iter(await self._results(pipeline)))
        except BaseException:
            self._stale.update(dict.fromkeys(mirrors))
            raise
        finally:
            for mirror in mirrors:
                mirror.fetching = False

    async def _fetched(self, mirrors: list[Mirror], results: Iterator[Any]) -> None:
        who = {}
        for mirror in mirrors:
            kept, people = next(results), next(results)
            if isinstance(kept, Exception) or isinstance(people, Exception):
                app_log.error("The room %r is not readable in Redis: %s", mirror.room.name, kept)
                continue
            if self._mirrors.get(mirror.room.name) is mirror:
                entries = [Entry.kept(*entry) for entry in kept]
                mirror.fetched(entries if mirror.loaded else entries[::-1])
                who[mirror] = people
        await self._presence.fetched(who)

    async def _results(self, pipeline: Any) -> list[Any]:
        """The answers to a pipeline. What would fail again is among them, other errors raise."""
        results: list[Any] = await pipeline.execute(raise_on_error=False)
        for result in results:
            if isinstance(result, Exception) and "WRONGTYPE" not in str(result):
                raise result
        return results

    # -- the listener

    async def _listener(self) -> None:
        pause = FIRST_PAUSE
        while True:
            began = asyncio.get_running_loop().time()
            try:
                await self._listen()
            except self._errors as error:
                self._lost(error)
            except Exception:
                app_log.exception("Rooms do not understand what Redis tells")
            if asyncio.get_running_loop().time() - began > LONGEST_PAUSE:
                pause = FIRST_PAUSE
            await asyncio.sleep(pause * random.uniform(0.5, 1.5))
            pause = min(2 * pause, LONGEST_PAUSE)

    async def _listen(self) -> None:
        """One connection that is told, for as long as it lives."""
        pubsub = self._listening_client.pubsub()
        try:
            self._asked = dict(self._mirrors)
            channels = [self.channel(room) for room in self._asked]
            # Its own channel is silent; it keeps the connection where there is no room.
            await pubsub.subscribe(self.channel(f":{self.origin}"), *channels)
            self._pubsub = pubsub
            self._work_is_there.set()
            asked = False
            while True:
                said = await pubsub.get_message(timeout=SILENCE_SECONDS)
                if said is not None:
                    asked = False
                    self._heard(said)
                elif asked:
                    raise ConnectionError("Redis has not answered a ping")
                else:
                    asked = True
                    await pubsub.ping()
        finally:
            self._pubsub = None
            for mirror in self._mirrors.values():
                mirror.subscribed = False
            with suppress(*self._errors):
                await pubsub.aclose()

    def _heard(self, said: dict[str, Any]) -> None:
        kind = said["type"]
        if kind not in ("message", "subscribe"):
            return
        mirror = self._mirrors.get(text_of(said["channel"])[len(self._channels) :])
        if mirror is None:
            return
        if kind == "subscribe":
            # Once more: the client has connected again without a word.
            self._doubtful = self._doubtful or mirror.subscribed
            mirror.subscribed = True
        else:
            text = text_of(said["data"])
            if text.startswith("{"):
                self._presence.heard(mirror, text)
                if not mirror.fetching:
                    return
                # What is being fetched may be older than this.
            elif mirror.hear(Entry.published(text)):
                return
        self._stale[mirror] = None
        self._work_is_there.set()

    async def _subscribe(self) -> None:
        """Tells Redis which rooms are of interest now."""
        pubsub = self._pubsub
        if pubsub is None:
            return
        asked, mirrors = self._asked, self._mirrors
        new = {room: mirror for room, mirror in mirrors.items() if asked.get(room) is not mirror}
        old = [room for room in asked if room not in mirrors]
        if new:
            asked.update(new)
            await pubsub.subscribe(*map(self.channel, new))
        if old:
            for room in old:
                del asked[room]
            await pubsub.unsubscribe(*map(self.channel, old))

    # -- rooms that nobody is in

    def _close_later(self, mirror: Mirror) -> None:
        wait = max(self._rooms.linger, 1.0)
        mirror.closing = IOLoop.current().call_later(wait, self._close_room, mirror)

    def _close_room(self, mirror: Mirror) -> None:
        mirror.closing = None
        room = mirror.room
        idle = asyncio.get_running_loop().time() - mirror.used
        if room.size or room._lingering or self._rooms._closed:
            return
        if idle < 0.9 * max(self._rooms.linger, 1.0):
            self._close_later(mirror)
            return
        del self._mirrors[room.name]
        self._stale.pop(mirror, None)
        room._forget_all()
        self._rooms._let_go(room)
        self._work()


def _fail(draft: Draft, error: Exception) -> None:
    if draft.said is not None and not draft.said.done():
        draft.said.set_exception(error)
        draft.said.exception()  # whoever awaits it hears of it; nobody has to
        draft.said = None


def _client(server: Any) -> tuple[Any, tuple[type[BaseException], ...]]:
    """The client, and the errors that mean that Redis is away."""
    try:
        # Whether it is there when types are checked is unknown: both ignores are needed.
        import redis.asyncio  # type: ignore[import-not-found, unused-ignore]
        from redis.asyncio.retry import Retry  # type: ignore[import-not-found, unused-ignore]
        from redis.backoff import NoBackoff  # type: ignore[import-not-found, unused-ignore]
    except ImportError:
        raise ImportError(
            "rooms in Redis need the package redis: pip install tornado-rooms[redis]"
        ) from None
    errors = (redis.RedisError, OSError, TimeoutError)
    if not isinstance(server, str):
        return server, errors
    # The worker repeats what failed, and has to know of it.
    client = redis.asyncio.from_url(
        server, retry=Retry(NoBackoff(), 0), socket_connect_timeout=5, socket_timeout=5
    )
    return client, errors
