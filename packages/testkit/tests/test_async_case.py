"""AsyncTestCase and gen_test: what passes, what fails, with which words, and what is left."""

# ruff: noqa: PT009, PT027
# The methods of unittest are part of what is tested.

import asyncio
import gc
import socket
import warnings

import pytest

from tornado import gen
from tornado.ioloop import IOLoop
from tornado.iostream import IOStream
from tornado.testing import AsyncTestCase, ExpectLog, gen_test, setup_with_context_manager


def test_stop_and_wait(run_case):
    class Case(AsyncTestCase):
        def test_answer_of_a_callback(self):
            self.io_loop.add_callback(self.stop, 7)
            assert self.wait() == 7

        def test_keywords(self):
            self.io_loop.add_callback(self.stop, a=1, b=2)
            assert self.wait() == {"a": 1, "b": 2}

        def test_stopped_before(self):
            self.stop("early")
            assert self.wait() == "early"

        def test_the_last_answer_counts(self):
            self.stop(1)
            self.stop(2)
            assert self.wait() == 2

        def test_twice(self):
            for n in (1, 2):
                self.io_loop.call_later(0, self.stop, n)
                assert self.wait() == n

        def test_condition(self):
            seen = []

            def step():
                seen.append(1)
                self.stop(len(seen))
                self.io_loop.add_callback(step)

            self.io_loop.add_callback(step)
            assert self.wait(lambda: len(seen) >= 3) == 3

        def test_condition_after_a_stop(self):
            self.stop(1)
            self.io_loop.add_callback(self.stop, 2)
            calls = []
            assert self.wait(lambda: calls.append(0) or len(calls) > 1) == 2

        def test_no_limit(self):
            self.io_loop.call_later(0.01, self.stop)
            assert self.wait(timeout=0) is None

        def test_both_kinds_of_answer(self):
            with self.assertRaisesRegex(TypeError, "not both"):
                self.stop(1, a=2)

        def test_sub_tests(self):
            for n in range(2):
                with self.subTest(n=n):
                    self.io_loop.add_callback(self.stop, n)
                    self.assertEqual(self.wait(), n)

    result = run_case(Case)
    assert result.wasSuccessful(), result
    assert result.testsRun == 10


def test_nobody_stops(run_case, monkeypatch):
    class Case(AsyncTestCase):
        def test_it(self):
            self.wait(timeout=0.01)

        def test_environment(self):
            self.wait()

    monkeypatch.setenv("ASYNC_TEST_TIMEOUT", "0.02")
    result = run_case(Case)
    said = [text.splitlines()[-1] for _, text in result.failures]
    assert said == [
        "AssertionError: stop() was not called within 0.02 seconds",
        "AssertionError: stop() was not called within 0.01 seconds",
    ]
    assert "_asynccase" not in result.failures[0][1], "only the test's own lines are shown"


def test_gen_test(run_case):
    class Case(AsyncTestCase):
        @gen_test
        async def test_native(self):
            await asyncio.sleep(0)
            self.assertIs(IOLoop.current(), self.io_loop)

        @gen_test
        def test_generator(self):
            yield gen.moment
            result = yield [gen.maybe_future(1), gen.maybe_future(2)]
            assert result == [1, 2]

        @gen_test
        @gen.coroutine
        def test_coroutine(self):
            yield gen.sleep(0)

        @gen_test(timeout=20)
        async def test_with_timeout(self):
            await gen.sleep(0)

        @gen_test
        def test_plain(self):
            pass

        @gen_test
        async def test_own_timeout_is_no_timeout(self):
            with self.assertRaises(TimeoutError):
                async with asyncio.timeout(0):
                    await asyncio.sleep(1)

    result = run_case(Case)
    assert result.wasSuccessful(), result


def test_gen_test_says_where_it_waits(traceback_of):
    class Native(AsyncTestCase):
        async def inner(self):
            await asyncio.Event().wait()

        @gen_test(timeout=0.01)
        async def test_it(self):
            await self.inner()

    class Generator(AsyncTestCase):
        @gen_test(timeout=0.01)
        def test_it(self):
            yield gen.sleep(10)

    text = traceback_of(Native)
    assert "test_it is not done after 0.01 seconds; it waits at" in text
    assert "test_it: await self.inner()\n" in text
    assert "inner: await asyncio.Event().wait()\n" in text
    assert "test_it: yield gen.sleep(10)\n" in traceback_of(Generator)


def test_gen_test_shows_the_line_that_failed(traceback_of):
    class Case(AsyncTestCase):
        @gen_test
        async def test_it(self):
            await asyncio.sleep(0)
            self.assertEqual(1, 2)

    text = traceback_of(Case)
    assert "self.assertEqual(1, 2)" in text
    assert text.count("File ") == 1, text


@pytest.mark.parametrize("times", [1, 2])
def test_a_test_that_does_not_end_when_cancelled(run_case, expect_log, monkeypatch, times):
    """Its time is over all the same; the next test has another loop."""
    monkeypatch.setattr("tornado.testing._bounded.GRACE_SECONDS", 0.01)
    monkeypatch.setattr("tornado.testing._loops.CANCEL_SECONDS", 0.01)

    class Case(AsyncTestCase):
        @gen_test(timeout=0.01)
        async def test_it(self):
            asyncio.current_task()._log_destroy_pending = False  # it may end as garbage
            for _ in range(times):
                try:
                    await asyncio.sleep(10)
                except asyncio.CancelledError:
                    pass
            await asyncio.sleep(10)

    if times == 1:
        ((_, text),) = run_case(Case).errors
    else:
        with expect_log("tornado.general", "was cancelled at the end of its test, and goes on"):
            ((_, text),) = run_case(Case).errors
    assert "is not done after 0.01 seconds" in text


@pytest.mark.parametrize("kind", ["coroutine", "generator", "future"])
def test_forgotten_gen_test(traceback_of, kind):
    class Case(AsyncTestCase):
        if kind == "coroutine":

            async def test_it(self):
                raise AssertionError("never reached")

        elif kind == "generator":

            def test_it(self):
                yield

        else:

            @gen.coroutine
            def test_it(self):
                yield gen.moment

    with warnings.catch_warnings():
        warnings.simplefilter("error")
        text = traceback_of(Case)
        gc.collect()
    assert "decorate it with tornado.testing.gen_test" in text


def test_what_a_test_returns(traceback_of):
    class Case(AsyncTestCase):
        def test_it(self):
            return 1 == 2

    assert "returned False; a test returns nothing" in traceback_of(Case)


def test_asynchronous_generators_are_refused(traceback_of):
    class Case(AsyncTestCase):
        @gen_test
        async def test_it(self):
            yield gen.moment

    assert "test_it has both await and yield" in traceback_of(Case)


def test_gen_test_needs_an_io_loop(traceback_of):
    class Case(AsyncTestCase):
        def setUp(self):
            pass  # without super()

        @gen_test
        async def test_it(self):
            pass

    assert "Case has no io_loop" in traceback_of(Case)


# Exceptions that nobody was there for


def callback(self):
    self.io_loop.add_callback(lambda: 1 / 0)


def timeout(self):
    self.io_loop.call_later(0, lambda: 1 / 0)


def asyncio_callback(self):
    self.io_loop.asyncio_loop.call_soon(lambda: 1 / 0)


def stream_callback(self):
    left, right = socket.socketpair()
    right.send(b"x\n")
    self.addCleanup(right.close)
    stream = IOStream(left)
    self.addCleanup(stream.close)
    stream.read_until(b"\n", lambda line: 1 / 0)


def callback_of_a_future(self):
    self.io_loop.add_future(gen.sleep(0), lambda future: 1 / 0)


FAILING = [callback, timeout, asyncio_callback, stream_callback, callback_of_a_future]


@pytest.mark.parametrize("fail", FAILING)
def test_a_failing_callback_fails_the_test(traceback_of, expect_log, fail):
    class Waits(AsyncTestCase):
        def test_it(self):
            if fail is callback_of_a_future:
                self.io_loop.add_callback(fail, self)
            else:
                fail(self)
            self.wait()  # ends at once

    class Awaits(AsyncTestCase):
        @gen_test
        async def test_it(self):
            fail(self)
            await asyncio.sleep(0.01)

    for case in (Waits, Awaits):
        logger = "asyncio" if fail is asyncio_callback else "tornado.application"
        with expect_log(logger, "[Ee]xception in callback", count=1):
            text = traceback_of(case)
        assert text.endswith("ZeroDivisionError: division by zero\n")
        assert "lambda" in text, "the line that failed is shown"


def test_what_is_expected_in_the_log_is_no_failure(run_case):
    class Case(AsyncTestCase):
        def test_it(self):
            self.io_loop.add_callback(lambda: 1 / 0)
            self.io_loop.add_callback(self.stop)
            with ExpectLog("tornado.application", "Exception in callback"):
                self.wait()

        @gen_test
        async def test_asyncio(self):
            with ExpectLog("asyncio", "Exception in callback"):
                asyncio.get_running_loop().call_soon(lambda: 1 / 0)
                await asyncio.sleep(0.01)

    assert run_case(Case).wasSuccessful()


def test_a_silenced_logger_hides_no_failure(traceback_of, caplog):
    class Case(AsyncTestCase):
        @gen_test
        async def test_it(self):
            self.io_loop.add_callback(lambda: 1 / 0)
            await asyncio.sleep(0.01)

    with caplog.at_level(100, "tornado.application"):
        assert "ZeroDivisionError" in traceback_of(Case)


def test_a_failure_while_the_test_ends(run_case, expect_log):
    class Case(AsyncTestCase):
        def test_it(self):
            self.io_loop.add_callback(lambda: 1 / 0)  # runs as the loop is closed

        def test_next(self):
            pass

    with expect_log("tornado.application", "Exception in callback"):
        result = run_case(Case)
    assert [test._testMethodName for test, _ in result.errors] == ["test_it"]


def test_a_failing_callback_is_told_of_beside_a_timeout(run_case, expect_log):
    """It is often the reason why nobody came."""

    class Case(AsyncTestCase):
        @gen_test(timeout=0.02)
        async def test_it(self):
            self.io_loop.add_callback(lambda: 1 / 0)
            await asyncio.Event().wait()

    with expect_log("tornado.application", "Exception in callback"):
        result = run_case(Case)
    told = [text.splitlines()[-1].partition(":")[0] for _, text in result.errors]
    assert "ZeroDivisionError" in told
    assert any("is not done after 0.02 seconds" in text for _, text in result.errors)


def test_the_first_failure_counts(traceback_of, expect_log):
    class Case(AsyncTestCase):
        def test_it(self):
            self.io_loop.add_callback(lambda: 1 / 0)
            self.io_loop.add_callback(lambda: {}["a"])
            self.io_loop.add_callback(self.stop)
            self.wait()

    with expect_log("tornado.application", "Exception in callback", count=2):
        assert traceback_of(Case).endswith("division by zero\n")


# What is left


def test_each_test_has_a_loop_of_its_own_and_leaves_none(run_case):
    loops = []

    class Case(AsyncTestCase):
        def test_one(self):
            loops.append(self.io_loop)

        test_two = test_one

        def tearDown(self):
            assert not self.io_loop.asyncio_loop.is_closed()
            super().tearDown()
            assert self.io_loop.asyncio_loop.is_closed()

    before = IOLoop.current(instance=False)
    assert run_case(Case).wasSuccessful()
    assert len({id(loop) for loop in loops}) == 2
    assert IOLoop.current(instance=False) is before


def test_tasks_that_are_left_are_cancelled(run_case):
    ended = []

    class Case(AsyncTestCase):
        @gen_test
        async def test_it(self):
            async def forever():
                try:
                    await asyncio.sleep(3600)
                finally:
                    await asyncio.sleep(0)
                    ended.append(True)

            self.task = asyncio.ensure_future(forever())
            await asyncio.sleep(0)

    assert run_case(Case).wasSuccessful()
    assert ended == [True]


def test_nothing_is_left_by_a_failing_set_up(run_case):
    loops = []

    class Case(AsyncTestCase):
        def setUp(self):
            super().setUp()
            loops.append(self.io_loop)
            raise LookupError("in setUp")

        def test_it(self):
            raise AssertionError("never reached")

    class Forgetful(AsyncTestCase):
        def tearDown(self):
            loops.append(self.io_loop)  # without super()

        def test_it(self):
            pass

    assert len(run_case(Case).errors) == 1
    assert run_case(Forgetful).wasSuccessful()
    assert [loop.asyncio_loop.is_closed() for loop in loops] == [True, True]


def test_a_loop_of_others_is_not_closed(run_case):
    shared = IOLoop()
    try:

        class Case(AsyncTestCase):
            def get_new_ioloop(self):
                return IOLoop.current()

            def test_one(self):
                assert self.io_loop is shared
                self.io_loop.add_callback(self.stop)
                self.wait()

            test_two = test_one

        class Own(AsyncTestCase):
            def test_it(self):
                assert self.io_loop is not shared
                assert IOLoop.current() is self.io_loop

        assert run_case(Case).wasSuccessful()
        assert run_case(Own).wasSuccessful()
        assert IOLoop.current() is shared
        assert "handle_callback_exception" not in vars(shared)
    finally:
        shared.close()


def test_setup_with_context_manager(run_case):
    seen = []

    class Manager:
        def __enter__(self):
            seen.append("in")
            return 5

        def __exit__(self, *error):
            seen.append("out")

    class Case(AsyncTestCase):
        def setUp(self):
            super().setUp()
            assert setup_with_context_manager(self, Manager()) == 5

        def test_it(self):
            assert seen == ["in"]

    assert run_case(Case).wasSuccessful()
    assert seen == ["in", "out"]


class TestUnderPytest(AsyncTestCase):
    """pytest runs these methods by a way of its own."""

    @gen_test
    async def test_native(self):
        await asyncio.sleep(0)

    def test_wait(self):
        self.io_loop.add_callback(self.stop, 3)
        self.assertEqual(self.wait(), 3)
