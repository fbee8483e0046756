"""PipeIOStream: a stream over one end of a pipe."""

from __future__ import annotations

import errno
import os
from typing import Any

from tornado.iostream._base import BaseIOStream


class PipeIOStream(BaseIOStream):
    """A stream over the descriptor of a pipe (or a FIFO, or a terminal): one direction only.

    ``fd`` is made non-blocking and belongs to the stream from now on. Not on Windows.
    """

    __slots__ = ("__dict__", "fd")

    def __init__(self, fd: int, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        os.set_blocking(fd, False)
        self.fd = fd

    def fileno(self) -> int:
        return self.fd

    def close_fd(self) -> None:
        fd, self.fd = self.fd, -1
        os.close(fd)

    def write_to_fd(self, data: memoryview) -> int:
        return os.write(self.fd, data)

    def read_from_fd(self, buf: bytearray | memoryview) -> int | None:
        try:
            return os.readv(self.fd, [buf])
        except (BlockingIOError, InterruptedError):
            return None
        except OSError as error:
            # The writing end is told of its reader's departure as if there were input.
            if error.errno == errno.EBADF:
                return 0
            raise

    def _receive(self) -> bytes | None:
        try:
            return os.read(self.fd, self.read_chunk_size)
        except (BlockingIOError, InterruptedError):
            return None
        except OSError as error:
            if error.errno == errno.EBADF:  # as above
                return b""
            if error.errno == errno.EIO:  # Linux says so when a terminal's other side is closed
                return b""
            raise
