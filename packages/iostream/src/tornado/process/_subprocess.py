"""Subprocess: another program, its pipes as streams and its end as an event.

The end is noticed by a process descriptor (Linux 5.3 and later), which the loop watches like any
other, or by a thread that waits where there is none. No signal handler is installed.
"""

from __future__ import annotations

import asyncio
import os
import subprocess
import threading
from collections.abc import Callable
from typing import Any

from tornado.ioloop import IOLoop
from tornado.iostream import PipeIOStream


class Subprocess:
    """Starts a program as ``subprocess.Popen`` does, without standing still for it.

    The arguments are those of ``Popen``; in addition ``stdin``, ``stdout`` and ``stderr`` may be
    ``Subprocess.STREAM``, and the attribute of that name is then a
    :class:`tornado.iostream.PipeIOStream`::

        async def shell(command):
            process = Subprocess(command, shell=True, stdout=Subprocess.STREAM)
            output = await process.stdout.read_until_close()
            await process.wait_for_exit()
            return output

    ``pid`` is the process id, ``returncode`` the exit status once the end has been noticed by
    :meth:`wait_for_exit` or :meth:`set_exit_callback` (negative: the signal), ``proc`` the Popen.
    """

    #: Ask for a stream: the value for ``stdin``, ``stdout`` or ``stderr``.
    STREAM: Any = object()

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        self.io_loop: IOLoop = kwargs.pop("io_loop", None) or IOLoop.current()
        ours: dict[str, int] = {}
        theirs: list[int] = []
        try:
            for name in ("stdin", "stdout", "stderr"):
                if kwargs.get(name) is self.STREAM:
                    reading, writing = os.pipe()
                    kwargs[name], ours[name] = (
                        (reading, writing) if name == "stdin" else (writing, reading)
                    )
                    theirs.append(kwargs[name])
            self.proc = subprocess.Popen(*args, **kwargs)
        except BaseException:
            for fd in ours.values():
                os.close(fd)
            raise
        finally:
            for fd in theirs:
                os.close(fd)
        self.pid: int = self.proc.pid
        self.returncode: int | None = None
        self.stdin: Any = self._end_of("stdin", ours)
        self.stdout: Any = self._end_of("stdout", ours)
        self.stderr: Any = self._end_of("stderr", ours)
        self._callback: Callable[[int], Any] | None = None
        self._waiters: list[tuple[asyncio.Future[int], bool]] = []
        self._watched = False
        self._descriptor = -1

    def _end_of(self, name: str, ours: dict[str, int]) -> Any:
        if name in ours:
            return PipeIOStream(ours[name], io_loop=self.io_loop)
        return getattr(self.proc, name)

    def set_exit_callback(self, callback: Callable[[int], Any]) -> None:
        """Have ``callback(returncode)`` called by the loop when the process has ended.

        A second callback takes the place of the first.
        """
        self._callback = callback
        self._watch()

    def wait_for_exit(self, raise_error: bool = True) -> asyncio.Future[int]:
        """A Future of the exit status, resolved when the process has ended.

        Raises ``subprocess.CalledProcessError`` for a status other than 0, unless ``raise_error``
        is false. May be called several times. Cancelling the Future leaves the process alone.
        """
        future: asyncio.Future[int] = self.io_loop.asyncio_loop.create_future()
        self._waiters.append((future, raise_error))
        self._watch()
        return future

    @classmethod
    def initialize(cls) -> None:
        """Nothing needs to be set up; kept for programs that call it."""

    @classmethod
    def uninitialize(cls) -> None:
        """Nothing needs to be undone; kept for programs that call it."""

    # Noticing the end

    def _watch(self) -> None:
        aio = self.io_loop.asyncio_loop
        if self._watched:
            if self.returncode is not None:
                aio.call_soon(self._tell)
            return
        self._watched = True
        if self.proc.poll() is not None:
            aio.call_soon(self._ended)
            return
        try:
            self._descriptor = os.pidfd_open(self.pid)
        except (AttributeError, OSError):
            threading.Thread(
                target=self._wait_in_thread, name=f"wait for process {self.pid}", daemon=True
            ).start()
        else:
            self.io_loop.selector_loop.add_reader(self._descriptor, self._ended)

    def _wait_in_thread(self) -> None:
        self.proc.wait()
        try:
            self.io_loop.asyncio_loop.call_soon_threadsafe(self._ended)
        except RuntimeError:
            pass  # the loop was closed meanwhile: nobody is left to be told

    def _ended(self) -> None:
        if self._descriptor >= 0:
            self.io_loop.selector_loop.remove_reader(self._descriptor)
            os.close(self._descriptor)
            self._descriptor = -1
        self.returncode = self.proc.wait()
        self._tell()

    def _tell(self) -> None:
        status = self.returncode
        assert status is not None
        waiters, self._waiters = self._waiters, []
        for future, raise_error in waiters:
            if future.done():
                continue
            if status and raise_error:
                future.set_exception(subprocess.CalledProcessError(status, self.proc.args))
            else:
                future.set_result(status)
        callback, self._callback = self._callback, None
        if callback is not None:
            self.io_loop.add_callback(callback, status)
