"""Happy Eyeballs: which address of a host to connect to (RFC 8305, sections 4 and 5).

Laws:
1. The addresses of the two families take turns, beginning with the family of the first one.
2. An attempt that has not failed after ATTEMPT_DELAY gets a competitor; one that fails gets its
   successor at once. The first connection made wins and the others are closed.
3. However it ends, no stream is left behind.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from itertools import zip_longest
from typing import Any

from tornado.iostream import IOStream, StreamClosedError

# RFC 8305 section 5: "recommended ... 250 milliseconds".
ATTEMPT_DELAY = 0.25

Address = tuple[int, Any]
Attempt = Callable[[int, Any], "tuple[IOStream, asyncio.Future[Any]]"]


def take_turns(addresses: list[Address]) -> list[Address]:
    """The addresses with the families alternating, each family in its own order."""
    if not addresses:
        return []
    first = [entry for entry in addresses if entry[0] == addresses[0][0]]
    other = [entry for entry in addresses if entry[0] != addresses[0][0]]
    return [entry for pair in zip_longest(first, other) for entry in pair if entry is not None]


async def race(addresses: list[Address], attempt: Attempt) -> IOStream:
    """The first stream to be connected.

    ``attempt(family, address)`` begins one: it gives the stream and the Future of its connection.
    Raises StreamClosedError when all have failed.
    """
    waiting = take_turns(addresses)[::-1]
    running: dict[asyncio.Future[Any], IOStream] = {}
    failures: list[tuple[Any, OSError]] = []
    targets: dict[asyncio.Future[Any], Any] = {}
    try:
        while waiting or running:
            if waiting:
                family, address = waiting.pop()
                try:
                    stream, future = attempt(family, address)
                except OSError as error:
                    failures.append((address, error))
                    continue
                running[future] = stream
                targets[future] = address
            done, _ = await asyncio.wait(
                running,
                timeout=ATTEMPT_DELAY if waiting else None,
                return_when=asyncio.FIRST_COMPLETED,
            )
            for future in done:
                stream = running.pop(future)
                error_or_none = future.exception()
                if error_or_none is None:
                    return stream
                assert isinstance(error_or_none, OSError)
                failures.append((targets[future], error_or_none))
    finally:
        for stream in running.values():
            stream.close()
    if not failures:
        raise StreamClosedError(real_error=OSError("the resolver gave no address to connect to"))
    raise _summary(failures)


def _summary(failures: list[tuple[Any, OSError]]) -> StreamClosedError:
    """One error for all the attempts, each with its address."""
    causes = [
        (address, (error.real_error or error) if isinstance(error, StreamClosedError) else error)
        for address, error in failures
    ]
    told = "; ".join(
        f"{_shown(address)}: {getattr(cause, 'strerror', None) or cause}"
        for address, cause in causes
    )
    first = causes[0][1]
    number = first.errno if isinstance(first, OSError) else None
    real = OSError(number, f"cannot connect: {told}") if number else OSError(told)
    failed = StreamClosedError(real_error=real)
    failed.__cause__ = first
    return failed


def _shown(address: Any) -> str:
    if isinstance(address, tuple) and len(address) >= 2:
        host = f"[{address[0]}]" if ":" in str(address[0]) else address[0]
        return f"{host} port {address[1]}"
    return str(address)
