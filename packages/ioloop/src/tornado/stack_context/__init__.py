"""Contexts that follow callbacks: for programs written before ``async def`` and contextvars.

New programs use `contextvars` and ``try``/``except``; both work across ``await`` by themselves.
"""

from tornado.stack_context._contexts import (
    ExceptionStackContext,
    NullContext,
    StackContext,
    StackContextInconsistentError,
    run_with_stack_context,
    wrap,
)

__all__ = [
    "ExceptionStackContext",
    "NullContext",
    "StackContext",
    "StackContextInconsistentError",
    "run_with_stack_context",
    "wrap",
]

for _shown in (
    ExceptionStackContext,
    NullContext,
    StackContext,
    StackContextInconsistentError,
    run_with_stack_context,
    wrap,
):
    _shown.__module__ = __name__
del _shown
