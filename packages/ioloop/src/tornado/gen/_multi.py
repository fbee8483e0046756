"""multi: several things at once, waited for together."""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence
from typing import Any

from tornado.concurrent import Future
from tornado.gen._yielding import new_future, to_loop_future

QuietExceptions = type[BaseException] | tuple[type[BaseException], ...]

app_log = logging.getLogger("tornado.application")


def multi(
    children: Sequence[Any] | Mapping[Any, Any], quiet_exceptions: QuietExceptions = ()
) -> Future[Any]:
    """Wait for all of ``children`` at once: a list (or other iterable) of yieldables, or a dict.

    The result is a list in the same order, or a dict with the same keys. All children run to their
    end; if some fail, the exception of the first in order is raised, and those of the others are
    logged to ``tornado.application`` except the ``quiet_exceptions``.
    """
    keys = list(children) if isinstance(children, Mapping) else None
    values = children.values() if isinstance(children, Mapping) else children
    futures = [to_loop_future(child) for child in values]
    result = new_future()
    waiting = {future for future in futures if not future.done()}
    if not waiting:
        _finish(result, keys, futures, quiet_exceptions)
        return result

    def one_is_done(future: Any) -> None:
        waiting.discard(future)
        if not waiting:
            _finish(result, keys, futures, quiet_exceptions)

    for future in tuple(waiting):
        future.add_done_callback(one_is_done)
    return result


def _finish(
    result: Future[Any],
    keys: list[Any] | None,
    futures: list[Any],
    quiet_exceptions: QuietExceptions,
) -> None:
    failed = cancelled = False
    for future in futures:
        if future.cancelled():
            cancelled = True
            continue
        error = future.exception()
        if error is None:
            continue
        if not failed and not result.done():
            failed = True
            result.set_exception(error)
        elif not isinstance(error, quiet_exceptions):
            app_log.error("One more failed of those waited for together", exc_info=error)
    futures, done = [], futures
    if failed or result.done():
        return
    if cancelled:
        result.cancel()
        return
    values = [future.result() for future in done]
    result.set_result(values if keys is None else dict(zip(keys, values, strict=True)))


multi_future = multi
