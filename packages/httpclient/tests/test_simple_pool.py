"""Turns and idle connections: pure, so that every order of events can be written down."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tornado.httpclient._turns import Turns
from tornado.simple_httpclient._idle import Idle


def test_at_most_so_many_run():
    turns = Turns(2)
    assert [turns.enter(name, "a") for name in "xyz"] == [True, True, False]
    assert turns.advance() is None
    turns.leave("x", "a")
    assert turns.advance() == "z"
    assert turns.advance() is None
    assert turns.waiting == 0


def test_in_the_order_in_which_they_came():
    turns = Turns(1)
    for number in range(5):
        turns.enter(number, "a")
    order = []
    for number in range(5):
        turns.leave(number, "a")
        order.append(turns.advance())
    assert order == [1, 2, 3, 4, None]


def test_hosts_take_turns():
    """A hundred requests to one host do not stand before the one to another."""
    turns = Turns(1)
    turns.enter("first", "slow")
    for number in range(100):
        turns.enter(number, "slow")
    turns.enter("other", "quick")
    turns.enter("other too", "quick")
    running, order = "first", []
    for _ in range(5):
        turns.leave(running, "slow" if running == "first" or type(running) is int else "quick")
        running = turns.advance()
        order.append(running)
    assert order == [0, "other", 1, "other too", 2]


def test_a_limit_for_each_host():
    turns = Turns(10, 2)
    assert [turns.enter(n, "a") for n in range(4)] == [True, True, False, False]
    assert turns.enter("x", "b")
    assert turns.advance() is None
    turns.leave(0, "a")
    assert turns.advance() == 2
    assert turns.advance() is None
    turns.leave(1, "a")
    turns.leave(2, "a")
    assert [turns.advance(), turns.advance()] == [3, None]


def test_who_waits_can_go_away():
    turns = Turns(1)
    for name in "wxyz":
        turns.enter(name, "a")
    turns.leave("y", "a")
    turns.leave("y", "a")
    turns.leave("w", "a")
    assert turns.advance() == "x"
    turns.leave("x", "a")
    assert turns.advance() == "z"
    assert turns.everybody() == ["z"]


def test_how_many_are_ahead():
    turns = Turns(1)
    turns.enter("runs", "a")
    for host, names in (("a", "1234"), ("b", "xy"), ("c", "u")):
        for name in names:
            turns.enter(name, host)
    assert [turns.ahead(name, "a") for name in "1234"] == [0, 3, 5, 6]
    assert [turns.ahead(name, "b") for name in "xy"] == [1, 4]
    order = []
    running, host = "runs", "a"
    while (following := turns.leave(running, host) or turns.advance()) is not None:
        order.append(following)
        running, host = following, "a" if following in "1234" else "b" if following in "xy" else "c"
    assert order == ["1", "x", "u", "2", "y", "3", "4"]


@pytest.mark.parametrize("most", [(0, None), (-1, None), (1, 0)])
def test_limits_that_are_none(most):
    with pytest.raises(ValueError, match="at least 1"):
        Turns(*most)


@given(
    st.lists(st.tuples(st.sampled_from("abc"), st.booleans()), max_size=60),
    st.integers(1, 4),
    st.none() | st.integers(1, 3),
)
def test_the_limits_hold_and_nobody_is_forgotten(events, most, per_host):
    turns = Turns(most, per_host)
    came, ran = [], []
    running = {}

    def check():
        while (following := turns.advance()) is not None:
            running[following] = following[0]
            ran.append(following)
        assert set(turns.running) == set(running)
        assert len(running) <= most
        if per_host is not None:
            for host in "abc":
                assert list(running.values()).count(host) <= per_host

    for number, (host, ends) in enumerate(events):
        one = (host, number)
        came.append(one)
        if turns.enter(one, host):
            running[one] = host
            ran.append(one)
        if ends and running:
            oldest = next(iter(running))
            turns.leave(oldest, running.pop(oldest))
        check()
    while running:
        oldest = next(iter(running))
        turns.leave(oldest, running.pop(oldest))
        check()
    assert sorted(ran) == sorted(came)
    for host in "abc":
        assert [one for one in ran if one[0] == host] == [one for one in came if one[0] == host]


# -- idle connections


class Fake:
    def __init__(self, route):
        self.route = route
        self.closed = False

    def close(self):
        self.closed = True


def test_the_freshest_goes_first():
    idle = Idle(10, 30)
    one, two, other = Fake("a"), Fake("a"), Fake("b")
    for now, connection in enumerate([one, two, other]):
        idle.put(connection, now)
    assert idle.take("a") is two
    assert idle.take("a") is one
    assert idle.take("a") is None
    assert idle.take("c") is None
    assert len(idle) == 1


def test_the_oldest_goes_when_there_are_too_many():
    idle = Idle(2, 30)
    connections = [Fake("a"), Fake("b"), Fake("a")]
    for now, connection in enumerate(connections):
        idle.put(connection, now)
    assert [connection.closed for connection in connections] == [True, False, False]
    assert idle.take("a") is connections[2]
    assert idle.take("a") is None


def test_who_has_waited_too_long_is_closed():
    idle = Idle(10, 30)
    one, two = Fake("a"), Fake("a")
    idle.put(one, 100)
    idle.put(two, 110)
    assert idle.expire(100) == 130
    assert idle.expire(130) == 140
    assert (one.closed, two.closed) == (True, False)
    assert idle.take("a") is two
    assert idle.expire(200) is None
    assert not two.closed


def test_who_is_used_begins_anew():
    idle = Idle(10, 30)
    one = Fake("a")
    idle.put(one, 100)
    idle.take("a")
    idle.put(one, 125)
    assert idle.expire(130) == 155


def test_who_has_ended_is_not_given_out():
    idle = Idle(10, 30)
    one, two = Fake("a"), Fake("a")
    idle.put(one, 0)
    idle.put(two, 0)
    idle.drop(two)
    idle.drop(two)
    assert idle.take("a") is one
    idle.drop(one)
    idle.put(one, 0)
    idle.close()
    assert one.closed
    assert (len(idle), idle.take("a")) == (0, None)
