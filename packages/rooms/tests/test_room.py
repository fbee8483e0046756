"""A room in one process: joining, telling, remembering, presence."""

import asyncio
import itertools
import json

import pytest

from tornado.rooms import Person, Rooms, RoomsClosedError, Slow


async def turns(count=3):
    for _ in range(count):
        await asyncio.sleep(0)
        await asyncio.sleep(0.001)


async def test_everybody_is_told_in_order(noting):
    room = Rooms()["lobby"]
    members = [noting() for _ in range(500)]
    for member in members:
        room.join(member, None)
    for number in range(5):
        room.broadcast(number, sender="ada")
    await turns(20)
    assert all(member.heard == [0, 1, 2, 3, 4] for member in members)
    message = members[0].news[0].messages[0]
    assert (message.sender, message.key) == ("ada", None)
    assert message.at.year >= 2023


async def test_who_leaves_is_told_no_more(noting):
    room = Rooms()["lobby"]
    stays, leaves = noting(), noting()
    room.join(stays, None)
    room.join(leaves, None)
    await turns()
    room.broadcast("last words")
    room.leave(leaves)
    room.leave(leaves)
    await turns()
    assert (stays.heard, leaves.heard) == (["last words"], [])
    assert (stays in room, leaves in room, room.size) == (True, False, 1)


async def test_nobody_joins_twice(noting):
    room = Rooms()["lobby"]
    member = noting()
    room.join(member)
    with pytest.raises(ValueError, match="in the room 'lobby' already"):
        room.join(member)


async def test_late_joiners_are_told_what_is_remembered(noting):
    room = Rooms(history=3)["lobby"]
    for number in range(5):
        room.broadcast(number)
    late, new = noting(), noting()
    room.join(late)
    room.join(new, None)
    await turns()
    assert late.heard == [2, 3, 4]
    assert late.news[0].reset
    assert new.news == []


async def test_since_goes_on_after_that_message(noting):
    room = Rooms(history=4, backlog=4)["lobby"]
    said = [await room.broadcast(number) for number in range(6)]
    for number, expected, reset in [(5, [], None), (4, [5], False), (1, [2, 3, 4, 5], False)]:
        member = noting()
        room.join(member, said[number].id)
        await turns()
        assert member.heard == expected
        assert [news.reset for news in member.news] == ([] if reset is None else [reset])
    away_too_long = noting()
    room.join(away_too_long, said[0].id)
    await turns()
    assert away_too_long.heard == [2, 3, 4, 5]
    assert away_too_long.news[0].reset


@pytest.mark.parametrize(
    "since", ["x", "1-", "-1", "1-x", "9" * 50 + "-0", "1700000000000-0", "²-0"]
)
async def test_an_id_the_room_does_not_know_starts_anew(noting, since):
    room = Rooms()["lobby"]
    room.broadcast("something")
    member = noting()
    room.join(member, since)
    await turns()
    assert member.heard == ["something"]
    assert member.news[0].reset


async def test_who_comes_back_is_told_more_than_who_comes(noting):
    room = Rooms(history=2, backlog=5)["lobby"]
    said = [await room.broadcast(number) for number in range(8)]
    for since, expected in [("", [6, 7]), (said[2].id, [3, 4, 5, 6, 7]), (said[1].id, [6, 7])]:
        member = noting()
        room.join(member, since)
        await turns()
        assert member.heard == expected
        news = await room.history(since)
        assert [message.data for message in news.messages] == expected
        assert member.news[0].reset is news.reset is (len(expected) == 2)


async def test_large_messages_are_forgotten_sooner(noting):
    room = Rooms(size=1000)["lobby"]
    for number in range(100):
        room.broadcast(f"{number:098}")
    assert [int(m.data) for m in (await room.history()).messages] == list(range(90, 100))
    room.broadcast("x" * 2000)
    assert len((await room.history()).messages) == 1


async def test_messages_are_forgotten_with_time(clock):
    rooms = Rooms(seconds=60, clock=clock)
    room = rooms["lobby"]
    room.broadcast("old")
    clock.now += 40
    new = await room.broadcast("new")
    clock.now += 40
    news = await room.history()
    assert [message.data for message in news.messages] == ["new"]
    assert news.cursor == new.id
    clock.now += 40
    news = await room.history(new.id)
    assert (news.messages, news.reset) == ((), False)


async def test_ids_grow_even_if_the_clock_goes_back(clock):
    room = Rooms(clock=clock)["lobby"]
    ids = [(await room.broadcast(1)).id]
    clock.now -= 1000
    ids.append((await room.broadcast(2)).id)
    clock.now += 2000
    ids.append((await room.broadcast(3)).id)
    assert ids == ["1700000000000-0", "1700000000000-1", "1700001000000-0"]


async def test_what_cannot_be_said():
    rooms = Rooms(max_message=100)
    room = rooms["lobby"]
    with pytest.raises(TypeError):
        room.broadcast(object())
    with pytest.raises(ValueError):
        room.broadcast(float("nan"))
    with pytest.raises(ValueError, match="at most 100 characters of JSON, got 102"):
        room.broadcast("x" * 100)
    for name in ("", "x" * 201, 5, "\ud800"):
        with pytest.raises(ValueError, match="name of a room"):
            rooms[name]
    nested = []
    for _ in range(100_000):
        nested = [nested]
    with pytest.raises(ValueError, match="nested too deep"):
        room.broadcast(nested)
    with pytest.raises(ValueError, match="history"):
        Rooms(history=0)


async def test_what_is_no_text_is_told_as_it_is(noting):
    room = Rooms()["lobby"]
    member = noting()
    room.join(member)
    room.broadcast("half a pair: \ud800, Grüße", sender="\udfff", key="\ud800")
    await turns()
    assert member.heard == ["half a pair: \ud800, Grüße"]
    assert json.loads(member.news[-1].json.encode())["messages"][0]["sender"] == "\udfff"
    for name in ("", "\ud800", "x" * 201):
        with pytest.raises(ValueError, match="name of a member"):
            room.join(noting(), name=name)
    with pytest.raises(TypeError):
        room.join(noting(), name="ada", data=object())
    assert room.size == 1


async def test_a_room_is_one_object_as_long_as_somebody_has_it(noting):
    rooms = Rooms()
    assert rooms["a"] is rooms["a"]
    held = rooms["a"]
    assert list(rooms) == []
    member = noting()
    held.join(member)
    assert list(rooms) == [held]
    rooms["b"].broadcast("nobody has this room, but it remembers")
    assert len((await rooms["b"].history()).messages) == 1


async def test_empty_rooms_are_let_go(monkeypatch, clock):
    monkeypatch.setattr("tornado.rooms._rooms.FEW", 10)
    rooms = Rooms(seconds=60, clock=clock)
    rooms._sweep_at = 10
    for number in range(100):
        clock.now += 10
        rooms[f"room {number}"].broadcast("something")
        await rooms[f"nothing was said in {number}"].history()
    assert len(rooms._kept) < 30
    assert len(rooms._named) < 30


async def test_a_listener_is_told_and_loses_nothing_it_is_slow_for():
    room = Rooms(history=10)["lobby"]
    room.broadcast("before")
    heard = []
    async with room.listen() as messages:
        for number in range(5):
            room.broadcast(number)
        async for message in messages:
            heard.append(message.data)
            await asyncio.sleep(0.001)
            if len(heard) == 5:
                break
        assert room.size == 1
    assert heard == [0, 1, 2, 3, 4]
    assert room.size == 0


async def test_a_listener_is_for_one_task_at_a_time():
    rooms = Rooms()
    listener = rooms["lobby"].listen()
    first = asyncio.ensure_future(anext(listener))
    await asyncio.sleep(0)
    with pytest.raises(RuntimeError, match="two tasks"):
        await anext(listener)
    first.cancel()
    await asyncio.sleep(0)
    rooms["lobby"].broadcast("hello")
    assert (await anext(listener)).data == "hello"


async def test_a_listener_ends_with_the_rooms():
    rooms = Rooms()
    heard = []

    async def listen():
        async for message in rooms["lobby"].listen(""):
            heard.append(message.data)

    rooms["lobby"].broadcast("the only one")
    task = asyncio.create_task(listen())
    await turns()
    await rooms.close()
    await task
    assert heard == ["the only one"]


async def test_closed_rooms_say_so(noting):
    rooms = Rooms()
    room = rooms["lobby"]
    member = noting()
    room.join(member, name="ada")
    await rooms.close()
    await rooms.close()
    assert member.dismissed == "closed"
    assert room.size == 0
    for call in (lambda: room.broadcast(1), lambda: room.join(noting())):
        with pytest.raises(RoomsClosedError):
            call()
    with pytest.raises(RoomsClosedError):
        await room.history()


# Slow members


async def test_a_stalled_member_delays_nobody_and_costs_one_piece_of_news(noting):
    room = Rooms(history=10, backlog=10)["lobby"]
    stalled, quick = noting(stalled=True), noting()
    room.join(stalled, None)
    room.join(quick, None)
    for number in range(1000):
        room.broadcast(number)
        await asyncio.sleep(0)
    await turns()
    assert quick.heard == list(range(1000))
    assert len(stalled.news) == 1
    assert len(room._log) == 10
    stalled.release()
    await turns()
    assert stalled.heard[-10:] == list(range(990, 1000))
    assert [news.reset for news in stalled.news] == [False, True]
    room.broadcast("and on")
    await turns()
    assert stalled.heard[-1] == "and on"
    assert not stalled.news[-1].reset


async def test_a_member_that_lags_within_what_is_remembered_misses_nothing(noting):
    room = Rooms(history=100)["lobby"]
    stalled = noting(stalled=True)
    room.join(stalled, None)
    for number in range(50):
        room.broadcast(number)
        await asyncio.sleep(0)
    stalled.release()
    await turns()
    assert stalled.heard == list(range(50))
    assert not any(news.reset for news in stalled.news)


async def test_a_slow_member_may_be_closed_instead(noting):
    room = Rooms(history=10, backlog=10)["lobby"]
    stalled = noting(stalled=True)
    room.join(stalled, None, slow=Slow.CLOSE)
    room.broadcast(0)
    await turns()
    for number in range(10):
        room.broadcast(number)
    assert stalled.dismissed is None
    room.broadcast("one too many")
    assert stalled.dismissed == "slow"
    assert room.size == 0
    stalled.release()
    await turns()
    assert stalled.heard == [0]


async def test_of_the_same_key_only_the_newest_counts_for_slow_members(noting):
    room = Rooms(history=100)["lobby"]
    stalled, patient = noting(stalled=True), noting(stalled=True)
    room.join(stalled, None, slow=Slow.COALESCE)
    room.join(patient, None)
    room.broadcast("first")
    await turns()
    for number in range(5):
        room.broadcast({"x": number}, key="position of ada")
        room.broadcast({"y": number}, key="position of bob")
        room.broadcast(number)
    stalled.release()
    patient.release()
    await turns()
    assert stalled.heard == ["first", 0, 1, 2, 3, {"x": 4}, {"y": 4}, 4]
    assert len(patient.heard) == 16
    room.broadcast("and on")
    await turns()
    assert stalled.heard[-1] == patient.heard[-1] == "and on"


async def test_much_to_catch_up_with_comes_in_pieces(noting):
    room = Rooms(history=100)["lobby"]
    for number in range(100):
        room.broadcast(str(number) + "x" * 10_000)
    member = noting(stalled=True)
    room.join(member)
    await turns()
    assert len(member.news) == 1
    assert 1 < len(member.news[0].messages) < 20
    while len(member.heard) < 100:
        member.release(stalled=True)
        await turns(1)
    assert [text.rstrip("x") for text in member.heard] == [str(number) for number in range(100)]
    assert [news.reset for news in member.news] == [True] + [False] * (len(member.news) - 1)


async def test_a_member_that_fails_leaves_and_the_others_stay(noting, expect_log):
    class Failing(noting):
        def deliver(self, news):
            raise self.error

    room = Rooms()["lobby"]
    broken, gone, fine = Failing(), Failing(), noting()
    broken.error, gone.error = RuntimeError("a bug"), OSError("closed")
    for member in (broken, gone, fine):
        room.join(member, None)
    with expect_log("tornado.application", "RuntimeError.*a bug", count=1):
        room.broadcast("hello")
        await turns()
    assert fine.heard == ["hello"]
    assert room.size == 1


async def test_a_broadcast_to_many_leaves_the_loop_free(noting):
    room = Rooms()["lobby"]
    members = [noting() for _ in range(2000)]
    for member in members:
        room.join(member, None)
    await turns(20)
    room.broadcast("hello")
    counts = []
    while not counts or counts[-1] < 2000:
        await asyncio.sleep(0)
        counts.append(sum(len(member.news) for member in members))
    assert len(counts) >= 10
    assert max(after - before for before, after in itertools.pairwise(counts)) <= 200


async def test_what_is_said_during_a_broadcast_is_told_in_order(noting):
    room = Rooms(history=5000)["lobby"]
    members = [noting() for _ in range(1000)]
    for member in members:
        room.join(member, None)
    for number in range(200):
        room.broadcast(number)
        if number % 3 == 0:
            await asyncio.sleep(0)
    await turns(50)
    assert all(member.heard == list(range(200)) for member in members)


async def test_news_are_encoded_once_for_all(noting):
    room = Rooms()["lobby"]
    members = [noting() for _ in range(300)]
    for member in members:
        room.join(member, None)
    room.broadcast("hello", sender="ada", key="k")
    await turns(10)
    assert len({id(member.news[0]) for member in members}) == 1
    news = members[0].news[0]
    id_ = news.messages[0].id
    assert news.json == (
        f'{{"messages":[{{"id":"{id_}","data":"hello","sender":"ada","key":"k"}}],'
        f'"cursor":"{id_}","reset":false}}'
    )
    assert news.json is news.json


# Presence


def names(people):
    return [person.name for person in people]


async def test_members_are_told_who_is_there_and_who_comes_and_goes(noting, until):
    room = Rooms(linger=0.05)["lobby"]
    ada, bob, quiet = noting(), noting(), noting()
    room.join(ada, None, name="ada", presence=True)
    room.join(quiet, None)
    await until(lambda: ada.news)
    assert names(ada.news[0].present) == ["ada"]
    room.join(bob, None, name="bob", data={"from": "Rome"}, presence=True)
    await until(lambda: bob.news and len(ada.news) > 1)
    assert sorted(names(bob.news[0].present)) == ["ada", "bob"]
    assert ada.news[-1].joined[-1] == Person("bob", {"from": "Rome"})
    assert names(room.people) == ["ada", "bob"]
    room.leave(bob)
    assert names(room.people) == ["ada", "bob"]
    await until(lambda: names(ada.news[-1].left) == ["bob"])
    assert names(room.people) == ["ada"]
    assert quiet.news == []
    assert '"left":[{"name":"bob","data":{"from":"Rome"}}]' in ada.news[-1].json


async def test_who_comes_back_soon_has_not_left(noting):
    room = Rooms(linger=30)["lobby"]
    ada, bob = noting(), noting()
    room.join(ada, None, name="ada", presence=True)
    room.join(bob, None, name="bob")
    await asyncio.sleep(0.15)
    told = len(ada.news)
    room.leave(bob)
    room.join(bob, None, name="bob")
    second = noting()
    room.join(second, None, name="bob")
    room.leave(bob)
    await asyncio.sleep(0.15)
    assert len(ada.news) == told
    assert names(room.people) == ["ada", "bob"]


async def test_a_member_that_missed_changes_is_told_who_is_there(noting, until):
    room = Rooms(linger=0)["lobby"]
    stalled = noting(stalled=True)
    room.join(stalled, None, presence=True)
    await until(lambda: stalled.news)
    for name in ("ada", "bob"):
        version = room._version
        room.join(noting(), None, name=name)
        await until(lambda version=version: room._version > version)
    assert len(stalled.news) == 1
    stalled.release()
    await until(lambda: len(stalled.news) == 2)
    assert names(stalled.news[1].present) == ["ada", "bob"]


async def test_new_data_of_somebody_is_told(noting, until):
    room = Rooms()["lobby"]
    ada, bob = noting(), noting()
    room.join(ada, None, presence=True)
    room.join(bob, None, name="bob", data="here")
    await until(lambda: ada.news and ada.news[-1].joined)
    room.leave(bob)
    room.join(bob, None, name="bob", data="busy")
    await until(lambda: ada.news[-1].joined and ada.news[-1].joined[0].data == "busy")
    assert not ada.news[-1].left
