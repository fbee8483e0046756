"""Yield points: keys for callbacks, the way of `engine`.

    @gen.engine
    def page():
        client.fetch(url, callback=(yield gen.Callback("key")))
        response = yield gen.Wait("key")

Laws:
1. A key is registered by `Callback`, gets a result when that callback is called, and is free again
   when `Wait` has taken the result.
2. An exception in a callback that was scheduled by the generator is raised in the generator.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable, Mapping
from typing import Any, NamedTuple

from tornado.concurrent import Future, future_set_exc_info
from tornado.gen._errors import KeyReuseError, LeakedCallbackError, UnknownKeyError
from tornado.gen._runner import Runner
from tornado.gen._yielding import new_future, to_loop_future
from tornado.ioloop import IOLoop
from tornado.stack_context import ExceptionStackContext, wrap
from tornado.stack_context._contexts import activate


class Arguments(NamedTuple):
    """What a callback got, where that was not one positional argument or none at all."""

    args: tuple[Any, ...]
    kwargs: dict[str, Any]


def _single(args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
    if kwargs or len(args) > 1:
        return Arguments(args, kwargs)
    return args[0] if args else None


class Keys:
    """The callbacks of one `Runner` that were registered and not waited for."""

    #: Whether an exception came instead of a callback: one cannot wait for that callback then.
    excused = False

    def __init__(self, runner: Runner) -> None:
        self._runner = runner
        self._pending: set[Hashable] = set()
        self._results: dict[Hashable, Any] = {}

    def guard(self) -> None:
        """From now on, exceptions of callbacks scheduled in this context go to the generator."""
        activate(ExceptionStackContext(self._runner.handle_exception))

    def register(self, key: Hashable) -> None:
        if key in self._pending:
            raise KeyReuseError(f"the key {key!r} is in use: wait for it before using it again")
        self._pending.add(key)

    def is_ready(self, key: Hashable) -> bool:
        if key not in self._pending:
            raise UnknownKeyError(f"no gen.Callback({key!r}) was yielded that could be waited for")
        return key in self._results

    def callback(self, key: Hashable) -> Callable[..., None]:
        def called(*args: Any, **kwargs: Any) -> None:
            self._results[key] = _single(args, kwargs)
            self._runner.point_may_be_ready()

        return wrap(called)

    def pop(self, key: Hashable) -> Any:
        self._pending.remove(key)
        return self._results.pop(key)

    def leaked(self) -> LeakedCallbackError | None:
        """The error to end with if callbacks were never waited for."""
        if not self._pending or self.excused:
            return None
        return LeakedCallbackError(
            f"the generator ended and never waited for its callbacks {list(self._pending)!r}"
        )


class YieldPoint:
    """The base of what can be yielded in an `engine` and needs to know its `Runner`."""

    is_yield_point = True

    def start(self, runner: Runner) -> None:
        """Called once, when the generator has yielded this."""
        raise NotImplementedError

    def is_ready(self) -> bool:
        """Whether the generator can go on."""
        raise NotImplementedError

    def get_result(self) -> Any:
        """What ``yield`` gives to the generator; an exception is raised there."""
        raise NotImplementedError


class Callback(YieldPoint):
    """``yield Callback(key)`` gives a callback whose arguments `Wait` with the same key returns."""

    def __init__(self, key: Hashable) -> None:
        self.key = key

    def start(self, runner: Runner) -> None:
        runner.keys.register(self.key)
        self._callback = runner.keys.callback(self.key)

    def is_ready(self) -> bool:
        return True

    def get_result(self) -> Callable[..., None]:
        return self._callback


class WaitAll(YieldPoint):
    """``yield WaitAll(keys)`` waits for several callbacks and gives the list of their arguments."""

    def __init__(self, keys: Iterable[Hashable]) -> None:
        self.keys = list(keys)

    def start(self, runner: Runner) -> None:
        self.runner = runner

    def is_ready(self) -> bool:
        # Every key is looked at, so that an unknown one is noticed.
        ready = [self.runner.keys.is_ready(key) for key in self.keys]
        return all(ready)

    def get_result(self) -> Any:
        return [self.runner.keys.pop(key) for key in self.keys]


class Wait(WaitAll):
    """``yield Wait(key)`` gives what the callback of that key was called with.

    That is the argument, None if there was none, and `Arguments` if there were several.
    """

    def __init__(self, key: Hashable) -> None:
        super().__init__([key])
        self.key = key

    def get_result(self) -> Any:
        return super().get_result()[0]


class YieldFuture(YieldPoint):
    """A future, or another yieldable, as a yield point."""

    def __init__(self, future: Any, io_loop: IOLoop | None = None) -> None:
        self.future = to_loop_future(future)

    def start(self, runner: Runner) -> None:
        if not self.future.done():
            self.future.add_done_callback(lambda future: runner.point_may_be_ready())

    def is_ready(self) -> bool:
        return bool(self.future.done())

    def get_result(self) -> Any:
        return self.future.result()


class MultiYieldPoint(YieldPoint):
    """A list or dict of yield points and futures, waited for together."""

    def __init__(self, children: Iterable[Any] | Mapping[Any, Any]) -> None:
        self.keys = list(children) if isinstance(children, Mapping) else None
        values = children.values() if isinstance(children, Mapping) else children
        self.children = [
            child if isinstance(child, YieldPoint) else YieldFuture(child) for child in values
        ]

    def start(self, runner: Runner) -> None:
        for child in self.children:
            child.start(runner)

    def is_ready(self) -> bool:
        ready = [child.is_ready() for child in self.children]
        return all(ready)

    def get_result(self) -> Any:
        values = [child.get_result() for child in self.children]
        return values if self.keys is None else dict(zip(self.keys, values, strict=True))


def Task(func: Callable[..., Any], *args: Any, **kwargs: Any) -> Future[Any]:
    """Call ``func(*args, callback=..., **kwargs)``; the future has what that callback gets.

    ``response = yield gen.Task(client.fetch, url)``. Exceptions of the function, and of callbacks
    that it schedules, go into the future.
    """
    future = new_future()

    def answer(*args: Any, **kwargs: Any) -> None:
        if not future.done():
            future.set_result(_single(args, kwargs))

    def failed(*exc_info: Any) -> bool:
        if future.done():
            return False
        future_set_exc_info(future, exc_info)
        return True

    with ExceptionStackContext(failed):
        func(*args, callback=wrap(answer), **kwargs)
    return future
