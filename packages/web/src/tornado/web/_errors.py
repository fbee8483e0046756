"""What a handler raises to end a request early.

HTTPError                 the request fails with a status
  MissingArgumentError    an argument that has no default is not there: 400
Finish                    the response is as it should be: send it
"""

from __future__ import annotations

from typing import Any

from tornado.httputil import responses


class HTTPError(Exception):
    """Raised to answer a request with an error status.

    ``status_code``: the status to answer with. ``log_message``: a line for the log only, never
    shown to the client; a ``%``-format for ``args``. ``reason``: the reason phrase, if not the
    standard one.

    ``raise HTTPError(304)`` and ``HTTPError(204)`` send no body.
    """

    def __init__(
        self,
        status_code: int = 500,
        log_message: str | None = None,
        *args: Any,
        reason: str | None = None,
    ) -> None:
        super().__init__(status_code, log_message, *args)
        self.status_code = status_code
        self._log_message = log_message
        self.args = args
        self.reason = reason

    @property
    def log_message(self) -> str | None:
        """The line for the log. A message without arguments is taken as it is, percent signs and
        all."""
        if self._log_message and not self.args:
            return self._log_message.replace("%", "%%")
        return self._log_message

    @log_message.setter
    def log_message(self, message: str | None) -> None:
        self._log_message = message

    def get_message(self) -> str:
        """The log message with its arguments put in; an empty string if there is none."""
        if not self._log_message:
            return ""
        return self._log_message % self.args if self.args else self._log_message

    def __str__(self) -> str:
        reason = self.reason or responses.get(self.status_code, "Unknown")
        text = f"HTTP {self.status_code}: {reason}"
        message = self.get_message()
        return f"{text} ({message})" if message else text

    def __reduce__(self) -> tuple[Any, ...]:
        rebuild = (self.status_code, self._log_message, *self.args)
        return type(self), rebuild, {"reason": self.reason}


class MissingArgumentError(HTTPError):
    """Raised by ``get_argument`` for an argument that is not there: 400. ``arg_name`` names it."""

    def __init__(self, arg_name: str) -> None:
        super().__init__(400, f"Missing argument {arg_name}")
        self.arg_name = arg_name

    def __reduce__(self) -> tuple[Any, ...]:
        return type(self), (self.arg_name,)


class Finish(Exception):
    """Raised to end the request with the response as it stands. An argument is written last."""
