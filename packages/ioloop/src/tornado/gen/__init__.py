"""Coroutines as generators, and tools that work with ``async def`` as well.

New code is written with ``async def``; `multi`, `with_timeout`, `sleep` and `WaitIterator` are as
useful there. `coroutine` runs the code of 2013 to 2016, `engine` and its yield points that of 2012,
and all of them can wait for each other.
"""

from tornado.concurrent import Future, ReturnValueIgnoredError, is_future
from tornado.gen._coroutine import coroutine, engine, is_coroutine_function
from tornado.gen._errors import (
    BadYieldError,
    KeyReuseError,
    LeakedCallbackError,
    Return,
    UnknownKeyError,
)
from tornado.gen._multi import multi, multi_future
from tornado.gen._runner import Runner
from tornado.gen._timing import sleep, with_timeout
from tornado.gen._waititerator import WaitIterator
from tornado.gen._yielding import convert_yielded, maybe_future, moment
from tornado.gen._yieldpoints import (
    Arguments,
    Callback,
    MultiYieldPoint,
    Task,
    Wait,
    WaitAll,
    YieldFuture,
    YieldPoint,
)
from tornado.util import TimeoutError

Multi = multi

__all__ = [
    "Arguments",
    "BadYieldError",
    "Callback",
    "Future",
    "KeyReuseError",
    "LeakedCallbackError",
    "Multi",
    "MultiYieldPoint",
    "Return",
    "ReturnValueIgnoredError",
    "Runner",
    "Task",
    "TimeoutError",
    "UnknownKeyError",
    "Wait",
    "WaitAll",
    "WaitIterator",
    "YieldFuture",
    "YieldPoint",
    "convert_yielded",
    "coroutine",
    "engine",
    "is_coroutine_function",
    "is_future",
    "maybe_future",
    "moment",
    "multi",
    "multi_future",
    "sleep",
    "with_timeout",
]

for _shown in (
    Arguments,
    BadYieldError,
    Callback,
    KeyReuseError,
    LeakedCallbackError,
    MultiYieldPoint,
    Return,
    Runner,
    Task,
    UnknownKeyError,
    Wait,
    WaitAll,
    WaitIterator,
    YieldFuture,
    YieldPoint,
    coroutine,
    engine,
    is_coroutine_function,
    maybe_future,
    multi,
    sleep,
    with_timeout,
):
    _shown.__module__ = __name__
del _shown
convert_yielded.__module__ = __name__
