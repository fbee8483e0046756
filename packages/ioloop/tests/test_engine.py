"""gen.engine and its yield points, as programs of 2011 to 2014 use them."""

import asyncio

import pytest

from tornado import gen
from tornado.concurrent import Future
from tornado.ioloop import IOLoop
from tornado.stack_context import ExceptionStackContext


def call_later(*args, callback, turns=1, **kwargs):
    """A function in the style of the time: answers by its callback, later."""
    if turns:
        IOLoop.current().add_callback(
            lambda: call_later(*args, callback=callback, turns=turns - 1, **kwargs)
        )
    else:
        callback(*args, **kwargs)


def call_now(*args, callback, **kwargs):
    callback(*args, **kwargs)


async def run(function, *args):
    """Run an engine to its end, which it tells by its callback."""
    done = asyncio.get_running_loop().create_future()

    def failed(kind, error, traceback):
        done.set_exception(error)
        return True

    with ExceptionStackContext(failed):
        assert function(*args, callback=lambda *a: done.done() or done.set_result(a)) is None
    return await asyncio.wait_for(done, 5)


async def test_task_gives_what_the_callback_got():
    @gen.engine
    def function(callback):
        for call in (call_later, call_now):
            assert (yield gen.Task(call, 1)) == 1
            assert (yield gen.Task(call)) is None
            arguments = yield gen.Task(call, 1, 2, x=3)
            assert arguments == gen.Arguments((1, 2), {"x": 3})
            assert arguments.args == (1, 2)
            assert arguments.kwargs == {"x": 3}
        assert (yield [gen.Task(call_later, 1), gen.Task(call_now, 2)]) == [1, 2]
        callback("end")

    assert await run(function) == ("end",)


async def test_callback_and_wait():
    @gen.engine
    def function(callback):
        call_later(1, callback=(yield gen.Callback("a")))
        call_now(2, callback=(yield gen.Callback("b")))
        assert (yield gen.Wait("b")) == 2
        assert (yield gen.Wait("a")) == 1
        for i in range(3):
            call_later(i, turns=3 - i, callback=(yield gen.Callback(i)))
        assert (yield gen.WaitAll(range(3))) == [0, 1, 2]
        call_later(5, callback=(yield gen.Callback("a")))  # the key is free again
        assert (yield [gen.Wait("a"), gen.sleep(0), gen.Task(call_now, 7)]) == [5, None, 7]
        call_later(6, callback=(yield gen.Callback("x")))
        assert (yield {"x": gen.Wait("x"), "y": gen.moment}) == {"x": 6, "y": None}
        callback()

    assert await run(function) == ()


async def test_futures_coroutines_and_engines_mix():
    @gen.coroutine
    def modern(x):
        yield gen.moment
        raise gen.Return(x)

    async def native(x):
        return x

    @gen.engine
    def inner(callback):
        yield gen.moment
        callback("inner")

    @gen.engine
    def function(callback):
        one = yield modern(1)
        two = yield native(2)
        three = yield gen.Task(inner)
        callback(one, two, three)

    assert await run(function) == (1, 2, "inner")


async def test_mistakes_with_keys():
    @gen.engine
    def reused(callback):
        yield gen.Callback("a")
        yield gen.Callback("a")

    @gen.engine
    def unknown(callback):
        yield gen.Wait("a")

    @gen.engine
    def unknown_among_others(callback):
        yield gen.Callback("a")
        yield gen.WaitAll(["a", "b"])

    @gen.engine
    def leaked(callback):
        yield gen.Callback("left")

    @gen.engine
    def bad(callback):
        yield 42

    for function, error in (
        (reused, gen.KeyReuseError),
        (unknown, gen.UnknownKeyError),
        (unknown_among_others, gen.UnknownKeyError),
        (leaked, gen.LeakedCallbackError),
        (bad, gen.BadYieldError),
    ):
        with pytest.raises(error):
            await run(function)


async def test_no_complaint_about_keys_after_an_error():
    @gen.engine
    def function(callback):
        yield gen.Callback("left")
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        await run(function)


async def test_a_mistake_can_be_caught_where_it_was_made():
    @gen.engine
    def function(callback):
        try:
            yield gen.Wait("unknown")
        except gen.UnknownKeyError:
            callback("caught")

    assert await run(function) == ("caught",)


def fails_later(callback):
    def fail():
        raise ZeroDivisionError("in a callback")

    IOLoop.current().add_callback(fail)


async def test_an_exception_in_a_callback_is_raised_at_the_yield():
    @gen.engine
    def by_task(callback):
        try:
            yield gen.Task(fails_later)
        except ZeroDivisionError as error:
            callback(str(error))

    @gen.engine
    def by_key(callback):
        fails_later((yield gen.Callback("a")))
        try:
            yield gen.Wait("a")
        except ZeroDivisionError as error:
            yield gen.moment
            callback(str(error))

    @gen.engine
    def not_caught(callback):
        fails_later((yield gen.Callback("a")))
        yield gen.Wait("a")

    @gen.engine
    def while_it_waits_for_something_else(callback):
        fails_later((yield gen.Callback("a")))
        slow = gen.sleep(0.01)
        try:
            yield slow
        except ZeroDivisionError:
            # That the sleep is over must not pass for the end of what is waited for now.
            callback((yield gen.Task(call_later, "right", turns=1)), (yield gen.sleep(0.02)))

    assert await run(by_task) == ("in a callback",)
    assert await run(by_key) == ("in a callback",)
    with pytest.raises(ZeroDivisionError):
        await run(not_caught)
    assert await run(while_it_waits_for_something_else) == ("right", None)


async def test_exceptions_reach_the_caller_or_the_log(expect_log):
    @gen.engine
    def at_once():
        raise ZeroDivisionError("at once")
        yield

    @gen.engine
    def later():
        yield gen.moment
        raise ZeroDivisionError("later")

    with pytest.raises(ZeroDivisionError, match="at once"):
        at_once()
    with expect_log("tornado.application", "Exception in callback.*later", count=1):
        later()
        await asyncio.sleep(0.01)


async def test_an_engine_returns_nothing(expect_log):
    @gen.engine
    def function():
        yield gen.moment
        raise gen.Return(5)

    with expect_log("tornado.application", "ReturnValueIgnoredError.*returned 5", count=1):
        function()
        await asyncio.sleep(0.01)


async def test_yield_points_of_the_user():
    class Countdown(gen.YieldPoint):
        def __init__(self, turns):
            self.turns = turns

        def start(self, runner):
            self.runner = runner
            self.tick()

        def tick(self):
            self.turns -= 1
            if self.turns > 0:
                IOLoop.current().add_callback(self.tick)
            self.runner.point_may_be_ready()

        def is_ready(self):
            return self.turns <= 0

        def get_result(self):
            return "liftoff"

    @gen.engine
    def function(callback):
        callback((yield Countdown(3)), (yield Countdown(0)), (yield [Countdown(2)]))

    assert await run(function) == ("liftoff", "liftoff", ["liftoff"])


async def test_a_failed_future_among_points():
    failed = Future()
    failed.set_exception(ZeroDivisionError())

    @gen.engine
    def function(callback):
        call_later(callback=(yield gen.Callback("a")))
        try:
            yield gen.YieldFuture(failed)
        except ZeroDivisionError:
            callback((yield gen.MultiYieldPoint([gen.Wait("a")])))

    assert await run(function) == ([None],)
