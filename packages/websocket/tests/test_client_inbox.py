"""The messages that wait for a reader: order, bounds, the end."""

import asyncio

from tornado.websocket._client_inbox import MESSAGES, SIZE, Inbox


def inbox():
    return Inbox(asyncio.get_running_loop())


async def test_a_waiting_reader_gets_the_message_and_a_cancelled_one_loses_none():
    box = inbox()
    gone, waiting = box.get(), box.get()
    gone.cancel()
    assert box.put("a") is None
    assert await waiting == "a"
    box.put("b")
    assert await box.get() == "b"


async def test_the_gate_is_shut_when_enough_messages_wait_and_opens_at_half():
    box = inbox()
    gates = [box.put(str(n)) for n in range(MESSAGES)]
    assert gates[:-1] == [None] * (MESSAGES - 1)
    gate = gates[-1]
    for n in range(MESSAGES // 2):
        assert not gate.done()
        assert box.take() == str(n)
    assert not gate.done()
    box.take()
    assert gate.done()


async def test_the_gate_is_shut_by_size_too():
    box = inbox()
    gate = box.put(b"x" * SIZE)
    assert gate is not None
    assert len(await box.get()) == SIZE
    assert gate.done()


async def test_what_waits_is_read_before_the_end_and_then_none_for_ever():
    box = inbox()
    box.put("last")
    box.end()
    assert [await box.get() for _ in range(3)] == ["last", None, None]


async def test_the_end_is_told_to_everybody_who_waits():
    box = inbox()
    readers = [box.get() for _ in range(3)]
    readers[0].cancel()
    box.end()
    assert [await reader for reader in readers[1:]] == [None, None]


async def test_flooded_it_keeps_what_is_there_and_shuts_no_gate():
    box = inbox()
    box.put("kept")
    gate = None
    for _ in range(MESSAGES - 1):
        gate = box.put("more") or gate
    box.flood()
    assert gate.done()
    assert [box.put("dropped") for _ in range(100)] == [None] * 100
    assert len(box._messages) == MESSAGES
    assert box.take() == "kept"
    assert box.put("no gaps in what is read") is None
    box.end()
    assert [await box.get() for _ in range(MESSAGES)] == ["more"] * (MESSAGES - 1) + [None]


async def test_an_empty_message_is_a_message():
    box = inbox()
    box.put("")
    box.put(b"")
    assert (await box.get(), await box.get()) == ("", b"")
    assert box.take() is None
