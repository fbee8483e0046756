"""What is said of requests that wait for their turn, and how long they do."""

from __future__ import annotations

import logging
from typing import Any

from tornado.httpclient._errors import HTTPTimeoutError, Phase
from tornado.httpclient._request import _RequestProxy
from tornado.httpclient._turns import Turns

gen_log = logging.getLogger("tornado.general")


def tell_of_queue(turns: Turns[Any], host: str) -> None:
    """To the log: that a request to ``host`` has to wait. Of each client the first one is news."""
    gen_log.log(
        logging.DEBUG if turns.told else logging.INFO,
        "A request to %s waits for its turn: %d are running, %d are waiting (max_clients=%d)",
        host,
        len(turns.running),
        turns.waiting,
        turns.most,
    )
    turns.told = True


def queue_limit(request: _RequestProxy) -> float | None:
    """Seconds that ``request`` may wait; 0 and None are no limit."""
    if request.queue_timeout is not None:
        return request.queue_timeout
    limits = [one for one in (request.connect_timeout, request.request_timeout) if one]
    return min(limits) if limits else None


def too_long_in_queue(turns: Turns[Any], waiter: Any, host: str, limit: float) -> HTTPTimeoutError:
    """What ``waiter`` fails with, who has waited that long; it is still in the queue."""
    late = HTTPTimeoutError.of(Phase.QUEUE, limit, host)
    return HTTPTimeoutError(
        f"{late}: {len(turns.running)} requests were running, {turns.ahead(waiter, host)} were "
        "ahead in the queue",
        Phase.QUEUE,
    )
