"""multi, with_timeout, sleep, WaitIterator, maybe_future, convert_yielded."""

import asyncio
import concurrent.futures
import datetime
import time

import pytest

from tornado import gen
from tornado.concurrent import Future
from tornado.ioloop import IOLoop


async def value(x, delay=0):
    await asyncio.sleep(delay)
    return x


async def failure(x, delay=0):
    await asyncio.sleep(delay)
    raise ZeroDivisionError(x)


async def test_multi_of_lists_dicts_and_iterables():
    assert await gen.multi([value(1, 0.002), value(2)]) == [1, 2]
    assert await gen.multi({"a": value(1, 0.002), "b": value(2)}) == {"a": 1, "b": 2}
    assert await gen.multi(value(i) for i in range(3)) == [0, 1, 2]
    assert await gen.multi(()) == []
    assert await gen.multi({}) == {}
    assert await gen.Multi([value(1)]) == await gen.multi_future([value(1)]) == [1]
    same = asyncio.ensure_future(value(3))
    assert await gen.multi([same, None, same]) == [3, None, 3]


async def test_multi_raises_the_first_in_order_and_logs_the_others(expect_log):
    expected = expect_log("tornado.application", "waited for together.*'second'", count=1)
    with expected, pytest.raises(ZeroDivisionError, match="first"):
        await gen.multi([value(1), failure("first", 0.005), failure("second")])


async def test_multi_keeps_quiet_as_told():
    with pytest.raises(ZeroDivisionError, match="1"):
        await gen.multi([failure(1), failure(2)], quiet_exceptions=ZeroDivisionError)
    with pytest.raises(ZeroDivisionError, match="1"):
        await gen.multi({1: failure(1), 2: failure(2)}, (KeyError, ZeroDivisionError))


async def test_multi_waits_for_all_before_it_fails():
    ended = []

    async def slow():
        await asyncio.sleep(0.005)
        ended.append(True)

    with pytest.raises(ZeroDivisionError):
        await gen.multi([failure(1), slow()])
    assert ended == [True]


async def test_multi_with_a_cancelled_child():
    child = Future()
    both = gen.multi([child, value(1)])
    child.cancel()
    with pytest.raises(asyncio.CancelledError):
        await both


async def test_a_cancelled_multi_drops_what_comes(expect_log):
    child = Future()
    both = gen.multi([child])
    both.cancel()
    child.set_result(1)
    await asyncio.sleep(0)
    child = Future()
    both = gen.multi([child])
    both.cancel()
    child.set_exception(ZeroDivisionError())
    with expect_log("tornado.application", "waited for together.*ZeroDivision"):
        await asyncio.sleep(0)


async def test_with_timeout_in_time():
    soon = datetime.timedelta(seconds=10)
    assert await gen.with_timeout(soon, value(1)) == 1
    assert await gen.with_timeout(time.time() + 10, [value(1), value(2)]) == [1, 2]
    with pytest.raises(ZeroDivisionError):
        await gen.with_timeout(soon, failure(1))
    done = Future()
    done.set_result(5)
    assert await gen.with_timeout(soon, done, io_loop=IOLoop.current()) == 5
    assert await gen.with_timeout(soon, value(3), IOLoop.current()) == 3
    with concurrent.futures.ThreadPoolExecutor(1) as pool:
        assert await gen.with_timeout(soon, pool.submit(lambda: 4)) == 4


async def test_with_timeout_too_late():
    forever = Future()
    with pytest.raises(gen.TimeoutError, match=r"^Timeout$"):
        await gen.with_timeout(datetime.timedelta(milliseconds=1), forever)
    with pytest.raises(gen.TimeoutError, match="the printer did not answer"):
        await gen.with_timeout(
            datetime.timedelta(milliseconds=1), forever, message="the printer did not answer"
        )
    assert not forever.cancelled()
    forever.set_result(1)
    assert gen.TimeoutError is TimeoutError


async def test_a_failure_after_the_timeout_is_logged_unless_quiet(expect_log):
    for quiet in ((), ZeroDivisionError):
        late = Future()
        with pytest.raises(gen.TimeoutError):
            await gen.with_timeout(datetime.timedelta(0), late, quiet_exceptions=quiet)
        late.set_exception(ZeroDivisionError())
        if quiet:
            await asyncio.sleep(0)
        else:
            with expect_log("tornado.application", "given up.*ZeroDivision", count=1):
                await asyncio.sleep(0)


async def test_a_cancelled_source_cancels():
    source = Future()
    limited = gen.with_timeout(datetime.timedelta(seconds=10), source)
    source.cancel()
    with pytest.raises(asyncio.CancelledError):
        await limited


async def test_sleep():
    begin = time.monotonic()
    assert await gen.sleep(0.01) is None
    assert time.monotonic() - begin >= 0.009
    sleeping = gen.sleep(3600)
    sleeping.cancel()
    await asyncio.sleep(0)


async def test_wait_iterator_gives_results_as_they_come():
    iterator = gen.WaitIterator(value(1, 0.02), value(2, 0.001), value(3, 0.01))
    seen = []
    while not iterator.done():
        result = await iterator.next()
        seen.append((iterator.current_index, result, iterator.current_future.result()))
    assert seen == [(1, 2, 2), (2, 3, 3), (0, 1, 1)]
    assert iterator.current_index is None
    with pytest.raises(RuntimeError, match=r"ask done\(\)"):
        iterator.next()


async def test_wait_iterator_by_name_with_async_for_and_failures():
    iterator = gen.WaitIterator(a=value(1, 0.002), b=value(2))
    seen = {}
    async for result in iterator:
        seen[iterator.current_index] = result
    assert seen == {"b": 2, "a": 1}
    iterator = gen.WaitIterator(failure("x"), value(2, 0.002))
    with pytest.raises(ZeroDivisionError):
        await iterator.next()
    assert iterator.current_index == 0
    assert await iterator.next() == 2


async def test_wait_iterator_misused():
    with pytest.raises(ValueError, match="not both"):
        gen.WaitIterator(Future(), a=Future())
    iterator = gen.WaitIterator(Future(), Future())
    iterator.next()
    with pytest.raises(RuntimeError, match="before its last future was done"):
        iterator.next()
    assert gen.WaitIterator().done()


async def test_maybe_future_and_convert_yielded():
    future = Future()
    assert gen.maybe_future(future) is future
    assert gen.convert_yielded(future) is future
    assert await gen.maybe_future(5) == 5
    assert gen.convert_yielded(None) is gen.moment
    assert await gen.convert_yielded(value(3)) == 3
    with pytest.raises(gen.BadYieldError):
        gen.convert_yielded(5)
    future.cancel()
