"""Contexts that follow callbacks, as programs of 2010 to 2017 used them, on top of contextvars.

Laws:
1. What is active is one immutable tuple in one `contextvars.ContextVar`. asyncio copies it along
   with everything else, so that a callback sees what was active where it was scheduled.
2. `wrap` captures the tuple. Calling what it returned makes exactly those contexts active, entering
   a `StackContext` anew each time, whatever is active at the call.
3. A program that uses none of this pays for one lookup of a context variable per `IOLoop` callback.
"""

from __future__ import annotations

import functools
from collections.abc import Callable
from contextlib import AbstractContextManager, ExitStack
from contextvars import ContextVar
from types import TracebackType
from typing import Any, Protocol, TypeVar

T = TypeVar("T")
F = TypeVar("F", bound=Callable[..., Any])

ExceptionHandler = Callable[
    [type[BaseException] | None, BaseException | None, TracebackType | None], bool | None
]


class StackContextInconsistentError(Exception):
    """A context was left while it was not the innermost one.

    That happens when two generators interleave ``with`` blocks. Enter and leave a context within
    one function that does not yield in between.
    """


class Frame(Protocol):
    """What the tuple of active contexts holds."""

    active: bool

    def again(self) -> AbstractContextManager[Any]:
        """A context manager to run one callback in."""
        ...


_frames: ContextVar[tuple[Frame, ...]] = ContextVar("tornado.stack_context", default=())

#: The active contexts, outermost first; false when there are none, as nearly always.
active_frames = _frames.get


def activate(frame: Frame) -> None:
    """Make a context active for the rest of the present `contextvars.Context`."""
    _frames.set((*_frames.get(), frame))


class _Block:
    """The ``with`` statement of `StackContext` and `ExceptionStackContext`."""

    active = True
    _before: tuple[Frame, ...] = ()
    _entered: tuple[Frame, ...] = ()

    def again(self) -> AbstractContextManager[Any]:
        raise NotImplementedError

    def _deactivate(self) -> None:
        self.active = False

    def _push(self) -> Callable[[], None]:
        self._before = _frames.get()
        self._entered = (*self._before, self)
        _frames.set(self._entered)
        return self._deactivate

    def _pop(self) -> None:
        found, expected = _frames.get(), self._entered
        _frames.set(self._before)
        self._before = self._entered = ()
        if found is not expected:
            raise StackContextInconsistentError(
                f"left {type(self).__name__} while another context was the innermost one: "
                "do not yield inside 'with StackContext(...)'"
            )


class StackContext(_Block):
    """Runs the block, and every callback that is scheduled in it, inside a context manager.

    ``context_factory`` takes no arguments and returns a new context manager; it is called once for
    the block and again for every callback::

        with StackContext(lambda: log_prefix("request 7")):
            io_loop.add_callback(work)

    ``with ... as deactivate`` gives a function: after it was called, callbacks captured from then
    on, or captured earlier and not yet run, run without this context.
    """

    def __init__(self, context_factory: Callable[[], AbstractContextManager[Any]]) -> None:
        self.context_factory = context_factory
        self._managers: list[AbstractContextManager[Any]] = []

    def again(self) -> AbstractContextManager[Any]:
        return self.context_factory()

    def __enter__(self) -> Callable[[], None]:
        manager = self.context_factory()
        manager.__enter__()
        self._managers.append(manager)
        return self._push()

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> bool | None:
        try:
            self._pop()
        finally:
            suppressed = self._managers.pop().__exit__(kind, error, traceback)
        return suppressed


class _Guard:
    """Hands an exception to a handler; used around one callback."""

    def __init__(self, handler: ExceptionHandler) -> None:
        self._handler = handler

    def __enter__(self) -> None:
        pass

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> bool | None:
        return self._handler(kind, error, traceback) if kind is not None else None


class ExceptionStackContext(_Block):
    """Hands exceptions of the block, and of every callback scheduled in it, to a handler.

    ``exception_handler(type, value, traceback)`` returns true to say that the exception ends with
    it; otherwise the next outer handler gets it, and last the log of the `IOLoop`.
    """

    def __init__(self, exception_handler: ExceptionHandler, delay_warning: bool = False) -> None:
        self.exception_handler = exception_handler

    def again(self) -> AbstractContextManager[Any]:
        return _Guard(self.exception_handler)

    def __enter__(self) -> Callable[[], None]:
        return self._push()

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> bool | None:
        self._pop()
        return self.exception_handler(kind, error, traceback) if kind is not None else None


class NullContext:
    """Makes no context active for its block: for callbacks that outlive what started them.

    A connection pool that grows because of one request must not log in the name of that request.
    """

    _before: tuple[Frame, ...] = ()

    def __enter__(self) -> None:
        self._before = _frames.get()
        _frames.set(())

    def __exit__(self, *error: object) -> None:
        _frames.set(self._before)
        self._before = ()


def wrap(fn: F) -> F:
    """A function that runs ``fn`` in the contexts that are active now.

    ``None`` and functions that are wrapped already come back unchanged.
    """
    if fn is None or hasattr(fn, "_stack_context_frames"):
        return fn
    frames = _frames.get()

    def wrapped(*args: Any, **kwargs: Any) -> Any:
        alive = tuple(frame for frame in frames if frame.active)
        before = _frames.get()
        _frames.set(alive)
        try:
            if not alive:
                return fn(*args, **kwargs)
            with ExitStack() as stack:
                for frame in alive:
                    stack.enter_context(frame.again())
                return fn(*args, **kwargs)
        finally:
            _frames.set(before)

    try:
        functools.update_wrapper(wrapped, fn)
    except (AttributeError, TypeError):
        wrapped.__wrapped__ = fn  # type: ignore[attr-defined]  # as update_wrapper would have set
    wrapped._stack_context_frames = frames  # type: ignore[attr-defined]  # the mark of a wrapped one
    return wrapped  # type: ignore[return-value]  # called exactly like fn


def unwrapped(fn: Callable[..., Any]) -> Any:
    """What `wrap` was given to make ``fn``; ``fn`` itself if it was not made so."""
    return getattr(fn, "__wrapped__", fn) if hasattr(fn, "_stack_context_frames") else fn


def run_with_stack_context(context: AbstractContextManager[Any], func: Callable[[], T]) -> T:
    """Call ``func()`` inside ``context``: for a `StackContext` around a generator coroutine.

    The ``with`` statement is left before the coroutine goes on, which is what
    `StackContextInconsistentError` asks for.
    """
    with context:
        return func()
