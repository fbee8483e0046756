"""IOLoop: Tornado's face of an asyncio event loop.

Laws:
1. The asyncio loop does the work; an IOLoop has no queue, no timer and no selector of its own. Code
   that needs every microsecond uses `IOLoop.asyncio_loop` directly.
2. An exception in a callback is logged once, to ``tornado.application``, and the loop lives on.
3. Only `add_callback`, `add_callback_from_signal`, `spawn_callback` and `stop` may be called from
   other threads; the last three from signal handlers, too.
4. Importing makes no loop.
"""

from __future__ import annotations

import asyncio
import concurrent.futures
import datetime
import functools
import logging
import numbers
import os
import time
from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, Any, Literal, TypeVar, overload

from tornado.concurrent import is_future
from tornado.ioloop import _blocking, _current
from tornado.ioloop._descriptors import (
    ERROR,
    NONE,
    READ,
    WRITE,
    Descriptor,
    Descriptors,
    Handler,
    split,
)
from tornado.stack_context import NullContext, wrap
from tornado.stack_context._contexts import active_frames, unwrapped
from tornado.util import Configurable

if TYPE_CHECKING:
    from types import FrameType

T = TypeVar("T")
Deadline = float | datetime.timedelta

app_log = logging.getLogger("tornado.application")


class IOLoop(Configurable):
    """An event loop: it waits for sockets and timers and calls what waits for them.

    A server makes none; it asks for the current one and starts it::

        IOLoop.current().start()

    and a program with one thing to do runs it to its end::

        IOLoop.current().run_sync(main)

    Inside ``asyncio.run(main())`` no set-up is needed: `current` gives the IOLoop of the running
    asyncio loop, and callbacks, coroutines, tasks and futures of both kinds live side by side.

    ``IOLoop()`` makes a new loop and, with ``make_current`` (the default), the current one of the
    thread; ``make_current=None`` does the latter only where there is none.
    ``IOLoop.configure("uvloop")`` chooses uvloop for the loops made after it.
    """

    NONE = NONE
    READ = READ
    WRITE = WRITE
    ERROR = ERROR

    #: The asyncio loop that does the work.
    asyncio_loop: asyncio.AbstractEventLoop
    #: Where ``add_reader`` and ``add_writer`` work: the asyncio loop, except on Windows' proactor.
    selector_loop: Any

    _time_func: Callable[[], float] = staticmethod(time.time)
    _executor: concurrent.futures.Executor | None = None
    _removed: tuple[Callable[..., Any], ...] = ()

    # Which loop

    @classmethod
    def configurable_base(cls) -> type[Configurable]:
        return IOLoop

    @classmethod
    def configurable_default(cls) -> type[Configurable]:
        from tornado.platform.asyncio import AsyncIOLoop  # it stands on this module

        return AsyncIOLoop

    @classmethod
    def configure(cls, impl: str | type[Any] | None, **kwargs: Any) -> None:
        """Choose what ``IOLoop()`` makes from now on.

        ``impl`` is ``"uvloop"`` (install ``tornado-ioloop[uvloop]``), a subclass, its dotted name,
        or None for asyncio. Loops that others made, as in ``asyncio.run``, are used as they are.
        ``time_func=time.monotonic`` changes the clock of `time`.
        """
        if impl == "uvloop":
            from tornado.ioloop._implementations import (  # it stands on this module
                UVLoop,
                import_uvloop,
            )

            import_uvloop()
            impl = UVLoop
        super().configure(impl, **kwargs)

    @overload
    @staticmethod
    def current() -> IOLoop: ...

    @overload
    @staticmethod
    def current(instance: Literal[True]) -> IOLoop: ...

    @overload
    @staticmethod
    def current(instance: bool) -> IOLoop | None: ...

    @staticmethod
    def current(instance: bool = True) -> IOLoop | None:
        """The IOLoop of the running asyncio loop, else of the thread's current one.

        If there is neither, one is made and becomes the current one of the thread; with
        ``instance=False`` the answer is None instead. One that was made here is closed as the
        program ends.
        """
        loop = _current.current_loop()
        if loop is not None:
            found = _current.ioloop_of(loop)
            if found is not None or not instance:
                return found
            from tornado.platform.asyncio import AsyncIOMainLoop  # it stands on this module

            wrapped: IOLoop = AsyncIOMainLoop(asyncio_loop=loop, make_current=False)
            return wrapped
        if not instance:
            return None
        made: IOLoop = IOLoop(make_current=True)
        _current.close_at_exit(made)
        return made

    @staticmethod
    def instance() -> IOLoop:
        """The current loop of this thread, else that of the main thread, else a new one.

        A thread of a program's own can so reach the main loop, as long as it has none itself::

            IOLoop.instance().add_callback(show, result)
        """
        found = None
        if not _current.in_main_thread() and _current.current_loop() is None:
            found = _current.main_ioloop()
        return IOLoop.current() if found is None else found

    @staticmethod
    def initialized() -> bool:
        """Whether `instance` would find a loop, and not make one."""
        return IOLoop.current(instance=False) is not None or _current.main_ioloop() is not None

    def install(self) -> None:
        """Make this the loop that `instance` gives, and the current one of this thread."""
        _current.set_main_ioloop(self)
        self.make_current()

    @staticmethod
    def clear_instance() -> None:
        """Undo `install`: forget the loop of `instance`, and the current one of this thread."""
        _current.set_main_ioloop(None)
        IOLoop.clear_current()

    def make_current(self) -> None:
        """Make this the loop that `current` gives in this thread while none is running."""
        if _current.current_loop() is not self.asyncio_loop:
            asyncio.set_event_loop(self.asyncio_loop)

    @staticmethod
    def clear_current() -> None:
        """Leave this thread without a current loop."""
        asyncio.set_event_loop(None)

    # Life

    def initialize(self, make_current: bool | None = True) -> None:
        """What ``IOLoop(...)`` calls. Subclasses give `_bind` the asyncio loop."""
        raise NotImplementedError(
            f"{type(self).__name__} must define initialize() and call _bind()"
        )

    def _bind(
        self,
        asyncio_loop: asyncio.AbstractEventLoop,
        make_current: bool | None = True,
        time_func: Callable[[], float] | None = None,
        impl: None = None,
    ) -> None:
        # impl was the epoll object of IOLoop(impl) in 2009; asyncio brings its own.
        _current.attach(asyncio_loop, self)
        self.asyncio_loop = asyncio_loop
        self.selector_loop = asyncio_loop
        self._descriptors = Descriptors(self)
        self._background: set[asyncio.Future[Any]] = set()
        self._watch: _blocking.Watch | None = None
        if time_func is not None:
            self._time_func = time_func
        if make_current or (make_current is None and _current.current_loop() is None):
            self.make_current()

    def start(self) -> None:
        """Run until `stop` is called, or an exception such as KeyboardInterrupt ends it.

        Raises `RuntimeError` if this thread runs a loop already, for instance inside
        ``asyncio.run``, or if the loop is closed.
        """
        if _current.running_loop() is not None:
            raise RuntimeError(
                "IOLoop.start() was called while a loop is running in this thread: "
                "inside asyncio.run() there is nothing to start, await something instead"
            )
        self.asyncio_loop.run_forever()

    def stop(self) -> None:
        """End `start` after the present turn. Called before `start`, it ends that at once.

        It may be called from other threads and from signal handlers.
        """
        loop = self.asyncio_loop
        if _current.running_loop() is loop:
            loop.stop()
            loop.call_soon_threadsafe(_nothing)  # wakes the selector if a signal handler called
        elif loop.is_running():
            loop.call_soon_threadsafe(loop.stop)
        else:
            loop.stop()

    def running(self) -> bool:
        """Whether the loop runs now, in this or in another thread."""
        return self.asyncio_loop.is_running()

    def close(self, all_fds: bool = False) -> None:
        """Release what the loop holds. It must not be running, and cannot run again.

        With ``all_fds`` the descriptors that have handlers are closed, too.
        """
        loop = self.asyncio_loop
        if loop.is_running():
            raise RuntimeError("IOLoop.close() was called while it runs: stop() it first")
        self.set_blocking_log_threshold(None)
        if not loop.is_closed():
            self._descriptors.clear(self.close_fd if all_fds else None)
        if _current.current_loop() is loop:
            asyncio.set_event_loop(None)
        loop.close()

    def run_sync(self, func: Callable[[], Any], timeout: float | None = None) -> Any:
        """Start the loop, call ``func()``, wait for the awaitable it returns, and stop the loop.

        ``func`` is an ``async def``, a ``gen.coroutine`` or any function that returns a future or
        None. Its result is returned, its exception raised. After ``timeout`` seconds it is
        cancelled and `TimeoutError` is raised. The loop can be started again afterwards.
        """
        from tornado.ioloop._sync import run_sync  # asyncio.timeout() is seldom needed

        return run_sync(self, func, timeout)

    # Callbacks

    def add_callback(self, callback: Callable[..., Any], *args: Any, **kwargs: Any) -> None:
        """Call ``callback(*args, **kwargs)`` on the next turn of the loop.

        This may be called from any thread. An awaitable that the callback returns is awaited.
        After `close` the callback is dropped.
        """
        if active_frames():
            callback = wrap(callback)
        loop = self.asyncio_loop
        try:
            if _current.running_loop() is loop:
                loop.call_soon(self._run, callback, args, kwargs)
            else:
                loop.call_soon_threadsafe(self._run, callback, args, kwargs)
        except RuntimeError:
            if not loop.is_closed():
                raise

    def add_callback_from_signal(
        self, callback: Callable[..., Any], *args: Any, **kwargs: Any
    ) -> None:
        """Like `add_callback`, from a handler that ``signal.signal`` installed.

        The callback does not belong to what the signal interrupted: it starts with no stack
        context.
        """
        with NullContext():
            try:
                self.asyncio_loop.call_soon_threadsafe(self._run, callback, args, kwargs)
            except RuntimeError:
                if not self.asyncio_loop.is_closed():
                    raise

    def spawn_callback(self, callback: Callable[..., Any], *args: Any, **kwargs: Any) -> None:
        """Call something that nobody waits for, ``async def`` included; an exception is logged."""
        with NullContext():
            self.add_callback(callback, *args, **kwargs)

    def remove_callback(self, callback: Callable[..., Any]) -> None:
        """Drop the calls of ``callback`` that `add_callback` has scheduled and that did not happen.

        Loops call in the order of scheduling, so that a mark which the loop itself takes away again
        says precisely which calls are meant.
        """
        self._removed = (*self._removed, callback)
        self.asyncio_loop.call_soon_threadsafe(self._forget_removed, callback)

    def _forget_removed(self, callback: Callable[..., Any]) -> None:
        kept = list(self._removed)
        kept.remove(callback)
        self._removed = tuple(kept)

    def _run(self, callback: Callable[..., Any], args: Any, kwargs: dict[str, Any]) -> None:
        if self._removed and unwrapped(callback) in self._removed:
            return
        try:
            result = callback(*args, **kwargs)
            if result is not None:
                self._await_result(callback, result)
        except asyncio.CancelledError:
            pass
        except Exception:
            self.handle_callback_exception(callback)
        finally:
            del args, kwargs  # a traceback may hold this frame, and a future in here the exception

    def _run_with(self, callback: Callable[[Any], Any], future: Any) -> None:
        try:
            self._run(callback, (future,), {})
        finally:
            del future  # as above

    def _await_result(self, callback: Callable[..., Any], result: Any) -> None:
        if isinstance(result, int | str | bytes):
            return  # as the next one, and frequent
        from tornado.gen import BadYieldError, convert_yielded  # it stands on this module

        try:
            future = convert_yielded(result)
        except BadYieldError:
            return  # a value that nobody wants

        def finished(future: Any) -> None:
            self._background.discard(future)
            try:
                if not future.cancelled():
                    future.result()
            except Exception:
                self.handle_callback_exception(callback)
            finally:
                del future  # as in _run

        self._background.add(future)  # the loop itself holds tasks only weakly
        self.add_future(future, finished)

    def handle_callback_exception(self, callback: Callable[..., Any] | None) -> None:
        """Called in the ``except`` block around a callback that failed; logs the exception.

        Subclasses may do something else with ``sys.exc_info()``.
        """
        app_log.error("Exception in callback %r", callback, exc_info=True)

    # Time

    def time(self) -> float:
        """The present on the clock of `add_timeout` and `call_at`: ``time.time()``.

        ``IOLoop.configure(None, time_func=time.monotonic)`` chooses another. Timers wait on
        asyncio's monotonic clock in any case: setting the system's clock does not move them.
        """
        return self._time_func()

    def add_timeout(
        self, deadline: Deadline, callback: Callable[..., Any], *args: Any, **kwargs: Any
    ) -> asyncio.TimerHandle:
        """Call ``callback(*args, **kwargs)`` at ``deadline``.

        That is a point of time on the clock of `time`, or a `datetime.timedelta` from now. The
        result is for `remove_timeout`. Not thread-safe: from another thread, use `add_callback`
        to come here.
        """
        if isinstance(deadline, datetime.timedelta):
            return self.call_later(deadline.total_seconds(), callback, *args, **kwargs)
        return self.call_at(deadline, callback, *args, **kwargs)

    def call_at(
        self, when: float, callback: Callable[..., Any], *args: Any, **kwargs: Any
    ) -> asyncio.TimerHandle:
        """Call ``callback(*args, **kwargs)`` at ``when`` on the clock of `time`."""
        if not isinstance(when, numbers.Real):
            raise TypeError(
                "a deadline is a number, as of IOLoop.time(), or for add_timeout() "
                f"a datetime.timedelta; got {when!r}"
            )
        return self.call_later(float(when) - self.time(), callback, *args, **kwargs)

    def call_later(
        self, delay: float, callback: Callable[..., Any], *args: Any, **kwargs: Any
    ) -> asyncio.TimerHandle:
        """Call ``callback(*args, **kwargs)`` after ``delay`` seconds; at once if it is negative."""
        if not isinstance(delay, numbers.Real):
            raise TypeError(f"a delay is a number of seconds, got {delay!r}")
        if active_frames():
            callback = wrap(callback)
        return self.asyncio_loop.call_later(
            max(0.0, float(delay)), self._run, callback, args, kwargs
        )

    def remove_timeout(self, timeout: Any) -> None:
        """Cancel a timeout. One that has fired, or was removed before, does no harm."""
        if not isinstance(timeout, asyncio.Handle) and not hasattr(timeout, "cancel"):
            raise TypeError(
                "remove_timeout() takes what add_timeout(), call_at() or call_later() returned; "
                f"got {timeout!r}"
            )
        timeout.cancel()

    # Descriptors

    def add_handler(self, fd: Descriptor, handler: Handler, events: int) -> None:
        """Call ``handler(fd, events)`` whenever ``fd`` is ready.

        ``fd`` is a number or an object with ``fileno()``, which the handler then gets. ``events``
        is `READ`, `WRITE`, both or `NONE`; `ERROR` is implied, and reported as what was asked for.
        The object must stay open until `remove_handler`.

        Raises `ValueError` if ``fd`` has a handler already, and the error of the system if it
        cannot be waited for (regular files).
        """
        if active_frames():
            handler = wrap(handler)
        self._descriptors.add(fd, handler, events)

    def update_handler(self, fd: Descriptor, events: int) -> None:
        """Change what the handler of ``fd`` waits for. `KeyError` if it has none."""
        self._descriptors.update(fd, events)

    def remove_handler(self, fd: Descriptor) -> None:
        """Stop waiting for ``fd``: its handler is not called any more. It may have none."""
        self._descriptors.remove(fd)

    def split_fd(self, fd: Descriptor) -> tuple[int, Descriptor]:
        """The number of ``fd``, and ``fd`` itself."""
        return split(fd)

    def close_fd(self, fd: Descriptor) -> None:
        """Close a descriptor, given as number or object. One that is closed does no harm."""
        try:
            if isinstance(fd, int):
                os.close(fd)
            else:
                fd.close()
        except OSError:
            pass

    # Futures and executors

    def add_future(self, future: Any, callback: Callable[[Any], Any]) -> None:
        """Call ``callback(future)`` on this loop once ``future`` is done.

        It may be a future of asyncio or of `concurrent.futures`. Exceptions of the callback are
        logged; those of the future are the callback's business.
        """
        if not (is_future(future) or hasattr(future, "add_done_callback")):
            raise TypeError(f"add_future() takes a future, got {future!r}")
        if active_frames():
            callback = wrap(callback)
        if isinstance(future, asyncio.Future) and future.get_loop() is self.asyncio_loop:
            future.add_done_callback(functools.partial(self._run_with, callback))
        else:
            future.add_done_callback(lambda done: self.add_callback(callback, done))

    def run_in_executor(
        self, executor: concurrent.futures.Executor | None, func: Callable[..., T], *args: Any
    ) -> Awaitable[T]:
        """Run ``func(*args)`` in ``executor``; the future that is returned has its result.

        None is the executor of `set_default_executor`, else the thread pool of asyncio.
        """
        chosen = self._executor if executor is None else executor
        return self.asyncio_loop.run_in_executor(chosen, func, *args)

    def set_default_executor(self, executor: concurrent.futures.Executor) -> None:
        """Choose what `run_in_executor` uses for None."""
        self._executor = executor

    # What held the loop

    def set_blocking_log_threshold(self, seconds: float | None) -> None:
        """Log a warning when a callback or coroutine holds the loop longer than ``seconds``.

        The record, of ``tornado.general``, names it with file and line, and the line where it was
        at that moment. None, as at first, switches this off; off, it costs nothing. On, a thread
        looks at the loop several times per ``seconds``.
        """
        _blocking.watch(self, seconds, _blocking.log_block)

    def set_blocking_signal_threshold(
        self, seconds: float | None, action: Callable[[int, FrameType | None], Any] | None
    ) -> None:
        """Interrupt by SIGALRM what holds the loop longer than ``seconds``; None switches it off.

        ``action`` is the handler of the signal, for instance `log_stack`; None ends the process.
        To be called in the main thread, where the loop must run. Unix only.
        """
        _blocking.watch_by_signal(self, seconds, action)

    def log_stack(self, signal: int, frame: FrameType | None) -> None:
        """A handler for `set_blocking_signal_threshold` that logs where the program is."""
        _blocking.log_stack(frame)


def _nothing() -> None:
    pass
