"""Several processes from one.

Laws:
1. Fork first, then make the event loop: a loop shared by two processes works in neither.
2. The parent only watches. It starts a child again that died, passes SIGTERM on, and leaves when
   all its children have left on their own.
"""

from __future__ import annotations

import asyncio
import logging
import os
import random
import signal
import sys
import time
from types import FrameType

gen_log = logging.getLogger("tornado.general")

DEFAULT_MAX_RESTARTS = 100

_task_id: int | None = None


def cpu_count() -> int:
    """The number of processors that this process may use; 1 when nobody can tell."""
    try:
        return len(os.sched_getaffinity(0))
    except (AttributeError, OSError):
        return os.cpu_count() or 1


def task_id() -> int | None:
    """The number of this child of :func:`fork_processes`, from 0; None in any other process."""
    return _task_id


def fork_processes(num_processes: int | None, max_restarts: int | None = None) -> int:
    """Go on in ``num_processes`` children (None or 0: one for each processor).

    Returns in every child, with its number from 0: a child that is started again after it died
    gets the number of its predecessor. A child dies by a signal or a non-zero exit status. The
    parent does not return: when the last child has ended normally it exits with status 0, and
    after SIGTERM, which it passes on to the children, with 128 + 15.

    Raises RuntimeError, in the parent, after more than ``max_restarts`` restarts (default 100),
    and at once when an event loop is running. Bind sockets before, and start loops, threads and
    database connections after this call. Not on Windows.
    """
    global _task_id
    if not hasattr(os, "fork"):
        raise RuntimeError("fork_processes() needs os.fork, which this platform does not have")
    if _task_id is not None:
        raise RuntimeError("fork_processes() was called already, and this is one of its children")
    try:
        asyncio.get_running_loop()
    except RuntimeError:
        pass
    else:
        raise RuntimeError(
            "fork_processes() inside a running event loop: the children would share it. Fork "
            "first, then start the loop (asyncio.run or IOLoop.start) in each child"
        )
    if num_processes is None or num_processes <= 0:
        num_processes = cpu_count()
    if max_restarts is None:
        max_restarts = DEFAULT_MAX_RESTARTS
    gen_log.info("Starting %d processes", num_processes)
    number = _Supervisor(num_processes, max_restarts).watch()
    if number is None:
        sys.exit(0)
    _task_id = number
    return number


class _Supervisor:
    """The parent: its children by process id."""

    def __init__(self, count: int, max_restarts: int) -> None:
        self._count = count
        self._restarts_left = max_restarts
        self._max_restarts = max_restarts
        self._children: dict[int, int] = {}
        self._ending = False

    def watch(self) -> int | None:
        """In a child its number; in the parent, after the last child, None."""
        before = signal.getsignal(signal.SIGTERM)
        ours = before is signal.SIG_DFL and _in_main_thread()
        if ours:
            signal.signal(signal.SIGTERM, self._on_sigterm)
        try:
            for number in range(self._count):
                if self._start(number):
                    return number
            while self._children:
                again = self._wait()
                if again is not None and self._start(again):
                    return again
            if self._ending:
                sys.exit(128 + signal.SIGTERM)
            return None
        finally:
            if ours:
                signal.signal(signal.SIGTERM, before)

    def _start(self, number: int) -> bool:
        """Fork; True in the child."""
        pid = os.fork()
        if pid == 0:
            self._children = {}
            random.seed(int.from_bytes(os.urandom(16), "big") ^ time.time_ns())
            return True
        self._children[pid] = number
        if self._ending:  # the signal came between the wait and the fork
            _terminate(pid)
        return False

    def _wait(self) -> int | None:
        """Wait for one child to end; the number to start again, if it has to be."""
        pid, status = os.wait()
        number = self._children.pop(pid, None)
        if number is None:
            return None  # a child that somebody else has started
        code = os.waitstatus_to_exitcode(status)
        if code == 0:
            gen_log.info("Child %d (pid %d) exited normally", number, pid)
            return None
        if self._ending:
            return None
        if code < 0:
            gen_log.warning("Child %d (pid %d) killed by signal %d, restarting", number, pid, -code)
        else:
            gen_log.warning(
                "Child %d (pid %d) exited with status %d, restarting", number, pid, code
            )
        if self._restarts_left <= 0:
            self._on_sigterm(signal.SIGTERM, None)
            raise RuntimeError(
                f"children have died more than max_restarts={self._max_restarts} times: giving up"
            )
        self._restarts_left -= 1
        return number

    def _on_sigterm(self, _signum: int, _frame: FrameType | None) -> None:
        self._ending = True
        for pid in list(self._children):
            _terminate(pid)


def _terminate(pid: int) -> None:
    try:
        os.kill(pid, signal.SIGTERM)
    except ProcessLookupError:
        pass


def _in_main_thread() -> bool:
    import threading

    return threading.current_thread() is threading.main_thread()
