"""What held the loop: a thread that looks at the loop's thread when the loop does not answer.

Laws:
1. Off, there is nothing: no thread, no wrapper, no look at a clock.
2. The watching thread sends the loop a ping and, while there is no answer, looks at the stack of
   the loop's thread. A callback has held the loop for as long as no ping was answered *and* its
   frame is the very same object: a long queue of short callbacks blames nobody.
3. Each holding of the loop is reported once, while it lasts, so that an endless one is seen too.
"""

from __future__ import annotations

import asyncio
import logging
import os
import selectors
import signal
import sys
import threading
import time
import traceback
from collections.abc import Callable
from dataclasses import dataclass
from types import FrameType
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from tornado.ioloop._ioloop import IOLoop

gen_log = logging.getLogger("tornado.general")

#: How many times per threshold the watching thread looks.
LOOKS = 5
SHORTEST_LOOK = 0.001

_FAMILY = os.path.dirname(os.path.dirname(os.path.abspath(__file__))) + os.sep
_ASYNCIO = os.path.dirname(os.path.abspath(asyncio.__file__)) + os.sep
_MACHINERY = (_FAMILY, _ASYNCIO, os.path.abspath(selectors.__file__))

#: The functions that run a loop: what lies further out is who started it. uvloop's own are not
#: written in Python and never seen, so that those which call them count as well.
_STARTERS = {
    (_ASYNCIO, "BaseEventLoop._run_once"),
    (_ASYNCIO, "BaseEventLoop.run_forever"),
    (_ASYNCIO, "Runner.run"),
    (_FAMILY, "IOLoop.start"),
}


@dataclass(frozen=True)
class Block:
    """A callback or coroutine that holds the loop now."""

    name: str
    """Its qualified name."""
    where: str
    """``file:line`` of its first line."""
    at: str
    """``file:line in function`` where it was when it was seen: deeper, if it called others."""
    seconds: float
    """How long it has held the loop so far."""
    frame: FrameType


class Watch:
    """The watching thread of one `IOLoop`."""

    def __init__(self, ioloop: IOLoop, seconds: float, report: Callable[[Block], object]) -> None:
        if not seconds > 0:
            raise ValueError(f"the threshold is a positive number of seconds, got {seconds!r}")
        self._loop = ioloop.asyncio_loop
        self._seconds = seconds
        self._report = report
        self._stopped = threading.Event()
        self._answered = True
        self._ident = threading.get_ident()  # most likely; the first answer tells
        self._thread = threading.Thread(target=self._look, name="tornado-blocking", daemon=True)
        self._thread.start()

    def stop(self) -> None:
        self._stopped.set()
        if threading.current_thread() is not self._thread:
            self._thread.join()

    def _pong(self) -> None:
        self._ident = threading.get_ident()
        self._answered = True

    def _look(self) -> None:
        pause = max(self._seconds / LOOKS, SHORTEST_LOOK)
        suspect: FrameType | None = None
        since = 0.0
        first = reported = False
        while not self._stopped.wait(pause):
            now = time.monotonic()
            if self._answered:
                suspect, since, first, reported = None, now, True, False
                self._answered = False
                try:
                    self._loop.call_soon_threadsafe(self._pong)
                except RuntimeError:
                    return  # closed
            elif self._loop.is_running():
                stack = sys._current_frames().get(self._ident)
                frame = _outermost(stack)
                if frame is not suspect:
                    # What the first look finds has most likely been there since the ping.
                    since = since if first else now
                    suspect, reported = frame, False
                first = False
                if frame is not None and not reported and now - since > self._seconds:
                    assert stack is not None
                    reported = True
                    self._report(_describe(frame, stack, now - since))
                del stack, frame  # or the program's variables would live until the next look
            else:
                suspect, since = None, now


def _outermost(frame: FrameType | None) -> FrameType | None:
    """The frame of the callback or coroutine that the loop called, None if the loop is idle.

    From the innermost frame outwards, that is the last one of the program's own before the
    function that runs the loop.
    """
    found = None
    while frame is not None:
        file, name = frame.f_code.co_filename, frame.f_code.co_qualname
        if not file.startswith(_MACHINERY):
            found = frame
        elif any(file.startswith(folder) and name == starter for folder, starter in _STARTERS):
            break
        frame = frame.f_back
    return found


def _describe(frame: FrameType, stack: FrameType, seconds: float) -> Block:
    code = frame.f_code
    return Block(
        name=code.co_qualname,
        where=f"{code.co_filename}:{code.co_firstlineno}",
        at=f"{stack.f_code.co_filename}:{stack.f_lineno} in {stack.f_code.co_qualname}",
        seconds=seconds,
        frame=stack,
    )


def log_block(block: Block) -> None:
    gen_log.warning(
        "%s (%s) has held the loop for %.0f ms and is at %s\n%s",
        block.name,
        block.where,
        block.seconds * 1000,
        block.at,
        "".join(traceback.format_stack(block.frame)).rstrip(),
    )


def log_stack(frame: FrameType | None) -> None:
    gen_log.warning("The loop is held at:\n%s", "".join(traceback.format_stack(frame)).rstrip())


def watch(ioloop: IOLoop, seconds: float | None, report: Callable[[Block], object]) -> None:
    """Watch a loop from now on in this way only; not at all if ``seconds`` is None."""
    if ioloop._watch is not None:
        ioloop._watch.stop()
        ioloop._watch = None
    if seconds is not None:
        ioloop._watch = Watch(ioloop, seconds, report)


def watch_by_signal(
    ioloop: IOLoop, seconds: float | None, action: Callable[[int, FrameType | None], Any] | None
) -> None:
    """See `IOLoop.set_blocking_signal_threshold`."""
    if not hasattr(signal, "pthread_kill"):
        raise NotImplementedError("set_blocking_signal_threshold() needs signals as of Unix")
    if seconds is not None:
        signal.signal(signal.SIGALRM, signal.SIG_DFL if action is None else action)
    thread = threading.main_thread().ident
    assert thread is not None
    watch(ioloop, seconds, lambda block: signal.pthread_kill(thread, signal.SIGALRM))
