"""Pings and dead peers, on a clock that the test moves."""

import asyncio

import pytest

from tornado.websocket import WebSocketHandler, WebSocketProtocol13
from tornado.websocket._alarms import Alarms


class Pinged(WebSocketHandler):
    def initialize(self, log):
        self.log = log

    def open(self):
        self.log.append("open")

    def on_message(self, message):
        self.log.append(message)

    def on_pong(self, data):
        self.log.append("pong")

    def on_close(self):
        self.log.append(("closed", self.close_code))


@pytest.fixture
def start(serve, connect, tell_time):
    """``await start(interval, timeout)``: a peer, the clock and what the handler notes."""

    async def start(interval, timeout=None, kind=Pinged):
        clock, log = tell_time(), []
        port = serve(
            [("/", kind, {"log": log})],
            websocket_ping_interval=interval,
            websocket_ping_timeout=timeout,
        )
        peer = await connect(port)
        peer.text("here")  # has been handled: so the handshake has, too
        while "here" not in log:
            await asyncio.sleep(0)
        return peer, clock, log

    return start


async def turn(peer, wait_until, log):
    """Everything that the peer has sent has been handled."""
    count = log.count("turn")
    peer.text("turn")
    await wait_until(lambda: log.count("turn") > count)


@pytest.mark.parametrize("interval", [None, 0])
async def test_no_pings_by_default(start, interval):
    peer, clock, _log = await start(interval)
    clock.advance(100_000)
    peer.frame(0x89, b"mine")
    assert await peer.receive() == (0x8A, b"mine")  # and nothing before


async def test_the_first_ping_comes_after_an_interval(start):
    peer, clock, _log = await start(20)
    clock.advance(19.9)
    peer.frame(0x89, b"mine")
    assert await peer.receive() == (0x8A, b"mine")
    clock.advance(0.2)
    assert await peer.receive() == (0x89, b"")


async def test_pings_follow_each_other_at_the_interval(start, wait_until):
    peer, clock, log = await start(20, 5)
    for _ in range(3):
        clock.advance(20)
        assert await peer.receive() == (0x89, b"")
        peer.frame(0x8A, b"")
        await turn(peer, wait_until, log)
    assert log.count("pong") == 3
    assert ("closed", None) not in log


async def test_a_dead_peer_is_noticed_after_the_timeout(start, wait_until):
    peer, clock, log = await start(20, 5)
    clock.advance(20)
    assert await peer.receive() == (0x89, b"")
    clock.advance(4.9)
    await turn_of_the_loop()
    assert ("closed", None) not in log
    clock.advance(0.2)
    await wait_until(lambda: ("closed", None) in log)
    assert await peer.close_frame() == (1011, "ping timeout")
    assert await peer.end() == b""
    clock.advance(1000)
    await turn_of_the_loop()
    assert log.count(("closed", None)) == 1


async def test_the_timeout_is_the_interval_by_default(start, wait_until):
    peer, clock, log = await start(20)
    clock.advance(39.9)
    await turn_of_the_loop()
    assert log == ["open", "here"]
    clock.advance(0.2)
    await wait_until(lambda: ("closed", None) in log)
    assert await peer.receive() == (0x89, b"")


async def test_whatever_the_peer_sends_shows_that_it_lives(start, wait_until):
    """A large message under way keeps its pong waiting."""
    peer, clock, log = await start(20, 5)
    clock.advance(20)
    peer.send(b"\x82\xff" + (1 << 20).to_bytes(8, "big") + b"KEY!")
    for _ in range(3):
        peer.send(b"some of it")
        await turn_of_the_loop()
        clock.advance(20)
    assert ("closed", None) not in log


async def turn_of_the_loop():
    for _ in range(20):
        await asyncio.sleep(0)


async def test_no_pings_after_a_close(start):
    class Closing(Pinged):
        def on_message(self, message):
            super().on_message(message)
            self.close(1000)

    peer, clock, _log = await start(20, kind=Closing)
    clock.advance(4)
    assert await peer.close_frame() == (1000, "")
    clock.advance(1000)  # past the time for the answer, too
    assert await peer.end() == b""


async def test_no_pings_after_the_connection_is_lost(start, wait_until):
    peer, clock, log = await start(20)
    peer.leave()
    await wait_until(lambda: ("closed", None) in log)
    clock.advance(1000)
    assert log.count(("closed", None)) == 1
    assert clock.due == []


async def test_a_program_that_is_busy_does_not_make_the_peer_dead(start, wait_until):
    gate = asyncio.Event()

    class Busy(Pinged):
        async def on_message(self, message):
            self.log.append(message)
            if message == "work":
                await gate.wait()

    peer, clock, log = await start(20, kind=Busy)
    peer.text("work")
    peer.text("next")  # reading stops here, before the pong
    await wait_until(lambda: "work" in log)
    await turn_of_the_loop()
    clock.advance(20)
    assert await peer.receive() == (0x89, b"")
    peer.frame(0x8A)
    clock.advance(100)
    await turn_of_the_loop()
    gate.set()
    await wait_until(lambda: "next" in log)
    assert ("closed", None) not in log


async def test_a_timeout_longer_than_the_interval(start, wait_until, expect_log):
    with expect_log("tornado.general", "more than websocket_ping_interval"):
        _peer, clock, log = await start(7, 8)
        clock.advance(7.1)
    clock.advance(7)
    await wait_until(lambda: ("closed", None) in log)


def test_the_time_to_the_next_ping():
    sleep = WebSocketProtocol13.ping_sleep_time
    assert sleep(last_ping_time=100, interval=20, now=105) == 15
    assert sleep(last_ping_time=100, interval=20, now=120) == 0
    assert sleep(last_ping_time=100, interval=20, now=500) == 0


async def test_periodic_ping_is_a_task_that_ends_with_the_connection(serve, connect):
    tasks = []

    class Old(WebSocketHandler):
        ping_interval = 0.01

        def open(self):
            tasks.append(asyncio.ensure_future(self.ws_connection.periodic_ping()))

    peer = await connect(serve([("/", Old)]))
    assert await peer.receive() == (0x89, b"")
    peer.close()
    await asyncio.wait_for(tasks[0], 5)


# -- the timers underneath


def test_those_who_wait_equally_long_share_a_timer(make_clock):
    clock = make_clock()
    alarms, rung = Alarms(clock), []
    for i in range(100):
        alarms.after(50, lambda i=i: rung.append(i))
        clock.now += 0.25
    assert len(clock.due) == 1
    clock.advance(27.5)
    assert rung == list(range(11))
    clock.advance(50)
    assert rung == list(range(100))
    assert clock.due == []


def test_an_alarm_that_is_canceled(make_clock):
    clock = make_clock()
    alarms, rung = Alarms(clock), []
    first = alarms.after(1, lambda: rung.append(1))
    alarms.after(2, lambda: rung.append(2))
    first.cancel()
    clock.advance(5)
    assert rung == [2]


def test_an_alarm_that_raises_does_not_stop_the_others(make_clock):
    clock = make_clock()
    alarms, rung = Alarms(clock), []
    alarms.after(1, lambda: 1 / 0)
    alarms.after(1, lambda: rung.append(1))
    with pytest.raises(ZeroDivisionError):
        clock.advance(1)
    clock.advance(1)
    assert rung == [1]
