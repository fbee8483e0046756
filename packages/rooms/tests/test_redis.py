"""Rooms of several processes on a real Redis that dies and comes back, with or without its data."""

import asyncio
import contextlib
import json
from collections import Counter

import pytest

from tornado.rooms import Rooms, RoomsAwayError, RoomsBusyError, RoomsClosedError

LOST = ("tornado.general", "Rooms have lost Redis")


@pytest.fixture
def hub(redis_server):
    """``async with hub() as rooms``: the rooms of one process; several share the Redis."""

    @contextlib.asynccontextmanager
    async def make(**options):
        rooms = Rooms(redis_server.url, **{"linger": 0.1, **options})
        try:
            yield rooms
        finally:
            await rooms.close()

    return make


async def test_members_of_two_processes_hear_the_same_in_the_same_order(hub, noting, until):
    async with hub() as one, hub() as two:
        here, there = noting(), noting()
        one["lobby"].join(here, None)
        two["lobby"].join(there, None)
        await one["lobby"].ready()
        await two["lobby"].ready()
        for number in range(200):
            one["lobby"].broadcast(["one", number], sender="ada")
            two["lobby"].broadcast(["two", number], sender="bob")
        await until(lambda: len(here.heard) == len(there.heard) == 400)
        assert here.heard == there.heard
        for name in ("one", "two"):
            assert [n for who, n in here.heard if who == name] == list(range(200))
        message = there.news[0].messages[0]
        assert message.sender in ("ada", "bob")


async def test_a_broadcast_is_done_when_redis_has_it(hub, noting):
    async with hub() as one, hub() as two:
        message = await one["lobby"].broadcast({"text": "Grüße"}, sender="ada", key="k")
        news = await two["lobby"].history()
        assert [m.id for m in news.messages] == [message.id] == [news.cursor]
        assert news.messages[0].json == message.json
        assert news.messages[0].data == {"text": "Grüße"}
        assert news.reset


async def test_late_joiners_and_since_across_processes(hub, noting, until):
    async with hub(history=5, backlog=5) as one, hub(history=5, backlog=5) as two:
        said = [await one["lobby"].broadcast(number) for number in range(8)]
        for since, expected, reset in [
            ("", [3, 4, 5, 6, 7], True),
            (said[2].id, [3, 4, 5, 6, 7], False),
            (said[5].id, [6, 7], False),
            (said[1].id, [3, 4, 5, 6, 7], True),
        ]:
            member = noting()
            two["lobby"].join(member, since)
            await until(lambda member=member: member.news)
            assert (member.heard, member.news[0].reset) == (expected, reset)


async def test_rooms_are_apart(hub, noting, until):
    async with hub() as one, hub() as two, hub(prefix="other:") as other:
        member, foreign = noting(), noting()
        two["a"].join(member, None)
        other["b"].join(foreign, None)
        await two["a"].ready()
        await other["b"].ready()
        await one["b"].broadcast("elsewhere")
        await one["a"].broadcast("here")
        await until(lambda: member.heard)
        assert member.heard == ["here"]
        assert foreign.heard == []


async def test_presence_across_processes(hub, noting, until):
    async with hub() as one:
        ada = noting()
        one["lobby"].join(ada, None, name="ada", presence=True)
        async with hub() as two:
            bob = noting()
            two["lobby"].join(bob, None, name="bob", data={"n": 1}, presence=True)
            two["lobby"].join(noting(), None, name="ada")

            def people(rooms):
                return sorted((person.name, str(person.data)) for person in rooms["lobby"].people)

            both = [("ada", "None"), ("bob", "{'n': 1}")]
            await until(lambda: people(one) == people(two) == both)
            await until(lambda: any("bob" in (p.name for p in n.joined) for n in ada.news))
        await until(lambda: people(one) == [("ada", "None")])
        await until(lambda: [p.name for p in ada.news[-1].left] == ["bob"])


async def test_presence_that_changes_while_it_is_fetched(hub, noting, until, monkeypatch):
    """The answer of Redis is older than what it has told meanwhile."""
    async with hub() as one, hub() as two:
        one["lobby"].join(noting(), None, name="ada")
        await until(lambda: not one._bus._presence.is_behind)
        execute = two._bus._results
        late = []

        async def slowly(pipeline):
            results = await execute(pipeline)
            if not late and any(isinstance(result, dict) for result in results):
                late.append(results)
                one["lobby"].join(noting(), None, name="bob")
                await until(lambda: len(two["lobby"].people) == 1)
            return results

        monkeypatch.setattr(two._bus, "_results", slowly)
        await two["lobby"].ready()
        await until(lambda: {person.name for person in two["lobby"].people} == {"ada", "bob"})
        assert late


async def test_the_people_of_a_process_that_died_leave(hub, noting, until, monkeypatch):
    for name, seconds in (("ALIVE_SECONDS", 0.6), ("RENEW_SECONDS", 0.1)):
        monkeypatch.setattr(f"tornado.rooms._redis_presence.{name}", seconds)
    async with hub() as one, hub() as two:
        one["lobby"].join(noting(), None, name="ada")
        two["lobby"].join(noting(), None, name="bob")
        await until(lambda: len(one["lobby"].people) == len(two["lobby"].people) == 2)
        while running := [task for task in two._bus._tasks if not task.done()]:
            for task in running:  # as if the power had failed
                task.cancel()
            await asyncio.wait(running, timeout=0.1)
        await until(lambda: [person.name for person in one["lobby"].people] == ["ada"])
        async with hub() as three:
            await three["lobby"].history()
            await until(lambda: [person.name for person in three["lobby"].people] == ["ada"])
            fields = await three._bus._client.hkeys(three._bus.key("lobby", "who"))
            assert [field.split()[1] for field in fields] == [b"ada"]
        two._bus._tasks.clear()


async def test_a_process_that_was_thought_dead_comes_back(hub, noting, until, monkeypatch):
    monkeypatch.setattr("tornado.rooms._redis_presence.RENEW_SECONDS", 0.1)
    async with hub() as one, hub() as two:
        one["lobby"].join(noting(), None, name="ada")
        two["lobby"].join(noting(), None, name="bob")
        await until(lambda: len(one["lobby"].people) == 2)
        await one._bus._client.delete(one._bus.hub(two._origin))
        await one._bus._presence._bury({two._origin})
        assert len(one["lobby"].people) == 1
        await until(lambda: len(one["lobby"].people) == 2)


class Traffic:
    """Two processes that say numbers without a pause, and two members in each that listen."""

    def __init__(self, hubs, noting):
        self.hubs = hubs
        self.members = []
        for hub in hubs:
            for _ in range(2):
                self.members.append(noting())
                hub["lobby"].join(self.members[-1], None)
        self.said = [0, 0]
        self.tasks = [asyncio.create_task(self.talk(which)) for which in (0, 1)]

    async def talk(self, which):
        while True:
            self.hubs[which]["lobby"].broadcast([which, self.said[which]])
            self.said[which] += 1
            await asyncio.sleep(0.002)

    async def end(self, until):
        for task in self.tasks:
            task.cancel()
        await asyncio.gather(*self.tasks, return_exceptions=True)
        everything = sum(self.said)
        await until(lambda: all(len(m.heard) >= everything for m in self.members), "all messages")
        await asyncio.sleep(0.1)

    def check(self):
        """Everybody has heard everything once, and in the order of each sender."""
        for member in self.members:
            doubled = [x for x, n in Counter(map(tuple, member.heard)).items() if n > 1]
            assert doubled == []
            for which, count in enumerate(self.said):
                assert [n for who, n in member.heard if who == which] == list(range(count))
            assert not any(news.reset for news in member.news)
            ids = [message._order for news in member.news for message in news.messages]
            assert ids == sorted(ids)


@pytest.mark.parametrize("forget", [None, "newest", "all"])
async def test_redis_dies_under_load_and_comes_back(
    hub, noting, until, redis_server, expect_log, forget
):
    with expect_log(*LOST):
        async with hub(backlog=5000, queue=5000) as one, hub(backlog=5000, queue=5000) as two:
            await one["lobby"].ready()
            await two["lobby"].ready()
            traffic = Traffic([one, two], noting)
            await until(lambda: min(traffic.said) > 100)
            for _ in range(2):
                if forget == "newest" and not (redis_server.folder / "saved").exists():
                    redis_server.save()
                    await asyncio.sleep(0.2)
                redis_server.kill(forget)
                await asyncio.sleep(0.3)
                await asyncio.to_thread(redis_server.start)
                back = len(traffic.members[0].heard) + 100
                await until(lambda back=back: len(traffic.members[0].heard) > back)
            await traffic.end(until)
            traffic.check()
            # Whoever comes now, also to a process that has just begun, is told the same.
            async with hub() as three:
                for rooms in (two, three):
                    late = [m.data for m in (await rooms["lobby"].history()).messages]
                    assert len(late) == 200
                    for which, count in enumerate(traffic.said):
                        told = [number for who, number in late if who == which]
                        assert told == list(range(count - len(told), count))


async def test_the_connections_break_under_load(hub, noting, until, redis_server, expect_log):
    import redis.asyncio

    client = redis.asyncio.from_url(redis_server.url)
    with expect_log(*LOST):
        async with hub(backlog=5000, queue=5000) as one, hub(backlog=5000, queue=5000) as two:
            await one["lobby"].ready()
            await two["lobby"].ready()
            traffic = Traffic([one, two], noting)
            for _ in range(5):
                await asyncio.sleep(0.1)
                await client.execute_command("CLIENT", "KILL", "TYPE", "pubsub", "SKIPME", "yes")
                await asyncio.sleep(0.1)
                await client.execute_command("CLIENT", "KILL", "TYPE", "normal", "SKIPME", "yes")
            await traffic.end(until)
            traffic.check()
    await client.aclose()


async def test_the_answer_of_redis_is_lost(hub, noting, until, monkeypatch, expect_log):
    """What Redis has taken, and we do not know of, is said again and is there once."""
    async with hub() as rooms:
        member = noting()
        rooms["lobby"].join(member, None)
        await rooms["lobby"].ready()
        await rooms["lobby"].broadcast("before")
        execute = rooms._bus._results
        lost = []

        async def lose(pipeline):
            results = await execute(pipeline)
            if len(lost) < 3 and rooms._bus._queue:
                lost.append(results)
                said.extend(rooms["lobby"].broadcast(len(said)) for _ in range(20))
                raise ConnectionError("the answer is lost")
            return results

        monkeypatch.setattr(rooms._bus, "_results", lose)
        with expect_log(*LOST):
            said = [rooms["lobby"].broadcast(number) for number in range(50)]
            await until(lambda: len(lost) == 3)
            said.extend(rooms["lobby"].broadcast(len(said)) for _ in range(300))
            messages = await asyncio.gather(*said)
        await until(lambda: len(member.heard) == 411)
        assert member.heard == ["before", *range(410)]
        heard = [message.id for news in member.news for message in news.messages]
        assert heard[1:] == [message.id for message in messages]
        kept = await rooms._bus._client.xlen(rooms._bus.key("lobby", "log"))
        assert kept == 411


async def test_a_gap_longer_than_the_history_is_told(hub, noting, until, redis_server, expect_log):
    async with hub(history=5, backlog=5) as one, hub(history=5, backlog=5) as two:
        member = noting()
        two["lobby"].join(member, None)
        await two["lobby"].ready()
        await one["lobby"].broadcast("before")
        await until(lambda: member.heard == ["before"])
        mirror = two._bus._mirrors["lobby"]
        two._bus._mirrors.pop("lobby")  # deaf for a while
        for number in range(20):
            await one["lobby"].broadcast(number)
        await asyncio.sleep(0.1)
        two._bus._mirrors["lobby"] = mirror
        await one["lobby"].broadcast("after")
        await until(lambda: member.heard[-1] == "after")
        assert member.heard == ["before", 16, 17, 18, 19, "after"]
        assert [news.reset for news in member.news][1] is True


async def test_while_redis_is_away(hub, noting, until, redis_server, expect_log):
    """Messages wait in a bounded queue; who comes waits, too, or is told what is known."""
    async with hub(queue=10, patience=0.2) as rooms:
        here = noting()
        rooms["lobby"].join(here, None)
        await rooms["lobby"].ready()
        await rooms["lobby"].broadcast("before")
        await until(lambda: here.heard)
        redis_server.kill()
        with expect_log(*LOST):
            said = [rooms["lobby"].broadcast(number) for number in range(10)]
            with pytest.raises(RoomsBusyError, match="10 messages wait"):
                rooms["lobby"].broadcast("too much")
            with pytest.raises(RoomsAwayError, match=r"within 0\.2 seconds"):
                await rooms["another"].history()
            known, waiting = noting(), noting()
            rooms["lobby"].join(known)
            rooms["another"].join(waiting)
            await until(lambda: known.news)
            assert known.heard == ["before"]
            assert waiting.news == []
            assert not any(each.done() for each in said)
            await asyncio.to_thread(redis_server.start)
            await asyncio.gather(*said)
        await until(lambda: here.heard == ["before", *range(10)])
        await until(lambda: known.heard == here.heard)
        await until(lambda: waiting.news)


async def test_closing_without_redis_gives_up_what_waits(
    noting, redis_server, expect_log, monkeypatch
):
    monkeypatch.setattr("tornado.rooms._redis.CLOSE_SECONDS", 0.2)
    rooms = Rooms(redis_server.url)
    await rooms["lobby"].broadcast("before")
    redis_server.kill()
    with expect_log(*LOST):
        said = rooms["lobby"].broadcast("never")
        unheard = rooms["lobby"].broadcast("nobody looks at this one")
        await asyncio.sleep(0.2)
        await rooms.close()
    with pytest.raises(RoomsClosedError, match="before Redis could take"):
        await said
    assert unheard.done()


async def test_what_waits_is_said_before_the_end(hub, redis_server):
    rooms = Rooms(redis_server.url)
    for number in range(1000):
        rooms["lobby"].broadcast(number)
    await rooms.close()
    async with hub() as other:
        news = await other["lobby"].history()
        assert [message.data for message in news.messages] == list(range(800, 1000))


async def test_a_room_that_nobody_is_in_is_let_go(hub, noting, until, monkeypatch):
    async with hub() as rooms, hub() as other:
        member = noting()
        rooms["lobby"].join(member, name="ada")
        await rooms["lobby"].broadcast("hello")
        await until(lambda: member.heard)
        rooms["lobby"].leave(member)
        await until(lambda: not rooms._kept and not rooms._bus._mirrors)
        client = rooms._bus._client
        channel = rooms._bus.channel("lobby")
        assert await client.hlen(rooms._bus.key("lobby", "who")) == 0

        async def subscribers():
            return (await client.pubsub_numsub(channel))[0][1]

        while await subscribers():
            await asyncio.sleep(0.01)
        await other["lobby"].broadcast("nobody hears this here")
        rooms["lobby"].join(member, member.news[-1].cursor)
        await until(lambda: len(member.heard) == 2)
        assert await subscribers() == 1


async def test_a_room_opened_again_at_the_moment_it_is_let_go(hub, noting, until):
    async with hub() as rooms:
        first = noting()
        rooms["lobby"].join(first)
        await until(lambda: first.news)
        rooms["lobby"].leave(first)
        mirror = rooms._bus._mirrors["lobby"]
        mirror.used -= 1000
        rooms._bus._close_room(mirror)
        again = noting()
        rooms["lobby"].join(again)
        await rooms["lobby"].broadcast("hello")
        await until(lambda: again.heard == ["hello"])


async def test_everything_in_redis_expires(hub, noting, until):
    async with hub(seconds=3600) as rooms:
        rooms["lobby"].join(noting(), name="ada")
        await rooms["lobby"].broadcast("hello")
        client = rooms._bus._client
        await until(lambda: not rooms._bus._presence.is_behind)
        await asyncio.sleep(0.1)
        keys = {key.decode().split(":", 1)[1].split(":")[0]: key for key in await client.keys("*")}
        kinds = await client.keys("*")
        assert len(kinds) == 4, keys
        for key in kinds:
            assert await client.pttl(key) > 0


async def test_a_key_of_another_kind_in_the_way_stops_only_its_room(hub, noting, until, expect_log):
    async with hub() as rooms:
        await rooms._bus._client.set("rooms:broken:log", "no stream")
        with expect_log("tornado.application", "not readable in Redis: WRONGTYPE"):
            rooms["broken"].join(noting())
            said = rooms["broken"].broadcast("hello")
            await rooms["lobby"].broadcast("hello")
            with pytest.raises(Exception, match="WRONGTYPE"):
                await said
            mirror = rooms._bus._mirrors["broken"]
            bus = rooms._bus
            await until(lambda: mirror.subscribed and not (bus._stale or mirror.fetching))


async def test_what_others_publish_does_no_harm(hub, noting, until, expect_log):
    async with hub() as rooms:
        member = noting()
        rooms["lobby"].join(member)
        await until(lambda: member.news)
        channel = rooms._bus.channel("lobby")
        with expect_log("tornado.application", "do not understand what Redis tells"):
            await rooms._bus._client.publish(channel, "nonsense")
            await rooms._bus._client.publish(channel, json.dumps({"origin": 5}))
            await rooms["lobby"].broadcast("hello")
            await until(lambda: member.heard == ["hello"])


async def test_a_client_of_the_program_is_used_and_left_open(redis_server, noting, until):
    import redis.asyncio

    client = redis.asyncio.from_url(redis_server.url, decode_responses=True)
    rooms = Rooms(client)
    member = noting()
    rooms["lobby"].join(member, name="ada")
    await rooms["lobby"].broadcast("hello")
    await until(lambda: member.heard == ["hello"])
    await rooms.close()
    assert await client.ping()
    await client.aclose()
