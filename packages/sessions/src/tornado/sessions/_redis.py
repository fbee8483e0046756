"""Sessions in Redis, or a server that speaks as Redis does: for several machines.

Redis drops by itself what is over, so nothing has to be cleaned here.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

from tornado.sessions._stores import Store


class RedisStore(Store):
    """Keeps sessions in Redis, which takes the package ``redis``
    (``pip install tornado-sessions[redis]``).

    ``server`` is the URL, such as ``"redis://localhost:6379/0"``, or a client of
    ``redis.asyncio``, which stays yours to close. Keys begin with ``prefix``. Errors are those of
    ``redis``. A client belongs to the loop that first uses it.
    """

    def __init__(
        self,
        server: Any = "redis://localhost:6379/0",
        *,
        prefix: str = "session:",
        clock: Callable[[], float] = time.time,
    ) -> None:
        self._prefix = prefix
        self._clock = clock
        self._own = isinstance(server, str)
        self._client: Any = _client(server) if self._own else server

    async def load(self, key: str) -> str | None:
        data = await self._client.get(self._prefix + key)
        return data.decode() if isinstance(data, bytes) else data

    async def create(self, key: str, text: str, expires: float) -> None:
        await self._set(key, text, expires)

    async def update(self, key: str, text: str, expires: float) -> bool:
        return bool(await self._set(key, text, expires, xx=True))

    async def delete(self, key: str) -> None:
        await self._client.delete(self._prefix + key)

    async def close(self) -> None:
        """Close the connections, if the store made the client."""
        if self._own:
            await self._client.aclose()

    async def _set(self, key: str, text: str, expires: float, **how: bool) -> Any:
        # How long, not until when: the clocks of two machines need not agree.
        milliseconds = max(1, int((expires - self._clock()) * 1000))
        return await self._client.set(self._prefix + key, text, px=milliseconds, **how)


def _client(url: str) -> Any:
    try:
        # Whether it is there when types are checked is unknown: both ignores are needed.
        import redis.asyncio  # type: ignore[import-not-found, unused-ignore]
    except ImportError:
        raise ImportError(
            "RedisStore needs the package redis: pip install tornado-sessions[redis]"
        ) from None
    return redis.asyncio.from_url(url)
