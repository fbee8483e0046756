"""AsyncTestCase: a unittest test case with an event loop.

Laws:
1. Each test has a loop of its own, from `setUp` to `tearDown`; nothing of it is left afterwards,
   whether the test passed, failed, or never came past `setUp`.
2. An exception that the loop had nobody to raise to fails the test: at the next `wait`, else at the
   end of the method, else in `tearDown`. The first one counts; the log has all of them.
3. A test method returns nothing. What it returns was meant to be awaited, or asserted.
"""

from __future__ import annotations

import inspect
import unittest
from collections.abc import Callable
from typing import Any

from tornado.ioloop import IOLoop
from tornado.testing._loops import LoopOfTest, new_loop
from tornado.testing._timeout import get_async_test_timeout
from tornado.testing._watch import Failure, Watch

__unittest = True  # see _bounded


class AsyncTestCase(unittest.TestCase):
    """A `unittest.TestCase` for code that needs an event loop, which is ``self.io_loop``.

    Test methods are decorated with `gen_test` and wait with ``await`` or ``yield``, or they
    schedule callbacks, one of which calls `stop`, and `wait` for that::

        def test_greeting(self):
            client = IOStream(socket.socket())
            client.connect(self.address, self.stop)
            self.wait()
            client.read_until(b"\\n", self.stop)
            self.assertEqual(self.wait(), b"Hello\\n")

    A subclass that has `setUp` or `tearDown` calls ``super()``'s. An exception in a callback fails
    the test, if no `ExpectLog` expects its record in the log.
    """

    io_loop: IOLoop
    __loop: LoopOfTest | None = None
    __watch: Watch | None = None
    __failure: Failure | None = None
    __waiting = False
    __stopped = False
    __answer: Any = None

    def setUp(self) -> None:
        """Makes ``io_loop`` and makes it the current one."""
        super().setUp()
        self.__loop = LoopOfTest(self.get_new_ioloop)
        self.io_loop = self.__loop.io_loop
        self.__watch = Watch(self.io_loop, self.__failed)

    def tearDown(self) -> None:
        """Cancels the tasks that are left and closes ``io_loop``."""
        self.__close()
        super().tearDown()
        self.__rethrow()

    def run(self, result: unittest.TestResult | None = None) -> unittest.TestResult | None:
        """Runs the test method with `setUp` and `tearDown`, as in `unittest.TestCase`."""
        try:
            return super().run(result)
        finally:
            self.__close()  # setUp() failed, or a tearDown() did not call this one's

    def _callTestMethod(self, method: Callable[[], Any]) -> None:  # what unittest calls it with
        result = method()
        if result is None:
            return self.__rethrow()
        waits = inspect.isawaitable(result) or inspect.isgenerator(result)
        if inspect.iscoroutine(result) or inspect.isgenerator(result):
            result.close()
        if waits or inspect.isasyncgen(result):
            raise TypeError(
                f"{self.id()} returned something to wait for, which nobody would have done: "
                "decorate it with tornado.testing.gen_test"
            )
        raise ValueError(
            f"{self.id()} returned {result!r}; a test returns nothing. Was it to be asserted?"
        )

    def get_new_ioloop(self) -> IOLoop:
        """The loop for one test; subclasses choose another kind.

        One that is the current loop already, as of ``return IOLoop.current()``, is not closed after
        the test.
        """
        return new_loop()

    def stop(self, _arg: Any = None, **kwargs: Any) -> None:
        """Ends the present call of `wait`, or the next one, which returns ``_arg`` or ``kwargs``.

        It is a callback for whatever calls back with at most one positional argument.
        """
        if _arg is not None and kwargs:
            raise TypeError("stop() takes one positional argument, or keywords, not both")
        self.__answer = kwargs or _arg
        self.__stopped = True
        self.__wake()

    def wait(self, condition: Callable[[], Any] | None = None, timeout: float | None = None) -> Any:
        """Runs the loop until `stop` is called; returns what that was given.

        With ``condition`` it goes on after a `stop` for which ``condition()`` is false. After
        ``timeout`` seconds, by default those of `get_async_test_timeout`, the test fails; 0 is no
        limit.
        """
        if timeout is None:
            timeout = get_async_test_timeout()
        alarm = self.io_loop.call_later(timeout, self.__expire, timeout) if timeout else None
        self.__waiting = True
        try:
            while self.__failure is None and not (
                self.__stopped and (condition is None or condition())
            ):
                self.__stopped = False
                self.io_loop.start()
        finally:
            self.__waiting = self.__stopped = False
            if alarm is not None:
                self.io_loop.remove_timeout(alarm)
        self.__rethrow()
        answer, self.__answer = self.__answer, None
        return answer

    def __expire(self, seconds: float) -> None:
        self.__failed(
            Failure.of(self.failureException(f"stop() was not called within {seconds:g} seconds"))
        )

    def __failed(self, failure: Failure) -> None:
        if self.__failure is None:
            self.__failure = failure
        self.__wake()

    def __wake(self) -> None:
        if self.__waiting:
            self.io_loop.stop()

    def __rethrow(self) -> None:
        failure, self.__failure = self.__failure, None
        if failure is not None:
            failure.throw()

    def __close(self) -> None:
        loop, self.__loop = self.__loop, None
        watch, self.__watch = self.__watch, None
        try:
            if loop is not None:
                loop.release()
        finally:
            if watch is not None:
                watch.release()
