"""gen.coroutine: what it runs, returns, raises and leaves alone."""

import asyncio
import concurrent.futures
import contextvars
import traceback

import pytest

from tornado import gen
from tornado.ioloop import IOLoop

variable = contextvars.ContextVar("variable", default="outside")


@gen.coroutine
def add(a, b):
    """Documented."""
    yield gen.sleep(0)
    return a + b


async def test_the_ways_to_return():
    @gen.coroutine
    def by_return():
        yield gen.moment
        return 1

    @gen.coroutine
    def by_raise():
        yield gen.moment
        raise gen.Return(2)

    @gen.coroutine
    def nothing():
        yield

    @gen.coroutine
    def no_generator():
        return 4

    @gen.coroutine
    def no_generator_that_raises_return():
        raise gen.Return(5)

    @gen.coroutine
    def never_waits():
        if False:
            yield
        return 6

    @gen.coroutine
    async def native():
        await asyncio.sleep(0)
        return 7

    functions = [
        by_return,
        by_raise,
        nothing,
        no_generator,
        no_generator_that_raises_return,
        never_waits,
        native,
    ]
    assert [await function() for function in functions] == [1, 2, None, 4, 5, 6, 7]


async def test_it_is_a_future_and_looks_like_the_function():
    future = add(1, b=2)
    assert isinstance(future, asyncio.Future)
    assert await future == 3
    assert add.__doc__ == "Documented."
    assert add.__wrapped__.__name__ == "add"
    assert gen.is_coroutine_function(add)
    assert not gen.is_coroutine_function(test_the_ways_to_return)
    assert not gen.is_coroutine_function(print)


async def test_it_begins_at_once_and_goes_on_at_once_after_what_is_done():
    steps = []

    @gen.coroutine
    def function():
        steps.append(1)
        done = asyncio.get_running_loop().create_future()
        done.set_result("value")
        steps.append((yield done))
        steps.append((yield [done, done]))
        return "end"

    future = function()
    assert steps == [1, "value", ["value", "value"]]
    assert future.result() == "end"


async def test_exceptions_go_into_the_future_and_come_out_at_the_yield():
    @gen.coroutine
    def at_once():
        raise ZeroDivisionError("at once")

    @gen.coroutine
    def before_it_waits():
        yield from ()
        raise ZeroDivisionError("before it waits")

    @gen.coroutine
    def later():
        yield gen.moment
        raise ZeroDivisionError("later")

    @gen.coroutine
    def catches(function):
        try:
            yield function()
        except ZeroDivisionError as error:
            yield gen.moment
            return str(error)

    for function, text in (
        (at_once, "at once"),
        (before_it_waits, "before it waits"),
        (later, "later"),
    ):
        assert await catches(function) == text


async def test_a_traceback_shows_the_users_frames_and_ends_where_it_happened():
    @gen.coroutine
    def inner():
        yield gen.moment
        raise ZeroDivisionError

    @gen.coroutine
    def outer():
        yield inner()

    try:
        await outer()
    except ZeroDivisionError as error:
        names = [frame.name for frame in traceback.extract_tb(error.__traceback__)]
    assert names == [
        "test_a_traceback_shows_the_users_frames_and_ends_where_it_happened",
        "outer",
        "inner",
    ]


async def test_what_can_be_yielded():
    loop = asyncio.get_running_loop()
    pool = concurrent.futures.ThreadPoolExecutor(1)

    class Awaitable:
        def __await__(self):
            yield from asyncio.sleep(0).__await__()
            return "awaited"

    async def native(x):
        await asyncio.sleep(0)
        return x

    @gen.coroutine
    def function():
        assert (yield None) is None
        assert (yield gen.moment) is None
        assert (yield gen.sleep(0.001)) is None
        assert (yield native(1)) == 1
        assert (yield Awaitable()) == "awaited"
        assert (yield loop.create_task(native(2))) == 2
        assert (yield pool.submit(lambda: 3)) == 3
        assert (yield add(1, 3)) == 4
        assert (yield [native(1), add(1, 1), pool.submit(lambda: 3)]) == [1, 2, 3]
        assert (yield {"a": native(1), "b": [add(1, 1)]}) == {"a": 1, "b": [2]}
        assert (yield []) == []
        assert (yield {}) == {}
        for nonsense in (42, "x", object(), (1, 2)):
            with pytest.raises(gen.BadYieldError, match="a coroutine can yield futures"):
                yield nonsense
        return "end"

    assert await function() == "end"
    pool.shutdown()


async def test_a_type_can_be_registered():
    class Deferred:
        pass

    @gen.convert_yielded.register(Deferred)
    def convert(deferred):
        return asyncio.ensure_future(asyncio.sleep(0, "converted"))

    @gen.coroutine
    def function():
        return (yield Deferred())

    assert await function() == "converted"


async def test_moment_lets_others_run():
    order = []

    @gen.coroutine
    def function(name):
        for i in range(2):
            order.append((name, i))
            yield gen.moment

    await gen.multi([function("a"), function("b")])
    assert order == [("a", 0), ("b", 0), ("a", 1), ("b", 1)]
    assert await gen.moment is None
    assert (gen.moment.done(), gen.moment.result()) == (True, None)
    assert repr(gen.moment) == "tornado.gen.moment"


async def test_context_variables_stay_inside():
    @gen.coroutine
    def function():
        assert variable.get() == "caller"
        variable.set("inside")
        yield gen.moment
        assert variable.get() == "inside"
        yield nested()
        assert variable.get() == "inside"

    @gen.coroutine
    def nested():
        assert variable.get() == "inside"
        variable.set("nested")
        yield gen.moment

    variable.set("caller")
    await function()
    assert variable.get() == "caller"


async def test_cancellation_of_what_is_waited_for():
    waited = asyncio.get_running_loop().create_future()
    seen = []

    @gen.coroutine
    def function():
        try:
            yield waited
        except asyncio.CancelledError:
            seen.append("cancelled")
            raise

    future = function()
    waited.cancel()
    with pytest.raises(asyncio.CancelledError):
        await future
    assert seen == ["cancelled"]


async def test_cancelling_the_result_lets_the_generator_end():
    ended = asyncio.Event()

    @gen.coroutine
    def function(fails):
        yield gen.sleep(0.001)
        ended.set()
        if fails:
            raise ZeroDivisionError
        return 1

    for fails in (False, True):
        ended.clear()
        function(fails).cancel()
        await ended.wait()
        await asyncio.sleep(0)


async def test_a_callback_in_the_call_as_of_2012():
    called = asyncio.get_running_loop().create_future()
    assert await add(1, 2, callback=called.set_result) == 3
    assert await called == 3

    @gen.coroutine
    def own(callback):
        yield gen.moment
        return callback

    assert await own(callback=5) == 5  # a parameter of the function belongs to the function

    @gen.coroutine
    def keywords(**kwargs):
        yield gen.moment
        return kwargs

    assert await keywords(x=1, callback=5) == {"x": 1, "callback": 5}
    strict = gen.coroutine(add.__wrapped__, replace_callback=False)
    with pytest.raises(TypeError, match="unexpected keyword argument 'callback'"):
        await strict(1, 2, callback=print)


def test_before_the_loop_runs(io_loop):
    future = add(1, 2)
    assert io_loop.run_sync(lambda: future) == 3


def test_keyboard_interrupt_is_raised_and_not_kept(io_loop):
    @gen.coroutine
    def function():
        yield gen.moment
        raise KeyboardInterrupt

    future = function()
    with pytest.raises(KeyboardInterrupt):
        io_loop.start()
    assert isinstance(future.exception(), KeyboardInterrupt)


async def test_many_steps_take_no_stack():
    done = asyncio.get_running_loop().create_future()
    done.set_result(1)

    @gen.coroutine
    def function():
        total = 0
        for _ in range(20000):
            total += yield done
        return total

    assert await function() == 20000


async def test_a_runner_can_be_made_by_hand():
    result = asyncio.get_running_loop().create_future()

    def generator():
        return (yield gen.sleep(0))

    generator = generator()
    runner = gen.Runner(contextvars.copy_context().run, generator, result, next(generator))
    assert runner.finished is False
    assert runner.handle_exception(ValueError, ValueError("thrown"), None)
    with pytest.raises(ValueError, match="thrown"):
        await result
    assert runner.finished
    assert not runner.handle_exception(ValueError, ValueError("late"), None)
    await asyncio.sleep(0.01)  # the sleep it had waited for must not wake it again


async def test_asyncio_tools_work_on_coroutines():
    assert await asyncio.wait_for(add(1, 2), 5) == 3
    assert await asyncio.gather(add(1, 2), add(3, 4)) == [3, 7]
    async with asyncio.timeout(5):
        assert await add(5, 6) == 11
    assert IOLoop.current().asyncio_loop is asyncio.get_running_loop()
