"""Runner: drives one generator from yield to yield.

Laws:
1. A Runner exists only for a generator that has yielded something; see `coroutine`.
2. What is done already is handed back at once, without a turn of the loop.
3. The generator runs in a `contextvars.Context` of its own, a copy of its caller's.
4. No cycles: the Runner keeps no future that it waits for (that future keeps the Runner), and its
   frames, to which the traceback of an exception leads, forget the futures that keep exceptions.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Generator
from concurrent.futures import Future as ThreadFuture
from types import TracebackType
from typing import TYPE_CHECKING, Any

from tornado.concurrent import Future
from tornado.gen._errors import Return
from tornado.gen._yielding import convert_yielded, moment, to_loop_future
from tornado.stack_context import wrap
from tornado.stack_context._contexts import active_frames

if TYPE_CHECKING:
    from tornado.gen._yieldpoints import Keys, YieldPoint


def without_this_frame(error: BaseException) -> BaseException:
    """Take the frame that caught the exception off its traceback.

    The frames of this package tell the reader nothing and would tie the exception, the future that
    holds it and themselves into a cycle.
    """
    traceback = error.__traceback__
    return error if traceback is None else error.with_traceback(traceback.tb_next)


def fail(future: Future[Any], error: BaseException) -> None:
    """End a coroutine's future with what its function raised."""
    if future.cancelled():
        return
    if isinstance(error, asyncio.CancelledError):
        future.cancel()
    else:
        future.set_exception(error)


class Runner:
    """Drives a generator that has yielded ``first_yielded``; its outcome goes to ``result_future``.

    ``ctx_run`` is ``contextvars.Context.run`` of the context that the generator runs in.
    """

    __slots__ = (
        "__weakref__",
        "_error",
        "_keys",
        "_point",
        "_value",
        "_waited",
        "ctx_run",
        "finished",
        "gen",
        "result_future",
        "running",
    )

    def __init__(
        self,
        ctx_run: Callable[..., Any],
        gen: Generator[Any, Any, Any],
        result_future: Future[Any],
        first_yielded: Any,
    ) -> None:
        self.ctx_run = ctx_run
        self.gen = gen
        self.result_future: Future[Any] | None = result_future
        self.running = False
        self.finished = False
        self._error: BaseException | None = None
        self._value: Any = None
        self._waited = 0
        self._keys: Keys | None = None
        self._point: YieldPoint | None = None
        del result_future  # see law 4; the caller, too, keeps none of these
        go_on = self.handle_yield(first_yielded)
        del first_yielded
        if go_on:
            self.run()

    def run(self) -> None:
        """Go on from yield to yield, until one has to be waited for or the generator ends."""
        if self.running or self.finished:
            return
        self.running = True
        try:
            while True:
                error, value = self._error, self._value
                self._error = self._value = None
                try:
                    if error is None:
                        yielded = self.ctx_run(self.gen.send, value)
                    else:
                        yielded = self.ctx_run(self.gen.throw, error)
                except (StopIteration, Return) as end:
                    self._finish(None, end.value)
                    return
                except Exception as raised:
                    self._finish(without_this_frame(raised), None)
                    return
                except BaseException as raised:
                    self._finish(without_this_frame(raised), None)
                    if isinstance(raised, asyncio.CancelledError):
                        return
                    raise
                finally:
                    error = value = None
                if not self.handle_yield(yielded):
                    return
                yielded = None
        finally:
            self.running = False

    def handle_yield(self, yielded: Any) -> bool:
        """Look at what was yielded: True if `run` can go on, False if it has to be waited for."""
        if not isinstance(yielded, asyncio.Future):
            if _has_yield_point(yielded):
                return self._handle_point(yielded)
            try:
                yielded = convert_yielded(yielded)
                if isinstance(yielded, ThreadFuture):
                    yielded = to_loop_future(yielded)
            except Exception as error:
                self._error = without_this_frame(error)
                return True
        if yielded.done() and yielded is not moment:
            self._take(yielded)
            return True
        self._waited = id(yielded)
        resume = wrap(self._resume) if active_frames() else self._resume
        yielded.add_done_callback(resume)
        return False

    def _take(self, future: Any) -> None:
        if future.cancelled():
            self._error = asyncio.CancelledError()
        else:
            self._error = future.exception()
            if self._error is None:
                self._value = future.result()

    def _resume(self, future: Any) -> None:
        # After handle_exception() the generator may wait for something else by now. The number of
        # what is waited for tells, and keeps nothing alive.
        if id(future) == self._waited:
            self._waited = 0
            self._take(future)
            del future  # see law 4
            self.run()

    def _finish(self, error: BaseException | None, value: Any) -> None:
        self.finished = True
        future, self.result_future = self.result_future, None
        assert future is not None
        if self._keys is not None:
            if error is None:
                error = self._keys.leaked()
            self._keys = self._point = None
        # The generator's context may know this Runner; both have done their work.
        self.ctx_run = _ended
        if error is not None:
            fail(future, error)
        elif not future.cancelled():
            future.set_result(value)

    def handle_exception(
        self,
        typ: type[BaseException] | None,
        value: BaseException | None,
        tb: TracebackType | None,
    ) -> bool:
        """Raise in the generator what a callback of its raised; False if it cannot take it now."""
        if self.running or self.finished or value is None:
            return False
        if self._keys is not None:
            self._keys.excused = True
        self._point = None
        self._waited = 0
        self._error = value
        self.run()
        return True

    # Yield points, the way of 2012

    def _handle_point(self, yielded: Any) -> bool:
        from tornado.gen._yieldpoints import Keys, MultiYieldPoint, YieldPoint

        if self._keys is None:
            self._keys = Keys(self)
            self.ctx_run(self._keys.guard)
        try:
            point = yielded if isinstance(yielded, YieldPoint) else MultiYieldPoint(yielded)
            self.ctx_run(point.start, self)
            if point.is_ready():
                self._value = point.get_result()
            else:
                self._point = point
                return False
        except Exception as error:
            self._error = without_this_frame(error)
        return True

    @property
    def keys(self) -> Keys:
        """The callbacks that yield points have registered."""
        if self._keys is None:
            raise RuntimeError("yield points work only in the generator that yields them")
        return self._keys

    def point_may_be_ready(self) -> None:
        """A callback was called: go on if that is what the generator waits for."""
        point = self._point
        if point is None or self.running or not point.is_ready():
            return
        self._point = None
        try:
            self._value = point.get_result()
        except Exception as error:
            self._error = without_this_frame(error)
        self.run()


def _has_yield_point(yielded: Any) -> bool:
    if isinstance(yielded, list):
        return any(map(_is_point, yielded))
    if isinstance(yielded, dict):
        return any(map(_is_point, yielded.values()))
    return _is_point(yielded)


def _is_point(child: Any) -> bool:
    return getattr(child, "is_yield_point", False) is True


def _ended(*args: Any) -> Any:
    raise RuntimeError("the generator has ended")
