"""Futures, and running functions on executors."""

from tornado.concurrent._executors import DummyExecutor, dummy_executor, run_on_executor
from tornado.concurrent._futures import (
    FUTURES,
    Future,
    chain_future,
    future_add_done_callback,
    future_set_exc_info,
    future_set_exception_unless_cancelled,
    future_set_result_unless_cancelled,
    is_future,
)
from tornado.concurrent._legacy import ReturnValueIgnoredError, TracebackFuture, return_future

__all__ = [
    "FUTURES",
    "DummyExecutor",
    "Future",
    "ReturnValueIgnoredError",
    "TracebackFuture",
    "chain_future",
    "dummy_executor",
    "future_add_done_callback",
    "future_set_exc_info",
    "future_set_exception_unless_cancelled",
    "future_set_result_unless_cancelled",
    "is_future",
    "return_future",
    "run_on_executor",
]

for _shown in (
    DummyExecutor,
    ReturnValueIgnoredError,
    TracebackFuture,
    chain_future,
    future_add_done_callback,
    future_set_exc_info,
    future_set_exception_unless_cancelled,
    future_set_result_unless_cancelled,
    is_future,
    return_future,
    run_on_executor,
):
    _shown.__module__ = __name__
del _shown
