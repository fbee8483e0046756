"""A time limit that says what it interrupted."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from tornado.httpclient._errors import HTTPTimeoutError, Phase


class Deadline:
    """A point in time on the loop's clock, or none (``seconds`` None or 0)."""

    __slots__ = ("seconds", "when")

    def __init__(self, seconds: float | None) -> None:
        self.seconds = seconds
        self.when = asyncio.get_running_loop().time() + seconds if seconds else None

    @asynccontextmanager
    async def over(self, phase: Phase, what: str) -> AsyncIterator[None]:
        """Limit what is inside; HTTPTimeoutError of that phase when the time has come."""
        limit = asyncio.timeout_at(self.when)
        try:
            async with limit:
                yield
        except TimeoutError:
            if not limit.expired():
                raise  # the system's own: a host that never answered
            raise HTTPTimeoutError(f"{what} took more than {self.seconds} s", phase) from None
