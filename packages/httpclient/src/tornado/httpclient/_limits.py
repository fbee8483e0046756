"""A time limit that says what it interrupted."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from tornado.httpclient._errors import HTTPTimeoutError, Phase


class Deadline:
    """A point in time on the loop's clock, or none (``seconds`` None or 0).

    ``setting`` is what the program calls the limit, for the message.
    """

    __slots__ = ("seconds", "setting", "when")

    def __init__(self, seconds: float | None, setting: str) -> None:
        self.seconds = seconds
        self.setting = setting
        self.when = asyncio.get_running_loop().time() + seconds if seconds else None

    def or_sooner(self, other: Deadline) -> Deadline:
        """The earlier one of the two."""
        if other.when is None or (self.when is not None and self.when <= other.when):
            return self
        return other

    @asynccontextmanager
    async def over(self, phase: Phase, missing: str) -> AsyncIterator[None]:
        """Limit what is inside; HTTPTimeoutError of that phase when the time has come.

        ``missing`` says what there is not then: "no connection to example.com".
        """
        limit = asyncio.timeout_at(self.when)
        try:
            async with limit:
                yield
        except TimeoutError:
            if not limit.expired():
                raise  # the system's own: a host that never answered
            raise HTTPTimeoutError(
                f"{missing} within {self.seconds:g} s ({self.setting})", phase
            ) from None
