"""What can go wrong with a stream.

::

    OSError
     └── StreamClosedError         the stream is closed; real_error says why, when something did
    Exception
     ├── UnsatisfiableReadError    what is being read cannot come any more within its max_bytes
     └── StreamBufferFullError     more than max_buffer_size or max_write_buffer_size is waiting

Local misuse (two reads at once, a read in push mode) is a plain RuntimeError, a wrong value a
ValueError or TypeError: those are for the programmer, these here are for the program.
"""

from __future__ import annotations


class StreamClosedError(OSError):
    """The stream was closed before, or while, the operation ran.

    ``real_error`` is the exception that closed the stream (a ``ConnectionResetError``, an
    ``ssl.SSLError``, an ``UnsatisfiableReadError``), or None for an orderly end by either side.
    """

    def __init__(self, real_error: BaseException | None = None) -> None:
        super().__init__(
            "the stream is closed"
            if real_error is None
            else f"the stream is closed: {type(real_error).__name__}: {real_error}"
        )
        self.real_error = real_error


class UnsatisfiableReadError(Exception):
    """A pending read can no longer succeed: its delimiter or pattern is not within ``max_bytes``.

    The stream is closed with this error; the read's Future raises :class:`StreamClosedError` whose
    ``real_error`` it is.
    """


class StreamBufferFullError(Exception):
    """A buffer of the stream would grow past its limit.

    Raised by ``write`` and ``send`` past ``max_write_buffer_size``: nothing of the data has been
    sent then, and the stream stays open. A read that needs more than ``max_buffer_size`` closes
    the stream with this as its ``real_error``.
    """
